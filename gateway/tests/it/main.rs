//! The whole gateway, seen from outside: the real binary, real sockets, real files. One module a promise.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper that finds what it does not expect fails its test"
)]

mod support;

mod answers;
mod arrows;
mod attachments;
mod audit;
mod cache;
mod compliance;
mod cut;
mod data;
mod doors;
mod edge;
mod errors;
mod failures;
mod first_start;
mod governance;
mod guards;
mod lifecycle;
mod platforms;
mod policies;
mod realtime;
mod routing;
mod telemetry;
