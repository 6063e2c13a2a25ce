//! The turns of a request of another dialect, written in this one.
//!
//! Turns of one speaker that follow each other become one, for users and models alternate here. System
//! messages go to the top; one that stood between turns is reported, for its place is lost.

use marshal_adapter_api::{Array, ChatRequest, Extra, Message, Object, Part, Role, Untranslatable};
use marshal_types::Dialect;

use super::caching;
use super::foreign::{model_block, user_block};
use crate::seals::is_foreign;
use crate::words::{Asked, path};

/// The blocks of one turn.
#[derive(Default)]
struct Turn {
    user: bool,
    blocks: Vec<Vec<u8>>,
    bare: Option<String>,
}

/// Writes `system` and `messages`.
pub(super) fn write(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut system: Vec<Instruction<'_>> = Vec::new();
    let mut turns: Vec<Turn> = Vec::new();
    for message in request.system.iter().chain(&request.messages) {
        // Sealed thoughts say what an unsealed copy beside them says.
        let understood: &[&str] = if has_sealed_thoughts(request.origin, message) {
            &[
                "function_call",
                "reasoning_content",
                "reasoning",
                "id",
                "status",
                "type",
            ]
        } else {
            &["function_call", "id", "status", "type"]
        };
        message.extra.report_except(understood, dropped);
        refuse_legacy(message)?;
        match message.role {
            Role::System | Role::Developer => {
                if !turns.is_empty() {
                    dropped.push(message.extra.path_of("role"));
                }
                instructions(message, &mut system, dropped);
            }
            role => {
                let user = role != Role::Assistant;
                let blocks = blocks(request.origin, message, user, dropped)?;
                append(&mut turns, user, blocks, message);
            }
        }
    }
    if turns.is_empty() {
        let param = path(request.origin, Asked::Messages);
        return Err(Untranslatable {
            message: format!(
                "`{param}` holds no turn of a user, which an Anthropic model needs: add one."
            ),
            param: Some(param.to_owned()),
        });
    }
    write_system(&system, root);
    write_turns(&turns, &mut root.array("messages"));
    Ok(())
}

/// True where the model's thoughts are at hand with the provider's seal.
pub(super) fn has_sealed_thoughts(origin: Dialect, message: &Message) -> bool {
    message
        .parts
        .iter()
        .any(|part| seal_of(origin, part).is_some())
}

/// The seal of a thought, where a model of this dialect's family made it: no other is valid here.
pub(super) fn seal_of(origin: Dialect, part: &Part) -> Option<&str> {
    let Part::Thinking {
        signature: Some(seal),
        ..
    } = part
    else {
        return None;
    };
    // Bedrock hands Claude's seals on as they are; copies of OpenAI's dialect mark them as Claude's, and the
    // other dialects mark what is theirs before a colon.
    let ours = matches!(
        origin,
        Dialect::Anthropic | Dialect::Bedrock | Dialect::OpenAi | Dialect::Responses
    );
    (ours && !seal.is_empty() && !is_foreign(seal)).then_some(seal)
}

fn refuse_legacy(message: &Message) -> Result<(), Untranslatable> {
    if message
        .extra
        .get("function_call")
        .is_none_or(marshal_adapter_api::Json::is_empty)
    {
        return Ok(());
    }
    let path = message.extra.path_of("function_call");
    Err(Untranslatable {
        message: format!("`{path}` cannot be shown to an Anthropic model: use `tool_calls`."),
        param: Some(path),
    })
}

/// A text of the system's, and what is kept beside it.
type Instruction<'a> = (&'a str, &'a Extra);

fn instructions<'a>(
    message: &'a Message,
    system: &mut Vec<Instruction<'a>>,
    dropped: &mut Vec<String>,
) {
    for part in &message.parts {
        match part {
            Part::Text { text, extra } => {
                extra.report_except(&[caching::POINT], dropped);
                if !text.is_empty() {
                    system.push((text, extra));
                }
            }
            part => dropped.push(part.path().to_owned()),
        }
    }
}

fn write_system(texts: &[Instruction<'_>], root: &mut Object<'_>) {
    match texts {
        [] => {}
        [(text, extra)] if extra.get(caching::POINT).is_none() => root.str("system", text),
        texts => {
            let mut list = root.array("system");
            for (text, extra) in texts {
                let mut block = list.object();
                block.str("type", "text");
                block.str("text", text);
                caching::write(extra, &mut block);
            }
        }
    }
}

fn append(turns: &mut Vec<Turn>, user: bool, blocks: Vec<Vec<u8>>, message: &Message) {
    if blocks.is_empty() {
        return;
    }
    let bare = match message.parts.as_slice() {
        [Part::Text { text, extra }] if message.bare && extra.get(caching::POINT).is_none() => {
            Some(text.clone())
        }
        _ => None,
    };
    match turns.last_mut() {
        Some(last) if last.user == user => {
            last.blocks.extend(blocks);
            last.bare = None;
        }
        _ => turns.push(Turn { user, blocks, bare }),
    }
}

fn write_turns(turns: &[Turn], list: &mut Array<'_>) {
    for turn in turns {
        let mut to = list.object();
        to.str("role", if turn.user { "user" } else { "assistant" });
        match &turn.bare {
            Some(text) => to.str("content", text),
            None => {
                let mut all = vec![b'['];
                all.extend_from_slice(&turn.blocks.join(&b','));
                all.push(b']');
                to.raw("content", &all);
            }
        }
    }
}

fn blocks(
    origin: Dialect,
    message: &Message,
    user: bool,
    dropped: &mut Vec<String>,
) -> Result<Vec<Vec<u8>>, Untranslatable> {
    let mut blocks = Vec::new();
    for part in &message.parts {
        let mut out = Vec::new();
        let said = if user {
            user_block(origin, part, &mut out, dropped)?
        } else {
            model_block(origin, part, &mut out, dropped)
        };
        if said {
            blocks.push(out);
        }
    }
    Ok(blocks)
}
