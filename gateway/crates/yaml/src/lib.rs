//! YAML with a place for every value, so that each mistake is reported where it stands.
//!
//! A small part of YAML on purpose: maps, sequences and scalars of one document. Anchors, aliases, tags, duplicate
//! keys and a second document are refused, because a reviewer would have to know the rules to see what they do.
//! Scalars stay text until someone asks for a type. Nothing here panics, whatever the text.

mod nearest;
mod node;
mod parse;
mod problems;
mod reader;
#[cfg(test)]
mod tests;

pub use nearest::nearest;
pub use node::{Key, Node, Value};
pub use parse::{MAX_BYTES, MAX_DEPTH, parse};
pub use problems::{Problems, quoted};
pub use reader::{Item, MapReader};

/// What a fuzzer calls: any bytes at all.
pub mod fuzzing {
    /// Parses, and reads what came out in every way that readers do. Must return.
    pub fn parse_and_read(bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if let Ok(node) = crate::parse("fuzz.yaml", text) {
            let problems = crate::Problems::new();
            read(&node.item(&problems, ""));
            drop(problems.into_vec());
        }
    }

    fn read(item: &crate::Item<'_>) {
        let _ = (item.str(), item.u64(), item.bool(), item.decimal());
        for inner in item.seq().unwrap_or_default() {
            read(&inner);
        }
        if let Some(mut map) = item.map() {
            let _ = map.opt_str("name");
            for (_, inner) in map.entries() {
                read(&inner);
            }
            map.finish();
        }
    }
}
