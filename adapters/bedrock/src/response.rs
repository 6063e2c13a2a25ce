//! Whole answers: read into the canonical form, written from it, and looked at in place.

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, ChatResponse, Choice, Encoded, Extra, Fields, Finish,
    FinishReason, Malformed, Message, Object, Part, Role, TextAt, index,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::marks::{self, keep_rest, mark, marked, write_inner, write_outer};
use crate::request::{decode_content, own_content, said_block};
use crate::seals;
use crate::usage;
use crate::words::{finish_of, word_of};

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<ChatResponse, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    // It may say that it has none, and is written again so.
    let mut output = fields.object("output")?;
    let message = match &mut output {
        Some(output) => message(output)?,
        None if doc.get(doc.root(), "output").is_some() => silent(),
        None => return Err(fields.missing("output", "an object with a `message`")),
    };
    let finish = fields
        .str("stopReason")?
        .map(|word| finish_of(&word, stop_sequence(doc)));
    let usage = usage::of_answer(doc);
    if usage.is_some() {
        fields.take("usage");
    }
    let mut extra = fields.rest();
    if let Some(output) = output {
        keep_rest(output, "output.", &mut extra);
    }
    Ok(ChatResponse {
        origin: Dialect::Bedrock,
        id: None,
        model: None,
        created: None,
        choices: vec![Choice {
            index: 0,
            message,
            finish,
            extra: Extra::default(),
        }],
        usage,
        extra,
    })
}

fn silent() -> Message {
    Message {
        role: Role::Assistant,
        parts: Vec::new(),
        bare: false,
        extra: Extra::default(),
    }
}

fn message(output: &mut Fields<'_>) -> Result<Message, Malformed> {
    let doc = output.doc();
    let Some(mut inner) = output.object("message")? else {
        return match doc.get(output.node(), "message") {
            Some(_) => Ok(silent()),
            None => Err(output.missing("message", "an object with `content`")),
        };
    };
    // `null` says nothing, and is written again.
    let list = inner.array("content")?;
    if list.is_none() && doc.get(inner.node(), "content").is_none() {
        return Err(inner.missing("content", "an array of content blocks"));
    }
    let role = inner.str("role")?;
    let mut extra = inner.rest();
    if role.is_none() {
        mark(&mut extra, marks::NO_ROLE);
    }
    Ok(Message {
        role: Role::Assistant,
        parts: list.map_or(Ok(Vec::new()), |list| decode_content(doc, list))?,
        bare: false,
        extra,
    })
}

/// The stop text that was met, where the client asked Claude's own answer for it.
pub(crate) fn stop_sequence(doc: Doc<'_>) -> Option<String> {
    let more = doc.get(doc.root(), "additionalModelResponseFields")?;
    let inner = doc.get(more, "delta").unwrap_or(more);
    let text = doc.str(doc.get(inner, "stop_sequence")?)?;
    Some(text.into_owned())
}

/// Writes an answer. Of several choices it holds the first; the others are reported.
///
/// Its latency is not known here, and some clients count on a number: it says 0.
pub(crate) fn encode(response: &ChatResponse) -> Encoded {
    let mut encoded = Encoded::default();
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        if response.origin == Dialect::Bedrock {
            as_it_was(response, &mut root);
        } else {
            foreign(response, &mut root, &mut encoded.dropped);
        }
    }
    encoded.body = body;
    encoded
}

fn as_it_was(response: &ChatResponse, root: &mut Object<'_>) {
    let choice = response.choices.first();
    if !response.extra.lacks("output") {
        let mut output = root.object("output");
        if !response.extra.lacks("output.message") {
            let mut message = output.object("message");
            let said = choice.map(|choice| &choice.message);
            if !said.is_some_and(|said| marked(&said.extra, marks::NO_ROLE)) {
                message.str("role", "assistant");
            }
            let parts = said.map(|said| said.parts.as_slice()).unwrap_or_default();
            if !said.is_some_and(|said| said.extra.lacks("content")) {
                own_content("content", parts, &mut message);
            }
            if let Some(said) = said {
                write_outer(&said.extra, &[], &mut message);
            }
        }
        write_inner(&response.extra, "output.", &mut output);
    }
    let finish = choice.and_then(|choice| choice.finish.as_ref());
    root.opt_str("stopReason", finish.map(|finish| finish.word.as_str()));
    if let Some(reported) = &response.usage {
        match &reported.source {
            Some(source) => root.json("usage", source),
            None => usage::write(root, &reported.tokens),
        }
    }
    write_outer(&response.extra, &["output."], root);
}

fn foreign(response: &ChatResponse, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    let choice = response.choices.first();
    {
        let mut output = root.object("output");
        let mut message = output.object("message");
        message.str("role", "assistant");
        let mut blocks = Vec::new();
        for part in choice.iter().flat_map(|choice| &choice.message.parts) {
            let mut out = Vec::new();
            if said_block(part, false, &mut out, dropped) {
                blocks.push(out);
            }
            if let Part::ToolCall {
                id,
                signature: Some(seal),
                ..
            } = part
            {
                let mut out = Vec::new();
                seals::write_call(id, seal, &mut Object::new(&mut out));
                blocks.push(out);
            }
            leftovers(part, dropped);
        }
        let mut all = vec![b'['];
        all.extend_from_slice(&blocks.join(&b','));
        all.push(b']');
        message.raw("content", &all);
    }
    let has = |wanted: fn(&Part) -> bool| {
        choice.is_some_and(|choice| choice.message.parts.iter().any(wanted))
    };
    let calls = has(|part| matches!(part, Part::ToolCall { .. }));
    let refuses = has(|part| matches!(part, Part::Refusal { .. }));
    finish(
        choice.and_then(|choice| choice.finish.as_ref()),
        (calls, refuses),
        root,
        dropped,
    );
    // Clients of this dialect count on it.
    let tokens = response.usage.as_ref().map(|usage| usage.tokens);
    usage::write(root, &tokens.unwrap_or_default());
    if let Some(reported) = &response.usage {
        usage::report_foreign(reported, dropped);
    }
    root.object("metrics").u64("latencyMs", 0);
    if let Some(choice) = choice {
        choice.message.extra.report(dropped);
        choice.extra.report(dropped);
    }
    for other in response.choices.iter().skip(1) {
        dropped.push(format!("choices[{}]", other.index));
    }
    response
        .extra
        .report_except(&["object", "type", "role"], dropped);
}

fn leftovers(part: &Part, dropped: &mut Vec<String>) {
    match part {
        Part::Text { extra, .. } | Part::Refusal { extra, .. } | Part::Thinking { extra, .. } => {
            extra.report(dropped);
        }
        Part::ToolCall {
            signature, extra, ..
        } => {
            // Google's copy of OpenAI's dialect keeps the seal there, and it is carried.
            let seal = signature.as_ref().map_or("type", |_| "extra_content");
            extra.report_except(&["type", "index", seal], dropped);
        }
        _ => {}
    }
}

/// Writes `stopReason`, and the stop text where Claude's own answer would have it.
pub(crate) fn finish(
    finish: Option<&Finish>,
    (calls, refuses): (bool, bool),
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) {
    let reason = finish.map_or(FinishReason::Other, |finish| finish.reason);
    if reason == FinishReason::Other {
        dropped.push("finish_reason".to_owned());
    }
    root.str("stopReason", word_of(reason, calls, refuses));
    if let Some(met) = finish.and_then(|finish| finish.stop_sequence.as_deref()) {
        root.object("additionalModelResponseFields")
            .str("stop_sequence", met);
    }
}

/// What an answer says about itself.
pub(crate) fn meta(doc: Doc<'_>) -> AnswerMeta {
    let mut found = Vec::new();
    texts(doc, &mut found);
    let finish_reasons: Vec<String> = doc
        .get(doc.root(), "stopReason")
        .and_then(|node| doc.str(node))
        .map(std::borrow::Cow::into_owned)
        .into_iter()
        .collect();
    AnswerMeta {
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
    let content = ["output", "message", "content"]
        .iter()
        .try_fold(doc.root(), |node, name| doc.get(node, name));
    let Some(content) = content else { return };
    for (part, block) in (0..).zip(doc.children(content)) {
        block_texts(doc, block, part, out);
    }
}

fn block_texts(doc: Doc<'_>, block: NodeId, part: u32, out: &mut Vec<TextAt>) {
    let mut push = |node: Option<NodeId>, kind| {
        if let Some(node) = node
            && doc.kind(node) == Kind::String
        {
            out.push(TextAt {
                channel: Channel {
                    choice: 0,
                    part,
                    kind,
                },
                node,
                json_text: false,
            });
        }
    };
    push(doc.get(block, "text"), ChannelKind::Text);
    let cited = doc
        .get(block, "citationsContent")
        .and_then(|node| doc.get(node, "content"));
    for text in cited.iter().flat_map(|list| doc.children(*list)) {
        push(doc.get(text, "text"), ChannelKind::Text);
    }
    let thought = doc
        .get(block, "reasoningContent")
        .and_then(|node| doc.get(node, "reasoningText"))
        .and_then(|node| doc.get(node, "text"));
    push(thought, ChannelKind::Thinking);
    let input = doc
        .get(block, "toolUse")
        .and_then(|node| doc.get(node, "input"));
    if let Some(input) = input {
        let kind = ChannelKind::Arguments;
        let channel = Channel {
            choice: 0,
            part,
            kind,
        };
        leaves(doc, input, channel, out);
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
