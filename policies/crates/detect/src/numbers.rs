//! Numbers written in groups: cards, social security numbers, telephone numbers.
//!
//! A run is digits with single separators between; it is cut into groups once, and each kind looks at the groups.

use super::checksum::luhn;
use super::{Builtin, Found, On, Weight, national, phone};

/// Groups that are looked at together. A longer run is taken up again further on.
const GROUPS: usize = 16;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Group {
    pub(super) fn len(self) -> usize {
        self.end - self.start
    }
}

/// A run of digits in groups.
pub(super) struct Run<'a> {
    pub(super) bytes: &'a [u8],
    groups: [Group; GROUPS],
    count: usize,
}

impl Run<'_> {
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups[..self.count]
    }

    /// What stands between a group and the next one.
    pub(super) fn between(&self, index: usize) -> &[u8] {
        match (self.groups().get(index), self.groups().get(index + 1)) {
            (Some(this), Some(next)) => &self.bytes[this.end..next.start],
            _ => b"",
        }
    }

    /// The byte before a group, and the byte after one.
    pub(super) fn before(&self, index: usize) -> Option<u8> {
        self.groups[index]
            .start
            .checked_sub(1)
            .map(|at| self.bytes[at])
    }

    pub(super) fn after(&self, index: usize) -> Option<u8> {
        self.bytes.get(self.groups[index].end).copied()
    }

    /// Whether groups `first..=last` stand by themselves: not part of a word or of a longer dashed or dotted number.
    pub(super) fn alone(&self, first: usize, last: usize) -> bool {
        let joined = |between: &[u8]| {
            between
                .iter()
                .any(|byte| matches!(byte, b'-' | b'.' | b'/'))
        };
        // `pay_4111…` is a word with a number in it, and the number is one.
        let word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        let start = first == 0 || !joined(self.between(first - 1));
        start && !joined(self.between(last)) && !word(self.before(first)) && !word(self.after(last))
    }

    /// The one separator between groups `first..=last`, if it is the same everywhere.
    fn separator(&self, first: usize, last: usize) -> Option<u8> {
        let [one] = self.between(first) else {
            return None;
        };
        (first..last)
            .all(|index| self.between(index) == [*one])
            .then_some(*one)
            .filter(|byte| matches!(byte, b' ' | b'-' | b'.'))
    }

    pub(super) fn digits(
        &self,
        first: usize,
        last: usize,
    ) -> impl DoubleEndedIterator<Item = u8> + Clone {
        self.bytes[self.groups[first].start..self.groups[last].end]
            .iter()
            .copied()
            .filter(u8::is_ascii_digit)
    }

    pub(super) fn count_digits(&self, first: usize, last: usize) -> usize {
        self.groups[first..=last]
            .iter()
            .map(|group| group.len())
            .sum()
    }
}

/// `at` is the first digit of a run. Returns the place before which every number is done.
pub(super) fn find(bytes: &[u8], at: usize, on: &On, out: &mut Vec<Found>) -> usize {
    let (run, done) = cut(bytes, at);
    if run.count_digits(0, run.count - 1) < 7 {
        return done;
    }
    // Of a run that goes on, what begins in the second half is looked at again with what follows it.
    let starts = if done < run.groups[run.count - 1].end {
        GROUPS / 2
    } else {
        run.count
    };
    let sure = |index: usize| {
        let card = on
            .get(Builtin::CreditCard)
            .and_then(|entity| card(&run, index, entity));
        card.or_else(|| {
            on.get(Builtin::UsSsn)
                .and_then(|entity| ssn(&run, index, entity))
        })
    };
    let mut reached = done;
    let mut index = 0;
    while index < starts {
        let found = sure(index).or_else(|| {
            let phone = on
                .get(Builtin::PhoneNumber)
                .and_then(|entity| phone::find(&run, index, entity));
            // A telephone number takes nothing from a card.
            let free =
                |(_, last): &(Found, usize)| (index + 1..=*last).all(|at| sure(at).is_none());
            phone
                .filter(free)
                .or_else(|| national::find(&run, index, on))
        });
        match found {
            Some((found, last)) => {
                reached = reached.max(found.end);
                out.push(found);
                index = last + 1;
            }
            None => index += 1,
        }
    }
    reached
}

fn cut(bytes: &[u8], at: usize) -> (Run<'_>, usize) {
    let mut run = Run {
        bytes,
        groups: [Group::default(); GROUPS],
        count: 0,
    };
    let mut start = at;
    loop {
        let end = start
            + bytes[start..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
        run.groups[run.count] = Group { start, end };
        run.count += 1;
        let gap = bytes[end..]
            .iter()
            .take(4)
            .take_while(|byte| is_separator(**byte))
            .count();
        let next = end + gap;
        if gap == 0 || gap > 3 || !bytes.get(next).is_some_and(u8::is_ascii_digit) {
            return (run, end);
        }
        if run.count == GROUPS {
            let done = run.groups[GROUPS / 2].start;
            return (run, done);
        }
        start = next;
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/' | b'+')
}

fn card(run: &Run<'_>, first: usize, entity: u16) -> Option<(Found, usize)> {
    let valid = |last: usize| {
        let count = run.count_digits(first, last);
        (12..=19).contains(&count)
            && is_issued(run.digits(first, last), count)
            && luhn(run.digits(first, last))
            && run.alone(first, last)
    };
    let found = |last: usize| {
        let (start, end) = (run.groups[first].start, run.groups[last].end);
        Some((
            Found {
                entity,
                start,
                end,
                weight: Weight::Checked,
                score: 95,
                rule: "luhn",
            },
            last,
        ))
    };
    if run.groups[first].len() >= 12 {
        return if valid(first) { found(first) } else { None };
    }
    if run.groups[first].len() != 4 {
        return None;
    }
    let longest = (first + 4).min(run.count - 1);
    for last in (first + 2..=longest).rev() {
        let inner = &run.groups[first + 1..last];
        let formed =
            inner.iter().all(|group| group.len() == 4) || (inner.len() == 1 && inner[0].len() == 6);
        if formed && run.separator(first, last).is_some() && valid(last) {
            return found(last);
        }
    }
    None
}

/// Whether a network issues numbers that start and are as long as this (ISO/IEC 7812; the networks' published ranges).
fn is_issued(digits: impl Iterator<Item = u8>, count: usize) -> bool {
    let head = digits
        .take(6)
        .fold(0_u32, |head, digit| head * 10 + u32::from(digit - b'0'));
    match head {
        400_000..=499_999 => matches!(count, 13 | 16 | 19),
        510_000..=559_999 | 222_100..=272_099 => count == 16,
        340_000..=349_999 | 370_000..=379_999 => count == 15,
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => {
            (14..=19).contains(&count)
        }
        352_800..=358_999 => (16..=19).contains(&count),
        180_000..=180_099 | 213_100..=213_199 | 100_000..=179_999 => count == 15,
        500_000..=509_999 | 560_000..=699_999 => true,
        220_000..=220_499 | 810_000..=819_999 | 979_200..=979_299 => (16..=19).contains(&count),
        _ => false,
    }
}

fn ssn(run: &Run<'_>, first: usize, entity: u16) -> Option<(Found, usize)> {
    let last = first + 2;
    let groups = run.groups().get(first..=last)?;
    if [groups[0].len(), groups[1].len(), groups[2].len()] != [3, 2, 4] {
        return None;
    }
    let separator = run.separator(first, last)?;
    let crowded = separator == b' ' && (first > 0 || last + 1 < run.count);
    let number = |group: Group| {
        run.bytes[group.start..group.end]
            .iter()
            .fold(0_u32, |n, digit| n * 10 + u32::from(digit - b'0'))
    };
    let issued = !matches!(number(groups[0]), 0 | 666 | 900..)
        && number(groups[1]) != 0
        && number(groups[2]) != 0;
    if crowded
        || !issued
        || !run.alone(first, last)
        || matches!(run.before(first), Some(b'-' | b'.' | b'+'))
    {
        return None;
    }
    Some((
        Found {
            entity,
            start: groups[0].start,
            end: groups[2].end,
            weight: Weight::Specific,
            score: 85,
            rule: "us_ssn",
        },
        last,
    ))
}
