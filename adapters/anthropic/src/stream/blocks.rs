//! Content blocks one after the other, whatever order the parts come in.
//!
//! This dialect's blocks never overlap; other dialects may add to two tool calls in turn. A part that
//! starts while a tool call's arguments are not yet whole waits until they are, or until the answer ends.

use std::collections::{BTreeSet, VecDeque};

use marshal_adapter_api::{Delta, Json, Object, index};
use marshal_wire::sse;

/// The blocks of one streamed answer.
#[derive(Default)]
pub(super) struct Blocks {
    next: u64,
    open: Option<Open>,
    waiting: VecDeque<(u32, Delta)>,
    ended: BTreeSet<u32>,
    /// A tool was called.
    pub(super) calls: bool,
    /// The model refused in words.
    pub(super) refuses: bool,
    /// What came too late to be said.
    pub(super) dropped: Vec<String>,
}

/// Whether a block or delta of that kind is this dialect's own.
fn is_ours(kind: &str) -> bool {
    const BLOCKS: [&str; 5] = [
        "redacted_thinking",
        "server_tool_use",
        "mcp_tool_use",
        "container_upload",
        "compaction",
    ];
    BLOCKS.contains(&kind) || kind.ends_with("_tool_result") || kind.ends_with("_delta")
}

struct Open {
    part: u32,
    /// The arguments of a tool call so far.
    arguments: Option<String>,
}

impl Open {
    fn is_whole(&self) -> bool {
        self.arguments
            .as_ref()
            .is_none_or(|source| index(source.as_bytes()).is_ok())
    }
}

impl Blocks {
    /// Adds to a part.
    pub(super) fn delta(&mut self, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        if let Delta::Opaque { kind, .. } = delta
            && !is_ours(kind)
        {
            self.foreign(part, kind);
            return;
        }
        match &self.open {
            Some(open) if open.part == part => {
                self.write(delta, out);
                if !self.waiting.is_empty() && self.is_whole() {
                    self.close(out);
                    self.drain(false, out);
                }
                return;
            }
            Some(_) if !self.waiting.is_empty() || !self.is_whole() => {
                self.waiting.push_back((part, delta.clone()));
                return;
            }
            Some(_) => self.close(out),
            None => {}
        }
        if self.ended.contains(&part) {
            self.late(part);
        } else {
            self.start(part, delta, out);
        }
    }

    fn is_whole(&self) -> bool {
        self.open.as_ref().is_none_or(Open::is_whole)
    }

    fn foreign(&mut self, part: u32, kind: &str) {
        let path = format!("content[{part}] ({kind})");
        if !self.dropped.contains(&path) {
            self.dropped.push(path);
        }
    }

    fn late(&mut self, part: u32) {
        let path = format!("tool_calls[{part}]");
        if !self.dropped.contains(&path) {
            self.dropped.push(path);
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
        self.open = Some(Open {
            part,
            arguments: tool.then(String::new),
        });
        self.calls |= tool;
        self.refuses |= matches!(delta, Delta::Refusal(_));
        let index = self.next;
        event("content_block_start", out, |root| {
            root.u64("index", index);
            block(delta, root);
        });
        self.write(delta, out);
    }

    fn write(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        if let (
            Delta::Signature(_),
            Some(Open {
                part,
                arguments: Some(_),
            }),
        ) = (delta, &self.open)
        {
            // A call has no place for the seal that another provider set on it.
            self.foreign(*part, "signature");
            return;
        }
        let (kind, name, text) = match delta {
            Delta::Text(text) | Delta::Refusal(text) => ("text_delta", "text", text),
            Delta::Thinking(text) => ("thinking_delta", "thinking", text),
            Delta::Signature(text) => ("signature_delta", "signature", text),
            Delta::Arguments(text) => {
                if let Some(arguments) = self.open.as_mut().and_then(|open| open.arguments.as_mut())
                {
                    arguments.push_str(text);
                }
                ("input_json_delta", "partial_json", text)
            }
            Delta::Opaque { kind, value } if kind.ends_with("_delta") => {
                return self.delta_event(value, out);
            }
            Delta::ToolStart { .. } | Delta::Opaque { .. } => return,
        };
        if text.is_empty() {
            return;
        }
        let mut source = Vec::with_capacity(text.len() + 48);
        {
            let mut to = Object::new(&mut source);
            to.str("type", kind);
            to.str(name, text);
        }
        let source = String::from_utf8(source).unwrap_or_default();
        self.delta_event(&Json::from_source(source), out);
    }

    fn delta_event(&self, delta: &Json, out: &mut Vec<u8>) {
        event("content_block_delta", out, |root| {
            root.u64("index", self.next);
            root.json("delta", delta);
        });
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(open) = self.open.take() else { return };
        self.ended.insert(open.part);
        event("content_block_stop", out, |root| {
            root.u64("index", self.next);
        });
        self.next += 1;
    }
}

/// The block as it begins.
fn block(delta: &Delta, root: &mut Object<'_>) {
    if let Delta::Opaque { value, .. } = delta {
        root.json("content_block", value);
        return;
    }
    let mut to = root.object("content_block");
    match delta {
        Delta::Text(_) | Delta::Refusal(_) => {
            to.str("type", "text");
            to.str("text", "");
        }
        Delta::Thinking(_) | Delta::Signature(_) => {
            to.str("type", "thinking");
            to.str("thinking", "");
            to.str("signature", "");
        }
        Delta::ToolStart { id, name } => {
            to.str("type", "tool_use");
            to.str("id", id);
            to.str("name", name);
            to.raw("input", b"{}");
        }
        Delta::Arguments(_) => {
            to.str("type", "tool_use");
            to.str("id", "");
            to.str("name", "");
            to.raw("input", b"{}");
        }
        Delta::Opaque { .. } => {}
    }
}

/// Writes an event whose other members are written by `fill`.
pub(super) fn event(kind: &str, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    let mut body = Vec::with_capacity(192);
    {
        let mut root = Object::new(&mut body);
        root.str("type", kind);
        fill(&mut root);
    }
    sse::write(out, Some(kind), &body);
}
