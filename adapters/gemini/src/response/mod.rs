//! Whole answers: read into the canonical form, written from it, and looked at in place.

mod decode;
mod encode;
mod look;

pub(crate) use decode::decode;
pub(crate) use encode::{encode, report_finish};
pub(crate) use look::{block, each_part, is_thought, meta, number, part_texts, texts};
