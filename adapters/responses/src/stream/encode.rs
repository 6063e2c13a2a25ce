//! A stream of response events, written in the published order.
//!
//! The terminal event holds the whole response with its usage, so it waits for the end of the stream.

use std::collections::BTreeMap;

use marshal_adapter_api::{
    Array, ChatEvent, Delta, Finish, ProviderError, ProviderErrorKind, ReportedUsage,
    StreamEncoder, StreamShape, public_sentence,
};

use super::open::{Call, Events, Thoughts, Words};
use super::{ANNOTATION, COMPACTION};
use crate::items::{call_seal, is_model_item};
use crate::response::foreign::{Ids, Outcome, answer};
use crate::usage;
use crate::words::{incomplete, is_approximate};

/// Writes events.
pub(crate) struct Encoder {
    shape: StreamShape,
    ids: Ids,
    created: u64,
    events: Events,
    /// Every item by its index; `None` while it is open.
    output: Vec<Option<Vec<u8>>>,
    words: Option<Words>,
    thoughts: Option<Thoughts>,
    /// Open calls by part.
    calls: BTreeMap<u32, Call>,
    refuses: bool,
    finish: Option<Finish>,
    usage: Option<ReportedUsage>,
    started: bool,
    over: bool,
    dropped: Vec<String>,
}

impl Encoder {
    pub(crate) fn new(shape: StreamShape) -> Self {
        Self {
            created: shape.created,
            shape,
            ids: Ids::new(None),
            events: Events::default(),
            output: Vec::new(),
            words: None,
            thoughts: None,
            calls: BTreeMap::new(),
            refuses: false,
            finish: None,
            usage: None,
            started: false,
            over: false,
            dropped: Vec::new(),
        }
    }

    fn response(
        &mut self,
        kind: &str,
        status: &str,
        incomplete: Option<&str>,
        error: Option<(&str, &str)>,
        out: &mut Vec<u8>,
    ) {
        let whole: Vec<&[u8]> = self.output.iter().flatten().map(Vec::as_slice).collect();
        let mut output = vec![b'['];
        output.extend_from_slice(&whole.join(&b','));
        output.push(b']');
        let ended = status != "in_progress";
        let said = Outcome {
            id: &self.ids.response(),
            model: &self.shape.model,
            created: self.created,
            status,
            incomplete,
            error,
            output: &output,
            usage: self
                .usage
                .as_ref()
                .filter(|_| ended)
                .map(|usage| usage.tokens),
            service_tier: None,
        };
        self.events.write(kind, out, |root| {
            answer(&mut root.object("response"), &said);
        });
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            self.response("response.created", "in_progress", None, None, out);
            self.response("response.in_progress", "in_progress", None, None, out);
        }
    }

    fn drop_once(&mut self, path: String) {
        if !self.dropped.contains(&path) {
            self.dropped.push(path);
        }
    }

    /// The index of an item that begins now.
    fn next_item(&mut self) -> usize {
        self.output.push(None);
        self.output.len() - 1
    }

    fn keep(&mut self, (at, item): (usize, Vec<u8>)) {
        if let Some(place) = self.output.get_mut(at) {
            *place = Some(item);
        }
    }

    fn delta(&mut self, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) => self.speak(part, false, text, out),
            Delta::Refusal(text) => self.speak(part, true, text, out),
            Delta::Thinking(text) if !text.is_empty() => {
                let (thoughts, events) = self.thinking(part, out);
                thoughts.say(text, events, out);
            }
            Delta::Signature(seal) if !seal.is_empty() => {
                if let Some(call) = self.calls.get_mut(&part) {
                    call.seal.push_str(seal);
                } else {
                    self.thinking(part, out).0.seal.push_str(seal);
                }
            }
            Delta::ToolStart { id, name } => {
                self.end_words(out);
                self.end_thoughts(out);
                let (at, item) = (self.next_item(), self.ids.item("fc"));
                let call = Call::begin(at, item, (id, name), &mut self.events, out);
                if let Some(before) = self.calls.insert(part, call) {
                    self.end_call(before, out);
                }
            }
            Delta::Arguments(fragment) => {
                // Of a part that is no call, they belong to a tool that the provider ran.
                if let Some(call) = self.calls.get_mut(&part) {
                    call.say(fragment, &mut self.events, out);
                }
            }
            Delta::Opaque { kind, value } => self.opaque(part, kind, value, out),
            Delta::Thinking(_) | Delta::Signature(_) => {}
        }
    }

    fn opaque(
        &mut self,
        part: u32,
        kind: &str,
        value: &marshal_adapter_api::Json,
        out: &mut Vec<u8>,
    ) {
        if kind == ANNOTATION {
            let words = self.words.as_mut();
            if let Some(words) = words.filter(|words| words.open == Some(part)) {
                words.annotate(value, &mut self.events, out);
                return;
            }
        } else if is_model_item(kind) || kind.ends_with("_output") || kind == COMPACTION {
            self.end_words(out);
            self.end_thoughts(out);
            self.whole(value.as_str().as_bytes().to_vec(), out);
            return;
        }
        self.drop_once(format!("content[{part}] ({kind})"));
    }

    /// An item that comes whole.
    fn whole(&mut self, item: Vec<u8>, out: &mut Vec<u8>) {
        let at = self.next_item();
        for kind in ["response.output_item.added", "response.output_item.done"] {
            self.events.item(kind, at, &item, out);
        }
        self.keep((at, item));
    }

    fn speak(&mut self, part: u32, refusal: bool, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        self.refuses |= refusal;
        self.end_thoughts(out);
        if self.words.is_none() {
            let (at, id) = (self.next_item(), self.ids.item("msg"));
            self.words = Some(Words::begin(at, id, &mut self.events, out));
        }
        if let Some(words) = &mut self.words {
            words.say(part, refusal, text, &mut self.events, out);
        }
    }

    /// The thoughts that this part belongs to: those that are open, unless they are sealed.
    fn thinking(&mut self, part: u32, out: &mut Vec<u8>) -> (&mut Thoughts, &mut Events) {
        self.end_words(out);
        let other = self
            .thoughts
            .as_ref()
            .is_some_and(|open| open.part != part && !open.seal.is_empty());
        if other {
            self.end_thoughts(out);
        }
        let events = &mut self.events;
        let thoughts = match self.thoughts.take() {
            Some(mut open) => {
                if open.part != part {
                    open.end_part(events, out);
                    open.part = part;
                }
                open
            }
            None => {
                self.output.push(None);
                let at = self.output.len() - 1;
                Thoughts::begin(at, self.ids.item("rs"), part, events, out)
            }
        };
        (self.thoughts.insert(thoughts), events)
    }

    fn end_words(&mut self, out: &mut Vec<u8>) {
        if let Some(words) = self.words.take() {
            let item = words.end(&mut self.events, out);
            self.keep(item);
        }
    }

    fn end_thoughts(&mut self, out: &mut Vec<u8>) {
        if let Some(thoughts) = self.thoughts.take() {
            let item = thoughts.end(&mut self.events, out);
            self.keep(item);
        }
    }

    /// A sealed call is followed by an item that keeps its seal.
    fn end_call(&mut self, call: Call, out: &mut Vec<u8>) {
        let (call_id, seal) = (call.call_id.clone(), call.seal.clone());
        let item = call.end(&mut self.events, out);
        self.keep(item);
        if !seal.is_empty() {
            let id = self.ids.item("rs");
            let mut list = Vec::new();
            call_seal(&id, &call_id, &seal, &mut Array::new(&mut list));
            let inner = list.get(1..list.len().saturating_sub(1));
            self.whole(inner.unwrap_or_default().to_vec(), out);
        }
    }

    fn end_part(&mut self, part: u32, out: &mut Vec<u8>) {
        if let Some(call) = self.calls.remove(&part) {
            self.end_call(call, out);
        }
        if let Some(words) = self.words.as_mut().filter(|words| words.open == Some(part)) {
            words.end_part(&mut self.events, out);
        }
        if let Some(open) = self.thoughts.as_mut().filter(|open| open.part == part) {
            open.end_part(&mut self.events, out);
        }
    }

    fn end_all(&mut self, out: &mut Vec<u8>) {
        self.end_words(out);
        self.end_thoughts(out);
        for call in std::mem::take(&mut self.calls).into_values() {
            self.end_call(call, out);
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.start(out);
        self.end_all(out);
        if let Some(reported) = &self.usage {
            usage::report_foreign(reported, &mut self.dropped);
        }
        let reason = self.finish.as_ref().map(|finish| finish.reason);
        if is_approximate(reason) {
            self.drop_once("finish_reason".to_owned());
        }
        let stop = self.finish.as_ref().map(|finish| &finish.stop_sequence);
        if stop.is_some_and(Option::is_some) {
            self.drop_once("stop_sequence".to_owned());
        }
        match incomplete(reason, self.refuses) {
            Some(reason) => {
                self.response("response.incomplete", "incomplete", Some(reason), None, out);
            }
            None => self.response("response.completed", "completed", None, None, out),
        }
    }

    fn failed(&mut self, error: &ProviderError, out: &mut Vec<u8>) {
        self.start(out);
        self.over = true;
        let code = match error.kind {
            ProviderErrorKind::RateLimited => "rate_limit_exceeded",
            _ => "server_error",
        };
        let said = Some((code, public_sentence(error.kind)));
        self.response("response.failed", "failed", None, said, out);
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            ChatEvent::Start { id, created, .. } => {
                if !self.started {
                    self.ids = Ids::new(id.as_deref());
                    self.created = created.unwrap_or(self.created);
                }
                self.start(out);
            }
            ChatEvent::Delta {
                choice: 0,
                part,
                delta,
            } => {
                self.start(out);
                self.delta(*part, delta, out);
            }
            ChatEvent::PartEnd { choice: 0, part } => self.end_part(*part, out),
            ChatEvent::Finish { choice: 0, finish } => {
                self.end_all(out);
                self.finish = Some(finish.clone());
            }
            ChatEvent::Delta { choice, .. } => self.drop_once(format!("choices[{choice}]")),
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
