//! JSON whose values keep their places.
//!
//! [`Index::parse`] reads a body once, strictly (RFC 8259, UTF-8, no key twice), into a flat list of nodes. [`Doc`] is
//! that list beside its bytes: it answers what stands where. [`Edits`] changes places and leaves every other byte alone.

mod doc;
mod edits;
mod error;
mod index;
mod keys;
mod scan;
mod string;

#[cfg(test)]
mod tests;

pub use doc::{Children, Doc};
pub use edits::Edits;
pub use error::JsonError;
pub use index::{Index, Kind, NodeId};
pub use string::write_str;

/// How much structure a body may have. Its size in bytes is limited before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects and arrays within each other; 64 by default.
    pub max_depth: usize,
    /// Values of any kind, containers included; one million by default. A node costs 24 bytes of memory.
    pub max_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_depth: 64,
            max_nodes: 1_000_000,
        }
    }
}
