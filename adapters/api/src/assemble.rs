//! A streamed answer put together again.

use std::collections::BTreeMap;

use marshal_types::Dialect;

use crate::adapter::ProviderError;
use crate::chat::{ChatResponse, Choice, Finish, Message, Part, ReportedUsage, Role};
use crate::event::{ChatEvent, Delta};
use crate::extra::Extra;

/// Collects canonical events into the answer that they make.
#[derive(Debug, Default)]
pub struct Assembler {
    id: Option<String>,
    model: Option<String>,
    created: Option<u64>,
    parts: BTreeMap<(u32, u32), Part>,
    finishes: BTreeMap<u32, Finish>,
    usage: Option<ReportedUsage>,
    error: Option<ProviderError>,
    ended: bool,
}

impl Assembler {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one event.
    pub fn push(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Start { id, model, created } => {
                self.id.clone_from(id);
                self.model.clone_from(model);
                self.created = *created;
            }
            ChatEvent::Delta {
                choice,
                part,
                delta,
            } => self.delta((*choice, *part), delta),
            ChatEvent::PartEnd { .. } => {}
            ChatEvent::Finish { choice, finish } => {
                self.finishes.insert(*choice, finish.clone());
            }
            ChatEvent::Usage(usage) => self.usage = Some(usage.clone()),
            ChatEvent::Error(error) => self.error = Some(error.clone()),
            ChatEvent::End => self.ended = true,
        }
    }

    fn delta(&mut self, at: (u32, u32), delta: &Delta) {
        let part = self.parts.entry(at).or_insert_with(|| empty_part(delta));
        match (part, delta) {
            (Part::Text { text, .. }, Delta::Text(more))
            | (Part::Refusal { text, .. }, Delta::Refusal(more))
            | (Part::Thinking { text, .. }, Delta::Thinking(more)) => text.push_str(more),
            (
                Part::Thinking { signature, .. } | Part::ToolCall { signature, .. },
                Delta::Signature(more),
            ) => {
                signature.get_or_insert_default().push_str(more);
            }
            (Part::ToolCall { arguments, .. }, Delta::Arguments(more)) => arguments.push_str(more),
            _ => {}
        }
    }

    /// The failure that cut the stream, if one did.
    #[must_use]
    pub const fn error(&self) -> Option<&ProviderError> {
        self.error.as_ref()
    }

    /// True once the terminal marker came.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// The answer so far.
    #[must_use]
    pub fn finish(self, origin: Dialect) -> ChatResponse {
        let mut choices: BTreeMap<u32, Vec<Part>> = BTreeMap::new();
        for &choice in self.finishes.keys() {
            choices.entry(choice).or_default();
        }
        for ((choice, _), part) in self.parts {
            choices.entry(choice).or_default().push(part);
        }
        let mut finishes = self.finishes;
        ChatResponse {
            origin,
            id: self.id,
            model: self.model,
            created: self.created,
            choices: choices
                .into_iter()
                .map(|(index, parts)| Choice {
                    index,
                    message: Message {
                        role: Role::Assistant,
                        parts,
                        bare: false,
                        extra: Extra::default(),
                    },
                    finish: finishes.remove(&index),
                    extra: Extra::default(),
                })
                .collect(),
            usage: self.usage,
            extra: Extra::default(),
        }
    }
}

fn empty_part(delta: &Delta) -> Part {
    let extra = Extra::default();
    match delta {
        Delta::Text(_) => Part::Text {
            text: String::new(),
            extra,
        },
        Delta::Refusal(_) => Part::Refusal {
            text: String::new(),
            extra,
        },
        Delta::Thinking(_) | Delta::Signature(_) => Part::Thinking {
            text: String::new(),
            signature: None,
            word: None,
            extra,
        },
        Delta::ToolStart { id, name } => Part::ToolCall {
            id: id.clone(),
            name: name.clone(),
            arguments: String::new(),
            signature: None,
            extra,
        },
        Delta::Arguments(_) => Part::ToolCall {
            id: String::new(),
            name: String::new(),
            arguments: String::new(),
            signature: None,
            extra,
        },
        Delta::Opaque { kind, value } => Part::Opaque {
            kind: kind.clone(),
            value: value.clone(),
            path: String::new(),
        },
    }
}
