//! Hostile XML, HTML and Rich Text Format.

use marshal_documents::{Failure, Type};

use crate::build::{docx, part, read, zip};

const LAUGHS: &str = "<!DOCTYPE a [<!ENTITY b \"laugh 4111\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\
    <!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>";

#[test]
fn no_entity_is_expanded() {
    for extract in [
        read(
            format!("<?xml version='1.0'?>{LAUGHS}<a>&d;&x;&#52;2</a>").as_bytes(),
            Type::Xml,
        ),
        read(
            &docx(&format!("{LAUGHS}<w:p><w:t>&d;&x;&#52;2</w:t></w:p>"), &[]),
            Type::Docx,
        ),
    ] {
        let text = extract.unwrap().text;
        assert!(text.contains("&d;&x;42"), "{text}");
        // What a document declares is text as well, once.
        assert_eq!(text.matches("laugh").count(), 1);
        assert!(text.len() < 1_000 && !text.contains("root:"));
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = "<a>".repeat(100_000);
    assert_eq!(
        read(deep.as_bytes(), Type::Xml),
        Err(Failure::TooLarge {
            limit: "nesting depth"
        })
    );
    assert_eq!(
        read(&docx(&deep, &[]), Type::Docx),
        Err(Failure::TooLarge {
            limit: "nesting depth"
        })
    );
    assert_eq!(
        read("{".repeat(100_000).as_bytes(), Type::Rtf),
        Err(Failure::TooLarge {
            limit: "nesting depth"
        })
    );
    let page = format!("{}deep", "<div>".repeat(500_000));
    assert_eq!(read(page.as_bytes(), Type::Html).unwrap().text, "deep");
}

#[test]
fn what_never_ends_costs_little() {
    for pattern in [
        "<a \"",
        "<a b='",
        "<!--",
        "<![CDATA[",
        "<!DOCTYPE [",
        "<?",
        "<a ",
        "</",
        "&",
        "&#",
        "&amp",
        "<script",
        "]]>",
        "<",
    ] {
        let text = pattern.repeat(4_000_000 / pattern.len());
        for kind in [Type::Html, Type::Xml] {
            // Some are too deep, which is an answer as well.
            let _ = read(text.as_bytes(), kind);
        }
    }
    for pattern in [
        "\\'",
        "\\u",
        "{}",
        "{\\*\\a",
        "\\bin9 ",
        "{\\footnote ",
        "}",
    ] {
        let _ = read(
            format!("{{\\rtf1 {}", pattern.repeat(4_000_000 / pattern.len())).as_bytes(),
            Type::Rtf,
        );
    }
    for pattern in [
        "--b\r\n",
        "=?a?b?c",
        "Content-Type: a; b=",
        ":\r\n ",
        "=\r\n",
        "\r\n--b--",
    ] {
        let mail = format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
            pattern.repeat(2_000_000 / pattern.len())
        );
        let _ = read(mail.as_bytes(), Type::Eml);
        let _ = read(
            format!("Subject: {}", pattern.repeat(2_000_000 / pattern.len())).as_bytes(),
            Type::Eml,
        );
    }
    for pattern in ["\"", ",", "\",\"", "\n"] {
        let _ = read(
            format!("a{}a", pattern.repeat(4_000_000 / pattern.len())).as_bytes(),
            Type::Csv,
        );
    }
}

#[test]
fn cells_that_are_repeated_are_told_once() {
    let rows = "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell table:number-columns-repeated=\
        \"999999999\" office:value=\"77\"><text:p>x<text:s text:c=\"99999999\"/>y</text:p></table:table-cell></table:table-row>";
    let content = format!(
        "<office:spreadsheet><table:table table:name=\"T\">{}</table:table></office:spreadsheet>",
        rows.repeat(50)
    );
    let workbook = zip(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet".to_vec(),
            false,
        ),
        part("content.xml", &content),
        part("META-INF/manifest.xml", "<m/>"),
    ]);
    let extract = read(&workbook, Type::Ods).unwrap();
    assert!(
        extract.text.len() < 2_000 && extract.text.contains("77"),
        "{}",
        extract.text.len()
    );
    assert_eq!(extract.parts[0].0, "T!A1");
}
