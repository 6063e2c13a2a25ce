//! The tool calls of one choice of a stream: whose pieces are whose, and when a call can be told.

use marshal_adapter_api::{Delta, Json};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::decode::text;
use super::running::{Kinds, Sink};
use crate::request::google_seal;
use crate::response::tool_index;

/// The calls so far, by number.
#[derive(Default)]
pub(super) struct Calls {
    all: Vec<(u32, Call)>,
}

/// One call. It is told once it has a name, and an id where one comes before its arguments.
#[derive(Default)]
struct Call {
    part: Option<u32>,
    id: String,
    name: String,
    seal: Option<String>,
    /// Arguments that came before the call could be told.
    waiting: String,
}

/// What a chunk says of a call.
#[derive(Default)]
struct Piece {
    /// The number that the provider gave it.
    index: Option<u32>,
    id: String,
    name: String,
    seal: Option<String>,
    arguments: String,
}

impl Calls {
    /// The parts that are open.
    pub(super) fn parts(&self) -> Vec<u32> {
        self.all.iter().filter_map(|(_, call)| call.part).collect()
    }

    /// The place of the call that the piece belongs to. Some providers give every call the same number, or none, and
    /// some a new id with every piece: only what has a name and another id is another call.
    fn place(&mut self, piece: &Piece) -> usize {
        let same_id = |(_, call): &(u32, Call)| !piece.id.is_empty() && call.id == piece.id;
        if let Some(at) = self.all.iter().position(same_id) {
            return at;
        }
        let numbered = match piece.index {
            Some(index) => self.all.iter().rposition(|(of, _)| *of == index),
            None => self.all.len().checked_sub(1),
        };
        let begins = |call: &Call| {
            let another = !piece.id.is_empty() && !call.id.is_empty();
            another && !piece.name.is_empty()
        };
        match numbered {
            Some(at) if !begins(&self.all[at].1) => at,
            _ => {
                let next = self.all.iter().map(|(of, _)| of + 1).max().unwrap_or(0);
                let free = piece.index.filter(|_| numbered.is_none());
                self.all.push((free.unwrap_or(next), Call::default()));
                self.all.len() - 1
            }
        }
    }
}

impl Sink<'_> {
    /// A piece of a call; `at` is its place among several of one chunk.
    pub(super) fn tool(&mut self, doc: Doc<'_>, call: NodeId, at: Option<u32>) {
        let Some(function) = doc.get(call, "function") else {
            // A custom tool's, which is this dialect's own.
            self.beside("delta.tool_calls", Json::of(doc, call));
            return;
        };
        let id = text(doc, call, "id").unwrap_or_default();
        let index = tool_index(doc, call).or_else(|| at.filter(|_| id.is_empty()));
        let piece = Piece {
            index,
            id,
            seal: google_seal(doc, call),
            ..Piece::default()
        };
        self.piece(doc, function, piece);
    }

    /// The call of the word before `tool_calls`.
    pub(super) fn function(&mut self, doc: Doc<'_>, function: NodeId) {
        let index = Some(0);
        let piece = Piece {
            index,
            ..Piece::default()
        };
        self.piece(doc, function, piece);
    }

    fn piece(&mut self, doc: Doc<'_>, function: NodeId, mut piece: Piece) {
        piece.name = text(doc, function, "name").unwrap_or_default();
        if let Some(node) = doc.get(function, "arguments") {
            piece.arguments = match doc.kind(node) {
                Kind::Null => String::new(),
                Kind::String => doc.str(node).unwrap_or_default().into_owned(),
                _ => String::from_utf8_lossy(doc.raw(node)).into_owned(),
            };
        }
        let at = self.running.calls.place(&piece);
        let (_, call) = &mut self.running.calls.all[at];
        if let Some(part) = call.part {
            if !piece.arguments.is_empty() {
                self.push(part, Delta::Arguments(piece.arguments));
            }
            return;
        }
        if call.id.is_empty() {
            call.id = piece.id;
        }
        if call.name.is_empty() {
            call.name = piece.name;
        }
        call.seal = call.seal.take().or(piece.seal);
        call.waiting.push_str(&piece.arguments);
        let bare = call.id.is_empty() && call.waiting.is_empty();
        if !(call.name.is_empty() || bare) {
            self.start(at);
        }
    }

    fn start(&mut self, at: usize) {
        let part = self.open(Kinds::Tool);
        let (_, call) = &mut self.running.calls.all[at];
        call.part = Some(part);
        let (id, name) = (call.id.clone(), std::mem::take(&mut call.name));
        let (seal, waiting) = (call.seal.take(), std::mem::take(&mut call.waiting));
        self.push(part, Delta::ToolStart { id, name });
        if let Some(seal) = seal {
            self.push(part, Delta::Signature(seal));
        }
        if !waiting.is_empty() {
            self.push(part, Delta::Arguments(waiting));
        }
    }

    /// Tells the calls that still wait. One that never got a name cannot be called.
    pub(super) fn start_waiting(&mut self) {
        for at in 0..self.running.calls.all.len() {
            let (_, call) = &self.running.calls.all[at];
            if call.part.is_some() {
                continue;
            }
            if call.name.is_empty() {
                let said = [call.id.as_str(), call.waiting.as_str()].join(" ");
                self.beside("delta.tool_calls", Json::string(said.trim()));
            } else {
                self.start(at);
            }
        }
    }
}
