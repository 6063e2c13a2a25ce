//! Looks at what a model writes: values that the caller did not send, in a whole text or in a stream.
//!
//! A stream is settled word by word: what stands before a blank, with the numbers and groups that may belong together
//! held until the next word. What is decided of a word depends on the text before it and on nothing else, so it is the
//! same wherever the stream is cut, and the same as for the whole text.

use std::collections::HashSet;
use std::sync::Arc;

use marshal_detect::Found;
use marshal_types::DataClass;

use super::{Finding, Surrogates, watch};
use crate::data::{DataRules, Entity, Guard, GuardAction, InAnswers};

/// Bytes of settled text that are looked at again, for the words around a value.
const CONTEXT: usize = 96;
/// Groups that may belong together are held this long, in bytes.
const GROUPS: usize = 96;
/// A word without an end is settled in pieces of this length.
const WORD: usize = 4096;
/// A word of this length may be a credential, though it has no digit.
const LONG: usize = 14;
/// The longest ending of a PEM block.
const ENDING: usize = 64;

/// What is done with the values of an answer. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    rules: Option<Arc<DataRules>>,
    /// Values that the caller sent and that the model has seen: by entity, as they are written.
    known: Arc<HashSet<(u16, Box<str>)>>,
    surrogates: Surrogates,
}

impl Answers {
    pub(super) fn new(
        rules: &Arc<DataRules>,
        known: HashSet<(u16, Box<str>)>,
        surrogates: &Surrogates,
    ) -> Self {
        let any = !rules.entities().is_empty() || !rules.answer_guards().is_empty();
        Self {
            rules: any.then(|| Arc::clone(rules)),
            known: Arc::new(known),
            surrogates: surrogates.clone(),
        }
    }

    /// Whether anything is looked for.
    #[must_use]
    pub const fn is_watching(&self) -> bool {
        self.rules.is_some()
    }

    /// Whether an answer may have to be changed. If not, it passes as it comes, and is looked at on the side.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.rules
            .as_ref()
            .is_some_and(|rules| rules.changes_answers())
    }

    /// The guards that look at it.
    fn guards(&self) -> &[Guard] {
        self.rules
            .as_ref()
            .map_or(&[], |rules| rules.answer_guards())
    }

    /// Whether every word has to be looked at, whatever it is made of.
    fn reads_every_word(&self) -> bool {
        let rules = self.rules.as_ref();
        rules.is_some_and(|rules| {
            !rules.answer_guards().is_empty() || rules.detector().reads_every_word()
        })
    }

    /// Whether what ended an answer was a guard, by its name, and no value.
    #[must_use]
    pub fn is_guard(&self, name: &str) -> bool {
        self.guards().iter().any(|guard| &*guard.name == name)
    }

    /// For one running text. `json`: it is JSON source, as a tool call's arguments are.
    #[must_use]
    pub fn stream(&self, json: bool) -> AnswerInspector {
        AnswerInspector {
            answers: self.clone(),
            json,
            before: String::new(),
            held: String::new(),
            state: State::Reads,
            quotes: Quotes::default(),
            findings: Vec::new(),
            found: Vec::new(),
        }
    }
}

/// Looks at one running text.
pub struct AnswerInspector {
    answers: Answers,
    json: bool,
    /// The end of what is settled, as it was written.
    before: String,
    held: String,
    state: State,
    /// Of JSON source: how it stands where the settled text ends.
    quotes: Quotes,
    findings: Vec<Finding>,
    found: Vec<Found>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Reads,
    /// Within a block that is masked, until it ends.
    Swallows,
    /// The answer ends here.
    Blocked(Arc<str>),
}

impl std::fmt::Debug for AnswerInspector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AnswerInspector({} bytes held)", self.held.len())
    }
}

impl AnswerInspector {
    /// Takes the next piece and appends to `out` whatever is settled.
    pub fn push(&mut self, text: &str, out: &mut String) {
        if !self.answers.is_watching() {
            out.push_str(text);
            return;
        }
        if !self.answers.may_change() {
            out.push_str(text);
        }
        self.held.push_str(text);
        let held = std::mem::take(&mut self.held);
        let (mut rest, mut from) = (&*held, 0);
        while let Some(end) = boundary(rest, from) {
            let open = open_groups(&rest[..end]);
            let open = if end - open > GROUPS { end } else { open };
            let settled = watch::waits(self.answers.guards(), &rest[..open]);
            if settled > 0 {
                self.settle(&rest[..settled], out);
                rest = &rest[settled..];
            }
            from = end - settled;
        }
        let settled = held.len() - rest.len();
        self.held = held;
        self.held.drain(..settled);
    }

    /// The text has ended.
    pub fn finish(&mut self, out: &mut String) {
        if self.answers.is_watching() {
            let held = std::mem::take(&mut self.held);
            self.settle(&held, out);
        }
    }

    /// What was found since this was last asked; the path is empty.
    pub fn take(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// The entity at which the answer ends, if it does.
    #[must_use]
    pub fn blocked(&self) -> Option<&Arc<str>> {
        match &self.state {
            State::Blocked(entity) => Some(entity),
            _ => None,
        }
    }

    fn settle(&mut self, text: &str, out: &mut String) {
        let rest;
        let text = match &self.state {
            State::Reads => text,
            State::Swallows => {
                let Some(after) = self.swallow(text) else {
                    return;
                };
                rest = after;
                &rest
            }
            State::Blocked(_) => return,
        };
        if !self.answers.reads_every_word() && needs_no_look(text) {
            self.emit(text, out);
            self.quote(text);
            self.remember(text);
            return;
        }
        let Some(rules) = self.answers.rules.clone() else {
            return;
        };
        let skip = self.before.len();
        let whole = std::mem::take(&mut self.before) + text;
        let mut found = std::mem::take(&mut self.found);
        rules.find("", &whole, &mut found);
        let own = self.answers.surrogates.places(&whole);
        let mut acts: Vec<(usize, usize, What<'_>)> = Vec::new();
        for one in &found {
            let is_own = own
                .iter()
                .any(|own| own.start < one.end && one.start < own.end);
            let value = &whole[one.start..one.end];
            if !is_own && !self.answers.known.contains(&(one.entity, value.into())) {
                acts.push((one.start, one.end, What::Value(one)));
            }
        }
        if !rules.answer_guards().is_empty() {
            for guard in rules.answer_guards() {
                let spans = guard.kind.spans(&whole).into_iter();
                acts.extend(
                    spans.map(|(span, what)| (span.start, span.end, What::Flagged(guard, what))),
                );
            }
            acts.sort_by_key(|(start, ..)| *start);
        }
        let mut copied = skip;
        for (from, end, what) in acts.into_iter().filter(|(_, end, _)| *end > skip) {
            let action = match what {
                What::Value(one) => {
                    let entity = rules.entity(one.entity);
                    self.record(entity, one);
                    if entity.shadow {
                        InAnswers::Allow
                    } else {
                        entity.answers
                    }
                }
                What::Flagged(guard, what) => {
                    self.flag(guard, what);
                    match guard.action {
                        _ if guard.shadow => InAnswers::Allow,
                        GuardAction::Alert => InAnswers::Alert,
                        // It may be written in any way, so nobody knows where it ends.
                        GuardAction::Mask if what == "canary" => InAnswers::Block,
                        GuardAction::Mask => InAnswers::Mask,
                        GuardAction::Block => InAnswers::Block,
                    }
                }
            };
            if end <= copied {
                continue;
            }
            let start = from.max(copied);
            match action {
                InAnswers::Allow | InAnswers::Alert => {}
                InAnswers::Mask => {
                    self.emit(&whole[copied..start], out);
                    let bare = self.json && !self.quotes.after(&whole[skip..start]).inside;
                    self.emit(&what.mask(&rules, bare), out);
                    copied = end;
                    let value = &whole[from..end];
                    if end == whole.len()
                        && value.starts_with("-----BEGIN ")
                        && !value.ends_with("-----")
                    {
                        self.state = State::Swallows;
                    }
                }
                InAnswers::Block => {
                    self.emit(&whole[copied..start], out);
                    self.state = State::Blocked(what.name(&rules));
                    break;
                }
            }
        }
        if !matches!(self.state, State::Blocked(_)) {
            self.emit(&whole[copied..], out);
        }
        self.found = found;
        self.quote(&whole[skip..]);
        self.remember(&whole);
    }

    fn quote(&mut self, settled: &str) {
        if self.json {
            self.quotes = self.quotes.after(settled);
        }
    }

    /// Where nothing can be changed the text is out already.
    fn emit(&self, text: &str, out: &mut String) {
        if self.answers.may_change() {
            out.push_str(text);
        }
    }

    fn remember(&mut self, text: &str) {
        self.before.push_str(text);
        let context = if self.answers.guards().is_empty() {
            CONTEXT
        } else {
            watch::BEFORE
        };
        let from = self
            .before
            .floor_char_boundary(self.before.len().saturating_sub(context));
        self.before.drain(..from);
    }

    /// What follows the block, once it has ended.
    fn swallow(&mut self, text: &str) -> Option<String> {
        self.before.push_str(text);
        let end = memchr::memmem::find(self.before.as_bytes(), b"-----END ");
        let closed = end.and_then(|at| {
            let label = at + b"-----END ".len();
            memchr::memmem::find(&self.before.as_bytes()[label..], b"-----")
                .map(|dashes| label + dashes + 5)
        });
        if let Some(closed) = closed {
            self.state = State::Reads;
            let rest = self.before.split_off(closed);
            self.before.clear();
            return Some(rest);
        }
        let from = self
            .before
            .floor_char_boundary(self.before.len().saturating_sub(ENDING));
        self.before.drain(..from);
        None
    }

    fn flag(&mut self, guard: &Guard, what: &'static str) {
        let same = |finding: &&mut Finding| finding.entity == guard.name;
        if let Some(finding) = self.findings.iter_mut().find(same) {
            finding.count = finding.count.saturating_add(1);
            return;
        }
        self.findings
            .push(guard.finding(guard.action.as_str(), what, 100));
    }

    fn record(&mut self, entity: &Entity, one: &Found) {
        if let Some(finding) = self
            .findings
            .iter_mut()
            .find(|finding| finding.entity == entity.name)
        {
            finding.count = finding.count.saturating_add(1);
            finding.score = finding.score.max(one.score);
            return;
        }
        self.findings.push(Finding {
            entity: Arc::clone(&entity.name),
            class: DataClass(Arc::clone(&entity.class)),
            path: String::new(),
            count: 1,
            action: entity.answers.as_str(),
            detector: one.rule.into(),
            score: one.score,
            hashes: Vec::new(),
            shadow: entity.shadow,
        });
    }
}

/// What stands at a place of an answer.
#[derive(Clone, Copy)]
enum What<'a> {
    Value(&'a Found),
    Flagged(&'a Guard, &'static str),
}

impl What<'_> {
    fn name(self, rules: &DataRules) -> Arc<str> {
        match self {
            Self::Value(one) => Arc::clone(&rules.entity(one.entity).name),
            Self::Flagged(guard, _) => Arc::clone(&guard.name),
        }
    }

    fn mask(self, rules: &DataRules, bare: bool) -> String {
        match self {
            Self::Flagged(_, "invisible_text") => String::new(),
            Self::Flagged(..) => "[removed]".to_owned(),
            Self::Value(_) if bare => format!("\"[{}]\"", self.name(rules)),
            Self::Value(_) => format!("[{}]", self.name(rules)),
        }
    }
}

/// Where the next word from `from` on ends, its blank included; a character of Chinese, Japanese or Korean is a word.
/// Says the same however much follows.
fn boundary(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let ends = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0xe3..=0xed);
    let most = bytes.len().min(from + WORD);
    let at = bytes
        .get(from..most)?
        .iter()
        .position(ends)
        .map(|at| from + at);
    match at {
        Some(at) if bytes[at] < 0x80 => Some(at + 1),
        Some(at) => Some(at + 3),
        None if bytes.len() >= from + WORD => Some(text.floor_char_boundary(from + WORD)),
        None => None,
    }
}

/// Where the words at the end begin that may belong to one value: the last one, those with a digit and single
/// characters, with short ones between them, and what a sign that is written as a word joins (`ada [at] example [dot] com`).
fn open_groups(text: &str) -> usize {
    let mut open = text.len();
    let mut rest = text.trim_end_matches(BLANKS);
    let mut spare = 1;
    // Whether the word before belongs to what follows, whatever it is.
    let mut joined = true;
    while !rest.is_empty() && text.len() - open <= GROUPS {
        let start = rest.rfind(BLANKS).map_or(0, |at| at + 1);
        let word = &rest[start..];
        let groups =
            word.bytes().any(|byte| byte.is_ascii_digit()) || word.chars().nth(1).is_none();
        // `-----BEGIN RSA PRIVATE KEY-----` is one, too.
        let pem = word.starts_with("-----")
            || matches!(
                word,
                "PRIVATE" | "KEY-----" | "RSA" | "EC" | "OPENSSH" | "ENCRYPTED"
            );
        let joins = joins(word);
        if groups || pem || joins || joined {
            open = start;
        } else if word.len() <= 4 && spare > 0 {
            spare -= 1;
        } else {
            break;
        }
        if groups {
            spare = 1;
        }
        joined = joins;
        rest = rest[..start].trim_end_matches(BLANKS);
    }
    open
}

const BLANKS: [char; 4] = [' ', '\n', '\r', '\t'];

/// Whether a word stands for a sign between two parts of a value.
fn joins(word: &str) -> bool {
    let bare = word.trim_matches(['[', ']', '(', ')', '{', '}', '<', '>']);
    let sign = matches!(bare, "@" | "." | "-") && bare.len() < word.len();
    sign || ["at", "dot", "punkt", "dash"]
        .iter()
        .any(|name| bare.eq_ignore_ascii_case(name))
}

/// Nothing that a built-in detector looks for is without a digit, a sign of those below, a long word, or characters that
/// stand apart; but for codes of banks, for which [`marshal_detect::Detector::reads_every_word`].
fn needs_no_look(text: &str) -> bool {
    let (mut word, mut before) = (0_usize, 0_usize);
    let mut dotted = false;
    text.bytes().all(|byte| {
        if byte.is_ascii_whitespace() {
            before = std::mem::replace(&mut word, 0);
        } else {
            word += 1;
        }
        // The dot of a sentence has a blank behind it.
        let within = std::mem::replace(&mut dotted, byte == b'.') && byte.is_ascii_alphanumeric();
        let apart = word == 1 && before == 1;
        byte.is_ascii()
            && !byte.is_ascii_digit()
            && !matches!(byte, b'@' | b':' | b'%' | b'&' | b'\\' | b'[' | b'(' | b'{')
            && !within
            && !apart
            && word < LONG
    }) && !text.contains("-----")
        && !text.contains(" dot ")
}

/// Where a JSON source stands: within quotes or outside.
#[derive(Clone, Copy, Debug, Default)]
struct Quotes {
    inside: bool,
    escaped: bool,
}

impl Quotes {
    fn after(mut self, text: &str) -> Self {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = self.inside,
                b'"' => self.inside = !self.inside,
                _ => {}
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
