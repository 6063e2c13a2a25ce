//! Whole answers: read into the canonical form, written from it, and looked at in place.

mod decode;
mod encode;
pub(crate) mod foreign;

use marshal_adapter_api::AnswerMeta;
use marshal_wire::json::{Doc, NodeId};

use crate::words::{finish_word, text};
use crate::{texts, usage};

pub(crate) use decode::{beside, decode};
pub(crate) use encode::encode;

/// What an answer says about itself: a whole one, or the one inside of an event.
pub(crate) fn meta(doc: Doc<'_>, answer: NodeId) -> AnswerMeta {
    let finish_reasons: Vec<String> = finish_word(doc, answer).into_iter().collect();
    let mut found = Vec::new();
    texts::answer(doc, answer, 0, &mut found);
    AnswerMeta {
        id: text(doc, answer, "id"),
        model: text(doc, answer, "model"),
        finished: !finish_reasons.is_empty(),
        finish_reasons,
        usage: usage::of_answer(doc, answer).map(|usage| usage.tokens),
        units: usage::units(doc, answer),
        output_chars: found
            .iter()
            .map(|text| doc.span(text.node).len().saturating_sub(2) as u64)
            .sum(),
    }
}
