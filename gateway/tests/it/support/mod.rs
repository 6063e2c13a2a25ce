//! What every test stands on: a gateway, a provider, a client, and eyes for the trail.

mod client;
mod folder;
mod gateway;
mod socket;
mod speech;
mod trail;
mod upstream;

use std::time::{Duration, Instant};

pub(crate) use client::{Answer, Connection, Request};
pub(crate) use folder::Folder;
pub(crate) use gateway::{Gateway, Setup, free_port, free_ports, shipped_policies};
pub(crate) use socket::{SocketProvider, Talk, knock, open};
pub(crate) use speech::{Dialect, Speech, both, of_path, pairs, provider};
pub(crate) use trail::{of_call, records_in, segments, the};
pub(crate) use upstream::{Act, Gate, Seen, Upstream, answer, end, failing, open_stream, stream};

/// Longer than anything here takes, on a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer.
///
/// # Panics
/// If there is none in the end: `what` says what was waited for.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(since.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Says that a test runs without what it wants; in continuous integration that is a failure.
///
/// # Panics
/// Where `CI` is `true`.
pub(crate) fn skipped(why: &str) {
    println!("skipped: {why}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
}

/// Whether `bytes` hold `part`.
pub(crate) fn holds(bytes: &[u8], part: &str) -> bool {
    memchr::memmem::find(bytes, part.as_bytes()).is_some()
}
