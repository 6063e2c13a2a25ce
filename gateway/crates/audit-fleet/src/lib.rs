//! The audit trails of a fleet in one PostgreSQL database: each node brings its own records, all are asked as one, and
//! whoever holds the nodes' keys checks what was brought together.
//!
//! Each node keeps its own log and its own trees; the database holds copies, word for word, with the place that each line has
//! in its node's trail. So a trail can be written out of the database again and verified, and a node whose disk is gone is
//! not gone with it.
//!
//! The database holds nothing of its own: a node that finds nothing there of itself brings all that it has.

mod collect;
mod fleet;
mod question;
mod tables;
mod take;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use collect::Collected;
pub use fleet::{Fleet, FleetOptions};

#[cfg(test)]
mod tests;
