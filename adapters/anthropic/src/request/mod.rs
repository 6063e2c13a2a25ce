//! Requests: read into the canonical form and written from it.

mod blocks;
mod caching;
mod decode;
mod encode;
mod foreign;
mod own;
mod thinking;
mod turns;

pub(crate) use blocks::content as decode_content;
pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(crate) use foreign::tool_use;
pub(crate) use own::content as own_content;
