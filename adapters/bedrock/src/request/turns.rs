//! The turns of a request of another dialect, written in this one.
//!
//! Turns of one speaker that follow each other become one, for users and models alternate here. Most models want
//! the user first, but some let the model begin, so that is left to them. System messages go to the top; one that
//! stood between turns is reported, for its place is lost.

use marshal_adapter_api::{ChatRequest, Json, Message, Object, Part, Role, Untranslatable};

use marshal_types::Dialect;

use super::encode::untranslatable;
use super::names::Names;
use super::parts::{Writer, cache_point};
use super::said::list;
use crate::seals;
use crate::words::{Family, Said, path};

/// The blocks of one turn.
struct Turn {
    user: bool,
    blocks: Vec<Vec<u8>>,
}

/// Writes `system` and `messages`.
pub(super) fn write(
    request: &ChatRequest,
    family: Family,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut writer = Writer {
        origin: request.origin,
        family,
        names: Names::default(),
        dropped,
    };
    let mut system: Vec<Vec<u8>> = Vec::new();
    let mut turns: Vec<Turn> = Vec::new();
    for message in request.system.iter().chain(&request.messages) {
        refuse_legacy(message)?;
        let point = leftovers(message, &mut writer);
        match message.role {
            Role::System | Role::Developer => {
                if !turns.is_empty() {
                    writer.dropped.push(message.extra.path_of("role"));
                }
                instructions(message, &mut writer, &mut system);
                system.extend(point.filter(|_| !system.is_empty()));
            }
            role => append(
                &mut turns,
                message,
                (role != Role::Assistant, point),
                &mut writer,
            )?,
        }
    }
    if turns.is_empty() {
        let param = path(request.origin, Said::Messages);
        return Err(untranslatable(
            param,
            format!("`{param}` holds no turn of a user, which a model on Bedrock needs: add one."),
        ));
    }
    // Said once for all, it means the end of what there is.
    if let Some(last) = turns.last_mut() {
        last.blocks
            .extend(cache_point(request.origin, family, &request.extra));
    }
    if !system.is_empty() {
        root.raw("system", &list(&system));
    }
    let mut messages = root.array("messages");
    for turn in turns {
        let mut to = messages.object();
        to.str("role", if turn.user { "user" } else { "assistant" });
        to.raw("content", &list(&turn.blocks));
    }
    Ok(())
}

fn refuse_legacy(message: &Message) -> Result<(), Untranslatable> {
    if message
        .extra
        .get("function_call")
        .is_none_or(Json::is_empty)
    {
        return Ok(());
    }
    let path = message.extra.path_of("function_call");
    let says = format!("`{path}` cannot be shown to a model on Bedrock: use `tool_calls`.");
    Err(untranslatable(path, says))
}

/// Reports what is left of a message. Sealed thoughts say what an unsealed copy beside them says.
fn leftovers(message: &Message, writer: &mut Writer<'_>) -> Option<Vec<u8>> {
    let understood: &[&str] = if sealed(writer.origin, message) {
        &["function_call", "reasoning_content", "reasoning"]
    } else {
        &["function_call"]
    };
    writer.leftovers(&message.extra, understood)
}

/// True where the model's thoughts are at hand with Claude's seal.
pub(super) fn sealed(origin: Dialect, message: &Message) -> bool {
    message.parts.iter().any(|part| match part {
        Part::Thinking { signature, .. } => seals::is_claudes(origin, signature.as_deref()),
        _ => false,
    })
}

fn instructions(message: &Message, writer: &mut Writer<'_>, system: &mut Vec<Vec<u8>>) {
    for part in &message.parts {
        match part {
            Part::Text { text, extra } => {
                let point = writer.leftovers(extra, &[]);
                if !text.is_empty() {
                    let mut out = Vec::with_capacity(text.len() + 16);
                    Object::new(&mut out).str("text", text);
                    system.push(out);
                }
                system.extend(point.filter(|_| !system.is_empty()));
            }
            part => writer.dropped.push(part.path().to_owned()),
        }
    }
}

fn append(
    turns: &mut Vec<Turn>,
    message: &Message,
    (user, point): (bool, Option<Vec<u8>>),
    writer: &mut Writer<'_>,
) -> Result<(), Untranslatable> {
    let mut blocks = Vec::with_capacity(message.parts.len());
    for part in &message.parts {
        if user {
            writer.heard(part, &mut blocks)?;
        } else {
            writer.answered(part, &mut blocks);
        }
    }
    if blocks.is_empty() {
        return Ok(());
    }
    blocks.extend(point);
    match turns.last_mut() {
        Some(last) if last.user == user => last.blocks.extend(blocks),
        _ => turns.push(Turn { user, blocks }),
    }
    Ok(())
}
