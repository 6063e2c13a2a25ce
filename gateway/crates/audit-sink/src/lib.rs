//! The write side of the audit trail: durable before the call goes out.
//!
//! # Promises
//! - An [`Ack`] that resolves to `Ok` means that the record is on disk: written and synced. Never before.
//! - Records are durable in the order in which they were appended. One sync serves all that arrived while the one
//!   before ran; nobody waits for a batch to fill.
//! - After an error nothing more is written to that segment. Everyone who waits is told at once, later appends fail
//!   within microseconds, and every 100 ms one of them tries a new segment, so that service resumes by itself.
//! - When the disk is full, a reserve is given up so that refusals and endings still fit; intents are refused
//!   until the reserve could be made again.
//! - Room on the disk runs a megabyte ahead of what is written, without the file growing; the end of a segment gives
//!   it back; a process that was killed leaves it taken.
//! - Where a second folder is given, records that the disk does not take go into a chain there; see [`Spool`].
//! - Opening ends every attempt that an earlier process left open, before anything new is written.

mod ack;
mod error;
mod fs;
mod lock;
mod open;
mod queue;
mod recovery;
mod reserve;
mod segment;
mod sink;
mod spool;
mod store;
pub mod testing;
mod writer;

pub use ack::Ack;
pub use error::{OpenError, SinkError};
pub use fs::{Fs, RealFs, SegmentFile};
pub use lock::{DataLock, LockError};
pub use open::{Recovered, SinkOptions, new_instance};
pub use recovery::is_taken_over;
pub use sink::Sink;
pub use spool::{Spool, SpoolOptions, bring_back, claim};

#[cfg(test)]
mod tests;
