//! Requests: read into the canonical form and written from it.

mod decode;
mod encode;
mod own;
mod settings;
mod shown;
mod turns;

pub(crate) use decode::decode;
pub(crate) use encode::encode;
