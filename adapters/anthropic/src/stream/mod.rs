//! Streams: read into canonical events and written from them.

mod blocks;
mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;
