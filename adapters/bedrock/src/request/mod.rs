//! Requests: read into the canonical form and written from it.

mod blocks;
mod config;
mod decode;
mod encode;
mod media;
mod more;
mod names;
mod own;
mod own_blocks;
mod parts;
mod said;
mod settings;
mod thinking;
mod tools;
mod turns;

pub(crate) use blocks::{content as decode_content, redacted};
pub(crate) use decode::decode;
pub(crate) use encode::encode;
pub(crate) use own_blocks::content as own_content;
pub(crate) use said::{data_of, said as said_block};
