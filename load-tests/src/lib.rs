//! A mock provider, a replay provider, a load generator and side-by-side runs. They speak HTTP and
//! know nothing of what is inside a gateway, so any gateway can be put between them.
//!
//! One binary, `marshal-load`:
//! - [`mock`] answers as a provider would, as fast as it can, with faults on demand;
//! - [`replay`] answers with recorded provider traffic, cut where the reader likes it least;
//! - [`load`] asks, closed or open loop, and counts honestly;
//! - [`mod@bench`] runs the three around Marshal, nginx and nothing at all, in turn, and writes a table.

pub mod bench;
pub mod dialect;
pub mod error;
pub mod frames;
pub mod load;
pub mod mock;
pub mod random;
pub mod replay;
pub mod serve;

pub use error::Error;
