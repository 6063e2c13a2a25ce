//! A stream of chunks, read.

use std::collections::BTreeMap;

use marshal_adapter_api::{
    ChatEvent, Malformed, ProviderError, ProviderErrorKind, StreamDecoder, index,
};
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::running::{Running, Sink};
use crate::error;
use crate::response::tool_index;
use crate::usage;
use crate::words::finish_of;

/// Reads chunks; what it must remember is which part each kind of text belongs to.
#[derive(Default)]
pub(crate) struct Decoder {
    started: bool,
    over: bool,
    choices: BTreeMap<u32, Running>,
}

/// Members of a chunk that are understood, or that only pad it.
const CHUNK: [&str; 11] = [
    "id",
    "object",
    "created",
    "model",
    "choices",
    "usage",
    "x_groq",
    "timings",
    "error",
    "type",
    "obfuscation",
];
/// Members of a choice that are understood. Perplexity repeats in `message` what its deltas said so far.
const CHOICE: [&str; 4] = ["index", "delta", "message", "finish_reason"];

impl StreamDecoder for Decoder {
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed> {
        let data = event.data();
        let data = data.trim_ascii();
        if self.over || data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            self.over = true;
            self.finish(out);
            out.push(if self.choices.is_empty() {
                cut("The stream ended without an answer.")
            } else {
                ChatEvent::End
            });
            return Ok(());
        }
        let index = index(data)?;
        let doc = index.doc(data);
        self.chunk(doc, out);
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<ChatEvent>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let mut choices = self.choices.values();
        let done = !self.choices.is_empty() && choices.all(|choice| choice.finish.is_some());
        self.finish(out);
        out.push(if done {
            ChatEvent::End
        } else {
            cut("The stream ended before the answer did.")
        });
    }
}

fn cut(message: &str) -> ChatEvent {
    ChatEvent::Error(ProviderError {
        kind: ProviderErrorKind::Server,
        code: Some("stream_cut".to_owned()),
        message: message.to_owned(),
    })
}

impl Decoder {
    fn chunk(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        if let Some(failure) = failure(doc) {
            self.over = true;
            let error = error::of_object(doc, failure, None).or_words(doc.raw(failure));
            out.push(ChatEvent::Error(error));
            return;
        }
        let choices = doc.get(root, "choices");
        // Azure opens with a chunk of filter results that names no model and has no choices.
        let named = text(doc, root, "model").is_some_and(|model| !model.is_empty());
        if !self.started && (named || choices.is_some_and(|list| doc.len(list) > 0)) {
            self.started = true;
            out.push(ChatEvent::Start {
                id: text(doc, root, "id"),
                model: text(doc, root, "model"),
                created: doc.get(root, "created").and_then(|node| doc.u64(node)),
            });
        }
        let each = choices.into_iter().flat_map(|list| doc.children(list));
        for (at, choice) in (0..).zip(each) {
            let number = tool_index(doc, choice).unwrap_or(at);
            let mut to = Sink {
                choice: number,
                running: self.choices.entry(number).or_default(),
                out,
            };
            if let Some(delta) = doc.get(choice, "delta") {
                to.delta(doc, delta);
            }
            to.keep(doc, choice, "choice", &CHOICE);
            if at == 0 {
                to.keep(doc, root, "chunk", &CHUNK);
            }
            // Told at the end, for some say more behind it.
            let word = text(doc, choice, "finish_reason").filter(|word| !word.is_empty());
            if let Some(word) = word {
                to.running.finish.get_or_insert_with(|| finish_of(&word));
            }
        }
        if let Some(usage) = usage::of_answer(doc, root) {
            out.push(ChatEvent::Usage(usage));
        }
    }

    /// Ends every choice, with what was said beside it.
    fn finish(&mut self, out: &mut Vec<ChatEvent>) {
        for (&choice, running) in &mut self.choices {
            Sink {
                choice,
                running,
                out,
            }
            .finish();
        }
    }
}

/// The error of a chunk: in an object of its own, or the chunk itself, as vLLM writes it.
fn failure(doc: Doc<'_>) -> Option<NodeId> {
    let root = doc.root();
    let failure = doc
        .get(root, "error")
        .filter(|&node| !matches!(doc.kind(node), Kind::Null | Kind::Bool));
    let itself = || {
        let says_so = text(doc, root, "object").is_some_and(|word| word == "error");
        let only_words = ["choices", "usage", "object", "model"]
            .iter()
            .all(|name| doc.get(root, name).is_none())
            && text(doc, root, "message").is_some();
        (says_so || only_words).then_some(root)
    };
    failure.or_else(itself)
}

pub(super) fn text(doc: Doc<'_>, node: NodeId, name: &str) -> Option<String> {
    doc.get(node, name)
        .and_then(|node| doc.str(node))
        .map(std::borrow::Cow::into_owned)
}
