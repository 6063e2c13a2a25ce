//! Which document a zip archive is: by its entries, and by the types that it lists.

use crate::Type;
use crate::zip::Zip;

/// How many entries an archive may have to be looked at. Reading it has a limit of its own.
const MOST: usize = 100_000;

/// The type of a zip archive.
pub(crate) fn kind(bytes: &[u8]) -> Type {
    let Ok(zip) = Zip::open(bytes, MOST) else {
        return refused(bytes);
    };
    if let Some(entry) = zip.find("mimetype") {
        let media = zip.peek(entry, 256);
        if let Some(found) = open_document(&media) {
            return found;
        }
    }
    if let Some(entry) = zip.find("[Content_Types].xml") {
        let types = zip.peek(entry, 256 << 10);
        // The main part's type decides; an embedded workbook or a chart is listed by others.
        for (mark, found) in [
            (b"wordprocessingml.document.main".as_slice(), Type::Docx),
            (b"wordprocessingml.template.main", Type::Docx),
            (b"ms-word.document.macroEnabled.main", Type::Docx),
            (b"ms-word.template.macroEnabledTemplate.main", Type::Docx),
            (b"spreadsheetml.sheet.main", Type::Xlsx),
            (b"spreadsheetml.template.main", Type::Xlsx),
            (b"ms-excel.sheet.macroEnabled.main", Type::Xlsx),
            (b"ms-excel.template.macroEnabled.main", Type::Xlsx),
            (b"presentationml.presentation.main", Type::Pptx),
            (b"presentationml.slideshow.main", Type::Pptx),
            (b"presentationml.template.main", Type::Pptx),
            (b"ms-powerpoint.", Type::Pptx),
        ] {
            if memchr::memmem::find(&types, mark).is_some() {
                return found;
            }
        }
        return by_folder(zip.entries.iter().map(|entry| entry.name.as_str()));
    }
    if zip.find("META-INF/manifest.xml").is_some() && zip.find("content.xml").is_some() {
        return Type::Odt;
    }
    Type::Archive
}

/// The type that an OpenDocument file says it is.
fn open_document(media: &[u8]) -> Option<Type> {
    let media = media
        .trim_ascii()
        .strip_prefix(b"application/vnd.oasis.opendocument.")?;
    Some(match media.split(|byte| *byte == b'-').next()? {
        b"spreadsheet" => Type::Ods,
        b"presentation" | b"graphics" => Type::Odp,
        _ => Type::Odt,
    })
}

fn by_folder<'n>(names: impl Iterator<Item = &'n str>) -> Type {
    for name in names {
        match name
            .split('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "word" => return Type::Docx,
            // The binary form of workbooks has no reader.
            "xl" if name.ends_with(".bin") && name.contains("workbook") => return Type::Archive,
            "xl" => return Type::Xlsx,
            "ppt" => return Type::Pptx,
            _ => {}
        }
    }
    Type::Archive
}

/// An archive that is refused (entries that overlap, too many) still is what it says, so that reading it says why.
fn refused(bytes: &[u8]) -> Type {
    if !bytes.starts_with(b"PK\x03\x04") {
        return Type::Archive;
    }
    let tail = bytes
        .get(bytes.len().saturating_sub(64 << 10)..)
        .unwrap_or(bytes);
    let head = bytes.get(..4096).unwrap_or(bytes);
    if let Some(found) = head
        .get(30..)
        .and_then(|rest| rest.strip_prefix(b"mimetype"))
        .and_then(open_document)
    {
        return found;
    }
    for (mark, found) in [
        (b"word/".as_slice(), Type::Docx),
        (b"xl/worksheets/", Type::Xlsx),
        (b"ppt/slides/", Type::Pptx),
    ] {
        if [head, tail]
            .iter()
            .any(|part| memchr::memmem::find(part, mark).is_some())
        {
            return found;
        }
    }
    Type::Archive
}
