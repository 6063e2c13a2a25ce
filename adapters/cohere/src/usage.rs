//! Usage, in Cohere's two ways of counting.
//!
//! `tokens` is what the model read and wrote, the provider's own preamble included; `billed_units` is what is
//! charged for, a smaller number. Ours is `tokens`, as in every other dialect, else `billed_units`. Thinking is
//! part of `tokens.output_tokens`; pictures are counted beside `tokens.input_tokens`, so they are added.

use marshal_adapter_api::{Extra, Json, Object, ReportedUsage, index};
use marshal_types::{Tokens, Units, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

/// The usage that stands in `node` as `usage`; `None` where it counts nothing.
pub(crate) fn of_answer(doc: Doc<'_>, node: NodeId) -> Option<ReportedUsage> {
    let usage = doc
        .get(node, "usage")
        .filter(|&usage| doc.kind(usage) == Kind::Object)?;
    let object = |name: &str| {
        doc.get(usage, name).filter(|&node| {
            ["input_tokens", "output_tokens"]
                .iter()
                .any(|name| counts(doc, node, name))
        })
    };
    let counts = object("tokens").or_else(|| object("billed_units"))?;
    let number = |name: &str| number(doc, counts, name);
    let input = number("input_tokens").saturating_add(number("image_tokens"));
    let output = number("output_tokens");
    let cached = self::number(doc, usage, "cached_tokens");
    Some(ReportedUsage {
        tokens: Usage {
            input: Tokens(input),
            output: Tokens(output),
            cache_read: Tokens(cached.min(input)),
            cache_write: Tokens(0),
            reasoning: Tokens(number("reasoning_tokens").min(output)),
            estimated: false,
        },
        source: Some(Json::of(doc, usage)),
    })
}

/// Searches, which are counted apart from tokens.
pub(crate) fn units(doc: Doc<'_>, node: NodeId) -> Units {
    let billed = doc
        .get(node, "usage")
        .and_then(|usage| doc.get(usage, "billed_units"));
    Units {
        searches: billed.map_or(0, |billed| number(doc, billed, "search_units")),
        ..Units::default()
    }
}

fn counts(doc: Doc<'_>, node: NodeId, name: &str) -> bool {
    doc.get(node, name)
        .is_some_and(|node| doc.u64(node).is_some())
}

/// A count.
fn number(doc: Doc<'_>, node: NodeId, name: &str) -> u64 {
    let count = doc.get(node, name).and_then(|node| doc.u64(node));
    count.unwrap_or(0)
}

/// Writes usage in this dialect's words. What is billed nobody else knows, so it is what was counted.
pub(crate) fn write(object: &mut Object<'_>, usage: &Usage) {
    let mut to = object.object("usage");
    {
        let mut billed = to.object("billed_units");
        billed.u64("input_tokens", usage.input.0);
        billed.u64("output_tokens", usage.output.0);
    }
    {
        let mut tokens = to.object("tokens");
        tokens.u64("input_tokens", usage.input.0);
        tokens.u64("output_tokens", usage.output.0);
        if usage.reasoning.0 > 0 {
            tokens.u64("reasoning_tokens", usage.reasoning.0);
        }
    }
    if usage.cache_read.0 > 0 {
        to.u64("cached_tokens", usage.cache_read.0);
    }
}

/// Members of another dialect's usage that this one has no word for.
pub(crate) fn report_foreign(usage: &ReportedUsage, dropped: &mut Vec<String>) {
    const UNDERSTOOD: [&str; 20] = [
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "input_tokens",
        "output_tokens",
        "input_tokens_details",
        "output_tokens_details",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "promptTokenCount",
        "candidatesTokenCount",
        "totalTokenCount",
        "cachedContentTokenCount",
        "thoughtsTokenCount",
        "inputTokens",
        "outputTokens",
        "totalTokens",
    ];
    if usage.tokens.cache_write.0 > 0 {
        dropped.push("usage.cache_write".to_owned());
    }
    let Some(source) = &usage.source else { return };
    let bytes = source.as_str().as_bytes();
    let Ok(index) = index(bytes) else { return };
    let doc = index.doc(bytes);
    let mut extra = Extra::at("usage");
    for node in doc.children(doc.root()) {
        if let Some(name) = doc.key(node) {
            extra.keep(name, Json::of(doc, node));
        }
    }
    extra.report_except(&UNDERSTOOD, dropped);
}
