//! A whole answer, read.

use marshal_adapter_api::{
    ChatResponse, Choice, Extra, Json, Malformed, Message, Part, Role, index,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::look::block;
use crate::aside;
use crate::ids::Calls;
use crate::parts::{self, Content};
use crate::reader::{Reader, items};
use crate::words::{blocked, finish_of, finish_word};
use crate::{time, usage};

/// Reads an answer.
pub(crate) fn decode(body: &[u8]) -> Result<ChatResponse, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut reader = Reader::new(doc, doc.root())?;
    let usage = usage::of_answer(doc, doc.root());
    if usage.is_some() {
        reader.take("usageMetadata");
    }
    let id = reader.text("responseId");
    let model = reader.text("modelVersion");
    let created = reader.text("createTime");
    let mut calls = match &id {
        Some(id) => Calls::of_answer(&[id.as_bytes()]),
        None => Calls::of_answer(&[body]),
    };
    let list = reader.list("candidates")?;
    let mut choices = (0..)
        .zip(list.into_iter().flat_map(|list| items(doc, list)))
        .map(|(at, node)| choice(doc, node, at, &mut calls))
        .collect::<Result<Vec<_>, _>>()?;
    if choices.is_empty() {
        choices.extend(refused(doc));
        let answers = !choices.is_empty() || list.is_some() || usage.is_some() || model.is_some();
        if !answers {
            return Err(reader.missing("candidates", "an array of answers"));
        }
    }
    let mut extra = reader.rest();
    if list.is_none() {
        aside::keep(&mut extra, "candidates.is", "absent");
    }
    if let Some(created) = &created {
        aside::keep(&mut extra, "created", created);
    }
    Ok(ChatResponse {
        origin: Dialect::Gemini,
        id,
        model,
        created: created.as_deref().and_then(time::seconds),
        choices,
        usage,
        extra,
    })
}

fn choice(doc: Doc<'_>, node: NodeId, at: u32, calls: &mut Calls) -> Result<Choice, Malformed> {
    let mut reader = Reader::new(doc, node)?;
    let index = reader.take_if("index", |doc, node| {
        u32::try_from(crate::reader::whole(doc, node)?).ok()
    });
    let number = reader
        .peek("finishReason")
        .filter(|&node| doc.kind(node) == Kind::Number)
        .map(|node| Json::of(doc, node));
    let word = reader.take_if("finishReason", finish_word);
    let message = match reader.take("content") {
        Some(node) => message(doc, node, calls)?,
        None => Message {
            role: Role::Assistant,
            parts: Vec::new(),
            bare: false,
            extra: Extra::default(),
        },
    };
    let has_content = reader.peek("content").is_some();
    let calls_tool = message
        .parts
        .iter()
        .any(|part| matches!(part, Part::ToolCall { .. }));
    let mut extra = reader.rest();
    if index.is_none() {
        aside::keep(&mut extra, "index", "absent");
    }
    if !has_content {
        aside::keep(&mut extra, "content", "absent");
    }
    if let Some(number) = number.filter(|_| word.is_some()) {
        aside::keep(&mut extra, "number", number.as_str());
    }
    Ok(Choice {
        index: index.unwrap_or(at),
        message,
        finish: word.map(|word| finish_of(word, calls_tool)),
        extra,
    })
}

fn message(doc: Doc<'_>, node: NodeId, calls: &mut Calls) -> Result<Message, Malformed> {
    let Content {
        role,
        parts,
        mut extra,
    } = parts::content(doc, node, calls)?;
    match role.as_deref() {
        Some("model") => {}
        role => aside::keep(&mut extra, "role", role.unwrap_or("absent")),
    }
    Ok(Message {
        role: Role::Assistant,
        parts,
        bare: false,
        extra,
    })
}

fn refused(doc: Doc<'_>) -> Option<Choice> {
    let (word, sentence) = block(doc)?;
    let parts = sentence.map(|text| Part::Refusal {
        text,
        extra: Extra::at("promptFeedback"),
    });
    Some(Choice {
        index: 0,
        message: Message {
            role: Role::Assistant,
            parts: parts.into_iter().collect(),
            bare: false,
            extra: Extra::default(),
        },
        finish: Some(blocked(word)),
        extra: Extra::default(),
    })
}
