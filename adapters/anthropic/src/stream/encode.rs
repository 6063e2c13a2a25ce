//! A stream of messages events, written in the published order.

use marshal_adapter_api::{
    ChatEvent, Delta, Finish, FinishReason, ProviderError, ProviderErrorKind, ReportedUsage,
    StreamEncoder, StreamShape, public_sentence,
};
use marshal_types::Usage;

use super::blocks::{Blocks, event};
use crate::usage;
use crate::words::word_of;

/// Writes events. The last two wait for the end of the stream, for usage may come behind the finish.
pub(crate) struct Encoder {
    shape: StreamShape,
    started: bool,
    blocks: Blocks,
    finish: Option<Finish>,
    usage: Option<ReportedUsage>,
    over: bool,
    dropped: Vec<String>,
}

impl Encoder {
    pub(crate) fn new(shape: StreamShape) -> Self {
        Self {
            shape,
            started: false,
            blocks: Blocks::default(),
            finish: None,
            usage: None,
            over: false,
            dropped: Vec::new(),
        }
    }

    fn start(&mut self, id: Option<&str>, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        event("message_start", out, |root| {
            let mut message = root.object("message");
            message.str("id", id.unwrap_or_default());
            message.str("type", "message");
            message.str("role", "assistant");
            message.str("model", &self.shape.model);
            drop(message.array("content"));
            message.null("stop_reason");
            message.null("stop_sequence");
            // Not known before the end; `message_delta` has the true counts.
            usage::write(&mut message, &Usage::default());
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
        self.start(None, out);
        self.blocks.delta(part, delta, out);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.start(None, out);
        self.blocks.end_all(out);
        let (calls, refuses) = (self.blocks.calls, self.blocks.refuses);
        let late = std::mem::take(&mut self.blocks.dropped);
        self.dropped.extend(late);
        if let Some(reported) = &self.usage {
            usage::report_foreign(reported, &mut self.dropped);
        }
        if self
            .finish
            .as_ref()
            .is_none_or(|finish| finish.reason == FinishReason::Other)
        {
            self.drop_once("finish_reason".to_owned());
        }
        let tokens = self
            .usage
            .as_ref()
            .map(|usage| usage.tokens)
            .unwrap_or_default();
        event("message_delta", out, |root| {
            {
                let mut delta = root.object("delta");
                let reason = self.finish.as_ref().map(|finish| finish.reason);
                let reason = reason.unwrap_or(FinishReason::Stop);
                delta.str("stop_reason", word_of(reason, calls, refuses));
                let met = self
                    .finish
                    .as_ref()
                    .and_then(|finish| finish.stop_sequence.as_deref());
                match met {
                    Some(text) => delta.str("stop_sequence", text),
                    None => delta.null("stop_sequence"),
                }
            }
            usage::write(root, &tokens);
        });
        event("message_stop", out, |_| {});
    }

    fn failed(&mut self, error: &ProviderError, out: &mut Vec<u8>) {
        self.over = true;
        let word = match error.kind {
            ProviderErrorKind::RateLimited => "rate_limit_error",
            ProviderErrorKind::Overloaded => "overloaded_error",
            ProviderErrorKind::Timeout => "timeout_error",
            _ => "api_error",
        };
        event("error", out, |root| {
            let mut to = root.object("error");
            to.str("type", word);
            to.str("message", public_sentence(error.kind));
        });
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
            ChatEvent::PartEnd { .. } => {}
            ChatEvent::Finish { choice: 0, finish } => {
                self.blocks.end_all(out);
                self.finish = Some(finish.clone());
            }
            ChatEvent::Finish { .. } => {}
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
