//! Wire formats without I/O: JSON with places, server-sent events, error envelopes.
//!
//! Nothing here copies a body to look into it: [`json::Index`] says where each value of a body stands, [`json::Edits`]
//! changes single places of it, and [`frame::Splitter`] cuts a stream into events whose bytes are the stream's own.
//! What no one touches is therefore forwarded byte for byte.

pub mod envelope;
pub mod frame;
pub mod fuzzing;
pub mod json;
pub mod multipart;
pub mod sse;
