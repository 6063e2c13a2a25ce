//! Whole answers: read into the canonical form, written from it, and looked at in place.

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, ChatResponse, Choice, Encoded, Extra, Fields, FinishReason,
    Malformed, Message, Object, Part, Role, TextAt, index,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::request::{OwnMessage, answered, tool_call, write_sealed_thoughts};
use crate::usage;
use crate::words::{finish_of, is_approximate, joined_text, word_of};

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<ChatResponse, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let usage = usage::of_answer(doc, doc.root());
    if usage.as_ref().is_some_and(|usage| usage.source.is_some()) {
        fields.take("usage");
    }
    // An answer may have none and say so; what has no word for them, or an error, is no answer.
    let none = doc.get(doc.root(), "choices").is_some() && fields.peek("error").is_none();
    let list = fields.array("choices")?;
    if list.is_none() && !none {
        return Err(fields.missing("choices", "an array of answers"));
    }
    let mut choices: Vec<Choice> = Vec::new();
    for node in list.into_iter().flat_map(|list| doc.children(list)) {
        let one = choice(doc, node, &choices)?;
        choices.push(one);
    }
    Ok(ChatResponse {
        origin: Dialect::OpenAi,
        id: fields.str_if("id"),
        model: fields.str_if("model"),
        created: fields.u64_if("created"),
        choices,
        usage,
        extra: fields.rest(),
    })
}

/// Reads one of the answers after those `before` it. A number that is missing or taken is the next free one.
fn choice(doc: Doc<'_>, node: NodeId, before: &[Choice]) -> Result<Choice, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let free = |number: &u32| before.iter().all(|choice| choice.index != *number);
    let index = tool_index(doc, node).filter(free);
    if index.is_some() {
        fields.take("index");
    } else {
        fields.know("index");
    }
    let message = match fields.take("message") {
        Some(said) => answered(doc, said)?,
        // Written again as it was.
        None if doc.get(node, "message").is_some() => Message {
            role: Role::Assistant,
            parts: Vec::new(),
            bare: false,
            extra: Extra::default(),
        },
        None => return Err(fields.missing("message", "the answer's message")),
    };
    // An empty word says nothing and stays aside.
    let empty = fields
        .peek("finish_reason")
        .is_some_and(|node| doc.str(node).as_deref() == Some(""));
    let finish = if empty {
        None
    } else {
        fields.str_if("finish_reason")
    };
    Ok(Choice {
        index: index.or_else(|| (0..).find(free)).unwrap_or_default(),
        message,
        finish: finish.as_deref().map(finish_of),
        extra: fields.rest(),
    })
}

/// Writes an answer. `created` is the caller's to fill in where the provider gave none.
pub(crate) fn encode(response: &ChatResponse) -> Encoded {
    let own = response.origin == Dialect::OpenAi;
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        root.opt_str("id", response.id.as_deref());
        if let Some(created) = response.created.or((!own).then_some(0)) {
            root.u64("created", created);
        }
        root.opt_str("model", response.model.as_deref());
        if !own {
            root.str("object", "chat.completion");
        }
        if !(own && response.extra.lacks("choices")) {
            let mut list = root.array("choices");
            for choice in &response.choices {
                write_choice(choice, own, &mut list.object(), dropped);
            }
        }
        if let Some(reported) = &response.usage {
            match &reported.source {
                Some(source) if own => root.json("usage", source),
                // Counted from another member, which stands where it was.
                None if own
                    && ["usage", "timings"]
                        .iter()
                        .any(|name| response.extra.get(name).is_some()) => {}
                _ => {
                    usage::write(&mut root, &reported.tokens);
                    usage::report_foreign(reported, dropped);
                }
            }
        }
        if own {
            response.extra.write(&mut root);
        } else {
            response.extra.report_except(&["type", "role"], dropped);
        }
    }
    encoded.body = body;
    encoded
}

fn write_choice(choice: &Choice, own: bool, to: &mut Object<'_>, dropped: &mut Vec<String>) {
    if !(own && choice.extra.lacks("index")) {
        to.u64("index", u64::from(choice.index));
    }
    if own {
        if !choice.extra.lacks("message") {
            OwnMessage(&choice.message).write(&mut to.object("message"));
        }
        to.opt_str(
            "finish_reason",
            choice.finish.as_ref().map(|finish| finish.word.as_str()),
        );
        choice.extra.write(to);
        return;
    }
    foreign_message(&choice.message, &mut to.object("message"), dropped);
    choice.extra.report(dropped);
    to.null("logprobs");
    match &choice.finish {
        Some(finish) => {
            to.str("finish_reason", word_of(finish.reason));
            if is_approximate(finish.reason) {
                dropped.push("stop_reason".to_owned());
            }
            if finish.reason == FinishReason::StopSequence {
                dropped.push("stop_sequence".to_owned());
            }
        }
        None => to.null("finish_reason"),
    }
}

fn foreign_message(message: &Message, to: &mut Object<'_>, dropped: &mut Vec<String>) {
    to.str("role", "assistant");
    match joined_text(&message.parts) {
        Some(text) => to.str("content", &text),
        None => to.null("content"),
    }
    let (mut thoughts, mut refusal) = (String::new(), None::<String>);
    for part in &message.parts {
        match part {
            Part::Thinking { text, extra, .. } => {
                thoughts.push_str(text);
                extra.report(dropped);
            }
            Part::Refusal { text, extra } => {
                extra.report(dropped);
                refusal.get_or_insert_default().push_str(text);
            }
            Part::Text { extra, .. } | Part::ToolCall { extra, .. } => extra.report(dropped),
            Part::Opaque { path, .. } => dropped.push(path.clone()),
            Part::Image { extra, .. }
            | Part::Document { extra, .. }
            | Part::Media { extra, .. }
            | Part::ToolResult { extra, .. } => dropped.push(extra.path().to_owned()),
        }
    }
    if !thoughts.is_empty() {
        to.str("reasoning_content", &thoughts);
    }
    write_sealed_thoughts(&message.parts, to);
    match refusal {
        Some(text) => to.str("refusal", &text),
        None => to.null("refusal"),
    }
    let is_call = |part: &&Part| matches!(part, Part::ToolCall { .. });
    if message.parts.iter().any(|part| is_call(&part)) {
        let mut list = to.array("tool_calls");
        for part in message.parts.iter().filter(is_call) {
            tool_call(part, false, &mut list);
        }
    }
    // What a message of another dialect kept aside has no place here.
    let extra: &Extra = &message.extra;
    extra.report(dropped);
}

/// What an answer says about itself.
pub(crate) fn meta(doc: Doc<'_>) -> AnswerMeta {
    let root = doc.root();
    let text = |node: NodeId, name: &str| {
        doc.get(node, name)
            .and_then(|node| doc.str(node))
            .map(std::borrow::Cow::into_owned)
    };
    let mut meta = AnswerMeta {
        id: text(root, "id"),
        model: text(root, "model"),
        usage: usage::of_answer(doc, root).map(|usage| usage.tokens),
        ..AnswerMeta::default()
    };
    if let Some(choices) = doc.get(root, "choices") {
        for choice in doc.children(choices) {
            meta.finish_reasons.extend(text(choice, "finish_reason"));
        }
    }
    meta.finished = !meta.finish_reasons.is_empty();
    let mut texts = Vec::new();
    self::texts(doc, &mut texts);
    meta.output_chars = texts
        .iter()
        .map(|text| doc.span(text.node).len().saturating_sub(2) as u64)
        .sum();
    meta
}

/// Where generated text stands in a whole answer.
pub(crate) fn texts(doc: Doc<'_>, out: &mut Vec<TextAt>) {
    let Some(choices) = doc.get(doc.root(), "choices") else {
        return;
    };
    for (at, choice) in (0..).zip(doc.children(choices)) {
        let number = doc
            .get(choice, "index")
            .and_then(|node| doc.u64(node))
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(at);
        if let Some(message) = doc.get(choice, "message") {
            said(doc, message, number, out);
        }
    }
}

/// Members of a message that name it and say nothing.
const NO_TEXTS: [&str; 6] = ["role", "name", "id", "type", "tool_call_id", "object"];

/// A number for the name of a member: FNV-1a.
fn part_of(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The texts of a message or of a delta, in the order in which they are generated.
pub(crate) fn said(doc: Doc<'_>, node: NodeId, choice: u32, out: &mut Vec<TextAt>) {
    const PLAIN: [(&str, ChannelKind); 4] = [
        ("reasoning_content", ChannelKind::Thinking),
        ("reasoning", ChannelKind::Reasoning),
        ("content", ChannelKind::Text),
        ("refusal", ChannelKind::Refusal),
    ];
    for (name, kind) in PLAIN {
        let Some(value) = doc.get(node, name) else {
            continue;
        };
        let channel = Channel {
            choice,
            part: 0,
            kind,
        };
        match doc.kind(value) {
            Kind::String => out.push(TextAt {
                channel,
                node: value,
                json_text: false,
            }),
            Kind::Array => nested(doc, value, channel, out),
            _ => {}
        }
    }
    // Whatever a provider may add is a text of its own: a value may stand in it as in any other.
    for member in doc.children(node) {
        let Some(name) = doc.key(member).filter(|_| doc.kind(member) == Kind::String) else {
            continue;
        };
        let known = PLAIN.iter().any(|(known, _)| *known == name) || NO_TEXTS.contains(&&*name);
        if !known {
            let channel = Channel {
                choice,
                part: part_of(&name),
                kind: ChannelKind::Other,
            };
            out.push(TextAt {
                channel,
                node: member,
                json_text: false,
            });
        }
    }
    if let Some(calls) = doc.get(node, "tool_calls") {
        for (at, call) in (0..).zip(doc.children(calls)) {
            arguments(doc, call, choice, at, out);
        }
    }
    // The word before `tool_calls`; one call, so it never meets another's channel.
    if let Some(call) = doc.get(node, "function_call") {
        push_arguments(doc, call, choice, 0, out);
    }
}

/// Mistral writes content as a list, with thinking as a list inside of it.
fn nested(doc: Doc<'_>, list: NodeId, channel: Channel, out: &mut Vec<TextAt>) {
    for part in doc.children(list) {
        if let Some(text) = doc.get(part, "text")
            && doc.kind(text) == Kind::String
        {
            out.push(TextAt {
                channel,
                node: text,
                json_text: false,
            });
        }
        if let Some(thoughts) = doc.get(part, "thinking")
            && doc.kind(thoughts) == Kind::Array
        {
            let kind = ChannelKind::Thinking;
            nested(doc, thoughts, Channel { kind, ..channel }, out);
        }
    }
}

fn arguments(doc: Doc<'_>, call: NodeId, choice: u32, at: u32, out: &mut Vec<TextAt>) {
    let part = tool_index(doc, call).unwrap_or(at);
    for name in ["function", "custom"] {
        if let Some(function) = doc.get(call, name) {
            push_arguments(doc, function, choice, part, out);
        }
    }
}

fn push_arguments(doc: Doc<'_>, function: NodeId, choice: u32, part: u32, out: &mut Vec<TextAt>) {
    let kind = ChannelKind::Arguments;
    let channel = Channel { choice, part, kind };
    for (name, json_text) in [("arguments", true), ("input", false)] {
        match doc.get(function, name) {
            Some(node) if doc.kind(node) == Kind::String => out.push(TextAt {
                channel,
                node,
                json_text,
            }),
            Some(node) => leaves(doc, node, channel, out),
            None => {}
        }
    }
}

/// Every string and number below `node`: arguments that some providers write as an object.
fn leaves(doc: Doc<'_>, node: NodeId, channel: Channel, out: &mut Vec<TextAt>) {
    for child in doc.children(node) {
        match doc.kind(child) {
            Kind::String | Kind::Number => out.push(TextAt {
                channel,
                node: child,
                json_text: false,
            }),
            _ => leaves(doc, child, channel, out),
        }
    }
}

/// The `index` of a tool call.
pub(crate) fn tool_index(doc: Doc<'_>, call: NodeId) -> Option<u32> {
    doc.get(call, "index")
        .and_then(|node| doc.u64(node))
        .and_then(|number| u32::try_from(number).ok())
}
