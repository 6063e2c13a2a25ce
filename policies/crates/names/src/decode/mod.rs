//! From rows of numbers to names: one decision a token, from left to right, the best of those that are allowed.
//!
//! Promise: exactly one step a token, and every name that is begun is ended.

mod actions;
mod decoder;
mod moves;
mod scores;

pub(crate) use decoder::Decoder;
