//! URLs in the attributes of HTML and in style sheets.

use memchr::memchr_iter;

use super::{Fetched, Reference};

/// How far a tag is read that begins within another, in bytes: read to the end, tags in tags would cost their square.
const NESTED: usize = 2_048;

/// All references in tags and style sheets.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let mut all = Vec::new();
    let mut reached = 0;
    for start in memchr_iter(b'<', text.as_bytes()) {
        let within = start < reached;
        let to = if within { start + NESTED } else { text.len() };
        let end = tag(&text[..text.floor_char_boundary(to)], start, &mut all);
        reached = reached.max(end);
    }
    styles(text, &mut all);
    all
}

/// The URLs of the tag that begins at `start`, if one does. It ends at its bracket, or where the next tag begins: there.
fn tag(text: &str, start: usize, all: &mut Vec<Reference>) -> usize {
    let rest = &text[start + 1..];
    let name = rest
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != ':')
        .unwrap_or(rest.len());
    let (name, mut rest) = rest.split_at(name);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return start;
    }
    let first = all.len();
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
        let end = rest
            .find(|letter: char| letter.is_whitespace() || matches!(letter, '=' | '>' | '<' | '/'))
            .unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let Some(assigned) = after.trim_start().strip_prefix('=') else {
            rest = after;
            if attribute.is_empty() {
                break;
            }
            continue;
        };
        let (value, after) = value(assigned.trim_start());
        for (url, fetched) in urls(name, attribute, &unescaped(value)) {
            all.push(Reference {
                range: start..start,
                url,
                fetched,
            });
        }
        rest = after;
    }
    let end = text.len() - rest.len() + usize::from(rest.starts_with('>'));
    all[first..]
        .iter_mut()
        .for_each(|reference| reference.range.end = end);
    end
}

/// A value in quotes, or up to a space or the end of the tag; and what follows it.
fn value(assigned: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some((value, after)) = assigned
            .strip_prefix(quote)
            .and_then(|rest| rest.split_once(quote))
        {
            return (value, after);
        }
    }
    assigned.split_at(
        assigned
            .find(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '<'))
            .unwrap_or(assigned.len()),
    )
}

/// The URLs in an attribute, with what fetches them.
fn urls(tag: &str, attribute: &str, value: &str) -> Vec<(String, Fetched)> {
    let tag = tag.to_ascii_lowercase();
    match (tag.as_str(), attribute.to_ascii_lowercase().as_str()) {
        (_, "srcset" | "imagesrcset") => {
            let candidates = value
                .split(',')
                .filter_map(|candidate| candidate.split_whitespace().next());
            candidates
                .map(|url| (url.to_owned(), Fetched::AtOnce))
                .collect()
        }
        (_, "src" | "poster" | "background" | "lowsrc" | "dynsrc")
        | ("object", "data" | "codebase") => vec![(value.to_owned(), Fetched::AtOnce)],
        ("link" | "image" | "use" | "base" | "feimage", "href" | "xlink:href") => {
            vec![(value.to_owned(), Fetched::AtOnce)]
        }
        ("meta", "content") => {
            let url = value
                .to_ascii_lowercase()
                .find("url=")
                .map(|start| value[start + 4..].trim_matches(['\'', '"', ' ']));
            url.map(|url| (url.to_owned(), Fetched::AtOnce))
                .into_iter()
                .collect()
        }
        (_, "href" | "xlink:href" | "action" | "formaction" | "ping") => {
            vec![(value.to_owned(), Fetched::OnClick)]
        }
        _ => Vec::new(),
    }
}

/// `value` with the character references that can hide a URL resolved.
fn unescaped(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, reference)) = rest.split_once('&') {
        plain.push_str(before);
        let end = reference
            .bytes()
            .take(10)
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#')
            .count();
        match character(&reference[..end]) {
            Some(letter) => {
                plain.push(letter);
                rest = reference[end..]
                    .strip_prefix(';')
                    .unwrap_or(&reference[end..]);
            }
            None => {
                plain.push('&');
                rest = reference;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn character(reference: &str) -> Option<char> {
    if let Some(number) = reference.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match reference {
        "amp" => '&',
        "colon" => ':',
        "sol" => '/',
        "bsol" => '\\',
        "period" => '.',
        "quest" => '?',
        "equals" => '=',
        "Tab" | "NewLine" => '\n',
        _ => return None,
    })
}

/// `url(...)` and `@import "..."` of style sheets, in attributes and elsewhere.
fn styles(text: &str, all: &mut Vec<Reference>) {
    let mut opened = None;
    for position in memchr::memchr2_iter(b'(', b')', text.as_bytes()) {
        if text.as_bytes()[position] == b'(' {
            let start = position.saturating_sub(3);
            if text.as_bytes()[start..position].eq_ignore_ascii_case(b"url") {
                opened = Some(start);
            }
        } else if let Some(start) = opened.take() {
            let url = unescaped(text[start + 4..position].trim().trim_matches(['"', '\'']));
            all.push(Reference {
                range: start..position + 1,
                url,
                fetched: Fetched::AtOnce,
            });
        }
    }
    for at in memchr_iter(b'@', text.as_bytes()) {
        let Some(rule) = text
            .get(at..at + 7)
            .filter(|rule| rule.eq_ignore_ascii_case("@import"))
        else {
            continue;
        };
        let rest = &text[at + rule.len()..];
        let quoted = rest.trim_start();
        if quoted.starts_with(['"', '\'']) {
            let (url, after) = value(quoted);
            all.push(Reference {
                range: at..text.len() - after.len(),
                url: unescaped(url),
                fetched: Fetched::AtOnce,
            });
        }
    }
}
