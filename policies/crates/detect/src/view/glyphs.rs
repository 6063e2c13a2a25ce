//! Characters that are, look like, or stand for a character of ASCII (Unicode's compatibility forms and UTS #39's
//! confusables, as far as values are written with them).

/// What a character reads as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Itself,
    Nothing,
    As(char),
    /// Two digits in one character.
    Number(u8),
    /// As this letter, where it stands in a word with letters or digits of ASCII.
    Alike(char),
    /// Dropped after a letter or digit of ASCII: an accent, a stroke, a keycap.
    Mark,
    /// A full stop between letters or digits of ASCII.
    Stop,
}

use Reads::{Alike, As, Itself, Mark, Nothing, Number, Stop};

pub(super) fn reads(c: char) -> Reads {
    let code = u32::from(c);
    match code {
        // The common ones first: accented letters, scripts without look-alikes.
        0x80..=0x9f
        | 0xa1..=0xac
        | 0xae..=0xb1
        | 0xb4..=0xb8
        | 0xba..=0x12f
        | 0x4e00..=0x9fff
        | 0xac00..=0xd7a3 => Itself,
        0xad
        | 0x34f
        | 0x61c
        | 0x115f
        | 0x1160
        | 0x17b4
        | 0x17b5
        | 0x180b..=0x180f
        | 0x200b..=0x200f
        | 0x202a..=0x202e
        | 0x2060..=0x206f
        | 0x3164
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xffa0
        | 0xfff9..=0xfffb
        | 0xe0001
        | 0xe007f
        | 0xe0100..=0xe01ef => Nothing,
        0x300..=0x36f | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f => {
            Mark
        }
        0xa0 | 0x1680 | 0x2000..=0x200a | 0x202f | 0x205f | 0x2800 | 0x3000 => As(' '),
        // Not the em dash: it joins sentences, not digits.
        0x2010..=0x2013 | 0x2043 | 0x2212 | 0xfe58 | 0xfe63 => As('-'),
        0x2024 => As('.'),
        0x3002 | 0xff61 | 0x2027 => Stop,
        0xff01..=0xff5e => ascii(code - 0xfee0),
        0xfe50..=0xfe6b => small_form(code),
        // Tags: invisible letters.
        0xe0020..=0xe007e => ascii(code - 0xe0000),
        0x1d400..=0x1d6a3 => letter((code - 0x1d400) % 52),
        0x1d7ce..=0x1d7ff => digit((code - 0x1d7ce) % 10),
        0x2460..=0x2468 => digit(code - 0x245f),
        0x2469..=0x2473 => Number((code - 0x245f) as u8),
        0x2474..=0x247c => digit(code - 0x2473),
        0x2488..=0x2490 => digit(code - 0x2487),
        0x249c..=0x24b5 => letter(code - 0x249c + 26),
        0x24b6..=0x24e9 => letter(code - 0x24b6),
        0x24ea | 0x24ff => As('0'),
        0x24f5..=0x24fd => digit(code - 0x24f4),
        0x2776..=0x277e => digit(code - 0x2775),
        0x2780..=0x2788 => digit(code - 0x277f),
        0x278a..=0x2792 => digit(code - 0x2789),
        0x1f110..=0x1f129 => letter(code - 0x1f110),
        0x1f130..=0x1f149 => letter(code - 0x1f130),
        0x1f150..=0x1f169 => letter(code - 0x1f150),
        0x1f170..=0x1f189 => letter(code - 0x1f170),
        0x1f1e6..=0x1f1ff => letter(code - 0x1f1e6),
        0x1fbf0..=0x1fbf9 => digit(code - 0x1fbf0),
        0xb9 | 0xb2 | 0xb3 => digit(if code == 0xb9 { 1 } else { code - 0xb0 }),
        0x2070 | 0x2080 => As('0'),
        0x2074..=0x2079 => digit(code - 0x2070),
        0x2081..=0x2089 => digit(code - 0x2080),
        0x2100..=0x214f => letterlike(c),
        0x2160..=0x217f => roman(code),
        _ => other(c, code),
    }
}

fn ascii(code: u32) -> Reads {
    char::from_u32(code).map_or(Itself, As)
}

fn digit(value: u32) -> Reads {
    char::from_digit(value, 10).map_or(Itself, As)
}

/// 0 to 25 in capitals, 26 to 51 in small letters.
fn letter(place: u32) -> Reads {
    ascii(if place < 26 {
        0x41 + place
    } else {
        0x61 + place - 26
    })
}

fn small_form(code: u32) -> Reads {
    const FORMS: &[u8; 28] = b",,. ;:?!-(){}[]#&*+-<>= \\$%@";
    match FORMS.get((code - 0xfe50) as usize) {
        Some(b' ') | None => Itself,
        Some(form) => As(char::from(*form)),
    }
}

fn letterlike(c: char) -> Reads {
    let plain = match c {
        'ℂ' | 'ℭ' => 'C',
        'ℊ' => 'g',
        'ℋ' | 'ℌ' | 'ℍ' => 'H',
        'ℎ' => 'h',
        'ℐ' | 'ℑ' => 'I',
        'ℒ' => 'L',
        'ℓ' => 'l',
        'ℕ' => 'N',
        'ℙ' => 'P',
        'ℚ' => 'Q',
        'ℛ' | 'ℜ' | 'ℝ' => 'R',
        'ℤ' | 'ℨ' => 'Z',
        'ℬ' => 'B',
        'ℯ' | 'ⅇ' => 'e',
        'ℰ' => 'E',
        'ℱ' => 'F',
        'ℳ' => 'M',
        'ℴ' => 'o',
        'ℹ' | 'ⅈ' => 'i',
        'ⅅ' => 'D',
        'ⅆ' => 'd',
        'ⅉ' => 'j',
        '\u{212a}' => 'K',
        _ => return Itself,
    };
    As(plain)
}

fn roman(code: u32) -> Reads {
    match (code - 0x2160) % 16 {
        0 => Alike(if code < 0x2170 { 'I' } else { 'i' }),
        4 => Alike(if code < 0x2170 { 'V' } else { 'v' }),
        9 => Alike(if code < 0x2170 { 'X' } else { 'x' }),
        12 => Alike(if code < 0x2170 { 'L' } else { 'l' }),
        13 => Alike(if code < 0x2170 { 'C' } else { 'c' }),
        14 => Alike(if code < 0x2170 { 'D' } else { 'd' }),
        15 => Alike(if code < 0x2170 { 'M' } else { 'm' }),
        _ => Itself,
    }
}

/// First digits of the scripts whose ten digits follow one another (Unicode's category Nd).
const ZEROS: &[u32] = &[
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950,
];

/// Letters of other scripts and the letters that they look like.
const ALIKE: &[(&str, &str)] = &[
    // Cyrillic
    (
        "аеорсухіјѕԁһӏԛԝѵкмтАВЕКМНОРСТХУЅІЈӀ",
        "aeopcyxijsdhlqwvkmtABEKMHOPCTXYSIJI",
    ),
    // Greek
    ("οανρτυικχγηΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oavptuikxynABEZHIKMNOPTYX"),
    // Armenian
    ("օսոհցզլՍՕՏ", "ounhgqlUOS"),
    // Latin letters of phonetics
    ("ıɑɡɩᴏᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴘʀᴛᴜᴠᴡʏᴢ", "iagioabcdeghijklmnprtuvwyz"),
];

fn other(c: char, code: u32) -> Reads {
    if let Some(zero) = ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))
    {
        return digit(code - zero);
    }
    for (alike, plain) in ALIKE {
        if let Some(index) = alike.chars().position(|one| one == c) {
            return plain.chars().nth(index).map_or(Itself, Alike);
        }
    }
    Itself
}

/// The character of ASCII that another one reads as, `""` for one that is not seen; `None`: it is itself.
#[must_use]
pub fn plain_char(c: char) -> Option<&'static str> {
    const ASCII: &str = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    match reads(c) {
        Nothing | Mark => Some(""),
        As(plain) | Alike(plain) => {
            let at = (plain as usize).checked_sub(0x20)?;
            ASCII.get(at..at + 1)
        }
        Stop => Some("."),
        Itself | Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_look_alike_has_its_letter() {
        for (alike, plain) in ALIKE {
            assert_eq!(alike.chars().count(), plain.chars().count(), "{alike}");
            assert!(plain.is_ascii());
        }
    }

    #[test]
    fn characters_read_as_what_they_stand_for() {
        for (written, read) in [
            ('４', '4'),
            ('𝟜', '4'),
            ('𝐀', 'A'),
            ('𝔷', 'z'),
            ('④', '4'),
            ('ⓑ', 'b'),
            ('٤', '4'),
            ('⁴', '4'),
            ('₄', '4'),
            ('¹', '1'),
            ('³', '3'),
            ('＠', '@'),
            ('\u{e0041}', 'A'),
        ] {
            assert_eq!(reads(written), As(read), "{written}");
        }
        for plain in ['é', 'ß', '日', 'я', '한', '€', '—', 'λ', '“'] {
            assert_eq!(reads(plain), Itself, "{plain}");
        }
    }
}
