//! Invented values: of the shape of what they stand for, never anyone's, and the same for the same value in one scope.

use marshal_detect::{Builtin, Shape, has_check, is_valid, luhn};
use ring::hmac;

use super::{ScopeKey, ff1};

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Fewer letters and digits than this might stand in an answer by chance.
const SHORTEST: usize = 8;

/// Makes surrogates under one scope's key.
#[derive(Debug)]
pub(super) struct Maker {
    key: hmac::Key,
}

impl Maker {
    pub(super) fn new(scope: &ScopeKey) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &scope.0),
        }
    }

    /// The first surrogate that is `free`. Where a shape has no free one left, the surrogate is a token.
    pub(super) fn make(
        &self,
        shape: Shape,
        entity: &str,
        value: &str,
        free: impl Fn(&str) -> bool,
    ) -> String {
        let plain = normal(shape, value);
        for attempt in 0..64_u8 {
            let shape = if attempt < 48 { shape } else { Shape::Token };
            let made = shaped(
                shape,
                entity,
                value,
                &mut self.stream(entity, &plain, attempt),
            );
            if let Some(made) = made.filter(|made| free(made)) {
                return made;
            }
        }
        token(entity, &mut self.stream(entity, &plain, u8::MAX))
    }

    /// The value with its digits encrypted in place. `None`: it has too few of them to be kept secret by that.
    pub(super) fn encrypt(&self, entity: &str, value: &str) -> Option<String> {
        let mut digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).collect();
        if !(ff1::FEWEST..=ff1::MOST).contains(&digits.len()) {
            return None;
        }
        let derived = hmac::sign(&self.key, b"format-preserving encryption");
        let mut key = [0; 16];
        key.copy_from_slice(&derived.as_ref()[..16]);
        ff1::encrypt(&key, entity.as_bytes(), &mut digits);
        let mut digits = digits.into_iter();
        let replace = |c: char| {
            if c.is_ascii_digit() {
                digits.next().map_or(c, char::from)
            } else {
                c
            }
        };
        Some(value.chars().map(replace).collect())
    }

    /// A keyed hash of the value, in hex: equal values of one scope have equal ones.
    pub(super) fn hash(&self, shape: Shape, entity: &str, value: &str) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(b"hash\0");
        context.update(entity.as_bytes());
        context.update(&[0]);
        context.update(normal(shape, value).as_bytes());
        context.sign().as_ref()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn stream(&self, entity: &str, plain: &str, attempt: u8) -> Stream {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(entity.as_bytes());
        context.update(&[0]);
        context.update(plain.as_bytes());
        context.update(&[0, attempt]);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.sign().as_ref());
        let (left, right) = bytes.split_at(16);
        Stream {
            words: [left, right]
                .map(|half| u128::from_be_bytes(half.try_into().unwrap_or_default())),
            next: 0,
        }
    }
}

/// Choices drawn from 256 bits, half of them at a time: more than any shape asks for.
struct Stream {
    words: [u128; 2],
    next: usize,
}

impl Stream {
    fn choose(&mut self, among: u8) -> u8 {
        let word = &mut self.words[self.next % 2];
        self.next += 1;
        let chosen = (*word % u128::from(among)) as u8;
        *word /= u128::from(among);
        chosen
    }

    fn digit(&mut self) -> char {
        char::from(b'0' + self.choose(10))
    }

    fn letter(&mut self) -> char {
        char::from(b'A' + self.choose(26))
    }

    fn base32(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(BASE32[usize::from(self.choose(32))]))
            .collect()
    }
}

/// One person's number is one number however it is written.
pub(super) fn normal(shape: Shape, value: &str) -> String {
    match shape {
        Shape::Email => value.to_lowercase(),
        Shape::Phone | Shape::Card | Shape::Ssn => {
            value.chars().filter(char::is_ascii_digit).collect()
        }
        Shape::Iban | Shape::Mac | Shape::Identifier => {
            let kept = value.chars().filter(char::is_ascii_alphanumeric);
            kept.map(|c| c.to_ascii_uppercase()).collect()
        }
        Shape::Ip | Shape::Url | Shape::Name | Shape::Token => value.to_owned(),
    }
}

/// `None`: what came out is someone's.
fn shaped(shape: Shape, entity: &str, value: &str, stream: &mut Stream) -> Option<String> {
    let ascii = value.is_ascii();
    Some(match shape {
        Shape::Email => format!("user-{}@surrogate.invalid", stream.base32(10)),
        Shape::Card if ascii => card(value, stream),
        Shape::Ssn if ascii => ssn(value, stream),
        Shape::Phone if ascii => phone(value, stream),
        Shape::Iban if ascii => iban(value, stream),
        Shape::Identifier if ascii => return identifier(entity, value, stream),
        // The second bit of the first byte: administered locally, so no maker's.
        Shape::Mac => mac(value, stream),
        Shape::Name => name(value, stream),
        Shape::Url => format!("https://{}.surrogate.invalid/", stream.base32(10)),
        Shape::Ip if value.contains(':') => ip6(stream),
        // 240.0.0.0/4 is reserved.
        Shape::Ip => format!(
            "240.{}.{}.{}",
            stream.choose(255),
            stream.choose(255),
            stream.choose(255)
        ),
        _ => token(entity, stream),
    })
}

/// As many words as the value has, three at most, of syllables that no language has together.
fn name(value: &str, stream: &mut Stream) -> String {
    const OPENS: [&str; 12] = [
        "Qua", "Zho", "Vry", "Xil", "Tso", "Wye", "Jhu", "Kve", "Psa", "Gho", "Mzi", "Dwe",
    ];
    const CLOSES: [&str; 12] = [
        "ldrix", "mvane", "rquol", "ntzev", "skwyn", "bdrov", "thzul", "pqara", "ffjen", "lxomi",
        "rvuq", "zdeth",
    ];
    let words = value.split_whitespace().count().clamp(1, 3);
    let mut out = String::new();
    for word in 0..words.max(2) {
        if word > 0 {
            out.push(' ');
        }
        out.push_str(OPENS[usize::from(stream.choose(12))]);
        out.push(char::from(b'a' + stream.choose(26)));
        out.push_str(CLOSES[usize::from(stream.choose(12))]);
    }
    out
}

fn token(entity: &str, stream: &mut Stream) -> String {
    format!("mrsh_{}_{}", entity.to_ascii_lowercase(), stream.base32(16))
}

/// The value with `head` as its first digits and invented ones after.
fn digits(value: &str, head: &str, stream: &mut Stream) -> String {
    let mut head = head.chars();
    let replace = |c: char| {
        if c.is_ascii_digit() {
            head.next().unwrap_or_else(|| stream.digit())
        } else {
            c
        }
    };
    value.chars().map(replace).collect()
}

/// Areas from 900 were never issued, and with a group below 50 it is no taxpayer's either.
fn ssn(value: &str, stream: &mut Stream) -> String {
    let head = [
        '9',
        stream.digit(),
        stream.digit(),
        char::from(b'0' + stream.choose(5)),
    ];
    digits(value, &String::from_iter(head), stream)
}

/// 8999 belongs to no card network, and sixteen digits from it are still exact in a JSON number (below 2^53). The Luhn
/// digit is wrong, so that it passes no one's check.
fn card(value: &str, stream: &mut Stream) -> String {
    let mut made = digits(value, "8999", stream);
    if luhn(made.bytes().filter(u8::is_ascii_digit)) {
        let last = made.pop().and_then(|last| last.to_digit(10)).unwrap_or(0);
        made.push(char::from_digit((last + 1) % 10, 10).unwrap_or('0'));
    }
    made
}

/// No country has the code 999, and no national number starts with 000.
fn phone(value: &str, stream: &mut Stream) -> String {
    digits(
        value,
        if value.contains('+') { "999" } else { "000" },
        stream,
    )
}

/// No country is called XX. Letters stay letters and digits digits.
fn iban(value: &str, stream: &mut Stream) -> String {
    let mut place = 0;
    let replace = |c: char| {
        place += usize::from(c.is_ascii_alphanumeric());
        match c {
            _ if !c.is_ascii_alphanumeric() => c,
            _ if place <= 2 => 'X',
            '0'..='9' => stream.digit(),
            _ => stream.letter(),
        }
    };
    value.chars().map(replace).collect()
}

/// Letters stay letters of their case and digits digits. `None` where its check digit is right, for then it may be
/// someone's.
fn identifier(entity: &str, value: &str, stream: &mut Stream) -> Option<String> {
    let replace = |c: char| match c {
        '0'..='9' => stream.digit(),
        'A'..='Z' => stream.letter(),
        'a'..='z' => stream.letter().to_ascii_lowercase(),
        other => other,
    };
    let made: String = value.chars().map(replace).collect();
    let compact = normal(Shape::Identifier, &made);
    if compact.len() < SHORTEST {
        return Some(token(entity, stream));
    }
    let builtin = Builtin::by_name(entity).filter(|builtin| has_check(*builtin));
    let valid = builtin.and_then(|builtin| is_valid(builtin, &compact)) == Some(true);
    (!valid && made != value).then_some(made)
}

fn mac(value: &str, stream: &mut Stream) -> String {
    let upper = value.chars().any(|c| c.is_ascii_uppercase());
    let mut place = 0;
    let replace = |c: char| {
        if !c.is_ascii_hexdigit() {
            return c;
        }
        place += 1;
        let digit = match place {
            1 => 0xe,
            2 => 0x2,
            _ => u32::from(stream.choose(16)),
        };
        let c = char::from_digit(digit, 16).unwrap_or('0');
        if upper { c.to_ascii_uppercase() } else { c }
    };
    value.chars().map(replace).collect()
}

/// 2001:db8::/32 is for documentation.
fn ip6(stream: &mut Stream) -> String {
    let mut group = || (0..4).fold(0_u16, |group, _| group << 4 | u16::from(stream.choose(16)));
    format!(
        "2001:db8:{:x}:{:x}:{:x}:{:x}:{:x}:{:x}",
        group() | 1,
        group() | 1,
        group() | 1,
        group() | 1,
        group() | 1,
        group() | 1
    )
}
