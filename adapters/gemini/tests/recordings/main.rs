//! Recorded traffic of Google AI and Vertex AI, read and written again.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod across;
mod read;
mod said;
mod same;
mod streams;
