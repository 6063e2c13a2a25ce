//! Text packed into base64 or hex: a long word that decodes to text is read as that text.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Shorter, it would hold no value.
const SHORTEST: usize = 16;
/// As many letters are decoded first: most long words are no text.
const TASTE: usize = 24;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Whether a word is long enough to be looked into.
pub(crate) const fn long_enough(length: usize) -> bool {
    length >= SHORTEST
}

/// The text that a word is an encoding of.
pub(crate) fn decoded(word: &str) -> Option<String> {
    from_hex(word).or_else(|| from_base64(word))
}

fn from_hex(word: &str) -> Option<String> {
    let word = word.strip_prefix("0x").unwrap_or(word);
    if !word.len().is_multiple_of(2) || !word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pairs = |word: &str| -> Option<Vec<u8>> {
        let pairs = word.as_bytes().chunks_exact(2);
        pairs
            .map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?))
            .collect()
    };
    if !is_text(&pairs(&word[..word.len().min(TASTE)])?) {
        return None;
    }
    text(pairs(word)?)
}

fn from_base64(word: &str) -> Option<String> {
    let letters = word.trim_end_matches('=');
    let engine = if letters.contains(['-', '_']) {
        &URL_SAFE
    } else {
        &STANDARD
    };
    let taste = &letters[..letters.len().min(TASTE) / 4 * 4];
    if letters.len() % 4 == 1 || !is_text(&engine.decode(taste).ok()?) {
        return None;
    }
    text(engine.decode(letters).ok()?)
}

fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes)
        .ok()
        .filter(|text| is_text(text.as_bytes()))
}

/// Letters, digits and signs that people write; a character may be cut at the end.
fn is_text(bytes: &[u8]) -> bool {
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole
        && bytes
            .iter()
            .all(|byte| *byte >= b' ' && *byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r'))
}
