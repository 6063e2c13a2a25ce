//! Streams: read into canonical events and written from them.

mod calls;
mod decode;
mod encode;
mod running;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;
