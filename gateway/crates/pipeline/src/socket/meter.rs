//! What a session has used so far: what the provider states, and an estimate of an answer that broke off.

use marshal_adapter_api::AnswerMeta;
use marshal_types::{Tokens, Usage};
use marshal_wire::json::{Doc, NodeId};

use crate::limit::estimate_tokens;

/// So many characters of encoded sound are counted as one character of text: at 24 kHz a token lasts 50 ms.
const SOUND: usize = 800;

/// Counts along a session.
#[derive(Debug, Default)]
pub(super) struct Meter {
    meta: AnswerMeta,
    total: Usage,
    /// An answer is being made.
    open: bool,
    /// Characters of it.
    said: u64,
    /// Bytes that the provider was told since it last stated what was used.
    told: usize,
}

impl Meter {
    /// Takes note of what goes to the provider.
    pub(super) fn told(&mut self, bytes: usize) {
        self.told += bytes;
    }

    /// Takes note of a provider's event. True if it states what was used.
    pub(super) fn observe(&mut self, kind: &str, doc: Doc<'_>) -> bool {
        match kind {
            "session.created" => {
                let text = |way: &[&str]| doc.str(at(doc, way)?).map(|text| text.into_owned());
                self.meta.id = text(&["session", "id"]);
                self.meta.model = text(&["session", "model"]);
            }
            "response.created" => self.open = true,
            "response.done" => {
                (self.open, self.said, self.told) = (false, 0, 0);
                if let Some(word) = at(doc, &["response", "status"]).and_then(|word| doc.str(word))
                {
                    self.finished(&word);
                }
                return self.used(doc, &["response", "usage"]);
            }
            // What was heard is written down by another model, which is paid for beside the answer.
            "conversation.item.input_audio_transcription.completed" => {
                return self.used(doc, &["usage"]);
            }
            _ if kind.ends_with(".delta") => self.delta(kind, doc),
            _ => {}
        }
        false
    }

    /// An ending that is worth knowing, once.
    pub(super) fn finished(&mut self, word: &str) {
        if !self.meta.finish_reasons.iter().any(|known| known == word) {
            self.meta
                .finish_reasons
                .push(word.chars().take(64).collect());
        }
    }

    /// Whether an answer is being made.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// What was used, with an estimate of what was not stated any more.
    pub(super) fn meta(&self) -> AnswerMeta {
        let mut usage = self.total;
        if self.open {
            usage.input = Tokens(usage.input.0.saturating_add(estimate_tokens(self.told)));
            usage.output = Tokens(usage.output.0.saturating_add(self.said.div_ceil(4)));
            usage.estimated = true;
        }
        AnswerMeta {
            usage: Some(usage),
            finished: !self.open,
            ..self.meta.clone()
        }
    }

    fn delta(&mut self, kind: &str, doc: Doc<'_>) {
        let length = doc
            .get(doc.root(), "delta")
            .map_or(0, |delta| doc.raw(delta).len());
        let sound = kind.ends_with("audio.delta");
        self.said += if sound { length / SOUND } else { length } as u64;
    }

    fn used(&mut self, doc: Doc<'_>, way: &[&str]) -> bool {
        let Some(usage) = at(doc, way) else {
            return false;
        };
        let number = |way: &[&str]| {
            from(doc, usage, way)
                .and_then(|node| doc.u64(node))
                .unwrap_or(0)
        };
        let input = number(&["input_tokens"]);
        let cached = number(&["input_token_details", "cached_tokens"])
            .max(number(&["input_tokens_details", "cached_tokens"]))
            .min(input);
        let total = &mut self.total;
        for (sum, more) in [
            (&mut total.input, input),
            (&mut total.output, number(&["output_tokens"])),
            (&mut total.cache_read, cached),
            (
                &mut total.reasoning,
                number(&["output_token_details", "reasoning_tokens"]),
            ),
        ] {
            *sum = Tokens(sum.0.saturating_add(more));
        }
        let sound = ["input_token_details", "output_token_details"]
            .iter()
            .any(|details| number(&[details, "audio_tokens"]) > 0);
        if sound {
            // That there was sound is enough for its dearer tokens.
            self.meta.units.audio_ms = 1;
        }
        true
    }
}

fn at(doc: Doc<'_>, way: &[&str]) -> Option<NodeId> {
    from(doc, doc.root(), way)
}

fn from(doc: Doc<'_>, node: NodeId, way: &[&str]) -> Option<NodeId> {
    way.iter().try_fold(node, |node, name| doc.get(node, name))
}

#[cfg(test)]
mod tests {
    use marshal_wire::json::{Index, Limits};

    use super::*;

    fn see(meter: &mut Meter, event: &str) -> bool {
        let index = Index::parse(event.as_bytes(), &Limits::default()).unwrap();
        let doc = index.doc(event.as_bytes());
        let kind = doc.str(doc.get(doc.root(), "type").unwrap()).unwrap();
        meter.observe(&kind, doc)
    }

    #[test]
    fn the_answers_of_a_session_are_summed() {
        let mut meter = Meter::default();
        assert!(!see(&mut meter, r#"{"type":"response.created"}"#));
        for _ in 0..2 {
            assert!(see(
                &mut meter,
                r#"{"type":"response.done","response":{"status":"completed","usage":{"input_tokens":10,"output_tokens":5,"input_token_details":{"cached_tokens":4,"audio_tokens":2}}}}"#
            ));
        }
        let meta = meter.meta();
        let usage = meta.usage.unwrap();
        assert_eq!(
            (
                usage.input.0,
                usage.output.0,
                usage.cache_read.0,
                usage.estimated
            ),
            (20, 10, 8, false)
        );
        assert_eq!(
            (meta.finish_reasons.as_slice(), meta.units.audio_ms),
            (&["completed".to_owned()][..], 1)
        );
    }

    #[test]
    fn an_answer_that_broke_off_is_estimated_and_marked() {
        let mut meter = Meter::default();
        assert_eq!(meter.meta().usage, Some(Usage::default()));
        meter.told(400);
        see(&mut meter, r#"{"type":"response.created"}"#);
        see(
            &mut meter,
            r#"{"type":"response.output_text.delta","delta":"0123456789"}"#,
        );
        let usage = meter.meta().usage.unwrap();
        assert_eq!(
            (usage.input.0, usage.output.0, usage.estimated),
            (100, 3, true)
        );
    }
}
