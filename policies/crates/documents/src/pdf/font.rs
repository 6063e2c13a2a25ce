//! Fonts, as far as they say which characters their codes are, and how wide.

use std::collections::BTreeMap;

use super::builtin;
use super::cmap::{Map, code};
use super::encodings::Base;
use super::file::File;
use super::glyphs;
use super::object::{Dict, Object};
use super::widths::Widths;
use crate::Failure;
use crate::work::Work;

/// A font.
#[derive(Debug)]
pub(crate) struct Font {
    /// The map that the font brings along.
    unicode: Option<Map>,
    kind: Kind,
    widths: Widths,
}

#[derive(Debug)]
enum Kind {
    /// One byte for each character.
    Simple(Simple),
    /// Codes of one to four bytes. `wide` says that the codes are UTF-16 themselves.
    Composite { codes: Option<Map>, wide: bool },
}

/// One character that is shown.
pub(crate) struct Shown {
    /// Nothing where the font does not say which character it is.
    pub(crate) text: Option<String>,
    pub(crate) width: f64,
    /// A single byte 32, which word spacing goes by.
    pub(crate) blank: bool,
}

impl Font {
    /// Reads a font.
    pub(crate) fn read(
        dict: &Dict,
        file: &mut File<'_>,
        work: &mut Work<'_>,
    ) -> Result<Self, Failure> {
        work.step(512)?;
        let mut wide = false;
        let mut unicode = None;
        match file.entry(dict, b"ToUnicode", work)? {
            Object::Stream(stream) => {
                if let Some(data) = file.data(&stream, work)? {
                    unicode = Some(Map::read(&data, work)?).filter(|map| !map.is_empty());
                }
            }
            Object::Name(name) => wide = name.starts_with(b"Identity"),
            _ => {}
        }
        let name = file
            .entry(dict, b"BaseFont", work)?
            .name()
            .unwrap_or_default()
            .to_vec();
        let kind = file.entry(dict, b"Subtype", work)?;
        let encoding = file.entry(dict, b"Encoding", work)?;
        if kind.name() == Some(b"Type0") {
            let mut codes = None;
            if let Some(stream) = encoding.stream() {
                if let Some(data) = file.data(stream, work)? {
                    codes = Some(Map::read(&data, work)?);
                }
            } else if let Some(name) = encoding.name() {
                let has = |part: &[u8]| memchr::memmem::find(name, part).is_some();
                wide |= name.starts_with(b"Uni") && (has(b"UCS2") || has(b"UTF16"));
            }
            let widths = Widths::composite(dict, file, work)?;
            let sizes = [unicode.as_ref(), codes.as_ref()].map(|map| map.map_or(0, Map::len));
            file.keep(
                sizes.iter().sum::<usize>().saturating_add(widths.len()),
                work,
            )?;
            return Ok(Self {
                unicode,
                kind: Kind::Composite { codes, wide },
                widths,
            });
        }
        // Only a font that the document gives no encoding, or none to begin from, has its own.
        let own = match encoding.dict() {
            _ if encoding.name().is_some() || kind.name() != Some(b"Type1") => None,
            Some(dict) if dict.contains_key(b"BaseEncoding".as_slice()) => None,
            _ => builtin::encoding(dict, file, work)?,
        };
        let simple = Simple::read(
            &encoding,
            own,
            kind.name() == Some(b"TrueType"),
            &name,
            file,
            work,
        )?;
        let widths = Widths::simple(dict, &name, kind.name() == Some(b"Type3"), file, work)?;
        let size = unicode.as_ref().map_or(0, Map::len);
        let size = size
            .saturating_add(simple.own.len())
            .saturating_add(widths.len());
        // What fonts hold counts as values of the document do.
        file.keep(size.saturating_add(16), work)?;
        Ok(Self {
            unicode,
            kind: Kind::Simple(simple),
            widths,
        })
    }

    /// The characters of a text.
    pub(crate) fn shown(&self, bytes: &[u8], mut each: impl FnMut(Shown)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = match &self.kind {
                Kind::Simple(_) => 1,
                Kind::Composite { codes, .. } => {
                    let map = codes.as_ref().or(self.unicode.as_ref());
                    map.and_then(|map| map.length(rest)).unwrap_or(2)
                }
            };
            let (bytes, after) = rest.split_at(length.clamp(1, rest.len()));
            rest = after;
            let code = code(bytes);
            let own = self.unicode.as_ref().and_then(|map| map.text(code));
            let text = own.or_else(|| match &self.kind {
                Kind::Simple(simple) => u8::try_from(code).ok().and_then(|code| simple.text(code)),
                Kind::Composite { wide: true, .. } => char::from_u32(code).map(String::from),
                Kind::Composite { .. } => None,
            });
            each(Shown {
                text,
                width: self.widths.of(code),
                blank: bytes == b" ",
            });
        }
    }
}

/// The characters of a simple font: a base, and differences from it by the names of glyphs.
#[derive(Debug)]
struct Simple {
    /// Nothing where the font's own encoding is all there is.
    base: Option<Base>,
    /// A font of signs: each is some mark or other.
    signs: bool,
    own: BTreeMap<u8, Option<String>>,
}

impl Simple {
    fn read(
        encoding: &Object,
        built_in: Option<BTreeMap<u8, Option<String>>>,
        true_type: bool,
        name: &[u8],
        file: &mut File<'_>,
        work: &mut Work<'_>,
    ) -> Result<Self, Failure> {
        let mut base = if true_type {
            Base::Windows
        } else {
            Base::Standard
        };
        let mut differences = Object::Null;
        if let Some(name) = encoding.name() {
            base = Base::named(name).unwrap_or(base);
        } else if let Some(dict) = encoding.dict() {
            let named = file.entry(dict, b"BaseEncoding", work)?;
            base = named.name().and_then(Base::named).unwrap_or(base);
            differences = file.entry(dict, b"Differences", work)?;
        }
        let base = if built_in.is_some() { None } else { Some(base) };
        let mut own = built_in.unwrap_or_default();
        let mut code = 0_usize;
        let list = differences.array().map(|list| list.as_slice());
        for item in list.unwrap_or_default().iter().take(2_000) {
            match item {
                Object::Number(_) => code = item.count().unwrap_or(usize::MAX),
                Object::Name(name) => {
                    if let Ok(code) = u8::try_from(code) {
                        own.insert(code, glyphs::text(name));
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
        let signs = memchr::memmem::find(name, b"Dingbats").is_some();
        Ok(Self { base, signs, own })
    }

    fn text(&self, code: u8) -> Option<String> {
        if let Some(own) = self.own.get(&code) {
            return own.clone();
        }
        if self.signs {
            return Some("•".to_owned());
        }
        self.base.and_then(|base| base.char(code)).map(String::from)
    }
}
