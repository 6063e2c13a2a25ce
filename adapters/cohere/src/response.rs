//! Whole answers: read into the canonical form, written from it, and looked at in place.

use marshal_adapter_api::{
    AnswerMeta, Array, Channel, ChannelKind, ChatResponse, Choice, Encoded, Extra, Fields,
    Malformed, Message, Object, Part, Role, TextAt, index,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::request::{OwnMessage, message, tool_call};
use crate::usage;
use crate::words::{finish_of, is_approximate, text, word_of};

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<ChatResponse, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let null = |node: NodeId| doc.kind(node) == Kind::Null;
    let message = match fields.take("message") {
        Some(node) if doc.kind(node) == Kind::Object => message(doc, node, Some(Role::Assistant))?,
        // It says that it has none, and is written again so.
        None if doc.get(doc.root(), "message").is_some_and(null) => silent().message,
        _ => return Err(fields.missing("message", "the answer's message")),
    };
    let usage = usage::of_answer(doc, doc.root());
    if usage.is_some() {
        fields.take("usage");
    }
    Ok(ChatResponse {
        origin: Dialect::Cohere,
        id: fields.str_if("id"),
        model: None,
        created: None,
        choices: vec![Choice {
            index: 0,
            message,
            finish: fields.str_if("finish_reason").as_deref().map(finish_of),
            extra: Extra::default(),
        }],
        usage,
        extra: fields.rest(),
    })
}

/// Writes an answer. Of several choices it holds the first; the others are reported.
pub(crate) fn encode(response: &ChatResponse) -> Encoded {
    let own = response.origin == Dialect::Cohere;
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        // Clients of this dialect count on an id.
        let id = response.id.as_deref();
        root.opt_str("id", id.or((!own).then_some("")));
        let silent = silent();
        let choice = response.choices.first().unwrap_or(&silent);
        if own && !response.extra.lacks("message") {
            OwnMessage(&choice.message).write(&mut root.object("message"));
        }
        write_choice(choice, own, &mut root, dropped);
        for other in response.choices.iter().skip(1) {
            dropped.push(format!("choices[{}]", other.index));
        }
        match &response.usage {
            Some(reported) => match &reported.source {
                Some(source) if own => root.json("usage", source),
                _ => {
                    usage::write(&mut root, &reported.tokens);
                    usage::report_foreign(reported, dropped);
                }
            },
            None if !own => usage::write(&mut root, &marshal_types::Usage::default()),
            None => {}
        }
        if own {
            response.extra.write(&mut root);
        } else {
            response
                .extra
                .report_except(&["object", "type", "role", "created_at", "done"], dropped);
        }
    }
    encoded.body = body;
    encoded
}

/// What clients of this dialect read where a provider gave no answer at all.
fn silent() -> Choice {
    Choice {
        index: 0,
        message: Message {
            role: Role::Assistant,
            parts: Vec::new(),
            bare: false,
            extra: Extra::default(),
        },
        finish: None,
        extra: Extra::default(),
    }
}

fn write_choice(choice: &Choice, own: bool, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    let finish = choice.finish.as_ref();
    if own {
        root.opt_str("finish_reason", finish.map(|finish| finish.word.as_str()));
        return;
    }
    foreign_message(&choice.message, &mut root.object("message"), dropped);
    choice.extra.report_except(&["index"], dropped);
    let calls = choice
        .message
        .parts
        .iter()
        .any(|part| matches!(part, Part::ToolCall { .. }));
    let reason = finish.map_or(marshal_adapter_api::FinishReason::Stop, |finish| {
        finish.reason
    });
    // Clients of this dialect count on a reason.
    root.str("finish_reason", word_of(reason, calls));
    if finish.is_none() || is_approximate(reason) {
        dropped.push("finish_reason".to_owned());
    }
    if finish.is_some_and(|finish| finish.stop_sequence.is_some()) {
        dropped.push("stop_sequence".to_owned());
    }
}

fn foreign_message(message: &Message, to: &mut Object<'_>, dropped: &mut Vec<String>) {
    to.str("role", "assistant");
    let mut calls = Vec::new();
    let mut content = Vec::new();
    for part in &message.parts {
        match part {
            Part::ToolCall {
                signature, extra, ..
            } => {
                extra.report_except(&["type", "index"], dropped);
                if signature.is_some() {
                    dropped.push(extra.path_of("signature"));
                }
                calls.push(part);
            }
            Part::Thinking {
                text,
                signature,
                extra,
                ..
            } => {
                extra.report(dropped);
                if signature.as_deref().is_some_and(|seal| !seal.is_empty()) {
                    dropped.push(extra.path_of("signature"));
                }
                if !text.is_empty() {
                    content.push(("thinking", text));
                }
            }
            Part::Text { text, extra } | Part::Refusal { text, extra } => {
                extra.report(dropped);
                if !text.is_empty() {
                    content.push(("text", text));
                }
            }
            part => dropped.push(part.path().to_owned()),
        }
    }
    if !content.is_empty() || calls.is_empty() {
        let mut list = to.array("content");
        for (kind, said) in content {
            let mut part = list.object();
            part.str("type", kind);
            part.str(kind, said);
        }
    }
    if !calls.is_empty() {
        let mut list: Array<'_> = to.array("tool_calls");
        calls
            .iter()
            .for_each(|call| tool_call(call, false, &mut list));
    }
    message.extra.report(dropped);
}

/// What an answer says about itself.
pub(crate) fn meta(doc: Doc<'_>) -> AnswerMeta {
    let root = doc.root();
    let mut found = Vec::new();
    texts(doc, &mut found);
    let finish_reasons: Vec<String> = text(doc, root, "finish_reason").into_iter().collect();
    AnswerMeta {
        id: text(doc, root, "id"),
        model: None,
        finished: !finish_reasons.is_empty(),
        finish_reasons,
        usage: usage::of_answer(doc, root).map(|usage| usage.tokens),
        units: usage::units(doc, root),
        output_chars: found
            .iter()
            .map(|text| doc.span(text.node).len().saturating_sub(2) as u64)
            .sum(),
    }
}

/// Where generated text stands in a whole answer.
pub(crate) fn texts(doc: Doc<'_>, out: &mut Vec<TextAt>) {
    let Some(message) = doc.get(doc.root(), "message") else {
        return;
    };
    if let Some(plan) = doc.get(message, "tool_plan") {
        push(doc, plan, 0, ChannelKind::Reasoning, out);
    }
    if let Some(content) = doc.get(message, "content") {
        match doc.kind(content) {
            Kind::String => push(doc, content, 0, ChannelKind::Text, out),
            _ => {
                for (part, node) in (0..).zip(doc.children(content)) {
                    content_texts(doc, node, part, out);
                }
            }
        }
    }
    if let Some(calls) = doc.get(message, "tool_calls") {
        for (part, call) in (0..).zip(doc.children(calls)) {
            call_text(doc, call, part, out);
        }
    }
}

/// The texts of a content part, of an answer or of a delta.
pub(crate) fn content_texts(doc: Doc<'_>, node: NodeId, part: u32, out: &mut Vec<TextAt>) {
    for (name, kind) in [
        ("thinking", ChannelKind::Thinking),
        ("text", ChannelKind::Text),
    ] {
        if let Some(text) = doc.get(node, name) {
            push(doc, text, part, kind, out);
        }
    }
}

/// The arguments of a tool call, of an answer or of a delta.
pub(crate) fn call_text(doc: Doc<'_>, call: NodeId, part: u32, out: &mut Vec<TextAt>) {
    let arguments = doc
        .get(call, "function")
        .and_then(|function| doc.get(function, "arguments"));
    if let Some(arguments) = arguments {
        push(doc, arguments, part, ChannelKind::Arguments, out);
    }
}

/// A string that was generated.
pub(crate) fn push(
    doc: Doc<'_>,
    node: NodeId,
    part: u32,
    kind: ChannelKind,
    out: &mut Vec<TextAt>,
) {
    if doc.kind(node) == Kind::String {
        out.push(TextAt {
            channel: Channel {
                choice: 0,
                part,
                kind,
            },
            node,
            json_text: kind == ChannelKind::Arguments,
        });
    }
}
