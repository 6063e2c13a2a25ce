//! Items that came in this dialect, written as they were.

use marshal_adapter_api::{Array, Extra, Message, Object, Part, Role, index};

use super::content::{detail_image, file, sound, text_type};
use super::{BESIDE, CONTENT, SUMMARY, place};
use crate::seal;

/// Writes the turns of a request.
pub(crate) fn write_turns(turns: &[Message], list: &mut Array<'_>) {
    for turn in turns {
        match turn.role {
            Role::Assistant => model_items(&turn.parts, list),
            Role::Tool => turn.parts.iter().for_each(|part| tool_output(part, list)),
            Role::User | Role::System | Role::Developer => message(turn, list),
        }
    }
}

fn message(turn: &Message, list: &mut Array<'_>) {
    if let [Part::Opaque { value, path, .. }] = turn.parts.as_slice()
        && path == turn.extra.path()
    {
        list.json(value);
        return;
    }
    let mut to = list.object();
    usual(&mut to, &turn.extra, "type", "message");
    to.str(
        "role",
        match turn.role {
            Role::System => "system",
            Role::Developer => "developer",
            _ => "user",
        },
    );
    match turn.parts.as_slice() {
        [Part::Text { text, .. }] if turn.bare => to.str("content", text),
        [] if turn.extra.lacks("content") => {}
        parts => {
            let mut list = to.array("content");
            parts
                .iter()
                .for_each(|part| content(part, false, "", &mut list));
        }
    }
    rest(&turn.extra, "", &mut to);
}

/// Writes a member that goes without saying, unless it was absent or said otherwise.
fn usual(to: &mut Object<'_>, extra: &Extra, name: &str, word: &str) {
    if extra.get(name).is_none() {
        to.str(name, word);
    }
}

/// Writes what was kept aside: with a `prefix`, what stands under it; without, what stands under none.
fn rest(extra: &Extra, prefix: &str, to: &mut Object<'_>) {
    for (name, value) in extra.members() {
        let marks_absence =
            matches!(name, "type" | "role" | "status" | "content") && value.as_str() == "\"\"";
        match name.strip_prefix(prefix) {
            Some(inner) if !prefix.is_empty() => to.json(inner, value),
            Some(_) if !(marks_absence || name.starts_with("content[")) => to.json(name, value),
            _ => {}
        }
    }
}

/// A member that is written again only where the source had one that is plain.
fn plain(name: &str, text: &str, (extra, prefix): (&Extra, &str), to: &mut Object<'_>) {
    if !extra.lacks(&format!("{prefix}{name}")) {
        to.str(name, text);
    }
}

/// Writes a part of a message's content; `prefix` where it carries what its item kept aside.
fn content(part: &Part, model: bool, prefix: &str, list: &mut Array<'_>) {
    if let Part::Opaque { value, .. } = part {
        list.json(value);
        return;
    }
    let mut to = list.object();
    match part {
        Part::Text { text, extra } => {
            plain("type", text_type(model), (extra, prefix), &mut to);
            plain("text", text, (extra, prefix), &mut to);
            rest(extra, prefix, &mut to);
        }
        Part::Refusal { text, extra } => {
            to.str("type", "refusal");
            plain("refusal", text, (extra, prefix), &mut to);
            rest(extra, prefix, &mut to);
        }
        Part::Image {
            source,
            detail,
            extra,
        } => {
            detail_image(source, detail.as_deref(), &mut to);
            extra.write(&mut to);
        }
        Part::Document {
            source,
            title,
            extra,
        } => {
            file(source, title.as_deref(), &mut to);
            extra.write(&mut to);
        }
        Part::Media { source, extra, .. } => {
            sound(source, &mut to);
            extra.write(&mut to);
        }
        _ => {}
    }
}

fn tool_output(part: &Part, list: &mut Array<'_>) {
    let Part::ToolResult {
        call_id,
        content: said,
        bare,
        extra,
        ..
    } = part
    else {
        return;
    };
    let mut to = list.object();
    usual(&mut to, extra, "type", "function_call_output");
    to.str("call_id", call_id);
    match said.as_deref() {
        Some(_) if extra.lacks("output") => {}
        Some([Part::Text { text, .. }]) if *bare => to.str("output", text),
        Some(parts) => {
            let mut list = to.array("output");
            parts
                .iter()
                .for_each(|part| content(part, false, "", &mut list));
        }
        None => {}
    }
    rest(extra, "", &mut to);
}

/// The item that a part came from: `input[3]` of `input[3].content[1]`.
fn item_of(path: &str) -> &str {
    path.find(']').map_or(path, |at| &path[..=at])
}

/// Writes the items that the parts of the model came from.
pub(crate) fn model_items(parts: &[Part], list: &mut Array<'_>) {
    let mut left = parts;
    while let Some(first) = left.first() {
        let item = item_of(first.path());
        // A message's unknown parts belong to it; an unknown item stands alone.
        let alone = |first: &Part, part: &Part| first.path() == item && part.path() == item;
        let more = left[1..]
            .iter()
            .take_while(|part| item_of(part.path()) == item && !alone(first, part))
            .count();
        let (mine, others) = left.split_at(1 + more);
        left = others;
        let carries = |part: &&Part| matches!(part, Part::Text { .. } | Part::Refusal { .. });
        match mine.iter().find(carries).unwrap_or(first) {
            Part::Opaque { value, .. } => list.json(value),
            Part::Text { extra, .. } | Part::Refusal { extra, .. } => {
                said(mine, extra, &mut list.object());
            }
            Part::Thinking { word, .. } if *word == Some(BESIDE) => {}
            Part::Thinking { extra, .. } => thoughts(mine, extra, &mut list.object()),
            Part::ToolCall { .. } => call(first, list),
            _ => {}
        }
    }
}

fn said(parts: &[Part], whole: &Extra, to: &mut Object<'_>) {
    usual(to, whole, "type", "message");
    usual(to, whole, "role", "assistant");
    usual(to, whole, "status", "completed");
    match parts {
        [Part::Text { text, .. }] if whole.get("content").is_some() => to.str("content", text),
        parts => {
            let mut list = to.array("content");
            for (at, part) in parts.iter().enumerate() {
                let carries = part.path() == whole.path();
                let prefix = if carries { place(at) } else { String::new() };
                content(part, true, &prefix, &mut list);
            }
        }
    }
    rest(whole, "", to);
}

fn thoughts(parts: &[Part], whole: &Extra, to: &mut Object<'_>) {
    to.str("type", "reasoning");
    usual(to, whole, "status", "completed");
    for (word, kind) in [(SUMMARY, "summary_text"), (CONTENT, "reasoning_text")] {
        let of_word = |part: &&Part| matches!(part, Part::Thinking { word: Some(stands), .. } if *stands == word);
        let aside = whole.get(word).is_some();
        if aside || !parts.iter().any(|part| of_word(&part)) {
            continue;
        }
        let mut list = to.array(word);
        for part in parts.iter().filter(of_word) {
            if let Part::Thinking { text, .. } = part {
                let mut entry = list.object();
                entry.str("type", kind);
                entry.str("text", text);
            }
        }
    }
    if let Some(Part::Thinking {
        signature: Some(seal),
        ..
    }) = parts.last()
    {
        to.str("encrypted_content", &seal::to_wire(seal));
    }
    rest(whole, "", to);
}

fn call(part: &Part, list: &mut Array<'_>) {
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
    {
        let mut to = list.object();
        let custom = extra.get("type").is_some();
        usual(&mut to, extra, "type", "function_call");
        plain("call_id", id, (extra, ""), &mut to);
        to.str("name", name);
        usual(&mut to, extra, "status", "completed");
        if custom {
            let input = input_of(arguments).unwrap_or_default();
            plain("input", &input, (extra, ""), &mut to);
        } else {
            plain("arguments", arguments, (extra, ""), &mut to);
        }
        rest(extra, "", &mut to);
    }
    if let Some(seal) = signature {
        call_seal(&format!("rs_{id}"), id, seal, list);
    }
}

/// The text of a call that takes one.
fn input_of(arguments: &str) -> Option<String> {
    let index = index(arguments.as_bytes()).ok()?;
    let doc = index.doc(arguments.as_bytes());
    crate::words::text(doc, doc.root(), "input")
}

/// Writes an item that keeps the seal of a call: thoughts without a word, which clients send back.
pub(crate) fn call_seal(item_id: &str, call_id: &str, seal: &str, list: &mut Array<'_>) {
    let mut to = list.object();
    to.str("type", "reasoning");
    to.str("id", item_id);
    drop(to.array("summary"));
    to.str("encrypted_content", &seal::call_to_wire(call_id, seal));
}
