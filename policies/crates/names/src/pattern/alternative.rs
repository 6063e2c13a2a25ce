//! One alternative of a pattern: a core between what must come before and what must or must not come after.

use super::element::{Element, Kind, elements, translate};

/// The parts of an alternative in the engine's syntax; an empty context means that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alternative {
    pub(super) at_start: bool,
    pub(super) at_end: bool,
    pub(super) before: String,
    /// How many characters `before` takes.
    pub(super) before_width: usize,
    pub(super) core: String,
    pub(super) after: String,
}

/// Cuts `pattern` at its outermost bars.
///
/// # Errors
/// Where an alternative looks around in a way that has no translation.
pub(super) fn alternatives(pattern: &str) -> Result<Vec<Alternative>, String> {
    let elements = elements(pattern)?;
    split(&elements)?.into_iter().map(one).collect()
}

/// The parts of `elements` between the bars that are in no group.
pub(super) fn split<'e, 'p>(elements: &'e [Element<'p>]) -> Result<Vec<&'e [Element<'p>]>, String> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, element) in elements.iter().enumerate() {
        match element.kind {
            Kind::Open | Kind::Look => depth += 1,
            Kind::Close => {
                depth = depth
                    .checked_sub(1)
                    .ok_or("a group is closed that was not opened")?
            }
            Kind::Bar if depth == 0 => {
                found.push(elements.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(elements.get(start..).unwrap_or_default());
    Ok(found)
}

/// Where the group that opens at `elements[0]` closes.
pub(super) fn group_end(elements: &[Element<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, element) in elements.iter().enumerate() {
        match element.kind {
            Kind::Open | Kind::Look => depth += 1,
            Kind::Close => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn one(mut rest: &[Element<'_>]) -> Result<Alternative, String> {
    let mut made = Alternative {
        at_start: false,
        at_end: false,
        before: String::new(),
        before_width: 0,
        core: String::new(),
        after: String::new(),
    };
    if let [
        Element {
            kind: Kind::Start, ..
        },
        tail @ ..,
    ] = rest
    {
        (made.at_start, rest) = (true, tail);
    }
    if let Some(Element {
        kind: Kind::Look,
        text: "(?<=",
    }) = rest.first()
    {
        let end = group_end(rest).ok_or("a look-behind is not closed")?;
        let inside = rest.get(1..end).unwrap_or_default();
        made.before_width = width(inside).ok_or("a look-behind of no fixed width")?;
        made.before = translate(inside);
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    if let [
        head @ ..,
        Element {
            kind: Kind::End, ..
        },
    ] = rest
    {
        (made.at_end, rest) = (true, head);
    }
    if let Some(start) = rest.iter().position(|element| element.kind == Kind::Look) {
        let (core, look) = rest.split_at_checked(start).unwrap_or_default();
        let closed = group_end(look).is_some_and(|end| end + 1 == look.len());
        let [Element { text: sign, .. }, inside @ .., _] = look else {
            return Err("a look-ahead is not closed".into());
        };
        if !closed || width(inside).is_none() {
            return Err(
                "a look-around that is neither first nor last, or of no fixed width".into(),
            );
        }
        made.after = match (*sign, inside) {
            ("(?=", _) => translate(inside),
            ("(?!", [class]) => format!(r"(?:{}|\z)", negated(class)?),
            _ => return Err(format!("{sign} is not translated here")),
        };
        rest = core;
    }
    if rest.is_empty() {
        return Err("an alternative without a core".into());
    }
    made.core = translate(rest);
    Ok(made)
}

/// How many characters are matched; `None` where that is not the same for all matches.
fn width(elements: &[Element<'_>]) -> Option<usize> {
    elements
        .iter()
        .all(|element| element.kind == Kind::One)
        .then_some(elements.len())
}

fn negated(class: &Element<'_>) -> Result<String, String> {
    let text = translate(std::slice::from_ref(class));
    match text.strip_prefix('[') {
        Some(body) if !body.starts_with('^') => Ok(format!("[^{body}")),
        _ => Err("a look-ahead that forbids something other than a class".into()),
    }
}
