//! The Merkle tree of RFC 6962, section 2.1, grown leaf by leaf.

use std::ops::Range;

use ring::digest::{Context, SHA256};

/// A node's SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf: of a record's line without its newline.
#[must_use]
pub fn leaf_hash(line: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(line);
    finish(context)
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[1]);
    context.update(left);
    context.update(right);
    finish(context)
}

fn finish(context: Context) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// A tree, as far as it takes to go on: the roots of its complete subtrees, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

impl Tree {
    /// How many leaves it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each complete pair of subtrees becomes one: as in counting in twos.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root; of no leaves the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return finish(Context::new(&SHA256));
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The largest power of two below `size`, which is at least 2.
const fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// Makes a proof from a tree's leaves, given one after another, in as much memory as the proof takes.
#[derive(Debug)]
pub struct Prover {
    /// Whose roots the proof consists of, in its order.
    parts: Vec<(Range<u64>, Tree)>,
    at: u64,
}

impl Prover {
    /// That the leaf `index` stands in the tree of the first `size` leaves (RFC 6962, section 2.1.1).
    #[must_use]
    pub fn inclusion(index: u64, size: u64) -> Self {
        let mut parts = Vec::new();
        let (mut from, mut to) = (0, size);
        while to - from > 1 {
            let middle = from + split(to - from);
            if index < middle {
                parts.push(middle..to);
                to = middle;
            } else {
                parts.push(from..middle);
                from = middle;
            }
        }
        Self::of(parts)
    }

    /// That the tree of the first `old` leaves is the beginning of that of the first `size` (section 2.1.2).
    #[must_use]
    pub fn consistency(old: u64, size: u64) -> Self {
        let mut parts = Vec::new();
        let (mut from, mut to) = (0, size);
        if old > 0 && old < size {
            // Down to the subtree that ends where the old tree ends; its root is known unless it begins the tree.
            while old < to {
                let middle = from + split(to - from);
                if old <= middle {
                    parts.push(middle..to);
                    to = middle;
                } else {
                    parts.push(from..middle);
                    from = middle;
                }
            }
            if from > 0 {
                parts.push(from..to);
            }
        }
        Self::of(parts)
    }

    fn of(parts: Vec<Range<u64>>) -> Self {
        Self {
            parts: parts
                .into_iter()
                .rev()
                .map(|part| (part, Tree::default()))
                .collect(),
            at: 0,
        }
    }

    /// Takes the hash of the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let at = self.at;
        if let Some((_, tree)) = self.parts.iter_mut().find(|(part, _)| part.contains(&at)) {
            tree.push(leaf);
        }
        self.at += 1;
    }

    /// The proof, once all leaves were there.
    #[must_use]
    pub fn finish(self) -> Vec<Hash> {
        self.parts.iter().map(|(_, tree)| tree.root()).collect()
    }
}

/// Whether a proof leads from a leaf to the root (RFC 9162, section 2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut number, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for part in proof {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            hash = node_hash(part, &hash);
            while number & 1 == 0 && number != 0 {
                number >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, part);
        }
        number >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether a proof shows that a tree is the beginning of a larger one (RFC 9162, section 2.1.4.2).
#[must_use]
pub fn verify_consistency(
    (old, old_root): (u64, &Hash),
    (size, root): (u64, &Hash),
    proof: &[Hash],
) -> bool {
    if old == 0 || old >= size {
        let empty = Tree::default().root();
        let same = old == size && old_root == root || old == 0 && *old_root == empty;
        return same && proof.is_empty();
    }
    // The old tree's own root is left out where it is a complete subtree at the beginning.
    let mut parts = proof.iter();
    let first = if old.is_power_of_two() {
        Some(old_root)
    } else {
        parts.next()
    };
    let Some(first) = first else { return false };
    let (mut number, mut last) = (old - 1, size - 1);
    while number & 1 == 1 {
        number >>= 1;
        last >>= 1;
    }
    let (mut of_old, mut of_new) = (*first, *first);
    for part in parts {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            of_old = node_hash(part, &of_old);
            of_new = node_hash(part, &of_new);
            while number & 1 == 0 && number != 0 {
                number >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, part);
        }
        number >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == *old_root && of_new == *root
}
