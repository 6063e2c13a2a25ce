//! Whole answers: read into the canonical form, written from it, and looked at in place.

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, ChatResponse, Choice, Encoded, Extra, Fields, FinishReason,
    Malformed, Message, Object, Part, ReportedUsage, Role, TextAt, index,
};
use marshal_types::{Dialect, Tokens, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::calls::{self, made_id};
use crate::request::{said, write_said};
use crate::time;
use crate::words::{
    finish_of, is_approximate, is_marked, is_true, mark, text, word_of, write_extra,
};

/// The two counters, and what remembers that one was not there.
const COUNTERS: [(&str, &str); 2] = [
    ("prompt_eval_count", ":prompt_eval_count"),
    ("eval_count", ":eval_count"),
];

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<ChatResponse, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let root = doc.root();
    let mut fields = Fields::new(doc, root)?;
    let node = fields.take("message");
    // It may say that it has none, and is written again so.
    if node.is_none() && doc.get(root, "message").is_none() {
        return Err(fields.missing("message", "the answer's message"));
    }
    // The exact time stays aside, to be written again.
    let created_at = text(doc, root, "created_at").unwrap_or_default();
    let message = match node {
        Some(node) => {
            let mut inner = Fields::new(doc, node)?;
            let has_role = inner.str("role")?.is_some();
            let mut message = said(inner, Role::Assistant, |number| {
                made_id(&created_at, number)
            })?;
            if !has_role {
                mark(&mut message.extra, ":role");
            }
            message
        }
        None => Message {
            role: Role::Assistant,
            parts: Vec::new(),
            bare: true,
            extra: Extra::default(),
        },
    };
    let calls_tools = message
        .parts
        .iter()
        .any(|part| matches!(part, Part::ToolCall { .. }));
    let word = fields.str_if("done_reason");
    let done = is_true(doc, root, "done") || word.is_some();
    let usage = usage(doc);
    let mut missing = Vec::new();
    if usage.is_some() {
        for (name, sign) in COUNTERS {
            if fields.take(name).is_none() {
                missing.push(sign);
            }
        }
    }
    let model = fields.str_if("model");
    let mut extra = fields.rest();
    missing.into_iter().for_each(|sign| mark(&mut extra, sign));
    Ok(ChatResponse {
        origin: Dialect::Ollama,
        id: None,
        model,
        created: time::parse(&created_at),
        choices: vec![Choice {
            index: 0,
            message,
            finish: done.then(|| finish_of(&word.unwrap_or_default(), calls_tools)),
            extra: Extra::default(),
        }],
        usage: usage.map(|tokens| ReportedUsage {
            tokens,
            source: None,
        }),
        extra,
    })
}

/// What was counted. A server leaves out a prompt that it had read before.
pub(crate) fn usage(doc: Doc<'_>) -> Option<Usage> {
    let number = |name: &str| doc.get(doc.root(), name).and_then(|node| doc.u64(node));
    let [input, output] = COUNTERS.map(|(name, _)| number(name));
    (input.is_some() || output.is_some()).then(|| Usage {
        input: Tokens(input.unwrap_or(0)),
        output: Tokens(output.unwrap_or(0)),
        ..Usage::default()
    })
}

/// Writes an answer. Of several choices it holds the first; the others are reported.
pub(crate) fn encode(response: &ChatResponse) -> Encoded {
    let mut encoded = Encoded::default();
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        if response.origin == Dialect::Ollama {
            as_it_was(response, &mut root);
        } else {
            foreign(response, &mut root, &mut encoded.dropped);
        }
    }
    encoded.body = body;
    encoded
}

fn as_it_was(response: &ChatResponse, root: &mut Object<'_>) {
    root.opt_str("model", response.model.as_deref());
    if let Some(choice) = response.choices.first() {
        if !response.extra.lacks("message") {
            let mut to = root.object("message");
            if !is_marked(&choice.message.extra, ":role") {
                to.str("role", "assistant");
            }
            write_said(&choice.message, &mut to);
        }
        let word = choice.finish.as_ref().map(|finish| finish.word.as_str());
        root.opt_str("done_reason", word.filter(|word| !word.is_empty()));
    }
    if let Some(usage) = &response.usage {
        let counts = [usage.tokens.input.0, usage.tokens.output.0];
        for ((name, sign), count) in COUNTERS.into_iter().zip(counts) {
            if !is_marked(&response.extra, sign) {
                root.u64(name, count);
            }
        }
    }
    write_extra(&response.extra, None, root);
}

fn foreign(response: &ChatResponse, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    root.str("model", response.model.as_deref().unwrap_or_default());
    root.str("created_at", &time::format(response.created.unwrap_or(0)));
    let choice = response.choices.first();
    match choice {
        Some(choice) => {
            foreign_message(&choice.message, &mut root.object("message"), dropped);
            choice.extra.report_except(&["index"], dropped);
        }
        // Clients count on a message.
        None => {
            let mut message = root.object("message");
            message.str("role", "assistant");
            message.str("content", "");
        }
    }
    for other in response.choices.iter().skip(1) {
        dropped.push(format!("choices[{}]", other.index));
    }
    let finish = choice.and_then(|choice| choice.finish.as_ref());
    let reason = finish.map_or(FinishReason::Stop, |finish| finish.reason);
    if finish.is_none() || is_approximate(reason) {
        dropped.push("finish_reason".to_owned());
    }
    if finish.is_some_and(|finish| finish.stop_sequence.is_some()) {
        dropped.push("stop_sequence".to_owned());
    }
    let tokens = response.usage.as_ref().map(|usage| usage.tokens);
    last(word_of(reason), &tokens.unwrap_or_default(), root);
    if let Some(tokens) = tokens {
        report_usage(&tokens, dropped);
    }
    response
        .extra
        .report_except(&["object", "type", "role"], dropped);
}

/// Cached and reasoning tokens are counted in, but not apart.
pub(crate) fn report_usage(tokens: &Usage, dropped: &mut Vec<String>) {
    for (name, count) in [
        ("usage.cache_read", tokens.cache_read),
        ("usage.cache_write", tokens.cache_write),
        ("usage.reasoning", tokens.reasoning),
    ] {
        if count.0 > 0 {
            dropped.push(name.to_owned());
        }
    }
}

/// The members that end an answer. Clients read durations from them, which nobody measured.
pub(crate) fn last(word: &str, tokens: &Usage, root: &mut Object<'_>) {
    root.bool("done", true);
    root.str("done_reason", word);
    root.u64("total_duration", 0);
    root.u64("load_duration", 0);
    root.u64("prompt_eval_count", tokens.input.0);
    root.u64("prompt_eval_duration", 0);
    root.u64("eval_count", tokens.output.0);
    root.u64("eval_duration", 0);
}

fn foreign_message(message: &Message, to: &mut Object<'_>, dropped: &mut Vec<String>) {
    to.str("role", "assistant");
    let (mut text, mut thoughts, mut tools) = (String::new(), String::new(), Vec::new());
    for part in &message.parts {
        match part {
            Part::Text { text: more, extra } | Part::Refusal { text: more, extra } => {
                extra.report(dropped);
                text.push_str(more);
            }
            Part::Thinking {
                text: more,
                signature,
                extra,
                ..
            } => {
                extra.report(dropped);
                if signature.as_deref().is_some_and(|seal| !seal.is_empty()) {
                    dropped.push(extra.path_of("signature"));
                }
                thoughts.push_str(more);
            }
            Part::ToolCall {
                id,
                name,
                arguments,
                signature,
                extra,
            } => {
                calls::report(extra, signature.as_deref(), dropped);
                tools.push((id, name, arguments));
            }
            part => dropped.push(part.path().to_owned()),
        }
    }
    to.str("content", &text);
    if !thoughts.is_empty() {
        to.str("thinking", &thoughts);
    }
    if !tools.is_empty() {
        let mut list = to.array("tool_calls");
        for (index, (id, name, arguments)) in (0..).zip(tools) {
            calls::write_foreign(Some(index), id, name, arguments, &mut list.object());
        }
    }
    message.extra.report(dropped);
}

/// What an answer says about itself.
pub(crate) fn meta(doc: Doc<'_>) -> AnswerMeta {
    let root = doc.root();
    let mut found = Vec::new();
    texts(doc, &mut found);
    let finish_reasons: Vec<String> = text(doc, root, "done_reason").into_iter().collect();
    AnswerMeta {
        model: text(doc, root, "model"),
        finished: is_true(doc, root, "done") || !finish_reasons.is_empty(),
        finish_reasons,
        usage: usage(doc),
        output_chars: chars(doc, &found),
        ..AnswerMeta::default()
    }
}

/// How long generated texts are, roughly.
pub(crate) fn chars(doc: Doc<'_>, texts: &[TextAt]) -> u64 {
    texts
        .iter()
        .map(|text| doc.span(text.node).len().saturating_sub(2) as u64)
        .sum()
}

/// Where generated text stands in a whole answer, or in a line of a stream.
pub(crate) fn texts(doc: Doc<'_>, out: &mut Vec<TextAt>) {
    let Some(message) = doc.get(doc.root(), "message") else {
        return;
    };
    for (name, kind) in [
        ("thinking", ChannelKind::Thinking),
        ("content", ChannelKind::Text),
    ] {
        if let Some(node) = doc.get(message, name)
            && doc.kind(node) == Kind::String
        {
            out.push(TextAt {
                channel: channel(0, kind),
                node,
                json_text: false,
            });
        }
    }
    let Some(list) = doc.get(message, "tool_calls") else {
        return;
    };
    for (at, call) in (0..).zip(doc.children(list)) {
        let arguments = doc
            .get(call, "function")
            .and_then(|function| doc.get(function, "arguments"));
        if let Some(arguments) = arguments {
            let part = call_index(doc, call).unwrap_or(at);
            leaves(doc, arguments, channel(part, ChannelKind::Arguments), out);
        }
    }
}

/// A channel of the one choice that there is.
pub(crate) const fn channel(part: u32, kind: ChannelKind) -> Channel {
    Channel {
        choice: 0,
        part,
        kind,
    }
}

/// The number that the server gave a call.
pub(crate) fn call_index(doc: Doc<'_>, call: NodeId) -> Option<u32> {
    let index = doc.get(doc.get(call, "function")?, "index")?;
    doc.u64(index).and_then(|index| u32::try_from(index).ok())
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
