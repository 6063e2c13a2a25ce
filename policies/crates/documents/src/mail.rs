//! Mail messages: headers, the text of every part, the names of attachments and what is in them.

mod header;
mod transfer;

use std::borrow::Cow;

use crate::Failure;
use crate::encoding::{decode, decode_as, known};
use crate::html;
use crate::work::Work;
use header::Headers;

/// How deep parts may stand in parts.
const DEEPEST: usize = 16;

/// Reads a message.
pub(crate) fn read(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    message(bytes, "", 0, work)
}

fn message(bytes: &[u8], place: &str, depth: usize, work: &mut Work<'_>) -> Result<(), Failure> {
    work.step(bytes.len())?;
    let (headers, body) = Headers::split(bytes);
    work.part(&format!("{place}headers"), &headers.text())?;
    content(&headers, body, place, depth, work)
}

/// The content under some headers.
fn content(
    headers: &Headers,
    body: &[u8],
    place: &str,
    depth: usize,
    work: &mut Work<'_>,
) -> Result<(), Failure> {
    if depth > DEEPEST {
        work.incomplete();
        return Ok(());
    }
    let kind = headers.content_type();
    if kind.media.starts_with("multipart/")
        && let Some(boundary) = kind
            .parameter("boundary")
            .filter(|boundary| !boundary.is_empty())
    {
        return parts(&boundary, body, place, depth, work);
    }
    let bytes = match headers
        .get("content-transfer-encoding")
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "quoted-printable" => Cow::Owned(transfer::quoted_printable(body, false)),
        "base64" => Cow::Owned(transfer::base64(body)),
        "" | "7bit" | "8bit" | "binary" => Cow::Borrowed(body),
        _ => {
            work.incomplete();
            Cow::Borrowed(body)
        }
    };
    work.step(bytes.len())?;
    let charset = kind.parameter("charset").unwrap_or_default();
    let attached = headers.name().is_some();
    match kind.media.as_str() {
        "message/rfc822" | "message/global" => message(
            &bytes,
            &format!("{place}message: "),
            depth.saturating_add(1),
            work,
        ),
        "text/html" => {
            check(&charset, work);
            let source = if charset.is_empty() {
                decode(&bytes)
            } else {
                decode_as(&bytes, &charset)
            };
            let out = html::text(&source, work)?;
            work.part(&format!("{place}html"), &out)
        }
        media
            if !attached
                && (media.is_empty()
                    || media.starts_with("text/")
                    || media.starts_with("message/")) =>
        {
            check(&charset, work);
            let source = if charset.is_empty() {
                decode(&bytes)
            } else {
                decode_as(&bytes, &charset)
            };
            work.part(&format!("{place}body"), &source)
        }
        media => {
            let name = headers.name().unwrap_or_default();
            let picture = work.embed(&name, Some(media), &bytes)?;
            let disposition = headers.get("content-disposition").unwrap_or_default();
            if picture
                && disposition
                    .trim_start()
                    .to_ascii_lowercase()
                    .starts_with("attachment")
            {
                work.incomplete();
            }
            Ok(())
        }
    }
}

fn check(charset: &str, work: &mut Work<'_>) {
    if !known(charset) {
        work.incomplete();
    }
}

/// The parts between the lines of a boundary. What stands before the first and behind the last is text too.
fn parts(
    boundary: &str,
    body: &[u8],
    place: &str,
    depth: usize,
    work: &mut Work<'_>,
) -> Result<(), Failure> {
    work.step(body.len())?;
    let mark = format!("--{boundary}");
    let mut number = 0_usize;
    let mut start = 0_usize;
    let mut within = false;
    for at in memchr::memmem::find_iter(body, mark.as_bytes()) {
        if at > 0 && body.get(at.saturating_sub(1)) != Some(&b'\n') {
            continue;
        }
        let end = at.saturating_add(mark.len());
        let rest = body.get(end..).unwrap_or_default();
        // A longer boundary that begins like this one is another one.
        if rest
            .first()
            .is_some_and(|byte| !matches!(byte, b'\r' | b'\n' | b'-' | b' ' | b'\t'))
        {
            continue;
        }
        piece(
            body.get(start..at).unwrap_or_default(),
            within,
            place,
            number,
            depth,
            work,
        )?;
        number = number.saturating_add(1);
        if number > work.limits.entries {
            return Err(Failure::TooLarge {
                limit: crate::limits::ENTRIES,
            });
        }
        within = !rest.starts_with(b"--");
        let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |line| line.saturating_add(1));
        start = end.saturating_add(line);
    }
    piece(
        body.get(start..).unwrap_or_default(),
        within,
        place,
        number,
        depth,
        work,
    )
}

fn piece(
    bytes: &[u8],
    within: bool,
    place: &str,
    number: usize,
    depth: usize,
    work: &mut Work<'_>,
) -> Result<(), Failure> {
    if !within {
        return work.part(&format!("{place}between parts"), &decode(bytes));
    }
    let place = format!("{place}part {number} ");
    let (headers, body) = Headers::split(bytes);
    work.part(&format!("{place}headers"), &headers.text())?;
    content(&headers, body, &place, depth.saturating_add(1), work)
}

#[cfg(test)]
mod tests {
    use crate::{Limits, Type, text_of};

    #[test]
    fn a_message_is_text_in_all_its_parts() {
        let message = b"From: =?utf-8?Q?J=C3=B6rg?= <j@x.example>\r\nSubject: =?iso-8859-1?b?R3L832U=?=\r\n =?utf-8?q?_more?=\r\n\
MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\npreamble\r\n--b1\r\n\
Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nCaf=C3=A9 and a long=\r\n line\r\n\
--b1\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+aHRtbDxiPmJvbGQ8L2I+PC9wPg==\r\n\
--b1\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename*=utf-8''d%C3%A4ta.csv\r\n\r\na,b\r\n1,2\r\n\
--b1\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner body\r\n--b1--\r\nepilogue";
        let extract = text_of(message, Type::Eml, &Limits::default()).unwrap();
        for wanted in [
            "J\u{f6}rg",
            "Gr\u{fc}\u{df}e more",
            "preamble",
            "Caf\u{e9} and a long line",
            "htmlbold",
            "d\u{e4}ta.csv",
            "1,2",
            "Subject: inner",
            "inner body",
            "epilogue",
        ] {
            assert!(
                extract.text.contains(wanted),
                "{wanted} in {}",
                extract.text
            );
        }
        assert!(extract.complete);
    }

    #[test]
    fn nested_parts_end() {
        let mut message = String::from("Subject: x\r\n");
        for level in 0..200 {
            message.push_str(&format!(
                "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
            ));
        }
        let extract = text_of(message.as_bytes(), Type::Eml, &Limits::default()).unwrap();
        assert!(!extract.complete);
    }
}
