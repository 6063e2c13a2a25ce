//! What a client and an operator notice of questions that are no conversations.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod recorded;
mod requests;
mod shared;
mod streams;
mod translated;
