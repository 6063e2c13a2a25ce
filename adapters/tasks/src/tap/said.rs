//! Where the events of streams say text, and which texts they end.

use marshal_adapter_api::{AnswerMeta, Channel, ChannelKind};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::answer;
use crate::look::{at, items, number, text};

/// How an event says text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{"choices": [{"text", "index"}]}`
    Choices,
    /// `{"choices": [{"delta": {"content"}, "index"}]}`
    Deltas,
    /// `{"type": "transcript.text.delta", "delta"}`
    Transcript,
    /// `{"type": "transcription.text.delta", "text"}`
    Transcription,
    /// `{"response"}` and `{"thinking"}`
    Generate,
    /// One member with the text.
    Plain(&'static str),
    /// `{"text", "index", "is_finished"}`
    Cohere,
    /// `{"event_type": "text-generation", "text"}`
    CohereChat,
    /// `{"outputs": [{"text"}]}`
    Outputs,
    /// `{"contentBlockDelta": {"delta": {"text"}, "contentBlockIndex"}}`
    Blocks,
}

/// One piece of a running text.
pub(super) struct Said {
    pub(super) shape: Shape,
    pub(super) channel: Channel,
    pub(super) node: NodeId,
    /// The content block that it stands in.
    pub(super) block: u64,
}

const TEXT: Channel = Channel {
    choice: 0,
    part: 0,
    kind: ChannelKind::Text,
};

const THINKING: Channel = Channel {
    kind: ChannelKind::Thinking,
    ..TEXT
};

const fn choice(choice: u32) -> Channel {
    Channel { choice, ..TEXT }
}

const fn arguments(part: u32) -> Channel {
    Channel {
        part,
        kind: ChannelKind::Arguments,
        ..TEXT
    }
}

/// The pieces of running texts in an event.
pub(super) fn running(doc: Doc<'_>) -> Vec<Said> {
    let root = doc.root();
    let mut out = Vec::new();
    let mut add = |shape, channel, node: Option<NodeId>| {
        if let Some(node) = node.filter(|&node| doc.kind(node) == Kind::String) {
            out.push(Said {
                shape,
                channel,
                node,
                block: 0,
            });
        }
    };
    for (place, item) in (0..).zip(items(doc, root, &["choices"])) {
        let channel = choice(index_of(doc, item, "index").unwrap_or(place));
        add(Shape::Choices, channel, at(doc, item, &["text"]));
        add(Shape::Deltas, channel, at(doc, item, &["delta", "content"]));
    }
    for (place, item) in (0..).zip(items(doc, root, &["outputs"])) {
        add(Shape::Outputs, choice(place), at(doc, item, &["text"]));
    }
    match text(doc, root, &["type"]).as_deref() {
        Some("transcript.text.delta") => add(Shape::Transcript, TEXT, at(doc, root, &["delta"])),
        Some("transcription.text.delta") => {
            add(Shape::Transcription, TEXT, at(doc, root, &["text"]));
        }
        Some(_) => {}
        None => {
            add(Shape::Generate, THINKING, at(doc, root, &["thinking"]));
            add(Shape::Generate, TEXT, at(doc, root, &["response"]));
            for name in ["outputText", "generation", "completion", "value"] {
                add(Shape::Plain(name), TEXT, at(doc, root, &[name]));
            }
            let shape = match doc.get(root, "event_type") {
                Some(_) => Shape::CohereChat,
                None => Shape::Cohere,
            };
            let channel = choice(index_of(doc, root, "index").unwrap_or(0));
            add(shape, channel, at(doc, root, &["text"]));
            out.extend(block(doc));
        }
    }
    out
}

/// Nova begins a block with each token, so all blocks of text are one running text.
fn block(doc: Doc<'_>) -> Option<Said> {
    let delta = at(doc, doc.root(), &["contentBlockDelta"])?;
    let number = number(doc, delta, &["contentBlockIndex"]).unwrap_or(0);
    let said = at(doc, delta, &["delta", "text"]).map(|node| (TEXT, node));
    let called = || {
        let node = at(doc, delta, &["delta", "toolUse", "input"])?;
        Some((arguments(u32::try_from(number).ok()?), node))
    };
    let (channel, node) = said.or_else(called)?;
    (doc.kind(node) == Kind::String).then_some(Said {
        shape: Shape::Blocks,
        channel,
        node,
        block: number,
    })
}

/// Texts that an event says whole: they belong to no running text, and are closed with the event.
pub(super) fn whole(doc: Doc<'_>) -> Vec<(Channel, NodeId)> {
    let root = doc.root();
    let kind = text(doc, root, &["type"]).or_else(|| text(doc, root, &["event_type"]));
    let nodes: Vec<NodeId> = match kind.as_deref() {
        Some(
            "transcript.text.done"
            | "transcript.text.segment"
            | "transcription.done"
            | "transcription.segment",
        ) => {
            let segments =
                items(doc, root, &["segments"]).filter_map(|item| at(doc, item, &["text"]));
            at(doc, root, &["text"])
                .into_iter()
                .chain(segments)
                .collect()
        }
        Some("stream-end") => {
            let turns = items(doc, root, &["response", "chat_history"]);
            let turns = turns.filter_map(|turn| at(doc, turn, &["message"]));
            at(doc, root, &["response", "text"])
                .into_iter()
                .chain(turns)
                .collect()
        }
        _ => return Vec::new(),
    };
    // Far away from every running text.
    let channel = |part| Channel {
        choice: u32::MAX,
        part,
        ..TEXT
    };
    let strings = nodes
        .into_iter()
        .filter(|&node| doc.kind(node) == Kind::String);
    (0..)
        .zip(strings)
        .map(|(part, node)| (channel(part), node))
        .collect()
}

/// True for an event that says again, whole, what came in pieces.
pub(super) fn repeats(doc: Doc<'_>) -> bool {
    let word = |name| text(doc, doc.root(), &[name]);
    let kind = word("type").or_else(|| word("event_type"));
    kind.is_some_and(|kind| kind.ends_with(".done") || kind == "stream-end")
}

/// The texts that an event ends.
pub(super) fn closed(doc: Doc<'_>) -> Vec<Channel> {
    let root = doc.root();
    let says_why = |node| {
        let mut seen = AnswerMeta::default();
        answer::note_one(doc, node, &mut seen);
        seen.finished
    };
    let mut ended: Vec<Channel> = whole(doc).into_iter().map(|(channel, _)| channel).collect();
    for list in ["choices", "outputs"] {
        for (place, item) in (0..).zip(items(doc, root, &[list])) {
            if says_why(item) {
                ended.push(choice(index_of(doc, item, "index").unwrap_or(place)));
            }
        }
    }
    if says_why(root) {
        ended.push(choice(index_of(doc, root, "index").unwrap_or(0)));
    }
    if at(doc, root, &["contentBlockStart", "start", "toolUse"]).is_some() {
        ended.push(TEXT);
    }
    if let Some(stop) = at(doc, root, &["contentBlockStop"]) {
        ended.push(arguments(
            index_of(doc, stop, "contentBlockIndex").unwrap_or(0),
        ));
    }
    // The answer itself ends the thinking before it.
    if text(doc, root, &["response"]).is_some() {
        ended.push(THINKING);
    }
    ended
}

fn index_of(doc: Doc<'_>, node: NodeId, name: &str) -> Option<u32> {
    u32::try_from(number(doc, node, &[name])?).ok()
}
