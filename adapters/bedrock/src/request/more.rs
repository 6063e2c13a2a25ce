//! `additionalModelRequestFields`: what the model's own API takes beyond this dialect, read.

use marshal_adapter_api::{Extra, Fields, Json, Malformed, Thinking, ThinkingMode};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::config::group;
use crate::marks::{self, keep_rest, mark};

/// The group's name.
pub(super) const FIELDS: &str = "additionalModelRequestFields";

/// What the fields say that the canonical form has words for.
#[derive(Default)]
pub(super) struct More {
    pub(super) top_k: Option<Json>,
    pub(super) effort: Option<String>,
    pub(super) thinking: Option<Thinking>,
}

/// Takes what is plain; anything else is kept under its path.
pub(super) fn decode(fields: &mut Fields<'_>, kept: &mut Extra) -> Result<More, Malformed> {
    let doc = fields.doc();
    let mut more = More::default();
    let object = fields
        .peek(FIELDS)
        .is_some_and(|node| doc.kind(node) == Kind::Object);
    if !object {
        return Ok(more);
    }
    let Some(mut given) = group(fields, FIELDS, kept)? else {
        return Ok(more);
    };
    top_k(doc, &mut given, &mut more, kept);
    for name in ["thinking", "reasoning_config"] {
        if more.thinking.is_none()
            && let Some(thinking) = given.peek(name).and_then(|node| thinking(doc, node))
        {
            given.take(name);
            more.thinking = Some(thinking);
            if name == "reasoning_config" {
                mark(kept, marks::REASONING_CONFIG);
            }
        }
    }
    effort(doc, &mut given, &mut more, kept);
    keep_rest(given, "additionalModelRequestFields.", kept);
    Ok(more)
}

fn top_k(doc: Doc<'_>, given: &mut Fields<'_>, more: &mut More, kept: &mut Extra) {
    let number = |node: NodeId| (doc.kind(node) == Kind::Number).then(|| Json::of(doc, node));
    if let Some(value) = given.peek("top_k").and_then(number) {
        given.take("top_k");
        more.top_k = Some(value);
        return;
    }
    let nova = given
        .peek("inferenceConfig")
        .filter(|node| doc.len(*node) == 1)
        .and_then(|node| doc.get(node, "topK"));
    if let Some(value) = nova.and_then(number) {
        given.take("inferenceConfig");
        more.top_k = Some(value);
        mark(kept, marks::NOVA_TOP_K);
    }
}

fn thinking(doc: Doc<'_>, node: NodeId) -> Option<Thinking> {
    let mut inner = Fields::new(doc, node).ok()?;
    let mode = match inner.str("type").ok()??.as_str() {
        "disabled" => ThinkingMode::Off,
        "adaptive" => ThinkingMode::Adaptive,
        "enabled" => ThinkingMode::Budget(inner.u64("budget_tokens").ok()??),
        _ => return None,
    };
    Some(Thinking {
        mode,
        extra: inner.rest(),
    })
}

fn effort(doc: Doc<'_>, given: &mut Fields<'_>, more: &mut More, kept: &mut Extra) {
    let word = |node: NodeId| doc.str(node).map(std::borrow::Cow::into_owned);
    let inner = |node: NodeId, name: &str, len: usize| {
        doc.get(node, name)
            .filter(|_| doc.len(node) == len)
            .and_then(word)
    };
    let nova = |node: NodeId| {
        let on = doc.str(doc.get(node, "type")?)? == "enabled";
        inner(node, "maxReasoningEffort", 2).filter(|_| on)
    };
    let say = |name: &str| {
        let node = given.peek(name)?;
        match name {
            "reasoningConfig" => nova(node),
            "output_config" => inner(node, "effort", 1),
            _ => word(node),
        }
    };
    let known = [
        ("reasoning_effort", None),
        ("reasoning_config", Some(marks::EFFORT_CONFIG)),
        ("reasoningConfig", Some(marks::NOVA_REASONING)),
        ("output_config", Some(marks::OUTPUT_CONFIG)),
    ];
    let found = known
        .iter()
        .find_map(|(name, how)| Some((*name, *how, say(name)?)));
    if let Some((name, how, said)) = found {
        given.take(name);
        more.effort = Some(said);
        if let Some(how) = how {
            mark(kept, how);
        }
    }
}
