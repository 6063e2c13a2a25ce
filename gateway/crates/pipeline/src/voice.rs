//! Who reads what a provider says: a dialect's adapter for conversations, the general reader for everything else.

use marshal_adapter_api::{AnswerMeta, ProviderError, StreamTap, TextAt};
use marshal_types::{Dialect, Surface, Units};
use marshal_wire::json::{Doc, Index, Limits};

use crate::Shared;

/// The words in which a provider was asked, and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// A conversation.
    Chat(Dialect),
    /// Anything else, through this door of the provider's.
    Task(Surface, Dialect),
}

impl Voice {
    /// The dialect, for errors and records.
    pub(crate) const fn dialect(self) -> Dialect {
        match self {
            Self::Chat(dialect) | Self::Task(_, dialect) => dialect,
        }
    }

    /// What a whole answer says about itself.
    pub(crate) fn meta(
        self,
        shared: &Shared,
        media: &str,
        body: &[u8],
        asked: Units,
    ) -> AnswerMeta {
        match self {
            Self::Chat(dialect) => match Index::parse(body, &Limits::default()) {
                Ok(index) => shared.adapter(dialect).meta(index.doc(body)),
                // Forwarded all the same where the dialect is the client's: it is the provider's to say.
                Err(_) => AnswerMeta {
                    output_chars: body.len() as u64,
                    ..AnswerMeta::default()
                },
            },
            Self::Task(surface, dialect) => {
                marshal_tasks::meta(surface, dialect, media, body, asked)
            }
        }
    }

    /// Watches a stream on its way.
    pub(crate) fn tap(self, shared: &Shared) -> Box<dyn StreamTap> {
        match self {
            Self::Chat(dialect) => shared.adapter(dialect).stream_tap(),
            Self::Task(surface, _) => marshal_tasks::stream_tap(surface),
        }
    }

    /// Where generated text stands in a whole answer.
    pub(crate) fn texts(self, shared: &Shared, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        match self {
            Self::Chat(dialect) => shared.adapter(dialect).answer_texts(doc, out),
            Self::Task(surface, _) => marshal_tasks::answer_texts(surface, doc, out),
        }
    }

    /// What a provider's error answer means.
    pub(crate) fn error(self, shared: &Shared, status: u16, body: &[u8]) -> ProviderError {
        shared.adapter(self.dialect()).decode_error(status, body)
    }
}
