//! What a well-formed, unambiguous HTTP/1 request head is.

use marshal_types::{Code, Refusal};

/// How much a head may hold.
#[derive(Clone, Copy, Debug)]
pub struct HeadLimits {
    /// Bytes, request line and blank line included.
    pub max_bytes: usize,
    /// Header fields.
    pub max_fields: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self {
            max_bytes: 64 * 1024,
            max_fields: 100,
        }
    }
}

/// How long the message's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No body, or one of this many bytes.
    Length(u64),
    /// `transfer-encoding: chunked`.
    Chunked,
    /// The client wants another protocol: what follows is not for us to read.
    Upgrade,
}

/// What is wrong with a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// The request line is not `METHOD TARGET HTTP/1.1`.
    RequestLine,
    /// A line ends without a carriage return, or a control character stands in the head.
    ControlCharacter,
    /// A header line without a valid name and colon, or folded over two lines.
    HeaderLine,
    /// Both `content-length` and `transfer-encoding`.
    BothLengths,
    /// More than one `content-length`, or one that is not a plain number.
    ContentLength,
    /// A `transfer-encoding` other than one `chunked`, or in HTTP/1.0.
    TransferEncoding,
    /// No `host`, or more than one.
    Host,
    /// A body together with `upgrade`.
    UpgradeWithBody,
    /// More bytes or fields than the limit.
    TooLarge,
    /// The head did not arrive in time.
    Slow,
}

impl Offence {
    const ALL: [Self; 10] = [
        Self::RequestLine,
        Self::ControlCharacter,
        Self::HeaderLine,
        Self::BothLengths,
        Self::ContentLength,
        Self::TransferEncoding,
        Self::Host,
        Self::UpgradeWithBody,
        Self::TooLarge,
        Self::Slow,
    ];

    /// A short name that travels in the stand-in head.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestLine => "request-line",
            Self::ControlCharacter => "control-character",
            Self::HeaderLine => "header-line",
            Self::BothLengths => "both-lengths",
            Self::ContentLength => "content-length",
            Self::TransferEncoding => "transfer-encoding",
            Self::Host => "host",
            Self::UpgradeWithBody => "upgrade-with-body",
            Self::TooLarge => "too-large",
            Self::Slow => "slow",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|offence| offence.as_str() == name)
    }

    /// The refusal that the client gets.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        let (code, message) = match self {
            Self::RequestLine => (
                Code::MalformedHttp,
                "The request line is not METHOD TARGET HTTP/1.1.",
            ),
            Self::ControlCharacter => (
                Code::MalformedHttp,
                "The request's head holds a control character or a line without a carriage return.",
            ),
            Self::HeaderLine => (
                Code::MalformedHttp,
                "A header line is not `name: value` on one line, with no space before the colon.",
            ),
            Self::BothLengths => (
                Code::MalformedHttp,
                "The request has both content-length and transfer-encoding; send one of them.",
            ),
            Self::ContentLength => (
                Code::MalformedHttp,
                "content-length must stand once and be a plain number.",
            ),
            Self::TransferEncoding => (
                Code::MalformedHttp,
                "transfer-encoding must be `chunked`, once, and in HTTP/1.1 only.",
            ),
            Self::Host => (
                Code::MalformedHttp,
                "The host header must stand exactly once.",
            ),
            Self::UpgradeWithBody => (
                Code::MalformedHttp,
                "A request with `upgrade` must not have a body.",
            ),
            Self::TooLarge => (
                Code::HeadersTooLarge,
                "The request's head is larger than this gateway accepts.",
            ),
            Self::Slow => (
                Code::RequestTimeout,
                "The request's head did not arrive in time; send it faster.",
            ),
        };
        Refusal::new(code, message)
    }
}

/// What the gate needs to know of a head that is well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How long its body is.
    pub framing: Framing,
    /// The client says that no request follows on this connection.
    pub last: bool,
}

/// Reads one head, blank line included.
///
/// # Errors
/// The first [`Offence`] found.
pub fn check_head(head: &[u8], limits: &HeadLimits) -> Result<Head, Offence> {
    if head.len() > limits.max_bytes {
        return Err(Offence::TooLarge);
    }
    let mut lines = Lines { rest: head };
    let version = request_line(lines.next().ok_or(Offence::RequestLine)??)?;
    let mut seen = Seen::default();
    let mut fields = 0;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        fields += 1;
        if fields > limits.max_fields {
            return Err(Offence::TooLarge);
        }
        seen.field(line)?;
    }
    Ok(Head {
        framing: seen.framing(version)?,
        last: seen.close || version == Version::Http10,
    })
}

/// Splits at CRLF; anything but HTAB below space, DEL, or a lone CR or LF is an offence.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<&'a [u8], Offence>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(end) = memchr::memchr(b'\n', self.rest) else {
            return Some(Err(Offence::ControlCharacter));
        };
        let (line, rest) = (&self.rest[..end], &self.rest[end + 1..]);
        self.rest = rest;
        let Some(line) = line.strip_suffix(b"\r") else {
            return Some(Err(Offence::ControlCharacter));
        };
        if line
            .iter()
            .any(|&byte| (byte < b' ' && byte != b'\t') || byte == 0x7f)
        {
            return Some(Err(Offence::ControlCharacter));
        }
        Some(Ok(line))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

fn request_line(line: &[u8]) -> Result<Version, Offence> {
    let mut parts = line.split(|&byte| byte == b' ');
    let (method, target, version) = (parts.next(), parts.next(), parts.next());
    if parts.next().is_some()
        || !method
            .is_some_and(|method| !method.is_empty() && method.iter().all(|&byte| is_token(byte)))
        || !target
            .is_some_and(|target| !target.is_empty() && target.iter().all(u8::is_ascii_graphic))
    {
        return Err(Offence::RequestLine);
    }
    match version {
        Some(b"HTTP/1.1") => Ok(Version::Http11),
        Some(b"HTTP/1.0") => Ok(Version::Http10),
        _ => Err(Offence::RequestLine),
    }
}

const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[derive(Default)]
struct Seen {
    length: Option<u64>,
    chunked: bool,
    host: bool,
    close: bool,
    upgrade: bool,
}

impl Seen {
    fn field(&mut self, line: &[u8]) -> Result<(), Offence> {
        let colon = memchr::memchr(b':', line).ok_or(Offence::HeaderLine)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
            return Err(Offence::HeaderLine);
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            if self.length.is_some() || value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
                return Err(Offence::ContentLength);
            }
            let text = std::str::from_utf8(value).map_err(|_| Offence::ContentLength)?;
            self.length = Some(text.parse().map_err(|_| Offence::ContentLength)?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Offence::TransferEncoding);
            }
            self.chunked = true;
        } else if name.eq_ignore_ascii_case(b"host") {
            if self.host {
                return Err(Offence::Host);
            }
            self.host = true;
        } else if name.eq_ignore_ascii_case(b"connection") {
            let mut words = value.split(|&byte| byte == b',');
            self.close |= words.any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"));
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            // An offer of h2c comes with ordinary calls (Java's client makes it on each first one) and is never taken.
            self.upgrade |= !value.eq_ignore_ascii_case(b"h2c");
        }
        Ok(())
    }

    fn framing(&self, version: Version) -> Result<Framing, Offence> {
        if self.chunked && self.length.is_some() {
            return Err(Offence::BothLengths);
        }
        if self.chunked && version == Version::Http10 {
            return Err(Offence::TransferEncoding);
        }
        if !self.host && version == Version::Http11 {
            return Err(Offence::Host);
        }
        match (self.upgrade, self.chunked, self.length.unwrap_or(0)) {
            (true, false, 0) => Ok(Framing::Upgrade),
            (true, ..) => Err(Offence::UpgradeWithBody),
            (false, true, _) => Ok(Framing::Chunked),
            (false, false, length) => Ok(Framing::Length(length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str) -> Result<Framing, Offence> {
        check_head(head.as_bytes(), &HeadLimits::default()).map(|head| head.framing)
    }

    #[test]
    fn an_ordinary_head_passes() {
        let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nX: \t y \r\n\r\n";
        assert_eq!(check(head), Ok(Framing::Length(12)));
        assert_eq!(
            check("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"),
            Ok(Framing::Chunked)
        );
        assert_eq!(
            check("GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n\r\n"),
            Ok(Framing::Upgrade)
        );
        assert_eq!(check("GET / HTTP/1.0\r\n\r\n"), Ok(Framing::Length(0)));
    }

    #[test]
    fn an_offer_of_h2c_is_passed_over_and_its_body_is_a_body() {
        let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\ncontent-length: 4\r\n\r\n";
        assert_eq!(check(head), Ok(Framing::Length(4)));
    }

    #[test]
    fn a_client_says_that_a_request_is_its_last() {
        let last = |fields: &str| {
            let head = format!("GET / {fields}\r\n\r\n");
            check_head(head.as_bytes(), &HeadLimits::default())
                .unwrap()
                .last
        };
        assert!(last("HTTP/1.1\r\nhost: a\r\nconnection: te, Close"));
        assert!(last("HTTP/1.0"));
        assert!(!last("HTTP/1.1\r\nhost: a\r\nconnection: keep-alive"));
    }

    #[test]
    fn each_way_to_smuggle_is_an_offence() {
        let with = |fields: &str| check(&format!("POST / HTTP/1.1\r\nhost: a\r\n{fields}\r\n"));
        assert_eq!(
            with("content-length: 1\r\ntransfer-encoding: chunked\r\n"),
            Err(Offence::BothLengths)
        );
        assert_eq!(
            with("transfer-encoding: chunked\r\ncontent-length: 1\r\n"),
            Err(Offence::BothLengths)
        );
        for length in ["+1", "-1", "0x1", "1_0", "", "1, 1", "99999999999999999999"] {
            assert_eq!(
                with(&format!("content-length: {length}\r\n")),
                Err(Offence::ContentLength),
                "{length}"
            );
        }
        assert_eq!(
            with("content-length: 1\r\ncontent-length: 1\r\n"),
            Err(Offence::ContentLength)
        );
        for coding in [
            "gzip",
            ",chunked",
            "chunked, chunked",
            "xchunked",
            "identity",
            "chunked;q=1",
            "",
        ] {
            assert_eq!(
                with(&format!("transfer-encoding: {coding}\r\n")),
                Err(Offence::TransferEncoding),
                "{coding}"
            );
        }
        assert_eq!(with("content-length : 1\r\n"), Err(Offence::HeaderLine));
        assert_eq!(with(" folded: 1\r\n"), Err(Offence::HeaderLine));
        assert_eq!(with("x: 1\n"), Err(Offence::ControlCharacter));
        assert_eq!(with("x: a\0b\r\n"), Err(Offence::ControlCharacter));
        assert_eq!(with("x: a\rb\r\n"), Err(Offence::ControlCharacter));
        assert_eq!(with("host: b\r\n"), Err(Offence::Host));
        assert_eq!(
            with("upgrade: websocket\r\ncontent-length: 4\r\n"),
            Err(Offence::UpgradeWithBody)
        );
        assert_eq!(check("POST / HTTP/1.1\r\nx: y\r\n\r\n"), Err(Offence::Host));
        assert_eq!(
            check("POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"),
            Err(Offence::TransferEncoding)
        );
        for line in [
            "GET  / HTTP/1.1",
            "GET / HTTP/0.9",
            "GET /",
            " GET / HTTP/1.1",
            "GET / HTTP/1.1 ",
            "G(T / HTTP/1.1",
        ] {
            assert_eq!(
                check(&format!("{line}\r\nhost: a\r\n\r\n")),
                Err(Offence::RequestLine),
                "{line}"
            );
        }
    }

    #[test]
    fn too_many_fields_are_an_offence() {
        let fields: String = (0..101).map(|n| format!("x{n}: y\r\n")).collect();
        assert_eq!(
            check(&format!("GET / HTTP/1.1\r\n{fields}\r\n")),
            Err(Offence::TooLarge)
        );
    }

    #[test]
    fn every_offence_reads_back_from_its_name() {
        for offence in Offence::ALL {
            assert_eq!(Offence::from_name(offence.as_str()), Some(offence));
        }
    }
}
