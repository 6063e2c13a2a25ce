//! Puts the originals back into an answer: exactly those of this call, in a whole text or in a stream.
//!
//! Models write what they were given in their own way: in capitals, in bold, with other hyphens, blanks or none, wrapped
//! over two lines, escaped for JSON, HTML or an address. So a surrogate is known by its letters and digits alone, in
//! order; what may stand between them is bounded. A text with one other letter or digit is none.

mod unit;

use std::collections::HashSet;
use std::sync::Arc;

use unit::{Unit, unit};

/// The surrogates of one call and what they stand for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Surrogates(Option<Arc<Live>>);

/// A tree over the letters and digits of all surrogates.
struct Live {
    nodes: Vec<Node>,
    /// What each surrogate stands for.
    originals: Vec<(Arc<str>, Box<str>)>,
}

#[derive(Default)]
struct Node {
    next: Vec<(u8, u32)>,
    /// The surrogates that end here: more than one where a value is written in several ways.
    ends: Vec<u32>,
}

/// As many characters may stand between two letters of a surrogate, marks of emphasis and the like not counted.
const BETWEEN: u8 = 6;
/// And as many of any kind.
const NOISE: u8 = 12;

impl Surrogates {
    /// From surrogates, each another one, and their originals.
    pub(super) fn new(pairs: impl IntoIterator<Item = (Arc<str>, Box<str>)>) -> Self {
        let mut live = Live {
            nodes: vec![Node::default()],
            originals: Vec::new(),
        };
        for (made, value) in pairs {
            live.add(made, value);
        }
        Self((!live.originals.is_empty()).then(|| Arc::new(live)))
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
        let passed = live.pass(text, true, &mut restored);
        (passed.found > 0).then(|| {
            restored.push_str(&text[passed.to..]);
            restored
        })
    }

    /// Where surrogates of this call stand in a text.
    #[must_use]
    pub fn places(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let Some(live) = &self.0 else {
            return Vec::new();
        };
        let mut places = Vec::new();
        let mut from = 0;
        while let Search::Found(found) = live.search(text, from, true) {
            places.push(found.start..found.end);
            from = found.end;
        }
        places
    }

    /// The surrogates that the text holds, however they are written there.
    pub(super) fn standing(&self, text: &str) -> HashSet<Arc<str>> {
        let Some(live) = &self.0 else {
            return HashSet::new();
        };
        let mut standing = HashSet::new();
        let mut from = 0;
        while let Search::Found(found) = live.search(text, from, true) {
            let ends = &live.nodes[found.node].ends;
            standing.extend(
                ends.iter()
                    .map(|which| Arc::clone(&live.originals[*which as usize].0)),
            );
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
        let pairs = live.originals.iter();
        Self::new(pairs.map(|(made, value)| (Arc::clone(made), escape_json(value))))
    }

    /// For one running text of a streamed answer.
    #[must_use]
    pub fn stream(&self) -> StreamRestorer {
        StreamRestorer {
            surrogates: self.clone(),
            held: String::new(),
            before: None,
        }
    }
}

impl std::fmt::Debug for Surrogates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Surrogates({})",
            self.0.as_ref().map_or(0, |live| live.originals.len())
        )
    }
}

/// Restores a text that arrives in pieces. Holds back exactly the longest end that may still become a surrogate;
/// everything before it passes at once.
pub struct StreamRestorer {
    surrogates: Surrogates,
    held: String,
    /// The last character that passed: a digit before a number makes it another number.
    before: Option<char>,
}

impl StreamRestorer {
    /// Takes the next piece and appends to `out` whatever is certain.
    pub fn push(&mut self, text: &str, out: &mut String) {
        self.go(text, false, out);
    }

    /// The text has ended: whatever is held was no surrogate, or a whole one that could have been longer.
    pub fn finish(&mut self, out: &mut String) {
        self.go("", true, out);
        out.push_str(&std::mem::take(&mut self.held));
    }

    /// Something is held back.
    #[must_use]
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    fn go(&mut self, text: &str, ended: bool, out: &mut String) {
        let Some(live) = self.surrogates.0.clone() else {
            out.push_str(text);
            return;
        };
        // The character before is looked at and not written again.
        let mut whole = String::with_capacity(4 + self.held.len() + text.len());
        whole.extend(self.before);
        let skip = whole.len();
        whole.push_str(&self.held);
        whole.push_str(text);
        let from = out.len();
        let passed = live.pass_from(&whole, skip, ended, out);
        if passed.to > skip {
            self.before = whole[..passed.to].chars().next_back();
        }
        debug_assert!(out.len() >= from);
        self.held.clear();
        self.held.push_str(&whole[passed.to..]);
    }
}

impl std::fmt::Debug for StreamRestorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StreamRestorer({} bytes held)", self.held.len())
    }
}

struct Match {
    start: usize,
    end: usize,
    node: usize,
}

enum Search {
    Found(Match),
    /// From here on it may still become one.
    Hold(usize),
    Nothing,
}

struct Passed {
    to: usize,
    found: usize,
}

/// What a walk down the tree from one place came to.
enum Walk {
    Found {
        end: usize,
        node: usize,
    },
    /// The text ended on the way.
    Open,
    None,
}

impl Live {
    fn add(&mut self, made: Arc<str>, value: Box<str>) {
        let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '[' | ']');
        let inner = made.trim_start_matches(|c| !is_key(c));
        let lead = &made.as_bytes()[..made.len() - inner.len()];
        let tail = &inner.as_bytes()[inner.trim_end_matches(|c| !is_key(c)).len()..];
        let keys: Vec<u8> = inner
            .bytes()
            .filter(|byte| is_key(char::from(*byte)))
            .map(|byte| byte.to_ascii_lowercase())
            .collect();
        if keys.is_empty() {
            return;
        }
        let which = self.originals.len() as u32;
        self.originals.push((Arc::clone(&made), value));
        // Signs before and behind it (`+49 …`, `https://…/`) are its own where they stand, and may be missing.
        for lead in if lead.is_empty() {
            vec![lead]
        } else {
            vec![&[][..], lead]
        } {
            let node = lead
                .iter()
                .chain(&keys)
                .fold(0, |node, key| self.step(node, *key));
            self.nodes[node].ends.push(which);
            if !tail.is_empty() {
                let node = tail.iter().fold(node, |node, key| self.step(node, *key));
                self.nodes[node].ends.push(which);
            }
        }
    }

    fn step(&mut self, node: usize, key: u8) -> usize {
        self.child(node, key).unwrap_or_else(|| {
            let next = self.nodes.len();
            self.nodes[node].next.push((key, next as u32));
            self.nodes.push(Node::default());
            next
        })
    }

    /// What stands for a match: the value that is written just so, or else the first.
    fn original(&self, found: &Match, text: &str) -> &str {
        let ends = &self.nodes[found.node].ends;
        let written = &text[found.start..found.end];
        let same = ends.iter().find(|which| {
            self.originals[**which as usize]
                .0
                .eq_ignore_ascii_case(written)
        });
        same.or(ends.first())
            .map_or("", |which| &self.originals[*which as usize].1)
    }

    fn pass(&self, text: &str, ended: bool, out: &mut String) -> Passed {
        self.pass_from(text, 0, ended, out)
    }

    /// Appends what is certain of `text[from..]`, restored, and says how far that is.
    fn pass_from(&self, text: &str, from: usize, ended: bool, out: &mut String) -> Passed {
        let mut passed = Passed { to: from, found: 0 };
        loop {
            match self.search(text, passed.to, ended) {
                Search::Found(found) => {
                    out.push_str(&text[passed.to..found.start]);
                    out.push_str(self.original(&found, text));
                    passed.to = found.end;
                    passed.found += 1;
                }
                Search::Hold(at) => {
                    out.push_str(&text[passed.to..at]);
                    passed.to = at;
                    return passed;
                }
                Search::Nothing => {
                    if !ended || passed.found == 0 {
                        out.push_str(&text[passed.to..]);
                        passed.to = text.len();
                    }
                    return passed;
                }
            }
        }
    }

    /// The first surrogate from `from` on, and of those that start there the longest.
    fn search(&self, text: &str, from: usize, ended: bool) -> Search {
        let mut at = from;
        while at < text.len() {
            let byte = text.as_bytes()[at];
            let read = unit(&text[at..]);
            let starts = match read {
                // Half an escape.
                None if !ended => return Search::Hold(at),
                Some((Unit::Key(key), _)) => {
                    let inside =
                        key.is_ascii_digit() && text[..at].ends_with(|c: char| c.is_ascii_digit());
                    !inside && self.child(0, key).is_some()
                }
                _ => self.child(0, byte).is_some(),
            };
            if starts {
                match self.walk(text, at, ended) {
                    Walk::Found { end, node } => {
                        return Search::Found(Match {
                            start: at,
                            end,
                            node,
                        });
                    }
                    Walk::Open => return Search::Hold(at),
                    Walk::None => {}
                }
            }
            // An escape may hide a letter behind its first sign: only whole characters are passed over.
            at += match read {
                Some((Unit::Key(_), length)) => length,
                _ => text[at..].chars().next().map_or(1, char::len_utf8),
            };
        }
        Search::Nothing
    }

    fn child(&self, node: usize, key: u8) -> Option<usize> {
        let next = self.nodes[node]
            .next
            .iter()
            .find(|(known, _)| *known == key);
        next.map(|(_, next)| *next as usize)
    }

    /// Down the tree from one place in the text.
    fn walk(&self, text: &str, start: usize, ended: bool) -> Walk {
        let (mut node, mut at) = (0, start);
        // What stands between since the last letter.
        let (mut between, mut noise) = (0, 0);
        let mut best = Walk::None;
        let mut last_digit = false;
        loop {
            let here = &self.nodes[node];
            let whole = !here.ends.is_empty() && between + noise == 0;
            let Some(byte) = text.as_bytes().get(at).copied() else {
                // What is there has ended. A number may go on, and a longer surrogate may come of it.
                let certain = ended || here.next.is_empty() && !last_digit;
                return match (whole, certain) {
                    (true, true) => Walk::Found { end: at, node },
                    (_, _) if ended || here.next.is_empty() && !whole => best,
                    _ => Walk::Open,
                };
            };
            // A sign of its own, before or behind.
            let own = (!byte.is_ascii_alphanumeric() && between + noise == 0)
                .then(|| self.child(node, byte))
                .flatten();
            let read = match own {
                Some(_) => Some((Unit::Key(byte), 1)),
                None => unit(&text[at..]),
            };
            let Some((read, length)) = read else {
                return if ended { best } else { Walk::Open };
            };
            if whole && !(last_digit && matches!(read, Unit::Key(key) if key.is_ascii_digit())) {
                best = Walk::Found { end: at, node };
            }
            match read {
                Unit::Key(key) => {
                    let Some(next) = self.child(node, key) else {
                        return best;
                    };
                    node = next;
                    last_digit = key.is_ascii_digit();
                    (between, noise) = (0, 0);
                }
                Unit::Between => between += 1,
                Unit::Mark => noise += 1,
                Unit::Other => return best,
            }
            if between > BETWEEN || noise > NOISE || here.next.is_empty() && between + noise > 0 {
                return best;
            }
            at += length;
        }
    }
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
