//! Puts the caller's own values back where the model repeats their surrogates, whole or wherever a stream is cut.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use marshal_adapter_api::{Channel, ChannelKind, Closes, StreamTap, TextAt};
use marshal_policies::{AnswerInspector, Answers, Finding, StreamRestorer, Surrogates};
use marshal_types::Code;
use marshal_wire::frame::{Framing, RawEvent};
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, write_str};

/// What became of an answer's texts.
#[derive(Default)]
pub(crate) struct Looked {
    /// The new bytes, if a text was changed.
    pub body: Option<Bytes>,
    /// How many texts were changed.
    pub count: u64,
    /// What a model wrote that it was not sent.
    pub findings: Vec<Finding>,
    /// The entity that the data policy does not let out.
    pub blocked: Option<Arc<str>>,
}

/// Looks at an answer in one piece: masks what the data policy wants masked.
pub(crate) fn inspect(
    texts_of: impl FnOnce(Doc<'_>, &mut Vec<TextAt>),
    answers: &Answers,
    body: &Bytes,
) -> Looked {
    if !answers.is_watching() {
        return Looked::default();
    }
    let mut looked = Looked::default();
    let each = |text: &str, at: &TextAt, path: &dyn Fn() -> String| {
        let (mut inspector, mut out) = (answers.stream(at.json_text), String::new());
        inspector.push(text, &mut out);
        inspector.finish(&mut out);
        looked
            .findings
            .extend(inspector.take().into_iter().map(|mut finding| {
                finding.path = format!("answer.{}", path());
                finding
            }));
        if looked.blocked.is_none() {
            looked.blocked = inspector.blocked().cloned();
        }
        (answers.may_change() && out != text).then_some(out)
    };
    match edit(texts_of, body, each) {
        Ok(edited) => {
            (looked.body, looked.count) =
                edited.map_or((None, 0), |(body, count)| (Some(body), count));
            looked
        }
        Err(NoJson) => plain(&Surrogates::default(), answers, body),
    }
}

/// Restores an answer in one piece: the new bytes and how many texts were changed, or `None` if none was.
pub(crate) fn whole(
    texts_of: impl FnOnce(Doc<'_>, &mut Vec<TextAt>),
    surrogates: &Surrogates,
    body: &Bytes,
) -> Option<(Bytes, u64)> {
    if surrogates.is_empty() {
        return None;
    }
    let in_json = surrogates.for_json();
    let restored = edit(texts_of, body, |text, at, _| {
        let surrogates = if at.json_text { &in_json } else { surrogates };
        surrogates.restore(text)
    });
    restored.unwrap_or_else(|NoJson| {
        let restored = plain(surrogates, &Answers::default(), body);
        Some((restored.body?, restored.count))
    })
}

/// An answer that is no document: words, subtitles, lines of documents.
struct NoJson;

/// Looks at an answer that is one text, and restores it.
fn plain(surrogates: &Surrogates, answers: &Answers, body: &Bytes) -> Looked {
    let Some(mut restore) = StreamRestore::new(surrogates, answers, Framing::Ndjson) else {
        return Looked::default();
    };
    let mut out = restore.piece(body);
    out.append(&mut restore.rest_of_file());
    let changed = restore.may_change() && out != *body;
    Looked {
        body: changed.then(|| out.into()),
        count: u64::from(changed),
        findings: restore.take_findings(),
        blocked: restore.blocked,
    }
}

/// Changes the texts of a document: the new bytes and how many were changed.
fn edit(
    texts_of: impl FnOnce(Doc<'_>, &mut Vec<TextAt>),
    body: &Bytes,
    mut each: impl FnMut(&str, &TextAt, &dyn Fn() -> String) -> Option<String>,
) -> Result<Option<(Bytes, u64)>, NoJson> {
    let index = Index::parse(body, &Limits::default()).map_err(|_| NoJson)?;
    let doc = index.doc(body);
    let mut texts = Vec::new();
    texts_of(doc, &mut texts);
    let mut edits = Edits::new();
    let mut count = 0;
    for at in texts {
        let Some(text) = text_of(doc, &at) else {
            continue;
        };
        if let Some(changed) = each(&text, &at, &|| doc.path(at.node)) {
            count += 1;
            replace(doc, &at, &changed, &mut edits);
        }
    }
    Ok((count > 0).then(|| (edits.apply(body).into(), count)))
}

fn text_of(doc: Doc<'_>, at: &TextAt) -> Option<String> {
    match doc.kind(at.node) {
        Kind::String => doc.str(at.node).map(std::borrow::Cow::into_owned),
        Kind::Number => std::str::from_utf8(doc.raw(at.node))
            .ok()
            .map(str::to_owned),
        _ => None,
    }
}

fn replace(doc: Doc<'_>, at: &TextAt, text: &str, edits: &mut Edits) {
    let is_number = |text: &str| {
        let index = Index::parse(text.as_bytes(), &Limits::default());
        index.is_ok_and(|index| {
            let doc = index.doc(text.as_bytes());
            doc.kind(doc.root()) == Kind::Number
        })
    };
    if doc.kind(at.node) == Kind::Number && is_number(text) {
        edits.replace(doc.span(at.node), text);
        return;
    }
    let mut out = Vec::with_capacity(text.len() + 2);
    write_str(&mut out, text);
    edits.replace(doc.span(at.node), out);
}

/// Looks at a stream and restores it: holds back exactly the end of each running text that may still become a surrogate,
/// and words that may still become a value where the data policy masks those.
pub(crate) struct StreamRestore {
    surrogates: Surrogates,
    in_json: Surrogates,
    answers: Answers,
    framing: Framing,
    running: HashMap<Channel, Running>,
    file: File,
    /// Texts changed so far.
    pub restored: u64,
    /// What a model wrote that it was not sent.
    pub findings: Vec<Finding>,
    /// The entity that the data policy does not let out.
    pub blocked: Option<Arc<str>>,
}

/// An answer that is a file: subtitles, lines of JSON, what a batch gave.
#[derive(Default)]
struct File {
    /// The beginning of a letter whose end is not there yet.
    tail: Vec<u8>,
    /// Sound, pictures: nothing to read.
    is_binary: bool,
}

/// The one running text of a file.
const OF_FILE: Channel = Channel {
    choice: 0,
    part: 0,
    kind: ChannelKind::Text,
};

/// One running text on its way: first looked at, then restored.
struct Running {
    inspector: AnswerInspector,
    restorer: StreamRestorer,
    /// Where it stands in its events.
    path: String,
}

impl Running {
    fn push(&mut self, text: &str, out: &mut String) {
        let mut looked = String::with_capacity(text.len());
        self.inspector.push(text, &mut looked);
        self.restorer.push(&looked, out);
    }

    fn finish(&mut self, out: &mut String) {
        let mut looked = String::new();
        self.inspector.finish(&mut looked);
        self.restorer.push(&looked, out);
        self.restorer.finish(out);
    }
}

impl StreamRestore {
    /// `None` if there is nothing to restore and nothing to look for.
    pub(crate) fn new(
        surrogates: &Surrogates,
        answers: &Answers,
        framing: Framing,
    ) -> Option<Self> {
        (!surrogates.is_empty() || answers.is_watching()).then(|| Self {
            surrogates: surrogates.clone(),
            in_json: surrogates.for_json(),
            answers: answers.clone(),
            framing,
            running: HashMap::new(),
            file: File::default(),
            restored: 0,
            findings: Vec::new(),
            blocked: None,
        })
    }

    /// Why the answer ends here, if it does.
    pub(crate) fn blocked_by(&self) -> Option<Code> {
        let name = self.blocked.as_ref()?;
        Some(if self.answers.is_guard(name) {
            Code::GuardBlocked
        } else {
            Code::DataBlocked
        })
    }

    /// Whether events may have to be changed. If not, they pass as they come and are looked at on the side.
    pub(crate) fn may_change(&self) -> bool {
        !self.surrogates.is_empty() || self.answers.may_change()
    }

    /// From here on there are more: texts that run already are not about them.
    pub(crate) fn learn(&mut self, surrogates: &Surrogates, answers: &Answers) {
        self.in_json = surrogates.for_json();
        self.surrogates = surrogates.clone();
        self.answers = answers.clone();
    }

    /// Looks at an event that tells whole texts, which may have been told in pieces before: the event as it may go out.
    pub(crate) fn look(
        &mut self,
        texts_of: impl FnOnce(Doc<'_>, &mut Vec<TextAt>),
        event: &Bytes,
    ) -> Option<Bytes> {
        let looked = inspect(texts_of, &self.answers, event);
        if self.blocked.is_none() {
            self.blocked = looked.blocked;
        }
        for finding in looked.findings {
            // What was told in pieces is counted there.
            if !self.findings.iter().any(|one| one.entity == finding.entity) {
                self.findings.push(finding);
            }
        }
        looked.body
    }

    /// Appends the events that `event` becomes: itself, changed or not, after what it closes.
    pub(crate) fn event(&mut self, event: &RawEvent, tap: &dyn StreamTap, out: &mut Vec<RawEvent>) {
        let data = event.data();
        let Ok(index) = Index::parse(&data, &Limits::default()) else {
            if tap.is_terminal(event) {
                self.flush(tap, out, |_| true);
            }
            out.push(event.clone());
            return;
        };
        let doc = index.doc(&data);
        let mut texts = Vec::new();
        tap.texts(event, doc, &mut texts);
        let closes = tap.closes(event, doc);
        let closed = |channel: &Channel| match &closes {
            Closes::Nothing => false,
            Closes::Channels(channels) => channels.contains(channel),
            Closes::All => true,
        };
        let mut edits = Edits::new();
        for at in &texts {
            let Some(text) = text_of(doc, at) else {
                continue;
            };
            let mut released = String::with_capacity(text.len());
            let surrogates = if at.json_text {
                &self.in_json
            } else {
                &self.surrogates
            };
            let answers = &self.answers;
            let running = self.running.entry(at.channel).or_insert_with(|| Running {
                inspector: answers.stream(at.json_text),
                restorer: surrogates.stream(),
                path: format!("answer.{}", doc.path(at.node)),
            });
            running.push(&text, &mut released);
            if closed(&at.channel) {
                running.finish(&mut released);
                if let Some(running) = self.running.remove(&at.channel) {
                    self.note(running);
                }
            }
            if released != text {
                self.restored += 1;
                replace(doc, at, &released, &mut edits);
            }
        }
        let blocked = self
            .running
            .values()
            .find_map(|running| running.inspector.blocked());
        if self.blocked.is_none() {
            self.blocked = blocked.cloned();
        }
        self.flush(tap, out, closed);
        if edits.is_empty() {
            out.push(event.clone());
            return;
        }
        out.push(event.with_data(&edits.apply(&data)));
    }

    /// The stream is over: what is held back goes out.
    pub(crate) fn end(&mut self, tap: &dyn StreamTap, out: &mut Vec<RawEvent>) {
        self.flush(tap, out, |_| true);
    }

    /// Takes a piece of a file; gives what may go out. What is no text passes as it is.
    pub(crate) fn piece(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.file.tail);
        bytes.extend_from_slice(piece);
        if self.file.is_binary {
            return bytes;
        }
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) if !text.contains('\0') => text,
            Err(error) if error.error_len().is_none() => {
                self.file.tail = bytes.split_off(error.valid_up_to());
                std::str::from_utf8(&bytes).unwrap_or_default()
            }
            _ => {
                self.file.is_binary = true;
                let mut out = self.rest_of_file();
                out.append(&mut bytes);
                return out;
            }
        };
        let json = text.trim_start().starts_with(['{', '[']);
        let surrogates = if json {
            &self.in_json
        } else {
            &self.surrogates
        };
        let answers = &self.answers;
        let running = self.running.entry(OF_FILE).or_insert_with(|| Running {
            inspector: answers.stream(json),
            restorer: surrogates.stream(),
            path: "answer".to_owned(),
        });
        let mut out = String::with_capacity(text.len());
        running.push(text, &mut out);
        if self.blocked.is_none() {
            self.blocked = running.inspector.blocked().cloned();
        }
        self.restored += u64::from(out != text);
        out.into_bytes()
    }

    /// The file is over: what is held back of it.
    pub(crate) fn rest_of_file(&mut self) -> Vec<u8> {
        let mut out = String::new();
        if let Some(mut running) = self.running.remove(&OF_FILE) {
            running.finish(&mut out);
            self.note(running);
        }
        let mut out = out.into_bytes();
        out.append(&mut self.file.tail);
        out
    }

    /// What was found in all, once; texts that still run are looked at to their end.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        let running: Vec<Running> = self.running.drain().map(|(_, running)| running).collect();
        for mut running in running {
            running.finish(&mut String::new());
            self.note(running);
        }
        std::mem::take(&mut self.findings)
    }

    fn note(&mut self, mut running: Running) {
        if self.blocked.is_none() {
            self.blocked = running.inspector.blocked().cloned();
        }
        for mut finding in running.inspector.take() {
            let same =
                |one: &&mut Finding| one.entity == finding.entity && one.path == running.path;
            match self.findings.iter_mut().find(same) {
                Some(same) => same.count = same.count.saturating_add(finding.count),
                None => {
                    finding.path.clone_from(&running.path);
                    self.findings.push(finding);
                }
            }
        }
    }

    fn flush(
        &mut self,
        tap: &dyn StreamTap,
        out: &mut Vec<RawEvent>,
        closed: impl Fn(&Channel) -> bool,
    ) {
        let framing = self.framing;
        let ended: Vec<Channel> = self.running.keys().copied().filter(&closed).collect();
        for channel in ended {
            let Some(mut running) = self.running.remove(&channel) else {
                continue;
            };
            let mut rest = String::new();
            running.finish(&mut rest);
            self.note(running);
            if !rest.is_empty() {
                out.push(tap.text_event(&channel, &rest).framed(framing));
            }
        }
    }
}
