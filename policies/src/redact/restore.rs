//! Puts the originals back into an answer: exactly those of this call, in a whole text or in a stream.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

/// The surrogates of one call and what they stand for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Surrogates(Option<Arc<Live>>);

/// Surrogates are found in any case of letters: models write capitals where there were none.
struct Live {
    /// Surrogate in lower case, and its original; sorted.
    pairs: Vec<(Box<str>, Box<str>)>,
    /// Bytes that a surrogate can start with.
    starts: [bool; 256],
    longest: usize,
}

impl Surrogates {
    /// From surrogates, each of ASCII and each another one, and their originals.
    pub(super) fn new(pairs: impl IntoIterator<Item = (Arc<str>, Box<str>)>) -> Self {
        let lower = |(made, value): (Arc<str>, Box<str>)| (made.to_ascii_lowercase().into(), value);
        let mut pairs: Vec<(Box<str>, Box<str>)> = pairs.into_iter().map(lower).collect();
        if pairs.is_empty() {
            return Self(None);
        }
        pairs.sort();
        let mut starts = [false; 256];
        for first in pairs.iter().filter_map(|(made, _)| made.bytes().next()) {
            starts[usize::from(first)] = true;
            starts[usize::from(first.to_ascii_uppercase())] = true;
        }
        let longest = pairs.iter().map(|(made, _)| made.len()).max().unwrap_or(0);
        Self(Some(Arc::new(Live {
            pairs,
            starts,
            longest,
        })))
    }

    /// Nothing was replaced, so nothing is to be restored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The text with every original back in its place. `None`: it holds no surrogate.
    #[must_use]
    pub fn restore(&self, text: &str) -> Option<String> {
        let live = self.0.as_ref()?;
        let mut restored = String::new();
        let mut copied = 0;
        while let Some(found) = live.next(text, copied, text.len()) {
            restored.push_str(&text[copied..found.start]);
            restored.push_str(found.original);
            copied = found.end;
        }
        if copied == 0 {
            return None;
        }
        restored.push_str(&text[copied..]);
        Some(restored)
    }

    /// The surrogates, in lower case, that the text holds.
    pub(super) fn standing(&self, text: &str) -> HashSet<String> {
        let mut standing = HashSet::new();
        let mut from = 0;
        while let Some(found) = self
            .0
            .as_ref()
            .and_then(|live| live.next(text, from, text.len()))
        {
            standing.insert(text[found.start..found.end].to_ascii_lowercase());
            from = found.end;
        }
        standing
    }

    /// The same for a text that is JSON source (a tool call's arguments): originals are put in JSON-escaped.
    #[must_use]
    pub fn for_json(&self) -> Self {
        let Some(live) = &self.0 else {
            return Self(None);
        };
        let pairs = live.pairs.iter();
        let pairs = pairs.map(|(made, value)| (Arc::<str>::from(&**made), escape_json(value)));
        Self::new(pairs)
    }

    /// For one running text of a streamed answer.
    #[must_use]
    pub fn stream(&self) -> StreamRestorer {
        StreamRestorer {
            surrogates: self.clone(),
            held: String::new(),
        }
    }
}

impl std::fmt::Debug for Surrogates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Surrogates({})",
            self.0.as_ref().map_or(0, |live| live.pairs.len())
        )
    }
}

/// Restores a text that arrives in pieces. Holds back exactly the longest end that may still become a surrogate;
/// everything before it passes at once.
pub struct StreamRestorer {
    surrogates: Surrogates,
    held: String,
}

impl StreamRestorer {
    /// Takes the next piece and appends to `out` whatever is certain.
    pub fn push(&mut self, text: &str, out: &mut String) {
        let Some(live) = &self.surrogates.0 else {
            out.push_str(text);
            return;
        };
        if self.held.is_empty() {
            let passed = live.pass(text, out);
            self.held.push_str(&text[passed..]);
        } else {
            self.held.push_str(text);
            let passed = live.pass(&self.held, out);
            self.held.drain(..passed);
        }
    }

    /// The text has ended: whatever is held was no surrogate, or a whole one that could have been longer.
    pub fn finish(&mut self, out: &mut String) {
        let held = std::mem::take(&mut self.held);
        out.push_str(&self.surrogates.restore(&held).unwrap_or(held));
    }

    /// Something is held back.
    #[must_use]
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}

impl std::fmt::Debug for StreamRestorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StreamRestorer({} bytes held)", self.held.len())
    }
}

struct Match<'a> {
    start: usize,
    end: usize,
    original: &'a str,
}

impl Live {
    /// Appends what is certain of `text`, restored; returns how much of it that was.
    fn pass(&self, text: &str, out: &mut String) -> usize {
        let mut passed = 0;
        loop {
            let hold = self.hold(text, passed);
            // A match that starts before the held end can neither grow nor be overtaken by an earlier one.
            let Some(found) = self.next(text, passed, hold) else {
                out.push_str(&text[passed..hold]);
                return hold;
            };
            out.push_str(&text[passed..found.start]);
            out.push_str(found.original);
            passed = found.end;
        }
    }

    /// The first surrogate that starts within `from..to`, and of those that start there the longest.
    fn next(&self, text: &str, from: usize, to: usize) -> Option<Match<'_>> {
        let bytes = text.as_bytes();
        let mut starts = (from..to).filter(|at| self.starts[usize::from(bytes[*at])]);
        starts.find_map(|start| {
            let (made, original) = self.longest_at(&bytes[start..])?;
            Some(Match {
                start,
                end: start + made.len(),
                original,
            })
        })
    }

    /// The longest surrogate that `text` begins with.
    fn longest_at(&self, text: &[u8]) -> Option<(&str, &str)> {
        let mut text = &text[..text.len().min(self.longest)];
        loop {
            // Sorted: what `text` begins with stands before it, the longest nearest.
            let after = self
                .pairs
                .partition_point(|(made, _)| compare(made.as_bytes(), text) != Ordering::Greater);
            let (made, original) = self.pairs.get(after.checked_sub(1)?)?;
            let common = common(made.as_bytes(), text);
            if common == made.len() {
                return Some((made, original));
            }
            text = &text[..common];
        }
    }

    /// Where the longest end of `text` starts that is the beginning of a surrogate and not yet the whole of it.
    fn hold(&self, text: &str, from: usize) -> usize {
        let bytes = text.as_bytes();
        let first = from.max(bytes.len().saturating_sub(self.longest.saturating_sub(1)));
        let mut ends = (first..bytes.len()).filter(|at| self.starts[usize::from(bytes[*at])]);
        ends.find(|at| self.may_become(&bytes[*at..]))
            .unwrap_or(bytes.len())
    }

    fn may_become(&self, end: &[u8]) -> bool {
        let longer = self
            .pairs
            .partition_point(|(made, _)| compare(made.as_bytes(), end) != Ordering::Greater);
        self.pairs
            .get(longer)
            .is_some_and(|(made, _)| common(made.as_bytes(), end) == end.len())
    }
}

/// As bytes compare, with capitals in `text` taken for small letters. `made` has none.
fn compare(made: &[u8], text: &[u8]) -> Ordering {
    made.iter()
        .copied()
        .cmp(text.iter().map(u8::to_ascii_lowercase))
}

fn common(made: &[u8], text: &[u8]) -> usize {
    made.iter()
        .zip(text)
        .take_while(|(made, byte)| **made == byte.to_ascii_lowercase())
        .count()
}

/// As inside a JSON string.
fn escape_json(text: &str) -> Box<str> {
    let mut out = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            plain => out.push(plain),
        }
    }
    out.into()
}
