//! An answer of this dialect, read.

use marshal_adapter_api::{
    ChatResponse, Choice, Extra, Fields, Malformed, Message, Part, Role, index,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, NodeId};

use crate::items::{self, BESIDE, Side};
use crate::usage;
use crate::words::{finish_of, finish_word};

/// Reads an answer. One that failed has no finish that says more; its `error` stays aside.
pub(crate) fn decode(body: &[u8]) -> Result<ChatResponse, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    // An answer may say that it has none; what has no word for them is no answer.
    let list = fields.array("output")?;
    if list.is_none() && doc.get(doc.root(), "output").is_none() {
        return Err(fields.missing("output", "an array of items"));
    }
    let mut parts = Vec::new();
    if let Some(thoughts) = beside(doc, doc.root()) {
        fields.take(BESIDE);
        parts.push(thoughts);
    }
    for node in list.into_iter().flat_map(|list| doc.children(list)) {
        items::item(doc, node, Side::Answer, &mut parts)?;
    }
    let calls = parts
        .iter()
        .any(|part| matches!(part, Part::ToolCall { .. }));
    let finish = finish_word(doc, doc.root()).map(|word| {
        fields.take("status");
        if let Some(details) = fields.peek("incomplete_details")
            && doc.len(details) == 1
            && crate::words::is(doc, details, "reason", &word)
        {
            fields.take("incomplete_details");
        }
        finish_of(word, calls)
    });
    let usage = usage::of_answer(doc, doc.root());
    if usage.is_some() {
        fields.take("usage");
    }
    Ok(ChatResponse {
        origin: Dialect::Responses,
        id: fields.str_if("id"),
        model: fields.str_if("model"),
        created: fields.u64_if("created_at"),
        choices: vec![Choice {
            index: 0,
            message: Message {
                role: Role::Assistant,
                parts,
                bare: false,
                extra: Extra::default(),
            },
            finish,
            extra: Extra::default(),
        }],
        usage,
        extra: fields.rest(),
    })
}

/// Thoughts that an answer says beside its items, where others say what was asked for.
pub(crate) fn beside(doc: Doc<'_>, answer: NodeId) -> Option<Part> {
    let node = doc.get(answer, BESIDE)?;
    let text = doc.str(node).filter(|text| !text.is_empty())?;
    Some(Part::Thinking {
        text: text.into_owned(),
        signature: None,
        word: Some(BESIDE),
        extra: Extra::at(doc.path(node)),
    })
}
