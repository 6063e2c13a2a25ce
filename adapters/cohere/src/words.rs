//! Finish reasons in both directions, and small words that several files share.

use marshal_adapter_api::{Extra, Finish, FinishReason, Json, Object};
use marshal_wire::json::{Doc, NodeId};

/// What a `finish_reason` means.
pub(crate) fn finish_of(word: &str) -> Finish {
    let reason = match word {
        "COMPLETE" => FinishReason::Stop,
        "STOP_SEQUENCE" => FinishReason::StopSequence,
        "MAX_TOKENS" => FinishReason::Length,
        "ERROR_LIMIT" => FinishReason::ContextFull,
        "TOOL_CALL" => FinishReason::ToolCalls,
        "ERROR_TOXIC" => FinishReason::Refusal,
        _ => FinishReason::Other,
    };
    Finish {
        reason,
        word: word.to_owned(),
        stop_sequence: None,
    }
}

/// The `finish_reason` for an answer of another dialect. An answer that calls tools waits for their results,
/// whatever it says.
pub(crate) const fn word_of(reason: FinishReason, calls_tools: bool) -> &'static str {
    match reason {
        FinishReason::Stop | FinishReason::Other if calls_tools => "TOOL_CALL",
        FinishReason::Stop | FinishReason::Refusal | FinishReason::Pause | FinishReason::Other => {
            "COMPLETE"
        }
        FinishReason::StopSequence => "STOP_SEQUENCE",
        FinishReason::Length | FinishReason::ContextFull => "MAX_TOKENS",
        FinishReason::ToolCalls => "TOOL_CALL",
    }
}

/// True for reasons that [`word_of`] can only approach.
pub(crate) const fn is_approximate(reason: FinishReason) -> bool {
    matches!(
        reason,
        FinishReason::Pause
            | FinishReason::Other
            | FinishReason::Refusal
            | FinishReason::ContextFull
    )
}

/// Splits `data:image/png;base64,AAAA`; anything less plain stays an address.
pub(crate) fn data_url(url: &str) -> Option<(&str, &str)> {
    let (media_type, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
    (!media_type.is_empty() && !media_type.contains([';', ','])).then_some((media_type, data))
}

/// The text of a string member.
pub(crate) fn text(doc: Doc<'_>, node: NodeId, name: &str) -> Option<String> {
    doc.get(node, name)
        .and_then(|node| doc.str(node))
        .map(std::borrow::Cow::into_owned)
}

/// Remembers how something was written, in a member that says nothing and that nobody therefore reports.
pub(crate) fn mark(extra: &mut Extra, name: &'static str) {
    extra.keep(name, Json::from_source("\"\""));
}

/// True where [`mark`] remembered it.
pub(crate) fn is_marked(extra: &Extra, name: &str) -> bool {
    extra.get(name).is_some()
}

/// Writes what was kept aside, without marks (which begin with a colon) and without members of the wrapped
/// object `inner`.
pub(crate) fn write_extra(extra: &Extra, inner: Option<&str>, to: &mut Object<'_>) {
    for (name, value) in extra.members() {
        let nested = inner.is_some_and(|inner| nested(name, inner).is_some());
        if !name.starts_with(':') && !nested {
            to.json(name, value);
        }
    }
}

/// Writes the kept members of the wrapped object `inner`.
pub(crate) fn write_inner(extra: &Extra, inner: &str, to: &mut Object<'_>) {
    for (name, value) in extra.members() {
        if let Some(name) = nested(name, inner) {
            to.json(name, value);
        }
    }
}

/// Keeps what is left of the object that stands as `inner` in another.
pub(crate) fn keep_inner(extra: &mut Extra, inner: &str, rest: &Extra) {
    extra.absorb(&format!("{inner}."), rest.clone());
}

fn nested<'a>(name: &'a str, inner: &str) -> Option<&'a str> {
    name.strip_prefix(inner)?.strip_prefix('.')
}
