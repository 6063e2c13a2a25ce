//! What is read out of documents that are in order.

use marshal_documents::{Type, sniff};

use crate::build::{FONT, docx, page, part, pdf, read, stream, xlsx, zip};

#[test]
fn marks_within_a_word_do_not_break_it() {
    let body = "<w:document><w:body><w:p><w:r><w:t>4111</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>1111</w:t></w:r>\
        <w:del w:author=\"Ann\"><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:pict><v:textbox><w:txbxContent>\
        <w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict></w:r><w:r><w:t>1111</w:t></w:r>\
        <w:r><w:t xml:space=\"preserve\"> </w:t></w:r><w:r><w:t>end</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t>\
        </w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>";
    let extract = read(
        &docx(
            body,
            &[part(
                "word/footer1.xml",
                "<w:ftr><w:p><w:t>foot</w:t></w:p></w:ftr>",
            )],
        ),
        Type::Docx,
    );
    let extract = extract.unwrap();
    assert!(
        extract.text.starts_with("411111111111 end\na\tb\n"),
        "{}",
        extract.text
    );
    for wanted in ["gone", "Ann", "box", "foot"] {
        assert!(extract.text.contains(wanted), "{wanted}");
    }
    assert_eq!(extract.parts[1].0, "word/footer1.xml");
    assert!(extract.complete);
}

#[test]
fn cells_have_addresses() {
    let sheet = "<worksheet><sheetData><row r=\"3\"><c r=\"B3\" t=\"s\"><v>1</v></c><c r=\"C3\"><v>4.111111111111111E15</v></c>\
        <c r=\"D3\" t=\"inlineStr\"><is><t>in</t><r><t>line</t></r></is></c><c r=\"E3\"><f>IF(A1=\"x\",1,2)</f><v>2</v></c></row>\
        </sheetData><headerFooter><oddHeader>&amp;Chead</oddHeader></headerFooter></worksheet>";
    let book = xlsx(
        sheet,
        "<sst><si><t>unused</t></si><si><r><t>sha</t></r><r><t>red</t></r></si></sst>",
    );
    assert_eq!(sniff(&book, None, None), Type::Xlsx);
    let extract = read(&book, Type::Xlsx).unwrap();
    assert!(
        extract
            .text
            .starts_with("shared\t4111111111111111\tinline\t2\n"),
        "{}",
        extract.text
    );
    let label = |index: usize| extract.parts[index].0.as_str();
    assert_eq!(
        [label(0), label(1), label(3), label(4)],
        ["One!B3", "One!C3", "One!E3", "One!E3 formula"]
    );
    for wanted in ["unused", "&Chead", "IF(A1=\"x\""] {
        assert!(extract.text.contains(wanted), "{wanted}");
    }
}

#[test]
fn slides_and_notes_have_numbers() {
    let slides = zip(&[
        part(
            "[Content_Types].xml",
            "<Types><Override ContentType=\"x/vnd.presentationml.presentation.main+xml\"/></Types>",
        ),
        part(
            "ppt/slides/slide10.xml",
            "<p:sld><a:p><a:t>ten</a:t></a:p></p:sld>",
        ),
        part(
            "ppt/slides/slide2.xml",
            "<p:sld><a:p><a:t>two</a:t></a:p></p:sld>",
        ),
        part(
            "ppt/notesSlides/notesSlide2.xml",
            "<p:notes><a:p><a:t>note</a:t></a:p></p:notes>",
        ),
    ]);
    assert_eq!(sniff(&slides, None, None), Type::Pptx);
    let extract = read(&slides, Type::Pptx).unwrap();
    assert_eq!(extract.text, "two\nnote\nten");
    let labels: Vec<&str> = extract
        .parts
        .iter()
        .map(|(label, _)| label.as_str())
        .collect();
    assert_eq!(labels, ["slide 2", "notes 2", "slide 10"]);
}

#[test]
fn tables_of_text_have_heads() {
    let extract = read(b"name,ssn\n\"Ann, B\",123\n", Type::Csv).unwrap();
    assert_eq!(extract.text, "name,ssn\n\"Ann, B\",123");
    let of = |label: &str| {
        extract
            .parts
            .iter()
            .find(|(found, _)| found == label)
            .map(|(_, range)| &extract.text[range.clone()])
    };
    assert_eq!(of("B2 (ssn)"), Some("123"));
    assert_eq!(of("A2 (name)"), Some("\"Ann, B\""));
}

#[test]
fn gaps_on_a_page_are_blanks() {
    let content = b"BT /F 10 Tf 72 700 Td (4111) Tj [(11) -20 (11)] TJ [(a) -400 (b)] TJ 0 -12 Td (next) Tj T* (r\\351sum\\351) Tj ET \
        BI /W 1 /H 1 ID \x01\x02(no) Tj\x80 EI BT /F 10 Tf 1 0 0 1 72 650 Tm (<) Tj (x) ' ET";
    let extract = read(&page(stream("", content), FONT, &[]), Type::Pdf).unwrap();
    assert_eq!(extract.text, "41111111a b\nnext r\u{e9}sum\u{e9}\n<x");
    assert_eq!(extract.parts[0].0, "page 1");
}

#[test]
fn fonts_say_what_their_codes_are() {
    let map = b"1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0001> <0003> <0041> endbfrange";
    let resources = "/Font<</A<</Subtype/Type0/Encoding/Identity-H/ToUnicode 5 0 R>>/B<</Subtype/Type1/Encoding<</Differences\
        [1/eacute/uni20AC/g7]>>>>/C<</Subtype/Type0/Encoding/Identity-H>>>>";
    let content = |text: &str| stream("", format!("BT {text} ET").as_bytes());
    let whole = page(
        content("/A 9 Tf <000100020003> Tj /B 9 Tf <0102> Tj"),
        resources,
        &[stream("", map)],
    );
    let extract = read(&whole, Type::Pdf).unwrap();
    assert_eq!(
        (extract.text.as_str(), extract.complete),
        ("ABC\u{e9}\u{20ac}", true)
    );
    for blind in [
        "/C 9 Tf <0001> Tj",
        "/B 9 Tf <03> Tj",
        "/Unknown 9 Tf (x) Tj",
    ] {
        let extract = read(
            &page(content(blind), resources, &[stream("", map)]),
            Type::Pdf,
        )
        .unwrap();
        assert!(!extract.complete, "{blind}");
    }
}

#[test]
fn text_outside_of_pages_is_read() {
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>/Outlines<</First<</Title(bookmark)>>>>>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]>>".to_vec(),
        b"<</Type/Page/Annots[<</Subtype/Text/Contents(an annotation)>>]>>".to_vec(),
        b"<</T(ssn)/V<feff00310032>/TU(tip)/Kids[4 0 R]/Parent 4 0 R>>".to_vec(),
        b"<</Title(t)/Custom(own)/CreationDate(D:20240102030405Z)>>".to_vec(),
    ];
    let extract = read(&pdf(&objects, "/Info 5 0 R"), Type::Pdf).unwrap();
    for wanted in [
        "an annotation",
        "ssn: 12",
        "tip",
        "bookmark",
        "Title: t",
        "Custom: own",
    ] {
        assert!(
            extract.text.contains(wanted),
            "{wanted} in {}",
            extract.text
        );
    }
    let labels: Vec<&str> = extract
        .parts
        .iter()
        .map(|(label, _)| label.as_str())
        .collect();
    assert_eq!(
        labels,
        ["page 1 annotations", "form", "bookmarks", "properties"]
    );
}
