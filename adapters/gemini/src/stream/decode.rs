//! A stream of answers in pieces, read.

use std::collections::BTreeMap;

use marshal_adapter_api::{
    ChatEvent, Json, Malformed, ProviderError, ProviderErrorKind, StreamDecoder, index,
};
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::running::{Running, Sink};
use crate::ids::Calls;
use crate::reader::{find, items, text};
use crate::response::{block, number};
use crate::words::{blocked, finish_of, finish_word};
use crate::{error, time, usage};

/// Reads chunks: each is an answer of its own, of which only what is new is said.
#[derive(Default)]
pub(crate) struct Decoder {
    started: bool,
    over: bool,
    calls: Calls,
    candidates: BTreeMap<u32, Running>,
}

/// Members of a chunk that are understood.
const CHUNK: [&str; 10] = [
    "candidates",
    "usageMetadata",
    "usage_metadata",
    "modelVersion",
    "model_version",
    "responseId",
    "response_id",
    "createTime",
    "create_time",
    "error",
];
/// Members of a candidate that are understood.
const CANDIDATE: [&str; 4] = ["content", "finishReason", "finish_reason", "index"];

impl StreamDecoder for Decoder {
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed> {
        let data = event.data();
        let data = data.trim_ascii();
        // No part of this dialect, but some who copy it end so.
        if self.over || data.is_empty() || data == b"[DONE]" {
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
        let mut candidates = self.candidates.values();
        let done =
            !self.candidates.is_empty() && candidates.all(|candidate| candidate.finish.is_some());
        for (&choice, running) in &mut self.candidates {
            if let Some(finish) = running.finish.take() {
                let calls = &mut self.calls;
                let mut to = Sink {
                    choice,
                    running,
                    calls,
                    out,
                };
                to.finish(finish);
            }
        }
        out.push(if done {
            ChatEvent::End
        } else {
            ChatEvent::Error(ProviderError {
                kind: ProviderErrorKind::Server,
                code: Some("stream_cut".to_owned()),
                message: "The stream ended before the answer did.".to_owned(),
            })
        });
    }
}

impl Decoder {
    fn chunk(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        let failure = doc.get(doc.at(root, 0).unwrap_or(root), "error");
        if let Some(failure) = failure
            && doc.kind(failure) == Kind::Object
        {
            self.over = true;
            out.push(ChatEvent::Error(
                error::of_object(doc, failure, None).or_words(doc.raw(failure)),
            ));
            return;
        }
        if !std::mem::replace(&mut self.started, true) {
            self.start(doc, out);
        }
        let list = find(doc, root, "candidates");
        for (at, candidate) in (0..).zip(list.into_iter().flat_map(|list| items(doc, list))) {
            self.candidate(doc, candidate, at, out);
        }
        if list.is_none_or(|list| doc.is_empty(list)) {
            self.blocked(doc, out);
        }
        if let Some(usage) = usage::of_answer(doc, root) {
            out.push(ChatEvent::Usage(usage));
        }
    }

    fn start(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        let id = text(doc, root, "responseId");
        self.calls = match &id {
            Some(id) => Calls::of_answer(&[id.as_bytes()]),
            None => Calls::of_answer(&[doc.bytes()]),
        };
        let created = text(doc, root, "createTime");
        out.push(ChatEvent::Start {
            id,
            model: text(doc, root, "modelVersion"),
            created: created.as_deref().and_then(time::seconds),
        });
    }

    fn sink<'a>(&'a mut self, choice: u32, out: &'a mut Vec<ChatEvent>) -> Sink<'a> {
        Sink {
            choice,
            running: self.candidates.entry(choice).or_default(),
            calls: &mut self.calls,
            out,
        }
    }

    fn candidate(&mut self, doc: Doc<'_>, node: NodeId, at: u32, out: &mut Vec<ChatEvent>) {
        let number = number(doc, node).unwrap_or(at);
        let mut to = self.sink(number, out);
        let parts = find(doc, node, "content").and_then(|content| find(doc, content, "parts"));
        for part in parts.into_iter().flat_map(|list| items(doc, list)) {
            to.part(doc, part);
        }
        keep(doc, node, &CANDIDATE, &mut to);
        if at == 0 {
            keep(doc, doc.root(), &CHUNK, &mut to);
        }
        let word = find(doc, node, "finishReason").and_then(|node| finish_word(doc, node));
        if let Some(word) = word {
            to.running.finish.get_or_insert(finish_of(word, false));
        }
    }

    /// The prompt was not let through.
    fn blocked(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let Some((word, sentence)) = block(doc) else {
            return;
        };
        let mut to = self.sink(0, out);
        if to.running.finish.is_some() {
            return;
        }
        to.running.finish = Some(blocked(word));
        if let Some(sentence) = sentence {
            to.refusal(sentence);
        }
    }
}

/// Keeps members that say something and that nobody understands.
fn keep(doc: Doc<'_>, node: NodeId, understood: &[&str], to: &mut Sink<'_>) {
    for child in doc.children(node) {
        let Some(name) = doc.key(child) else { continue };
        if understood.contains(&name.as_ref()) {
            continue;
        }
        let value = Json::of(doc, child);
        if !value.is_empty() {
            to.beside(name.into_owned(), value);
        }
    }
}
