//! Streams: read into canonical events and written from them.

mod decode;
mod encode;
mod open;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;

/// The event of an annotation, which stands on a part of text.
const ANNOTATION: &str = "response.output_text.annotation.added";
/// An item of type `compaction` in canonical events: another dialect has a block of that name.
const COMPACTION: &str = "response.compaction";
