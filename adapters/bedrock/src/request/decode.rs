//! A request of this dialect, read.

use marshal_adapter_api::{ChatRequest, Extra, Fields, Malformed, Message, Named, Role, index};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, NodeId};

use super::{blocks, config, more};
use crate::facts;

/// Reads a request.
pub(crate) fn decode(body: &[u8], named: Named<'_>) -> Result<ChatRequest, Malformed> {
    let model = facts::model(named)?.to_owned();
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let mut kept = Extra::default();
    let inference = config::inference(&mut fields, &mut kept)?;
    let (tools, tool_choice) = config::tools(&mut fields, &mut kept)?;
    let more = more::decode(&mut fields, &mut kept)?;
    let mut request = ChatRequest {
        origin: Dialect::Bedrock,
        model,
        system: system(&mut fields)?,
        messages: messages(&mut fields)?,
        tools,
        tool_choice,
        parallel_tool_calls: None,
        max_output: inference.max_output,
        max_output_old_word: false,
        choices: None,
        temperature: inference.temperature,
        top_p: inference.top_p,
        top_k: more.top_k,
        seed: None,
        stop: inference.stop,
        stop_bare: false,
        output: config::output(&mut fields),
        effort: more.effort,
        thinking: more.thinking,
        user: None,
        service_tier: config::service_tier(&mut fields),
        stream: named.stream,
        stream_usage: None,
        extra: fields.rest(),
    };
    request.extra.absorb("", kept);
    Ok(request)
}

fn system(fields: &mut Fields<'_>) -> Result<Option<Message>, Malformed> {
    let doc = fields.doc();
    let Some(list) = fields.array("system")? else {
        return Ok(None);
    };
    Ok(Some(Message {
        role: Role::System,
        parts: blocks::content(doc, list)?,
        bare: false,
        extra: Extra::at("system"),
    }))
}

fn messages(fields: &mut Fields<'_>) -> Result<Vec<Message>, Malformed> {
    let doc = fields.doc();
    match fields.array("messages")? {
        Some(list) => doc.children(list).map(|node| message(doc, node)).collect(),
        None => {
            if doc.get(fields.node(), "messages").is_none() {
                fields.know("messages");
            }
            Ok(Vec::new())
        }
    }
}

fn message(doc: Doc<'_>, node: NodeId) -> Result<Message, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let role = match fields.need_str("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => return Err(fields.wrong("role", "must be `user` or `assistant`")),
    };
    let list = fields
        .array("content")?
        .ok_or_else(|| fields.missing("content", "an array of content blocks"))?;
    Ok(Message {
        role,
        parts: blocks::content(doc, list)?,
        bare: false,
        extra: fields.rest(),
    })
}
