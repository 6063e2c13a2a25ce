//! Hostile PDF: loops among objects, and tables that lie.

use marshal_documents::{Failure, Type};

use crate::build::{FONT, packed, page, pdf, read, stream};

const SHOWN: &[u8] = b"BT /F 9 Tf (shown) Tj ET";

fn text(bytes: &[u8]) -> String {
    read(bytes, Type::Pdf).unwrap().text
}

#[test]
fn trees_of_pages_that_loop_end() {
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[2 0 R 3 0 R 3 0 R 5 0 R]/Parent 2 0 R>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<{FONT}>>>>").into_bytes(),
        stream("", SHOWN),
        b"<</Type/Pages/Kids[2 0 R 5 0 R]>>".to_vec(),
    ];
    assert_eq!(text(&pdf(&objects, "")), "shown");
}

#[test]
fn values_that_mean_themselves_are_nothing() {
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R/AcroForm 6 0 R/Names 7 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]>>".to_vec(),
        format!("<</Type/Page/Contents 4 0 R/Annots 8 0 R/Resources<<{FONT}>>>>").into_bytes(),
        stream("", SHOWN),
        b"<</First 5 0 R/Next 5 0 R/Prev 5 0 R/Title(one)>>".to_vec(),
        b"6 0 R".to_vec(),
        b"<</Kids[7 0 R 9 0 R]/Names[(n) 7 0 R]>>".to_vec(),
        b"[8 0 R 8 0 R]".to_vec(),
        b"10 0 R".to_vec(),
        b"9 0 R".to_vec(),
    ];
    assert_eq!(text(&pdf(&objects, "")), "shown\none\nn");
}

#[test]
fn lengths_that_need_themselves_are_found_otherwise() {
    let mut content = b"<</Length 4 0 R>>\nstream\n".to_vec();
    content.extend(SHOWN);
    content.extend(b"\nendstream");
    assert_eq!(text(&page(content, FONT, &[])), "shown");
}

#[test]
fn long_chains_of_lengths_end() {
    let mut objects: Vec<Vec<u8>> = Vec::new();
    for number in 5..3_000 {
        objects.push(
            format!(
                "<</Type/ObjStm/N 1/First 4/Length {} 0 R>>\nstream\n0 0 1\nendstream",
                number + 1
            )
            .into_bytes(),
        );
    }
    let content = [
        b"<</Length 5 0 R>>\nstream\n".as_slice(),
        SHOWN,
        b"\nendstream",
    ]
    .concat();
    assert_eq!(text(&page(content, FONT, &objects)), "shown");
}

#[test]
fn tables_that_loop_end() {
    let mut bytes = page(stream("", SHOWN), FONT, &[]);
    let table = bytes.windows(5).position(|five| five == b"xref\n").unwrap();
    let end = String::from_utf8_lossy(&bytes[table..])
        .replace("/Root", &format!("/Prev {table}/XRefStm {table}/Root"));
    bytes.truncate(table);
    bytes.extend(end.as_bytes());
    assert_eq!(text(&bytes), "shown");
}

#[test]
fn tables_that_lie_are_made_anew() {
    let good = page(stream("", SHOWN), FONT, &[]);
    // Every offset is wrong by one, or there is no table at all, or the file is cut.
    let shifted = [b"%PDF-1.7\n%".as_slice(), &good[9..]].concat();
    assert_eq!(text(&shifted), "shown");
    let end = good.windows(5).position(|five| five == b"xref\n").unwrap();
    assert_eq!(text(&good[..end]), "shown");
    // The table names a second object where the first one stands.
    let wrong = String::from_utf8_lossy(&good)
        .replace("xref\n0 5", "xref\n1 5")
        .into_bytes();
    assert_eq!(text(&wrong), "shown");
}

#[test]
fn forms_that_show_themselves_end() {
    let form = stream(
        "/Subtype/Form/Resources<</XObject<</X 5 0 R/Y 6 0 R>>>>",
        b"/X Do /Y Do /X Do",
    );
    let other = stream(
        &format!("/Subtype/Form/Resources<<{FONT}/XObject<</X 5 0 R>>>>"),
        b"BT /F 9 Tf (in a form) Tj ET /X Do",
    );
    let content = b"/X Do ".repeat(50_000);
    assert_eq!(
        text(&page(
            stream("", &content),
            "/XObject<</X 5 0 R>>",
            &[form, other]
        )),
        "in a form"
    );
}

#[test]
fn streams_that_hold_themselves_are_nothing() {
    let holder = stream("/Type/ObjStm/N 2/First 10", b"5 0 4 2   5 0 R");
    let mut bytes = page(stream("", SHOWN), FONT, &[holder]);
    let cut = bytes.windows(5).position(|five| five == b"xref\n").unwrap();
    bytes.truncate(cut);
    assert!(read(&bytes, Type::Pdf).is_ok());
}

#[test]
fn deep_values_end() {
    for open in ["[", "<</A", "<</A[", "("] {
        let deep = format!(
            "<</Type/Page/Contents 4 0 R/Annots {}",
            open.repeat(200_000)
        );
        let objects = [
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Kids[3 0 R]>>".to_vec(),
            deep.into_bytes(),
            stream("", SHOWN),
        ];
        let _ = read(&pdf(&objects, ""), Type::Pdf);
        let _ = read(
            &page(stream("", open.repeat(1_000_000).as_bytes()), FONT, &[]),
            Type::Pdf,
        );
    }
}

#[test]
fn objects_are_counted() {
    let many: String = (1..400_000)
        .map(|number| format!("{number} 0 obj 1 endobj\n"))
        .collect();
    let bytes = format!("%PDF-1.4\n{many}");
    assert_eq!(
        read(bytes.as_bytes(), Type::Pdf),
        Err(Failure::TooLarge {
            limit: "objects of a PDF"
        })
    );
    let values = format!("[{}]", "0 ".repeat(5_000_000));
    let bytes = page(stream("", SHOWN), FONT, &[values.into_bytes()]);
    let bytes = String::from_utf8_lossy(&bytes)
        .replace("/Type/Page/", "/Annots 5 0 R/Type/Page/")
        .into_bytes();
    assert_eq!(
        read(&bytes, Type::Pdf),
        Err(Failure::TooLarge {
            limit: "objects of a PDF"
        })
    );
}

#[test]
fn one_large_object_under_many_numbers_costs_little() {
    // All entries of the table lead to one long object: none has the number that it should have.
    let long = format!("1 0 obj [{}] endobj\n", "(x)".repeat(300_000));
    let mut bytes = format!("%PDF-1.4\n{long}").into_bytes();
    let start = bytes.len();
    bytes.extend(b"xref\n0 100000\n");
    bytes.extend(b"0000000009 00000 n \n".repeat(100_000));
    bytes.extend(format!("trailer <</Root 77 0 R>>\nstartxref\n{start}\n").as_bytes());
    assert!(read(&bytes, Type::Pdf).is_err());
}

#[test]
fn encrypted_and_empty_documents_are_told() {
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]>>".to_vec(),
        b"<</Type/Page>>".to_vec(),
    ];
    assert_eq!(
        read(&pdf(&objects, "/Encrypt<</Filter/Standard>>"), Type::Pdf),
        Err(Failure::Encrypted)
    );
    assert!(read(&pdf(&objects, ""), Type::Pdf).unwrap().text.is_empty());
    let picture = stream("/Subtype/Image/Width 1/Height 1/Filter/DCTDecode", b"x");
    assert_eq!(
        read(
            &page(packed("", b"/I Do"), "/XObject<</I 5 0 R>>", &[picture]),
            Type::Pdf
        ),
        Err(Failure::NoText)
    );
    assert!(matches!(
        read(b"%PDF-1.7\nnothing", Type::Pdf),
        Err(Failure::Unreadable { .. })
    ));
}
