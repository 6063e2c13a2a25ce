//! Tells data from the names that URLs are usually made of.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::url::Url;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// So many characters of code are data.
const LEAST: usize = 32;
/// Words with a plus between them are mostly what somebody searched for, so they need to be longer.
const LEAST_WORDS: usize = 64;
/// Hexadecimal digits of the usual digests.
const DIGESTS: [usize; 6] = [32, 40, 56, 64, 96, 128];

/// The URL carries data in its host, path, query or fragment.
pub(super) fn is_in(url: &Url) -> bool {
    let values: Vec<&str> = url
        .query
        .split(['&', ';'])
        .map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value))
        .collect();
    let segments: Vec<&str> = url
        .path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    url.host.split('.').any(is_coded_label)
        || segments.iter().any(|segment| is_coded(segment) || escapes(segment, u8::is_ascii) >= 3 && length(segment) >= LEAST)
        || values.iter().chain([&url.fragment.as_str()]).any(|value| {
            is_coded(value)
                || escapes(value, |_| true) >= 3 && length(value) >= LEAST
                || value.matches('+').count() >= 3 && length(value) >= LEAST_WORDS
        })
        // Data cut in pieces, one a parameter or a segment.
        || is_text_in_base64(&values.concat())
        || is_text_in_base64(&segments.concat())
}

/// The bytes that the percent signs of `written` stand for.
fn escaped(written: &str) -> impl Iterator<Item = u8> {
    written
        .split('%')
        .skip(1)
        .filter_map(|piece| u8::from_str_radix(piece.get(..2)?, 16).ok())
}

fn escapes(written: &str, counts: impl Fn(&u8) -> bool) -> usize {
    escaped(written).filter(counts).count()
}

/// Characters after decoding.
fn length(written: &str) -> usize {
    let bytes = escaped(written).count();
    let continued = escaped(written).filter(|byte| byte & 0xc0 == 0x80).count();
    written
        .chars()
        .count()
        .saturating_sub(2 * bytes + continued)
}

/// Base64, base32 or hexadecimal, and not a digest.
fn is_coded(written: &str) -> bool {
    let written = written.trim_end_matches("%3D").trim_end_matches('=');
    written
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(is_hexadecimal_data)
        || written
            .split(|letter: char| !is_base64(letter))
            .any(|run| run.len() >= LEAST && (is_text_in_base64(run) || is_random(run)))
}

fn is_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '-' | '_')
}

fn is_hexadecimal_data(run: &str) -> bool {
    if run.len() < LEAST || !run.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let pairs = run.as_bytes().chunks_exact(2);
    let bytes: Vec<u8> = pairs
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    !DIGESTS.contains(&run.len()) || is_text(&bytes)
}

fn is_text_in_base64(run: &str) -> bool {
    let run = run.replace("%3D", "").replace('+', "-").replace('/', "_");
    let run = run.trim_end_matches('=');
    run.len() >= LEAST && BASE64.decode(run).is_ok_and(|bytes| is_text(&bytes))
}

/// Printable ASCII, or other text in UTF-8, but for a few characters.
fn is_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let printable = text
        .chars()
        .filter(|letter| !letter.is_control() || letter.is_whitespace())
        .count();
    printable * 10 >= text.chars().count() * 9
}

/// Changes between capitals, small letters and digits as no name has them, or capitals and digits alone.
fn is_random(run: &str) -> bool {
    let kind = |byte: u8| match byte {
        b'A'..=b'Z' => Some(0),
        b'a'..=b'z' => Some(1),
        b'0'..=b'9' => Some(2),
        _ => None,
    };
    let kinds: Vec<usize> = run.bytes().filter_map(kind).collect();
    let has = |kind: usize| kinds.contains(&kind);
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    has(0)
        && has(2)
        && (!has(1) && kinds.len() >= LEAST || has(1) && changes * 100 >= 35 * kinds.len())
}

/// A label of a host that no person chose: long, letters and digits without a hyphen.
fn is_coded_label(label: &str) -> bool {
    label.len() >= LEAST
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && label.bytes().any(|byte| byte.is_ascii_digit())
}
