//! Finds named entities (people, places, organisations, dates, ...) in English text.
//!
//! [`Names::load`] reads the directory of a spaCy v3 pipeline such as `en_core_web_sm`, and [`Names::find`] gives the
//! same entities as that pipeline with its dependency parser left out. There is no Python, no BLAS and no unsafe code.
//!
//! Promise: any text and any model file give a result or an error, never a panic; the time for a text is linear in its
//! length and the memory bounded, because long texts are cut into pieces.

#![forbid(unsafe_code)]

mod config;
mod decode;
mod error;
mod features;
mod files;
mod hash;
mod msgpack;
mod name;
mod names;
mod network;
mod norms;
mod pattern;
mod pieces;
mod shape;
mod symbols;
mod tokenizer;
mod unicode;

#[cfg(test)]
mod tests;

pub use error::LoadError;
pub use name::{Label, Name};
pub use names::Names;
