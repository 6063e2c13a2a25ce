//! The turns of a request of another dialect, written in this one.
//!
//! Turns of one speaker that follow each other become one, for users and models alternate here. System
//! messages go to the top; one that stood between turns is reported, for its place is lost.

use std::borrow::Cow;

use marshal_adapter_api::{
    Array, ChatRequest, Extra, MediaSource, Message, Object, Part, Role, Untranslatable, index,
};
use marshal_types::Dialect;
use marshal_wire::json::Kind;

use super::{caching, own};
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
fn seal_of(origin: Dialect, part: &Part) -> Option<&str> {
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

fn text_block(text: &str, extra: &Extra, out: &mut Vec<u8>, dropped: &mut Vec<String>) -> bool {
    extra.report_except(&[caching::POINT], dropped);
    if text.is_empty() {
        return false; // an empty block is refused here and says nothing
    }
    let mut to = Object::new(out);
    to.str("type", "text");
    to.str("text", text);
    caching::write(extra, &mut to);
    true
}

/// What a user or a tool says. What they showed is never left out.
fn user_block(
    origin: Dialect,
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
            extra.report_except(&[caching::POINT], dropped);
            if detail.as_deref().is_some_and(|detail| detail != "auto") {
                let word = match origin {
                    Dialect::OpenAi => "image_url.detail",
                    _ => "detail",
                };
                dropped.push(extra.path_of(word));
            }
            let mut to = Object::new(out);
            to.str("type", "image");
            own::source(source, &mut to);
            caching::write(extra, &mut to);
            Ok(true)
        }
        Part::Document {
            source,
            title,
            extra,
        } if is_shown(source) => {
            extra.report_except(&[caching::POINT], dropped);
            let mut to = Object::new(out);
            to.str("type", "document");
            own::source(&as_plain(source), &mut to);
            to.opt_str("title", title.as_deref());
            caching::write(extra, &mut to);
            Ok(true)
        }
        Part::ToolResult {
            call_id,
            content,
            is_error,
            extra,
            ..
        } => {
            extra.report_except(&[caching::POINT], dropped);
            let mut inner = Vec::new();
            for part in content.iter().flatten() {
                let mut block = Vec::new();
                if user_block(origin, part, &mut block, dropped)? {
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
            caching::write(extra, &mut to);
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

/// Documents that this dialect can show.
fn is_shown(source: &MediaSource) -> bool {
    match source {
        MediaSource::Base64 { media_type, .. } => media_type == "application/pdf",
        MediaSource::Text { .. } => true,
        MediaSource::Url(url) => url.starts_with("https://") || url.starts_with("http://"),
        _ => false,
    }
}

/// Any text is plain text here.
fn as_plain(source: &MediaSource) -> Cow<'_, MediaSource> {
    match source {
        MediaSource::Text { media_type, data } if media_type != "text/plain" => {
            Cow::Owned(MediaSource::Text {
                media_type: "text/plain".to_owned(),
                data: data.clone(),
            })
        }
        source => Cow::Borrowed(source),
    }
}

/// What the model said before.
fn model_block(origin: Dialect, part: &Part, out: &mut Vec<u8>, dropped: &mut Vec<String>) -> bool {
    match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            text_block(text, extra, out, dropped)
        }
        Part::ToolCall { extra, .. } => {
            let mut to = Object::new(out);
            tool_use(part, &mut to, dropped);
            caching::write(extra, &mut to);
            true
        }
        Part::Thinking {
            text,
            signature: Some(seal),
            extra,
            ..
        } if seal_of(origin, part).is_some() => {
            extra.report_except(&["index", "type", "id"], dropped);
            let mut to = Object::new(out);
            to.str("type", "thinking");
            to.str("thinking", text);
            to.str("signature", seal);
            true
        }
        // Thoughts without their seal are refused here.
        Part::Thinking { extra, .. } => {
            dropped.push(extra.path().to_owned());
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
    extra.report_except(&["type", "index", caching::POINT], dropped);
    if signature.is_some() {
        dropped.push(extra.path_of("signature"));
    }
    to.str("type", "tool_use");
    to.str("id", id);
    to.str("name", name);
    let source = arguments.trim();
    if matches!(source, "" | "null") {
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
