//! Requests: read into the canonical form and written from it.

mod alike;
mod audio;
mod decode;
mod encode;
mod own;
mod parts;
mod sealed;
mod turns;

pub(crate) use decode::{answered, decode};
pub(crate) use encode::encode;
pub(crate) use own::{OwnMessage, tool_call};
pub(crate) use parts::google_seal;
pub(crate) use sealed::{
    canonical as canonical_seal, is_known as is_known_seal, write as sealed_thought,
    write_all as write_sealed_thoughts,
};
