//! Kinds of text: by structure where that is clear, else by name and media type.

use crate::Type;
use crate::csv::{Cells, separator};

/// Headers that messages begin with.
const HEADERS: &[&str] = &[
    "cc",
    "content-type",
    "date",
    "delivered-to",
    "from",
    "importance",
    "message-id",
    "mime-version",
    "received",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-mailer",
];

/// Whether decoded bytes read as text: few control characters.
pub(crate) fn is_text(text: &str) -> bool {
    let (mut all, mut bad) = (0_usize, 0_usize);
    for c in text.chars() {
        all = all.saturating_add(1);
        let control =
            c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}' | '\u{85}');
        bad = bad.saturating_add(usize::from(control));
    }
    bad.saturating_mul(20) <= all
}

/// The kind of a text. `whole` says that it was not cut.
pub(crate) fn kind(text: &str, whole: bool, name: Option<&str>, media: Option<&str>) -> Type {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let lower: String = start
        .chars()
        .take(2_000)
        .collect::<String>()
        .to_ascii_lowercase();
    if lower.starts_with("{\\rtf") {
        return Type::Rtf;
    }
    if lower.starts_with('<')
        && let Some(found) = markup(&lower)
    {
        return found;
    }
    if is_message(start) {
        return Type::Eml;
    }
    if is_json(start, whole) {
        return Type::Json;
    }
    if let Some(found) = named(name, media) {
        return found;
    }
    if is_table(start) {
        Type::Csv
    } else {
        Type::Text
    }
}

/// Text that begins with `<`.
fn markup(lower: &str) -> Option<Type> {
    const PAGE: &[&str] = &[
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<div",
        "<p>",
        "<table",
        "<script",
        "<title",
        "<meta",
        "<h1",
        "<span",
    ];
    if PAGE.iter().any(|start| lower.starts_with(start)) {
        return Some(Type::Html);
    }
    if lower.starts_with("<?xml") {
        return Some(if lower.contains("<html") {
            Type::Html
        } else {
            Type::Xml
        });
    }
    if lower.contains("<html") {
        return Some(Type::Html);
    }
    let named = lower
        .get(1..)
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!'));
    (named && (lower.contains("</") || lower.contains("/>") || lower.starts_with("<!")))
        .then_some(Type::Xml)
}

/// At least two headers of mail, and nothing but headers to begin with.
fn is_message(text: &str) -> bool {
    let mut known = 0_usize;
    for (number, line) in text.lines().enumerate().take(60) {
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) && number > 0 || number == 0 && line.starts_with("From ") {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            return false;
        };
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        {
            return false;
        }
        known = known.saturating_add(usize::from(
            HEADERS.contains(&name.to_ascii_lowercase().as_str()),
        ));
    }
    known >= 2
}

/// A whole object or list, or lines of them.
fn is_json(text: &str, whole: bool) -> bool {
    let trimmed = text.trim_end();
    let mut chars = trimmed.chars();
    let close = match chars.next() {
        Some('{') => '}',
        Some('[') => ']',
        _ => return false,
    };
    let second = chars.find(|c| !c.is_whitespace());
    let begins = match (close, second) {
        ('}', Some('"' | '}')) => true,
        (']', Some(c)) => {
            matches!(c, '"' | '{' | '[' | ']' | '-' | 't' | 'f' | 'n') || c.is_ascii_digit()
        }
        _ => false,
    };
    begins && (!whole || trimmed.ends_with(close))
}

fn named(name: Option<&str>, media: Option<&str>) -> Option<Type> {
    let media = media
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let ending = name
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let by_name = match ending.as_deref().unwrap_or_default() {
        "csv" | "tsv" | "tab" | "psv" => Some(Type::Csv),
        "json" | "jsonl" | "ndjson" | "geojson" => Some(Type::Json),
        "html" | "htm" | "xhtml" => Some(Type::Html),
        "xml" | "svg" | "xsl" | "xsd" => Some(Type::Xml),
        "eml" | "mht" | "mhtml" => Some(Type::Eml),
        "txt" | "md" | "log" | "py" | "rs" | "js" | "ts" | "java" | "c" | "h" | "cpp" | "go"
        | "sql" | "sh" | "yaml" | "yml" | "toml" | "ini" | "cfg" => Some(Type::Text),
        _ => None,
    };
    by_name.or(match media.as_str() {
        "text/csv" | "text/tab-separated-values" => Some(Type::Csv),
        "application/json" | "application/x-ndjson" => Some(Type::Json),
        "text/html" | "application/xhtml+xml" => Some(Type::Html),
        "text/xml" | "application/xml" | "image/svg+xml" => Some(Type::Xml),
        "message/rfc822" => Some(Type::Eml),
        "text/markdown" => Some(Type::Text),
        _ => None,
    })
}

/// Three rows or more with as many cells each: three cells, or two between separators that prose has not.
fn is_table(text: &str) -> bool {
    let comma = separator(text);
    let mut widths = Vec::new();
    for (row, column, _) in Cells::new(text, comma).take(2_000) {
        if row >= 8 {
            break;
        }
        if widths.len() <= row {
            widths.push(0);
        }
        if let Some(width) = widths.get_mut(row) {
            *width = column.saturating_add(1);
        }
    }
    let least = if comma == b',' { 3 } else { 2 };
    // The last row may have been cut.
    let sure = if widths.len() > 3 {
        widths.get(..widths.len().saturating_sub(1))
    } else {
        None
    };
    let rows = sure.unwrap_or(&widths);
    rows.len() >= 3
        && rows
            .first()
            .is_some_and(|first| *first >= least && rows.iter().all(|width| width == first))
}
