//! Parameters of a header field: `; name="value"; other=token`.

use std::borrow::Cow;
use std::ops::Range;

use super::MultipartError;

/// One parameter.
pub(super) struct Param<'a> {
    pub(super) name: &'a str,
    /// The value, without quotes and escapes.
    pub(super) text: Cow<'a, str>,
    /// Where the value stands, quotes included.
    pub(super) range: Range<usize>,
    /// A quotation mark or a backslash stands in it with a backslash before it.
    pub(super) escaped: bool,
}

/// The parameters of `text`, which starts behind the field's first word; `offset` is where `text` stands.
/// Ends at the first mistake.
pub(super) fn params(
    text: &str,
    offset: usize,
) -> impl Iterator<Item = Result<Param<'_>, MultipartError>> {
    let mut at = 0;
    let mut failed = false;
    std::iter::from_fn(move || {
        if failed {
            return None;
        }
        match next(text, &mut at) {
            Ok(param) => param.map(|mut param| {
                param.range = param.range.start + offset..param.range.end + offset;
                Ok(param)
            }),
            Err(what) => {
                failed = true;
                Some(Err(MultipartError::Header {
                    offset: offset + at,
                    what,
                }))
            }
        }
    })
}

fn next<'a>(text: &'a str, at: &mut usize) -> Result<Option<Param<'a>>, &'static str> {
    blank(text, at);
    if *at == text.len() {
        return Ok(None);
    }
    eat(text, at, b';').ok_or("a parameter does not follow a semicolon")?;
    blank(text, at);
    if *at == text.len() {
        // A semicolon at the end says nothing.
        return Ok(None);
    }
    let name = token(text, at).ok_or("a parameter has no name")?;
    blank(text, at);
    eat(text, at, b'=').ok_or("a parameter has no value")?;
    blank(text, at);
    let start = *at;
    let (value, escaped) = if text.as_bytes().get(*at) == Some(&b'"') {
        quoted(text, at)?
    } else {
        let value = token(text, at).ok_or("a parameter's value is no word; put it in quotes")?;
        (Cow::Borrowed(value), false)
    };
    Ok(Some(Param {
        name,
        text: value,
        range: start..*at,
        escaped,
    }))
}

fn blank(text: &str, at: &mut usize) {
    while matches!(text.as_bytes().get(*at), Some(b' ' | b'\t')) {
        *at += 1;
    }
}

fn eat(text: &str, at: &mut usize, byte: u8) -> Option<()> {
    (text.as_bytes().get(*at) == Some(&byte)).then(|| *at += 1)
}

fn token<'a>(text: &'a str, at: &mut usize) -> Option<&'a str> {
    let rest = text.get(*at..)?;
    let end = rest.find(|c: char| !is_token(c)).unwrap_or(rest.len());
    *at += end;
    rest.get(..end).filter(|token| !token.is_empty())
}

/// Not as narrow as RFC 9110: clients write boundaries and file names with these, unquoted.
fn is_token(c: char) -> bool {
    !c.is_ascii_control()
        && !matches!(
            c,
            ' ' | '"' | ';' | ',' | '=' | '(' | ')' | '<' | '>' | '\\'
        )
}

/// A quoted value. A backslash before a quotation mark or a backslash is an escape; before anything else it is one
/// of a Windows path. Browsers write `%22` instead, which stays as it is.
fn quoted<'a>(text: &'a str, at: &mut usize) -> Result<(Cow<'a, str>, bool), &'static str> {
    let bytes = text.as_bytes();
    let start = *at + 1;
    let mut here = start;
    let mut plain: Option<String> = None;
    let mut copied = start;
    loop {
        match bytes.get(here) {
            None => return Err("a quoted value is not closed"),
            Some(b'"') => break,
            Some(b'\\') if matches!(bytes.get(here + 1), Some(b'"' | b'\\')) => {
                let text_so_far = plain.get_or_insert_default();
                text_so_far.push_str(text.get(copied..here).unwrap_or_default());
                copied = here + 1;
                here += 2;
            }
            Some(_) => here += 1,
        }
    }
    *at = here + 1;
    let rest = text.get(copied..here).unwrap_or_default();
    Ok(match plain {
        None => (Cow::Borrowed(rest), false),
        Some(mut all) => {
            all.push_str(rest);
            (Cow::Owned(all), true)
        }
    })
}
