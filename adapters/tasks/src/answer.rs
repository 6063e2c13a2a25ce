//! What an answer says beside its usage: id, model, finish words.

use marshal_adapter_api::AnswerMeta;
use marshal_wire::json::{Doc, NodeId};

use crate::look::{at, items, text};

/// The names under which answers, and their alternatives, say why they ended.
const FINISHES: [&str; 6] = [
    "finish_reason",
    "finishReason",
    "stop_reason",
    "stopReason",
    "completionReason",
    "done_reason",
];

/// Where alternatives stand.
const CHOICES: [&str; 6] = [
    "choices",
    "generations",
    "results",
    "outputs",
    "completions",
    "candidates",
];

/// Notes what the answer, or an event of a stream, says of itself; what is known already stays.
pub(crate) fn note(doc: Doc<'_>, meta: &mut AnswerMeta) {
    let root = doc.root();
    if meta.id.is_none() {
        meta.id = ["id", "responseId", "generation_id"]
            .iter()
            .find_map(|name| text(doc, root, &[name]));
    }
    if meta.model.is_none() {
        meta.model = ["model", "modelVersion", "model_version"]
            .iter()
            .find_map(|name| text(doc, root, &[name]));
    }
    finish(doc, root, meta);
    for name in CHOICES {
        for choice in items(doc, root, &[name]) {
            finish(doc, choice, meta);
        }
    }
    for way in [["messageStop"], ["delta"], ["message"]] {
        if let Some(node) = at(doc, root, &way) {
            finish(doc, node, meta);
        }
    }
    if let Some(response) = at(doc, root, &["response"]) {
        if meta.id.is_none() {
            meta.id = text(doc, response, &["id"]);
        }
        if meta.model.is_none() {
            meta.model = text(doc, response, &["model"]);
        }
    }
}

/// Notes why one alternative ended.
pub(crate) fn note_one(doc: Doc<'_>, node: NodeId, meta: &mut AnswerMeta) {
    finish(doc, node, meta);
}

fn finish(doc: Doc<'_>, node: NodeId, meta: &mut AnswerMeta) {
    if let Some(word) = FINISHES.iter().find_map(|name| text(doc, node, &[name])) {
        meta.finish_reasons.push(word);
        meta.finished = true;
    }
}
