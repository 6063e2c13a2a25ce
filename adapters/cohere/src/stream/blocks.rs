//! Contents and tool calls one after the other, whatever order the parts come in.
//!
//! Clients of this dialect follow one tool call at a time; other dialects may add to two in turn. A part that
//! starts while a call's arguments are not yet whole waits until they are, or until the answer ends.

use std::collections::{BTreeSet, VecDeque};

use marshal_adapter_api::{Delta, Object, index};
use marshal_wire::sse;

/// The contents and calls of one streamed answer.
#[derive(Default)]
pub(super) struct Blocks {
    contents: u64,
    calls: u64,
    open: Option<Open>,
    waiting: VecDeque<(u32, Delta)>,
    ended: BTreeSet<u32>,
    /// What came too late to be said.
    pub(super) late: Vec<String>,
}

struct Open {
    part: u32,
    /// The arguments of a tool call so far; `None` for content.
    arguments: Option<String>,
}

impl Blocks {
    /// True once a tool was called.
    pub(super) const fn calls_tools(&self) -> bool {
        self.calls > 0
    }

    /// Adds to a part.
    pub(super) fn delta(&mut self, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        match &self.open {
            Some(open) if open.part == part => {
                self.write(delta, out);
                if !self.waiting.is_empty() && self.is_whole() {
                    self.close(out);
                    self.drain(false, out);
                }
            }
            Some(_) if !self.waiting.is_empty() || !self.is_whole() => {
                self.waiting.push_back((part, delta.clone()));
            }
            _ => {
                self.close(out);
                self.start(part, delta, out);
            }
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

    /// Writes what waits, part by part, until one is open that more may come for.
    fn drain(&mut self, all: bool, out: &mut Vec<u8>) {
        while let Some(&(part, _)) = self.waiting.front() {
            let (mine, others): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting)
                .into_iter()
                .partition(|(of, _)| *of == part);
            self.waiting = others;
            let over = self.ended.remove(&part);
            for (at, (_, delta)) in mine.iter().enumerate() {
                if at == 0 {
                    self.start(part, delta, out);
                } else {
                    self.write(delta, out);
                }
            }
            if !(all || over) && (self.waiting.is_empty() || !self.is_whole()) {
                return;
            }
            self.close(out);
        }
    }

    fn start(&mut self, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        if self.ended.contains(&part) {
            let path = format!("message.content[{part}]");
            if !self.late.contains(&path) {
                self.late.push(path);
            }
            return;
        }
        let tool = matches!(delta, Delta::ToolStart { .. } | Delta::Arguments(_));
        self.open = Some(Open {
            part,
            arguments: tool.then(String::new),
        });
        match delta {
            Delta::ToolStart { id, name } => start_call(self.calls, id, name, out),
            Delta::Arguments(_) => start_call(self.calls, "", "", out),
            Delta::Thinking(_) => start_content(self.contents, "thinking", out),
            _ => start_content(self.contents, "text", out),
        }
        self.write(delta, out);
    }

    fn write(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => self.add("text", text, out),
            Delta::Thinking(text) => self.add("thinking", text, out),
            Delta::Arguments(text) => {
                if let Some(arguments) = self.open.as_mut().and_then(|open| open.arguments.as_mut())
                {
                    arguments.push_str(text);
                    let index = self.calls;
                    event("tool-call-delta", Some(index), out, |message| {
                        let mut call = message.object("tool_calls");
                        call.object("function").str("arguments", text);
                    });
                }
            }
            _ => {}
        }
    }

    fn add(&self, kind: &str, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            event("content-delta", Some(self.contents), out, |message| {
                message.object("content").str(kind, text);
            });
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(open) = self.open.take() else { return };
        self.ended.insert(open.part);
        if let Some(arguments) = open.arguments {
            // Clients parse the arguments of each call: none at all are written as `{}`.
            if arguments.trim().is_empty() {
                let index = self.calls;
                event("tool-call-delta", Some(index), out, |message| {
                    let mut call = message.object("tool_calls");
                    call.object("function").str("arguments", "{}");
                });
            }
            ending("tool-call-end", self.calls, out);
            self.calls += 1;
        } else {
            ending("content-end", self.contents, out);
            self.contents += 1;
        }
    }
}

fn start_content(index: u64, kind: &str, out: &mut Vec<u8>) {
    event("content-start", Some(index), out, |message| {
        let mut content = message.object("content");
        content.str("type", kind);
        content.str(kind, "");
    });
}

fn start_call(index: u64, id: &str, name: &str, out: &mut Vec<u8>) {
    event("tool-call-start", Some(index), out, |message| {
        let mut call = message.object("tool_calls");
        call.str("id", id);
        call.str("type", "function");
        let mut function = call.object("function");
        function.str("name", name);
        function.str("arguments", "");
    });
}

/// Writes an event that ends something.
pub(super) fn ending(kind: &str, index: u64, out: &mut Vec<u8>) {
    let mut body = Vec::with_capacity(48);
    {
        let mut root = Object::new(&mut body);
        root.str("type", kind);
        root.u64("index", index);
    }
    sse::write(out, Some(kind), &body);
}

/// Writes an event whose message is written by `fill`.
pub(super) fn event(
    kind: &str,
    index: Option<u64>,
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Object<'_>),
) {
    let mut body = Vec::with_capacity(160);
    {
        let mut root = Object::new(&mut body);
        root.str("type", kind);
        if let Some(index) = index {
            root.u64("index", index);
        }
        fill(&mut root.object("delta").object("message"));
    }
    sse::write(out, Some(kind), &body);
}
