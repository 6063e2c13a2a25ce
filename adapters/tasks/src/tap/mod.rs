//! Watching a stream that is no conversation on its way.

mod said;
mod write;

use std::borrow::Cow;

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, Closes, StreamTap, TextAt, text_bytes,
};
use marshal_types::Surface;
use marshal_wire::frame::{Payload, RawEvent};
use marshal_wire::json::{Doc, Index, Limits};

use crate::answer;
use crate::look::{at, text};
use crate::usage::{units_of, usage_of};
use said::Shape;

/// Watches a stream that comes through `surface`. Anything is a stream that it can be told of: what is known in an
/// event is noted, and the rest passes.
#[must_use]
pub fn stream_tap(surface: Surface) -> Box<dyn StreamTap> {
    Box::new(Tap {
        surface,
        meta: AnswerMeta::default(),
        last: None,
        block: 0,
    })
}

/// The members of events that hold generated text.
const GENERATED: [&[u8]; 10] = [
    b"text",
    b"delta",
    b"response",
    b"thinking",
    b"outputText",
    b"generation",
    b"content",
    b"completion",
    b"value",
    b"input",
];

struct Tap {
    surface: Surface,
    meta: AnswerMeta,
    /// The shape in which text came last, so that more of it can be said alike.
    last: Option<Shape>,
    /// The content block that text came in last.
    block: u64,
}

impl Tap {
    fn read(&mut self, doc: Doc<'_>) {
        let root = doc.root();
        answer::note(doc, &mut self.meta);
        if let Some(usage) = usage_of(doc) {
            self.meta.usage = Some(usage);
        }
        let units = units_of(doc);
        let noted = &mut self.meta.units;
        noted.audio_ms = noted.audio_ms.max(units.audio_ms);
        noted.characters = noted.characters.max(units.characters);
        let kind = text(doc, root, &["type"]).unwrap_or_default();
        if matches!(
            kind.as_str(),
            "image_generation.completed" | "image_edit.completed"
        ) {
            noted.images += 1;
        }
        self.meta.finished |= says_done(doc) || ends(&kind);
        if let Some(said) = said::running(doc).last() {
            self.last = Some(said.shape);
            self.block = said.block;
        }
    }
}

/// True for the types of events that end an answer.
fn ends(kind: &str) -> bool {
    const LAST: [&str; 8] = [
        "transcript.text.done",
        "transcription.done",
        "speech.audio.done",
        "image_generation.completed",
        "image_edit.completed",
        "response.completed",
        "response.incomplete",
        "response.failed",
    ];
    LAST.contains(&kind)
}

/// True where an event says that it is the last: Ollama's `done`, Cohere's `is_finished`.
fn says_done(doc: Doc<'_>) -> bool {
    ["done", "is_finished"]
        .iter()
        .any(|name| at(doc, doc.root(), &[name]).and_then(|node| doc.bool(node)) == Some(true))
}

impl StreamTap for Tap {
    fn observe(&mut self, event: &RawEvent) {
        let data: Cow<'_, [u8]> = event.data();
        let data = data.trim_ascii();
        if data.first() != Some(&b'{') {
            self.meta.finished |= data == b"[DONE]";
            return;
        }
        let Ok(index) = Index::parse(data, &Limits::default()) else {
            return;
        };
        let doc = index.doc(data);
        // A picture is no text, and what the last event says whole came in pieces before.
        let counted = !matches!(
            self.surface,
            Surface::ImageGenerations | Surface::ImageEdits | Surface::Speech
        );
        if counted && !said::repeats(doc) {
            self.meta.output_chars += text_bytes(data, &GENERATED);
        }
        self.read(doc);
    }

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    fn is_terminal(&self, event: &RawEvent) -> bool {
        // Only the marker: it may follow an event that is the last of the answer.
        event.raw.len() < 64 && event.data().trim_ascii() == b"[DONE]"
    }

    fn has_terminal(&self) -> bool {
        self.surface == Surface::Completions
    }

    fn texts(&self, _event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        let running = said::running(doc)
            .into_iter()
            .map(|said| (said.channel, said.node));
        out.extend(
            running
                .chain(said::whole(doc))
                .map(|(channel, node)| TextAt {
                    channel,
                    node,
                    json_text: channel.kind == ChannelKind::Arguments,
                }),
        );
    }

    fn closes(&self, event: &RawEvent, doc: Doc<'_>) -> Closes {
        let root = doc.root();
        if self.is_terminal(event) || says_done(doc) {
            return Closes::All;
        }
        let kind = text(doc, root, &["type"]).unwrap_or_default();
        if ends(&kind)
            || ["messageStop", "error"]
                .iter()
                .any(|name| doc.get(root, name).is_some())
        {
            return Closes::All;
        }
        let ended = said::closed(doc);
        if ended.is_empty() {
            Closes::Nothing
        } else {
            Closes::Channels(ended)
        }
    }

    fn text_event(&self, channel: &Channel, text: &str) -> Payload {
        let shape = self.last.unwrap_or(match self.surface {
            Surface::Transcriptions => Shape::Transcript,
            Surface::OllamaGenerate => Shape::Generate,
            _ => Shape::Choices,
        });
        Payload {
            name: None,
            data: write::event(shape, channel, text, &self.meta, self.block),
        }
    }
}
