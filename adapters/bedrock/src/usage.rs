//! Usage: this dialect counts cached input apart, the canonical form includes it.

use marshal_adapter_api::{Extra, Json, Object, ReportedUsage};
use marshal_types::{Tokens, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

/// The `usage` of an answer or of a `metadata` event.
pub(crate) fn of_answer(doc: Doc<'_>) -> Option<ReportedUsage> {
    let node = doc.get(doc.root(), "usage")?;
    if doc.kind(node) != Kind::Object {
        return None;
    }
    Some(ReportedUsage {
        tokens: counted(doc, node)?,
        source: Some(Json::of(doc, node)),
    })
}

fn counted(doc: Doc<'_>, node: NodeId) -> Option<Usage> {
    let number = |name: &str| doc.get(node, name).and_then(|node| doc.u64(node));
    let (input, output) = (number("inputTokens"), number("outputTokens"));
    if input.is_none() && output.is_none() {
        return None;
    }
    let cached = |name: &str, old: &str| number(name).or_else(|| number(old)).unwrap_or(0);
    let read = cached("cacheReadInputTokens", "cacheReadInputTokenCount");
    let write = cached("cacheWriteInputTokens", "cacheWriteInputTokenCount");
    let input = input
        .unwrap_or(0)
        .saturating_add(read)
        .saturating_add(write);
    Some(Usage {
        input: Tokens(input),
        output: Tokens(output.unwrap_or(0)),
        cache_read: Tokens(read),
        cache_write: Tokens(write),
        ..Usage::default()
    })
}

/// Writes usage in this dialect's words.
pub(crate) fn write(object: &mut Object<'_>, usage: &Usage) {
    let mut to = object.object("usage");
    let cached = usage.cache_read.0.saturating_add(usage.cache_write.0);
    to.u64("inputTokens", usage.input.0.saturating_sub(cached));
    to.u64("outputTokens", usage.output.0);
    to.u64("totalTokens", usage.input.0.saturating_add(usage.output.0));
    if cached > 0 {
        to.u64("cacheReadInputTokens", usage.cache_read.0);
        to.u64("cacheWriteInputTokens", usage.cache_write.0);
    }
}

/// Members of another dialect's usage that this one has no word for.
pub(crate) fn report_foreign(usage: &ReportedUsage, dropped: &mut Vec<String>) {
    const UNDERSTOOD: [&str; 26] = [
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "prompt_cache_hit_tokens",
        "prompt_cache_miss_tokens",
        "cached_tokens",
        "num_cached_tokens",
        "input_tokens",
        "output_tokens",
        "input_tokens_details",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "promptTokenCount",
        "candidatesTokenCount",
        "totalTokenCount",
        "cachedContentTokenCount",
        "promptTokensDetails",
        "candidatesTokensDetails",
        "toolUsePromptTokenCount",
        "tokens",
        "inputTokens",
        "outputTokens",
        "prompt_eval_count",
        "eval_count",
    ];
    // Thinking is a part of the output here; how large a part has no word.
    const THOUGHTS: [&str; 4] = [
        "completion_tokens_details",
        "output_tokens_details",
        "reasoning_tokens",
        "thoughtsTokenCount",
    ];
    let Some(source) = &usage.source else { return };
    let bytes = source.as_str().as_bytes();
    let Ok(index) = marshal_adapter_api::index(bytes) else {
        return;
    };
    let doc = index.doc(bytes);
    let mut extra = Extra::at("usage");
    for node in doc.children(doc.root()) {
        let Some(name) = doc.key(node) else { continue };
        if usage.tokens.reasoning.0 > 0 || !THOUGHTS.contains(&name.as_ref()) {
            extra.keep(name, Json::of(doc, node));
        }
    }
    extra.report_except(&UNDERSTOOD, dropped);
}
