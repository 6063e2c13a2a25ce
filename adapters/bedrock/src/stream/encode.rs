//! A stream of Converse events, written in the published order.

use marshal_adapter_api::{
    ChatEvent, Delta, Finish, ProviderError, ProviderErrorKind, ReportedUsage, StreamEncoder,
    public_sentence,
};

use super::blocks::{Blocks, event};
use crate::response;
use crate::usage;

/// Writes events. `metadata` waits for the end of the stream, for usage may come behind the finish.
#[derive(Default)]
pub(crate) struct Encoder {
    started: bool,
    blocks: Blocks,
    stopped: bool,
    usage: Option<ReportedUsage>,
    over: bool,
    dropped: Vec<String>,
}

impl Encoder {
    fn start(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            event("messageStart", out, |root| root.str("role", "assistant"));
        }
    }

    fn drop_once(&mut self, path: String) {
        if !self.dropped.contains(&path) {
            self.dropped.push(path);
        }
    }

    fn delta(&mut self, choice: u32, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        if choice != 0 {
            self.drop_once(format!("choices[{choice}]"));
        } else if !self.stopped {
            self.start(out);
            self.blocks.delta(part, delta, out);
            self.noted();
        }
    }

    fn noted(&mut self) {
        for path in std::mem::take(&mut self.blocks.dropped) {
            self.drop_once(path);
        }
    }

    fn stop(&mut self, finish: Option<&Finish>, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.stopped, true) {
            return;
        }
        self.start(out);
        self.blocks.end_all(out);
        self.noted();
        let seen = (self.blocks.calls, self.blocks.refuses);
        event("messageStop", out, |root| {
            response::finish(finish, seen, root, &mut self.dropped);
        });
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        self.stop(None, out);
        self.over = true;
        if let Some(reported) = &self.usage {
            usage::report_foreign(reported, &mut self.dropped);
        }
        let tokens = self.usage.as_ref().map(|usage| usage.tokens);
        event("metadata", out, |root| {
            usage::write(root, &tokens.unwrap_or_default());
            root.object("metrics").u64("latencyMs", 0);
        });
    }

    /// SDKs raise what they find under these names.
    fn failed(&mut self, error: &ProviderError, out: &mut Vec<u8>) {
        self.over = true;
        let name = match error.kind {
            ProviderErrorKind::RateLimited => "throttlingException",
            ProviderErrorKind::Overloaded => "serviceUnavailableException",
            ProviderErrorKind::Timeout => "modelStreamErrorException",
            ProviderErrorKind::InvalidRequest | ProviderErrorKind::TooLarge => {
                "validationException"
            }
            ProviderErrorKind::Credential
            | ProviderErrorKind::NotFound
            | ProviderErrorKind::Server => "internalServerException",
        };
        event(name, out, |root| {
            root.str("message", public_sentence(error.kind))
        });
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            ChatEvent::Start { .. } => self.start(out),
            ChatEvent::Delta {
                choice,
                part,
                delta,
            } => self.delta(*choice, *part, delta, out),
            ChatEvent::PartEnd { choice: 0, part } if !self.stopped => self.blocks.end(*part, out),
            ChatEvent::Finish { choice: 0, finish } => self.stop(Some(finish), out),
            ChatEvent::PartEnd { .. } | ChatEvent::Finish { .. } => {}
            ChatEvent::Usage(usage) => self.usage = Some(usage.clone()),
            ChatEvent::Error(error) => self.failed(error, out),
            ChatEvent::End => self.close(out),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.stopped {
            self.close(out);
        }
    }

    fn dropped(&self) -> &[String] {
        &self.dropped
    }
}
