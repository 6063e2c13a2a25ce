//! What a client and an operator notice of Bedrock's dialect.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

mod across;
mod asked;
mod common;
mod recordings;
mod robust;
mod streams;
