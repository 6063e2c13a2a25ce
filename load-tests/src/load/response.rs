//! Reads HTTP/1.1 answers with no more work than the counting needs: the generator shares a core
//! with the mock, and what it wastes is missing from what it measures.

/// The longest response head, in bytes.
const LONGEST_HEAD: usize = 64 << 10;
/// How much of a body's end is kept.
const TAIL: usize = 64;

/// Not an HTTP/1.1 answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Takes an answer in pieces of any size.
#[derive(Debug)]
pub struct ResponseReader {
    state: State,
    head: Vec<u8>,
    status: u16,
    close: bool,
    body_bytes: u64,
    tail: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    Fixed(u64),
    ChunkSize { size: u64, in_extension: bool },
    ChunkData(u64),
    ChunkEnd,
    Trailer { line: usize },
    UntilClose,
    Done,
}

impl ResponseReader {
    /// With `keep_tail` the end of the body is kept for [`ResponseReader::ends_with`].
    #[must_use]
    pub fn new(keep_tail: bool) -> Self {
        Self {
            state: State::Head,
            head: Vec::with_capacity(1024),
            status: 0,
            close: false,
            body_bytes: 0,
            tail: keep_tail.then(Vec::new),
        }
    }

    /// Makes ready for the next answer on the same connection.
    pub fn reset(&mut self) {
        self.state = State::Head;
        self.head.clear();
        self.status = 0;
        self.close = false;
        self.body_bytes = 0;
        if let Some(tail) = &mut self.tail {
            tail.clear();
        }
    }

    /// The status, once the head was read; 0 before.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the other side will close the connection.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.close
    }

    /// Bytes of body so far, without the framing.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// Whether `mark` stands near the end of the body.
    #[must_use]
    pub fn ends_with(&self, mark: &[u8]) -> bool {
        let tail = self.tail.as_deref().unwrap_or_default();
        memchr::memmem::find(tail, mark).is_some()
    }

    /// Takes the next bytes; true: the answer is whole.
    ///
    /// # Errors
    /// [`Malformed`] if this is no answer, or more than one.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<bool, Malformed> {
        while !bytes.is_empty() {
            let used = self.step(bytes)?;
            bytes = bytes.get(used..).unwrap_or_default();
        }
        Ok(self.state == State::Done)
    }

    /// The connection ended; true: and so did the answer.
    #[must_use]
    pub fn end(&mut self) -> bool {
        self.state == State::UntilClose
    }

    fn step(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        match self.state {
            State::Head => self.head(bytes),
            State::Fixed(left) => {
                let used = self.body(bytes, left);
                let left = left - length(used);
                self.state = if left == 0 {
                    State::Done
                } else {
                    State::Fixed(left)
                };
                Ok(used)
            }
            State::ChunkData(left) => {
                let used = self.body(bytes, left);
                let left = left - length(used);
                self.state = if left == 0 {
                    State::ChunkEnd
                } else {
                    State::ChunkData(left)
                };
                Ok(used)
            }
            State::UntilClose => Ok(self.body(bytes, u64::MAX)),
            State::Done => Err(Malformed),
            State::ChunkSize { .. } | State::ChunkEnd | State::Trailer { .. } => {
                self.framing(bytes.first().copied().unwrap_or(b'\n'))?;
                Ok(1)
            }
        }
    }

    /// One byte of what stands between chunks.
    fn framing(&mut self, byte: u8) -> Result<(), Malformed> {
        self.state = match (self.state, byte) {
            (State::ChunkSize { size: 0, .. }, b'\n') => State::Trailer { line: 0 },
            (State::ChunkSize { size, .. }, b'\n') => State::ChunkData(size),
            (
                state @ State::ChunkSize {
                    in_extension: true, ..
                },
                _,
            ) => state,
            (
                state @ (State::ChunkSize { .. } | State::ChunkEnd | State::Trailer { .. }),
                b'\r',
            ) => state,
            (State::ChunkSize { size, .. }, b';' | b' ') => State::ChunkSize {
                size,
                in_extension: true,
            },
            (State::ChunkSize { size, .. }, digit) => {
                let digit = char::from(digit).to_digit(16).ok_or(Malformed)?;
                let size = size.checked_mul(16).ok_or(Malformed)? + u64::from(digit);
                State::ChunkSize {
                    size,
                    in_extension: false,
                }
            }
            (State::ChunkEnd, b'\n') => CHUNK,
            (State::Trailer { line: 0 }, b'\n') => State::Done,
            (State::Trailer { .. }, b'\n') => State::Trailer { line: 0 },
            (State::Trailer { line }, _) => State::Trailer { line: line + 1 },
            _ => return Err(Malformed),
        };
        Ok(())
    }

    fn body(&mut self, bytes: &[u8], left: u64) -> usize {
        let used = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        self.body_bytes += length(used);
        if let Some(tail) = &mut self.tail {
            let piece = &bytes[..used];
            tail.extend_from_slice(&piece[piece.len().saturating_sub(TAIL)..]);
            let surplus = tail.len().saturating_sub(TAIL);
            tail.drain(..surplus);
        }
        used
    }

    fn head(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let before = self.head.len();
        self.head.extend_from_slice(bytes);
        // The blank line may lie across two pieces.
        let from = before.saturating_sub(3);
        let Some(at) = memchr::memmem::find(&self.head[from..], b"\r\n\r\n") else {
            return if self.head.len() > LONGEST_HEAD {
                Err(Malformed)
            } else {
                Ok(bytes.len())
            };
        };
        let end = from + at + 4;
        self.head.truncate(end);
        self.read_head()?;
        Ok(end - before)
    }

    fn read_head(&mut self) -> Result<(), Malformed> {
        if !self.head.starts_with(b"HTTP/1.") || self.head.len() < 12 {
            return Err(Malformed);
        }
        let digits = std::str::from_utf8(&self.head[9..12]).map_err(|_| Malformed)?;
        self.status = digits.parse().map_err(|_| Malformed)?;
        if (100..200).contains(&self.status) {
            self.head.clear();
            return Ok(());
        }
        let mut fixed = None;
        let mut chunked = false;
        for line in self.head.split(|byte| *byte == b'\n').skip(1) {
            if let Some(value) = value_of(line, b"content-length") {
                fixed = Some(value.parse().map_err(|_| Malformed)?);
            } else if let Some(value) = value_of(line, b"transfer-encoding") {
                chunked = value.eq_ignore_ascii_case("chunked");
            } else if let Some(value) = value_of(line, b"connection") {
                self.close = value.eq_ignore_ascii_case("close");
            }
        }
        self.state = match fixed {
            _ if matches!(self.status, 204 | 304) => State::Done,
            _ if chunked => CHUNK,
            Some(0) => State::Done,
            Some(length) => State::Fixed(length),
            None => {
                self.close = true;
                State::UntilClose
            }
        };
        Ok(())
    }
}

const CHUNK: State = State::ChunkSize {
    size: 0,
    in_extension: false,
};

fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a str> {
    let (found, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    if !found.eq_ignore_ascii_case(name) {
        return None;
    }
    std::str::from_utf8(value).ok().map(str::trim)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n world end\r\n0\r\nx-trailer: 1\r\n\r\n";
    const FIXED: &[u8] =
        b"HTTP/1.1 429 Too Many\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy";

    #[test]
    fn an_answer_reads_the_same_however_it_is_cut() {
        for answer in [CHUNKED, FIXED] {
            for cut in 1..answer.len() {
                let mut reader = ResponseReader::new(true);
                let mut whole = false;
                for piece in answer.chunks(cut) {
                    assert!(!whole, "whole before its end");
                    whole = reader.feed(piece).unwrap();
                }
                assert!(whole);
                assert_eq!(reader.body_bytes(), if answer == FIXED { 4 } else { 15 });
            }
        }
    }

    #[test]
    fn status_closing_and_the_end_of_the_body_are_told() {
        let mut reader = ResponseReader::new(true);
        assert_eq!(reader.feed(CHUNKED), Ok(true));
        assert_eq!((reader.status(), reader.closes()), (200, false));
        assert!(reader.ends_with(b"end") && !reader.ends_with(b"busy"));
        reader.reset();
        assert_eq!(reader.feed(FIXED), Ok(true));
        assert_eq!((reader.status(), reader.closes()), (429, true));
        assert!(reader.ends_with(b"busy") && !reader.ends_with(b"end"));
    }

    #[test]
    fn a_continue_is_not_the_answer() {
        let mut reader = ResponseReader::new(false);
        let both = [b"HTTP/1.1 100 Continue\r\n\r\n", FIXED].concat();
        assert_eq!(reader.feed(&both), Ok(true));
        assert_eq!(reader.status(), 429);
    }

    #[test]
    fn a_body_without_a_length_ends_with_the_connection() {
        let mut reader = ResponseReader::new(false);
        assert_eq!(reader.feed(b"HTTP/1.0 200 OK\r\n\r\nabc"), Ok(false));
        assert!(reader.end());
        reader.reset();
        assert_eq!(
            reader.feed(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"),
            Ok(false)
        );
        assert!(!reader.end());
    }

    #[test]
    fn nonsense_and_surplus_are_refused() {
        for bytes in [
            &b"SMTP/1.1 200 OK\r\n\r\n"[..],
            b"HTTP/1.1 2x0 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        ] {
            assert_eq!(ResponseReader::new(false).feed(bytes), Err(Malformed));
        }
    }
}
