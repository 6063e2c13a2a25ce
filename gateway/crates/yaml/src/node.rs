//! What a file holds, each part with its place.

use marshal_types::Place;

use crate::{Item, MapReader, Problems};

/// A value and where it starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Where the value starts; for a key without a value, where the key stands.
    pub place: Place,
    /// The value.
    pub value: Value,
}

/// A key of a map and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// The key's text.
    pub text: String,
    /// Where it starts.
    pub place: Place,
}

/// A value: text, a sequence or a map in the order of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Text; numbers and booleans too, until someone asks for them.
    Scalar {
        /// The text, unescaped.
        text: String,
        /// Written in quotes or as a block, so it is text and nothing else.
        quoted: bool,
    },
    /// `[a, b]` or lines with dashes.
    Seq(Vec<Node>),
    /// `{a: b}` or lines with colons. No key stands twice.
    Map(Vec<(Key, Node)>),
}

impl Node {
    /// Reads this value as a map; `path` names it in messages (`""` for the whole file).
    ///
    /// `None`, with a problem noted, if it is something else.
    #[must_use]
    pub fn as_map<'a>(&'a self, problems: &Problems, path: &str) -> Option<MapReader<'a>> {
        self.item(problems, path).map()
    }

    /// This value with the name it has in messages, ready to be read.
    #[must_use]
    pub fn item<'a>(&'a self, problems: &Problems, path: &str) -> Item<'a> {
        Item::new(self, path.to_owned(), problems.clone())
    }

    /// The value of `key`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries
                .iter()
                .find_map(|(name, node)| (name.text == key).then_some(node)),
            _ => None,
        }
    }

    /// The text, if this is a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A key was written with no value after it, or with `~` or `null`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, quoted: false }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}
