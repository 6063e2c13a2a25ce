//! Puts the caller's own values back where the model repeats their surrogates, whole or wherever a stream is cut.

use std::collections::HashMap;

use bytes::Bytes;
use marshal_adapter_api::{Channel, Closes, StreamTap, TextAt};
use marshal_policies::{StreamRestorer, Surrogates};
use marshal_wire::frame::{Framing, RawEvent};
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, write_str};

/// Restores an answer in one piece: the new bytes and how many texts were changed, or `None` if none was.
pub(crate) fn whole(
    texts_of: impl FnOnce(Doc<'_>, &mut Vec<TextAt>),
    surrogates: &Surrogates,
    body: &Bytes,
) -> Option<(Bytes, u64)> {
    if surrogates.is_empty() {
        return None;
    }
    let index = Index::parse(body, &Limits::default()).ok()?;
    let doc = index.doc(body);
    let mut texts = Vec::new();
    texts_of(doc, &mut texts);
    let mut edits = Edits::new();
    let mut count = 0;
    let in_json = surrogates.for_json();
    for at in texts {
        let Some(text) = text_of(doc, &at) else {
            continue;
        };
        let surrogates = if at.json_text { &in_json } else { surrogates };
        let Some(restored) = surrogates.restore(&text) else {
            continue;
        };
        count += 1;
        replace(doc, &at, &restored, &mut edits);
    }
    (count > 0).then(|| (edits.apply(body).into(), count))
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

/// Restores a stream: holds back exactly the end of each running text that may still become a surrogate.
pub(crate) struct StreamRestore {
    surrogates: Surrogates,
    in_json: Surrogates,
    framing: Framing,
    running: HashMap<Channel, StreamRestorer>,
    /// Texts changed so far.
    pub restored: u64,
}

impl StreamRestore {
    /// `None` if there is nothing to restore.
    pub(crate) fn new(surrogates: &Surrogates, framing: Framing) -> Option<Self> {
        (!surrogates.is_empty()).then(|| Self {
            surrogates: surrogates.clone(),
            in_json: surrogates.for_json(),
            framing,
            running: HashMap::new(),
            restored: 0,
        })
    }

    /// From here on there are more: texts that run already are not about them.
    pub(crate) fn learn(&mut self, surrogates: &Surrogates) {
        self.in_json = surrogates.for_json();
        self.surrogates = surrogates.clone();
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
            let restorer = self
                .running
                .entry(at.channel)
                .or_insert_with(|| surrogates.stream());
            restorer.push(&text, &mut released);
            if closed(&at.channel) {
                restorer.finish(&mut released);
                self.running.remove(&at.channel);
            }
            if released != text {
                self.restored += 1;
                replace(doc, at, &released, &mut edits);
            }
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

    fn flush(
        &mut self,
        tap: &dyn StreamTap,
        out: &mut Vec<RawEvent>,
        closed: impl Fn(&Channel) -> bool,
    ) {
        let framing = self.framing;
        self.running.retain(|channel, restorer| {
            if !closed(channel) {
                return true;
            }
            let mut rest = String::new();
            restorer.finish(&mut rest);
            if !rest.is_empty() {
                out.push(tap.text_event(channel, &rest).framed(framing));
            }
            false
        });
    }
}
