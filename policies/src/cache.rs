//! Decisions by question. The whole question is compared on every hit: a hash alone never decides.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use parking_lot::RwLock;

/// Entries per shard; a full shard is emptied, so that memory stays bounded whatever is asked.
const FULL: usize = 1_250;
const SHARDS: usize = 8;

/// By hash, every question that has it.
type Shard<K, V> = RwLock<HashMap<u64, Vec<(K, V)>, Ready>>;

#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    seed: u64,
    shards: [Shard<K, V>; SHARDS],
}

impl<K, V: Clone> Cache<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            seed: RandomState::new().hash_one(0_u64),
            shards: std::array::from_fn(|_| RwLock::default()),
        }
    }

    /// A hasher for a question. Seeded at random, so that a client cannot aim its headers at one bucket.
    pub(crate) fn hasher(&self) -> Mix {
        Mix(self.seed)
    }

    pub(crate) fn get(&self, hash: u64, same: impl Fn(&K) -> bool) -> Option<V> {
        let shard = self.shard(hash).read();
        let found = shard.get(&hash)?.iter().find(|(key, _)| same(key));
        found.map(|(_, value)| value.clone())
    }

    pub(crate) fn put(&self, hash: u64, key: K, value: V) {
        let mut shard = self.shard(hash).write();
        if shard.len() >= FULL {
            shard.clear();
        }
        let bucket = shard.entry(hash).or_default();
        if bucket.len() >= 8 {
            bucket.clear();
        }
        bucket.push((key, value));
    }

    fn shard(&self, hash: u64) -> &Shard<K, V> {
        &self.shards[(hash >> 61) as usize % SHARDS]
    }
}

/// A quick keyed hash: folded multiplication over eight bytes at a time.
#[derive(Clone)]
pub(crate) struct Mix(u64);

impl Mix {
    fn fold(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (product as u64) ^ ((product >> 64) as u64) ^ self.0.rotate_left(23);
    }
}

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        let mut last = self.clone();
        last.fold(0xA076_1D64_78BD_642F);
        last.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.fold(u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
        }
        let mut tail = [0; 8];
        let rest = chunks.remainder();
        tail[..rest.len()].copy_from_slice(rest);
        self.fold(u64::from_le_bytes(tail) ^ (bytes.len() as u64).rotate_left(56));
    }

    fn write_u8(&mut self, byte: u8) {
        self.fold(u64::from(byte));
    }

    fn write_u64(&mut self, word: u64) {
        self.fold(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.fold(word as u64);
    }
}

/// The key of the inner map is a hash already.
#[derive(Default, Debug, Clone)]
pub(crate) struct Ready;

impl BuildHasher for Ready {
    type Hasher = Passing;

    fn build_hasher(&self) -> Passing {
        Passing(0)
    }
}

pub(crate) struct Passing(u64);

impl Hasher for Passing {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_alone_never_decides() {
        let cache = Cache::new();
        cache.put(7, "a", 1);
        cache.put(7, "b", 2);
        assert_eq!(cache.get(7, |key| *key == "b"), Some(2));
        assert_eq!(cache.get(7, |key| *key == "c"), None);
    }

    #[test]
    fn memory_stays_bounded() {
        let cache = Cache::new();
        for hash in 0..100_000_u64 {
            cache.put(hash.wrapping_mul(0x9E37_79B9_7F4A_7C15), hash, ());
        }
        let entries: usize = cache.shards.iter().map(|shard| shard.read().len()).sum();
        assert!(entries <= FULL * SHARDS);
    }
}
