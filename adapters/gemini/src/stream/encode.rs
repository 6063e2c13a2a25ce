//! A stream of answers in pieces, written.
//!
//! Text goes out at once. A call goes out whole, for clients of this dialect read no pieces of one. The chunk that
//! finishes waits for the end of the stream, for usage may come behind the finish.

use std::collections::{BTreeMap, BTreeSet};

use marshal_adapter_api::{
    ChatEvent, Delta, Finish, Object, ProviderError, ReportedUsage, StreamEncoder, StreamShape,
    index,
};
use marshal_wire::sse;

use crate::response::report_finish;
use crate::words::word_of;
use crate::{error, parts, time, usage};

/// Kinds of [`Delta::Opaque`] that this dialect's own decoder makes of whole parts.
const OWN: [&str; 5] = [
    "executableCode",
    "codeExecutionResult",
    "inlineData",
    "toolCall",
    "toolResponse",
];

/// Writes chunks.
pub(crate) struct Encoder {
    shape: StreamShape,
    id: Option<String>,
    created: Option<u64>,
    /// Calls by choice and part, until they are whole.
    calls: BTreeMap<(u32, u32), Call>,
    /// Thoughts by choice and part, until they end: text and seal.
    thoughts: BTreeMap<(u32, u32), (String, String)>,
    /// Choices that said anything.
    seen: BTreeSet<u32>,
    /// Choices that refused in words.
    refuses: BTreeSet<u32>,
    finishes: BTreeMap<u32, Finish>,
    usage: Option<ReportedUsage>,
    over: bool,
    dropped: Vec<String>,
}

#[derive(Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
    seal: Option<String>,
}

impl Encoder {
    pub(crate) fn new(shape: StreamShape) -> Self {
        Self {
            shape,
            id: None,
            created: None,
            calls: BTreeMap::new(),
            thoughts: BTreeMap::new(),
            seen: BTreeSet::new(),
            refuses: BTreeSet::new(),
            finishes: BTreeMap::new(),
            usage: None,
            over: false,
            dropped: Vec::new(),
        }
    }

    /// A chunk whose other members are written by `fill`.
    fn chunk(&self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        let mut body = Vec::with_capacity(256);
        {
            let mut root = Object::new(&mut body);
            fill(&mut root);
            root.str("modelVersion", &self.shape.model);
            if let Some(created) = self.created {
                root.str("createTime", &time::written(created));
            }
            root.opt_str("responseId", self.id.as_deref());
        }
        sse::write(out, None, &body);
    }

    /// A chunk of one part.
    fn part(&mut self, choice: u32, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        self.seen.insert(choice);
        self.chunk(out, |root| {
            let mut list = root.array("candidates");
            let mut candidate = list.object();
            content(&mut candidate, fill);
            candidate.u64("index", u64::from(choice));
        });
    }

    fn drop_once(&mut self, path: String) {
        if !self.dropped.contains(&path) {
            self.dropped.push(path);
        }
    }

    fn delta(&mut self, choice: u32, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        let at = (choice, part);
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => {
                if matches!(delta, Delta::Refusal(_)) {
                    self.refuses.insert(choice);
                }
                if !text.is_empty() {
                    self.end_whole_calls(choice, out);
                    self.part(choice, out, |to| parts::text(text, to));
                }
            }
            Delta::Thinking(text) => {
                self.thoughts.entry(at).or_default().0.push_str(text);
                if !text.is_empty() {
                    self.end_whole_calls(choice, out);
                    self.part(choice, out, |to| parts::thought(text, None, to));
                }
            }
            Delta::Signature(seal) => match self.calls.get_mut(&at) {
                Some(call) => call.seal.get_or_insert_default().push_str(seal),
                None => self.thoughts.entry(at).or_default().1.push_str(seal),
            },
            Delta::ToolStart { id, name } => {
                let call = self.calls.entry(at).or_default();
                call.id.clone_from(id);
                call.name.clone_from(name);
            }
            Delta::Arguments(source) => match self.calls.get_mut(&at) {
                Some(call) => call.arguments.push_str(source),
                // Arguments of a tool that the provider ran.
                None => self.drop_once(format!("content[{part}]")),
            },
            Delta::Opaque { kind, value } if OWN.contains(&kind.as_str()) => {
                self.seen.insert(choice);
                self.chunk(out, |root| {
                    let mut list = root.array("candidates");
                    let mut candidate = list.object();
                    {
                        let mut content = candidate.object("content");
                        content.array("parts").json(value);
                        content.str("role", "model");
                    }
                    candidate.u64("index", u64::from(choice));
                });
            }
            Delta::Opaque { kind, .. } => self.drop_once(format!("content[{part}] ({kind})")),
        }
    }

    /// Writes the calls of a choice whose arguments are whole, before what is said behind them: some providers end
    /// their calls with the answer.
    fn end_whole_calls(&mut self, choice: u32, out: &mut Vec<u8>) {
        let whole = |call: &Call| index(call.arguments.as_bytes()).is_ok();
        let calls = self.calls.iter();
        let ended: Vec<(u32, u32)> = calls
            .filter(|(at, call)| at.0 == choice && whole(call))
            .map(|(at, _)| *at)
            .collect();
        if !ended.is_empty() {
            self.end_parts(out, |at| ended.contains(&at));
        }
    }

    /// Writes what waits for its end, of the parts that `which` names.
    fn end_parts(&mut self, out: &mut Vec<u8>, which: impl Fn((u32, u32)) -> bool) {
        let ended = |keys: Vec<(u32, u32)>| -> Vec<(u32, u32)> {
            keys.into_iter().filter(|at| which(*at)).collect()
        };
        for at in ended(self.thoughts.keys().copied().collect()) {
            let (text, seal) = self.thoughts.remove(&at).unwrap_or_default();
            if !seal.is_empty() {
                // The text was said; the seal brings it along once more.
                let seal = crate::seal::signature(&seal, &text);
                self.part(at.0, out, |to| {
                    to.str("text", "");
                    to.bool("thought", true);
                    to.str("thoughtSignature", &seal);
                });
            }
        }
        for at in ended(self.calls.keys().copied().collect()) {
            let call = self.calls.remove(&at).unwrap_or_default();
            self.part(at.0, out, |to| {
                let seal = call.seal.as_deref();
                parts::call(&call.id, &call.name, &call.arguments, seal, to);
            });
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.end_parts(out, |_| true);
        self.seen.extend(self.finishes.keys().copied());
        self.seen.insert(0);
        if let Some(reported) = &self.usage {
            usage::report_foreign(reported, &mut self.dropped);
        }
        for finish in self.finishes.values() {
            report_finish(finish, &mut self.dropped);
        }
        if self.seen.len() > self.finishes.len() {
            self.drop_once("finish_reason".to_owned());
        }
        self.chunk(out, |root| {
            {
                let mut list = root.array("candidates");
                for choice in &self.seen {
                    let mut candidate = list.object();
                    // As Google ends its streams.
                    content(&mut candidate, |to| to.str("text", ""));
                    let refuses = self.refuses.contains(choice);
                    let word = self
                        .finishes
                        .get(choice)
                        .map_or("STOP", |finish| word_of(finish.reason, refuses));
                    candidate.str("finishReason", word);
                    candidate.u64("index", u64::from(*choice));
                }
            }
            if let Some(reported) = &self.usage {
                usage::write(root, &reported.tokens);
            }
        });
    }

    fn failed(&mut self, failure: &ProviderError, out: &mut Vec<u8>) {
        self.over = true;
        let mut body = Vec::with_capacity(128);
        error::write(failure.kind, &mut Object::new(&mut body));
        sse::write(out, None, &body);
    }
}

/// Writes the `content` of a candidate: one part.
fn content(candidate: &mut Object<'_>, fill: impl FnOnce(&mut Object<'_>)) {
    let mut content = candidate.object("content");
    fill(&mut content.array("parts").object());
    content.str("role", "model");
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            ChatEvent::Start { id, created, .. } => {
                self.id.clone_from(id);
                self.created = *created;
            }
            ChatEvent::Delta {
                choice,
                part,
                delta,
            } => self.delta(*choice, *part, delta, out),
            ChatEvent::PartEnd { choice, part } => {
                self.end_parts(out, |at| at == (*choice, *part));
            }
            ChatEvent::Finish { choice, finish } => {
                self.end_parts(out, |(of, _)| of == *choice);
                self.finishes.insert(*choice, finish.clone());
            }
            ChatEvent::Usage(usage) => self.usage = Some(usage.clone()),
            ChatEvent::Error(error) => self.failed(error, out),
            ChatEvent::End => self.close(out),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if !self.finishes.is_empty() {
            self.close(out);
        }
    }

    fn dropped(&self) -> &[String] {
        &self.dropped
    }
}
