//! That a trail only grew between two checkpoints.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::checkpoint::Checkpoint;
use super::merkle::{Hash, Prover, Tree, leaf_hash, verify_consistency};
use super::prove::{ProveError, unreadable};
use crate::layout::chain_folders;
use crate::read::each_record;

/// The member that is counted by.
#[derive(Deserialize)]
struct Kind<'a> {
    kind: &'a str,
}

/// That one checkpoint's tree is the beginning of a later one's of the same chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// RFC 6962, section 2.1.2.
    pub proof: Vec<Hash>,
    /// The records between both, by kind.
    pub kinds: BTreeMap<String, u64>,
}

/// Proves growth from `old` to `new`, and that the trail itself has both.
///
/// # Errors
/// [`ProveError`]; a [`ProveError::Contradiction`] says which of both the trail contradicts.
pub fn consistency(trail: &Path, old: &Checkpoint, new: &Checkpoint) -> Result<Growth, ProveError> {
    let unreadable = |source| unreadable(trail, source);
    if old.origin != new.origin {
        return Err(ProveError::Contradiction(format!(
            "{} and {} are two chains, each with a tree of its own; `marshal audit verify` shows how chains are linked",
            old.origin, new.origin
        )));
    }
    if old.size > new.size {
        return Err(ProveError::Contradiction(
            "the first checkpoint is of more records than the second; give the older one first"
                .into(),
        ));
    }
    let instance = old.origin.rsplit('/').next().unwrap_or_default();
    if !chain_folders(trail)
        .map_err(unreadable)?
        .iter()
        .any(|name| name == instance)
    {
        return Err(ProveError::NoChain(old.origin.clone()));
    }
    let mut prover = Prover::consistency(old.size, new.size);
    let (mut tree, mut first) = (Tree::default(), None);
    let mut kinds = BTreeMap::new();
    if old.size == 0 {
        first = Some(tree.root());
    }
    each_record(trail, instance, &mut |_, line| {
        if tree.size() == new.size {
            return false;
        }
        let leaf = leaf_hash(line);
        if tree.size() >= old.size
            && let Ok(record) = serde_json::from_slice::<Kind<'_>>(line)
        {
            *kinds.entry(record.kind.to_owned()).or_default() += 1;
        }
        prover.push(leaf);
        tree.push(leaf);
        if tree.size() == old.size {
            first = Some(tree.root());
        }
        true
    })
    .map_err(unreadable)?;
    for (checkpoint, root) in [(old, first), (new, Some(tree.root()))] {
        let had = if checkpoint.size > tree.size() {
            None
        } else {
            root
        };
        if had != Some(checkpoint.root) {
            let why = if had.is_none() {
                format!(
                    "the checkpoint speaks of {} records, the chain {instance} has {}: records are missing",
                    checkpoint.size,
                    tree.size()
                )
            } else {
                format!(
                    "the first {} records of the chain {instance} are not those that the checkpoint signs: the chain was rewritten",
                    checkpoint.size
                )
            };
            return Err(ProveError::Contradiction(why));
        }
    }
    let proof = prover.finish();
    debug_assert!(verify_consistency(
        (old.size, &old.root),
        (new.size, &new.root),
        &proof
    ));
    Ok(Growth { proof, kinds })
}
