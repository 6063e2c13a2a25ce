//! What the header of one part says.

use std::ops::Range;

use super::params::{Param, params};
use super::{FileName, MultipartError, Part};

/// Reads the header that stands at `range`.
pub(super) fn part(
    body: &[u8],
    range: Range<usize>,
    value: Range<usize>,
) -> Result<Part, MultipartError> {
    let wrong = |offset, what| MultipartError::Header { offset, what };
    let header = body.get(range.clone()).unwrap_or_default();
    let Ok(header) = std::str::from_utf8(header) else {
        return Err(wrong(range.start, "a part's header is not UTF-8"));
    };
    let mut read = Read::default();
    let mut at = range.start;
    for line in header.split("\r\n") {
        if line.starts_with([' ', '\t']) {
            return Err(wrong(
                at,
                "a header line is continued on the next; write it on one",
            ));
        }
        if line
            .bytes()
            .any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f)
        {
            return Err(wrong(at, "a header line holds a control character"));
        }
        let Some((name, _)) = line.split_once(':') else {
            return Err(wrong(at, "a header line has no colon"));
        };
        let content = line.get(name.len() + 1..).unwrap_or_default();
        read.field(name, content, at + name.len() + 1, at)?;
        at += line.len() + 2;
    }
    if let Some((length, range)) = &read.length
        && *length != value.len()
    {
        return Err(wrong(
            range.start,
            "a part's content-length is not the length of its value",
        ));
    }
    Ok(Part {
        name: read.name.ok_or_else(|| {
            wrong(
                range.start,
                "a part has no name; write content-disposition: form-data; name=\"…\"",
            )
        })?,
        filename: read.filename,
        filename_extended: read.extended,
        content_type: read.content_type,
        header: range,
        value,
        length: read.length.map(|(_, range)| range),
    })
}

#[derive(Default)]
struct Read {
    disposed: bool,
    name: Option<String>,
    filename: Option<FileName>,
    extended: Option<FileName>,
    content_type: Option<String>,
    coded: bool,
    length: Option<(usize, Range<usize>)>,
}

impl Read {
    fn field(
        &mut self,
        name: &str,
        content: &str,
        at: usize,
        line: usize,
    ) -> Result<(), MultipartError> {
        let wrong = |what| Err(MultipartError::Header { offset: line, what });
        let text = content.trim_matches([' ', '\t']);
        match name.to_ascii_lowercase().as_str() {
            "content-disposition" => {
                if std::mem::replace(&mut self.disposed, true) {
                    return wrong("a part has two dispositions");
                }
                self.disposition(content, at)
            }
            "content-type" => match self.content_type.replace(text.to_owned()) {
                Some(_) => wrong("a part has two content types"),
                None => Ok(()),
            },
            // Any coding but these hides a value from whoever does not undo it.
            "content-transfer-encoding" => {
                let plain = ["binary", "8bit", "7bit"]
                    .iter()
                    .any(|word| text.eq_ignore_ascii_case(word));
                if !plain || std::mem::replace(&mut self.coded, true) {
                    return wrong(
                        "a part has a content-transfer-encoding; send it as it is, binary",
                    );
                }
                Ok(())
            }
            "content-length" => {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let start = at + content.find(text).unwrap_or(0);
                match text.parse() {
                    Ok(length) if digits && self.length.is_none() => {
                        self.length = Some((length, start..start + text.len()));
                        Ok(())
                    }
                    _ => wrong("a part's content-length is no number"),
                }
            }
            _ => wrong("a part has a header field that a form has no use for"),
        }
    }

    fn disposition(&mut self, content: &str, at: usize) -> Result<(), MultipartError> {
        let wrong = |offset, what| Err(MultipartError::Header { offset, what });
        let end = content.find(';').unwrap_or(content.len());
        let (kind, rest) = content.split_at(end);
        if !kind
            .trim_matches([' ', '\t'])
            .eq_ignore_ascii_case("form-data")
        {
            return wrong(at, "a part's disposition is not form-data");
        }
        for param in params(rest, at + end) {
            let param = param?;
            let offset = param.range.start;
            let again = match param.name.to_ascii_lowercase().as_str() {
                "name" if param.escaped => {
                    return wrong(
                        offset,
                        "a name holds a quotation mark or a backslash; choose another",
                    );
                }
                "name" => self.name.replace(param.text.into_owned()).is_some(),
                "filename" => {
                    // A reader that knows no escapes would end the value there and read on.
                    if param.escaped && ends_early(rest, &param, at + end) {
                        return wrong(
                            offset,
                            "a file's name ends early for some readers; write %22 for its quotation marks",
                        );
                    }
                    let name = FileName {
                        text: param.text.into_owned(),
                        range: param.range,
                    };
                    self.filename.replace(name).is_some()
                }
                "filename*" => {
                    let Some(text) = extended(&param.text) else {
                        return wrong(offset, "filename* is not UTF-8''… in percent-encoding");
                    };
                    let name = FileName {
                        text,
                        range: param.range,
                    };
                    self.extended.replace(name).is_some()
                }
                _ => {
                    return wrong(
                        offset,
                        "a part's disposition has a parameter that a form has no use for",
                    );
                }
            };
            if again {
                return wrong(offset, "a part's disposition names something twice");
            }
        }
        Ok(())
    }
}

/// Whether an escaped quotation mark within the value is followed by a semicolon.
fn ends_early(rest: &str, param: &Param<'_>, offset: usize) -> bool {
    let raw = rest
        .get(param.range.start - offset + 1..param.range.end - offset - 1)
        .unwrap_or_default();
    raw.match_indices('"').any(|(at, _)| {
        raw.get(at + 1..)
            .is_some_and(|behind| behind.trim_start_matches([' ', '\t']).starts_with(';'))
    })
}

/// RFC 8187: `UTF-8'language'percent-encoded`.
fn extended(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_, value) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || {
            char::from(bytes.next()?)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let (high, low) = (digit()?, digit()?);
        out.push(high * 16 + low);
    }
    String::from_utf8(out).ok()
}
