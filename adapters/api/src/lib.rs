//! The contract of a dialect: the canonical conversation and the trait Adapter.
