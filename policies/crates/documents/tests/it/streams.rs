//! Hostile streams of PDF: bombs, predictors, maps of characters.

use marshal_documents::{Failure, Type};
use miniz_oxide::deflate::compress_to_vec_zlib;

use crate::build::{FONT, packed, page, read, stream};

const SHOWN: &[u8] = b"BT /F 9 Tf (shown) Tj ET";

#[test]
fn bombs_are_over_the_ratio() {
    let flate = packed("", &vec![b' '; 64 << 20]);
    assert_eq!(
        read(&page(flate, FONT, &[]), Type::Pdf),
        Err(Failure::TooLarge {
            limit: "the ratio of decompression"
        })
    );
    // A bomb within a bomb.
    let inner = compress_to_vec_zlib(&vec![b' '; 64 << 20], 6);
    let twice = stream(
        "/Filter[/FlateDecode/FlateDecode]",
        &compress_to_vec_zlib(&inner, 6),
    );
    assert!(matches!(
        read(&page(twice, FONT, &[]), Type::Pdf),
        Err(Failure::TooLarge { .. })
    ));
    let runs = stream(
        "/Filter[/RunLengthDecode/RunLengthDecode/RunLengthDecode]",
        &b"\x81\x81".repeat(10_000),
    );
    assert!(matches!(
        read(&page(runs, FONT, &[]), Type::Pdf),
        Err(Failure::TooLarge { .. })
    ));
}

#[test]
fn one_stream_on_many_pages_is_bounded() {
    let kids = "3 0 R ".repeat(3);
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"".to_vec(),
        b"<<>>".to_vec(),
        packed("", &vec![b' '; 900_000]),
    ];
    let mut all = kids;
    for number in 5..2_000 {
        objects.push(b"<</Type/Page/Contents 4 0 R>>".to_vec());
        all.push_str(&format!("{number} 0 R "));
    }
    objects[1] = format!("<</Type/Pages/Kids[{all}]>>").into_bytes();
    assert_eq!(
        read(&crate::build::pdf(&objects, ""), Type::Pdf),
        Err(Failure::TooLarge {
            limit: "decompressed bytes"
        })
    );
}

#[test]
fn filters_decode() {
    let cases: [(&str, Vec<u8>); 6] = [
        (
            "/ASCIIHexDecode",
            SHOWN
                .iter()
                .map(|byte| format!("{byte:02x} "))
                .collect::<String>()
                .into_bytes(),
        ),
        (
            "[/AHx/Fl]",
            compress_to_vec_zlib(SHOWN, 6)
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect::<String>()
                .into_bytes(),
        ),
        ("/ASCII85Decode", base85(SHOWN)),
        ("/RunLengthDecode", [&[23], SHOWN, &[128]].concat()),
        (
            "/FlateDecode",
            miniz_oxide::deflate::compress_to_vec(SHOWN, 6),
        ),
        (
            "/FlateDecode/DecodeParms<</Predictor 15/Columns 24>>",
            compress_to_vec_zlib(&[&[0], SHOWN].concat(), 6),
        ),
    ];
    assert_eq!(SHOWN.len(), 24);
    for (filter, data) in cases {
        let extract = read(
            &page(stream(&format!("/Filter{filter}"), &data), FONT, &[]),
            Type::Pdf,
        )
        .unwrap();
        assert_eq!(extract.text, "shown", "{filter}");
    }
}

fn base85(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for four in bytes.chunks(4) {
        let mut value = u32::from_be_bytes(four.try_into().unwrap());
        let mut five = [0; 5];
        for slot in five.iter_mut().rev() {
            *slot = b'!' + u8::try_from(value % 85).unwrap();
            value /= 85;
        }
        out.extend(five);
    }
    out.extend(b"~>");
    out
}

#[test]
fn predictors_undo_what_was_done() {
    // Rows of 24 bytes, each row by another rule.
    let rows: Vec<Vec<u8>> = (0..5_u8)
        .map(|row| {
            (0..24_u8)
                .map(|at| at.wrapping_mul(row + 3) % 90 + b' ')
                .collect()
        })
        .collect();
    let text: Vec<u8> = rows.concat();
    let mut coded = Vec::new();
    let mut above = vec![0; 24];
    for (kind, row) in (0_u8..).zip(&rows) {
        coded.push(kind);
        for at in 0..24 {
            let left = if at == 0 { 0 } else { row[at - 1] };
            let corner = if at == 0 { 0 } else { above[at - 1] };
            let guess = match kind {
                1 => left,
                2 => above[at],
                3 => u8::midpoint(left, above[at]),
                4 => {
                    let p = i16::from(left) + i16::from(above[at]) - i16::from(corner);
                    let far = |x: u8| (p - i16::from(x)).abs();
                    if far(left) <= far(above[at]) && far(left) <= far(corner) {
                        left
                    } else if far(above[at]) <= far(corner) {
                        above[at]
                    } else {
                        corner
                    }
                }
                _ => 0,
            };
            coded.push(row[at].wrapping_sub(guess));
        }
        above.clone_from(row);
    }
    // As the text of a script, so that any byte may come.
    let bytes = replace(
        &page(
            stream("", SHOWN),
            FONT,
            &[packed("/DecodeParms<</Predictor 15/Columns 24>>", &coded)],
        ),
        b"/Type/Page/",
        b"/AA<</O<</JS 5 0 R>>>>/Type/Page/",
    );
    let extract = read(&bytes, Type::Pdf).unwrap();
    let wanted = String::from_utf8(text).unwrap();
    assert!(
        extract.text.contains(wanted.trim()),
        "{}\n{wanted}",
        extract.text
    );
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn predictors_without_measure_do_no_harm() {
    for parameters in [
        "/Predictor 12/Columns 4294967295",
        "/Predictor 12/Columns 0",
        "/Predictor 15/Colors 4294967295/BitsPerComponent 16",
        "/Predictor 2/Columns 16777216/Colors 32/BitsPerComponent 8",
        "/Predictor 99/Columns -1",
        "/Predictor 2/BitsPerComponent 16",
        "/Predictor 12/Columns 16777216/Colors 32/BitsPerComponent 16",
        "/Predictor 5",
    ] {
        let content = packed(
            &format!("/DecodeParms<<{parameters}>>"),
            &SHOWN.repeat(1000),
        );
        assert!(
            read(&page(content, FONT, &[]), Type::Pdf).is_ok(),
            "{parameters}"
        );
    }
}

#[test]
fn maps_without_measure_do_no_harm() {
    let huge = "1 beginbfrange <00000000> <ffffffff> <0041> endbfrange 1 beginbfrange <0000> <ffff> [<0042>] endbfrange";
    let long = format!("1 beginbfchar <01> <{}> endbfchar", "0041".repeat(100_000));
    let many = format!("1 beginbfchar {} endbfchar", "<01> <0041> ".repeat(300_000));
    let spaces = format!(
        "1 begincodespacerange {} endcodespacerange",
        "<00> <ff> ".repeat(90_000)
    );
    for map in [huge.to_owned(), long, many, spaces] {
        let resources = "/Font<</F<</Subtype/Type0/Encoding/Identity-H/ToUnicode 5 0 R/DescendantFonts[<</W[0 4294967295 500]>>]>>>>";
        let content = packed(
            "",
            &[
                b"BT /F 9 Tf (".as_slice(),
                &b"\x01".repeat(500_000),
                b") Tj ET",
            ]
            .concat(),
        );
        let _ = read(
            &page(content, resources, &[stream("", map.as_bytes())]),
            Type::Pdf,
        );
    }
}

#[test]
fn operators_without_end_do_no_harm() {
    for piece in [
        "q ",
        "BT ",
        "/F 9 Tf ",
        "1 ",
        "(x) Tj ",
        "BI ",
        "/X Do ",
        "[(a) 1 ",
        "/S <</ActualText(x)>> BDC ",
        "1e9 0 0 1e9 0 0 cm (x) Tj ",
        "ID EI ",
    ] {
        let content = packed("", piece.repeat(900_000 / piece.len()).as_bytes());
        let _ = read(&page(content, FONT, &[]), Type::Pdf);
    }
}

#[test]
fn many_fonts_of_one_table_are_bounded() {
    let fonts: String = (0..20_000)
        .map(|font| format!("/F{font}<</Subtype/Type0/DescendantFonts[5 0 R]>>"))
        .collect();
    let content: String = (0..20_000)
        .map(|font| format!("/F{font} 9 Tf (a) Tj "))
        .collect();
    let widths = format!("<</W[0 65535 500 {}]>>", "1 [1 1 1] ".repeat(20_000));
    let paper = page(
        packed("", content.as_bytes()),
        &format!("/Font<<{fonts}>>"),
        &[widths.into_bytes()],
    );
    assert!(matches!(
        read(&paper, Type::Pdf),
        Err(Failure::TooLarge { .. })
    ));
}
