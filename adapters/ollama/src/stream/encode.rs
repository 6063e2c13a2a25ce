//! A stream of lines, written.

use std::collections::BTreeMap;

use marshal_adapter_api::{
    ChatEvent, Delta, Finish, FinishReason, Object, ProviderError, StreamEncoder, StreamShape,
    public_sentence,
};
use marshal_types::Usage;
use marshal_wire::frame::{Framing, write};

use crate::calls::write_foreign;
use crate::response::{last, report_usage};
use crate::time;
use crate::words::{is_approximate, word_of};

/// Writes lines. Arguments have to be whole here, so a call waits until it is; the last line waits for the end of
/// the stream, for usage may come behind the finish.
pub(crate) struct Encoder {
    model: String,
    created_at: String,
    calls: BTreeMap<u32, Call>,
    written: u64,
    finish: Option<Finish>,
    usage: Option<Usage>,
    over: bool,
    dropped: Vec<String>,
}

#[derive(Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
    ended: bool,
}

impl Encoder {
    pub(crate) fn new(shape: StreamShape) -> Self {
        Self {
            created_at: time::format(shape.created),
            model: shape.model,
            calls: BTreeMap::new(),
            written: 0,
            finish: None,
            usage: None,
            over: false,
            dropped: Vec::new(),
        }
    }

    /// A line whose message and other members are written by `fill`.
    fn line(&self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        let mut body = Vec::with_capacity(160);
        {
            let mut root = Object::new(&mut body);
            root.str("model", &self.model);
            root.str("created_at", &self.created_at);
            fill(&mut root);
        }
        write(out, Framing::Ndjson, None, &body);
    }

    fn text(&self, text: &str, thoughts: &str, out: &mut Vec<u8>) {
        if text.is_empty() && thoughts.is_empty() {
            return;
        }
        self.line(out, |root| {
            {
                let mut message = root.object("message");
                message.str("role", "assistant");
                message.str("content", text);
                if !thoughts.is_empty() {
                    message.str("thinking", thoughts);
                }
            }
            root.bool("done", false);
        });
    }

    fn drop_once(&mut self, path: String) {
        if !self.dropped.contains(&path) {
            self.dropped.push(path);
        }
    }

    fn delta(&mut self, choice: u32, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        if choice != 0 {
            self.drop_once(format!("choices[{choice}]"));
            return;
        }
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => self.text(text, "", out),
            Delta::Thinking(thoughts) => self.text("", thoughts, out),
            Delta::ToolStart { id, name } => {
                let call = self.calls.entry(part).or_default();
                call.id.clone_from(id);
                call.name.clone_from(name);
            }
            // Arguments of a part that is no tool call belong to a tool that the provider ran.
            Delta::Arguments(more) => {
                if let Some(call) = self.calls.get_mut(&part) {
                    call.arguments.push_str(more);
                }
            }
            Delta::Signature(_) => self.drop_once(format!("content[{part}].signature")),
            Delta::Opaque { kind, .. } => self.drop_once(format!("content[{part}] ({kind})")),
        }
    }

    /// Writes calls in their order, up to one that more may come for.
    fn write_calls(&mut self, all: bool, out: &mut Vec<u8>) {
        while let Some(entry) = self.calls.first_entry() {
            if !(all || entry.get().ended) {
                return;
            }
            let call = entry.remove();
            let index = self.written;
            self.written += 1;
            self.line(out, |root| {
                {
                    let mut message = root.object("message");
                    message.str("role", "assistant");
                    message.str("content", "");
                    let mut list = message.array("tool_calls");
                    let mut to = list.object();
                    write_foreign(Some(index), &call.id, &call.name, &call.arguments, &mut to);
                }
                root.bool("done", false);
            });
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.write_calls(true, out);
        let finish = self.finish.take();
        let reason = finish
            .as_ref()
            .map_or(FinishReason::Stop, |finish| finish.reason);
        if finish.is_none() || is_approximate(reason) {
            self.drop_once("finish_reason".to_owned());
        }
        if finish.is_some_and(|finish| finish.stop_sequence.is_some()) {
            self.drop_once("stop_sequence".to_owned());
        }
        let tokens = self.usage.unwrap_or_default();
        report_usage(&tokens, &mut self.dropped);
        self.line(out, |root| {
            {
                let mut message = root.object("message");
                message.str("role", "assistant");
                message.str("content", "");
            }
            last(word_of(reason), &tokens, root);
        });
    }

    fn failed(&mut self, error: &ProviderError, out: &mut Vec<u8>) {
        self.over = true;
        let mut body = Vec::with_capacity(96);
        Object::new(&mut body).str("error", public_sentence(error.kind));
        write(out, Framing::Ndjson, None, &body);
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            ChatEvent::Start { created, .. } => {
                if let Some(created) = created {
                    self.created_at = time::format(*created);
                }
            }
            ChatEvent::Delta {
                choice,
                part,
                delta,
            } => self.delta(*choice, *part, delta, out),
            ChatEvent::PartEnd { choice: 0, part } => {
                if let Some(call) = self.calls.get_mut(part) {
                    call.ended = true;
                    self.write_calls(false, out);
                }
            }
            ChatEvent::Finish { choice: 0, finish } => {
                self.write_calls(true, out);
                self.finish = Some(finish.clone());
            }
            ChatEvent::PartEnd { .. } | ChatEvent::Finish { .. } => {}
            ChatEvent::Usage(usage) => self.usage = Some(usage.tokens),
            ChatEvent::Error(error) => self.failed(error, out),
            ChatEvent::End => self.close(out),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.finish.is_some() {
            self.close(out);
        }
    }

    fn dropped(&self) -> &[String] {
        &self.dropped
    }
}
