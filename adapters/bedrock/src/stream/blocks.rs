//! Content blocks one after the other, whatever order the parts come in.
//!
//! Clients of this dialect read one block at a time; other dialects may add to two tool calls in turn. A part that
//! starts while a tool call's arguments are not yet whole waits until they are, or until the answer ends.

use std::collections::{BTreeSet, VecDeque};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_adapter_api::{Delta, Object, index};
use marshal_wire::frame::{self, Framing};

use super::{DELTA, REDACTED, START};
use crate::request::data_of;
use crate::seals;

/// The blocks of one streamed answer.
#[derive(Default)]
pub(super) struct Blocks {
    next: u64,
    open: Option<Open>,
    waiting: VecDeque<(u32, Delta)>,
    ended: BTreeSet<u32>,
    /// Parts that only another dialect knows.
    unknown: BTreeSet<u32>,
    /// A tool was called.
    pub(super) calls: bool,
    /// The model refused in words.
    pub(super) refuses: bool,
    /// What came too late, or has no word here.
    pub(super) dropped: Vec<String>,
}

struct Open {
    part: u32,
    /// The arguments of a tool call so far.
    arguments: Option<String>,
    /// A tool call's id, and the seal that its provider set on it.
    seal: (String, String),
    /// Something of the block was written.
    written: bool,
}

impl Blocks {
    /// Adds to a part.
    pub(super) fn delta(&mut self, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        let mine = self.open.as_ref().is_some_and(|open| open.part == part);
        if !mine && is_foreign(delta) {
            self.unknown.insert(part);
        }
        if self.unknown.contains(&part) {
            if let Delta::Opaque { kind, .. } = delta {
                self.drop_once(kind.clone());
            }
        } else if mine {
            self.write(delta, out);
            if !self.waiting.is_empty() && self.is_whole() {
                self.close(out);
                self.drain(false, out);
            }
        } else if self.ended.contains(&part) {
            self.drop_once(format!("content[{part}]"));
        } else if !self.waiting.is_empty() || !self.is_whole() {
            self.waiting.push_back((part, delta.clone()));
        } else {
            self.close(out);
            self.start(part, delta, out);
        }
    }

    /// Nothing more comes for a part.
    pub(super) fn end(&mut self, part: u32, out: &mut Vec<u8>) {
        if self.open.as_ref().is_some_and(|open| open.part == part) {
            self.close(out);
            self.drain(false, out);
        } else {
            self.ended.insert(part);
        }
    }

    /// Nothing more comes at all.
    pub(super) fn end_all(&mut self, out: &mut Vec<u8>) {
        self.close(out);
        self.drain(true, out);
    }

    fn is_whole(&self) -> bool {
        let arguments = self.open.as_ref().and_then(|open| open.arguments.as_ref());
        arguments.is_none_or(|source| index(source.as_bytes()).is_ok())
    }

    fn drop_once(&mut self, path: String) {
        if !self.dropped.contains(&path) {
            self.dropped.push(path);
        }
    }

    /// Writes what waits, part by part, until one is open that more may come for.
    fn drain(&mut self, all: bool, out: &mut Vec<u8>) {
        while let Some((part, first)) = self.waiting.pop_front() {
            self.start(part, &first, out);
            let (mine, others): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting)
                .into_iter()
                .partition(|(of, _)| *of == part);
            self.waiting = others;
            for (_, delta) in mine {
                self.write(&delta, out);
            }
            let over = all || self.ended.contains(&part);
            if !over && (self.waiting.is_empty() || !self.is_whole()) {
                return;
            }
            self.close(out);
        }
    }

    fn start(&mut self, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        let tool = matches!(delta, Delta::ToolStart { .. } | Delta::Arguments(_));
        self.calls |= tool;
        self.refuses |= matches!(delta, Delta::Refusal(_));
        self.open = Some(Open {
            part,
            arguments: tool.then(String::new),
            seal: (String::new(), String::new()),
            written: false,
        });
        if tool {
            // Only a tool call says how it begins; texts begin with their first words.
            let (id, name) = match delta {
                Delta::ToolStart { id, name } => (id.as_str(), name.as_str()),
                _ => ("", ""),
            };
            if let Some(open) = &mut self.open {
                id.clone_into(&mut open.seal.0);
            }
            self.event("contentBlockStart", out, |root| {
                let mut start = root.object("start");
                let mut tool = start.object("toolUse");
                tool.str("toolUseId", id);
                tool.str("name", name);
            });
        }
        self.write(delta, out);
    }

    fn write(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => {
                self.fill(text, out, |to| to.str("text", text));
            }
            Delta::Thinking(text) => self.fill(text, out, |to| {
                to.object("reasoningContent").str("text", text);
            }),
            Delta::Signature(seal) => match &mut self.open {
                Some(open) if open.arguments.is_some() => open.seal.1.push_str(seal),
                _ => self.seal(seal, out),
            },
            Delta::Arguments(text) => {
                let open = self.open.as_mut();
                if let Some(arguments) = open.and_then(|open| open.arguments.as_mut()) {
                    arguments.push_str(text);
                }
                self.fill(text, out, |to| to.object("toolUse").str("input", text));
            }
            Delta::ToolStart { .. } => {}
            Delta::Opaque { kind, value } if kind == START || kind == DELTA => {
                let member = if kind == START { "start" } else { "delta" };
                self.event(kind, out, |root| root.json(member, value));
            }
            Delta::Opaque { kind, value } => match data_of(value).filter(|_| kind == REDACTED) {
                Some(data) => self.fill(&data, out, |to| {
                    to.object("reasoningContent")
                        .str("redactedContent", &STANDARD.encode(&data));
                }),
                None => self.drop_once(kind.clone()),
            },
        }
    }

    fn seal(&mut self, seal: &str, out: &mut Vec<u8>) {
        self.fill(seal, out, |to| {
            to.object("reasoningContent").str("signature", seal);
        });
    }

    /// Writes a delta, if it says something.
    fn fill(&mut self, text: &str, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        if !text.is_empty() {
            self.event("contentBlockDelta", out, |root| {
                fill(&mut root.object("delta"))
            });
        }
    }

    fn event(&mut self, name: &str, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        if let Some(open) = &mut self.open {
            open.written = true;
        }
        let index = self.next;
        event(name, out, |root| {
            root.u64("contentBlockIndex", index);
            fill(root);
        });
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(open) = &self.open else { return };
        if open
            .arguments
            .as_ref()
            .is_some_and(|source| source.trim().is_empty())
        {
            // Clients read the arguments as JSON once the block ends.
            self.fill("{}", out, |to| to.object("toolUse").str("input", "{}"));
        }
        let Some(open) = self.open.take() else { return };
        self.ended.insert(open.part);
        if open.written {
            self.event("contentBlockStop", out, |_| {});
            self.next += 1;
        }
        let (id, seal) = open.seal;
        if !seal.is_empty() {
            self.seal(&seals::call_to_wire(&id, &seal), out);
            self.event("contentBlockStop", out, |_| {});
            self.next += 1;
        }
    }
}

/// True for what only another dialect knows.
fn is_foreign(delta: &Delta) -> bool {
    matches!(delta, Delta::Opaque { kind, .. } if ![START, DELTA, REDACTED].contains(&kind.as_str()))
}

/// Writes an event whose members are written by `fill`.
pub(super) fn event(name: &str, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    let mut body = Vec::with_capacity(128);
    fill(&mut Object::new(&mut body));
    frame::write(out, Framing::EventStream, Some(name), &body);
}
