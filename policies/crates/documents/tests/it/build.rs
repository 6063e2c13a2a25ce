//! Makes documents for the tests.

use std::time::{Duration, Instant};

use marshal_documents::{Extract, Failure, Limits, Type, text_of};
use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};

/// One entry of an archive: its name, its content, and whether it is deflated.
pub(crate) type Part<'p> = (&'p str, Vec<u8>, bool);

/// A zip archive.
pub(crate) fn zip(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, content, deflated) in parts {
        let data = if *deflated {
            compress_to_vec(content, 6)
        } else {
            content.clone()
        };
        raw_entry(
            &mut out,
            &mut directory,
            name,
            &data,
            content.len(),
            if *deflated { 8 } else { 0 },
            0,
        );
    }
    finish(out, &directory, parts.len())
}

/// Adds an entry with any header.
pub(crate) fn raw_entry(
    out: &mut Vec<u8>,
    directory: &mut Vec<u8>,
    name: &str,
    data: &[u8],
    size: usize,
    method: u16,
    flags: u16,
) {
    let offset = u32::try_from(out.len()).unwrap();
    let mut common = Vec::new();
    common.extend(20_u16.to_le_bytes());
    common.extend(flags.to_le_bytes());
    common.extend(method.to_le_bytes());
    common.extend([0; 8]);
    common.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    common.extend(u32::try_from(size).unwrap().to_le_bytes());
    common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    common.extend([0, 0]);
    out.extend(b"PK\x03\x04");
    out.extend(&common);
    out.extend(name.as_bytes());
    out.extend(data);
    directory.extend(b"PK\x01\x02\x14\0");
    directory.extend(&common);
    directory.extend([0; 10]);
    directory.extend(offset.to_le_bytes());
    directory.extend(name.as_bytes());
}

/// Ends an archive with its directory.
pub(crate) fn finish(mut out: Vec<u8>, directory: &[u8], count: usize) -> Vec<u8> {
    let start = out.len();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    let count = u16::try_from(count).unwrap();
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(u32::try_from(start).unwrap().to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A part of text.
pub(crate) fn part<'p>(name: &'p str, content: &str) -> Part<'p> {
    (name, content.as_bytes().to_vec(), true)
}

/// A text document of Office Open XML, with further parts.
pub(crate) fn docx(body: &str, further: &[Part<'_>]) -> Vec<u8> {
    let mut parts = vec![
        part(
            "[Content_Types].xml",
            "<Types><Override ContentType=\"x/vnd.wordprocessingml.document.main+xml\"/></Types>",
        ),
        part("word/document.xml", body),
    ];
    parts.extend_from_slice(further);
    zip(&parts)
}

/// A workbook of Office Open XML.
pub(crate) fn xlsx(sheet: &str, strings: &str) -> Vec<u8> {
    zip(&[
        part(
            "[Content_Types].xml",
            "<Types><Override ContentType=\"x/vnd.spreadsheetml.sheet.main+xml\"/></Types>",
        ),
        part(
            "xl/workbook.xml",
            "<workbook><sheets><sheet name=\"One\" r:id=\"r1\" state=\"hidden\"/></sheets></workbook>",
        ),
        part(
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        part("xl/sharedStrings.xml", strings),
        part("xl/worksheets/sheet1.xml", sheet),
    ])
}

/// A PDF of numbered objects, with a right table. Object 1 is the root.
pub(crate) fn pdf(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n", index + 1).as_bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    let count = objects.len() + 1;
    out.extend(
        format!("xref\n0 {count}\n{table}trailer\n<</Size {count}/Root 1 0 R{trailer}>>\n")
            .as_bytes(),
    );
    out.extend(format!("startxref\n{start}\n%%EOF").as_bytes());
    out
}

/// A stream, with further entries in its dictionary.
pub(crate) fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<<{entries}/Length {}>>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

/// A deflated stream.
pub(crate) fn packed(entries: &str, data: &[u8]) -> Vec<u8> {
    stream(
        &format!("{entries}/Filter/FlateDecode"),
        &compress_to_vec_zlib(data, 6),
    )
}

/// A PDF of one page, its content and resources, and objects from number 5 on.
pub(crate) fn page(content: Vec<u8>, resources: &str, further: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<{resources}>>>>").into_bytes(),
        content,
    ];
    objects.extend_from_slice(further);
    pdf(&objects, "")
}

/// A font that every reader has.
pub(crate) const FONT: &str =
    "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>";

/// Reads a document, and holds that it was quick.
pub(crate) fn read(bytes: &[u8], kind: Type) -> Result<Extract, Failure> {
    read_with(bytes, kind, &Limits::default())
}

/// Reads a document under limits, and holds that it was quick.
pub(crate) fn read_with(bytes: &[u8], kind: Type, limits: &Limits) -> Result<Extract, Failure> {
    let start = Instant::now();
    let outcome = text_of(bytes, kind, limits);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "it took {took:?}");
    if let Ok(extract) = &outcome {
        let mut end = 0;
        for (label, range) in &extract.parts {
            assert!(
                range.start >= end && range.start < range.end,
                "{label} {range:?}"
            );
            assert!(
                extract.text.get(range.clone()).is_some(),
                "{label} {range:?}"
            );
            end = range.end;
        }
        assert!(extract.text.len() <= limits.text);
    }
    outcome
}
