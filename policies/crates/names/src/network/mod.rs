//! The network: token features in, one row of numbers a token out.
//!
//! Promise: the order of every sum is fixed, so the same text gives the same numbers wherever and whenever it is run.

mod affine;
mod array;
mod embed;
mod layer;
mod nodes;
mod tok2vec;

pub(crate) use affine::{Affine, Packed};
pub(crate) use nodes::Nodes;
pub(crate) use tok2vec::Tok2Vec;
