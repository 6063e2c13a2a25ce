//! What the demo says.

use serde_json::{Value, json};

use crate::ask::{Ask, Content, Format, chars};
use crate::{MAX_OUTPUT, tokens};

/// The first words of every text.
const INTRODUCTION: &str = "This is Marshal's built-in demo provider, not a language model.";

pub(crate) enum Reply {
    Text { text: String, end: End },
    Call { name: String, arguments: Value },
}

/// Why a text ends where it does.
pub(crate) enum End {
    Said,
    Limit,
    Stop(String),
}

impl Reply {
    pub(crate) fn to(ask: &Ask) -> Self {
        let most = ask.max_output.unwrap_or(MAX_OUTPUT).min(MAX_OUTPUT);
        if let Some(tool) = ask.tool() {
            let call = Self::Call {
                name: tool.name.clone(),
                arguments: ask.fill(&tool.schema),
            };
            // A call cut short is no call: without room for it there is text up to the limit.
            if call.tokens() <= most {
                return call;
            }
        }
        let mut text = text(ask);
        let mut end = End::Said;
        let first = ask
            .stop
            .iter()
            .filter_map(|stop| Some((text.find(stop.as_str())?, stop)));
        if let Some((at, stop)) = first.min_by_key(|(at, _)| *at) {
            end = End::Stop(stop.clone());
            text.truncate(at);
        }
        let room = usize::try_from(most.saturating_mul(4)).unwrap_or(usize::MAX);
        if let Some((at, _)) = text.char_indices().nth(room) {
            end = End::Limit;
            text.truncate(at);
        }
        Self::Text { text, end }
    }

    pub(crate) fn tokens(&self) -> u64 {
        tokens(match self {
            Self::Text { text, .. } => chars(text),
            Self::Call { name, arguments } => chars(name) + chars(&arguments.to_string()),
        })
    }
}

fn text(ask: &Ask) -> String {
    match &ask.format {
        Format::Schema(schema) => ask.fill(schema).to_string(),
        Format::JsonObject => json!({
            "note": INTRODUCTION,
            "you_said": ask.user.text,
        })
        .to_string(),
        Format::Text => {
            let (verb, said) = ask
                .tool_result
                .as_ref()
                .map_or(("You said", &ask.user), |result| {
                    ("The tool answered", result)
                });
            format!("{INTRODUCTION} {}", repeated(verb, said))
        }
    }
}

fn repeated(verb: &str, said: &Content) -> String {
    let words = match said.text.trim() {
        "" => format!("{verb} nothing in words."),
        words => format!("{verb}: {words}"),
    };
    match said.attachments() {
        Some(attachments) => format!("With it came {attachments}. {words}"),
        None => words,
    }
}

/// A text in the pieces in which it is streamed: four characters each, so one token an event.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(4).map_or(rest.len(), |(at, _)| at);
        let (piece, following) = rest.split_at(end);
        rest = following;
        (!piece.is_empty()).then_some(piece)
    })
}
