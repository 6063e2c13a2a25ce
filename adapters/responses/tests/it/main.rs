//! What a client and an operator notice of the Responses dialect.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod across;
mod events;
mod recorded;
mod requests;
mod restored;
mod said;
mod strangers;
