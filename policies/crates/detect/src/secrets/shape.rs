//! The shape of a credential: how many characters of which kind, one after another.

/// What may be as long has no longest: a credential cut there would go through in part.
const LONG: usize = 1_000;
const NO_END: usize = usize::MAX >> 8;

/// Which characters belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    LowerHex,
    Hex,
    Digit,
    Letter,
    LowerAlnum,
    UpperAlnum,
    Base32,
    Alnum,
    Word,
    WordEquals,
    Base64,
    Wide,
    WideTilde,
    AlnumPercent,
    Equals,
    Printed,
}

impl Class {
    fn by_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'h' => Self::LowerHex,
            'x' => Self::Hex,
            'd' => Self::Digit,
            'a' => Self::Letter,
            'l' => Self::LowerAlnum,
            'U' => Self::UpperAlnum,
            't' => Self::Base32,
            'n' => Self::Alnum,
            'w' => Self::Word,
            'q' => Self::WordEquals,
            'b' => Self::Base64,
            'W' => Self::Wide,
            'z' => Self::WideTilde,
            'c' => Self::AlnumPercent,
            'e' => Self::Equals,
            'p' => Self::Printed,
            _ => return None,
        })
    }

    fn has(self, byte: u8) -> bool {
        let word = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        match self {
            Self::LowerHex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Digit => byte.is_ascii_digit(),
            Self::Letter => byte.is_ascii_alphabetic(),
            Self::LowerAlnum => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Self::UpperAlnum => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Base32 => matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => word,
            Self::WordEquals => word || byte == b'=',
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
            Self::Wide => word || matches!(byte, b'.' | b'=' | b'+' | b'/'),
            Self::WideTilde => word || matches!(byte, b'.' | b'=' | b'+' | b'/' | b'~'),
            Self::AlnumPercent => byte.is_ascii_alphanumeric() || byte == b'%',
            Self::Equals => byte == b'=',
            Self::Printed => matches!(byte, 0x21..=0x7e),
        }
    }
}

#[derive(Debug)]
enum Piece {
    Some {
        class: Class,
        least: usize,
        most: usize,
    },
    Literal(Box<[u8]>),
}

#[derive(Debug)]
pub(super) struct Shape {
    pieces: Vec<Piece>,
    pub(super) least: usize,
    pub(super) most: usize,
}

impl Shape {
    /// `n{20}'T3BlbkFJ'n{20}`. `None`: it is not written so.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let (mut least, mut most) = (0, 0);
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(literal) = rest.strip_prefix('\'') {
                let (literal, tail) = literal.split_once('\'')?;
                pieces.push(Piece::Literal(literal.as_bytes().into()));
                least += literal.len();
                most += literal.len();
                rest = tail;
                continue;
            }
            let (counts, tail) = rest[1..].strip_prefix('{')?.split_once('}')?;
            let (from, to) = counts.split_once(',').unwrap_or((counts, counts));
            let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
            let to = if to < LONG { to } else { NO_END };
            pieces.push(Piece::Some {
                class: Class::by_letter(first)?,
                least: from,
                most: to,
            });
            least += from;
            most += to;
            rest = tail;
        }
        (!pieces.is_empty() && least <= most).then_some(Self {
            pieces,
            least,
            most,
        })
    }

    /// How long the beginning of `text` is that has this shape. A piece takes as much as it may; the last one leaves a
    /// stop at its end to the sentence.
    pub(super) fn length(&self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(literal) => {
                    if !text[at..].starts_with(literal) {
                        return None;
                    }
                    at += literal.len();
                }
                Piece::Some { class, least, most } => {
                    let mut count = text[at..]
                        .iter()
                        .take(*most)
                        .take_while(|byte| class.has(**byte))
                        .count();
                    if index + 1 == self.pieces.len() {
                        while count > 0 && text[at + count - 1] == b'.' {
                            count -= 1;
                        }
                    }
                    if count < *least {
                        return None;
                    }
                    at += count;
                }
            }
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn a_shape_is_read_and_measured() {
        let shape = Shape::parse("n{3}'-'d{2,4}").unwrap();
        assert_eq!((shape.least, shape.most), (6, 8));
        assert_eq!(shape.length(b"aB1-12345"), Some(8));
        assert_eq!(shape.length(b"aB1-1"), None);
        assert_eq!(shape.length(b"aB1_12"), None);
        assert!(
            Shape::parse("k{3}").is_none()
                && Shape::parse("n3").is_none()
                && Shape::parse("'a").is_none()
        );
    }
}
