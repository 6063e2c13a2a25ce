//! Usage: this dialect counts cached input apart, the canonical form includes it.

use marshal_adapter_api::{Extra, Json, Object, ReportedUsage};
use marshal_types::{Tokens, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

/// The counters of one answer; later reports override earlier ones, member by member.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    input: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    output: Option<u64>,
    thinking: Option<u64>,
}

impl Counters {
    /// Reads a `usage` object.
    pub(crate) fn read(&mut self, doc: Doc<'_>, node: NodeId) {
        let number = |at: NodeId, name: &str| doc.get(at, name).and_then(|node| doc.u64(node));
        let set = |slot: &mut Option<u64>, value: Option<u64>| *slot = value.or(*slot);
        set(&mut self.input, number(node, "input_tokens"));
        set(&mut self.output, number(node, "output_tokens"));
        set(
            &mut self.cache_read,
            number(node, "cache_read_input_tokens"),
        );
        set(
            &mut self.cache_write,
            number(node, "cache_creation_input_tokens"),
        );
        let thinking = doc
            .get(node, "output_tokens_details")
            .and_then(|details| number(details, "thinking_tokens"));
        set(&mut self.thinking, thinking);
    }

    /// In canonical words; `None` where nothing was reported.
    pub(crate) fn usage(&self) -> Option<Usage> {
        if self.input.is_none() && self.output.is_none() {
            return None;
        }
        let (read, write) = (self.cache_read.unwrap_or(0), self.cache_write.unwrap_or(0));
        let input = self.input.unwrap_or(0);
        Some(Usage {
            input: Tokens(input.saturating_add(read).saturating_add(write)),
            output: Tokens(self.output.unwrap_or(0)),
            cache_read: Tokens(read),
            cache_write: Tokens(write),
            reasoning: Tokens(self.thinking.unwrap_or(0)),
            estimated: false,
        })
    }
}

/// The usage of a whole answer.
pub(crate) fn of_answer(doc: Doc<'_>) -> Option<ReportedUsage> {
    let node = doc.get(doc.root(), "usage")?;
    if doc.kind(node) != Kind::Object {
        return None;
    }
    let mut counters = Counters::default();
    counters.read(doc, node);
    Some(ReportedUsage {
        tokens: counters.usage()?,
        source: Some(Json::of(doc, node)),
    })
}

/// Writes usage in this dialect's words.
pub(crate) fn write(object: &mut Object<'_>, usage: &Usage) {
    let mut to = object.object("usage");
    let cached = usage.cache_read.0.saturating_add(usage.cache_write.0);
    to.u64("input_tokens", usage.input.0.saturating_sub(cached));
    to.u64("cache_creation_input_tokens", usage.cache_write.0);
    to.u64("cache_read_input_tokens", usage.cache_read.0);
    to.u64("output_tokens", usage.output.0);
    if usage.reasoning.0 > 0 {
        to.object("output_tokens_details")
            .u64("thinking_tokens", usage.reasoning.0);
    }
}

/// Members of another dialect's usage that this one has no word for.
pub(crate) fn report_foreign(usage: &ReportedUsage, dropped: &mut Vec<String>) {
    const UNDERSTOOD: [&str; 30] = [
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
        // The other dialects' words for the same.
        "input_tokens",
        "output_tokens",
        "input_tokens_details",
        "output_tokens_details",
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
