//! Requests: read into the canonical form and written from it.

mod decode;
mod encode;
mod messages;
mod settings;
mod turns;

pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(crate) use messages::{said, write_said};
