//! Attributes of web pages: most say how things look, some hold text.

use crate::entities::decode_html;
use crate::lines::Lines;

/// Attributes that are kept; those that begin with `data-`, `aria-` or `on` are kept too.
const KEPT: &[&str] = &[
    "action",
    "alt",
    "cite",
    "content",
    "datetime",
    "download",
    "formaction",
    "href",
    "label",
    "placeholder",
    "src",
    "srcdoc",
    "srcset",
    "style",
    "summary",
    "title",
    "value",
];

/// Takes the attributes of a tag, and gives what follows its `>`.
pub(super) fn attributes<'h>(lines: &mut Lines, text: &'h str) -> &'h str {
    let mut rest = text;
    let mut field = "";
    let mut kept: Vec<(&str, &str)> = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        if let Some(after) = rest.strip_prefix('>') {
            rest = after;
            break;
        }
        let length = rest
            .bytes()
            .skip(1)
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'='))
            .map_or(rest.len(), |at| at.saturating_add(1));
        let (name, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        let Some(value_on) = after.trim_start().strip_prefix('=') else {
            continue;
        };
        let value_on = value_on.trim_start();
        let (value, after) = match value_on.as_bytes().first().copied() {
            Some(quote @ (b'"' | b'\'')) => {
                let body = value_on.get(1..).unwrap_or_default();
                body.split_once(char::from(quote)).unwrap_or((body, ""))
            }
            _ => {
                let end = value_on
                    .bytes()
                    .position(|byte| byte.is_ascii_whitespace() || byte == b'>');
                value_on
                    .split_at_checked(end.unwrap_or(value_on.len()))
                    .unwrap_or((value_on, ""))
            }
        };
        rest = after;
        if name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("property") {
            field = value;
        } else if kept.len() < 1_000 {
            kept.push((name, value));
        } else {
            keep(lines, name, value, "");
        }
    }
    for (name, value) in kept {
        keep(lines, name, value, field);
    }
    rest
}

/// Puts an attribute aside, if it holds text. What a field holds is called by the name of the field.
fn keep(lines: &mut Lines, name: &str, value: &str, field: &str) {
    let lower = name
        .get(..name.len().min(16))
        .unwrap_or(name)
        .to_ascii_lowercase();
    if !KEPT.contains(&lower.as_str())
        && !["data-", "aria-", "on"]
            .iter()
            .any(|start| lower.starts_with(start))
    {
        return;
    }
    let mut decoded = String::new();
    decode_html(value, &mut decoded);
    let named = matches!(lower.as_str(), "value" | "content") && !field.is_empty();
    lines.aside_as(if named { field } else { name }, &decoded);
}
