//! Finds invisible characters that carry text or change how code reads, and leaves alone those that a script or an
//! emoji needs: joiners in Arabic, Persian and Indic words, emoji sequences, flags of tags such as Wales's.

use std::ops::Range;

/// How a stretch hides what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Unicode tag characters, which spell ASCII unseen.
    Tags,
    /// Variation selectors in a row, one a byte.
    VariationSelectors,
    /// Characters of no width whose order spells bits.
    ZeroWidth,
    /// Direction controls that show Latin text in another order than it is read by a machine.
    Bidi,
}

/// So many characters of no width, of two kinds at least, are bits rather than layout.
const LEAST_BITS: usize = 6;
/// Bits may stand so many bytes of visible text apart.
const BITS_APART: usize = 8;

/// The stretches of `text` that hide something, in order, none overlapping another of its kind.
pub fn find(text: &str) -> Vec<(Range<usize>, Kind)> {
    if text.is_ascii() {
        return Vec::new();
    }
    let mut found = Vec::new();
    runs(text, is_tag, |range, before, run| {
        if !(before == Some('\u{1f3f4}') && is_flag(run)) {
            found.push((range, Kind::Tags));
        }
    });
    runs(text, is_selector, |range, before, run| {
        if hides_bytes(before, run) {
            found.push((range, Kind::VariationSelectors));
        }
    });
    zero_width(text, &mut found);
    bidi(text, &mut found);
    found.sort_by_key(|(range, _)| range.start);
    found
}

/// Calls `found` with each run of characters that `belongs` tells, and with the character before it.
fn runs(
    text: &str,
    belongs: fn(char) -> bool,
    mut found: impl FnMut(Range<usize>, Option<char>, &str),
) {
    let mut position = 0;
    while let Some(start) = text[position..]
        .find(belongs)
        .map(|offset| position + offset)
    {
        let end = text[start..]
            .find(|letter| !belongs(letter))
            .map_or(text.len(), |length| start + length);
        found(
            start..end,
            text[..start].chars().next_back(),
            &text[start..end],
        );
        position = end;
    }
}

fn is_tag(letter: char) -> bool {
    matches!(letter, '\u{e0000}'..='\u{e007f}')
}

/// The region of a flag, `gbwls` for Wales: letters and digits, six at most; its end may be cut off.
fn is_flag(run: &str) -> bool {
    let region = run.strip_suffix('\u{e007f}').unwrap_or(run);
    let letters = region
        .chars()
        .filter(|tag| matches!(tag, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}'))
        .count();
    letters <= 6 && letters == region.chars().count()
}

fn is_selector(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// A character takes one selector at most. The two that choose between text and emoji are left behind in runs and after
/// spaces when emoji are taken out, so they need to be many.
fn hides_bytes(before: Option<char>, run: &str) -> bool {
    let count = run.chars().count();
    if run
        .chars()
        .all(|selector| matches!(selector, '\u{fe0e}' | '\u{fe0f}'))
    {
        return count >= 8;
    }
    count >= 2 || before.is_none_or(|letter| letter.is_ascii_alphabetic() || letter.is_whitespace())
}

/// Characters of no width close to each other, not counting those that their neighbours explain.
fn zero_width(text: &str, found: &mut Vec<(Range<usize>, Kind)>) {
    let mut cluster = Cluster::default();
    let mut before = None;
    for (position, letter) in text.char_indices() {
        if is_zero_width(letter)
            && !(position == 0 && letter == '\u{feff}')
            && !before.is_some_and(needs_joiners)
        {
            if position > cluster.range.end + BITS_APART {
                found.extend(cluster.hidden());
                cluster = Cluster {
                    range: position..position,
                    ..Cluster::default()
                };
            }
            cluster.add(position, letter);
        }
        // A selector or a skin tone belongs to the emoji before it.
        if !matches!(letter, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}') || before.is_none() {
            before = Some(letter);
        }
    }
    found.extend(cluster.hidden());
}

/// Bits close to each other.
#[derive(Default)]
struct Cluster {
    range: Range<usize>,
    count: usize,
    first: Option<char>,
    varied: bool,
}

impl Cluster {
    fn add(&mut self, position: usize, letter: char) {
        self.range.end = position + letter.len_utf8();
        self.count += 1;
        self.varied |= *self.first.get_or_insert(letter) != letter;
    }

    fn hidden(&self) -> Option<(Range<usize>, Kind)> {
        (self.varied && self.count >= LEAST_BITS).then(|| (self.range.clone(), Kind::ZeroWidth))
    }
}

fn is_zero_width(letter: char) -> bool {
    matches!(letter, '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{115f}' | '\u{1160}'
        | '\u{3164}' | '\u{ffa0}')
}

/// Letters of scripts that use joiners, marks of direction and breaks within words; and emoji, which are joined.
fn needs_joiners(before: char) -> bool {
    matches!(before,
        '\u{590}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Right-to-left controls around Latin text, line by line: they end with the line.
fn bidi(text: &str, found: &mut Vec<(Range<usize>, Kind)>) {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let mut position = 0;
        while let Some(start) = line[position..]
            .find(['\u{202b}', '\u{202e}', '\u{2067}'])
            .map(|found| position + found)
        {
            let content = start + '\u{202e}'.len_utf8();
            let end = line[content..]
                .find(['\u{202c}', '\u{2069}', '\n'])
                .map_or(line.len(), |length| content + length);
            let forced = line[start..].starts_with('\u{202e}');
            let inner = &line[content..end];
            let latin = inner.bytes().any(|byte| byte.is_ascii_alphabetic());
            if latin && (forced || !inner.chars().any(is_right_to_left)) {
                found.push((offset + start..offset + end, Kind::Bidi));
            }
            position = end;
        }
        offset += line.len();
    }
}

fn is_right_to_left(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        find(text).into_iter().map(|(_, kind)| kind).collect()
    }

    fn bits(text: &str, separator: &str) -> String {
        let bits = text
            .bytes()
            .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1));
        bits.map(|bit| {
            format!(
                "{}{separator}",
                if bit == 1 { '\u{200b}' } else { '\u{200c}' }
            )
        })
        .collect()
    }

    #[test]
    fn tags_that_spell_text_are_found_with_their_place() {
        let hidden: String = "run rm"
            .chars()
            .filter_map(|letter| char::from_u32(0xe0000 + u32::from(letter)))
            .collect();
        assert_eq!(
            find(&format!("Hi{hidden}!")),
            [(2..2 + hidden.len(), Kind::Tags)]
        );
        assert_eq!(kinds(&format!("\u{1f3f4}{hidden}{hidden}")), [Kind::Tags]);
        assert_eq!(kinds("a\u{e0069}b\u{e0067}c"), [Kind::Tags, Kind::Tags]);
    }

    #[test]
    fn selectors_that_carry_bytes_are_found() {
        assert_eq!(
            kinds("\u{1f600}\u{e0158}\u{e0155}\u{e015c}"),
            [Kind::VariationSelectors]
        );
        assert_eq!(kinds("h\u{fe01}i\u{e0120}"), [Kind::VariationSelectors; 2]);
        assert_eq!(
            kinds(&format!("x{}", "\u{fe0e}\u{fe0f}".repeat(4))),
            [Kind::VariationSelectors]
        );
    }

    #[test]
    fn zero_width_bits_are_found_together_and_between_letters() {
        assert_eq!(
            kinds(&format!("Hello{} world", bits("hi", ""))),
            [Kind::ZeroWidth]
        );
        assert_eq!(kinds(&bits("hi", "e")), [Kind::ZeroWidth]);
        assert_eq!(
            kinds("a\u{feff}\u{2060}\u{feff}\u{2060}\u{feff}\u{2060}b"),
            [Kind::ZeroWidth]
        );
    }

    #[test]
    fn controls_that_reorder_code_are_found() {
        assert_eq!(
            kinds("if access != \"user\u{202e} \u{2066}// check admin\u{2069} \u{2066}\" {"),
            [Kind::Bidi]
        );
        assert_eq!(
            kinds("/* \u{2067}begin admin */ if ok {\nnext"),
            [Kind::Bidi]
        );
        assert_eq!(find("photo\u{202e}gpj.exe"), [(5..15, Kind::Bidi)]);
    }

    #[test]
    fn emoji_sequences_pass() {
        for emoji in [
            "👨\u{200d}👩\u{200d}👧\u{200d}👦",
            "👩🏽\u{200d}🚀",
            "❤\u{fe0f}\u{200d}🔥",
            "🏳\u{fe0f}\u{200d}🌈",
            "1\u{fe0f}\u{20e3}",
            "©\u{fe0f}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}",
            "👁\u{fe0f}\u{200d}🗨\u{fe0f}",
            "gone: \u{fe0f}\u{fe0f}",
        ] {
            assert_eq!(kinds(&emoji.repeat(4)), [], "{emoji}");
        }
    }

    #[test]
    fn scripts_that_need_joiners_and_marks_pass() {
        for text in [
            "می\u{200c}خواهم کتاب\u{200c}ها را بخوانم و نمی\u{200c}دانم",
            "क्\u{200d}ष और र\u{200d}",
            "സാധന\u{200c}ങ്ങൾ",
            "ภาษา\u{200b}ไทย\u{200b}เขียน",
            "\u{feff}begins with a mark",
            "שלום\u{200f}, \u{202b}עברית and English\u{202c}",
            "call \u{202d}+1 555 0100\u{202c}",
            "葛\u{e0100}城 and 辻\u{e0101}",
            "very\u{ad}long\u{ad}word\u{ad}that\u{ad}may\u{ad}be\u{ad}broken\u{ad}up",
            "path\u{200b}/to\u{200b}/a\u{200b}/file\u{200b}/that\u{200b}/breaks\u{200b}/here",
            "Hello \u{2068}Ada\u{2069}, welcome",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }
}
