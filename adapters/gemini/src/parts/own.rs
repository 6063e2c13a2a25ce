//! Turns that came in this dialect, written as they were.

use marshal_adapter_api::{Array, Extra, Json, Message, Object, Part, Role};

use super::media;
use crate::aside::{self, spelled};
use crate::seal;

/// What the extras of a part's data are kept under.
const DATA: [&str; 4] = [
    "functionCall.",
    "functionResponse.",
    "inlineData.",
    "fileData.",
];

/// Writes the members of a turn.
pub(crate) fn content(message: &Message, to: &mut Object<'_>) {
    let extra = &message.extra;
    if !aside::has(extra, "role", "absent") {
        to.str(
            "role",
            aside::get(extra, "role").unwrap_or(word(message.role)),
        );
    }
    match (aside::get(extra, "parts"), message.parts.as_slice()) {
        (Some("absent"), []) => {}
        (Some("one"), [one]) => {
            let mut bytes = Vec::new();
            part(one, &mut Array::new(&mut bytes));
            to.raw("parts", bytes.get(1..bytes.len() - 1).unwrap_or_default());
        }
        (_, parts) => {
            let mut list = to.array("parts");
            parts.iter().for_each(|one| part(one, &mut list));
        }
    }
    aside::write(extra, &[], to);
}

const fn word(role: Role) -> &'static str {
    match role {
        Role::Assistant => "model",
        Role::Tool => "function",
        _ => "user",
    }
}

fn part(part: &Part, list: &mut Array<'_>) {
    if let Part::Opaque { value, .. } = part {
        list.json(value);
        return;
    }
    let mut to = list.object();
    let extra = match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            to.str("text", text);
            extra
        }
        Part::Thinking { extra, .. } => {
            thought(part, &mut to);
            extra
        }
        Part::Image { source, extra, .. } | Part::Media { source, extra, .. } => {
            media::own(source, None, extra, &mut to);
            extra
        }
        Part::Document {
            source,
            title,
            extra,
        } => {
            media::own(source, title.as_deref(), extra, &mut to);
            extra
        }
        Part::ToolCall { extra, .. } => {
            call(part, &mut to);
            extra
        }
        Part::ToolResult { extra, .. } => {
            result(part, &mut to);
            extra
        }
        Part::Opaque { .. } => return,
    };
    if aside::has(extra, "thought", "false") {
        to.bool("thought", false);
    }
    aside::write(extra, &DATA, &mut to);
}

fn thought(part: &Part, to: &mut Object<'_>) {
    let Part::Thinking {
        text,
        signature,
        extra,
        ..
    } = part
    else {
        return;
    };
    if !aside::has(extra, "text", "absent") {
        to.str("text", text);
    }
    to.bool("thought", true);
    if let Some(seal) = signature {
        let signature = seal::signature(seal, text);
        to.str(spelled(extra, "thoughtSignature"), &signature);
    }
}

fn call(part: &Part, to: &mut Object<'_>) {
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
        let mut call = to.object(spelled(extra, "functionCall"));
        if !aside::has(extra, "id", "made up") {
            call.str("id", id);
        }
        call.str("name", name);
        if !extra.lacks("functionCall.args") {
            call.raw("args", arguments.as_bytes());
        }
        aside::write_below(extra, "functionCall", &[], &mut call);
    }
    to.opt_str(spelled(extra, "thoughtSignature"), signature.as_deref());
}

fn result(part: &Part, to: &mut Object<'_>) {
    let Part::ToolResult {
        call_id,
        content,
        extra,
        ..
    } = part
    else {
        return;
    };
    let mut result = to.object(spelled(extra, "functionResponse"));
    if !aside::has(extra, "id", "made up") {
        result.str("id", call_id);
    }
    result.opt_str("name", aside::get(extra, "name"));
    let (texts, shown): (Vec<&Part>, Vec<&Part>) = content
        .iter()
        .flatten()
        .partition(|part| matches!(part, Part::Text { .. }));
    answer(&texts, extra, &mut result);
    if !shown.is_empty() {
        let mut list = result.array("parts");
        shown.iter().for_each(|one| self::part(one, &mut list));
    }
    aside::write_below(extra, "functionResponse", &[], &mut result);
}

fn answer(texts: &[&Part], extra: &Extra, to: &mut Object<'_>) {
    let mut said = texts.iter().filter_map(|part| match part {
        Part::Text { text, .. } => Some(text),
        _ => None,
    });
    let Some(key) = aside::get(extra, "answer") else {
        if let Some(source) = said.next() {
            to.json("response", &Json::from_source(source.as_str()));
        }
        return;
    };
    let mut response = to.object("response");
    if let [Part::Text { text, .. }] = texts {
        response.str(key, text);
    } else {
        let mut list = response.array(key);
        said.for_each(|text| list.str(text));
    }
}
