//! Streams: read into canonical events and written from them.
//!
//! What only this dialect knows passes as opaque deltas of two kinds: the `start` of a block and a `delta` of one.

mod blocks;
mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;

/// An opaque delta that holds a block's `start`.
const START: &str = "contentBlockStart";
/// An opaque delta that holds a block's `delta`.
const DELTA: &str = "contentBlockDelta";
/// Thoughts that Claude hides, as its own dialect writes them.
const REDACTED: &str = "redacted_thinking";
