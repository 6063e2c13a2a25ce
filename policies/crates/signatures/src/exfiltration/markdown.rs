//! Images, links and link definitions of Markdown, also when they run over several lines.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::{Fetched, Reference};

/// Brackets and parentheses may be nested so deep; of more, the outermost are forgotten.
const DEPTH: usize = 16;

/// Stands for an address that the text does not hold; no host is allowed by this name.
const UNKNOWN: &str = "https://unknown.invalid/";

/// All references in one pass.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let mut reader = Reader {
        text,
        ..Reader::default()
    };
    let bytes = text.as_bytes();
    let mut position = 0;
    while position < bytes.len() {
        match bytes[position] {
            b'\\' => position += 1,
            b'[' => reader.open_bracket(position),
            b']' => reader.close_bracket(position),
            // The parenthesis of a link is opened at its bracket.
            b'(' if !reader.parentheses.is_empty() && !text[..position].ends_with(']') => {
                push(&mut reader.parentheses, None)
            }
            b')' => reader.close_parenthesis(position),
            b'\n' if is_blank_line(&bytes[position + 1..]) => {
                reader.brackets.clear();
                reader.parentheses.clear();
            }
            _ => {}
        }
        position += 1;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    brackets: VecDeque<Opening>,
    /// The open destinations, and `None` for parentheses within them.
    parentheses: VecDeque<Option<Destination>>,
    found: Vec<Reference>,
    /// Definitions by label.
    defined: Vec<(String, Reference)>,
    /// Images by the labels that they use.
    shown: BTreeMap<String, Vec<Range<usize>>>,
}

#[derive(Clone, Copy)]
struct Opening {
    start: usize,
    inside: usize,
    image: bool,
}

struct Destination {
    opening: Opening,
    inside: usize,
}

impl Reader<'_> {
    fn open_bracket(&mut self, position: usize) {
        let image = self.text[..position].ends_with('!');
        push(
            &mut self.brackets,
            Opening {
                start: position - usize::from(image),
                inside: position + 1,
                image,
            },
        );
    }

    fn close_bracket(&mut self, position: usize) {
        let Some(opening) = self.brackets.pop_back() else {
            return;
        };
        let label = &self.text[opening.inside..position];
        let rest = &self.text[position + 1..];
        match rest.bytes().next() {
            Some(b'(') => push(
                &mut self.parentheses,
                Some(Destination {
                    opening,
                    inside: position + 2,
                }),
            ),
            Some(b':') if !opening.image && starts_line(&self.text[..opening.start]) => {
                self.define(label, opening.start, position + 2)
            }
            // Its label follows and is read as a bracket of its own: here the whole label counts.
            Some(b'[') if opening.image => {
                let end = rest.find(']').unwrap_or(0);
                let named = rest.get(1..end).unwrap_or_default();
                let label = if named.is_empty() { label } else { named };
                self.show(label, opening.start..position + end + 2);
            }
            _ if opening.image => self.show(label, opening.start..position + 1),
            _ => {}
        }
    }

    fn show(&mut self, label: &str, range: Range<usize>) {
        self.shown.entry(folded(label)).or_default().push(range);
    }

    fn close_parenthesis(&mut self, position: usize) {
        if let Some(Some(Destination { opening, inside })) = self.parentheses.pop_back() {
            let fetched = if opening.image {
                Fetched::AtOnce
            } else {
                Fetched::OnClick
            };
            let url = destination(&self.text[inside..position]);
            self.found.push(Reference {
                range: opening.start..position + 1,
                url,
                fetched,
            });
        }
    }

    /// The URL may stand on the next line.
    fn define(&mut self, label: &str, start: usize, after: usize) {
        let rest = &self.text[after..];
        let skipped = rest.len() - rest.trim_start().len();
        let length = rest[skipped..]
            .find(char::is_whitespace)
            .unwrap_or(rest.len() - skipped);
        let url = rest[skipped..skipped + length]
            .trim_start_matches('<')
            .trim_end_matches('>')
            .to_owned();
        let range = start..after + skipped + length;
        self.defined.push((
            folded(label),
            Reference {
                range,
                url,
                fetched: Fetched::OnClick,
            },
        ));
    }

    fn finish(mut self) -> Vec<Reference> {
        for (label, mut reference) in std::mem::take(&mut self.defined) {
            if self.shown.remove(&label).is_some() {
                reference.fetched = Fetched::AtOnce;
            }
            self.found.push(reference);
        }
        // The address of such an image comes later, or never: nobody can say that it is allowed.
        // `f(![x])` is code, and `![a] (b)` a remark.
        let text = self.text;
        let stands = move |range: &Range<usize>| {
            let named = text[range.clone()].contains("][");
            let before = text[..range.start].chars().next_back();
            let remark = text[range.end..].trim_start_matches(' ').starts_with('(');
            named || before.is_none_or(char::is_whitespace) && !remark
        };
        let shown = self.shown.into_values().flatten().filter(stands);
        let unknown = shown.map(|range| Reference {
            range,
            url: UNKNOWN.to_owned(),
            fetched: Fetched::AtOnce,
        });
        self.found.extend(unknown);
        self.found
    }
}

fn push<T>(stack: &mut VecDeque<T>, value: T) {
    if stack.len() == DEPTH {
        stack.pop_front();
    }
    stack.push_back(value);
}

/// The URL of a destination: without its title, put together if it is cut by spaces or lines.
fn destination(inside: &str) -> String {
    let title = inside.find([' ', '\n', '\t']).and_then(|_| {
        inside
            .match_indices(['"', '\''])
            .map(|(quote, _)| quote)
            .find(|quote| inside[..*quote].ends_with(char::is_whitespace))
    });
    let url = inside[..title.unwrap_or(inside.len())].trim();
    let url = url
        .strip_prefix('<')
        .map_or(url, |url| url.strip_suffix('>').unwrap_or(url));
    url.chars()
        .filter(|letter| !letter.is_whitespace())
        .collect()
}

fn folded(label: &str) -> String {
    label
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn is_blank_line(rest: &[u8]) -> bool {
    rest.iter()
        .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))
        == Some(&b'\n')
}

/// Nothing but spaces and signs of quotation and lists before, on this line.
fn starts_line(before: &str) -> bool {
    before
        .bytes()
        .rev()
        .take_while(|byte| *byte != b'\n')
        .all(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'*' | b'-'))
}
