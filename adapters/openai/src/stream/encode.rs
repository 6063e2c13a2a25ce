//! A stream of chunks, written.

use std::collections::{BTreeMap, BTreeSet};

use marshal_adapter_api::{
    Array, ChatEvent, Delta, Finish, Object, ProviderErrorKind, ReportedUsage, StreamEncoder,
    StreamShape, public_sentence,
};
use marshal_wire::sse;

use crate::request::sealed_thought;
use crate::usage;
use crate::words::{is_approximate, word_of};

/// Writes chunks.
pub(crate) struct Encoder {
    shape: StreamShape,
    id: String,
    created: u64,
    /// Choices whose role was written.
    started: BTreeSet<u32>,
    /// Tool calls by choice and part: their index, and whether arguments came.
    tools: BTreeMap<(u32, u32), (u64, bool)>,
    /// Thinking by choice and part: text and seal so far.
    thoughts: BTreeMap<(u32, u32), (String, String)>,
    /// Choices that ended.
    finished: BTreeSet<u32>,
    over: bool,
    usage: Option<ReportedUsage>,
    dropped: Vec<String>,
}

impl Encoder {
    pub(crate) fn new(shape: StreamShape) -> Self {
        Self {
            created: shape.created,
            shape,
            id: String::new(),
            started: BTreeSet::new(),
            tools: BTreeMap::new(),
            thoughts: BTreeMap::new(),
            finished: BTreeSet::new(),
            over: false,
            usage: None,
            dropped: Vec::new(),
        }
    }

    /// A chunk whose other members are written by `fill`.
    fn chunk(&self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        let mut body = Vec::with_capacity(256);
        {
            let mut root = Object::new(&mut body);
            root.str("id", &self.id);
            root.str("object", "chat.completion.chunk");
            root.u64("created", self.created);
            root.str("model", &self.shape.model);
            fill(&mut root);
        }
        sse::write(out, None, &body);
    }

    /// A chunk of one choice.
    fn choice(
        &self,
        out: &mut Vec<u8>,
        choice: u32,
        finish: Option<&str>,
        fill: impl FnOnce(&mut Object<'_>),
    ) {
        self.chunk(out, |root| {
            let mut list: Array<'_> = root.array("choices");
            let mut to = list.object();
            to.u64("index", u64::from(choice));
            fill(&mut to.object("delta"));
            match finish {
                Some(word) => to.str("finish_reason", word),
                None => to.null("finish_reason"),
            }
        });
    }

    fn start_choice(&mut self, choice: u32, out: &mut Vec<u8>) {
        if self.started.insert(choice) {
            self.choice(out, choice, None, |delta| {
                delta.str("role", "assistant");
                delta.str("content", "");
            });
        }
    }

    fn delta(&mut self, choice: u32, part: u32, delta: &Delta, out: &mut Vec<u8>) {
        let plain = match delta {
            Delta::Text(text) => Some(("content", text)),
            Delta::Thinking(text) => Some(("reasoning_content", text)),
            Delta::Refusal(text) => Some(("refusal", text)),
            _ => None,
        };
        if let Delta::Thinking(text) = delta {
            let thought = self.thoughts.entry((choice, part)).or_default();
            thought.0.push_str(text);
        }
        if let Some((_, text)) = plain
            && text.is_empty()
        {
            return;
        }
        if let Some((name, text)) = plain {
            self.start_choice(choice, out);
            self.choice(out, choice, None, |delta| delta.str(name, text));
            return;
        }
        match delta {
            Delta::ToolStart { id, name } => {
                self.start_choice(choice, out);
                let index = self.tools.keys().filter(|(of, _)| *of == choice).count() as u64;
                self.tools.insert((choice, part), (index, false));
                self.choice(out, choice, None, |delta| {
                    let mut list = delta.array("tool_calls");
                    let mut call = list.object();
                    call.u64("index", index);
                    call.str("id", id);
                    call.str("type", "function");
                    let mut function = call.object("function");
                    function.str("name", name);
                    function.str("arguments", "");
                });
            }
            Delta::Arguments(fragment) => self.arguments(choice, part, fragment, out),
            Delta::Signature(seal) => {
                let thought = self.thoughts.entry((choice, part)).or_default();
                thought.1.push_str(seal);
            }
            Delta::Opaque { kind, .. } => self.drop_once(format!("content[{part}] ({kind})")),
            _ => {}
        }
    }

    fn drop_once(&mut self, path: String) {
        if !self.dropped.contains(&path) {
            self.dropped.push(path);
        }
    }

    /// Arguments of a part that is not a tool call belong to a tool that the provider ran.
    fn arguments(&mut self, choice: u32, part: u32, fragment: &str, out: &mut Vec<u8>) {
        let Some((index, some)) = self.tools.get_mut(&(choice, part)) else {
            return;
        };
        *some |= !fragment.is_empty();
        let index = *index;
        self.choice(out, choice, None, |delta| {
            let mut list = delta.array("tool_calls");
            let mut call = list.object();
            call.u64("index", index);
            call.object("function").str("arguments", fragment);
        });
    }

    /// A sealed thought is written once more, whole, when it ends: see [`sealed_thought`].
    fn end_thoughts(&mut self, out: &mut Vec<u8>, which: impl Fn(u32, u32) -> bool) {
        let ended: Vec<(u32, u32)> = self
            .thoughts
            .keys()
            .copied()
            .filter(|(choice, part)| which(*choice, *part))
            .collect();
        for at in ended {
            let (text, seal) = self.thoughts.remove(&at).unwrap_or_default();
            if seal.is_empty() {
                continue;
            }
            self.start_choice(at.0, out);
            self.choice(out, at.0, None, |delta| {
                let mut list = delta.array("reasoning_details");
                sealed_thought(&text, Some(seal.as_str()), Some(u64::from(at.1)), &mut list);
            });
        }
    }

    /// Clients parse the arguments of each call: none at all are written as `{}`.
    fn end_tools(&mut self, out: &mut Vec<u8>, which: impl Fn(u32, u32) -> bool) {
        let bare: Vec<(u32, u32)> = self
            .tools
            .iter()
            .filter(|((choice, part), (_, some))| !some && which(*choice, *part))
            .map(|(at, _)| *at)
            .collect();
        for (choice, part) in bare {
            self.arguments(choice, part, "{}", out);
        }
    }

    fn finish(&mut self, choice: u32, finish: &Finish, out: &mut Vec<u8>) {
        // A choice ends once.
        if !self.finished.insert(choice) {
            return;
        }
        self.start_choice(choice, out);
        self.end_thoughts(out, |of, _| of == choice);
        self.end_tools(out, |of, _| of == choice);
        if is_approximate(finish.reason) {
            self.drop_once("stop_reason".to_owned());
        }
        if finish.stop_sequence.is_some() {
            self.drop_once("stop_sequence".to_owned());
        }
        self.choice(out, choice, Some(word_of(finish.reason)), |_| {});
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        if let Some(reported) = &self.usage {
            usage::report_foreign(reported, &mut self.dropped);
        }
        if self.shape.include_usage
            && let Some(reported) = &self.usage
        {
            self.chunk(out, |root| {
                drop(root.array("choices"));
                usage::write(root, &reported.tokens);
            });
        }
        sse::write(out, None, b"[DONE]");
    }

    fn failed(&mut self, event: &marshal_adapter_api::ProviderError, out: &mut Vec<u8>) {
        self.over = true;
        let mut body = Vec::with_capacity(128);
        {
            let mut root = Object::new(&mut body);
            let mut error = root.object("error");
            let (kind, code) = words_of(event.kind);
            error.str("message", public_sentence(event.kind));
            error.str("type", kind);
            error.null("param");
            error.str("code", code);
        }
        sse::write(out, None, &body);
    }
}

/// Type and code of a failure: the words that it has where a status could still be sent.
const fn words_of(kind: ProviderErrorKind) -> (&'static str, &'static str) {
    match kind {
        ProviderErrorKind::Credential => ("api_error", "upstream_credential"),
        ProviderErrorKind::RateLimited => ("rate_limit_error", "upstream_rate_limited"),
        ProviderErrorKind::Overloaded => ("overloaded_error", "upstream_overloaded"),
        ProviderErrorKind::InvalidRequest => ("invalid_request_error", "upstream_rejected"),
        ProviderErrorKind::NotFound => ("not_found_error", "upstream_rejected"),
        ProviderErrorKind::TooLarge => ("request_too_large", "upstream_rejected"),
        ProviderErrorKind::Timeout => ("timeout_error", "upstream_timeout"),
        ProviderErrorKind::Server => ("api_error", "upstream_failed"),
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            ChatEvent::Start { id, created, .. } => {
                self.id = id.clone().unwrap_or_default();
                self.created = created.unwrap_or(self.created);
                self.start_choice(0, out);
            }
            ChatEvent::Delta {
                choice,
                part,
                delta,
            } if self.finished.contains(choice) => match delta {
                Delta::Opaque { .. } => self.delta(*choice, *part, delta, out),
                _ => self.drop_once(format!("content[{part}]")),
            },
            ChatEvent::Delta {
                choice,
                part,
                delta,
            } => self.delta(*choice, *part, delta, out),
            ChatEvent::PartEnd { choice, part } => {
                self.end_thoughts(out, |of, at| (of, at) == (*choice, *part));
                self.end_tools(out, |of, at| (of, at) == (*choice, *part));
            }
            ChatEvent::Finish { choice, finish } => self.finish(*choice, finish, out),
            ChatEvent::Usage(usage) => self.usage = Some(usage.clone()),
            ChatEvent::Error(error) => self.failed(error, out),
            ChatEvent::End => self.close(out),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if !self.finished.is_empty() {
            self.close(out);
        }
    }

    fn dropped(&self) -> &[String] {
        &self.dropped
    }
}
