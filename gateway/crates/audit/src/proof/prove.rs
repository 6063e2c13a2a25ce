//! Proofs out of a trail: that a record stands in it.

use std::io;
use std::path::{Path, PathBuf};

use marshal_types::CallId;
use serde::Deserialize;

use super::merkle::{Prover, leaf_hash};
use super::tlog_proof::Proof;
use crate::layout::{chain_folders, segment_file};
use crate::read::each_record;
use crate::scan::Spot;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// A file cannot be read.
    #[error("the audit trail in {} cannot be read", folder.display())]
    Unreadable {
        /// The trail's folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No record is of this call.
    #[error("no call {0} in the trail; its id is in the x-marshal-call-id header of its answer")]
    NoCall(CallId),
    /// No checkpoint comes after the record.
    #[error(
        "{file}:{line} is not under a checkpoint yet; a running gateway signs one within a second, an old trail without a key has none"
    )]
    NotYet {
        /// The segment, relative to the trail's folder.
        file: String,
        /// The line in it.
        line: u64,
    },
    /// The checkpoint is of another trail.
    #[error("no chain of this trail is called {0}; the checkpoint is of another trail")]
    NoChain(String),
    /// The trail is shorter than the checkpoint says, or another.
    #[error("{0}")]
    Contradiction(String),
    /// It is no proof.
    #[error("this is no proof: {0}")]
    Malformed(&'static str),
}

/// The members that a proof is made by.
#[derive(Deserialize)]
struct Peek<'a> {
    kind: &'a str,
    call: Option<&'a str>,
    #[serde(borrow)]
    note: Option<std::borrow::Cow<'a, str>>,
}

/// A record to prove.
struct Wanted {
    spot: Spot,
    index: u64,
    line: Vec<u8>,
    checkpoint: Option<(u64, String)>,
}

/// A proof of each record of a call, in their order.
///
/// # Errors
/// [`ProveError`].
pub fn prove(trail: &Path, call: CallId) -> Result<Vec<Proof>, ProveError> {
    let name = call.to_string();
    let needle = memchr::memmem::Finder::new(&name);
    let is_of_call = |_: Spot, line: &[u8]| {
        let peek = || serde_json::from_slice::<Peek<'_>>(line).ok();
        needle.find(line).is_some() && peek().is_some_and(|peek| peek.call == Some(&*name))
    };
    let mut proofs = Vec::new();
    let chains = chain_folders(trail).map_err(|source| unreadable(trail, source))?;
    for instance in chains {
        for (spot, proof) in prove_of_chain(trail, &instance, &is_of_call)? {
            proofs.push(proof.ok_or_else(|| ProveError::NotYet {
                file: format!("{instance}/{}", segment_file(spot.segment)),
                line: spot.line,
            })?);
        }
    }
    if proofs.is_empty() {
        return Err(ProveError::NoCall(call));
    }
    Ok(proofs)
}

/// A proof of each record of a chain that is wanted, by its place or its line; `None` of one that no checkpoint follows.
///
/// # Errors
/// [`ProveError::Unreadable`].
pub fn prove_of_chain(
    trail: &Path,
    instance: &str,
    is_wanted: &dyn Fn(Spot, &[u8]) -> bool,
) -> Result<Vec<(Spot, Option<Proof>)>, ProveError> {
    let wanted = find(trail, instance, is_wanted).map_err(|source| unreadable(trail, source))?;
    let mut provers: Vec<_> = wanted
        .iter()
        .filter_map(|one| {
            let size = one.checkpoint.as_ref()?.0;
            Some((size, Prover::inclusion(one.index, size)))
        })
        .collect();
    let last = provers.iter().map(|(size, _)| *size).max().unwrap_or(0);
    let mut index = 0;
    if last > 0 {
        each_record(trail, instance, &mut |_, line| {
            let leaf = leaf_hash(line);
            for (size, prover) in &mut provers {
                if index < *size {
                    prover.push(leaf);
                }
            }
            index += 1;
            index < last
        })
        .map_err(|source| unreadable(trail, source))?;
    }
    let mut provers = provers.into_iter();
    let prove = |one: Wanted| {
        let proof = one.checkpoint.and_then(|(_, checkpoint)| {
            Some(Proof {
                index: one.index,
                record: one.line,
                hashes: provers.next()?.1.finish(),
                checkpoint,
            })
        });
        (one.spot, proof)
    };
    Ok(wanted.into_iter().map(prove).collect())
}

pub(super) fn unreadable(trail: &Path, source: io::Error) -> ProveError {
    ProveError::Unreadable {
        folder: trail.to_path_buf(),
        source,
    }
}

/// The records that are wanted, each with the first checkpoint after it.
fn find(
    trail: &Path,
    instance: &str,
    is_wanted: &dyn Fn(Spot, &[u8]) -> bool,
) -> io::Result<Vec<Wanted>> {
    const MARK: &[u8] = b"\"kind\":\"checkpoint\"";
    let mut wanted: Vec<Wanted> = Vec::new();
    let (mut index, mut open) = (0, false);
    each_record(trail, instance, &mut |spot, line| {
        if open
            && memchr::memmem::find(line, MARK).is_some()
            && let Ok(peek) = serde_json::from_slice::<Peek<'_>>(line)
            && let ("checkpoint", Some(note)) = (peek.kind, peek.note)
        {
            for one in wanted.iter_mut().filter(|one| one.checkpoint.is_none()) {
                one.checkpoint = Some((index, note.clone().into_owned()));
            }
            open = false;
        }
        if is_wanted(spot, line) {
            open = true;
            wanted.push(Wanted {
                spot,
                index,
                line: line.to_vec(),
                checkpoint: None,
            });
        }
        index += 1;
        true
    })?;
    Ok(wanted)
}
