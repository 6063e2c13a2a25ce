//! Telephone numbers: international, North American, with a leading zero, and any grouping that its context calls one.

use std::cell::LazyCell;

use super::numbers::Run;
use super::{Found, Weight};

/// Words before a number that make it a telephone number, in lower case. A short one stands by itself.
const WORDS: &[&[u8]] = &[
    b"phone",
    b"tel",
    b"call",
    b"mobile",
    b"cell",
    b"fax",
    b"whatsapp",
    b"sms",
    b"number is",
    b"numero",
    b"reach",
    b"dial",
    b"telefon",
    b"handy",
    b"messages to",
    b"answering at",
    b"contact",
    b"ring",
    b"text me",
    "電話".as_bytes(),
    "móvil".as_bytes(),
    "número".as_bytes(),
];
/// Words right after a number.
const AFTER: &[&[u8]] = &[
    b"-office",
    b"-fax",
    b"-mobile",
    b"-home",
    b"-work",
    b" (mobile",
    b" (office",
    b" (home",
    b" (work",
];
const NEAR: usize = 32;
/// Digits at most (ITU-T E.164).
const LONGEST: usize = 15;

pub(super) fn find(run: &Run<'_>, first: usize, entity: u16) -> Option<(Found, usize)> {
    let outer = start(run, first);
    find_from(run, first, outer, entity).or_else(|| match run.bytes[outer] {
        // `(+44 20 7946 0958)`: the parenthesis is not the number's own.
        b'(' => find_from(run, first, outer + 1, entity),
        _ => None,
    })
}

fn find_from(run: &Run<'_>, first: usize, start: usize, entity: u16) -> Option<(Found, usize)> {
    let before = start.checked_sub(1).map(|at| run.bytes[at]);
    // A number with its country is one in an address, too.
    let in_address = matches!(before, Some(b'/' | b'_')) && run.bytes[start] == b'+';
    if !in_address
        && before.is_some_and(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'.' | b'/' | b'_' | b'#' | b'$' | b'+')
        })
        && !after_word(run, start)
    {
        return None;
    }
    let plus = run.bytes[start] == b'+' || run.bytes[start..].starts_with(b"(+");
    // The tail of a longer number in groups is no number of its own.
    let crowded = first > 0 && run.between(first - 1) == b" ";
    // Dear, and the same for every end.
    let context = LazyCell::new(|| has_context(run, start) || in_record(run, first, start));
    let mut last = first;
    let mut best = None;
    loop {
        let digits = run.count_digits(first, last);
        if digits > LONGEST {
            break;
        }
        let shape = Shape {
            run,
            first,
            last,
            start,
            digits,
        };
        let is_one = || match plus {
            true => shape.international(),
            false => {
                (!crowded && shape.national())
                    || shape.followed()
                    || (shape.plausible() && *context)
            }
        };
        if digits >= 7 && ends(run, last) && shape.opens_close() && is_one() {
            best = Some(last);
            if !plus && shape.north_american() {
                break;
            }
        }
        if last + 1 >= run.groups().len() || !joins(run.between(last)) {
            break;
        }
        last += 1;
    }
    let last = best?;
    let end = extension(run.bytes, run.groups()[last].end);
    Some((
        Found {
            entity,
            start,
            end,
            weight: Weight::Form,
            score: 75,
            rule: "phone_number",
        },
        last,
    ))
}

/// With the `(` and `+` that stand right before the first group.
pub(super) fn start(run: &Run<'_>, first: usize) -> usize {
    let mut start = run.groups()[first].start;
    let floor = first
        .checked_sub(1)
        .map_or(0, |index| run.groups()[index].end);
    while start > floor && matches!(run.bytes[start - 1], b'(' | b'+') {
        start -= 1;
    }
    start
}

/// `-Office\,-` and the like: a dash after a word is no minus.
fn after_word(run: &Run<'_>, start: usize) -> bool {
    start >= 2 && run.bytes[start - 1] == b'-' && matches!(run.bytes[start - 2], b',' | b' ' | b':')
}

fn joins(between: &[u8]) -> bool {
    matches!(
        between,
        b" " | b"-" | b"." | b"/" | b") " | b")" | b"(" | b" (" | b")-" | b" - " | b"-("
    )
}

fn ends(run: &Run<'_>, last: usize) -> bool {
    let after = &run.bytes[run.groups()[last].end..];
    match after {
        [] => true,
        [b'x' | b'X', digit, ..] => digit.is_ascii_digit(),
        [b'-' | b'.' | b'/' | b':', next, ..] => !next.is_ascii_digit(),
        [byte, ..] => !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'%'),
    }
}

/// `x123` belongs to the number.
fn extension(bytes: &[u8], end: usize) -> usize {
    let digits = match &bytes[end..] {
        [b'x' | b'X', rest @ ..] => rest
            .iter()
            .take(6)
            .take_while(|byte| byte.is_ascii_digit())
            .count(),
        _ => 0,
    };
    if (1..=5).contains(&digits) {
        end + 1 + digits
    } else {
        end
    }
}

/// A field of its own in a line that also holds an address of mail: `Jane Doe | 4155550132 | jane@example.com`.
fn in_record(run: &Run<'_>, first: usize, start: usize) -> bool {
    const LINE: usize = 160;
    let bytes = run.bytes;
    let before = bytes[..start]
        .iter()
        .rev()
        .take(LINE)
        .take_while(|byte| **byte != b'\n')
        .count();
    let line = &bytes[start - before..bytes.len().min(start + LINE)];
    let line = &line[..before
        + line[before..]
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(line.len() - before)];
    let mark =
        |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b'|' | b',' | b';' | b'\t'));
    let left = line[..before].iter().rev().find(|byte| **byte != b' ');
    let end = run.groups()[first..]
        .iter()
        .map(|group| group.end - (start - before))
        .take_while(|end| *end <= line.len());
    let right = |end: usize| line[end..].iter().find(|byte| **byte != b' ');
    line.contains(&b'@')
        && left.is_some()
        && mark(left)
        && end.into_iter().any(|end| mark(right(end)))
}

fn has_context(run: &Run<'_>, start: usize) -> bool {
    let from = start.saturating_sub(NEAR);
    let text = &run.bytes[from..start];
    WORDS.iter().any(|word| stands(text, word))
}

/// Whether the word stands in the text, whatever its case; a short one not within another.
fn stands(text: &[u8], word: &[u8]) -> bool {
    let letter = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(u8::is_ascii_alphabetic)
    };
    text.windows(word.len()).enumerate().any(|(at, window)| {
        window.eq_ignore_ascii_case(word)
            && (word.len() > 4 || !(letter(at.checked_sub(1)) || letter(Some(at + word.len()))))
    })
}

struct Shape<'a> {
    run: &'a Run<'a>,
    first: usize,
    last: usize,
    start: usize,
    digits: usize,
}

impl Shape<'_> {
    fn text(&self, index: usize) -> &[u8] {
        let group = self.run.groups()[self.first + index];
        &self.run.bytes[group.start..group.end]
    }

    fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        self.run.groups()[self.first..=self.last]
            .iter()
            .map(|group| group.len())
    }

    fn has_lengths(&self, want: &[usize]) -> bool {
        self.lengths().eq(want.iter().copied())
    }

    fn betweens(&self) -> impl Iterator<Item = &[u8]> {
        (self.first..self.last).map(|index| self.run.between(index))
    }

    /// Every parenthesis that opens also closes within the number.
    fn opens_close(&self) -> bool {
        let (from, to) = (self.start, self.run.groups()[self.last].end);
        let text = &self.run.bytes[from..to];
        text.iter().filter(|byte| **byte == b'(').count()
            == text.iter().filter(|byte| **byte == b')').count()
    }

    fn international(&self) -> bool {
        let exact = if self.text(0) == b"1" {
            self.digits == 11
        } else {
            true
        };
        (8..=LONGEST).contains(&self.digits) && self.text(0)[0] != b'0' && exact
    }

    fn national(&self) -> bool {
        self.north_american() || self.with_zero() || self.two_four_four()
    }

    /// `(415) 555-0132`, `1-415-555-0132`, `001-415-555-0132`.
    fn north_american(&self) -> bool {
        let area = match self.text(0) {
            b"1" | b"001" => 1,
            _ => 0,
        };
        let groups = self.last - self.first + 1 - area;
        if groups != 3 || self.has_lengths(&[1, 3, 3]) {
            return false;
        }
        let (code, exchange, line) = (self.text(area), self.text(area + 1), self.text(area + 2));
        [code.len(), exchange.len(), line.len()] == [3, 3, 4]
            && code[0] >= b'2'
            && exchange[0] >= b'2'
    }

    /// A trunk zero: `0306 999 0334`, `(0117)4960505`, `06 44 08 65 00`, `03069990424`.
    fn with_zero(&self) -> bool {
        let first = self.text(0);
        let date = self.lengths().take(3).eq([2, 2, 4])
            || self.betweens().filter(|between| *between == b"/").count() > 1;
        let dotted = self.last > self.first
            && self.betweens().all(|between| between == b".")
            && self.lengths().any(|length| length == 1);
        let bare = self.first == self.last;
        let enough = if bare { 10..=11 } else { 9..=12 };
        // Noughts and ones alone are a binary number.
        let decimal = (0..=self.last - self.first)
            .any(|index| self.text(index).iter().any(|digit| *digit > b'1'));
        decimal
            && first[0] == b'0'
            && first.len() >= 2
            && first != b"000"
            && (!bare || first[1] != b'0')
            && enough.contains(&self.digits)
            && !date
            && !dotted
    }

    /// `16 6126-8777`, `43-3111-1334`.
    fn two_four_four(&self) -> bool {
        self.has_lengths(&[2, 4, 4]) && self.run.between(self.last - 1) == b"-"
    }

    fn plausible(&self) -> bool {
        let date = self.has_lengths(&[4, 2, 2]) || self.has_lengths(&[2, 2, 4]);
        self.digits <= 13 && !date && self.betweens().all(|between| between != b"/")
    }

    fn followed(&self) -> bool {
        let end = self.run.groups()[self.last].end;
        let after = &self.run.bytes[end..];
        self.plausible()
            && AFTER.iter().any(|word| {
                after.len() >= word.len() && after[..word.len()].eq_ignore_ascii_case(word)
            })
    }
}
