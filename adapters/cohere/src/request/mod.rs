//! Requests: read into the canonical form and written from it.

mod decode;
mod documents;
mod encode;
mod own;
mod parts;
mod settings;
mod turns;

pub(crate) use decode::{decode, message};
pub(crate) use encode::encode;
pub(crate) use own::{OwnMessage, tool_call};
