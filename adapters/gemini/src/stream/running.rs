//! One candidate of a stream, while it runs.

use marshal_adapter_api::{ChatEvent, Delta, Finish, FinishReason, Json};
use marshal_wire::json::{Doc, NodeId};

use super::arguments::{Arguments, goes_on};
use crate::ids::Calls;
use crate::reader::{find, text};
use crate::response::is_thought;
use crate::seal;

/// What must be remembered of a candidate.
#[derive(Default)]
pub(super) struct Running {
    next_part: u32,
    /// The part that text would go on in, and whether it is thought.
    open: Option<(u32, bool)>,
    /// A call whose arguments come in pieces.
    call: Option<(u32, Arguments)>,
    /// A tool was called.
    calls: bool,
    /// How it ended: told at the end, for Google may say more behind it.
    pub(super) finish: Option<Finish>,
    /// What is said beside the parts, the last of each name: told at the end, for it would cut the text.
    beside: Vec<(String, Json)>,
}

/// Where the events of one candidate go.
pub(super) struct Sink<'a> {
    pub(super) choice: u32,
    pub(super) running: &'a mut Running,
    pub(super) calls: &'a mut Calls,
    pub(super) out: &'a mut Vec<ChatEvent>,
}

impl Sink<'_> {
    pub(super) fn part(&mut self, doc: Doc<'_>, part: NodeId) {
        let called = find(doc, part, "functionCall");
        let said = doc.get(part, "text").and_then(|node| doc.str(node));
        // An empty text may stand beside a call.
        if let Some(said) = said.filter(|said| called.is_none() || !said.is_empty()) {
            let thought = is_thought(doc, part);
            if !said.is_empty() {
                let delta = if thought {
                    Delta::Thinking
                } else {
                    Delta::Text
                };
                let at = self.text_part(thought);
                self.push(at, delta(said.into_owned()));
            }
            self.seal(doc, part, thought);
        } else if let Some(call) = called {
            self.call(doc, part, call);
        } else if let Some(kind) = doc.children(part).find_map(|node| doc.key(node)) {
            let value = Json::of(doc, part);
            self.opaque(kind.into_owned(), value);
        }
    }

    /// The seal beside a text. Only thoughts have a place for it.
    fn seal(&mut self, doc: Doc<'_>, part: NodeId, thought: bool) {
        let Some(seal) = text(doc, part, "thoughtSignature") else {
            return;
        };
        if thought {
            let at = self.text_part(true);
            self.push(at, Delta::Signature(seal::canonical(&seal)));
            // A thought has one seal.
            self.close();
        } else {
            self.beside("thoughtSignature".to_owned(), Json::string(&seal));
        }
    }

    fn text_part(&mut self, thought: bool) -> u32 {
        match self.running.open {
            Some((part, open)) if open == thought => part,
            _ => {
                let part = self.open();
                self.running.open = Some((part, thought));
                part
            }
        }
    }

    /// Ends what is open and opens the next part.
    fn open(&mut self) -> u32 {
        self.close();
        let part = self.running.next_part;
        self.running.next_part += 1;
        part
    }

    /// Ends what is open.
    fn close(&mut self) {
        if let Some((part, _)) = self.running.open.take() {
            self.end(part);
        }
        if let Some((part, arguments)) = self.running.call.take() {
            if let Some(source) = arguments.source() {
                self.push(part, Delta::Arguments(source));
            }
            self.end(part);
        }
    }

    fn push(&mut self, part: u32, delta: Delta) {
        self.out.push(ChatEvent::Delta {
            choice: self.choice,
            part,
            delta,
        });
    }

    fn end(&mut self, part: u32) {
        self.out.push(ChatEvent::PartEnd {
            choice: self.choice,
            part,
        });
    }

    fn opaque(&mut self, kind: String, value: Json) {
        let part = self.open();
        self.push(part, Delta::Opaque { kind, value });
        self.end(part);
    }

    /// Keeps what is said beside the parts until the candidate ends.
    pub(super) fn beside(&mut self, name: String, value: Json) {
        match self.running.beside.iter_mut().find(|(of, _)| *of == name) {
            Some((_, before)) => *before = value,
            None => self.running.beside.push((name, value)),
        }
    }

    /// Tells what was said beside the parts, and how it ended.
    pub(super) fn finish(&mut self, mut finish: Finish) {
        self.close();
        for (name, value) in std::mem::take(&mut self.running.beside) {
            self.opaque(name, value);
        }
        if self.running.calls && finish.reason == FinishReason::Stop {
            finish.reason = FinishReason::ToolCalls;
        }
        self.out.push(ChatEvent::Finish {
            choice: self.choice,
            finish,
        });
    }

    /// A sentence by which the prompt was refused.
    pub(super) fn refusal(&mut self, sentence: String) {
        let part = self.open();
        self.push(part, Delta::Refusal(sentence));
        self.end(part);
    }

    fn call(&mut self, doc: Doc<'_>, part: NodeId, call: NodeId) {
        let name = text(doc, call, "name").filter(|name| !name.is_empty());
        if let Some(name) = name {
            self.start(doc, part, call, &name);
        }
        let pieces = find(doc, call, "partialArgs");
        if let (Some((_, arguments)), Some(pieces)) = (&mut self.running.call, pieces) {
            arguments.add(doc, pieces);
        }
        if !goes_on(doc, call) {
            self.close();
        }
    }

    fn start(&mut self, doc: Doc<'_>, part: NodeId, call: NodeId, name: &str) {
        let at = self.open();
        let given = text(doc, call, "id").filter(|id| !id.is_empty());
        let id = self.calls.call(name, given);
        self.running.calls = true;
        self.running.call = Some((at, Arguments::default()));
        self.push(
            at,
            Delta::ToolStart {
                id,
                name: name.to_owned(),
            },
        );
        if let Some(seal) = text(doc, part, "thoughtSignature") {
            self.push(at, Delta::Signature(seal));
        }
        if let Some(args) = doc.get(call, "args") {
            let source = match doc.str(args) {
                Some(text) => text.into_owned(),
                None => Json::of(doc, args).as_str().to_owned(),
            };
            self.push(at, Delta::Arguments(source));
        }
    }
}
