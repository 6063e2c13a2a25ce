//! Ends of answers in both directions, and small words that several files share.

use marshal_adapter_api::{Extra, Finish, FinishReason, Json, Object};
use marshal_wire::json::{Doc, Kind, NodeId};

/// What a `done_reason` means. Ollama says `stop` where the model waits for its tools, and older servers nothing.
pub(crate) fn finish_of(word: &str, calls_tools: bool) -> Finish {
    let reason = match word {
        "stop" | "" if calls_tools => FinishReason::ToolCalls,
        "stop" | "" => FinishReason::Stop,
        "length" => FinishReason::Length,
        _ => FinishReason::Other,
    };
    Finish {
        reason,
        word: word.to_owned(),
        stop_sequence: None,
    }
}

/// The `done_reason` for an answer of another dialect.
pub(crate) const fn word_of(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Length | FinishReason::ContextFull => "length",
        FinishReason::Stop
        | FinishReason::StopSequence
        | FinishReason::ToolCalls
        | FinishReason::Refusal
        | FinishReason::Pause
        | FinishReason::Other => "stop",
    }
}

/// True for reasons that [`word_of`] can only approach.
pub(crate) const fn is_approximate(reason: FinishReason) -> bool {
    matches!(
        reason,
        FinishReason::ContextFull
            | FinishReason::Refusal
            | FinishReason::Pause
            | FinishReason::Other
    )
}

/// The text of a string member.
pub(crate) fn text(doc: Doc<'_>, node: NodeId, name: &str) -> Option<String> {
    doc.get(node, name)
        .and_then(|node| doc.str(node))
        .map(std::borrow::Cow::into_owned)
}

/// True for a member that is `true`.
pub(crate) fn is_true(doc: Doc<'_>, node: NodeId, name: &str) -> bool {
    doc.get(node, name).and_then(|node| doc.bool(node)) == Some(true)
}

/// Writes arguments as the object that they have to be here. What is no object stands, as text, under `arguments`.
pub(crate) fn write_arguments(arguments: &str, to: &mut Object<'_>) {
    let source = arguments.trim();
    if source.is_empty() || source == "null" {
        to.raw("arguments", b"{}");
        return;
    }
    let is_object = marshal_adapter_api::index(source.as_bytes()).is_ok_and(|index| {
        let doc = index.doc(source.as_bytes());
        doc.kind(doc.root()) == Kind::Object
    });
    if is_object && !source.contains('\n') {
        to.raw("arguments", source.as_bytes());
    } else if is_object {
        // Outside of strings only white space can be a line break, which would end the event of a stream.
        let line: String = source
            .chars()
            .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c })
            .collect();
        to.raw("arguments", line.as_bytes());
    } else {
        to.object("arguments").str("arguments", arguments);
    }
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

/// True where a member of the wrapped object `inner` was kept.
pub(crate) fn has_inner(extra: &Extra, inner: &str) -> bool {
    extra
        .members()
        .any(|(name, _)| nested(name, inner).is_some())
}

fn nested<'a>(name: &'a str, inner: &str) -> Option<&'a str> {
    name.strip_prefix(inner)?.strip_prefix('.')
}
