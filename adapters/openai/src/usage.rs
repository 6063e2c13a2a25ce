//! Usage, in all the places where providers of this dialect put it.

use marshal_adapter_api::{Extra, Json, Object, ReportedUsage};
use marshal_types::{Tokens, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

/// The usage of an answer or a chunk: `usage`, else Groq's `x_groq.usage`, else llama.cpp's `timings`.
pub(crate) fn of_answer(doc: Doc<'_>, root: NodeId) -> Option<ReportedUsage> {
    let object = |node: NodeId| (doc.kind(node) == Kind::Object).then_some(node);
    let direct = doc.get(root, "usage").and_then(object);
    let groq = || {
        doc.get(root, "x_groq")
            .and_then(|node| doc.get(node, "usage"))
            .and_then(object)
    };
    if let Some(node) = direct.or_else(groq) {
        return Some(ReportedUsage {
            tokens: counted(doc, node),
            source: Some(Json::of(doc, node)),
        });
    }
    doc.get(root, "timings")
        .and_then(object)
        .and_then(|node| of_timings(doc, node))
}

fn counted(doc: Doc<'_>, node: NodeId) -> Usage {
    let number = |at: NodeId, name: &str| doc.get(at, name).and_then(|node| doc.u64(node));
    let nested = |name: &str, inner: &str| doc.get(node, name).and_then(|at| number(at, inner));
    let mut prompt = number(node, "prompt_tokens").unwrap_or(0);
    let completion = number(node, "completion_tokens").unwrap_or(0);
    let reasoning = nested("completion_tokens_details", "reasoning_tokens")
        .or_else(|| number(node, "reasoning_tokens"))
        .unwrap_or(0);
    let cached = nested("prompt_tokens_details", "cached_tokens")
        .or_else(|| number(node, "prompt_cache_hit_tokens"))
        .or_else(|| number(node, "cached_tokens"))
        .unwrap_or(0);
    // Some providers (xAI) count reasoning beside the completion; their total gives it away.
    let all = prompt.saturating_add(completion).saturating_add(reasoning);
    let apart = reasoning > 0 && number(node, "total_tokens") == Some(all);
    // Grok on Azure counts cached input apart, which shows where there is more of it than of all.
    if cached > prompt {
        prompt = prompt.saturating_add(cached);
    }
    // A token is read from the cache or written to it.
    let written = nested("prompt_tokens_details", "cache_write_tokens")
        .unwrap_or(0)
        .min(prompt - cached);
    Usage {
        input: Tokens(prompt),
        output: Tokens(if apart {
            completion.saturating_add(reasoning)
        } else {
            completion
        }),
        cache_read: Tokens(cached),
        cache_write: Tokens(written),
        reasoning: Tokens(reasoning),
        estimated: false,
    }
}

fn of_timings(doc: Doc<'_>, node: NodeId) -> Option<ReportedUsage> {
    let number = |name: &str| doc.get(node, name).and_then(|node| doc.u64(node));
    let (prompt, predicted) = (number("prompt_n")?, number("predicted_n")?);
    let cached = number("cache_n").unwrap_or(0);
    Some(ReportedUsage {
        tokens: Usage {
            input: Tokens(prompt.saturating_add(cached)),
            output: Tokens(predicted),
            cache_read: Tokens(cached),
            ..Usage::default()
        },
        source: None,
    })
}

/// Writes usage in this dialect's words.
pub(crate) fn write(object: &mut Object<'_>, usage: &Usage) {
    let mut to = object.object("usage");
    to.u64("prompt_tokens", usage.input.0);
    to.u64("completion_tokens", usage.output.0);
    to.u64("total_tokens", usage.input.0.saturating_add(usage.output.0));
    {
        let mut details = to.object("prompt_tokens_details");
        details.u64("cached_tokens", usage.cache_read.0);
        if usage.cache_write.0 > 0 {
            details.u64("cache_write_tokens", usage.cache_write.0);
        }
    }
    to.object("completion_tokens_details")
        .u64("reasoning_tokens", usage.reasoning.0);
}

/// Members of another dialect's usage that this one has no word for.
pub(crate) fn report_foreign(usage: &ReportedUsage, dropped: &mut Vec<String>) {
    const UNDERSTOOD: [&str; 25] = [
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "output_tokens_details",
        "cache_creation",
        // The other dialects' words for the same.
        "input_tokens_details",
        "total_tokens",
        "cached_tokens",
        "promptTokenCount",
        "candidatesTokenCount",
        "totalTokenCount",
        "thoughtsTokenCount",
        "cachedContentTokenCount",
        "toolUsePromptTokenCount",
        "inputTokens",
        "outputTokens",
        "totalTokens",
        "cacheReadInputTokens",
        "cacheWriteInputTokens",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount",
        "tokens",
        "prompt_eval_count",
        "eval_count",
    ];
    let Some(source) = &usage.source else { return };
    let bytes = source.as_str().as_bytes();
    let Ok(index) = marshal_adapter_api::index(bytes) else {
        return;
    };
    let doc = index.doc(bytes);
    let mut extra = Extra::at("usage");
    for node in doc.children(doc.root()) {
        if let Some(name) = doc.key(node) {
            extra.keep(name, Json::of(doc, node));
        }
    }
    extra.report_except(&UNDERSTOOD, dropped);
}
