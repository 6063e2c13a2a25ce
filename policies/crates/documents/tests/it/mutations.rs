//! Documents with random damage: nothing panics, and nothing takes long.

use std::time::{Duration, Instant};

use marshal_documents::{Limits, Type, sniff, text_of};

use crate::build::{FONT, docx, packed, page, part, stream, xlsx, zip};

/// A small generator of random numbers, the same ones every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(6) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        match random.below(8) {
            0 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => {
                bytes.remove(at);
            }
            4 => bytes.insert(
                at,
                *b"<>[](){}/\\&%\0\xff09".get(random.below(16)).unwrap_or(&0),
            ),
            5 => {
                let end = (at + random.below(64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            6 => {
                let end = (at + 4).min(bytes.len());
                bytes[at..end].fill(0xff);
            }
            _ => {
                let end = (at + random.below(16)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
}

fn fixtures() -> Vec<(Type, Vec<u8>)> {
    let map = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <41> <43> <0061> endbfrange 1 beginbfchar <44> <0066> endbfchar";
    let annotated = "/XObject<</X 6 0 R>>/Font<</F<</Subtype/Type1/ToUnicode 5 0 R/Encoding<</Differences[65/A/B/uni0043]>>/Widths[500 600]/FirstChar 65>>>>";
    let form = stream(
        &format!("/Subtype/Form/Matrix[1 0 0 1 5 5]/Resources<<{FONT}>>"),
        b"BT /F 9 Tf (form) Tj ET",
    );
    let paper = page(
        packed(
            "",
            b"BT /F 9 Tf 72 700 Td [(ABC) -300 (D)] TJ T* (x) ' ET /X Do",
        ),
        annotated,
        &[stream("", map), form],
    );
    let body = "<w:document><w:p><w:r><w:t>a &amp; b &#65;</w:t></w:r></w:p><w:tbl><w:tr><w:tc/></w:tr></w:tbl></w:document>";
    let mut stored = vec![
        part(
            "[Content_Types].xml",
            "<Types>wordprocessingml.document.main</Types>",
        ),
        part("word/document.xml", body),
    ];
    for entry in &mut stored {
        entry.2 = false;
    }
    let open = zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec(), false),
        ("content.xml", b"<office:spreadsheet><table:table table:name='T'><table:table-row><table:table-cell office:value='1'><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>".to_vec(), false),
    ]);
    vec![
        (Type::Docx, docx(body, &[part("docProps/core.xml", "<a><dc:title>t</dc:title></a>")])),
        (Type::Docx, zip(&stored)),
        (Type::Xlsx, xlsx("<worksheet><sheetData><row r='1'><c r='A1' t='s' s='1'><v>0</v></c></row></sheetData></worksheet>", "<sst><si><t>x</t></si></sst>")),
        (Type::Ods, open),
        (Type::Pdf, paper),
        (Type::Eml, b"Subject: =?utf-8?q?a=41?=\r\nFrom: a\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b\r\nContent-Type: text/html; name*0=\"a\"; name*1=b\r\n\r\n<b>x</b>\r\n--b--".to_vec()),
        (Type::Html, b"<html><p title='a'>x&eacute;&#65;<!-- c --><script>s</script><td>y</td></html>".to_vec()),
        (Type::Rtf, br"{\rtf1\ansi{\fonttbl{\f0 A;}}\uc1 a\u8364?\'e9{\*\x y}{\footnote z}\bin3 abc\par}".to_vec()),
        (Type::Csv, b"a,b,c\n\"1,2\",3,4\n5,6,7\n".to_vec()),
        (Type::Xml, b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a b='c'>d<![CDATA[e]]><!-- f --></a>".to_vec()),
        (Type::Text, "gr\u{f6}\u{df}e\n".repeat(5).into_bytes()),
    ]
}

/// How many times each document is damaged. More by the variable `MUTATIONS`.
fn count() -> usize {
    std::env::var("MUTATIONS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(200)
}

#[test]
fn damaged_documents_are_no_danger() {
    let limits = Limits::default();
    for (kind, fixture) in fixtures() {
        assert!(
            text_of(&fixture, kind, &limits).is_ok_and(|extract| !extract.text.is_empty()),
            "{kind:?}"
        );
        assert_eq!(sniff(&fixture, None, None), kind);
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for round in 0..count() {
            let mut bytes = fixture.clone();
            damage(&mut bytes, &mut random);
            let start = Instant::now();
            let _ = text_of(&bytes, kind, &limits);
            let found = sniff(&bytes, Some("a.csv"), None);
            if found != kind {
                let _ = text_of(&bytes, found, &limits);
            }
            let took = start.elapsed();
            assert!(
                took < Duration::from_secs(2),
                "{kind:?} in round {round} took {took:?}"
            );
        }
    }
}
