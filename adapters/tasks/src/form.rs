//! What a form says, and which of it can be read.

use std::borrow::Cow;

use marshal_wire::multipart::{Multipart, Part};

use crate::unread::of_media;

/// One text of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormText {
    /// The number of the part, from 0.
    pub part: usize,
    /// Which of its texts.
    pub what: FormWhat,
}

/// Which text of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormWhat {
    /// The value: of a field, or of a file that is text.
    Value,
    /// The name of the file, as `filename` says it.
    FileName,
    /// The name of the file, as `filename*` says it.
    ExtendedFileName,
}

impl FormText {
    /// The text, without escapes.
    #[must_use]
    pub fn of<'a>(&self, form: &'a Multipart) -> Option<Cow<'a, str>> {
        let part = form.parts().get(self.part)?;
        match self.what {
            FormWhat::Value => form.text(part).map(Cow::Borrowed),
            FormWhat::FileName => Some(Cow::Borrowed(part.filename.as_ref()?.text.as_str())),
            FormWhat::ExtendedFileName => Some(Cow::Borrowed(
                part.filename_extended.as_ref()?.text.as_str(),
            )),
        }
    }
}

/// What a part of a form holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Text, to be read as it is.
    Text,
    /// One JSON text.
    Json,
    /// A JSON text a line.
    JsonLines,
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// Anything else that no detector can read.
    Binary,
}

impl FileKind {
    /// Whether detectors can read it.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Json | Self::JsonLines)
    }

    /// The word for what cannot be read.
    pub(crate) const fn unread(self) -> Option<&'static str> {
        match self {
            Self::Text | Self::Json | Self::JsonLines => None,
            Self::Image => Some("image"),
            Self::Audio => Some("audio"),
            Self::Binary => Some("file"),
        }
    }
}

/// What a part holds: by its bytes first, because a media type is only what the client says.
#[must_use]
pub fn file_kind(form: &Multipart, part: &Part) -> FileKind {
    let essence = part.essence();
    let name = part
        .filename_extended
        .as_ref()
        .or(part.filename.as_ref())
        .map_or("", |name| name.text.as_str());
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let says = |words: &[&str]| {
        words
            .iter()
            .any(|word| extension.eq_ignore_ascii_case(word))
    };
    let charset = part.type_param("charset");
    let readable = charset.is_none_or(|charset| {
        charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("us-ascii")
    }) && form.text(part).is_some_and(is_plain);
    if readable {
        return if essence.ends_with("jsonl")
            || essence.ends_with("ndjson")
            || says(&["jsonl", "ndjson"])
        {
            FileKind::JsonLines
        } else if essence.ends_with("json") || says(&["json"]) {
            FileKind::Json
        } else {
            FileKind::Text
        };
    }
    match of_media(&essence) {
        "image" => FileKind::Image,
        "audio" => FileKind::Audio,
        _ if essence.starts_with("video/")
            || says(&[
                "mp3", "mp4", "mpeg", "mpga", "m4a", "wav", "webm", "flac", "ogg", "oga", "opus",
                "aac",
            ]) =>
        {
            FileKind::Audio
        }
        _ if says(&["png", "jpg", "jpeg", "webp", "gif", "bmp", "tiff"]) => FileKind::Image,
        _ => FileKind::Binary,
    }
}

/// Whether a UTF-8 text is one that people read: no control characters but those of lines and pages, and no page
/// description whose letters say other things.
fn is_plain(text: &str) -> bool {
    let control =
        |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c) || byte == 0x7f;
    !text.starts_with("%PDF-") && !text.bytes().any(control)
}

/// Every text of a form that is to be inspected: fields, text files, names of files.
#[must_use]
pub fn texts_of_form(form: &Multipart) -> Vec<FormText> {
    let mut out = Vec::with_capacity(form.parts().len());
    for (number, part) in form.parts().iter().enumerate() {
        let mut add = |what| out.push(FormText { part: number, what });
        if part.filename.is_some() {
            add(FormWhat::FileName);
        }
        if part.filename_extended.is_some() {
            add(FormWhat::ExtendedFileName);
        }
        if file_kind(form, part).is_text() {
            add(FormWhat::Value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn form(parts: &[(&str, &[u8])]) -> Multipart {
        let mut body = Vec::new();
        for (header, value) in parts {
            body.extend_from_slice(b"--x\r\nContent-Disposition: form-data; ");
            body.extend_from_slice(header.as_bytes());
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--x--");
        Multipart::parse(&Bytes::from(body), "x").unwrap()
    }

    #[test]
    fn a_file_is_what_its_bytes_say_it_is() {
        for (header, value, kind) in [
            ("name=a", b"hello".as_slice(), FileKind::Text),
            (
                "name=a; filename=a.txt\r\nContent-Type: text/plain; charset=utf-16",
                b"hello",
                FileKind::Binary,
            ),
            ("name=a; filename=a.jsonl", b"{}\n{}", FileKind::JsonLines),
            (
                "name=a; filename=a\r\nContent-Type: application/jsonl",
                b"{}",
                FileKind::JsonLines,
            ),
            ("name=a; filename=a.json", b"{}", FileKind::Json),
            (
                "name=a; filename=a.csv\r\nContent-Type: application/octet-stream",
                b"a,b",
                FileKind::Text,
            ),
            (
                "name=a; filename=a.png\r\nContent-Type: image/png",
                b"\x89PNG\r\n\x1a\n",
                FileKind::Image,
            ),
            (
                "name=a; filename=a.png\r\nContent-Type: image/png",
                b"not a picture",
                FileKind::Text,
            ),
            ("name=a; filename=a.wav", b"RIFF\xff", FileKind::Audio),
            (
                "name=a; filename=a.mp4\r\nContent-Type: video/mp4",
                b"\0\0",
                FileKind::Audio,
            ),
            (
                "name=a; filename=a.txt\r\nContent-Type: text/plain",
                b"\xff\xfeh\0",
                FileKind::Binary,
            ),
            (
                "name=a; filename=a.pdf\r\nContent-Type: application/pdf",
                b"%PDF-1.4 text",
                FileKind::Binary,
            ),
        ] {
            let form = form(&[(header, value)]);
            assert_eq!(file_kind(&form, &form.parts()[0]), kind, "{header}");
        }
    }

    #[test]
    fn every_text_of_a_form_is_named() {
        let form = form(&[
            ("name=prompt", b"Ada"),
            (
                "name=file; filename=\"a \\\"b\\\".wav\"; filename*=UTF-8''%C3%A4.wav",
                b"\xff",
            ),
        ]);
        let texts: Vec<_> = texts_of_form(&form)
            .iter()
            .map(|text| text.of(&form).unwrap().into_owned())
            .collect();
        assert_eq!(texts, ["Ada", "a \"b\".wav", "ä.wav"]);
    }
}
