//! What the gateway remembers between calls: virtual keys, rate limits, budgets, concurrency and cached answers.
//!
//! Limits, budgets and the cache stand behind [`Store`]; [`Embedded`] is the implementation that needs no other
//! process. Keys are files that the gateway and the command line may both change. Time is handed in, and nothing
//! here waits for anything but the disk.

mod budget;
mod cache;
mod concurrency;
mod durable;
mod embedded;
mod error;
mod hold;
mod keys;
mod objects;
mod rate;
mod reply;
mod store;

pub use budget::{HoldId, Period, Spent};
pub use cache::CachedAnswer;
pub use concurrency::{Concurrency, Permit};
pub use durable::{LockedDir, private_dir, write_atomic};
pub use embedded::{DEFAULT_CACHE_BYTES, Embedded};
pub use error::StateError;
pub use hold::Hold;
pub use keys::{KeyError, KeyInfo, Keys, NewKey};
pub use objects::{Objects, Owner};
pub use rate::{RateLimit, Taken};
pub use reply::Reply;
pub use store::Store;
