//! A proof's own text, as C2SP's tlog-proof writes it, and what it takes to believe it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::Checkpoint;
use super::merkle::{Hash, leaf_hash, verify_inclusion};
use super::note::{PublicKey, Vkey};
use super::prove::ProveError;

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
