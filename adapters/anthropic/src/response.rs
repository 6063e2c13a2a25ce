//! Whole answers: read into the canonical form, written from it, and looked at in place.

use marshal_adapter_api::{
    AnswerMeta, Array, Channel, ChannelKind, ChatResponse, Choice, Encoded, Extra, Fields,
    FinishReason, Malformed, Message, Object, Part, Role, TextAt, index,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::request::{decode_content, own_content, tool_use};
use crate::usage;
use crate::words::{finish_of, word_of};

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<ChatResponse, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let (parts, bare) = said(&mut fields)?;
    let word = fields.str_if("stop_reason");
    let finish = match word {
        Some(word) => Some(finish_of(&word, fields.str("stop_sequence")?)),
        None => None,
    };
    let usage = usage::of_answer(doc);
    if usage.is_some() {
        fields.take("usage");
    }
    Ok(ChatResponse {
        origin: Dialect::Anthropic,
        id: fields.str_if("id"),
        model: fields.str_if("model"),
        created: None,
        choices: vec![Choice {
            index: 0,
            message: Message {
                role: Role::Assistant,
                parts,
                bare,
                extra: Extra::default(),
            },
            finish,
            extra: Extra::default(),
        }],
        usage,
        extra: fields.rest(),
    })
}

/// What was said, and whether it was one bare string. `null` says nothing and is written again.
fn said(fields: &mut Fields<'_>) -> Result<(Vec<Part>, bool), Malformed> {
    let doc = fields.doc();
    if let Some(node) = fields.take("content") {
        return decode_content(doc, node);
    }
    let none = doc.get(fields.node(), "content").is_some() && fields.peek("error").is_none();
    if none {
        Ok((Vec::new(), false))
    } else {
        Err(fields.missing("content", "an array of content blocks"))
    }
}

/// Writes an answer. Of several choices it holds the first; the others are reported.
pub(crate) fn encode(response: &ChatResponse) -> Encoded {
    let own = response.origin == Dialect::Anthropic;
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        root.opt_str("id", response.id.as_deref());
        root.opt_str("model", response.model.as_deref());
        if !own {
            root.str("type", "message");
            root.str("role", "assistant");
        }
        if let Some(choice) = response.choices.first() {
            if own && !response.extra.lacks("content") {
                let said = &choice.message;
                own_content("content", &said.parts, said.bare, &mut root);
            }
            write_choice(choice, own, &mut root, dropped);
        } else {
            drop(root.array("content"));
        }
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
            // Clients of this dialect count on it.
            None if !own => usage::write(&mut root, &marshal_types::Usage::default()),
            None => {}
        }
        if own {
            response.extra.write(&mut root);
        } else {
            response.extra.report_except(&["object"], dropped);
        }
    }
    encoded.body = body;
    encoded
}

fn write_choice(choice: &Choice, own: bool, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    let finish = choice.finish.as_ref();
    if own {
        root.opt_str("stop_reason", finish.map(|finish| finish.word.as_str()));
        root.opt_str(
            "stop_sequence",
            finish.and_then(|finish| finish.stop_sequence.as_deref()),
        );
        return;
    }
    {
        let mut list = root.array("content");
        for part in &choice.message.parts {
            foreign_block(part, &mut list, dropped);
        }
    }
    let has = |wanted: fn(&Part) -> bool| choice.message.parts.iter().any(wanted);
    let calls = has(|part| matches!(part, Part::ToolCall { .. }));
    let refuses = has(|part| matches!(part, Part::Refusal { .. }));
    match finish {
        Some(finish) => {
            if finish.reason == FinishReason::Other {
                dropped.push("finish_reason".to_owned());
            }
            root.str("stop_reason", word_of(finish.reason, calls, refuses));
        }
        // Clients of this dialect decide by it what to do next, so it is never left open.
        None => {
            dropped.push("finish_reason".to_owned());
            root.str("stop_reason", word_of(FinishReason::Stop, calls, refuses));
        }
    }
    root.null("stop_sequence");
    choice.message.extra.report(dropped);
    choice.extra.report(dropped);
}

fn foreign_block(part: &Part, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            extra.report(dropped);
            if !text.is_empty() {
                let mut to = list.object();
                to.str("type", "text");
                to.str("text", text);
            }
        }
        Part::Thinking {
            text,
            signature,
            extra,
            ..
        } => {
            extra.report(dropped);
            let seal = signature.as_deref().unwrap_or_default();
            if !text.is_empty() || !seal.is_empty() {
                let mut to = list.object();
                to.str("type", "thinking");
                to.str("thinking", text);
                to.str("signature", seal); // clients demand the member; empty says that nobody sealed it
            }
        }
        Part::ToolCall { .. } => tool_use(part, &mut list.object(), dropped),
        Part::Opaque { path, .. } => dropped.push(path.clone()),
        Part::Image { extra, .. }
        | Part::Document { extra, .. }
        | Part::Media { extra, .. }
        | Part::ToolResult { extra, .. } => dropped.push(extra.path().to_owned()),
    }
}

/// What an answer says about itself.
pub(crate) fn meta(doc: Doc<'_>) -> AnswerMeta {
    let text = |name: &str| {
        doc.get(doc.root(), name)
            .and_then(|node| doc.str(node))
            .map(std::borrow::Cow::into_owned)
    };
    let mut found = Vec::new();
    texts(doc, &mut found);
    let finish_reasons: Vec<String> = text("stop_reason").into_iter().collect();
    AnswerMeta {
        id: text("id"),
        model: text("model"),
        finished: !finish_reasons.is_empty(),
        finish_reasons,
        usage: usage::of_answer(doc).map(|usage| usage.tokens),
        output_chars: found
            .iter()
            .map(|text| doc.span(text.node).len().saturating_sub(2) as u64)
            .sum(),
        ..AnswerMeta::default()
    }
}

/// Where generated text stands in a whole answer.
pub(crate) fn texts(doc: Doc<'_>, out: &mut Vec<TextAt>) {
    let Some(content) = doc.get(doc.root(), "content") else {
        return;
    };
    if doc.kind(content) == Kind::String {
        let channel = Channel {
            choice: 0,
            part: 0,
            kind: ChannelKind::Text,
        };
        out.push(TextAt {
            channel,
            node: content,
            json_text: false,
        });
    }
    for (part, block) in (0..).zip(doc.children(content)) {
        block_texts(doc, block, part, out);
    }
}

/// The texts of one block: of an answer, or as a stream begins it.
pub(crate) fn block_texts(doc: Doc<'_>, block: NodeId, part: u32, out: &mut Vec<TextAt>) {
    let at = |kind| Channel {
        choice: 0,
        part,
        kind,
    };
    for (name, kind) in [
        ("text", ChannelKind::Text),
        ("thinking", ChannelKind::Thinking),
    ] {
        if let Some(node) = doc.get(block, name)
            && doc.kind(node) == Kind::String
        {
            out.push(TextAt {
                channel: at(kind),
                node,
                json_text: false,
            });
        }
    }
    if let Some(input) = doc.get(block, "input") {
        leaves(doc, input, at(ChannelKind::Arguments), out);
    }
}

/// Every string and number at or below `node`.
fn leaves(doc: Doc<'_>, node: NodeId, channel: Channel, out: &mut Vec<TextAt>) {
    match doc.kind(node) {
        Kind::String | Kind::Number => out.push(TextAt {
            channel,
            node,
            json_text: false,
        }),
        Kind::Object | Kind::Array => {
            for child in doc.children(node) {
                leaves(doc, child, channel, out);
            }
        }
        Kind::Bool | Kind::Null => {}
    }
}
