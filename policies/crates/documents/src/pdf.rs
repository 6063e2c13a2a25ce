//! Portable Document Format: pages as they are written, and all text outside of them.
//!
//! A file is a table of numbered objects. They are read when something asks for them, each once; a table that is broken,
//! or lies, is made anew from the objects that are there. Object loops end, since nothing is walked twice.

mod builtin;
mod cmap;
mod content;
mod encodings;
mod file;
mod filter;
mod font;
mod glyphs;
mod ink;
mod lexer;
mod object;
mod pages;
mod scan;
mod stream;
mod sweep;
mod widths;
mod xref;

use std::collections::BTreeSet;

use crate::Failure;
use crate::work::Work;
use content::{Content, Known};
use file::File;
use ink::{Ink, Matrix};
use object::Object;
use pages::{Page, pages};
use sweep::Sweep;

/// What hangs on the root of a document, besides pages, and what it is called.
const ROOTS: &[(&[u8], &str)] = &[
    (b"AcroForm", "form"),
    (b"Outlines", "bookmarks"),
    (b"Names", "names"),
    (b"OpenAction", "action"),
    (b"AA", "action"),
    (b"AF", "attached files"),
    (b"Metadata", "metadata"),
    (b"PageLabels", "page labels"),
    (b"OCProperties", "layers"),
    (b"Collection", "collection"),
    (b"StructTreeRoot", "structure"),
];

/// Reads a document.
pub(crate) fn read(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    // Places count from the header, whatever stands before it; where they do not, the table is made anew.
    let head = bytes.get(..1024).unwrap_or(bytes);
    let start = memchr::memmem::find(head, b"%PDF-").unwrap_or(0);
    let mut file = File::open(bytes.get(start..).unwrap_or(bytes), work)?;
    let encrypted = file
        .trailer
        .get(b"Encrypt".as_slice())
        .cloned()
        .unwrap_or(Object::Null);
    if encrypted != Object::Null {
        return Err(Failure::Encrypted);
    }
    let root = file
        .trailer
        .get(b"Root".as_slice())
        .cloned()
        .unwrap_or(Object::Null);
    let root = file.resolve(&root, work)?;
    let Some(root) = root.dict() else {
        return Err(Failure::unreadable("the document has no root"));
    };
    let pages = pages(root, &mut file, work)?;
    if pages.is_empty() {
        return Err(Failure::unreadable("the document has no pages"));
    }
    let mut known = Known::default();
    let mut seen = BTreeSet::new();
    let mut text = false;
    for (index, page) in pages.iter().enumerate() {
        let number = index.saturating_add(1);
        text |= write(number, page, &mut file, &mut known, work)?;
        let marks = page
            .dict
            .get(b"Annots".as_slice())
            .cloned()
            .unwrap_or(Object::Null);
        let mut sweep = Sweep {
            file: &mut file,
            work: &mut *work,
            known: &mut known,
            seen: &mut seen,
        };
        text |= sweep.sweep(&format!("page {number} annotations"), &marks, false)?;
        let action = page
            .dict
            .get(b"AA".as_slice())
            .cloned()
            .unwrap_or(Object::Null);
        sweep.sweep(&format!("page {number} action"), &action, false)?;
    }
    for (key, label) in ROOTS {
        let Some(value) = root.get(*key) else {
            continue;
        };
        let mut sweep = Sweep {
            file: &mut file,
            work: &mut *work,
            known: &mut known,
            seen: &mut seen,
        };
        let any = sweep.sweep(label, value, false)?;
        text |= any && matches!(*key, b"AcroForm" | b"Names" | b"AF");
    }
    if !text && known.pictures > 0 {
        return Err(Failure::NoText);
    }
    let properties = file
        .trailer
        .get(b"Info".as_slice())
        .cloned()
        .unwrap_or(Object::Null);
    Sweep {
        file: &mut file,
        work: &mut *work,
        known: &mut known,
        seen: &mut seen,
    }
    .sweep("properties", &properties, true)?;
    if known.blind {
        work.incomplete();
    }
    Ok(())
}

/// Writes one page. Says whether it has text.
fn write(
    number: usize,
    page: &Page,
    file: &mut File<'_>,
    known: &mut Known,
    work: &mut Work<'_>,
) -> Result<bool, Failure> {
    let mut data = Vec::new();
    let contents = file.entry(&page.dict, b"Contents", work)?;
    let pieces = match &contents {
        Object::Array(list) => list.as_slice(),
        Object::Null => &[],
        one => std::slice::from_ref(one),
    };
    for piece in pieces {
        // A stream may end within an array, never within a word.
        if let Object::Stream(stream) = file.resolve(piece, work)? {
            match file.data(&stream, work)? {
                Some(piece) => data.extend_from_slice(&piece),
                None => work.incomplete(),
            }
            data.push(b'\n');
        }
    }
    let pictures = known.pictures;
    let mut ink = Ink::new(work.limits.text);
    Content {
        file,
        work,
        known,
        ink: &mut ink,
    }
    .write(&data, &page.resources, Matrix::SAME, 0)?;
    let blank = ink.is_blank() && ink.aside.is_empty();
    if ink.full || blank && known.pictures > pictures {
        work.incomplete();
    }
    work.part(&format!("page {number}"), &ink.text())?;
    Ok(!blank)
}
