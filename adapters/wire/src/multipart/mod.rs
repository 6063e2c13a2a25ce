//! Forms (`multipart/form-data`, RFC 7578) whose parts keep their places.
//!
//! [`Multipart::parse`] reads a form held in memory once, strictly: what two readers could take for two different
//! forms is refused, and so is anything that would pass beside the parts unseen. [`Edits`] changes single values and
//! leaves every other byte alone.

mod disposition;
mod edits;
mod error;
mod params;
mod parse;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

pub use edits::Edits;
pub use error::MultipartError;

/// The most parts that a form may have.
pub const MAX_PARTS: usize = 1_000;

/// The most bytes that the header of one part may have.
pub const MAX_HEADER: usize = 8 * 1024;

/// The boundary that a `content-type` names; nothing if it is no `multipart/form-data` with one proper boundary.
#[must_use]
pub fn boundary(content_type: &str) -> Option<String> {
    let (essence, rest) = match content_type.find(';') {
        Some(at) => content_type.split_at(at),
        None => return None,
    };
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut found = None;
    for param in params::params(rest, 0) {
        let param = param.ok()?;
        if param.name.eq_ignore_ascii_case("boundary") && found.replace(param.text).is_some() {
            return None;
        }
    }
    found
        .map(std::borrow::Cow::into_owned)
        .filter(|boundary| is_boundary(boundary))
}

/// RFC 2046: 1 to 70 of these characters, the last one no space.
fn is_boundary(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&text.len()) && text.bytes().all(allowed) && !text.ends_with(' ')
}

/// A form. Its bytes are the body's own.
#[derive(Clone)]
pub struct Multipart {
    body: Bytes,
    boundary: String,
    parts: Vec<Part>,
    /// Where the first delimiter starts.
    first: usize,
}

/// One field or file of a form.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// The field's name. Fields of one name stand beside each other.
    pub name: String,
    /// The file's name, as `filename` says it.
    pub filename: Option<FileName>,
    /// The file's name, as `filename*` says it; decoded.
    pub filename_extended: Option<FileName>,
    /// The part's media type with its parameters, where it is stated.
    pub content_type: Option<String>,
    /// Where the header stands, without the empty line that ends it.
    pub header: Range<usize>,
    /// Where the value stands.
    pub value: Range<usize>,
    /// Where the header's `content-length` number stands, which has to be kept true.
    length: Option<Range<usize>>,
}

/// A file's name and its place.
#[derive(Clone, PartialEq, Eq)]
pub struct FileName {
    /// The name, without quotes and escapes.
    pub text: String,
    /// Where the parameter's value stands: quotes included.
    pub range: Range<usize>,
}

impl Multipart {
    /// Reads a whole form.
    ///
    /// # Errors
    /// [`MultipartError`] says what is wrong and at which byte; what is ambiguous is wrong.
    pub fn parse(body: &Bytes, boundary: &str) -> Result<Self, MultipartError> {
        if !is_boundary(boundary) {
            return Err(MultipartError::Boundary);
        }
        let (first, parts) = parse::parse(body, boundary)?;
        Ok(Self {
            body: body.clone(),
            boundary: boundary.to_owned(),
            parts,
            first,
        })
    }

    /// The whole body.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// What stands between the parts, without the hyphens before it.
    #[must_use]
    pub fn boundary(&self) -> &str {
        &self.boundary
    }

    /// The parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The parts of that name, each with its number from 0.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a Part)> {
        let all = self.parts.iter().enumerate();
        all.filter(move |(_, part)| part.name == name)
    }

    /// A part's value; not copied.
    #[must_use]
    pub fn value(&self, part: &Part) -> Bytes {
        match self.body.get(part.value.clone()) {
            Some(_) => self.body.slice(part.value.clone()),
            None => Bytes::new(),
        }
    }

    /// A part's value as text, if it is UTF-8.
    #[must_use]
    pub fn text(&self, part: &Part) -> Option<&str> {
        std::str::from_utf8(self.body.get(part.value.clone())?).ok()
    }
}

impl Part {
    /// Whether the part is a file.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        self.filename.is_some() || self.filename_extended.is_some()
    }

    /// The media type without parameters, in lower case; empty where none is stated.
    #[must_use]
    pub fn essence(&self) -> String {
        let stated = self.content_type.as_deref().unwrap_or_default();
        let essence = stated.split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }

    /// A parameter of the media type: `charset`.
    #[must_use]
    pub fn type_param(&self, name: &str) -> Option<String> {
        let stated = self.content_type.as_deref()?;
        let rest = &stated[stated.find(';')?..];
        params::params(rest, 0)
            .filter_map(Result::ok)
            .find(|param| param.name.eq_ignore_ascii_case(name))
            .map(|param| param.text.into_owned())
    }
}

/// Says how many parts there are, never what they say.
impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, bytes) = (self.parts.len(), self.body.len());
        write!(f, "Multipart({parts} parts, {bytes} bytes)")
    }
}

/// Says how long the value is, never what it says.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({} bytes)", self.value.len())
    }
}

/// Says how long the name is: it may be a person's.
impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileName({} bytes)", self.text.len())
    }
}
