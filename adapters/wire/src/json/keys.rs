//! No key twice in an object, compared as the text that a reader would see, escapes undone.

use std::borrow::Cow;

use super::index::Node;
use super::{Doc, JsonError, NodeId, string};

/// A key of an open object.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// Its opening quote, and the place past its closing one.
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) escaped: bool,
    /// The member's node.
    pub(super) node: u32,
}

impl Key {
    fn inner<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        bytes
            .get(self.start as usize + 1..self.end as usize - 1)
            .unwrap_or_default()
    }
}

/// Up to so many keys, comparing each with each is cheaper than sorting them.
const FEW: usize = 12;

/// Refuses an object whose `keys` name one member twice. `n log n` at the worst, whatever the keys are.
pub(super) fn refuse_twins(bytes: &[u8], nodes: &[Node], keys: &[Key]) -> Result<(), JsonError> {
    let twin = if keys.len() <= FEW && keys.iter().all(|key| !key.escaped) {
        first_twin_of_few(bytes, keys)
    } else {
        first_twin_of_many(bytes, keys)
    };
    match twin {
        None => Ok(()),
        Some(key) => Err(JsonError::DuplicateKey {
            offset: key.start as usize,
            path: shortened(&Doc::new(nodes, bytes).path(NodeId(key.node))),
        }),
    }
}

fn first_twin_of_few(bytes: &[u8], keys: &[Key]) -> Option<Key> {
    keys.iter().enumerate().skip(1).find_map(|(at, key)| {
        let length = key.end - key.start;
        keys[..at]
            .iter()
            .any(|other| {
                other.end - other.start == length && other.inner(bytes) == key.inner(bytes)
            })
            .then_some(*key)
    })
}

fn first_twin_of_many(bytes: &[u8], keys: &[Key]) -> Option<Key> {
    let mut sorted: Vec<(Cow<'_, [u8]>, Key)> =
        keys.iter().map(|key| (text(bytes, key), *key)).collect();
    // Twins stay in document order among themselves, so each pair's second is the later one.
    sorted.sort_by(|left, right| left.0.cmp(&right.0));
    sorted
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| pair[1].1)
        .min_by_key(|key| key.start)
}

fn text<'b>(bytes: &'b [u8], key: &Key) -> Cow<'b, [u8]> {
    let inner = key.inner(bytes);
    if !key.escaped {
        return Cow::Borrowed(inner);
    }
    Cow::Owned(string::text(inner, true).into_owned().into_bytes())
}

/// The end of a path is what helps; a key may be megabytes long.
fn shortened(path: &str) -> String {
    const MOST: usize = 120;
    let skip = path.chars().count().saturating_sub(MOST);
    if skip == 0 {
        return path.to_owned();
    }
    std::iter::once('…')
        .chain(path.chars().skip(skip))
        .collect()
}
