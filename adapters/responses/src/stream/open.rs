//! The items that a stream is in the middle of.

use marshal_adapter_api::{Json, Object};
use marshal_wire::sse;

use super::ANNOTATION;
use crate::response::foreign::{function_call, output_text, reasoning, summary_text};

/// Writes numbered events.
#[derive(Default)]
pub(super) struct Events {
    next: u64,
}

impl Events {
    /// Writes an event whose other members are written by `fill`.
    pub(super) fn write(
        &mut self,
        kind: &str,
        out: &mut Vec<u8>,
        fill: impl FnOnce(&mut Object<'_>),
    ) {
        let mut body = Vec::with_capacity(256);
        {
            let mut root = Object::new(&mut body);
            root.str("type", kind);
            root.u64("sequence_number", self.next);
            fill(&mut root);
        }
        self.next += 1;
        sse::write(out, Some(kind), &body);
    }

    /// Writes that an item begins or ends.
    pub(super) fn item(&mut self, kind: &str, at: usize, item: &[u8], out: &mut Vec<u8>) {
        self.write(kind, out, |root| {
            root.u64("output_index", at as u64);
            root.raw("item", item);
        });
    }
}

/// An object, written.
pub(super) fn object(fill: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut body = Vec::with_capacity(192);
    fill(&mut Object::new(&mut body));
    body
}

/// A message: parts of text and refusals, one after the other.
pub(super) struct Words {
    pub(super) at: usize,
    id: String,
    parts: Vec<Spoken>,
    /// The canonical part that the last one is, while it is open.
    pub(super) open: Option<u32>,
}

struct Spoken {
    refusal: bool,
    text: String,
    annotations: Vec<Json>,
}

impl Spoken {
    fn write(&self, to: &mut Object<'_>) {
        if self.refusal {
            to.str("type", "refusal");
            to.str("refusal", &self.text);
        } else {
            let list = (!self.annotations.is_empty()).then(|| {
                let all: Vec<&str> = self.annotations.iter().map(Json::as_str).collect();
                Json::from_source(format!("[{}]", all.join(",")))
            });
            output_text(&self.text, list.as_ref(), None, to);
        }
    }
}

impl Words {
    pub(super) fn begin(at: usize, id: String, events: &mut Events, out: &mut Vec<u8>) -> Self {
        let words = Self {
            at,
            id,
            parts: Vec::new(),
            open: None,
        };
        let item = words.item("in_progress");
        events.item("response.output_item.added", at, &item, out);
        words
    }

    fn item(&self, status: &str) -> Vec<u8> {
        object(|to| {
            to.str("type", "message");
            to.str("id", &self.id);
            to.str("status", status);
            to.str("role", "assistant");
            let mut list = to.array("content");
            for part in &self.parts {
                part.write(&mut list.object());
            }
        })
    }

    fn place(&self, root: &mut Object<'_>) {
        root.str("item_id", &self.id);
        root.u64("output_index", self.at as u64);
        root.u64("content_index", self.parts.len().saturating_sub(1) as u64);
    }

    pub(super) fn say(
        &mut self,
        part: u32,
        refusal: bool,
        text: &str,
        events: &mut Events,
        out: &mut Vec<u8>,
    ) {
        if self.open != Some(part) {
            self.end_part(events, out);
            self.open = Some(part);
            self.parts.push(Spoken {
                refusal,
                text: String::new(),
                annotations: Vec::new(),
            });
            events.write("response.content_part.added", out, |root| {
                self.place(root);
                if let Some(last) = self.parts.last() {
                    last.write(&mut root.object("part"));
                }
            });
        }
        if let Some(last) = self.parts.last_mut() {
            last.text.push_str(text);
        }
        let kind = if refusal {
            "response.refusal.delta"
        } else {
            "response.output_text.delta"
        };
        events.write(kind, out, |root| {
            self.place(root);
            root.str("delta", text);
            if !refusal {
                drop(root.array("logprobs"));
            }
        });
    }

    pub(super) fn annotate(&mut self, value: &Json, events: &mut Events, out: &mut Vec<u8>) {
        let Some(last) = self.parts.last_mut() else {
            return;
        };
        let number = last.annotations.len() as u64;
        last.annotations.push(value.clone());
        events.write(ANNOTATION, out, |root| {
            self.place(root);
            root.u64("annotation_index", number);
            root.json("annotation", value);
        });
    }

    /// The message stays open: another part may follow.
    pub(super) fn end_part(&mut self, events: &mut Events, out: &mut Vec<u8>) {
        if self.open.take().is_none() {
            return;
        }
        let Some(last) = self.parts.last() else {
            return;
        };
        let (kind, name) = if last.refusal {
            ("response.refusal.done", "refusal")
        } else {
            ("response.output_text.done", "text")
        };
        events.write(kind, out, |root| {
            self.place(root);
            root.str(name, &last.text);
            if !last.refusal {
                drop(root.array("logprobs"));
            }
        });
        events.write("response.content_part.done", out, |root| {
            self.place(root);
            last.write(&mut root.object("part"));
        });
    }

    pub(super) fn end(mut self, events: &mut Events, out: &mut Vec<u8>) -> (usize, Vec<u8>) {
        self.end_part(events, out);
        let item = self.item("completed");
        events.item("response.output_item.done", self.at, &item, out);
        (self.at, item)
    }
}

/// Thoughts: parts of a summary, and the seal that ends them.
pub(super) struct Thoughts {
    at: usize,
    id: String,
    texts: Vec<String>,
    /// The canonical part that was added to last.
    pub(super) part: u32,
    open: bool,
    pub(super) seal: String,
}

impl Thoughts {
    pub(super) fn begin(
        at: usize,
        id: String,
        part: u32,
        events: &mut Events,
        out: &mut Vec<u8>,
    ) -> Self {
        let item = object(|to| {
            to.str("type", "reasoning");
            to.str("id", &id);
            drop(to.array("summary"));
            to.str("status", "in_progress");
        });
        events.item("response.output_item.added", at, &item, out);
        Self {
            at,
            id,
            texts: Vec::new(),
            part,
            open: false,
            seal: String::new(),
        }
    }

    fn place(&self, root: &mut Object<'_>) {
        root.str("item_id", &self.id);
        root.u64("output_index", self.at as u64);
        root.u64("summary_index", self.texts.len().saturating_sub(1) as u64);
    }

    pub(super) fn say(&mut self, text: &str, events: &mut Events, out: &mut Vec<u8>) {
        if !self.open {
            self.open = true;
            self.texts.push(String::new());
            events.write("response.reasoning_summary_part.added", out, |root| {
                self.place(root);
                summary_text("", &mut root.object("part"));
            });
        }
        if let Some(last) = self.texts.last_mut() {
            last.push_str(text);
        }
        events.write("response.reasoning_summary_text.delta", out, |root| {
            self.place(root);
            root.str("delta", text);
        });
    }

    /// The item stays open: a seal or another thought may follow.
    pub(super) fn end_part(&mut self, events: &mut Events, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let Some(last) = self.texts.last() else {
            return;
        };
        events.write("response.reasoning_summary_text.done", out, |root| {
            self.place(root);
            root.str("text", last);
        });
        events.write("response.reasoning_summary_part.done", out, |root| {
            self.place(root);
            summary_text(last, &mut root.object("part"));
        });
    }

    pub(super) fn end(mut self, events: &mut Events, out: &mut Vec<u8>) -> (usize, Vec<u8>) {
        self.end_part(events, out);
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let sealed = (!self.seal.is_empty()).then_some(self.seal.as_str());
        let item = object(|to| reasoning(&self.id, &texts, sealed, to));
        events.item("response.output_item.done", self.at, &item, out);
        (self.at, item)
    }
}

/// A call of a tool. Several may be open at once.
pub(super) struct Call {
    at: usize,
    id: String,
    pub(super) call_id: String,
    name: String,
    arguments: String,
    pub(super) seal: String,
}

impl Call {
    pub(super) fn begin(
        at: usize,
        id: String,
        (call_id, name): (&str, &str),
        events: &mut Events,
        out: &mut Vec<u8>,
    ) -> Self {
        let item = object(|to| function_call(&id, call_id, name, "", "in_progress", to));
        events.item("response.output_item.added", at, &item, out);
        Self {
            at,
            id,
            call_id: call_id.to_owned(),
            name: name.to_owned(),
            arguments: String::new(),
            seal: String::new(),
        }
    }

    fn place(&self, root: &mut Object<'_>) {
        root.str("item_id", &self.id);
        root.u64("output_index", self.at as u64);
    }

    pub(super) fn say(&mut self, fragment: &str, events: &mut Events, out: &mut Vec<u8>) {
        if fragment.is_empty() {
            return;
        }
        self.arguments.push_str(fragment);
        events.write("response.function_call_arguments.delta", out, |root| {
            self.place(root);
            root.str("delta", fragment);
        });
    }

    pub(super) fn end(mut self, events: &mut Events, out: &mut Vec<u8>) -> (usize, Vec<u8>) {
        // Clients parse the arguments of each call: none at all are written as `{}`.
        if self.arguments.trim().is_empty() {
            self.arguments.clear();
            self.say("{}", events, out);
        }
        events.write("response.function_call_arguments.done", out, |root| {
            self.place(root);
            root.str("name", &self.name);
            root.str("arguments", &self.arguments);
        });
        let item = object(|to| {
            function_call(
                &self.id,
                &self.call_id,
                &self.name,
                &self.arguments,
                "completed",
                to,
            );
        });
        events.item("response.output_item.done", self.at, &item, out);
        (self.at, item)
    }
}
