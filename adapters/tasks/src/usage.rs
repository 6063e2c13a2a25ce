//! What an answer says it used, in every shape that providers write it.

use marshal_types::{Tokens, Units, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::look::{at, items, milliseconds, number};

/// The tokens that an answer, or an event of a stream, states at its root.
#[must_use]
pub fn usage_of(doc: Doc<'_>) -> Option<Usage> {
    let root = doc.root();
    // Streams of conversations wrap the answer, and with it its usage.
    let wrapped = || {
        ["response", "message"]
            .iter()
            .find_map(|name| of_member(doc, at(doc, root, &[name])?))
    };
    of_member(doc, root)
        .or_else(|| of_google(doc, root))
        .or_else(|| of_cohere(doc, at(doc, root, &["meta"])?))
        .or_else(|| of_ollama(doc, root))
        .or_else(|| of_amazon(doc, root))
        .or_else(|| of_vertex(doc, root))
        .or_else(wrapped)
}

/// What an answer states that it used beside tokens.
pub(crate) fn units_of(doc: Doc<'_>) -> Units {
    let root = doc.root();
    let first = |ways: &[&[&str]]| ways.iter().find_map(|way| number(doc, root, way));
    let seconds: [&[&str]; 3] = [
        &["usage", "seconds"],
        &["usage", "prompt_audio_seconds"],
        &["duration"],
    ];
    Units {
        images: 0,
        audio_ms: seconds
            .iter()
            .find_map(|way| milliseconds(doc, root, way))
            .unwrap_or(0),
        characters: first(&[&["usage", "characters"], &["usage", "input_characters"]]).unwrap_or(0),
        searches: first(&[
            &["meta", "billed_units", "search_units"],
            &["usage", "search_units"],
            &["usage", "num_search_queries"],
        ])
        .unwrap_or(0),
    }
}

fn tokens(input: u64, output: u64) -> Usage {
    Usage {
        input: Tokens(input),
        output: Tokens(output),
        ..Usage::default()
    }
}

/// `usage`, as OpenAI, Anthropic, Amazon, Voyage and those that copy them write it.
fn of_member(doc: Doc<'_>, from: NodeId) -> Option<Usage> {
    let node = at(doc, from, &["usage"]).filter(|&node| doc.kind(node) == Kind::Object)?;
    of_chat(doc, node)
        .or_else(|| of_responses(doc, node))
        .or_else(|| of_nova(doc, node))
        .or_else(|| of_cohere(doc, node))
        // Voyage counts the input alone.
        .or_else(|| Some(tokens(number(doc, node, &["total_tokens"])?, 0)))
}

/// `prompt_tokens` and `completion_tokens`.
fn of_chat(doc: Doc<'_>, node: NodeId) -> Option<Usage> {
    let get = |way: &[&str]| number(doc, node, way);
    let stated = get(&["prompt_tokens"]);
    let output = get(&["completion_tokens"]);
    let mut input = stated.or(output.map(|_| 0))?;
    let mut output = output.unwrap_or(0);
    let reasoning = get(&["completion_tokens_details", "reasoning_tokens"]).unwrap_or(0);
    // Sound is counted in tokens beside those of the prompt (Mistral); the total gives it away.
    let heard = get(&["prompt_tokens_details", "audio_tokens"]).unwrap_or(0);
    if heard > 0 && get(&["total_tokens"]) > Some(input.saturating_add(output)) {
        input = get(&["total_tokens"]).unwrap_or(0).saturating_sub(output);
    }
    // Some count reasoning beside the completion (xAI); their total gives it away, too.
    let all = input.saturating_add(output).saturating_add(reasoning);
    if reasoning > 0 && get(&["total_tokens"]) == Some(all) {
        output = output.saturating_add(reasoning);
    }
    let cached = get(&["prompt_tokens_details", "cached_tokens"])
        .unwrap_or(0)
        .min(input);
    Some(Usage {
        cache_read: Tokens(cached),
        reasoning: Tokens(reasoning),
        ..tokens(input, output)
    })
}

/// `input_tokens` and `output_tokens`. Anthropic counts what it cached apart, OpenAI within.
fn of_responses(doc: Doc<'_>, node: NodeId) -> Option<Usage> {
    let get = |way: &[&str]| number(doc, node, way);
    let output = get(&["output_tokens"]);
    let input = get(&["input_tokens"]).or(output.map(|_| 0))?;
    let apart = [
        get(&["cache_read_input_tokens"]),
        get(&["cache_creation_input_tokens"]),
    ];
    let (read, written) = (apart[0].unwrap_or(0), apart[1].unwrap_or(0));
    let within = get(&["input_tokens_details", "cached_tokens"])
        .unwrap_or(0)
        .min(input);
    Some(Usage {
        cache_read: Tokens(read.saturating_add(within)),
        cache_write: Tokens(written),
        reasoning: Tokens(get(&["output_tokens_details", "reasoning_tokens"]).unwrap_or(0)),
        ..tokens(
            input.saturating_add(read).saturating_add(written),
            output.unwrap_or(0),
        )
    })
}

/// `inputTokens` and `outputTokens`; what is cached is counted apart.
fn of_nova(doc: Doc<'_>, node: NodeId) -> Option<Usage> {
    let get = |names: [&str; 2]| names.iter().find_map(|name| number(doc, node, &[name]));
    let input = get(["inputTokens", "inputTokenCount"])?;
    let output = get(["outputTokens", "outputTokenCount"]).unwrap_or(0);
    let read = get(["cacheReadInputTokenCount", "cacheReadInputTokens"]).unwrap_or(0);
    let written = get(["cacheWriteInputTokenCount", "cacheWriteInputTokens"]).unwrap_or(0);
    Some(Usage {
        cache_read: Tokens(read),
        cache_write: Tokens(written),
        ..tokens(input.saturating_add(read).saturating_add(written), output)
    })
}

/// `usageMetadata`: thoughts are counted beside the candidates, cached content within the prompt.
fn of_google(doc: Doc<'_>, root: NodeId) -> Option<Usage> {
    let node = at(doc, root, &["usageMetadata"])?;
    let get = |name: &str| number(doc, node, &[name]);
    let tools = get("toolUsePromptTokenCount").unwrap_or(0);
    let thoughts = get("thoughtsTokenCount").unwrap_or(0);
    let output = get("candidatesTokenCount").unwrap_or(0);
    let input = get("promptTokenCount")
        .or_else(|| get("totalTokenCount"))?
        .saturating_add(tools);
    Some(Usage {
        cache_read: Tokens(get("cachedContentTokenCount").unwrap_or(0).min(input)),
        reasoning: Tokens(thoughts),
        ..tokens(input, output.saturating_add(thoughts))
    })
}

/// `billed_units`, else `tokens`: what is billed counts.
fn of_cohere(doc: Doc<'_>, node: NodeId) -> Option<Usage> {
    let of = |name: &str| {
        let node = at(doc, node, &[name])?;
        let get = |way: &[&str]| milli_free(doc, node, way);
        let output = get(&["output_tokens"]);
        let input = get(&["input_tokens"]).or(output.map(|_| 0))?;
        let images = get(&["image_tokens"]).unwrap_or(0);
        Some(tokens(input.saturating_add(images), output.unwrap_or(0)))
    };
    of("billed_units").or_else(|| of("tokens"))
}

/// Cohere writes whole numbers of tokens as `5.0` at times.
fn milli_free(doc: Doc<'_>, node: NodeId, way: &[&str]) -> Option<u64> {
    number(doc, node, way)
        .or_else(|| milliseconds(doc, node, way).map(|thousandths| thousandths.div_ceil(1_000)))
}

fn of_ollama(doc: Doc<'_>, root: NodeId) -> Option<Usage> {
    let output = number(doc, root, &["eval_count"]);
    let input = number(doc, root, &["prompt_eval_count"]).or(output.map(|_| 0))?;
    Some(tokens(input, output.unwrap_or(0)))
}

/// What the families at Amazon write, and what Amazon adds to the last event of a stream.
fn of_amazon(doc: Doc<'_>, root: NodeId) -> Option<Usage> {
    let get = |name: &str| number(doc, root, &[name]);
    if let Some(metrics) = at(doc, root, &["amazon-bedrock-invocationMetrics"]) {
        return of_nova(doc, metrics);
    }
    if let Some(usage) = at(doc, root, &["metadata"]).and_then(|node| of_member_nova(doc, node)) {
        return Some(usage);
    }
    if let Some(output) = get("generation_token_count") {
        return Some(tokens(get("prompt_token_count").unwrap_or(0), output));
    }
    let input = get("inputTextTokenCount")?;
    let output = items(doc, root, &["results"])
        .filter_map(|result| number(doc, result, &["tokenCount"]))
        .fold(0, u64::saturating_add);
    Some(tokens(
        input,
        output.max(get("totalOutputTextTokenCount").unwrap_or(0)),
    ))
}

fn of_member_nova(doc: Doc<'_>, node: NodeId) -> Option<Usage> {
    of_nova(doc, at(doc, node, &["usage"])?)
}

/// `predictions[].embeddings.statistics.token_count`.
fn of_vertex(doc: Doc<'_>, root: NodeId) -> Option<Usage> {
    let mut counts = items(doc, root, &["predictions"])
        .filter_map(|one| milli_free(doc, one, &["embeddings", "statistics", "token_count"]))
        .peekable();
    counts.peek()?;
    Some(tokens(counts.fold(0, u64::saturating_add), 0))
}

#[cfg(test)]
mod tests {
    use marshal_adapter_api::index;
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Value) -> (u64, u64, u64, u64, u64) {
        let bytes = body.to_string().into_bytes();
        let index = index(&bytes).unwrap();
        let usage = usage_of(index.doc(&bytes)).unwrap();
        (
            usage.input.0,
            usage.output.0,
            usage.cache_read.0,
            usage.cache_write.0,
            usage.reasoning.0,
        )
    }

    #[test]
    fn usage_is_found_in_every_shape_that_providers_write() {
        for (body, expected) in [
            (
                json!({"usage": {"prompt_tokens": 9, "completion_tokens": 16, "total_tokens": 25}}),
                (9, 16, 0, 0, 0),
            ),
            (json!({"usage": {"total_tokens": 43}}), (43, 0, 0, 0, 0)),
            (
                json!({"usage": {"input_tokens": 5, "output_tokens": 7, "input_tokens_details": {"cached_tokens": 2}, "output_tokens_details": {"reasoning_tokens": 3}}}),
                (5, 7, 2, 0, 3),
            ),
            (
                json!({"usage": {"input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 3}}),
                (10, 7, 2, 3, 0),
            ),
            (
                json!({"usage": {"prompt_tokens": 3, "completion_tokens": 11, "total_tokens": 389, "prompt_tokens_details": {"audio_tokens": 375}}}),
                (378, 11, 0, 0, 0),
            ),
            (
                json!({"usage": {"inputTokens": 4, "outputTokens": 5, "cacheReadInputTokenCount": 1}}),
                (5, 5, 1, 0, 0),
            ),
            (
                json!({"usage": {"billed_units": {"input_tokens": 4.0, "output_tokens": 5}, "tokens": {"input_tokens": 60}}}),
                (4, 5, 0, 0, 0),
            ),
            (
                json!({"usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "cachedContentTokenCount": 1}}),
                (8, 5, 1, 0, 3),
            ),
            (
                json!({"meta": {"billed_units": {"input_tokens": 9}}}),
                (9, 0, 0, 0, 0),
            ),
            (
                json!({"prompt_eval_count": 15, "eval_count": 65}),
                (15, 65, 0, 0, 0),
            ),
            (
                json!({"inputTextTokenCount": 6, "results": [{"tokenCount": 42}, {"tokenCount": 1}]}),
                (6, 43, 0, 0, 0),
            ),
            (
                json!({"outputText": "a", "inputTextTokenCount": 6, "totalOutputTextTokenCount": 10}),
                (6, 10, 0, 0, 0),
            ),
            (
                json!({"prompt_token_count": 6, "generation_token_count": 18}),
                (6, 18, 0, 0, 0),
            ),
            (
                json!({"amazon-bedrock-invocationMetrics": {"inputTokenCount": 14, "outputTokenCount": 20}}),
                (14, 20, 0, 0, 0),
            ),
            (
                json!({"predictions": [{"embeddings": {"statistics": {"token_count": 7.0}}}]}),
                (7, 0, 0, 0, 0),
            ),
            (
                json!({"type": "response.completed", "response": {"usage": {"input_tokens": 1, "output_tokens": 2}}}),
                (1, 2, 0, 0, 0),
            ),
        ] {
            assert_eq!(read(&body), expected, "{body}");
        }
    }
}
