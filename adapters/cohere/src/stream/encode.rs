//! A stream of chat events, written in the published order.

use marshal_adapter_api::{
    ChatEvent, Delta, Finish, FinishReason, ProviderError, ProviderErrorKind, ReportedUsage,
    StreamEncoder, public_sentence,
};
use marshal_wire::sse;

use super::blocks::{Blocks, ending, event};
use crate::usage;
use crate::words::{is_approximate, word_of};

/// The kind of an opaque delta that holds a citation.
pub(super) const CITATION: &str = "citation-start";

/// Writes events. The last one waits for the end of the stream, for usage may come behind the finish.
#[derive(Default)]
pub(crate) struct Encoder {
    started: bool,
    blocks: Blocks,
    citations: u64,
    finish: Option<Finish>,
    usage: Option<ReportedUsage>,
    over: bool,
    dropped: Vec<String>,
}

impl Encoder {
    fn start(&mut self, id: Option<&str>, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let mut body = Vec::with_capacity(192);
        {
            let mut root = marshal_adapter_api::Object::new(&mut body);
            root.str("id", id.unwrap_or_default());
            root.str("type", "message-start");
            let mut delta = root.object("delta");
            let mut message = delta.object("message");
            message.str("role", "assistant");
            drop(message.array("content"));
            message.str("tool_plan", "");
            drop(message.array("tool_calls"));
            drop(message.array("citations"));
        }
        sse::write(out, Some("message-start"), &body);
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
        self.start(None, out);
        match delta {
            Delta::Opaque { kind, value } if kind == CITATION => {
                let index = self.citations;
                self.citations += 1;
                event(CITATION, Some(index), out, |message| {
                    message.json("citations", value);
                });
                ending("citation-end", index, out);
            }
            Delta::Opaque { kind, .. } => self.drop_once(format!("content[{part}] ({kind})")),
            Delta::Signature(_) => self.drop_once(format!("content[{part}].signature")),
            Delta::Text(text)
            | Delta::Refusal(text)
            | Delta::Thinking(text)
            | Delta::Arguments(text)
                if text.is_empty() => {}
            delta => self.blocks.delta(part, delta, out),
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.start(None, out);
        self.blocks.end_all(out);
        self.dropped.append(&mut self.blocks.late);
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
        if let Some(reported) = &self.usage {
            usage::report_foreign(reported, &mut self.dropped);
        }
        self.last(word_of(reason, self.blocks.calls_tools()), None, out);
        sse::write(out, None, b"[DONE]");
    }

    /// Writes `message-end`.
    fn last(&self, word: &str, error: Option<&str>, out: &mut Vec<u8>) {
        let mut body = Vec::with_capacity(192);
        {
            let mut root = marshal_adapter_api::Object::new(&mut body);
            root.str("type", "message-end");
            let mut delta = root.object("delta");
            delta.opt_str("error", error);
            delta.str("finish_reason", word);
            let tokens = self.usage.as_ref().map(|usage| usage.tokens);
            usage::write(&mut delta, &tokens.unwrap_or_default());
        }
        sse::write(out, Some("message-end"), &body);
    }

    fn failed(&mut self, error: &ProviderError, out: &mut Vec<u8>) {
        self.over = true;
        self.start(None, out);
        let word = match error.kind {
            ProviderErrorKind::Timeout => "TIMEOUT",
            _ => "ERROR",
        };
        self.last(word, Some(public_sentence(error.kind)), out);
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            ChatEvent::Start { id, .. } => self.start(id.as_deref(), out),
            ChatEvent::Delta {
                choice,
                part,
                delta,
            } => self.delta(*choice, *part, delta, out),
            ChatEvent::PartEnd { choice: 0, part } => self.blocks.end(*part, out),
            ChatEvent::Finish { choice: 0, finish } => {
                self.blocks.end_all(out);
                self.finish = Some(finish.clone());
            }
            ChatEvent::PartEnd { .. } | ChatEvent::Finish { .. } => {}
            ChatEvent::Usage(usage) => self.usage = Some(usage.clone()),
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
