//! Telephone numbers of one country, for rules that are about that country alone.

use super::numbers::Run;
use super::{Builtin, Found, On, Weight, phone, words};

/// The most groups of one.
const GROUPS: usize = 6;

pub(super) fn find(run: &Run<'_>, first: usize, on: &On) -> Option<(Found, usize)> {
    let countries = [
        (Builtin::TrPhoneNumber, b"90", turkish as fn(&[u8]) -> bool),
        (Builtin::PhMobileNumber, b"63", philippine),
    ];
    countries.into_iter().find_map(|(builtin, code, is_one)| {
        let entity = on.get(builtin)?;
        let start = phone::start(run, first);
        let start = if run.bytes[start] == b'(' && run.bytes.get(start + 1) == Some(&b'+') {
            start + 1
        } else {
            start
        };
        let last = (first..run.groups().len().min(first + GROUPS)).find(|last| {
            let mut digits = [0; 16];
            let count = run
                .digits(first, *last)
                .take(16)
                .enumerate()
                .map(|(at, digit)| digits[at] = digit)
                .count();
            (10..=12).contains(&count) && run.alone(first, *last) && is_one(&digits[..count])
        })?;
        let end = run.groups()[last].end;
        let joined = start
            .checked_sub(1)
            .is_some_and(|at| run.bytes[at].is_ascii_alphanumeric());
        let international = run.bytes[start] == b'+';
        let national = run.bytes[run.groups()[first].start] == b'0';
        let said = || {
            words::near(
                run.bytes,
                start,
                end,
                &[
                    "phone", "telefon", "tel", "mobile", "mobil", "gsm", "cep", "telepono",
                    "numero", "call",
                ],
            )
        };
        let enough = international || national || said() || words::alone(run.bytes, start, end);
        let own = !international || run.digits(first, last).take(2).eq(code.iter().copied());
        (enough && own && !joined).then(|| {
            let found = Found {
                entity,
                start,
                end,
                weight: Weight::Specific,
                score: 80,
                rule: builtin.rule(),
            };
            (found, last)
        })
    })
}

/// An area of Turkey (2, 3 or 4) or a mobile network (5), with the country or the trunk's nought before it or not.
fn turkish(digits: &[u8]) -> bool {
    let rest = match digits {
        [b'9', b'0', rest @ ..] if digits.len() == 12 => rest,
        [b'0', rest @ ..] if digits.len() == 11 => rest,
        rest => rest,
    };
    rest.len() == 10 && matches!(rest[0], b'2'..=b'5')
}

/// A mobile number of the Philippines.
fn philippine(digits: &[u8]) -> bool {
    match digits {
        [b'6', b'3', b'9', rest @ ..] => rest.len() == 9,
        [b'0', b'9', rest @ ..] => rest.len() == 9,
        _ => false,
    }
}
