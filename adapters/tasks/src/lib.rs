//! Questions to models that are not conversations, and what providers keep for their owners: embeddings, reranking,
//! images, speech, transcription, moderation, completions, token counts, files and batches.
//!
//! Governance needs little of them: which model, how much it could cost at most, which texts stand where, what cannot
//! be read at all ([`facts()`]), and afterwards what was used ([`meta()`], [`stream_tap()`]). Where a model's provider
//! knows the question in other words only, embeddings and reranking are translated ([`translate_request`]).

mod answer;
mod batch;
mod content;
mod count;
mod embed;
mod facts;
mod form;
mod look;
mod meta;
mod model;
mod path;
mod rerank;
mod sound;
mod tap;
mod texts;
mod translate;
mod unread;
mod usage;

pub use batch::{BatchError, BatchLine, batch_lines};
pub use content::{Content, Inspectable, TaskFacts};
pub use count::count_request;
pub use embed::{EmbedRequest, EmbedResponse, Encoding, Purpose};
pub use facts::facts;
pub use form::{FileKind, FormText, FormWhat, file_kind, texts_of_form};
pub use meta::{meta, used};
pub use model::set_model;
pub use path::upstream_path;
pub use rerank::{Ranked, RerankRequest, RerankResponse, RerankStyle, translate_rerank};
pub use tap::stream_tap;
pub use texts::answer_texts;
pub use translate::{Asked, translate_request, translate_response};
pub use usage::usage_of;
