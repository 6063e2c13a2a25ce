//! Changes of single values in a form; every byte outside them stays.

use std::fmt;

use bytes::Bytes;
use memchr::memmem;

use super::{Multipart, MultipartError};
use crate::json;

/// Changes to one form, collected in any order and applied in one go.
#[derive(Clone, Default)]
pub struct Edits {
    inner: json::Edits,
}

impl Edits {
    /// No changes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            inner: json::Edits::new(),
        }
    }

    /// Whether nothing is to change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Puts `with` in the place of the value of part `number`, from 0; no such part, no change.
    ///
    /// # Errors
    /// [`MultipartError::BoundaryInValue`] if `with` would end its part.
    pub fn replace_value(
        &mut self,
        form: &Multipart,
        number: usize,
        with: impl Into<Vec<u8>>,
    ) -> Result<(), MultipartError> {
        let Some(part) = form.parts.get(number) else {
            return Ok(());
        };
        let with = with.into();
        check(form, &with)?;
        if let Some(length) = &part.length {
            self.inner.replace(length.clone(), with.len().to_string());
        }
        self.inner.replace(part.value.clone(), with);
        Ok(())
    }

    /// Gives the file of part `number` another name, in each of the ways that its name is written; control
    /// characters become spaces.
    ///
    /// # Errors
    /// [`MultipartError::BoundaryInValue`] if the name holds the boundary.
    pub fn replace_filename(
        &mut self,
        form: &Multipart,
        number: usize,
        with: &str,
    ) -> Result<(), MultipartError> {
        check(form, with.as_bytes())?;
        let Some(part) = form.parts.get(number) else {
            return Ok(());
        };
        if let Some(name) = &part.filename {
            self.inner.replace(name.range.clone(), quoted(with));
        }
        if let Some(name) = &part.filename_extended {
            self.inner.replace(name.range.clone(), extended(with));
        }
        Ok(())
    }

    /// Puts a field in before the parts that there are. The caller vouches that `name` is a plain word.
    ///
    /// # Errors
    /// [`MultipartError::BoundaryInValue`] if name or value hold the boundary.
    pub fn insert_field(
        &mut self,
        form: &Multipart,
        name: &str,
        value: &str,
    ) -> Result<(), MultipartError> {
        check(form, name.as_bytes())?;
        check(form, value.as_bytes())?;
        let field = format!(
            "--{}\r\nContent-Disposition: form-data; name={}\r\n\r\n{value}\r\n",
            form.boundary,
            quoted(name)
        );
        self.inner.insert(form.first, field);
        Ok(())
    }

    /// The body with all changes made.
    #[must_use]
    pub fn apply(&self, form: &Multipart) -> Bytes {
        if self.is_empty() {
            return form.body.clone();
        }
        Bytes::from(self.inner.apply(&form.body))
    }
}

fn check(form: &Multipart, value: &[u8]) -> Result<(), MultipartError> {
    let delimiter = format!("--{}", form.boundary);
    match memmem::find(value, delimiter.as_bytes()) {
        Some(_) => Err(MultipartError::BoundaryInValue),
        None => Ok(()),
    }
}

/// As browsers write it: percent signs instead of escapes, which every reader understands alike.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\\' => out.push_str("%5C"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn extended(text: &str) -> String {
    let mut out = String::from("UTF-8''");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Says that there are changes, never what they put in.
impl fmt::Debug for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "multipart::{:?}", self.inner)
    }
}
