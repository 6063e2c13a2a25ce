//! A stream of lines, read.

use marshal_adapter_api::{
    ChatEvent, Delta, Malformed, ProviderError, ProviderErrorKind, ReportedUsage, StreamDecoder,
    index,
};
use marshal_types::Usage;
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::calls::made_id;
use crate::error;
use crate::response;
use crate::time;
use crate::words::{finish_of, is_true, text};

/// Reads lines. Calls come whole here; a text goes on until another kind of thing is said.
#[derive(Default)]
pub(crate) struct Decoder {
    started: bool,
    over: bool,
    /// When the answer began, as it was written: made ids hold it.
    created_at: String,
    next_part: u32,
    open: Option<(u32, Kinds)>,
    calls: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    Text,
    Thinking,
}

impl StreamDecoder for Decoder {
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed> {
        let data = event.data();
        let data = data.trim_ascii();
        if self.over || data.is_empty() {
            return Ok(());
        }
        let index = index(data)?;
        self.line(index.doc(data), out);
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<ChatEvent>) {
        // The last line says everything that ends an answer, so a stream without it was cut.
        if !std::mem::replace(&mut self.over, true) {
            out.push(ChatEvent::Error(ProviderError {
                kind: ProviderErrorKind::Server,
                code: Some("stream_cut".to_owned()),
                message: "The stream ended before the answer did.".to_owned(),
            }));
        }
    }
}

impl Decoder {
    fn line(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        if let Some(error) = error::of_line(doc, root) {
            self.over = true;
            out.push(ChatEvent::Error(error));
            return;
        }
        if !std::mem::replace(&mut self.started, true) {
            self.created_at = text(doc, root, "created_at").unwrap_or_default();
            out.push(ChatEvent::Start {
                id: None,
                model: text(doc, root, "model"),
                created: time::parse(&self.created_at),
            });
        }
        if let Some(message) = doc.get(root, "message") {
            let thoughts = text(doc, message, "thinking");
            self.say(Kinds::Thinking, thoughts, Delta::Thinking, out);
            let said = text(doc, message, "content");
            self.say(Kinds::Text, said, Delta::Text, out);
            if let Some(list) = doc.get(message, "tool_calls") {
                for call in doc.children(list) {
                    self.call(doc, call, out);
                }
            }
        }
        if is_true(doc, root, "done") {
            self.finish(doc, out);
        }
    }

    fn say(
        &mut self,
        kind: Kinds,
        text: Option<String>,
        delta: fn(String) -> Delta,
        out: &mut Vec<ChatEvent>,
    ) {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        let part = match self.open {
            Some((part, open)) if open == kind => part,
            _ => {
                let part = self.next(out);
                self.open = Some((part, kind));
                part
            }
        };
        push(part, delta(text), out);
    }

    /// The number of a part that begins, which ends the one before.
    fn next(&mut self, out: &mut Vec<ChatEvent>) -> u32 {
        self.close(out);
        self.next_part += 1;
        self.next_part - 1
    }

    fn close(&mut self, out: &mut Vec<ChatEvent>) {
        if let Some((part, _)) = self.open.take() {
            out.push(ChatEvent::PartEnd { choice: 0, part });
        }
    }

    fn call(&mut self, doc: Doc<'_>, call: NodeId, out: &mut Vec<ChatEvent>) {
        let Some(function) = doc.get(call, "function") else {
            return;
        };
        let part = self.next(out);
        let id = text(doc, call, "id")
            .filter(|id| !id.is_empty())
            .unwrap_or_else(|| made_id(&self.created_at, self.calls));
        self.calls += 1;
        let name = text(doc, function, "name").unwrap_or_default();
        push(part, Delta::ToolStart { id, name }, out);
        let arguments = match doc.get(function, "arguments") {
            Some(node) if doc.kind(node) == Kind::String => {
                doc.str(node).unwrap_or_default().into_owned()
            }
            Some(node) if doc.kind(node) != Kind::Null => {
                String::from_utf8_lossy(doc.raw(node)).into_owned()
            }
            _ => String::new(),
        };
        if !arguments.is_empty() {
            push(part, Delta::Arguments(arguments), out);
        }
        out.push(ChatEvent::PartEnd { choice: 0, part });
    }

    fn finish(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        self.over = true;
        self.close(out);
        let word = text(doc, doc.root(), "done_reason").unwrap_or_default();
        out.push(ChatEvent::Finish {
            choice: 0,
            finish: finish_of(&word, self.calls > 0),
        });
        let tokens: Option<Usage> = response::usage(doc);
        out.extend(tokens.map(|tokens| {
            ChatEvent::Usage(ReportedUsage {
                tokens,
                source: None,
            })
        }));
        out.push(ChatEvent::End);
    }
}

fn push(part: u32, delta: Delta, out: &mut Vec<ChatEvent>) {
    out.push(ChatEvent::Delta {
        choice: 0,
        part,
        delta,
    });
}
