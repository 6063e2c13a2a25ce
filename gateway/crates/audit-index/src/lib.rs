//! The index of the audit trail: what dashboards, commands and reports ask instead of reading files.
//!
//! It holds nothing that the trail does not: it may be removed at any time, and is made again from the files. It never
//! decides whether a record is as it was written; `verify` does, from the files alone.
//!
//! One SQLite database, beside the trail and outside its folder. Several processes may use it at a time: the gateway, which
//! keeps it up to date, and commands. A call is a row, updated with each of its records; names that repeat are numbers.

mod index;
mod names;
mod question;
mod row;
mod schema;
mod take;

pub use index::{Index, OpenError, index_file};

#[cfg(test)]
mod tests;
