//! Identifiers of persons, companies, health, vehicles and securities: by their form, their check digits, and the words
//! around them.
//!
//! A word with a digit in it is taken with the groups that single separators join to it; every rule whose length fits
//! looks at the characters without separators. Each place costs a bounded number of looks.

mod africa;
mod americas;
mod asia;
mod check;
mod documents;
mod europe;
mod global;
mod oceania;
mod vehicles;

use std::sync::LazyLock;

pub(crate) use check::{mod_11_10, verhoeff};
pub(crate) use global::is_country;

use super::{Builtin, Found, On, Weight, words};

/// The most characters of an identifier, without separators.
const LONGEST: usize = 34;
/// Groups that are looked at together.
const GROUPS: usize = 9;

/// What an identifier looks like, and how sure its form makes us.
#[derive(Debug)]
struct Kind {
    builtin: Builtin,
    /// Lengths without separators.
    lengths: &'static [usize],
    /// How it may be grouped, each the lengths of the groups; written in one piece it may be always.
    groups: &'static [&'static [usize]],
    /// Over the characters without separators, letters in capitals.
    check: fn(&[u8]) -> bool,
    need: Need,
    /// Words that speak for it, in small letters.
    words: &'static [&'static str],
}

/// What has to speak for an identifier beside its check digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Nothing: one number in a hundred at most has the form by chance.
    Nothing,
    /// One of its words, a grouping of its own, or that it stands alone: one number in ten has the form by chance.
    Some,
    /// One of its words, or that it stands alone: others are written in the same way.
    Words,
    /// The same, of what has no check digit: whatever has one is believed before it.
    Form,
    /// One of its words: the form says next to nothing.
    OnlyWords,
    /// That it stands alone: next to a word it would have right check digits.
    Alone,
}

impl Need {
    /// Whether check digits speak for it as well.
    const fn is_checked(self) -> bool {
        matches!(self, Self::Nothing | Self::Some | Self::Words)
    }
}

macro_rules! kinds {
    ($($builtin:ident $lengths:expr, $groups:expr, $check:path, $need:ident, $words:expr;)*) => {
        pub(in crate::ids) static KINDS: &[crate::ids::Kind] = &[$(crate::ids::Kind {
            builtin: crate::Builtin::$builtin, lengths: &$lengths, groups: &$groups, check: $check, need: crate::ids::Need::$need, words: &$words,
        },)*];
    };
}
use kinds;

/// In whatever order: of finds that are equal in all else, [`crate::resolve`] keeps that of the lower entity.
fn all() -> impl Iterator<Item = &'static Kind> {
    [
        global::KINDS,
        europe::NORDIC,
        europe::CENTRAL,
        europe::WEST,
        europe::SOUTH,
        europe::EAST,
        asia::KINDS,
        americas::KINDS,
        oceania::KINDS,
        africa::KINDS,
        vehicles::KINDS,
        documents::KINDS,
    ]
    .into_iter()
    .flatten()
}

/// By length: the kinds that could be of it.
static BY_LENGTH: LazyLock<Vec<Vec<&'static Kind>>> = LazyLock::new(|| {
    let mut table = vec![Vec::new(); LONGEST + 1];
    for kind in all() {
        for length in kind.lengths {
            table[*length].push(kind);
        }
    }
    table
});

/// The rules of one detector: those whose entities are on, by length.
#[derive(Debug)]
pub(super) struct Rules(Vec<Vec<(&'static Kind, u16)>>);

impl Rules {
    pub(super) fn new(on: &On) -> Option<Self> {
        let mut any = false;
        let of_length = |kinds: &Vec<&'static Kind>| {
            let kinds = kinds
                .iter()
                .filter_map(|kind| Some((*kind, on.get(kind.builtin)?)));
            kinds.collect::<Vec<_>>()
        };
        let rules = BY_LENGTH
            .iter()
            .map(of_length)
            .inspect(|kinds| any |= !kinds.is_empty())
            .collect();
        any.then_some(Self(rules))
    }
}

/// Whether the characters of an identifier, without separators and in capitals, are right by the rule of their kind.
/// `None`: no rule is about this entity.
#[must_use]
pub fn is_valid(builtin: Builtin, compact: &str) -> Option<bool> {
    let strict = has_check(builtin);
    let mut kinds = all()
        .filter(|kind| kind.builtin == builtin && (!strict || kind.need.is_checked()))
        .peekable();
    kinds.peek()?;
    Some(
        kinds.any(|kind| kind.lengths.contains(&compact.len()) && (kind.check)(compact.as_bytes())),
    )
}

/// Whether what has the form of this kind may still be wrong: it has check digits.
#[must_use]
pub fn has_check(builtin: Builtin) -> bool {
    all().any(|kind| kind.builtin == builtin && kind.need.is_checked())
}

/// Every identifier that begins with the word that holds the digit at `at`, or with groups of letters before it. Gives the
/// place before which all is done.
pub(super) fn find(bytes: &[u8], at: usize, rules: &Rules, out: &mut Vec<Found>) -> usize {
    let word = word(bytes, at);
    let mut start = Some(word.0);
    // The word itself, and with up to three groups of letters that stand before it.
    for _ in 0..4 {
        let Some(at) = start else { break };
        if begins(bytes, at) {
            of(bytes, at, rules, out);
        }
        start = letters_before(bytes, at);
    }
    word.1
}

/// The letters and digits around `at`; of a word that is far too long for an identifier only as much as tells so.
fn word(bytes: &[u8], at: usize) -> (usize, usize) {
    let most = LONGEST + 1;
    let part = |byte: &&u8| byte.is_ascii_alphanumeric();
    let start = at - bytes[..at].iter().rev().take(most).take_while(part).count();
    let end = at + bytes[at..].iter().take_while(part).count();
    (start, end)
}

/// A short group of letters that one separator joins to what begins at `start`: `AB` of `AB 12 34 56 C`.
fn letters_before(bytes: &[u8], start: usize) -> Option<usize> {
    let separator = start.checked_sub(1)?;
    if !matches!(bytes[separator], b' ' | b'-' | b'.' | b'/') {
        return None;
    }
    let letters = bytes[..separator]
        .iter()
        .rev()
        .take(7)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    (1..=6).contains(&letters).then(|| separator - letters)
}

/// Nothing that belongs to it stands before: no letter, and no number that a separator joins.
fn begins(bytes: &[u8], start: usize) -> bool {
    let Some(before) = start.checked_sub(1).map(|at| bytes[at]) else {
        return true;
    };
    let joined = matches!(before, b'-' | b'.' | b'/' | b'+')
        && start >= 2
        && bytes[start - 2].is_ascii_alphanumeric();
    !before.is_ascii_alphanumeric() && before != b'_' && !joined
}

fn ends(bytes: &[u8], end: usize) -> bool {
    let Some(after) = bytes.get(end) else {
        return true;
    };
    let next = bytes.get(end + 1);
    // A dot and letters are the end of a file's name, and no part of a number.
    let joined = matches!(after, b'-' | b'/' | b'+' | b':')
        && next.is_some_and(u8::is_ascii_alphanumeric)
        || *after == b'.' && next.is_some_and(u8::is_ascii_digit);
    !after.is_ascii_alphanumeric() && *after != b'_' && !joined
}

fn of(bytes: &[u8], start: usize, rules: &Rules, out: &mut Vec<Found>) {
    let mut compact = [0_u8; LONGEST];
    let mut groups = [0_usize; GROUPS];
    let (mut length, mut count, mut at) = (0, 0, start);
    let (mut separator, mut last) = (None, None);
    while count < GROUPS {
        let rest = &bytes[at..bytes.len().min(at + LONGEST + 1)];
        let group = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        if group == 0 || length + group > LONGEST {
            return;
        }
        for byte in &rest[..group] {
            compact[length] = byte.to_ascii_uppercase();
            length += 1;
        }
        groups[count] = group;
        count += 1;
        at += group;
        if ends(bytes, at) {
            let seen = Seen {
                compact: &compact[..length],
                groups: &groups[..count],
                bytes,
                range: (start, at),
                separator,
            };
            seen.judge(rules, out);
        }
        // One kind of separator throughout; a few are written with two.
        let Some(next) = bytes.get(at).copied() else {
            return;
        };
        let mixed = |one| {
            matches!(
                (one, next),
                (b'.', b'-' | b'/') | (b'/', b'-') | (b' ', b'-' | b'/') | (b'-', b'/' | b'.')
            )
        };
        if !matches!(next, b' ' | b'-' | b'.' | b'/' | b'+' | b':' | b'_')
            || last.is_some_and(|one| one != next && !mixed(one))
        {
            return;
        }
        separator.get_or_insert(next);
        last = Some(next);
        at += 1;
    }
}

/// What stands at a place.
struct Seen<'a> {
    compact: &'a [u8],
    groups: &'a [usize],
    bytes: &'a [u8],
    range: (usize, usize),
    /// The sign that parts the first groups.
    separator: Option<u8>,
}

impl Seen<'_> {
    /// Whether the kind is written with the sign that parts the groups here.
    fn may_part(&self, builtin: Builtin) -> bool {
        match self.separator {
            Some(b'+') => matches!(builtin, Builtin::FiHetu | Builtin::SePersonnummer),
            Some(b':') => builtin == Builtin::InAadhaar,
            Some(b'_') => builtin == Builtin::ItVatCode,
            // The sign between birthday and number says in which century.
            one => builtin != Builtin::FiHetu || self.compact.len() == 11 || one == Some(b'-'),
        }
    }

    /// Groups that telephone numbers, amounts and cards are not written in.
    fn is_own_grouping(&self) -> bool {
        let even = self.groups.iter().all(|group| *group == self.groups[0]);
        !(even
            || self.separator == Some(b' ')
                && matches!(self.groups, [3, 3, 4] | [3, 4, 2] | [5, 5] | [2, 3, 3, 3]))
    }

    fn judge(&self, rules: &Rules, out: &mut Vec<Found>) {
        let Some(kinds) = rules.0.get(self.compact.len()) else {
            return;
        };
        for (kind, entity) in kinds {
            let grouped = kind.groups.contains(&self.groups);
            if (self.groups.len() > 1 && !grouped)
                || !self.may_part(kind.builtin)
                || !(kind.check)(self.compact)
            {
                continue;
            }
            let (start, end) = self.range;
            let said = words::near(self.bytes, start, end, kind.words);
            let alone = || words::alone(self.bytes, start, end);
            let (weight, score) = match kind.need {
                Need::Alone if alone() => (Weight::Context, 50),
                Need::Alone => continue,
                Need::Form if said => (Weight::Form, 70),
                Need::OnlyWords if said => (Weight::Checked, 70),
                _ if said => (Weight::Checked, 90),
                Need::Nothing => (Weight::Specific, 80),
                Need::Some if grouped && self.is_own_grouping() => (Weight::Form, 65),
                Need::Some | Need::Words if alone() => (Weight::Form, 50),
                Need::Form if alone() => (Weight::Context, 50),
                _ => continue,
            };
            out.push(Found {
                entity: *entity,
                start,
                end,
                weight,
                score,
                rule: kind.builtin.rule(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
