//! Usage: `usageMetadata`, in both directions.
//!
//! What the model reads of its own tools' results (`toolUsePromptTokenCount`) is input; what it thinks is output.

use marshal_adapter_api::{Extra, Json, Object, ReportedUsage};
use marshal_types::{Tokens, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::reader::{find, whole};

/// The usage of an answer or a chunk, where it counts anything.
pub(crate) fn of_answer(doc: Doc<'_>, root: NodeId) -> Option<ReportedUsage> {
    let node = find(doc, root, "usageMetadata")?;
    Some(ReportedUsage {
        tokens: counted(doc, node)?,
        source: Some(Json::of(doc, node)),
    })
}

/// As [`of_answer`], without the source.
pub(crate) fn tokens(doc: Doc<'_>, root: NodeId) -> Option<Usage> {
    counted(doc, find(doc, root, "usageMetadata")?)
}

fn counted(doc: Doc<'_>, node: NodeId) -> Option<Usage> {
    if doc.kind(node) != Kind::Object {
        return None;
    }
    let number = |name: &str| find(doc, node, name).and_then(|node| whole(doc, node));
    let prompt = number("promptTokenCount");
    let tools = number("toolUsePromptTokenCount");
    let said = number("candidatesTokenCount");
    let thought = number("thoughtsTokenCount");
    // Vertex AI's first chunks say only by which quota they are paid.
    if prompt.is_none() && said.is_none() && thought.is_none() {
        return None;
    }
    let input = prompt.unwrap_or(0).saturating_add(tools.unwrap_or(0));
    let reasoning = thought.unwrap_or(0);
    let cached = number("cachedContentTokenCount").unwrap_or(0);
    Some(Usage {
        input: Tokens(input.max(cached)),
        output: Tokens(said.unwrap_or(0).saturating_add(reasoning)),
        cache_read: Tokens(cached),
        reasoning: Tokens(reasoning),
        ..Usage::default()
    })
}

/// Writes usage in this dialect's words.
pub(crate) fn write(object: &mut Object<'_>, usage: &Usage) {
    let mut to = object.object("usageMetadata");
    to.u64("promptTokenCount", usage.input.0);
    let said = usage.output.0.saturating_sub(usage.reasoning.0);
    to.u64("candidatesTokenCount", said);
    to.u64(
        "totalTokenCount",
        usage.input.0.saturating_add(usage.output.0),
    );
    if usage.reasoning.0 > 0 {
        to.u64("thoughtsTokenCount", usage.output.0 - said);
    }
    if usage.cache_read.0 > 0 {
        to.u64("cachedContentTokenCount", usage.cache_read.0);
    }
}

/// Members of other dialects' usage that are said here too.
const UNDERSTOOD: [&str; 23] = [
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
    "prompt_cache_hit_tokens",
    "prompt_cache_miss_tokens",
    "reasoning_tokens",
    "cached_tokens",
    "num_cached_tokens",
    "input_tokens",
    "output_tokens",
    "input_tokens_details",
    "output_tokens_details",
    "cache_read_input_tokens",
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "cacheReadInputTokens",
    "cacheReadInputTokenCount",
    "tokens",
    "prompt_eval_count",
    "eval_count",
];

/// Members of another dialect's usage that this one has no word for.
pub(crate) fn report_foreign(usage: &ReportedUsage, dropped: &mut Vec<String>) {
    let Some(source) = &usage.source else { return };
    let bytes = source.as_str().as_bytes();
    let Ok(index) = marshal_adapter_api::index(bytes) else {
        return;
    };
    let doc = index.doc(bytes);
    let mut extra = Extra::at("usage");
    for node in doc.children(doc.root()) {
        if let Some(name) = doc.key(node)
            && doc.u64(node) != Some(0)
        {
            extra.keep(name, Json::of(doc, node));
        }
    }
    extra.report_except(&UNDERSTOOD, dropped);
}
