//! Requests: read into the canonical form and written from it.

mod decode;
mod encode;
mod own;
mod parts;
mod sealed;
mod turns;

pub(crate) use decode::{decode, message};
pub(crate) use encode::encode;
pub(crate) use own::{OwnMessage, tool_call};
pub(crate) use sealed::write as sealed_thought;
