//! Single characters that stand apart (`4 1 1 1 …`, `j-o-h-n`), and signs that are written as words (`jane [at] example
//! [dot] org`), closed up.

use super::{View, Writer};

/// As many single characters with the same sign between them are no sentence.
const LEAST: usize = 7;

/// Whether `at` is the middle one of five single characters that stand apart.
pub(crate) fn is_spaced(bytes: &[u8], at: usize) -> bool {
    let Some(between) = bytes.get(at + 1).copied().filter(|byte| is_between(*byte)) else {
        return false;
    };
    let same = |place: Option<usize>| place.and_then(|place| bytes.get(place)) == Some(&between);
    let single = |place: Option<usize>| {
        place
            .and_then(|place| bytes.get(place))
            .is_some_and(|byte| !byte.is_ascii_whitespace() && *byte != between)
    };
    same(at.checked_sub(1))
        && single(at.checked_sub(2))
        && single(Some(at + 2))
        && (same(at.checked_sub(3)) || same(Some(at + 3)))
}

/// Whether a sign may be written as a word somewhere, as in `[at]`, `(dot)`, ` dot `.
pub(crate) fn has_words(bytes: &[u8]) -> bool {
    let opened =
        memchr::memchr3_iter(b'[', b'(', b'{', bytes).chain(memchr::memchr_iter(b'<', bytes));
    let bracketed = opened.into_iter().any(|open| {
        let rest = bytes[open + 1..].trim_ascii_start();
        let says = |word: &&[u8]| {
            rest.get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        [&b"at"[..], b"@", b"dot", b".", b"punkt", b"dash"]
            .iter()
            .any(says)
    });
    let bare = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    bracketed || bare(b" dot ") || bare(b" DOT ")
}

fn is_between(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'-' | b'.' | b'_' | b'*' | b',' | b'/' | b'|' | b'\n'
    )
}

/// `None` where nothing stands apart.
pub(super) fn close_up(text: &str) -> Option<View> {
    let bytes = text.as_bytes();
    let mut writer = Writer::new(text);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'[' | b'(' | b'{' | b'<' | b' ' => {
                if let Some((range, sign)) = word(bytes, at) {
                    at = range.end;
                    writer.replace_char(range, sign);
                    continue;
                }
            }
            _ => {}
        }
        let length = apart(bytes, at);
        if length >= LEAST {
            for index in 0..length - 1 {
                let place = at + index * 2 + 1;
                writer.replace(place..place + 1, "");
            }
            at += length * 2 - 1;
        } else {
            at += 1;
        }
    }
    writer.finish()
}

/// How many single characters stand apart from `at` on.
fn apart(bytes: &[u8], at: usize) -> usize {
    let Some(between) = bytes.get(at + 1).copied().filter(|byte| is_between(*byte)) else {
        return 0;
    };
    let single = |byte: u8| (0x21..0x7f).contains(&byte) && byte != between;
    // The first one begins a word, and is none in a row that has begun.
    let alone = |place: usize| {
        single(bytes[place]) && (place == 0 || !bytes[place - 1].is_ascii_alphanumeric())
    };
    let inside = at.checked_sub(1).is_some_and(|before| {
        bytes[before].is_ascii_alphanumeric()
            || bytes[before] == between && before.checked_sub(1).is_some_and(alone)
    });
    if inside || !single(bytes[at]) {
        return 0;
    }
    let mut count = 1;
    while bytes.get(at + count * 2 - 1) == Some(&between)
        && bytes.get(at + count * 2).is_some_and(|byte| single(*byte))
    {
        count += 1;
    }
    // The last one ends a word: the beginning of the next word is none.
    let next = bytes.get(at + count * 2 - 1);
    if next.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        count - 1
    } else {
        count
    }
}

/// A sign written as a word in brackets, with the blanks around it; ` at ` and ` dot ` count where letters or digits stand on both sides.
fn word(bytes: &[u8], at: usize) -> Option<(std::ops::Range<usize>, char)> {
    const WORDS: [(&[u8], char); 6] = [
        (b"at", '@'),
        (b"@", '@'),
        (b"dot", '.'),
        (b".", '.'),
        (b"punkt", '.'),
        (b"dash", '-'),
    ];
    let blanks = |from: usize| {
        bytes[from..]
            .iter()
            .take(2)
            .take_while(|byte| **byte == b' ')
            .count()
    };
    let open = at + blanks(at);
    let close = match bytes.get(open)? {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        _ => return bare(bytes, at, open),
    };
    let inner = open + 1 + blanks(open + 1);
    let (word, sign) = WORDS.iter().find(|(word, _)| {
        bytes
            .get(inner..inner + word.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    })?;
    let end = inner + word.len() + blanks(inner + word.len());
    (bytes.get(end) == Some(&close)).then(|| (at..end + 1 + blanks(end + 1), *sign))
}

/// Whatever the case of letters.
fn ends_with(text: &[u8], end: &[u8]) -> bool {
    let tail = text.len().checked_sub(end.len()).map(|at| &text[at..]);
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// ` at ` before something that goes on ` dot `, and that ` dot ` itself.
fn bare(bytes: &[u8], at: usize, open: usize) -> Option<(std::ops::Range<usize>, char)> {
    const NEAR: usize = 48;
    if open != at + 1 {
        return None;
    }
    let is = |from: usize, word: &[u8]| {
        bytes
            .get(from..from + word.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    if is(at, b" at ") {
        let near = &bytes[at + 4..bytes.len().min(at + 4 + NEAR)];
        let host = near
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
            .count();
        return (host > 0 && is(at + 4 + host, b" dot ")).then_some((at..at + 4, '@'));
    }
    if !is(at, b" dot ") {
        return None;
    }
    let before = &bytes[at.saturating_sub(NEAR)..at];
    let after = bytes
        .get(at + 5..)?
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let host = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        .count();
    let at_word = &before[..before.len() - host];
    (host > 0
        && (2..=12).contains(&after)
        && [&b" at "[..], b"@", b" dot "]
            .iter()
            .any(|sign| ends_with(at_word, sign)))
    .then_some((at..at + 5, '.'))
}
