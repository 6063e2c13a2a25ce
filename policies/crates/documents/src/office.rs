//! Documents of offices: Office Open XML and OpenDocument, both XML in a zip archive.

mod attributes;
mod dates;
mod flow;
mod open;
mod package;
mod sheet;
mod tables;
mod workbook;

pub(crate) use open::read_open;
pub(crate) use workbook::read_workbook;

use crate::Failure;
use crate::work::Work;
use package::Package;

/// Reads a text document of Office Open XML. Each part has its name as the label.
pub(crate) fn read_word(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    let mut package = Package::open(bytes, work)?;
    package.order(|name| match name.rsplit('/').next().unwrap_or_default() {
        "document.xml" => 0,
        file if file.starts_with("footnotes") || file.starts_with("endnotes") => 1,
        file if file.starts_with("comments") => 2,
        file if file.starts_with("header") || file.starts_with("footer") => 3,
        _ if name.starts_with("docProps/") => 4,
        _ => 5,
    });
    package.read_rest(work, str::to_owned)
}

/// Reads slides of Office Open XML: slides in the order of their numbers, notes behind, then everything else.
pub(crate) fn read_slides(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    let mut package = Package::open(bytes, work)?;
    package.order(|name| match (folder(name), number(name)) {
        ("slides", Some(number)) => number.saturating_mul(2),
        ("notesSlides", Some(number)) => number.saturating_mul(2).saturating_add(1),
        _ if name.starts_with("docProps/") => usize::MAX - 1,
        _ => usize::MAX,
    });
    package.read_rest(work, |name| match (folder(name), number(name)) {
        ("slides", Some(number)) => format!("slide {number}"),
        ("notesSlides", Some(number)) => format!("notes {number}"),
        _ => name.to_owned(),
    })
}

/// The last folder of a part.
fn folder(name: &str) -> &str {
    name.rsplit('/').nth(1).unwrap_or_default()
}

/// The number that a part's name ends with.
fn number(name: &str) -> Option<usize> {
    let stem = name.strip_suffix(".xml")?;
    let digits = stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    stem.get(stem.len().saturating_sub(digits)..)?
        .parse()
        .ok()
        .filter(|number| *number < usize::MAX / 4)
}

/// A compound file has no reader; but it may say that it holds an encrypted document.
pub(crate) fn read_compound(bytes: &[u8]) -> Result<(), Failure> {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if memchr::memmem::find(bytes, &name).is_some() {
        Err(Failure::Encrypted)
    } else {
        Err(Failure::Unsupported)
    }
}
