//! What a file is: by its first bytes, by its structure, and only then by its name and media type.

mod archive;
mod magic;
mod plain;

use crate::Type;
use crate::encoding::decode;

/// How much of a text is looked at.
const HEAD: usize = 16 << 10;

/// Says what a file is. The bytes decide; the name and the media type only break ties between kinds of text, so that a
/// program called `notes.txt` is still a program.
#[must_use]
pub fn sniff(bytes: &[u8], name: Option<&str>, media: Option<&str>) -> Type {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return archive::kind(bytes);
    }
    if let Some(found) = magic::kind(bytes) {
        return found;
    }
    // Readers of PDF look for its mark in the first bytes, wherever it is.
    let head = bytes.get(..1024).unwrap_or(bytes);
    if memchr::memmem::find(head, b"%PDF-").is_some() {
        return Type::Pdf;
    }
    let mut end = bytes.len().min(HEAD);
    // A character is not to be cut in two.
    while end < bytes.len()
        && end.saturating_add(4) > HEAD
        && bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80)
    {
        end = end.saturating_sub(1);
    }
    let head = bytes.get(..end).unwrap_or(bytes);
    let text = decode(head);
    if plain::is_text(&text) {
        return plain::kind(&text, end == bytes.len(), name, media);
    }
    // An archive with something before it, which some readers allow.
    match archive::kind(bytes) {
        Type::Archive => Type::Unknown,
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_before_names() {
        assert_eq!(
            sniff(b"MZ\x90\0\x03\0\0\0", Some("notes.txt"), Some("text/plain")),
            Type::Executable
        );
        assert_eq!(sniff(b"%PDF-1.7\n", Some("a.docx"), None), Type::Pdf);
        assert_eq!(sniff(b"junk\n%PDF-1.7\n", None, None), Type::Pdf);
        assert_eq!(
            sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some("a.pdf"), None),
            Type::Image("png")
        );
        assert_eq!(
            sniff(b"RIFF\0\0\0\0WAVEfmt ", None, None),
            Type::Audio("wav")
        );
        assert_eq!(
            sniff(b"\0\0\0\x18ftypmp42\0\0\0\0", None, None),
            Type::Video("mp4")
        );
        assert_eq!(sniff(b"{\\rtf1 x}", Some("a.doc"), None), Type::Rtf);
        assert_eq!(
            sniff(&[0, 1, 2, 3, 0xff, 0, 7, 0x80, 0x81], Some("a.txt"), None),
            Type::Unknown
        );
        assert_eq!(
            sniff(
                b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                None,
                None
            ),
            Type::Archive
        );
    }

    #[test]
    fn text_has_kinds() {
        assert_eq!(sniff(b"Hello there.", None, None), Type::Text);
        assert_eq!(sniff(b"", None, None), Type::Text);
        assert_eq!(sniff(b"<!DOCTYPE html><p>x", None, None), Type::Html);
        assert_eq!(sniff(b"<?xml version='1.0'?><a/>", None, None), Type::Xml);
        assert_eq!(sniff(b" {\"a\": [1, 2]} ", None, None), Type::Json);
        assert_eq!(sniff(b"{\"a\": 1}\n{\"a\": 2}\n", None, None), Type::Json);
        assert_eq!(sniff(b"a,b,c\n1,2,3\n4,5,6\n", None, None), Type::Csv);
        assert_eq!(sniff(b"a;b\n1;2\n", Some("x.csv"), None), Type::Csv);
        assert_eq!(
            sniff(b"a b\n", None, Some("text/html; charset=utf-8")),
            Type::Html
        );
        assert_eq!(
            sniff(
                b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nhi",
                None,
                None
            ),
            Type::Eml
        );
        assert_eq!(sniff(b"\xff\xfeh\0i\0", None, None), Type::Text);
        assert_eq!(sniff(b"[1] first, second\n", None, None), Type::Text);
    }
}
