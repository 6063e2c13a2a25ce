//! The turns of a request of another dialect, written in this one.
//!
//! Turns of one speaker that follow each other become one. System messages go to `systemInstruction`; one that stood
//! between turns is reported, for its place is lost. A result names its tool and stands in the order of the calls.

use std::collections::HashMap;

use marshal_adapter_api::{ChatRequest, Extra, Json, Message, Object, Part, Role, Untranslatable};
use marshal_types::Dialect;

use crate::model::{Generation, generation};
use crate::parts;
use crate::paths::{Asked, detail as detail_of, path, title as title_of};
use crate::seal::{self, UNCHECKED};

/// The parts of one turn.
struct Turn {
    user: bool,
    parts: Vec<Written>,
    /// A tool was called in it.
    calls: bool,
}

struct Written {
    /// Which call it answers, if it is a result.
    answers: Option<usize>,
    source: Vec<u8>,
}

/// Writes the turns as they come.
pub(super) struct Work<'a> {
    origin: Dialect,
    turns: Vec<Turn>,
    system: Vec<&'a str>,
    /// Names of the calls so far, and where they stood, by id.
    pub(super) calls: HashMap<&'a str, (usize, &'a str)>,
    /// The model refuses tool calls that no seal stands beside.
    wants_seals: bool,
    pub(super) dropped: &'a mut Vec<String>,
}

/// Writes `systemInstruction` and `contents`.
pub(super) fn write(
    request: &ChatRequest,
    model: &str,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut work = Work {
        origin: request.origin,
        turns: Vec::with_capacity(request.messages.len()),
        system: Vec::new(),
        calls: HashMap::new(),
        wants_seals: generation(model) == Generation::Levels,
        dropped,
    };
    for message in request.system.iter().chain(&request.messages) {
        work.message(message)?;
    }
    if work.turns.is_empty() {
        let at = path(request.origin, Asked::Messages);
        return Err(Untranslatable {
            message: format!(
                "`{at}` holds no turn of a user, which a Gemini model needs: add one."
            ),
            param: Some(at.to_owned()),
        });
    }
    if !work.system.is_empty() {
        let mut instruction = root.object("systemInstruction");
        let mut list = instruction.array("parts");
        for text in &work.system {
            parts::text(text, &mut list.object());
        }
    }
    let mut list = root.array("contents");
    for turn in &mut work.turns {
        in_order(&mut turn.parts);
        let mut to = list.object();
        to.str("role", if turn.user { "user" } else { "model" });
        let sources: Vec<&[u8]> = turn.parts.iter().map(|part| &part.source[..]).collect();
        let mut all = vec![b'['];
        all.extend_from_slice(&sources.join(&b','));
        all.push(b']');
        to.raw("parts", &all);
    }
    Ok(())
}

/// Puts results into the order of their calls, among the places that results have.
fn in_order(parts: &mut [Written]) {
    let mut results: Vec<Written> = parts
        .iter_mut()
        .filter(|part| part.answers.is_some())
        .map(|part| Written {
            answers: part.answers,
            source: std::mem::take(&mut part.source),
        })
        .collect();
    results.sort_by_key(|part| part.answers);
    let places = parts.iter_mut().filter(|part| part.answers.is_some());
    for (place, result) in places.zip(results) {
        *place = result;
    }
}

impl<'a> Work<'a> {
    fn message(&mut self, message: &'a Message) -> Result<(), Untranslatable> {
        refuse_legacy(message)?;
        // A tool's message may name its tool.
        let understood: &[&str] = if message.role == Role::Tool {
            &["name", "function_call"]
        } else {
            &["function_call"]
        };
        message.extra.report_except(understood, self.dropped);
        match message.role {
            Role::System | Role::Developer => {
                if !self.turns.is_empty() {
                    self.dropped.push(message.extra.path_of("role"));
                }
                for part in &message.parts {
                    self.instruction(part);
                }
            }
            Role::Assistant => {
                for part in &message.parts {
                    self.model(part);
                }
            }
            Role::User | Role::Tool => {
                let mut after = Vec::new();
                for part in &message.parts {
                    self.user(part, message, &mut after)?;
                }
                for source in after {
                    self.push(true, source, None);
                }
            }
        }
        Ok(())
    }

    pub(super) fn push(&mut self, user: bool, source: Vec<u8>, answers: Option<usize>) {
        let part = Written { answers, source };
        match self.turns.last_mut() {
            Some(last) if last.user == user => last.parts.push(part),
            _ => self.turns.push(Turn {
                user,
                parts: vec![part],
                calls: false,
            }),
        }
    }

    fn instruction(&mut self, part: &'a Part) {
        match part {
            Part::Text { text, extra } => {
                extra.report(self.dropped);
                if !text.is_empty() {
                    self.system.push(text);
                }
            }
            part => self.dropped.push(part.path().to_owned()),
        }
    }

    fn text(&mut self, user: bool, text: &str, extra: &Extra) {
        extra.report(self.dropped);
        if !text.is_empty() {
            self.push(user, written(|to| parts::text(text, to)), None);
        }
    }

    /// What the model said before.
    fn model(&mut self, part: &'a Part) {
        match part {
            Part::Text { text, extra } | Part::Refusal { text, extra } => {
                self.text(false, text, extra);
            }
            Part::ToolCall { .. } => self.call(part),
            Part::Thinking { .. } => self.thought(part),
            part => self.dropped.push(part.path().to_owned()),
        }
    }

    fn call(&mut self, part: &'a Part) {
        let Part::ToolCall {
            id,
            name,
            arguments,
            signature,
            extra,
        } = part
        else {
            return;
        };
        let understood: &[&str] = if signature.is_some() {
            &["type", "index", "extra_content"]
        } else {
            &["type", "index"]
        };
        extra.report_except(understood, self.dropped);
        let first = !self
            .turns
            .last()
            .is_some_and(|turn| !turn.user && turn.calls);
        let unsealed = (self.wants_seals && first).then_some(UNCHECKED);
        let seal = signature.as_deref().or(unsealed);
        let source = written(|to| parts::call(id, name, arguments, seal, to));
        self.push(false, source, None);
        if let Some(turn) = self.turns.last_mut() {
            turn.calls = true;
        }
        self.calls.insert(id, (self.calls.len(), name));
    }

    fn thought(&mut self, part: &Part) {
        let Part::Thinking {
            text,
            signature,
            word,
            extra,
        } = part
        else {
            return;
        };
        let seal = signature.as_deref().filter(|seal| !seal.is_empty());
        if seal.is_some_and(|seal| !seal::is_ours(seal)) {
            // What another provider sealed is refused here.
            self.dropped.push(match word {
                Some(word) => extra.path_of(word),
                None => extra.path().to_owned(),
            });
            return;
        }
        extra.report(self.dropped);
        if !text.is_empty() || seal.is_some() {
            let source = written(|to| parts::thought(text, seal, to));
            self.push(false, source, None);
        }
    }

    /// What a user or a tool says. What they showed is never left out.
    fn user(
        &mut self,
        part: &'a Part,
        message: &Message,
        after: &mut Vec<Vec<u8>>,
    ) -> Result<(), Untranslatable> {
        match part {
            Part::Text { text, extra } => {
                self.text(true, text, extra);
                Ok(())
            }
            Part::ToolResult { .. } => self.result(part, message, after),
            part => {
                let source = self.shown(part)?;
                self.push(true, source, None);
                Ok(())
            }
        }
    }

    pub(super) fn shown(&mut self, part: &Part) -> Result<Vec<u8>, Untranslatable> {
        let mut shown = false;
        let source = written(|to| {
            shown = parts::data(part, to);
        });
        if !shown {
            let path = part.path().to_owned();
            return Err(Untranslatable {
                message: format!(
                    "`{path}` cannot be shown to a Gemini model: send pictures, documents, sound and video by address or base64."
                ),
                param: Some(path),
            });
        }
        match part {
            Part::Image { detail, extra, .. } => {
                extra.report(self.dropped);
                if detail.as_deref().is_some_and(|detail| detail != "auto") {
                    self.dropped.push(extra.path_of(detail_of(self.origin)));
                }
            }
            Part::Document { title, extra, .. } => {
                extra.report(self.dropped);
                if title.is_some() {
                    self.dropped.push(extra.path_of(title_of(self.origin)));
                }
            }
            Part::Media { extra, .. } => extra.report(self.dropped),
            _ => {}
        }
        Ok(source)
    }
}

pub(super) fn written(fill: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    fill(&mut Object::new(&mut out));
    out
}

fn refuse_legacy(message: &Message) -> Result<(), Untranslatable> {
    if message
        .extra
        .get("function_call")
        .is_none_or(Json::is_empty)
    {
        return Ok(());
    }
    let path = message.extra.path_of("function_call");
    Err(Untranslatable {
        message: format!("`{path}` cannot be shown to a Gemini model: use `tool_calls`."),
        param: Some(path),
    })
}
