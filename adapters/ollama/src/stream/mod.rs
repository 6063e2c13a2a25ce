//! Streams, a JSON text a line: read into canonical events and written from them.

mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;
