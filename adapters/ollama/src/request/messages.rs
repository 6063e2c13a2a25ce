//! The messages of this dialect, read and written as they were.

use marshal_adapter_api::{
    Extra, Fields, Malformed, MediaSource, Message, Object, Part, Role, malformed,
};
use marshal_wire::json::{Doc, NodeId};

use crate::calls::{self, Calls, MADE_ID};
use crate::words::{is_marked, mark, write_extra};

/// Remembers that a picture was written as an address that holds it.
const DATA_URL: &str = ":data";
/// Remembers that a tool's answer named the tool, which its call names too.
const TOOL_NAME: &str = ":tool_name";

/// Reads the message at place `at` of a conversation.
pub(super) fn decode(
    doc: Doc<'_>,
    node: NodeId,
    at: usize,
    calls: &mut Calls,
) -> Result<Message, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let role = match fields.need_str("role")?.as_str() {
        "system" => Role::System,
        // OpenAI's newer word, which Ollama hands to the model's template.
        "developer" => Role::Developer,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => {
            return Err(fields.wrong("role", "must be `system`, `user`, `assistant` or `tool`"));
        }
    };
    if role == Role::Tool {
        return tool_answer(fields, at, calls);
    }
    let message = said(fields, role, |number| format!("call_{at}_{number}"))?;
    calls.note(&message.parts);
    Ok(message)
}

/// Reads what anyone but a tool said; `made` makes the ids of calls that have none.
pub(crate) fn said(
    mut fields: Fields<'_>,
    role: Role,
    made: impl Fn(usize) -> String,
) -> Result<Message, Malformed> {
    let doc = fields.doc();
    let mut parts = Vec::new();
    if let Some((text, extra)) = string(&mut fields, "thinking")? {
        parts.push(Part::Thinking {
            text,
            signature: None,
            word: None,
            extra,
        });
    }
    if let Some((text, extra)) = string(&mut fields, "content")? {
        parts.push(Part::Text { text, extra });
    }
    images(&mut fields, &mut parts)?;
    let list = fields
        .peek("tool_calls")
        .filter(|&list| !doc.is_empty(list));
    if list.is_some()
        && let Some(list) = fields.array("tool_calls")?
    {
        for (number, call) in doc.children(list).enumerate() {
            parts.push(calls::decode(doc, call, || made(number))?);
        }
    }
    Ok(Message {
        role,
        parts,
        bare: true,
        extra: fields.rest(),
    })
}

/// A text that says something; an empty one stays aside.
fn string(fields: &mut Fields<'_>, name: &str) -> Result<Option<(String, Extra)>, Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.peek(name) else {
        return Ok(None);
    };
    let Some(text) = doc.str(node) else {
        return Err(malformed(doc, node, "must be a string"));
    };
    if text.is_empty() {
        return Ok(None);
    }
    fields.take(name);
    let extra = Extra::at(doc.path(node));
    Ok(Some((text.into_owned(), extra)))
}

fn images(fields: &mut Fields<'_>, parts: &mut Vec<Part>) -> Result<(), Malformed> {
    let doc = fields.doc();
    let some = fields.peek("images").filter(|&list| !doc.is_empty(list));
    if some.is_none() {
        return Ok(());
    }
    let Some(list) = fields.array("images")? else {
        return Ok(());
    };
    for node in doc.children(list) {
        let data = doc
            .str(node)
            .ok_or_else(|| malformed(doc, node, "must be a picture in base64"))?;
        let mut extra = Extra::at(doc.path(node));
        let in_address = data
            .strip_prefix("data:")
            .and_then(|rest| rest.split_once(";base64,"));
        let (media_type, data) = match in_address {
            Some((media_type, data)) => {
                mark(&mut extra, DATA_URL);
                (media_type, data)
            }
            None => (media_type(&data), data.as_ref()),
        };
        parts.push(Part::Image {
            source: MediaSource::Base64 {
                media_type: media_type.to_owned(),
                data: data.to_owned(),
            },
            detail: None,
            extra,
        });
    }
    Ok(())
}

/// What a picture is by its first bytes, in base64.
fn media_type(data: &str) -> &'static str {
    match data.as_bytes() {
        [b'/', b'9', b'j', ..] => "image/jpeg",
        [b'R', b'0', b'l', b'G', ..] => "image/gif",
        [b'U', b'k', b'l', b'G', ..] => "image/webp",
        _ => "image/png",
    }
}

/// A tool's answer, with the id of the call that it belongs to.
fn tool_answer(mut fields: Fields<'_>, at: usize, calls: &mut Calls) -> Result<Message, Malformed> {
    let doc = fields.doc();
    let peek = |fields: &Fields<'_>, name: &str| {
        fields
            .peek(name)
            .and_then(|node| doc.str(node))
            .filter(|text| !text.is_empty())
            .map(std::borrow::Cow::into_owned)
    };
    let written = peek(&fields, "tool_call_id");
    let tool = peek(&fields, "tool_name").or_else(|| peek(&fields, "name"));
    let call_id = calls
        .answer(written.as_deref(), tool.as_deref())
        .or_else(|| written.clone())
        .unwrap_or_else(|| format!("call_{at}_0"));
    let mut content = match fields.peek("content") {
        Some(node) => {
            let text = fields.str("content")?.unwrap_or_default();
            let extra = Extra::at(doc.path(node));
            Some(vec![Part::Text { text, extra }])
        }
        None => None,
    };
    let mut parts = Vec::new();
    images(&mut fields, &mut parts)?;
    if !parts.is_empty() {
        content.get_or_insert_default().append(&mut parts);
    }
    let mut mine = Extra::at(doc.path(fields.node()));
    if written.as_ref() == Some(&call_id) {
        fields.take("tool_call_id");
    } else {
        mark(&mut mine, MADE_ID);
    }
    let named = peek(&fields, "tool_name");
    if named.is_some() && named.as_deref() == calls.name_of(&call_id) {
        fields.take("tool_name");
        mark(&mut mine, TOOL_NAME);
    }
    Ok(Message {
        role: Role::Tool,
        parts: vec![Part::ToolResult {
            call_id,
            content,
            bare: true,
            is_error: None,
            extra: mine,
        }],
        bare: true,
        extra: fields.rest(),
    })
}

/// Writes a message as it was.
pub(super) fn write(message: &Message, calls: &mut Calls, to: &mut Object<'_>) {
    to.str(
        "role",
        match message.role {
            Role::System => "system",
            Role::Developer => "developer",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        },
    );
    for part in &message.parts {
        let Part::ToolResult {
            call_id,
            content,
            extra,
            ..
        } = part
        else {
            continue;
        };
        if !is_marked(extra, MADE_ID) {
            to.str("tool_call_id", call_id);
        }
        if is_marked(extra, TOOL_NAME) {
            to.opt_str("tool_name", calls.name_of(call_id));
        }
        parts(content.as_deref().unwrap_or_default(), to);
    }
    write_said(message, to);
    calls.note(&message.parts);
}

/// Writes what anyone but a tool said, and what the message kept aside.
pub(crate) fn write_said(message: &Message, to: &mut Object<'_>) {
    parts(&message.parts, to);
    let is_call = |part: &&Part| matches!(part, Part::ToolCall { .. });
    if message.parts.iter().any(|part| is_call(&part)) {
        let mut list = to.array("tool_calls");
        for call in message.parts.iter().filter(is_call) {
            calls::write_own(call, &mut list.object());
        }
    }
    write_extra(&message.extra, None, to);
}

fn parts(parts: &[Part], to: &mut Object<'_>) {
    let mut pictures = Vec::new();
    for part in parts {
        match part {
            Part::Thinking { text, .. } => to.str("thinking", text),
            Part::Text { text, .. } => to.str("content", text),
            Part::Image {
                source: MediaSource::Base64 { media_type, data },
                extra,
                ..
            } => pictures.push(if is_marked(extra, DATA_URL) {
                format!("data:{media_type};base64,{data}")
            } else {
                data.clone()
            }),
            _ => {}
        }
    }
    if !pictures.is_empty() {
        let mut list = to.array("images");
        pictures.iter().for_each(|picture| list.str(picture));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        assert_eq!(media_type("/9j/4AAQ"), "image/jpeg");
        assert_eq!(media_type("UklGRhwA"), "image/webp");
        assert_eq!(media_type("R0lGODlh"), "image/gif");
        assert_eq!(media_type("iVBORw0K"), "image/png");
    }
}
