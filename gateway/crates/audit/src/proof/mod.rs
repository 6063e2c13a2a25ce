//! Proof that a record stands in the trail, and that the trail only grew: the Merkle tree of RFC 6962 over each chain's
//! lines, signed tree heads (checkpoints) and proofs in the formats of C2SP, which other tools read as well.

mod checkpoint;
mod growth;
mod merkle;
mod note;
mod prove;
mod tiles;
mod tlog_proof;

pub use checkpoint::{Checkpoint, NotOne};
pub use growth::{Growth, consistency};
pub use merkle::{Hash, Prover, Tree, leaf_hash, verify_consistency, verify_inclusion};
pub use note::{Cosigner, Note, PublicKey, Signer, Vkey};
pub use prove::{ProveError, prove, prove_of_chain};
pub use tiles::{TilesError, write_tiles};
pub use tlog_proof::Proof;

#[cfg(test)]
mod tests;
