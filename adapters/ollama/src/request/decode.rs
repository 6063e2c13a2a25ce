//! A request of this dialect, read.

use marshal_adapter_api::{
    ChatRequest, Extra, Fields, Json, Malformed, OutputFormat, Thinking, ThinkingMode, Tool, index,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::messages;
use crate::calls::Calls;
use crate::words::{keep_inner, mark};

/// Remembers that the client left `stream` out.
pub(super) const UNASKED_STREAM: &str = ":stream";

/// Reads a request. What has the wrong kind stays aside, for the server to judge.
pub(crate) fn decode(body: &[u8]) -> Result<ChatRequest, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let model = fields.need_str("model")?;
    let mut turns = Vec::new();
    let mut calls = Calls::default();
    let has_messages = fields
        .peek("messages")
        .is_some_and(|node| !doc.is_empty(node));
    if has_messages && let Some(list) = fields.array("messages")? {
        for (at, node) in doc.children(list).enumerate() {
            turns.push(messages::decode(doc, node, at, &mut calls)?);
        }
    }
    let stream = fields.bool("stream")?;
    let unasked = doc.get(doc.root(), "stream").is_none();
    let mut options = options(&mut fields)?;
    let (effort, thinking) = think(&mut fields);
    let mut request = ChatRequest {
        origin: Dialect::Ollama,
        model,
        system: None,
        messages: turns,
        tools: tools(&mut fields)?,
        tool_choice: None,
        parallel_tool_calls: None,
        max_output: options.as_mut().and_then(|inner| limit(inner)),
        max_output_old_word: false,
        choices: None,
        temperature: number(&mut options, "temperature"),
        top_p: number(&mut options, "top_p"),
        top_k: number(&mut options, "top_k"),
        seed: number(&mut options, "seed"),
        stop: None,
        stop_bare: false,
        output: output(&mut fields),
        effort,
        thinking,
        user: None,
        service_tier: None,
        stream: Some(stream.unwrap_or(true)),
        stream_usage: None,
        extra: Extra::default(),
    };
    if let Some((texts, bare)) = options.as_mut().and_then(|inner| stop(inner)) {
        request.stop = Some(texts);
        request.stop_bare = bare;
    }
    request.extra = fields.rest();
    if let Some(options) = options {
        keep_inner(&mut request.extra, "options", &options.rest());
    }
    if unasked {
        mark(&mut request.extra, UNASKED_STREAM);
    }
    Ok(request)
}

/// Options, where there are some; an empty object stays aside.
fn options<'a>(fields: &mut Fields<'a>) -> Result<Option<Fields<'a>>, Malformed> {
    let doc = fields.doc();
    let some = |node: &NodeId| doc.kind(*node) == Kind::Object && !doc.is_empty(*node);
    match fields.peek("options").filter(some) {
        Some(_) => fields.object("options"),
        None => Ok(None),
    }
}

fn number(options: &mut Option<Fields<'_>>, name: &str) -> Option<Json> {
    let inner = options.as_mut()?;
    let node = inner.peek(name)?;
    if inner.doc().kind(node) != Kind::Number {
        return None;
    }
    inner.json(name)
}

/// Below zero there is no limit: it stays aside.
fn limit(options: &mut Fields<'_>) -> Option<u64> {
    let limit = options.doc().u64(options.peek("num_predict")?)?;
    options.take("num_predict");
    Some(limit)
}

fn stop(options: &mut Fields<'_>) -> Option<(Vec<String>, bool)> {
    let doc = options.doc();
    let node = options.peek("stop")?;
    let found = if let Some(text) = doc.str(node) {
        (vec![text.into_owned()], true)
    } else if doc.kind(node) == Kind::Array {
        let text = |node: NodeId| doc.str(node).map(std::borrow::Cow::into_owned);
        (doc.children(node).map(text).collect::<Option<_>>()?, false)
    } else {
        return None;
    };
    options.take("stop");
    Some(found)
}

/// A word is an effort; true and false are on and off.
fn think(fields: &mut Fields<'_>) -> (Option<String>, Option<Thinking>) {
    let doc = fields.doc();
    let Some(node) = fields.peek("think") else {
        return (None, None);
    };
    let word = doc.str(node).filter(|word| !word.is_empty());
    if let Some(word) = word {
        fields.take("think");
        return (Some(word.into_owned()), None);
    }
    let Some(on) = doc.bool(node) else {
        return (None, None);
    };
    fields.take("think");
    let mode = if on {
        ThinkingMode::Adaptive
    } else {
        ThinkingMode::Off
    };
    let extra = Extra::at("think");
    (None, Some(Thinking { mode, extra }))
}

/// An empty word is no format, and stays aside.
fn output(fields: &mut Fields<'_>) -> Option<OutputFormat> {
    let doc = fields.doc();
    let node = fields.peek("format")?;
    let format = match doc.str(node).as_deref() {
        Some("") => return None,
        Some("json") => OutputFormat::JsonObject,
        None if doc.kind(node) == Kind::Object => OutputFormat::JsonSchema {
            name: None,
            description: None,
            schema: Some(Json::of(doc, node)),
            strict: None,
            old_word: false,
            extra: Extra::at("format"),
        },
        _ => OutputFormat::Opaque(Json::of(doc, node)),
    };
    fields.take("format");
    Some(format)
}

fn tools(fields: &mut Fields<'_>) -> Result<Option<Vec<Tool>>, Malformed> {
    let doc = fields.doc();
    let Some(list) = fields.array("tools")? else {
        return Ok(None);
    };
    doc.children(list)
        .map(|node| tool(doc, node))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn tool(doc: Doc<'_>, node: NodeId) -> Result<Tool, Malformed> {
    let mut wrapper = Fields::new(doc, node)?;
    // The `type` of a function stays aside: some clients leave it out.
    let kind = wrapper.peek("type").and_then(|kind| doc.str(kind));
    if let Some(kind) = kind
        && kind != "function"
    {
        return Ok(Tool::Opaque {
            kind: kind.into_owned(),
            name: None,
            value: Json::of(doc, node),
            path: doc.path(node),
        });
    }
    let mut function = wrapper
        .object("function")?
        .ok_or_else(|| wrapper.missing("function", "an object with a `name`"))?;
    Ok(Tool::Function {
        name: function.need_str("name")?,
        description: function.str("description")?,
        schema: function.json("parameters"),
        strict: None,
        extra: function.rest(),
        wrapper: wrapper.rest(),
    })
}
