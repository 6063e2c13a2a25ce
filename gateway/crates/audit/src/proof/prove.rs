//! Proofs out of a trail: that a record stands in it, and that it only grew between two checkpoints.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_types::CallId;
use serde::Deserialize;

use super::checkpoint::Checkpoint;
use super::merkle::{Hash, Prover, Tree, leaf_hash, verify_consistency, verify_inclusion};
use super::note::{PublicKey, Vkey};
use crate::layout::{chain_folders, segment_file};
use crate::read::each_record;
use crate::scan::Spot;

/// The first line of a proof (C2SP tlog-proof).
const HEAD: &str = "c2sp.org/tlog-proof@v1";

/// That one record stands in a signed tree. Its text, a `.tlog-proof`, carries the record along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Which record of its chain, from 0.
    pub index: u64,
    /// The record's line, without its newline.
    pub record: Vec<u8>,
    /// From the leaf up.
    pub hashes: Vec<Hash>,
    /// The signed note.
    pub checkpoint: String,
}

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

impl Proof {
    /// The proof's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "{HEAD}\nextra {}\nindex {}\n",
            STANDARD.encode(&self.record),
            self.index
        );
        for hash in &self.hashes {
            text.push_str(&STANDARD.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a proof's text.
    ///
    /// # Errors
    /// [`ProveError::Malformed`].
    pub fn read(text: &str) -> Result<Self, ProveError> {
        use ProveError::Malformed;
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(Malformed("it has no checkpoint"))?;
        let mut lines = head.lines();
        if lines.next() != Some(HEAD) {
            return Err(Malformed("its first line is not c2sp.org/tlog-proof@v1"));
        }
        let record = lines
            .next()
            .and_then(|line| STANDARD.decode(line.strip_prefix("extra ")?).ok())
            .ok_or(Malformed("it does not carry its record"))?;
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index ")?.parse().ok())
            .ok_or(Malformed("it has no index"))?;
        let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
        let hashes = lines
            .map(hash)
            .collect::<Option<_>>()
            .ok_or(Malformed("a line is no hash"))?;
        Ok(Self {
            index,
            record,
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Checks the proof against a key: the checkpoint that it leads to.
    ///
    /// # Errors
    /// A sentence that says what does not hold.
    pub fn verify(&self, key: &PublicKey) -> Result<Checkpoint, &'static str> {
        let (checkpoint, note) =
            Checkpoint::read(&self.checkpoint).map_err(|_| "its checkpoint is none")?;
        if !note.is_signed_by(&Vkey::of_log(&checkpoint.origin, *key)) {
            return Err("its checkpoint is not signed by this key");
        }
        let leaf = leaf_hash(&self.record);
        verify_inclusion(
            &leaf,
            self.index,
            checkpoint.size,
            &self.hashes,
            &checkpoint.root,
        )
        .then_some(checkpoint)
        .ok_or("the record does not stand in the signed tree")
    }
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

fn unreadable(trail: &Path, source: io::Error) -> ProveError {
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
            && let Ok(peek) = serde_json::from_slice::<Peek<'_>>(line)
        {
            *kinds.entry(peek.kind.to_owned()).or_default() += 1;
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
