//! Entry points for fuzzers: any bytes, and the invariants that must hold of them.

use bytes::Bytes;

use crate::json::{Doc, Edits, Index, Kind, Limits, NodeId, write_str};
use crate::sse::{RawEvent, Splitter};

/// Parses `bytes` as JSON; whatever is accepted must be consistent.
///
/// # Panics
/// If an invariant does not hold: a bug.
pub fn json_index(bytes: &[u8]) {
    let Ok(index) = Index::parse(bytes, &Limits::default()) else {
        return;
    };
    let doc = index.doc(bytes);
    let mut edits = Edits::new();
    for id in doc.all() {
        node_holds(doc, id);
        if doc.kind(id) != Kind::Object && doc.kind(id) != Kind::Array {
            edits.replace(doc.span(id), doc.raw(id));
        }
    }
    let same = edits.apply(bytes);
    assert_eq!(same, bytes, "values put back as they were change nothing");
}

fn node_holds(doc: Doc<'_>, id: NodeId) {
    let span = doc.span(id);
    assert!(!span.is_empty() && span.end <= doc.bytes().len());
    if let Some(parent) = doc.parent(id) {
        let outer = doc.span(parent);
        assert!(outer.start < span.start && span.end < outer.end);
        match doc.key(id) {
            Some(key) => assert_eq!(doc.get(parent, &key), Some(id)),
            None => assert_eq!(doc.kind(parent), Kind::Array),
        }
    }
    assert_eq!(doc.children(id).count(), doc.len(id));
    assert!(doc.children(id).all(|child| doc.parent(child) == Some(id)));
    if let Some(text) = doc.str(id) {
        let mut written = Vec::new();
        write_str(&mut written, &text);
        let index = Index::parse(&written, &Limits::default());
        let read = index.is_ok_and(|index| {
            let doc = index.doc(&written);
            doc.str(doc.root()).as_deref() == Some(&*text)
        });
        assert!(read, "a written string reads back");
    }
}

/// Splits `bytes` as one chunk, byte by byte, and in chunks that the bytes themselves choose.
///
/// # Panics
/// If the blocks differ, or do not make up the stream: a bug.
pub fn sse_split(bytes: &[u8]) {
    let whole = split([bytes]);
    let singly = split(bytes.chunks(1));
    let mixed = split(bytes.chunks(2 + usize::from(bytes.first().copied().unwrap_or(0)) % 7));
    assert!(whole == singly && whole == mixed, "the cut decides nothing");
    let all: Vec<u8> = whole.iter().flat_map(|event| event.raw.to_vec()).collect();
    assert_eq!(all, bytes, "no byte is lost or made");
    for event in &whole {
        let parsed = event.parse();
        assert_eq!(parsed.event, event.name());
        assert_eq!(parsed.data, event.data());
    }
}

fn split<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<RawEvent> {
    let mut splitter = Splitter::new(usize::MAX);
    let mut events = Vec::new();
    for chunk in chunks {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Ok(Some(event)) = splitter.next() {
            events.push(event);
        }
    }
    events.extend(std::iter::from_fn(|| splitter.finish()));
    events
}

/// Parses `bytes` as a form; whatever is accepted must be consistent.
///
/// # Panics
/// If an invariant does not hold: a bug.
pub fn multipart(bytes: &[u8]) {
    use crate::multipart::{Edits, Multipart, boundary};

    let _ = boundary(&String::from_utf8_lossy(bytes));
    let body = Bytes::copy_from_slice(bytes);
    let Ok(form) = Multipart::parse(&body, "xx") else {
        return;
    };
    let mut edits = Edits::new();
    let mut end = 0;
    for (number, part) in form.parts().iter().enumerate() {
        assert!(end < part.header.start && part.header.end + 4 == part.value.start);
        end = part.value.end;
        let same = edits.replace_value(&form, number, form.value(part));
        assert!(same.is_ok() || form.value(part).windows(4).any(|four| four == b"--xx"));
    }
    assert_eq!(
        edits.apply(&form),
        body,
        "values put back as they were change nothing"
    );
}

/// Splits `bytes` in every framing, whole and byte by byte.
///
/// # Panics
/// If the events differ, or hold a byte that was not there: a bug.
pub fn frames(bytes: &[u8]) {
    use crate::frame::Framing;

    for framing in [
        Framing::Sse,
        Framing::Ndjson,
        Framing::JsonArray,
        Framing::EventStream,
        Framing::Chunks,
    ] {
        let whole = framed(framing, [bytes]);
        let singly = framed(framing, bytes.chunks(1));
        assert!(whole == singly, "the cut decides nothing ({framing:?})");
        let raw: usize = whole.0.iter().map(|event| event.raw.len()).sum();
        assert!(raw <= bytes.len(), "no byte is made ({framing:?})");
        for event in &whole.0 {
            let _ = (event.name(), event.data(), event.is_exception());
        }
    }
}

/// The events, and whether the stream broke.
fn framed<'a>(
    framing: crate::frame::Framing,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<crate::frame::RawEvent>, bool) {
    let mut splitter = crate::frame::Splitter::new(framing, 1 << 16);
    let mut events = Vec::new();
    for chunk in chunks {
        splitter.push(Bytes::copy_from_slice(chunk));
        loop {
            match splitter.next() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(_) => return (events, true),
            }
        }
    }
    events.extend(std::iter::from_fn(|| splitter.finish()));
    (events, false)
}
