//! Web and mail addresses: words that are left whole.
//!
//! Their pattern has the form `head(?:(?!no)(?!nor)body|other|...)tail`: one group whose alternatives may begin with
//! negative look-aheads. The question is only whether the pattern matches, so an alternative with look-aheads is
//! asked at each place of the word: does the rest match, is nothing forbidden here, and does the head match up to here?

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::alternative::{group_end, split};
use super::element::{Element, Kind, elements, translate};
use super::engine::compile;

/// Recognises addresses.
#[derive(Debug)]
pub(crate) struct Address {
    /// The alternatives without look-aheads.
    plain: Option<Regex>,
    guarded: Vec<Guarded>,
}

#[derive(Debug)]
struct Guarded {
    /// From the beginning of the word to the place.
    head: Regex,
    /// What must not begin at the place.
    forbidden: Regex,
    /// What must begin at the place.
    rest: Regex,
}

impl Address {
    /// # Errors
    /// What about the pattern cannot be run.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        let elements = elements(pattern)?;
        if !looks(&elements) {
            return Ok(Self {
                plain: Some(compile(&translate(&elements))?),
                guarded: Vec::new(),
            });
        }
        let (head, group, tail) =
            cut(&elements).ok_or("a look-around outside of a group's beginning")?;
        let (head, tail) = (translate(head), translate(tail));
        let mut plain = Vec::new();
        let mut guarded = Vec::new();
        for alternative in split(group)? {
            let (guards, body) = guards(alternative)?;
            if looks(body) {
                return Err("a look-around in the middle of an alternative".into());
            }
            let body = translate(body);
            if guards.is_empty() {
                plain.push(body);
                continue;
            }
            guarded.push(Guarded {
                head: compile(&format!(r"{head}\z"))?,
                forbidden: compile(&guards.join("|"))?,
                rest: compile(&format!("(?:{body}){tail}"))?,
            });
        }
        let plain = match plain.join("|") {
            none if none.is_empty() => None,
            plain => Some(compile(&format!("{head}(?:{plain}){tail}"))?),
        };
        Ok(Self { plain, guarded })
    }

    /// Whether the pattern matches at the beginning of `word`.
    pub(crate) fn is_match(&self, word: &str) -> bool {
        let input = Input::new(word).anchored(Anchored::Yes);
        self.plain
            .as_ref()
            .is_some_and(|plain| plain.is_match(input))
            || self.guarded.iter().any(|guarded| guarded.is_match(word))
    }
}

impl Guarded {
    fn is_match(&self, word: &str) -> bool {
        // Most words have no such place at all, and one pass tells.
        if !self.rest.is_match(word) {
            return false;
        }
        let at = |place: usize| {
            Input::new(word)
                .span(place..word.len())
                .anchored(Anchored::Yes)
        };
        let mut places = word.char_indices().map(|(place, _)| place);
        places.any(|place| {
            let before = word.get(..place).unwrap_or_default();
            self.rest.is_match(at(place))
                && !self.forbidden.is_match(at(place))
                && self
                    .head
                    .is_match(Input::new(before).anchored(Anchored::Yes))
        })
    }
}

fn looks(elements: &[Element<'_>]) -> bool {
    elements.iter().any(|element| element.kind == Kind::Look)
}

type Parts<'e, 'p> = (&'e [Element<'p>], &'e [Element<'p>], &'e [Element<'p>]);

/// Head, inside of the group, tail; `None` where the look-arounds are not all in one unrepeated, outermost group.
fn cut<'e, 'p>(elements: &'e [Element<'p>]) -> Option<Parts<'e, 'p>> {
    if split(elements).ok()?.len() > 1 {
        return None;
    }
    let mut at = 0;
    while let Some(rest) = elements.get(at..) {
        let first = rest.first()?;
        let end = at
            + if first.kind == Kind::Open {
                group_end(rest)?
            } else {
                0
            };
        let group = elements.get(at..=end)?;
        if looks(group) {
            let [Element { text: "(?:", .. }, inside @ .., _] = group else {
                return None;
            };
            let tail = elements.get(end + 1..)?;
            let repeated = tail.first().is_some_and(|next| next.kind == Kind::Repeat);
            return (!looks(tail) && !repeated).then_some((elements.get(..at)?, inside, tail));
        }
        at = end + 1;
    }
    None
}

/// The translated insides of the negative look-aheads that an alternative begins with, and what follows them.
fn guards<'e, 'p>(mut rest: &'e [Element<'p>]) -> Result<(Vec<String>, &'e [Element<'p>]), String> {
    let mut found = Vec::new();
    while let Some(Element {
        kind: Kind::Look,
        text,
    }) = rest.first()
    {
        let end = group_end(rest).ok_or("a look-ahead is not closed")?;
        let inside = rest.get(1..end).unwrap_or_default();
        if *text != "(?!" || looks(inside) {
            return Err("a look-around other than (?!...)".into());
        }
        found.push(format!("(?:{})", translate(inside)));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    Ok((found, rest))
}
