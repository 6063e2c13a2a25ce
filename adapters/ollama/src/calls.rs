//! Tool calls and their answers, told apart.

use marshal_adapter_api::{Extra, Fields, Json, Malformed, Object, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::words::{is_marked, keep_inner, mark, write_extra, write_inner};

/// Remembers that an id was made here.
pub(crate) const MADE_ID: &str = ":id";
/// Remembers that arguments were written as text.
const TEXT: &str = ":text";

/// The calls of a conversation so far.
#[derive(Default)]
pub(crate) struct Calls {
    all: Vec<Call>,
}

struct Call {
    id: String,
    name: String,
    answered: bool,
}

impl Calls {
    /// Takes note of the calls among `parts`.
    pub(crate) fn note(&mut self, parts: &[Part]) {
        for part in parts {
            if let Part::ToolCall { id, name, .. } = part {
                self.all.push(Call {
                    id: id.clone(),
                    name: name.clone(),
                    answered: false,
                });
            }
        }
    }

    /// The tool that the latest call of that id calls.
    pub(crate) fn name_of(&self, id: &str) -> Option<&str> {
        let call = self.all.iter().rev().find(|call| call.id == id)?;
        Some(&call.name)
    }

    /// The id of the call that an answer belongs to: the one it names, else the first unanswered one of its tool.
    pub(crate) fn answer(&mut self, id: Option<&str>, tool: Option<&str>) -> Option<String> {
        let by_id = self
            .all
            .iter()
            .rposition(|call| Some(call.id.as_str()) == id);
        let at = by_id.or_else(|| {
            self.all
                .iter()
                .position(|call| !call.answered && tool.is_none_or(|tool| tool == call.name))
        })?;
        let call = self.all.get_mut(at)?;
        call.answered = true;
        Some(call.id.clone())
    }
}

/// Reads one entry of `tool_calls`; `made` is its id where it has none.
pub(crate) fn decode(
    doc: Doc<'_>,
    node: NodeId,
    made: impl FnOnce() -> String,
) -> Result<Part, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let written = fields
        .peek("id")
        .and_then(|id| doc.str(id))
        .filter(|id| !id.is_empty());
    if written.is_some() {
        fields.take("id");
    }
    let mut function = fields
        .object("function")?
        .ok_or_else(|| fields.missing("function", "an object with `name` and `arguments`"))?;
    let name = function.need_str("name")?;
    let (arguments, is_text) = arguments(doc, &mut function);
    let inner = function.rest();
    let mut extra = fields.rest();
    keep_inner(&mut extra, "function", &inner);
    if is_text {
        mark(&mut extra, TEXT);
    }
    let id = match written {
        Some(id) => id.into_owned(),
        None => {
            mark(&mut extra, MADE_ID);
            made()
        }
    };
    Ok(Part::ToolCall {
        id,
        name,
        arguments,
        signature: None,
        extra,
    })
}

/// JSON source of an object. What is neither that nor text stays aside, and is read as what it is.
fn arguments(doc: Doc<'_>, function: &mut Fields<'_>) -> (String, bool) {
    let Some(node) = function.peek("arguments") else {
        return (String::new(), false);
    };
    let source = Json::of(doc, node).as_str().to_owned();
    match doc.kind(node) {
        Kind::Object => {
            function.take("arguments");
            (source, false)
        }
        Kind::String => {
            function.take("arguments");
            (doc.str(node).unwrap_or_default().into_owned(), true)
        }
        _ => (source, false),
    }
}

/// Writes a call as it was.
pub(crate) fn write_own(part: &Part, to: &mut Object<'_>) {
    let Part::ToolCall {
        id,
        name,
        arguments,
        extra,
        ..
    } = part
    else {
        return;
    };
    if !is_marked(extra, MADE_ID) {
        to.str("id", id);
    }
    write_extra(extra, Some("function"), to);
    let mut function = to.object("function");
    function.str("name", name);
    if is_marked(extra, TEXT) {
        function.str("arguments", arguments);
    } else if !arguments.is_empty() && extra.get("function.arguments").is_none() {
        function.raw("arguments", arguments.as_bytes());
    }
    write_inner(extra, "function", &mut function);
}

/// Writes a call of another dialect.
pub(crate) fn write_foreign(
    index: Option<u64>,
    id: &str,
    name: &str,
    arguments: &str,
    to: &mut Object<'_>,
) {
    if !id.is_empty() {
        to.str("id", id);
    }
    let mut function = to.object("function");
    if let Some(index) = index {
        function.u64("index", index);
    }
    function.str("name", name);
    crate::words::write_arguments(arguments, &mut function);
}

/// A call's id in an answer: `created_at` tells answers apart.
pub(crate) fn made_id(created_at: &str, number: usize) -> String {
    let digits: String = created_at
        .chars()
        .filter(char::is_ascii_digit)
        .take(23)
        .collect();
    format!("call_{digits}_{number}")
}

/// What another dialect keeps of a call and this one has no word for.
pub(crate) fn report(extra: &Extra, signature: Option<&str>, dropped: &mut Vec<String>) {
    extra.report_except(&["type", "index"], dropped);
    if signature.is_some() {
        dropped.push(extra.path_of("signature"));
    }
}
