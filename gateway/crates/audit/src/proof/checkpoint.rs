//! A tree head as C2SP's tlog-checkpoint writes it: whose log, how many records, which root.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::merkle::{Hash, Tree};
use super::note::{Note, Signer};

/// How large a log was, and what its tree's root was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log: the deployment's name and the chain's.
    pub origin: String,
    /// How many records it had.
    pub size: u64,
    /// The root of its tree.
    pub root: Hash,
}

/// A text that is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no checkpoint: an origin, a size and a root, a line each, and signatures under an empty line"
)]
pub struct NotOne;

impl Checkpoint {
    /// Of a tree as it is now.
    #[must_use]
    pub fn of(origin: &str, tree: &Tree) -> Self {
        Self {
            origin: origin.to_owned(),
            size: tree.size(),
            root: tree.root(),
        }
    }

    /// What is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root)
        )
    }

    /// The signed note. The key goes by the log's own name.
    #[must_use]
    pub fn signed(&self, key: &Signer) -> String {
        key.sign(&self.origin, &self.text())
    }

    /// Reads a signed note. Whether its signatures are good is another question.
    ///
    /// # Errors
    /// [`NotOne`].
    pub fn read(note: &str) -> Result<(Self, Note<'_>), NotOne> {
        let note = Note::parse(note).ok_or(NotOne)?;
        let mut lines = note.text.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(NotOne);
        let (origin, size, root) = (line()?, line()?, line()?);
        let read = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| NotOne)?,
            root: STANDARD
                .decode(root)
                .ok()
                .and_then(|root| root.try_into().ok())
                .ok_or(NotOne)?,
        };
        // One text for one head: no zeroes before the size, no second spelling of the root.
        note.text
            .starts_with(&read.text())
            .then_some((read, note))
            .ok_or(NotOne)
    }
}
