//! Cuts a pattern in Python's syntax into its smallest parts, and writes them again in the engine's syntax.

use std::fmt::Write;

/// What a part of a pattern does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One character: itself, an escape, a dot or a class.
    One,
    /// `^` or `\A`.
    Start,
    /// `$` or `\Z`.
    End,
    /// Another place without width: `\b` or `\B`.
    Place,
    /// `(`, `(?:` or `(?P<name>`.
    Open,
    /// `(?=`, `(?!`, `(?<=` or `(?<!`.
    Look,
    /// `)`.
    Close,
    /// `|`.
    Bar,
    /// `*`, `+`, `?` or `{2,3}`.
    Repeat,
    /// `(?u)` and the like, which stand for nothing in the text.
    Flags,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'p> {
    pub(super) kind: Kind,
    pub(super) text: &'p str,
}

/// All parts of `pattern`, in order.
///
/// # Errors
/// Where a class, a group or an escape is not closed.
pub(super) fn elements(pattern: &str) -> Result<Vec<Element<'_>>, String> {
    let mut found = Vec::new();
    let mut rest = pattern;
    let mut depth = 0_usize;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            '\\' => escape(rest)?,
            '[' => (Kind::One, class_length(rest)?),
            '(' => open(rest)?,
            ')' => (Kind::Close, 1),
            '|' => (Kind::Bar, 1),
            '^' => (Kind::Start, 1),
            '$' => (Kind::End, 1),
            '*' | '+' | '?' => (Kind::Repeat, 1),
            '{' => (Kind::Repeat, rest.find('}').map_or(1, |end| end + 1)),
            _ => (Kind::One, first.len_utf8()),
        };
        match kind {
            Kind::Open | Kind::Look => depth += 1,
            Kind::Close => {
                depth = depth
                    .checked_sub(1)
                    .ok_or("a group is closed that was not opened")?
            }
            _ => {}
        }
        let Some((text, after)) = rest.split_at_checked(length) else {
            return Err("a part is cut in the middle of a character".into());
        };
        found.push(Element { kind, text });
        rest = after;
    }
    if depth > 0 {
        return Err("a group is not closed".into());
    }
    Ok(found)
}

fn escape(rest: &str) -> Result<(Kind, usize), String> {
    let mut characters = rest.chars().skip(1);
    let Some(name) = characters.next() else {
        return Err("a backslash at the end".into());
    };
    let digits = match name {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if characters
        .take(digits)
        .filter(char::is_ascii_hexdigit)
        .count()
        < digits
    {
        return Err(format!("\\{name} without {digits} digits"));
    }
    let kind = match name {
        'A' => Kind::Start,
        'Z' => Kind::End,
        'b' | 'B' => Kind::Place,
        '0'..='9' => return Err("a reference to a group".into()),
        _ => Kind::One,
    };
    Ok((kind, 1 + name.len_utf8() + digits))
}

fn class_length(rest: &str) -> Result<usize, String> {
    let mut characters = rest.char_indices().skip(1).peekable();
    characters.next_if(|(_, character)| *character == '^');
    characters.next_if(|(_, character)| *character == ']'); // The first one stands for itself.
    while let Some((at, character)) = characters.next() {
        match character {
            ']' => return Ok(at + 1),
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
    Err("a class is not closed".into())
}

fn open(rest: &str) -> Result<(Kind, usize), String> {
    for look in ["(?=", "(?!", "(?<=", "(?<!"] {
        if rest.starts_with(look) {
            return Ok((Kind::Look, look.len()));
        }
    }
    if rest.starts_with("(?:") {
        return Ok((Kind::Open, 3));
    }
    if rest.starts_with("(?P<") {
        return rest
            .find('>')
            .map(|end| (Kind::Open, end + 1))
            .ok_or_else(|| "a group's name is not closed".into());
    }
    if let Some(flags) = rest.strip_prefix("(?") {
        let length = flags.bytes().take_while(u8::is_ascii_alphabetic).count();
        return match flags.as_bytes().get(length) {
            Some(b')') if length > 0 => Ok((Kind::Flags, length + 3)),
            _ => Err("an unknown kind of group".into()),
        };
    }
    Ok((Kind::Open, 1))
}

/// The same pattern in the engine's syntax.
pub(super) fn translate(elements: &[Element<'_>]) -> String {
    let mut text = String::new();
    for element in elements {
        match (element.kind, element.text) {
            (Kind::End, _) => text.push_str(r"\z"),
            (Kind::One, class) if class.starts_with('[') => translate_class(class, &mut text),
            (Kind::One, escape) if escape.starts_with('\\') => {
                translate_escape(escape, false, &mut text)
            }
            (_, same) => text.push_str(same),
        }
    }
    text
}

/// Python's words are letters and numbers, without marks; its spaces are four more than the engine's.
fn translate_escape(escape: &str, inside: bool, text: &mut String) {
    match (escape, inside) {
        (r"\w", true) => text.push_str(r"\p{L}\p{N}_"),
        (r"\w", false) => text.push_str(r"[\p{L}\p{N}_]"),
        (r"\W", _) => text.push_str(r"[^\p{L}\p{N}_]"),
        (r"\s", true) => text.push_str(r"\s\x1c-\x1f"),
        (r"\s", false) => text.push_str(r"[\s\x1c-\x1f]"),
        (r"\S", _) => text.push_str(r"[^\s\x1c-\x1f]"),
        (other, _) => text.push_str(other),
    }
}

/// In the engine's classes, an inner bracket opens a class and doubled signs are operators; in Python's they are text.
fn translate_class(class: &str, text: &mut String) {
    let body = class
        .strip_prefix('[')
        .and_then(|body| body.strip_suffix(']'))
        .unwrap_or_default();
    text.push('[');
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escaped: String = characters.next().into_iter().collect();
                translate_escape(&format!("\\{escaped}"), true, text);
            }
            '[' | '&' | '~' => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\{character}");
            }
            _ => text.push(character),
        }
    }
    text.push(']');
}
