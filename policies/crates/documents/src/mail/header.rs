//! Headers of messages: folded lines, encoded words, parameters.

use crate::encoding::{decode, decode_as};
use crate::mail::transfer::{base64, quoted_printable};

/// The longest encoded word that is decoded.
const LONGEST: usize = 8_192;
/// How many headers are read; what follows is the body.
const MOST: usize = 10_000;

/// The headers of a message or of a part, in order.
pub(crate) struct Headers {
    list: Vec<(String, String)>,
}

/// A media type with its parameters.
pub(crate) struct Kind {
    pub(crate) media: String,
    parameters: Vec<(String, String)>,
}

impl Kind {
    /// A parameter, in any of its ways of being written.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        find(&self.parameters, name)
    }
}

impl Headers {
    /// Splits headers from the body behind the first empty line.
    pub(crate) fn split(bytes: &[u8]) -> (Self, &[u8]) {
        let mut list: Vec<(String, String)> = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() && list.len() < MOST {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end.saturating_add(1));
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            let text = decode(line);
            let text = text.trim_end();
            if text.is_empty() {
                rest = after;
                break;
            }
            if text.starts_with([' ', '\t'])
                && let Some((_, value)) = list.last_mut()
            {
                value.push(' ');
                value.push_str(text.trim_start());
            } else if let Some((name, value)) = text.split_once(':') {
                list.push((name.trim().to_owned(), value.trim().to_owned()));
            } else if text.starts_with("From ") && list.is_empty() {
                list.push((
                    "From".to_owned(),
                    text.get(5..).unwrap_or_default().to_owned(),
                ));
            } else {
                // Not a header: the body begins here.
                break;
            }
            rest = after;
        }
        (Self { list }, rest)
    }

    /// The value of a header, as it is written.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.list
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All headers as text, decoded. Names of files that are written in the longer way stand behind.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.list {
            out.push_str(name);
            out.push_str(": ");
            out.push_str(&words(value));
            out.push('\n');
        }
        if let Some(name) = self.name() {
            out.push_str("name: ");
            out.push_str(&name);
        }
        out
    }

    /// The media type.
    pub(crate) fn content_type(&self) -> Kind {
        let (media, parameters) = parameters(self.get("content-type").unwrap_or_default());
        Kind {
            media: media.to_ascii_lowercase(),
            parameters,
        }
    }

    /// The name of the attached file.
    pub(crate) fn name(&self) -> Option<String> {
        let (_, disposition) = parameters(self.get("content-disposition").unwrap_or_default());
        find(&disposition, "filename").or_else(|| self.content_type().parameter("name"))
    }
}

/// A value and its parameters.
fn parameters(text: &str) -> (String, Vec<(String, String)>) {
    let (value, mut rest) = text.split_once(';').unwrap_or((text, ""));
    let mut list = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ';', '\t']).to_ascii_lowercase();
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(';').unwrap_or((after, "")),
        };
        list.push((name, value.trim().to_owned()));
        rest = next;
        if list.len() > 64 {
            break;
        }
    }
    (value.trim().to_owned(), list)
}

/// A parameter: plain, with a charset (`name*`), or in pieces (`name*0`, `name*1*`).
fn find(list: &[(String, String)], name: &str) -> Option<String> {
    if let Some((_, value)) = list.iter().find(|(found, _)| found == name) {
        return Some(words(value));
    }
    let mut joined = String::new();
    let mut encoded = false;
    for (found, value) in list {
        if let Some(piece) = found
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('*'))
        {
            encoded |= piece.is_empty() || piece.ends_with('*');
            joined.push_str(value);
        }
    }
    if joined.is_empty() {
        return None;
    }
    if !encoded {
        return Some(joined);
    }
    let (charset, value) = joined.split_once('\'').unwrap_or(("", &joined));
    let value = value.split_once('\'').map_or(value, |(_, value)| value);
    Some(
        decode_as(
            &quoted_printable(value.replace('%', "=").as_bytes(), false),
            charset,
        )
        .into_owned(),
    )
}

/// Text with its encoded words decoded (`=?utf-8?Q?caf=C3=A9?=`).
pub(crate) fn words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some((before, tail)) = rest.split_once("=?") {
        // Blanks between two encoded words are no part of the text.
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        let window = tail
            .get(..tail.floor_char_boundary(LONGEST))
            .unwrap_or(tail);
        let mut fields = window.splitn(3, '?');
        let (charset, way, body) = (fields.next(), fields.next(), fields.next());
        let decoded = match (charset, way, body.and_then(|body| body.split_once("?="))) {
            (Some(charset), Some(way), Some((word, _))) if charset.len() < 40 && way.len() == 1 => {
                let bytes = if way.eq_ignore_ascii_case("b") {
                    base64(word.as_bytes())
                } else {
                    quoted_printable(word.as_bytes(), true)
                };
                let charset_length = charset.len();
                let charset = charset
                    .split_once('*')
                    .map_or(charset, |(charset, _)| charset);
                // Behind the charset, the way and the word, each with its mark.
                let used = charset_length
                    .saturating_add(way.len())
                    .saturating_add(word.len())
                    .saturating_add(4);
                Some((
                    decode_as(&bytes, charset).into_owned(),
                    tail.get(used..).unwrap_or_default(),
                ))
            }
            _ => None,
        };
        if let Some((word, after)) = decoded {
            out.push_str(&word);
            rest = after;
            after_word = true;
        } else {
            out.push_str("=?");
            rest = tail;
            after_word = false;
        }
    }
    out.push_str(rest);
    out
}
