use bytes::Bytes;
use proptest::prelude::*;

use super::{Edits, MAX_PARTS, Multipart, MultipartError, boundary};
use crate::fuzzing;

const FORM: &str = "--xx\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n\
    --xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".wav\"\r\nContent-Type: audio/wav\r\n\
    Content-Transfer-Encoding: binary\r\n\r\nRIFF\r\n\x01--x\r\n\r\n--xx\r\n\
    Content-Disposition: form-data; name=image[]; filename=x.png; filename*=UTF-8'en'na%C3%AFve.png\r\nContent-Length: 2\r\n\r\nhi\r\n--xx--\r\n";

fn parse(text: &str) -> Result<Multipart, MultipartError> {
    Multipart::parse(&Bytes::copy_from_slice(text.as_bytes()), "xx")
}

fn with_header(header: &str) -> Result<Multipart, MultipartError> {
    parse(&format!("--xx\r\n{header}\r\n\r\nv\r\n--xx--\r\n"))
}

#[test]
fn a_boundary_is_read_as_clients_write_it() {
    for (media, found) in [
        ("multipart/form-data; boundary=abc", Some("abc")),
        (
            "Multipart/Form-Data;charset=utf-8; Boundary=\"a b:c\"",
            Some("a b:c"),
        ),
        (
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            Some("----WebKitFormBoundary7MA4YWxkTrZu0gW"),
        ),
        ("multipart/form-data; boundary==_Part_1.2=", None),
        (
            "multipart/form-data; boundary=\"=_Part_1.2=\"",
            Some("=_Part_1.2="),
        ),
        ("multipart/form-data; boundary=a; boundary=b", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=\"a ", None),
        ("multipart/form-data; boundary=\"a \"", None),
        ("multipart/form-data", None),
        ("multipart/mixed; boundary=abc", None),
        ("application/json", None),
    ] {
        assert_eq!(boundary(media).as_deref(), found, "{media}");
    }
}

#[test]
fn parts_are_read_with_their_names_types_and_values() {
    let form = parse(FORM).unwrap();
    let [model, file, image] = form.parts() else {
        panic!("three parts");
    };
    assert_eq!(
        (model.name.as_str(), form.text(model)),
        ("model", Some("whisper-1"))
    );
    assert!(!model.is_file() && file.is_file());
    assert_eq!(file.filename.as_ref().unwrap().text, "a \"b\".wav");
    assert_eq!(
        (file.essence().as_str(), file.content_type.as_deref()),
        ("audio/wav", Some("audio/wav"))
    );
    assert_eq!(&form.value(file)[..], b"RIFF\r\n\x01--x\r\n");
    assert_eq!(image.name, "image[]");
    assert_eq!(image.filename_extended.as_ref().unwrap().text, "naïve.png");
    assert_eq!(form.named("model").count(), 1);
}

#[test]
fn fields_of_one_name_stand_beside_each_other() {
    let one = "--xx\r\nContent-Disposition: form-data; name=\"image[]\"\r\n\r\nv\r\n";
    let form = parse(&format!("{one}{one}--xx--")).unwrap();
    assert_eq!(form.named("image[]").count(), 2);
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    let head = "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    for (text, error) in [
        (
            format!("{head}v\n--xx\r\n"),
            "a line begins like the boundary",
        ),
        (
            format!("{head}v\r--xx\r\n"),
            "a line begins like the boundary",
        ),
        (
            format!("{head}v\r\n--xxy\r\n"),
            "a line begins like the boundary",
        ),
        (
            format!("{head}--xx--\r\n"),
            "a line begins like the boundary",
        ),
        (
            format!("{head}v\r\n--xx--y"),
            "a line begins like the boundary",
        ),
        (format!("{head}v\r\n--xx--\r\nmore"), "something follows"),
        (format!("hello\r\n{head}v\r\n--xx--"), "does not start"),
        (format!("{head}v\r\n--xx"), "without its closing"),
        (format!("{head}v"), "without its closing"),
        ("--xx\r\nA".to_owned(), "without its closing"),
        (String::new(), "does not start"),
    ] {
        let said = parse(&text).unwrap_err().to_string();
        assert!(said.contains(error), "{text:?}: {said}");
    }
    assert!(
        parse(&format!(
            "\r\n{head}\r\n--xx \t\r\n{}\r\n--xx--  \r\n\r\n",
            &head[6..]
        ))
        .is_ok()
    );
    assert_eq!(parse("--xx--").unwrap().parts().len(), 0);
}

#[test]
fn a_header_that_hides_something_is_refused() {
    for (header, error) in [
        ("Content-Type: text/plain", "no name"),
        ("Content-Disposition: form-data", "no name"),
        (
            "Content-Disposition: attachment; name=\"a\"",
            "not form-data",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
            "something twice",
        ),
        (
            "Content-Disposition: form-data; name=\"a\\\"b\"",
            "choose another",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"; filename=\"x\\\"; name=\\\"model\"",
            "write %22",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"; other=b",
            "no use",
        ),
        (
            "Content-Type: a/b\r\n Content-Disposition: form-data; name=\"a\"",
            "continued",
        ),
        ("Content-Disposition: form-data; name=\"a", "not closed"),
        (
            "Content-Disposition: form-data; name=\"a\"\nContent-Type: a/b",
            "control character",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"",
            "two dispositions",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: a/b\r\nContent-Type: a/b",
            "two content types",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
            "as it is",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Length: 7",
            "not the length",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Length: +1",
            "no number",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"\r\nX-Anything: hello",
            "no use",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"; filename*=latin1''x",
            "filename*",
        ),
        (
            "Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''%ff",
            "filename*",
        ),
        ("Content-Disposition : form-data; name=\"a\"", "no use"),
        ("no colon", "no colon"),
    ] {
        let said = with_header(header).unwrap_err().to_string();
        assert!(said.contains(error), "{header:?}: {said}");
    }
    assert!(
        with_header("Content-Disposition: form-data; name=\"\"; filename=\"C:\\fakepath\\x\";")
            .is_ok()
    );
}

#[test]
fn parts_and_headers_are_limited() {
    let part = "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n";
    assert!(parse(&format!("{}--xx--", part.repeat(MAX_PARTS))).is_ok());
    let error = parse(&format!("{}--xx--", part.repeat(MAX_PARTS + 1))).unwrap_err();
    assert_eq!(error, MultipartError::TooManyParts { limit: MAX_PARTS });
    let long = format!(
        "Content-Disposition: form-data; name=\"{}\"",
        "a".repeat(9_000)
    );
    let error = with_header(&long).unwrap_err();
    assert_eq!(error.code(), marshal_types::Code::BodyTooLarge);
}

#[test]
fn an_edit_changes_its_value_and_no_other_byte() {
    let form = parse(FORM).unwrap();
    let mut edits = Edits::new();
    edits.replace_value(&form, 0, "gpt-4o-transcribe").unwrap();
    edits.replace_value(&form, 2, "hello").unwrap();
    edits.replace_filename(&form, 2, "ein \"ï\".png").unwrap();
    edits.insert_field(&form, "language", "de").unwrap();
    let after = String::from_utf8(edits.apply(&form).to_vec()).unwrap();
    let expected = FORM
        .replace("whisper-1", "gpt-4o-transcribe")
        .replace(
            "Content-Length: 2\r\n\r\nhi",
            "Content-Length: 5\r\n\r\nhello",
        )
        .replace("filename=x.png", "filename=\"ein %22ï%22.png\"")
        .replace("UTF-8'en'na%C3%AFve.png", "UTF-8''ein%20%22%C3%AF%22.png");
    let field = "--xx\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nde\r\n";
    assert_eq!(after, format!("{field}{expected}"));
    assert!(parse(&after).is_ok());
}

#[test]
fn a_value_that_would_end_its_part_is_refused() {
    let form = parse(FORM).unwrap();
    let mut edits = Edits::new();
    let refused = edits.replace_value(&form, 0, "a\r\n--xx--\r\n");
    assert_eq!(refused, Err(MultipartError::BoundaryInValue));
    assert!(edits.is_empty() && edits.replace_value(&form, 9, "no such part").is_ok());
    assert_eq!(edits.apply(&form), form.body());
}

#[test]
fn nothing_that_a_log_prints_shows_a_form() {
    let form = parse(FORM).unwrap();
    let mut edits = Edits::new();
    edits.replace_value(&form, 0, "secret").unwrap();
    let printed = format!(
        "{form:?} {:?} {:?} {edits:?}",
        form.parts(),
        form.parts()[1].filename
    );
    assert!(
        !printed.contains("whisper") && !printed.contains("wav") && !printed.contains("secret")
    );
}

/// A form with one place made wrong, or not quite.
fn nearly_form() -> impl Strategy<Value = Vec<u8>> {
    let edit = (
        any::<prop::sample::Index>(),
        0..3_u8,
        prop::sample::select(b"\r\n-x\"\\;:= a\xff\0".to_vec()),
    );
    prop::collection::vec(edit, 0..4).prop_map(|edits| {
        let mut bytes = FORM.as_bytes().to_vec();
        for (at, what, byte) in edits {
            let at = at.index(bytes.len());
            match what {
                0 => bytes.insert(at, byte),
                1 => bytes[at] = byte,
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_read_without_a_panic(body in prop_oneof![prop::collection::vec(any::<u8>(), 0..300), nearly_form()]) {
        fuzzing::multipart(&body);
    }

    #[test]
    fn values_come_back_as_they_were_written(values in prop::collection::vec(("[a-z\\[\\]]{1,8}", prop::collection::vec(any::<u8>(), 0..60)), 0..6)) {
        let mut body = Vec::new();
        for (name, value) in &values {
            body.extend_from_slice(format!("--a.boundary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes());
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--a.boundary--\r\n");
        let form = Multipart::parse(&Bytes::from(body), "a.boundary").unwrap();
        let read: Vec<_> = form.parts().iter().map(|part| (part.name.clone(), form.value(part).to_vec())).collect();
        prop_assert_eq!(read, values);
    }
}
