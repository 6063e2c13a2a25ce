//! Usage, in this dialect's words.

use marshal_adapter_api::{Extra, Json, Object, ReportedUsage};
use marshal_types::{Tokens, Units, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::words::number;

/// The usage of an answer.
pub(crate) fn of_answer(doc: Doc<'_>, answer: NodeId) -> Option<ReportedUsage> {
    let node = doc
        .get(answer, "usage")
        .filter(|&node| doc.kind(node) == Kind::Object)?;
    Some(ReportedUsage {
        tokens: counted(doc, node),
        source: Some(Json::of(doc, node)),
    })
}

fn counted(doc: Doc<'_>, node: NodeId) -> Usage {
    let nested = |name: &str, inner: &str| {
        doc.get(node, name)
            .and_then(|at| number(doc, at, inner))
            .unwrap_or(0)
    };
    let mut input = number(doc, node, "input_tokens").unwrap_or(0);
    let output = number(doc, node, "output_tokens").unwrap_or(0);
    let reasoning = nested("output_tokens_details", "reasoning_tokens");
    let cached = nested("input_tokens_details", "cached_tokens");
    // A provider that counts reasoning beside the output gives it away by its total.
    let all = input.saturating_add(output).saturating_add(reasoning);
    let apart = reasoning > 0 && number(doc, node, "total_tokens") == Some(all);
    // More cached input than input: it was counted apart.
    if cached > input {
        input = input.saturating_add(cached);
    }
    let written = nested("input_tokens_details", "cache_write_tokens").min(input - cached);
    Usage {
        input: Tokens(input),
        output: Tokens(if apart {
            output.saturating_add(reasoning)
        } else {
            output
        }),
        cache_read: Tokens(cached),
        cache_write: Tokens(written),
        reasoning: Tokens(reasoning),
        estimated: false,
    }
}

/// What an answer's items used beside tokens: the provider's own searches, and pictures made.
pub(crate) fn units(doc: Doc<'_>, answer: NodeId) -> Units {
    let mut units = Units::default();
    let items = doc.get(answer, "output").into_iter();
    for item in items.flat_map(|list| doc.children(list)) {
        let kind = doc.get(item, "type").and_then(|node| doc.str(node));
        match kind.as_deref() {
            Some("web_search_call") => units.searches += 1,
            Some("image_generation_call") => units.images += 1,
            _ => {}
        }
    }
    units
}

/// Writes usage.
pub(crate) fn write(object: &mut Object<'_>, usage: &Usage) {
    let mut to = object.object("usage");
    to.u64("input_tokens", usage.input.0);
    {
        let mut details = to.object("input_tokens_details");
        details.u64("cached_tokens", usage.cache_read.0);
        details.u64("cache_write_tokens", usage.cache_write.0);
    }
    to.u64("output_tokens", usage.output.0);
    to.object("output_tokens_details")
        .u64("reasoning_tokens", usage.reasoning.0);
    to.u64("total_tokens", usage.input.0.saturating_add(usage.output.0));
}

/// Members of other dialects' usage that this one says as well.
const UNDERSTOOD: [&str; 24] = [
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "input_tokens_details",
    "output_tokens_details",
    "prompt_tokens",
    "completion_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
    "prompt_cache_hit_tokens",
    "prompt_cache_miss_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation",
    "promptTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "cachedContentTokenCount",
    "totalTokenCount",
    "inputTokens",
    "outputTokens",
    "totalTokens",
];

/// Reports members of another dialect's usage that this one has no word for.
pub(crate) fn report_foreign(usage: &ReportedUsage, dropped: &mut Vec<String>) {
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
