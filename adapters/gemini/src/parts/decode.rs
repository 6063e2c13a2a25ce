//! One part, read.

use marshal_adapter_api::{Extra, Json, Malformed, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::media;
use crate::aside;
use crate::ids::Calls;
use crate::reader::{Reader, find, items, text};
use crate::seal;

/// What stands beside a part's data.
const BESIDE: [&str; 10] = [
    "thought",
    "thoughtSignature",
    "thought_signature",
    "videoMetadata",
    "video_metadata",
    "partMetadata",
    "part_metadata",
    "mediaResolution",
    "media_resolution",
    "mediaId",
];

/// The data of parts that are read.
const KNOWN: [&str; 9] = [
    "text",
    "functionCall",
    "function_call",
    "functionResponse",
    "function_response",
    "inlineData",
    "inline_data",
    "fileData",
    "file_data",
];

/// Reads one part; what is not plain stays as it was written.
pub(super) fn part(doc: Doc<'_>, node: NodeId, calls: &mut Calls) -> Result<Part, Malformed> {
    if doc.kind(node) != Kind::Object {
        return Ok(Part::opaque(doc, node, "part".to_owned()));
    }
    let mut reader = Reader::new(doc, node)?;
    let Some(kind) = kind(doc, node) else {
        return Ok(unspoken(doc, node, reader));
    };
    let read = match kind.as_str() {
        "text" => {
            return Ok(match reader.text("text") {
                Some(said) => spoken(said, reader),
                None => Part::opaque(doc, node, kind),
            });
        }
        "functionCall" | "function_call" => call(&mut reader, calls),
        "functionResponse" | "function_response" => result(&mut reader, calls)?,
        "inlineData" | "inline_data" => media::inline(&mut reader),
        "fileData" | "file_data" => media::file(&mut reader),
        _ => None,
    };
    Ok(match read {
        Some(read) => read.into_part(reader),
        None => Part::opaque(doc, node, kind),
    })
}

/// The name of the part's data; `None` where it has none. What is not known stands beside what is, and so does an
/// empty text.
fn kind(doc: Doc<'_>, node: NodeId) -> Option<String> {
    let known = |key: &str| KNOWN.contains(&key);
    let alone = doc
        .children(node)
        .filter_map(|child| doc.key(child))
        .filter(|key| known(key))
        .count()
        < 2;
    let named = |of: fn(&str) -> bool| {
        let mut kinds = doc.children(node).filter_map(move |child| {
            let key = doc.key(child)?;
            let says = alone || key != "text" || doc.str(child).as_deref() != Some("");
            let data = of(&key) && doc.kind(child) != Kind::Null && says;
            data.then(|| key.into_owned())
        });
        let first = kinds.next()?;
        // Nobody says two things in one part.
        Some(if kinds.next().is_some() {
            "part".to_owned()
        } else {
            first
        })
    };
    named(|key| KNOWN.contains(&key)).or_else(|| named(|key| !BESIDE.contains(&key)))
}

/// A part that is read but for what stands beside its data.
pub(super) struct Read {
    /// Makes the part, once everything else is kept.
    pub(super) make: Box<dyn FnOnce(Option<String>, Extra) -> Part>,
    /// What was kept of the data.
    pub(super) inner: Extra,
    /// The part has a place for the seal.
    pub(super) sealed: bool,
}

impl Read {
    fn into_part(self, mut reader: Reader<'_>) -> Part {
        let seal = if self.sealed {
            reader.text("thoughtSignature")
        } else {
            None
        };
        let mut extra = beside(reader);
        extra.absorb("", self.inner);
        (self.make)(seal, extra)
    }
}

/// What stands beside the data. That a part is no thought says nothing.
fn beside(mut reader: Reader<'_>) -> Extra {
    let no_thought = reader.take_if("thought", |doc, node| {
        (doc.bool(node) == Some(false)).then_some(())
    });
    let mut extra = reader.rest();
    if no_thought.is_some() {
        aside::keep(&mut extra, "thought", "false");
    }
    extra
}

fn is_thought(reader: &mut Reader<'_>) -> bool {
    reader
        .take_if("thought", |doc, node| {
            (doc.bool(node) == Some(true)).then_some(())
        })
        .is_some()
}

fn spoken(said: String, mut reader: Reader<'_>) -> Part {
    if !is_thought(&mut reader) {
        return Part::Text {
            text: said,
            extra: beside(reader),
        };
    }
    let signature = reader.text("thoughtSignature");
    let (text, signature) = match signature.as_deref().and_then(seal::unwrap) {
        Some((seal, thought)) => (thought, Some(seal)),
        None => (said, signature.as_deref().map(seal::canonical)),
    };
    Part::Thinking {
        text,
        signature,
        word: None,
        extra: beside(reader),
    }
}

/// A part without data: a seal by itself, or nothing.
fn unspoken(doc: Doc<'_>, node: NodeId, mut reader: Reader<'_>) -> Part {
    if !is_thought(&mut reader) {
        return Part::opaque(doc, node, "part".to_owned());
    }
    let signature = reader
        .text("thoughtSignature")
        .as_deref()
        .map(seal::canonical);
    let mut extra = beside(reader);
    aside::keep(&mut extra, "text", "absent");
    Part::Thinking {
        text: String::new(),
        signature,
        word: None,
        extra,
    }
}

fn call(reader: &mut Reader<'_>, calls: &mut Calls) -> Option<Read> {
    let doc = reader.doc();
    let node = reader.peek("functionCall")?;
    let name = text(doc, node, "name").filter(|name| !name.is_empty())?;
    let mut inner = reader.object("functionCall").ok()??;
    inner.take("name");
    let arguments = inner.source_of_object("args");
    let given = inner.text("id").filter(|id| !id.is_empty());
    let mut kept = Extra::at(doc.path(node));
    if given.is_none() {
        aside::keep(&mut kept, "id", "made up");
    }
    inner.rest_below("functionCall", &mut kept);
    let id = calls.call(&name, given);
    Some(Read {
        inner: kept,
        sealed: true,
        make: Box::new(move |signature, extra| Part::ToolCall {
            id,
            name,
            arguments,
            signature,
            extra,
        }),
    })
}

fn result(reader: &mut Reader<'_>, calls: &mut Calls) -> Result<Option<Read>, Malformed> {
    let doc = reader.doc();
    let Some(node) = reader.peek("functionResponse") else {
        return Ok(None);
    };
    let Some(name) = text(doc, node, "name") else {
        return Ok(None);
    };
    let odd =
        |name: &str, kind: Kind| find(doc, node, name).is_some_and(|node| doc.kind(node) != kind);
    if odd("response", Kind::Object) || odd("parts", Kind::Array) {
        return Ok(None);
    }
    let Some(mut inner) = reader.object("functionResponse")? else {
        return Ok(None);
    };
    inner.take("name");
    let given = inner.text("id").filter(|id| !id.is_empty());
    let mut kept = Extra::at(doc.path(node));
    aside::keep(&mut kept, "name", &name);
    if given.is_none() {
        aside::keep(&mut kept, "id", "made up");
    }
    let answer = inner.take("response");
    let (mut content, is_error) =
        answer.map_or((Vec::new(), None), |node| answered(doc, node, &mut kept));
    let shown = inner.take("parts");
    for node in shown.into_iter().flat_map(|list| items(doc, list)) {
        content.push(part(doc, node, &mut Calls::default())?);
    }
    inner.rest_below("functionResponse", &mut kept);
    let call_id = calls.result(&name, given);
    Ok(Some(Read {
        inner: kept,
        sealed: false,
        make: Box::new(move |_, extra| Part::ToolResult {
            call_id,
            bare: content.len() == 1,
            content: (answer.is_some() || shown.is_some()).then_some(content),
            is_error,
            extra,
        }),
    }))
}

/// What a tool answered: the text under a word that only wraps it, else the object as it is.
fn answered(doc: Doc<'_>, node: NodeId, kept: &mut Extra) -> (Vec<Part>, Option<bool>) {
    let at = |node: NodeId| Extra::at(doc.path(node));
    let only = (doc.len(node) == 1)
        .then(|| doc.children(node).next())
        .flatten();
    if let Some(value) = only
        && let Some(key) = doc.key(value)
        && matches!(key.as_ref(), "result" | "output" | "error")
        && let Some(texts) = texts(doc, value)
    {
        aside::keep(kept, "answer", &key);
        let part = |text| Part::Text {
            text,
            extra: at(value),
        };
        return (
            texts.into_iter().map(part).collect(),
            (key == "error").then_some(true),
        );
    }
    let whole = Part::Text {
        text: Json::of(doc, node).as_str().to_owned(),
        extra: at(node),
    };
    (vec![whole], None)
}

/// One text, or a list of several.
fn texts(doc: Doc<'_>, node: NodeId) -> Option<Vec<String>> {
    if let Some(text) = doc.str(node) {
        return Some(vec![text.into_owned()]);
    }
    if doc.kind(node) != Kind::Array || doc.len(node) < 2 {
        return None;
    }
    doc.children(node)
        .map(|item| doc.str(item).map(std::borrow::Cow::into_owned))
        .collect()
}
