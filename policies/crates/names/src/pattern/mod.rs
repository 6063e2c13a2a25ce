//! The tokenizer's four patterns, run without backtracking.
//!
//! The file holds them in Python's syntax, with look-around. Each is cut at its outermost bars; the look-behind
//! before and the look-ahead after an alternative become ordinary context around a captured core, which is the
//! same as long as they look at a fixed number of characters. What does not fit is refused when it is loaded.
//!
//! Promise: time linear in the text for prefixes, suffixes and infixes, at most quadratic in one word for addresses.

mod address;
mod affix;
mod alternative;
mod element;
mod engine;
mod infix;
#[cfg(test)]
mod tests;

pub(crate) use address::Address;
pub(crate) use affix::{Prefix, Suffix};
pub(crate) use infix::Infix;
