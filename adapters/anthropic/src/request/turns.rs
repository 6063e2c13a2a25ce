//! The turns of a request of another dialect, written in this one.
//!
//! Turns of one speaker that follow each other become one, for users and models alternate here. System
//! messages go to the top; one that stood between turns is reported, for its place is lost.

use marshal_adapter_api::{
    Array, Extra, MediaSource, Message, Object, Part, Role, Untranslatable, index,
};
use marshal_wire::json::Kind;

use super::own;

/// The blocks of one turn.
#[derive(Default)]
struct Turn {
    user: bool,
    blocks: Vec<Vec<u8>>,
    bare: Option<String>,
}

/// Writes `system` and `messages`.
pub(super) fn write(
    messages: &[Message],
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut system: Vec<&str> = Vec::new();
    let mut turns: Vec<Turn> = Vec::new();
    for message in messages {
        // Sealed thoughts say what an unsealed copy beside them says.
        let understood: &[&str] = if has_sealed_thoughts(message) {
            &["function_call", "reasoning_content", "reasoning"]
        } else {
            &["function_call"]
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
                let blocks = blocks(message, user, dropped)?;
                append(&mut turns, user, blocks, message);
            }
        }
    }
    if turns.is_empty() {
        return Err(Untranslatable {
            message: "`messages` holds no turn of a user, which an Anthropic model needs: add one."
                .to_owned(),
            param: Some("messages".to_owned()),
        });
    }
    write_system(&system, root);
    write_turns(&turns, &mut root.array("messages"));
    Ok(())
}

/// True where the model's thoughts are at hand with the provider's seal.
pub(super) fn has_sealed_thoughts(message: &Message) -> bool {
    message.parts.iter().any(
        |part| matches!(part, Part::Thinking { signature: Some(seal), .. } if !seal.is_empty()),
    )
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

fn instructions<'a>(message: &'a Message, system: &mut Vec<&'a str>, dropped: &mut Vec<String>) {
    for part in &message.parts {
        match part {
            Part::Text { text, extra } => {
                extra.report(dropped);
                if !text.is_empty() {
                    system.push(text);
                }
            }
            part => dropped.push(part.path().to_owned()),
        }
    }
}

fn write_system(texts: &[&str], root: &mut Object<'_>) {
    match texts {
        [] => {}
        [text] => root.str("system", text),
        texts => {
            let mut list = root.array("system");
            for text in texts {
                let mut block = list.object();
                block.str("type", "text");
                block.str("text", text);
            }
        }
    }
}

fn append(turns: &mut Vec<Turn>, user: bool, blocks: Vec<Vec<u8>>, message: &Message) {
    if blocks.is_empty() {
        return;
    }
    let bare = match message.parts.as_slice() {
        [Part::Text { text, .. }] if message.bare => Some(text.clone()),
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
    message: &Message,
    user: bool,
    dropped: &mut Vec<String>,
) -> Result<Vec<Vec<u8>>, Untranslatable> {
    let mut blocks = Vec::new();
    for part in &message.parts {
        let mut out = Vec::new();
        let said = if user {
            user_block(part, &mut out, dropped)?
        } else {
            model_block(part, &mut out, dropped)
        };
        if said {
            blocks.push(out);
        }
    }
    Ok(blocks)
}

fn text_block(text: &str, extra: &Extra, out: &mut Vec<u8>, dropped: &mut Vec<String>) -> bool {
    extra.report(dropped);
    if text.is_empty() {
        return false; // an empty block is refused here and says nothing
    }
    let mut to = Object::new(out);
    to.str("type", "text");
    to.str("text", text);
    true
}

/// What a user or a tool says. What they showed is never left out.
fn user_block(
    part: &Part,
    out: &mut Vec<u8>,
    dropped: &mut Vec<String>,
) -> Result<bool, Untranslatable> {
    match part {
        Part::Text { text, extra } => Ok(text_block(text, extra, out, dropped)),
        Part::Image {
            source: source @ (MediaSource::Url(_) | MediaSource::Base64 { .. }),
            detail,
            extra,
        } => {
            extra.report(dropped);
            if detail.as_deref().is_some_and(|detail| detail != "auto") {
                dropped.push(extra.path_of("image_url.detail"));
            }
            let mut to = Object::new(out);
            to.str("type", "image");
            own::source(source, &mut to);
            Ok(true)
        }
        Part::Document {
            source: source @ MediaSource::Base64 { media_type, .. },
            title,
            extra,
        } if media_type == "application/pdf" => {
            extra.report(dropped);
            let mut to = Object::new(out);
            to.str("type", "document");
            own::source(source, &mut to);
            to.opt_str("title", title.as_deref());
            Ok(true)
        }
        Part::ToolResult {
            call_id,
            content,
            is_error,
            extra,
            ..
        } => {
            extra.report(dropped);
            let mut inner = Vec::new();
            for part in content.iter().flatten() {
                let mut block = Vec::new();
                if user_block(part, &mut block, dropped)? {
                    inner.push(block);
                }
            }
            let mut to = Object::new(out);
            to.str("type", "tool_result");
            to.str("tool_use_id", call_id);
            match content.as_deref() {
                Some([Part::Text { text, .. }]) => to.str("content", text),
                _ => {
                    let mut all = vec![b'['];
                    all.extend_from_slice(&inner.join(&b','));
                    all.push(b']');
                    to.raw("content", &all);
                }
            }
            if let Some(is_error) = is_error {
                to.bool("is_error", *is_error);
            }
            Ok(true)
        }
        part => {
            let path = part.path().to_owned();
            Err(Untranslatable {
                message: format!(
                    "`{path}` cannot be shown to an Anthropic model: send text, pictures by address or base64, and PDF documents as base64."
                ),
                param: Some(path),
            })
        }
    }
}

/// What the model said before.
fn model_block(part: &Part, out: &mut Vec<u8>, dropped: &mut Vec<String>) -> bool {
    match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            text_block(text, extra, out, dropped)
        }
        Part::ToolCall { .. } => {
            tool_use(part, &mut Object::new(out), dropped);
            true
        }
        Part::Thinking {
            text,
            signature: Some(seal),
            ..
        } if !seal.is_empty() => {
            let mut to = Object::new(out);
            to.str("type", "thinking");
            to.str("thinking", text);
            to.str("signature", seal);
            true
        }
        // Thoughts without their seal are refused here.
        Part::Thinking { word, extra, .. } => {
            dropped.push(extra.path_of(word.unwrap_or("reasoning_content")));
            false
        }
        part => {
            dropped.push(part.path().to_owned());
            false
        }
    }
}

/// Writes a call of a tool. Arguments that are not a JSON object stand, as text, under `arguments`.
pub(crate) fn tool_use(part: &Part, to: &mut Object<'_>, dropped: &mut Vec<String>) {
    let Part::ToolCall {
        id,
        name,
        arguments,
        signature,
        extra,
    } = part
    else {
        return;
    };
    extra.report_except(&["type", "index"], dropped);
    if signature.is_some() {
        dropped.push(extra.path_of("signature"));
    }
    to.str("type", "tool_use");
    to.str("id", id);
    to.str("name", name);
    let source = arguments.trim();
    if source.is_empty() {
        to.raw("input", b"{}");
        return;
    }
    let is_object = index(source.as_bytes()).is_ok_and(|index| {
        let doc = index.doc(source.as_bytes());
        doc.kind(doc.root()) == Kind::Object
    });
    if is_object {
        to.raw("input", source.as_bytes());
    } else {
        to.object("input").str("arguments", arguments);
    }
}
