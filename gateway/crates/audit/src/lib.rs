//! The audit record, its version, the chain and the read side.
