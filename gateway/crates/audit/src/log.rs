//! A chain and its tree, as the one writer carries both on.

use crate::chain::Chain;
use crate::draft::Draft;
use crate::event::{Checkpointed, Event};
use crate::proof::{Checkpoint, Signer, Tree, leaf_hash};

/// The end of a chain, and the tree over its lines.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Number and hash of the last record.
    pub chain: Chain,
    /// Over all records.
    pub tree: Tree,
    /// How many records the newest checkpoint covers, and itself.
    signed: u64,
}

impl Log {
    /// Appends `draft` to `out` as the next whole line, newline included.
    pub fn seal(&mut self, draft: &Draft, time: &str, out: &mut Vec<u8>) {
        let start = out.len();
        self.chain.seal(draft, time, out);
        self.tree.push(leaf_hash(&out[start..out.len() - 1]));
    }

    /// How many records no checkpoint covers.
    #[must_use]
    pub const fn unsigned(&self) -> u64 {
        self.tree.size() - self.signed
    }

    /// Appends a checkpoint of all records so far; gives the signed note.
    pub fn sign(&mut self, origin: &str, key: &Signer, time: &str, out: &mut Vec<u8>) -> String {
        let note = Checkpoint::of(origin, &self.tree).signed(key);
        let draft = Draft::of(&Event::Checkpoint(Checkpointed {
            note: note.as_str().into(),
        }));
        self.seal(&draft, time, out);
        self.signed = self.tree.size();
        note
    }
}
