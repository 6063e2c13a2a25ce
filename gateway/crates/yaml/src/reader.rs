//! Reading values with types: what does not fit is noted, and reading goes on.

use std::ops::RangeInclusive;

use marshal_types::Place;

use crate::{Key, Node, Problems, Value, nearest, quoted};

/// A value under the name it has in messages. Each reader below notes a problem where it returns `None`.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    node: &'a Node,
    path: String,
    problems: Problems,
}

impl<'a> Item<'a> {
    pub(crate) fn new(node: &'a Node, path: String, problems: Problems) -> Self {
        Self {
            node,
            path,
            problems,
        }
    }

    /// The value as it stands in the file.
    #[must_use]
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> &'a Place {
        &self.node.place
    }

    /// Its name in messages: `budgets.research.period`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Notes a problem with this value.
    pub fn fail(&self, message: impl AsRef<str>) {
        self.problems.add(&self.node.place, &self.path, message);
    }

    /// Text, not empty.
    #[must_use]
    pub fn str(&self) -> Option<&'a str> {
        let (text, _) = self.scalar("text")?;
        if text.is_empty() {
            self.fail("is empty; write a value or remove the key");
            return None;
        }
        Some(text)
    }

    /// A whole number from zero.
    #[must_use]
    pub fn u64(&self) -> Option<u64> {
        self.u64_in(0..=u64::MAX)
    }

    /// A whole number within `range`.
    #[must_use]
    pub fn u64_in(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let text = self.unquoted("a whole number")?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || (text.len() > 1 && text.starts_with('0')) {
            self.fail(format!("{} is not a whole number", quoted(text)));
            return None;
        }
        match text.parse() {
            Ok(number) if range.contains(&number) => Some(number),
            _ if *range.end() == u64::MAX => {
                self.fail(format!(
                    "{text} is out of range; write {} or more",
                    range.start()
                ));
                None
            }
            _ => {
                self.fail(format!(
                    "{} is out of range; write {} to {}",
                    quoted(text).trim_matches('"'),
                    range.start(),
                    range.end()
                ));
                None
            }
        }
    }

    /// `true` or `false`.
    #[must_use]
    pub fn bool(&self) -> Option<bool> {
        match self.unquoted("true or false")? {
            "true" => Some(true),
            "false" => Some(false),
            other => {
                self.fail(format!("{} is not true or false", quoted(other)));
                None
            }
        }
    }

    /// A decimal number such as `25` or `0.50`, as its text: no float comes between.
    #[must_use]
    pub fn decimal(&self) -> Option<&'a str> {
        let text = self.unquoted("a decimal number")?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if digits(whole) && digits(fraction) {
            return Some(text);
        }
        self.fail(format!(
            "{} is not a decimal number; write it as 25 or 0.50",
            quoted(text)
        ));
        None
    }

    /// One of `words`; `what` finishes "is not …" (`a period`).
    #[must_use]
    pub fn one_of<T: Clone>(&self, what: &str, words: &[(&str, T)]) -> Option<T> {
        let (text, _) = self.scalar(what)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let names: Vec<String> = words
            .iter()
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        self.fail(format!(
            "{} is not {what}; use {}",
            quoted(text),
            either(&names)
        ));
        None
    }

    /// A map.
    #[must_use]
    pub fn map(&self) -> Option<MapReader<'a>> {
        let Value::Map(entries) = &self.node.value else {
            self.fail(format!("is {}; write a map (key: value)", self.kind()));
            return None;
        };
        Some(MapReader {
            entries,
            used: vec![false; entries.len()],
            known: Vec::new(),
            item: self.clone(),
        })
    }

    /// A sequence. Each item is named after its `name` or `id`, or else its number.
    #[must_use]
    pub fn seq(&self) -> Option<Vec<Item<'a>>> {
        let Value::Seq(nodes) = &self.node.value else {
            self.fail(format!("is {}; write a list ([a, b])", self.kind()));
            return None;
        };
        let named = |(index, node): (usize, &'a Node)| {
            let path = match item_name(node) {
                Some(name) => join(&self.path, name),
                None => format!("{}[{index}]", self.path),
            };
            Item::new(node, path, self.problems.clone())
        };
        Some(nodes.iter().enumerate().map(named).collect())
    }

    /// A sequence of texts.
    #[must_use]
    pub fn strs(&self) -> Option<Vec<&'a str>> {
        // Each item is read before any is given up on, so that every problem is noted.
        let texts: Vec<Option<&'a str>> = self.seq()?.iter().map(Item::str).collect();
        texts.into_iter().collect()
    }

    fn scalar(&self, what: &str) -> Option<(&'a str, bool)> {
        if self.node.is_empty() {
            self.fail("has no value; write one or remove the key");
            return None;
        }
        match &self.node.value {
            Value::Scalar { text, quoted } => Some((text, *quoted)),
            _ => {
                self.fail(format!("is {}; write {what}", self.kind()));
                None
            }
        }
    }

    fn unquoted(&self, what: &str) -> Option<&'a str> {
        let (text, is_quoted) = self.scalar(what)?;
        if is_quoted {
            self.fail(format!("is text; write {what}, without quotes"));
            return None;
        }
        Some(text)
    }

    fn kind(&self) -> &'static str {
        match &self.node.value {
            _ if self.node.is_empty() => "empty",
            Value::Scalar { .. } => "a single value",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// A map whose keys are asked for one by one; [`MapReader::finish`] reports the ones that nobody asked for.
///
/// `key` is required and its absence noted; `opt_key` is not. Read every key before giving up on any.
#[derive(Debug)]
#[must_use = "call finish(), so that unknown keys are reported"]
pub struct MapReader<'a> {
    item: Item<'a>,
    entries: &'a [(Key, Node)],
    used: Vec<bool>,
    known: Vec<&'static str>,
}

/// The pair of readers for one type.
macro_rules! readers {
    ($($(#[$doc:meta])* $must:ident, $may:ident -> $type:ty;)*) => {$(
        $(#[$doc])*
        pub fn $must(&mut self, key: &'static str) -> Option<$type> {
            self.require(key)?.$must()
        }
        $(#[$doc])*
        /// Nothing is noted if the key is absent.
        pub fn $may(&mut self, key: &'static str) -> Option<$type> {
            self.get(key)?.$must()
        }
    )*};
}

impl<'a> MapReader<'a> {
    readers! {
        /// Text, not empty.
        str, opt_str -> &'a str;
        /// A whole number from zero.
        u64, opt_u64 -> u64;
        /// `true` or `false`.
        bool, opt_bool -> bool;
        /// A decimal number, as its text.
        decimal, opt_decimal -> &'a str;
        /// A map.
        map, opt_map -> MapReader<'a>;
        /// A sequence.
        seq, opt_seq -> Vec<Item<'a>>;
        /// A sequence of texts.
        strs, opt_strs -> Vec<&'a str>;
    }

    /// A whole number within `range`.
    pub fn u64_in(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        self.require(key)?.u64_in(range)
    }

    /// A whole number within `range`; nothing is noted if the key is absent.
    pub fn opt_u64_in(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        self.get(key)?.u64_in(range)
    }

    /// One of `words`; `what` finishes "is not …" (`a period`).
    pub fn one_of<T: Clone>(
        &mut self,
        key: &'static str,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        self.require(key)?.one_of(what, words)
    }

    /// One of `words`; nothing is noted if the key is absent.
    pub fn opt_one_of<T: Clone>(
        &mut self,
        key: &'static str,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        self.get(key)?.one_of(what, words)
    }

    /// The value of a key, whatever it is.
    pub fn get(&mut self, key: &'static str) -> Option<Item<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let index = self.entries.iter().position(|(name, _)| name.text == key)?;
        self.used[index] = true;
        Some(self.child(index))
    }

    /// The value of a key that must be there.
    pub fn require(&mut self, key: &'static str) -> Option<Item<'a>> {
        let found = self.get(key);
        if found.is_none() {
            self.item.fail(missing(key));
        }
        found
    }

    /// Every entry, for a map whose keys are the user's own names; all count as asked for.
    pub fn entries(&mut self) -> Vec<(&'a Key, Item<'a>)> {
        self.used.fill(true);
        let entries = self.entries.iter().enumerate();
        entries.map(|(i, (key, _))| (key, self.child(i))).collect()
    }

    /// The key as it stands in the file.
    #[must_use]
    pub fn key(&self, key: &str) -> Option<&'a Key> {
        let mut entries = self.entries.iter();
        entries.find_map(|(name, _)| (name.text == key).then_some(name))
    }

    /// Notes a problem with the map as a whole.
    pub fn fail(&self, message: impl AsRef<str>) {
        self.item.fail(message);
    }

    /// Where the map starts.
    #[must_use]
    pub fn place(&self) -> &'a Place {
        self.item.place()
    }

    /// The map's name in messages.
    #[must_use]
    pub fn path(&self) -> &str {
        self.item.path()
    }

    /// The list that this reader's problems go to.
    #[must_use]
    pub fn problems(&self) -> &Problems {
        &self.item.problems
    }

    /// Notes every key that was not asked for, with the known one that it may be a slip of.
    pub fn finish(self) {
        for ((key, _), used) in self.entries.iter().zip(&self.used) {
            if *used {
                continue;
            }
            let path = join(&self.item.path, &quoted(&key.text).replace('"', ""));
            let problems = &self.item.problems;
            let free = self
                .known
                .iter()
                .copied()
                .filter(|known| self.key(known).is_none());
            let hint = match nearest(&key.text, free) {
                Some(meant) => {
                    // One slip is one mistake: the key meant is not also missing.
                    problems.retract(self.place(), self.path(), &missing(meant));
                    format!("did you mean \"{meant}\"?")
                }
                None if self.known.is_empty() => "remove it".to_owned(),
                None => {
                    let known: Vec<String> = self
                        .known
                        .iter()
                        .map(|word| format!("\"{word}\""))
                        .collect();
                    format!("known here: {}", known.join(", "))
                }
            };
            problems.add(&key.place, &path, format!("no such key; {hint}"));
        }
    }

    fn child(&self, index: usize) -> Item<'a> {
        let (key, node) = &self.entries[index];
        let path = join(&self.item.path, &key.text);
        Item::new(node, path, self.item.problems.clone())
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn missing(key: &str) -> String {
    match key {
        "version" => "\"version\" is missing; begin the file with `version: 1`".to_owned(),
        _ => format!("\"{key}\" is missing"),
    }
}

/// A person looks for `budgets.research`, not for `budgets[7]`.
fn item_name(node: &Node) -> Option<&str> {
    let name = node.get("name").or_else(|| node.get("id"))?.text()?;
    let short = (1..=40).contains(&name.len());
    (short && !name.contains(char::is_whitespace)).then_some(name)
}

/// `"a"`, `"a" or "b"`, `"a", "b" or "c"`.
fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
