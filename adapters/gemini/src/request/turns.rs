//! The turns of a request of another dialect, written in this one.
//!
//! Turns of one speaker that follow each other become one. System messages go to `systemInstruction`; one that stood
//! between turns is reported, for its place is lost. A result names its tool and stands in the order of the calls.

use std::collections::HashMap;

use marshal_adapter_api::{
    ChatRequest, Extra, Json, Message, Object, Part, Role, Untranslatable, index,
};
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
struct Work<'a> {
    origin: Dialect,
    turns: Vec<Turn>,
    system: Vec<&'a str>,
    /// Names of the calls so far, and where they stood, by id.
    calls: HashMap<&'a str, (usize, &'a str)>,
    /// The model refuses tool calls that no seal stands beside.
    wants_seals: bool,
    dropped: &'a mut Vec<String>,
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

    fn push(&mut self, user: bool, source: Vec<u8>, answers: Option<usize>) {
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
            Part::ToolCall {
                id,
                name,
                arguments,
                signature,
                extra,
            } => {
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
            Part::Thinking {
                text,
                signature,
                word,
                extra,
            } => {
                let signature = signature.as_deref().filter(|seal| !seal.is_empty());
                if signature.is_some_and(|seal| !seal::is_ours(seal)) {
                    // What another provider sealed is refused here.
                    self.dropped.push(match word {
                        Some(word) => extra.path_of(word),
                        None => extra.path().to_owned(),
                    });
                    return;
                }
                extra.report(self.dropped);
                if !text.is_empty() || signature.is_some() {
                    let source = written(|to| parts::thought(text, signature, to));
                    self.push(false, source, None);
                }
            }
            part => self.dropped.push(part.path().to_owned()),
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

    fn shown(&mut self, part: &Part) -> Result<Vec<u8>, Untranslatable> {
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

    /// What a tool shows stands behind its result, for older models read only text there.
    fn result(
        &mut self,
        part: &'a Part,
        message: &Message,
        after: &mut Vec<Vec<u8>>,
    ) -> Result<(), Untranslatable> {
        let Part::ToolResult {
            call_id,
            content,
            is_error,
            extra,
            ..
        } = part
        else {
            return Ok(());
        };
        extra.report(self.dropped);
        let call = self.calls.get(call_id.as_str());
        let at = call.map_or(usize::MAX, |(at, _)| *at);
        let named = message.extra.get("name").and_then(text_of);
        let name = match call {
            Some((_, name)) => (*name).to_owned(),
            None => named.ok_or_else(|| Untranslatable {
                message: format!(
                    "`{}` answers a tool call that is not in the conversation, and a Gemini model must be told the tool's name: send the call too.",
                    extra.path()
                ),
                param: Some(extra.path().to_owned()),
            })?,
        };
        let mut texts = Vec::new();
        for inner in content.iter().flatten() {
            match inner {
                Part::Text { text, extra } => {
                    extra.report(self.dropped);
                    texts.push(text.as_str());
                }
                inner => after.push(self.shown(inner)?),
            }
        }
        let source = written(|to| {
            let mut result = to.object("functionResponse");
            if !call_id.is_empty() && !crate::ids::is_made_up(call_id) {
                result.str("id", call_id);
            }
            result.str("name", &name);
            answer(&texts, *is_error == Some(true), &mut result);
        });
        self.push(true, source, Some(at));
        Ok(())
    }
}

fn written(fill: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    fill(&mut Object::new(&mut out));
    out
}

/// A JSON object stands as it is, anything else as text under a word.
fn answer(texts: &[&str], is_error: bool, to: &mut Object<'_>) {
    let word = if is_error { "error" } else { "result" };
    match texts {
        [source] if !is_error && stands_alone(source) => {
            to.raw("response", source.trim().as_bytes())
        }
        [] => to.object("response").str(word, ""),
        [text] => to.object("response").str(word, text),
        texts => {
            let mut response = to.object("response");
            let mut list = response.array(word);
            texts.iter().for_each(|text| list.str(text));
        }
    }
}

/// True for a JSON object that does not look like a text under a word.
fn stands_alone(source: &str) -> bool {
    let source = source.trim();
    source.starts_with('{')
        && index(source.as_bytes()).is_ok_and(|index| {
            let doc = index.doc(source.as_bytes());
            let root = doc.root();
            let wraps = |word: &str| doc.len(root) == 1 && doc.get(root, word).is_some();
            !["result", "output", "error"].into_iter().any(wraps)
        })
}

/// The text of a JSON string.
fn text_of(json: &Json) -> Option<String> {
    let bytes = json.as_str().as_bytes();
    let index = index(bytes).ok()?;
    let doc = index.doc(bytes);
    doc.str(doc.root()).map(std::borrow::Cow::into_owned)
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
