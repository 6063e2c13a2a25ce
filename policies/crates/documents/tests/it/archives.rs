//! Hostile archives.

use marshal_documents::{Failure, Limits, Type, sniff};

use crate::build::{docx, finish, part, raw_entry, read, read_with, xlsx, zip};

fn limit(failure: Failure) -> &'static str {
    match failure {
        Failure::TooLarge { limit } => limit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bomb_is_over_the_ratio() {
    let bomb = docx(
        "<w:p/>",
        &[("word/media/a.xml", vec![b' '; 64 << 20], true)],
    );
    assert!(bomb.len() < 1 << 20);
    assert_eq!(sniff(&bomb, None, None), Type::Docx);
    assert_eq!(
        limit(read(&bomb, Type::Docx).unwrap_err()),
        "the ratio of decompression"
    );
}

#[test]
fn many_small_bombs_are_over_the_sum() {
    let names: Vec<String> = (0..200).map(|index| format!("word/{index}.xml")).collect();
    let parts: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), vec![b' '; 1 << 20], true))
        .collect();
    let bomb = docx("<w:p/>", &parts);
    assert_eq!(
        limit(read(&bomb, Type::Docx).unwrap_err()),
        "decompressed bytes"
    );
}

#[test]
fn documents_in_documents_end() {
    let mut inner = docx("<w:p><w:t>deepest</w:t></w:p>", &[]);
    for level in 0..20 {
        inner = docx(
            &format!("<w:p><w:t>level {level}</w:t></w:p>"),
            &[("word/embeddings/a.docx", inner, false)],
        );
    }
    let extract = read(&inner, Type::Docx).unwrap();
    assert!(
        extract.text.contains("level 16") && !extract.text.contains("level 15"),
        "{}",
        extract.text
    );
    assert!(!extract.complete);
    assert!(extract.parts.iter().any(|(label, _)| label.starts_with("word/embeddings/a.docx: word/embeddings/a.docx: ")));
}

#[test]
fn an_archive_that_holds_itself_is_refused() {
    // One entry whose bytes go on to the end of the file, its own directory among them.
    let mut archive = zip(&[("word/document.xml", vec![b'x'; 16], false)]);
    let length = u32::try_from(archive.len() - 30 - 17)
        .unwrap()
        .to_le_bytes();
    let directory = archive
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    archive[18..22].copy_from_slice(&length);
    archive[directory + 20..directory + 24].copy_from_slice(&length);
    assert!(matches!(
        read(&archive, Type::Docx),
        Err(Failure::Unreadable { .. })
    ));
}

#[test]
fn entries_that_overlap_are_refused() {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    raw_entry(
        &mut out,
        &mut directory,
        "word/a.xml",
        &[b'x'; 100],
        100,
        0,
        0,
    );
    let first = directory.clone();
    // The same bytes under another name, many times.
    for index in 0..50_u8 {
        let mut copy = first.clone();
        let end = copy.len() - 5;
        copy[end] = b'0' + index;
        directory.extend(copy);
    }
    let archive = finish(out, &directory, 51);
    assert_eq!(
        read(&archive, Type::Docx).unwrap_err(),
        Failure::Unreadable {
            why: "entries of the zip archive overlap"
        }
    );
}

#[test]
fn names_that_stand_twice_are_refused() {
    let archive = zip(&[
        part("word/document.xml", "<a/>"),
        part("WORD/document.xml", "<b/>"),
    ]);
    assert!(matches!(
        read(&archive, Type::Docx),
        Err(Failure::Unreadable { .. })
    ));
}

#[test]
fn entries_are_counted() {
    let names: Vec<String> = (0..300).map(|index| format!("word/{index}.xml")).collect();
    let parts: Vec<_> = names.iter().map(|name| part(name, "<a/>")).collect();
    let limits = Limits {
        entries: 200,
        ..Limits::default()
    };
    assert_eq!(
        limit(read_with(&docx("<a/>", &parts), Type::Docx, &limits).unwrap_err()),
        "entries of an archive"
    );
}

#[test]
fn encrypted_documents_are_told() {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    raw_entry(
        &mut out,
        &mut directory,
        "word/document.xml",
        b"secret",
        6,
        0,
        1,
    );
    assert_eq!(
        read(&finish(out, &directory, 1), Type::Docx),
        Err(Failure::Encrypted)
    );

    let open = zip(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.text".to_vec(),
            false,
        ),
        part(
            "META-INF/manifest.xml",
            "<m><file-entry><encryption-data/></file-entry></m>",
        ),
    ]);
    assert_eq!(sniff(&open, None, None), Type::Odt);
    assert_eq!(read(&open, Type::Odt), Err(Failure::Encrypted));

    let mut compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    compound.resize(600, 0);
    assert_eq!(sniff(&compound, Some("a.docx"), None), Type::Compound);
    assert_eq!(read(&compound, Type::Compound), Err(Failure::Unsupported));
    compound.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&compound, Type::Compound), Err(Failure::Encrypted));
}

#[test]
fn one_text_in_many_cells_is_cut() {
    let strings = format!("<sst><si><t>{}</t></si></sst>", "long ".repeat(10_000));
    let cells: String = (0..5_000)
        .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>"))
        .collect();
    let extract = read(
        &xlsx(
            &format!("<worksheet><sheetData>{cells}</sheetData></worksheet>"),
            &strings,
        ),
        Type::Xlsx,
    );
    let extract = extract.unwrap();
    assert!(!extract.complete);
    assert_eq!(extract.text.len(), Limits::default().text);
}

#[test]
fn parts_are_bounded() {
    let cells: String = (1..2_000)
        .map(|row| format!("<row r=\"{row}\"><c><v>{row}</v></c></row>"))
        .collect();
    let limits = Limits {
        parts: 100,
        ..Limits::default()
    };
    let workbook = xlsx(
        &format!("<worksheet><sheetData>{cells}</sheetData></worksheet>"),
        "<sst/>",
    );
    let extract = read_with(&workbook, Type::Xlsx, &limits).unwrap();
    assert_eq!(extract.parts.len(), 100);
    assert_eq!(extract.parts[0].0, "One!A1");
    assert_eq!(extract.parts[99].0, "further parts");
    assert!(extract.text.contains("1999") && extract.complete);
}

#[test]
fn too_much_is_told_before_it_is_read() {
    let limits = Limits {
        input: 10,
        ..Limits::default()
    };
    assert_eq!(
        limit(read_with(&[b'x'; 11], Type::Text, &limits).unwrap_err()),
        "bytes of the document"
    );
    let limits = Limits {
        text: 10,
        ..Limits::default()
    };
    let extract = read_with("größer und größer".as_bytes(), Type::Text, &limits).unwrap();
    assert_eq!(
        (extract.text.as_str(), extract.complete),
        ("größer u", false)
    );
}
