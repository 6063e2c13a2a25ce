//! What clients and operators notice of the Ollama dialect, by itself and over recorded traffic.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod common;
mod recorded;
mod verbatim;
