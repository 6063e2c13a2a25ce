//! Requests: read into the canonical form and written from it.

mod decode;
mod encode;
mod parts;
mod turns;

pub(crate) use decode::{decode, message};
pub(crate) use encode::encode;
pub(crate) use turns::{OwnMessage, tool_call};
