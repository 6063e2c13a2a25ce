//! Cutting a body at its boundaries.

use memchr::memmem::{self, Finder};

use super::{MAX_HEADER, MAX_PARTS, MultipartError, Part, disposition};

/// What follows a delimiter.
enum After {
    /// A part, whose header starts there.
    Part(usize),
    /// Nothing: the form is over.
    End,
}

/// Where the first delimiter starts, and the parts.
pub(super) fn parse(body: &[u8], boundary: &str) -> Result<(usize, Vec<Part>), MultipartError> {
    let delimiter = format!("--{boundary}");
    let finder = Finder::new(delimiter.as_bytes());
    // One empty line before is what some clients send.
    let first = if body.starts_with(b"\r\n") { 2 } else { 0 };
    if !body[first..].starts_with(delimiter.as_bytes()) {
        return Err(MultipartError::Start);
    }
    let mut parts = Vec::new();
    let mut after = behind(body, first, delimiter.len())?;
    while let After::Part(header) = after {
        if parts.len() == MAX_PARTS {
            return Err(MultipartError::TooManyParts { limit: MAX_PARTS });
        }
        let end = header_end(body, header)?;
        let value = end + 4;
        let next = delimiter_at(body, value, &finder)?;
        parts.push(disposition::part(body, header..end, value..next - 2)?);
        after = behind(body, next, delimiter.len())?;
    }
    Ok((first, parts))
}

/// The end of a header that starts at `start`: where the empty line before the value begins.
fn header_end(body: &[u8], start: usize) -> Result<usize, MultipartError> {
    let limit = body.len().min(start + MAX_HEADER + 4);
    let window = body.get(start..limit).unwrap_or_default();
    match memmem::find(window, b"\r\n\r\n") {
        Some(at) => Ok(start + at),
        None if window.len() > MAX_HEADER => Err(MultipartError::HeaderTooLong {
            offset: start,
            limit: MAX_HEADER,
        }),
        None => Err(MultipartError::Unclosed),
    }
}

/// The next delimiter at the start of a line, for a value that starts at `value`.
fn delimiter_at(body: &[u8], value: usize, finder: &Finder<'_>) -> Result<usize, MultipartError> {
    let mut from = value;
    while let Some(at) = body.get(from..).and_then(|rest| finder.find(rest)) {
        let at = from + at;
        if at >= value + 2 && body.get(at - 2..at) == Some(b"\r\n") {
            return Ok(at);
        }
        // At the start of a line that is ended otherwise, or that has only the header's own line end before it.
        if matches!(body.get(at - 1), Some(b'\n' | b'\r')) {
            return Err(MultipartError::Ambiguous { offset: at });
        }
        from = at + 1;
    }
    Err(MultipartError::Unclosed)
}

/// What follows the delimiter at `at`.
fn behind(body: &[u8], at: usize, length: usize) -> Result<After, MultipartError> {
    let ambiguous = MultipartError::Ambiguous { offset: at };
    let rest = body.get(at + length..).unwrap_or_default();
    if let Some(end) = rest.strip_prefix(b"--") {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        return match end.iter().position(|byte| !blank(byte)) {
            None => Ok(After::End),
            Some(0) => Err(ambiguous),
            Some(more) => Err(MultipartError::Trailing {
                offset: body.len() - end.len() + more,
            }),
        };
    }
    let padding = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    match rest.get(padding..) {
        Some(line) if line.starts_with(b"\r\n") => Ok(After::Part(at + length + padding + 2)),
        Some(b"" | b"\r") | None => Err(MultipartError::Unclosed),
        Some(_) => Err(ambiguous),
    }
}
