//! A request of this dialect, read.

use marshal_adapter_api::{
    ChatRequest, Extra, Json, Malformed, Message, Named, Part, Role, index, malformed,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{CACHED, config, tools};
use crate::aside;
use crate::ids::Calls;
use crate::parts::{Content, content};
use crate::reader::{Reader, items};

/// Reads a request.
pub(crate) fn decode(body: &[u8], named: Named<'_>) -> Result<ChatRequest, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut reader = Reader::new(doc, doc.root())?;
    let (model, in_body) = model(&mut reader, named)?;
    let list = reader
        .list("contents")?
        .ok_or_else(|| reader.missing("contents", "an array of contents"))?;
    let mut calls = Calls::default();
    let cached = reader.take_if(CACHED, |doc, node| cached(doc, node));
    let turns = items(doc, list).map(|node| turn(doc, node, &mut calls));
    let messages = cached
        .map(Ok)
        .into_iter()
        .chain(turns)
        .collect::<Result<Vec<_>, _>>()?;
    let system = match reader.take("systemInstruction") {
        Some(node) => Some(system(doc, node)?),
        None => None,
    };
    let settings = config::decode(&mut reader)?;
    let (offered, nothing) = tools::decode(&mut reader)?;
    let choice = tools::choice(&mut reader)?;
    let mut extra = reader.rest();
    if let Some(name) = in_body {
        aside::keep(&mut extra, "model", &name);
    }
    if doc.kind(list) == Kind::Object {
        aside::keep(&mut extra, "contents.is", "one");
    }
    for kept in [&settings.extra, &nothing, &choice.1] {
        extra.absorb("", kept.clone());
    }
    Ok(ChatRequest {
        origin: Dialect::Gemini,
        model,
        system,
        messages,
        tools: offered,
        tool_choice: choice.0,
        parallel_tool_calls: None,
        max_output: settings.max_output,
        max_output_old_word: false,
        choices: settings.choices,
        temperature: settings.temperature,
        top_p: settings.top_p,
        top_k: settings.top_k,
        seed: settings.seed,
        stop: settings.stop,
        stop_bare: false,
        output: settings.output,
        effort: settings.effort,
        thinking: settings.thinking,
        user: None,
        service_tier: None,
        stream: named.stream,
        stream_usage: None,
        extra,
    })
}

/// The model of the address, else of the body; and what the body says of it.
fn model(reader: &mut Reader<'_>, named: Named<'_>) -> Result<(String, Option<String>), Malformed> {
    let in_body = reader.text("model");
    let model = named
        .model
        .map(str::to_owned)
        .or_else(|| in_body.clone())
        .filter(|model| !model.is_empty())
        .ok_or_else(|| reader.missing("model", "the model, into the address"))?;
    Ok((model, in_body))
}

/// What the provider keeps of an earlier part of the conversation: a turn that only it can show.
fn cached(doc: Doc<'_>, node: NodeId) -> Option<Message> {
    doc.str(node).filter(|name| !name.is_empty())?;
    Some(Message {
        role: Role::User,
        parts: vec![Part::Opaque {
            kind: CACHED.to_owned(),
            value: Json::of(doc, node),
            path: doc.path(node),
        }],
        bare: false,
        extra: Extra::at(doc.path(node)),
    })
}

fn turn(doc: Doc<'_>, node: NodeId, calls: &mut Calls) -> Result<Message, Malformed> {
    let Content {
        role,
        parts,
        mut extra,
    } = content(doc, node, calls)?;
    let role = match role.as_deref() {
        Some("user") => Role::User,
        Some("model") => Role::Assistant,
        Some("function") => Role::Tool,
        Some("") => {
            aside::keep(&mut extra, "role", "");
            Role::User
        }
        None if extra.get("role").is_none_or(Json::is_empty) => {
            aside::keep(&mut extra, "role", "absent");
            Role::User
        }
        // Other dialects' words for whose turn it is.
        Some(word @ ("assistant" | "system" | "tool")) => {
            aside::keep(&mut extra, "role", word);
            match word {
                "assistant" => Role::Assistant,
                "system" => Role::System,
                _ => Role::Tool,
            }
        }
        _ => {
            let path = extra.path_of("role");
            return Err(Malformed {
                message: format!("`{path}` must be `user` or `model`."),
                param: Some(path),
            });
        }
    };
    Ok(Message {
        role,
        parts,
        bare: false,
        extra,
    })
}

fn system(doc: Doc<'_>, node: NodeId) -> Result<Message, Malformed> {
    if doc.kind(node) != Kind::Object {
        return Err(malformed(doc, node, "must be an object with `parts`"));
    }
    let Content {
        role,
        parts,
        mut extra,
    } = content(doc, node, &mut Calls::default())?;
    aside::keep(&mut extra, "role", role.as_deref().unwrap_or("absent"));
    Ok(Message {
        role: Role::System,
        parts,
        bare: false,
        extra,
    })
}
