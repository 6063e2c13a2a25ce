//! The gate as a stream: what hyper reads from, in place of the socket.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::Drain;
use crate::drain::InFlight;

use super::head::{Framing, HeadLimits, Offence, check_head};

/// Marks a stand-in head with the offence that it stands for.
pub const OFFENCE_HEADER: &str = "x-marshal-gate";

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const READ_CHUNK: usize = 8 * 1024;

/// How long a client that has its last answer may go on sending.
const LINGER: Duration = Duration::from_secs(5);

/// How long the gate waits for what.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// From the first byte of a head to its last.
    pub head: Duration,
    /// Between two requests, or before the first.
    pub idle: Duration,
    /// Between two reads of a body.
    pub body_stall: Duration,
    /// Until a client takes the next bytes of its answer.
    pub write_stall: Duration,
}

/// What the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.0 or HTTP/1.1.
    Http1,
    /// HTTP/2, by ALPN or with prior knowledge.
    Http2,
}

/// A connection whose request heads are looked at before they are let through.
#[derive(Debug)]
pub struct Gate<S> {
    io: S,
    buffer: BytesMut,
    /// How many bytes at the front of `buffer` may be read.
    cleared: usize,
    state: State,
    limits: HeadLimits,
    times: Times,
    busy: Arc<AtomicUsize>,
    /// The client said that the request it sent is its last.
    last: bool,
    drain: Drain,
    /// Held while bytes of an answer wait for the client: the process does not end under them.
    unsent: Option<InFlight>,
    shut: bool,
    read_timer: Timer,
    write_timer: Timer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Body {
        left: u64,
    },
    Chunked(Chunk),
    /// Another protocol, after an upgrade.
    Unread,
    /// Frames, which leave nothing to check.
    Http2,
    /// A stand-in was let through; its answer is the connection's last.
    Refused,
    /// The body is broken: it ends here.
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size { digits: u8, size: u64 },
    Extension { size: u64, bytes: u16 },
    SizeEnd { size: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    Trailer { bytes: u16, line: u16 },
    TrailerLf { bytes: u16, line: u16 },
}

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    /// Waits for the first bytes, tells which protocol they begin, and keeps them to be read again.
    ///
    /// # Errors
    /// The socket's error, or `TimedOut` if nothing comes.
    pub async fn open(
        mut io: S,
        known: Option<Protocol>,
        limits: HeadLimits,
        times: Times,
        drain: &Drain,
    ) -> io::Result<(Self, Protocol)> {
        let mut buffer = BytesMut::with_capacity(READ_CHUNK);
        let protocol = match known {
            Some(protocol) => protocol,
            None => tokio::time::timeout(times.idle, sniff(&mut io, &mut buffer)).await??,
        };
        let state = if protocol == Protocol::Http1 {
            State::Head
        } else {
            State::Http2
        };
        let gate = Self {
            io,
            buffer,
            cleared: 0,
            state,
            limits,
            times,
            busy: Arc::default(),
            last: false,
            drain: drain.clone(),
            unsent: None,
            shut: false,
            read_timer: Timer::default(),
            write_timer: Timer::default(),
        };
        Ok((gate, protocol))
    }

    /// While the count is not zero an answer is being made, and silence of the client is no idleness.
    pub fn busy(&self) -> Arc<AtomicUsize> {
        self.busy.clone()
    }

    /// Whether the whole request is in and its answer is being made.
    fn answering(&self) -> bool {
        self.state == State::Head && self.busy.load(Ordering::Relaxed) > 0
    }

    /// Clears as much of the buffer as may be read now.
    fn inspect(&mut self) {
        while self.cleared < self.buffer.len() {
            let rest = &self.buffer[self.cleared..];
            match self.state {
                State::Unread | State::Http2 => self.cleared = self.buffer.len(),
                State::Refused | State::Closed => {
                    self.buffer.truncate(self.cleared);
                }
                State::Body { left } => {
                    let take = left.min(rest.len() as u64);
                    self.cleared += usize::try_from(take).unwrap_or(rest.len());
                    self.state = if take == left {
                        State::Head
                    } else {
                        State::Body { left: left - take }
                    };
                }
                State::Chunked(chunk) => {
                    let (used, next) = chunked(rest, chunk);
                    self.cleared += used;
                    self.state = next;
                }
                // One head at a time: the next is looked at when hyper comes for it.
                State::Head if self.cleared > 0 => return,
                State::Head => match memchr::memmem::find(rest, b"\r\n\r\n") {
                    Some(end) => self.head(end + 4),
                    None if rest.len() >= self.limits.max_bytes => self.offend(Offence::TooLarge),
                    // A parser that takes a bare line feed would see a head where we see none yet.
                    None if memchr::memmem::find(rest, b"\n\n").is_some() => {
                        self.offend(Offence::ControlCharacter)
                    }
                    None => return,
                },
            }
        }
    }

    fn head(&mut self, length: usize) {
        match check_head(&self.buffer[..length], &self.limits) {
            Ok(head) => {
                self.cleared = length;
                self.last = head.last;
                self.state = match head.framing {
                    Framing::Length(0) => State::Head,
                    Framing::Length(left) => State::Body { left },
                    Framing::Chunked => State::Chunked(Chunk::Size { digits: 0, size: 0 }),
                    Framing::Upgrade => State::Unread,
                };
            }
            Err(offence) => self.offend(offence),
        }
    }

    /// Puts a stand-in in the head's place; nothing after it is read.
    fn offend(&mut self, offence: Offence) {
        let path = self.buffer[..]
            .split(|&byte| byte == b' ')
            .nth(1)
            .filter(|target| is_plain_path(target))
            .unwrap_or(b"/");
        let mut head = Vec::with_capacity(160);
        head.extend_from_slice(b"POST ");
        head.extend_from_slice(path);
        head.extend_from_slice(
            b" HTTP/1.1\r\nhost: invalid\r\nconnection: close\r\ncontent-length: 0\r\n",
        );
        head.extend_from_slice(
            format!("{OFFENCE_HEADER}: {}\r\n\r\n", offence.as_str()).as_bytes(),
        );
        self.cleared = head.len();
        self.buffer = BytesMut::from(&head[..]);
        self.state = State::Refused;
    }

    /// What to do when the time for the present wait is over: true if something changed.
    fn time_over(&mut self) -> bool {
        match self.state {
            State::Head if !self.buffer.is_empty() => self.offend(Offence::Slow),
            State::Head if self.answering() => return false,
            State::Unread | State::Http2 => return false,
            _ => self.state = State::Closed,
        }
        true
    }

    fn wait(&self) -> Duration {
        match self.state {
            State::Head if self.buffer.is_empty() => self.times.idle,
            State::Head => self.times.head,
            _ => self.times.body_stall,
        }
    }
}

/// The path of an offending head, if it is one that can be shown: it decides the dialect of the answer.
fn is_plain_path(target: &[u8]) -> bool {
    target.first() == Some(&b'/')
        && target.len() <= 256
        && target
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~:".contains(byte))
}

async fn sniff<S: AsyncRead + Unpin>(io: &mut S, buffer: &mut BytesMut) -> io::Result<Protocol> {
    loop {
        let seen = buffer.len().min(PREFACE.len());
        if buffer[..seen] != PREFACE[..seen] {
            return Ok(Protocol::Http1);
        }
        if seen == PREFACE.len() {
            return Ok(Protocol::Http2);
        }
        if io.read_buf(buffer).await? == 0 {
            return Ok(Protocol::Http1);
        }
    }
}

/// Walks over chunked framing: how many bytes are good, and the state after them.
fn chunked(bytes: &[u8], mut at: Chunk) -> (usize, State) {
    let mut used = 0;
    while used < bytes.len() {
        if let Chunk::Data { left } = at {
            let take = left.min((bytes.len() - used) as u64);
            used += usize::try_from(take).unwrap_or(0);
            at = if take == left {
                Chunk::DataCr
            } else {
                Chunk::Data { left: left - take }
            };
            continue;
        }
        let byte = bytes[used];
        used += 1;
        at = match (at, byte) {
            (Chunk::Size { digits, size }, _) if byte.is_ascii_hexdigit() && digits < 15 => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                Chunk::Size {
                    digits: digits + 1,
                    size: size * 16 + u64::from(digit),
                }
            }
            (Chunk::Size { digits: 1.., size }, b';') => Chunk::Extension { size, bytes: 0 },
            (Chunk::Size { digits: 1.., size } | Chunk::Extension { size, .. }, b'\r') => {
                Chunk::SizeEnd { size }
            }
            (
                Chunk::Extension {
                    size,
                    bytes: 0..=255,
                },
                b' '..=b'~' | b'\t',
            ) => Chunk::Extension { size, bytes: 1 },
            (Chunk::SizeEnd { size: 0 }, b'\n') => Chunk::Trailer { bytes: 0, line: 0 },
            (Chunk::SizeEnd { size }, b'\n') => Chunk::Data { left: size },
            (Chunk::DataCr, b'\r') => Chunk::DataLf,
            (Chunk::DataLf, b'\n') => Chunk::Size { digits: 0, size: 0 },
            (Chunk::Trailer { bytes, line }, b'\r') => Chunk::TrailerLf { bytes, line },
            (
                Chunk::Trailer {
                    bytes: bytes @ 0..=4095,
                    line,
                },
                b' '..=b'~' | b'\t',
            ) => Chunk::Trailer {
                bytes: bytes + 1,
                line: line.saturating_add(1),
            },
            (Chunk::TrailerLf { line: 0, .. }, b'\n') => return (used, State::Head),
            (Chunk::TrailerLf { bytes, .. }, b'\n') => Chunk::Trailer { bytes, line: 0 },
            // Not chunked framing: hyper sees the body break off here, and the call is refused for that.
            _ => return (used - 1, State::Closed),
        };
    }
    (used, State::Chunked(at))
}

/// Takes the mark of a stand-in out of a request's headers.
#[must_use]
pub fn take_offence(headers: &mut http::HeaderMap) -> Option<Offence> {
    let mark = headers.remove(OFFENCE_HEADER)?;
    mark.to_str().ok().and_then(Offence::from_name)
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gate<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let gate = self.get_mut();
        loop {
            if gate.cleared == 0 {
                gate.inspect();
            }
            if gate.cleared > 0 {
                let take = gate.cleared.min(out.remaining());
                out.put_slice(&gate.buffer[..take]);
                gate.buffer.advance(take);
                gate.cleared -= take;
                gate.read_timer.disarm();
                return Poll::Ready(Ok(()));
            }
            match gate.state {
                State::Closed => return Poll::Ready(Ok(())),
                // An end of input would be taken for a client that left, and the answer would not be sent.
                State::Refused if gate.busy.load(Ordering::Relaxed) > 0 => return Poll::Pending,
                State::Refused => return Poll::Ready(Ok(())),
                _ => {}
            }
            match gate.fill(cx) {
                Poll::Ready(Ok(0)) if gate.answering() => {
                    // Who said that nothing follows may close that way at once, and still reads the answer.
                    if gate.last && gate.buffer.is_empty() {
                        return Poll::Pending;
                    }
                    // hyper takes an end of input for a client that still listens; a client that ends while its call
                    // is answered has left, and the call ends with it.
                    return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
                }
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    if gate.buffer.is_empty() {
                        // Thousands of clients may wait here at a time, for minutes.
                        gate.buffer = BytesMut::new();
                    }
                    let wait = gate.wait();
                    ready!(gate.read_timer.poll(cx, wait));
                    if !gate.time_over() {
                        gate.read_timer.disarm();
                        ready!(gate.read_timer.poll(cx, wait));
                    }
                }
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let began = self.buffer.is_empty();
        let read = self.read_more(cx);
        if began && matches!(read, Poll::Ready(Ok(1..))) {
            // The head's own time begins with its first byte.
            self.read_timer.disarm();
        }
        read
    }

    fn read_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.buffer.reserve(READ_CHUNK);
        std::pin::pin!(self.io.read_buf(&mut self.buffer)).poll(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let gate = self.get_mut();
        let written = Pin::new(&mut gate.io).poll_write(cx, bytes);
        gate.write_progress(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let gate = self.get_mut();
        let written = Pin::new(&mut gate.io).poll_write_vectored(cx, slices);
        gate.write_progress(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let gate = self.get_mut();
        let flushed = Pin::new(&mut gate.io).poll_flush(cx);
        gate.write_progress(cx, flushed)
    }

    /// Says that nothing follows; then, if the client may still be sending, hears it out for a while: a socket that is
    /// closed with unread bytes is reset, and with it goes the answer that the client has not read yet.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let gate = self.get_mut();
        if !gate.shut {
            ready!(Pin::new(&mut gate.io).poll_shutdown(cx))?;
            gate.shut = true;
            gate.read_timer.disarm();
        }
        if matches!(gate.state, State::Head | State::Unread) {
            return Poll::Ready(Ok(()));
        }
        while gate.read_timer.poll(cx, LINGER).is_pending() {
            gate.buffer.clear();
            if !matches!(ready!(gate.read_more(cx)), Ok(1..)) {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S> Gate<S> {
    /// Passes a write's outcome on; a client that takes nothing for too long is given up.
    fn write_progress<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.write_timer.disarm();
            self.unsent = None;
            if self.buffer.is_empty() && self.state == State::Head {
                // Idleness begins when the answer is out, not when its request was in.
                self.read_timer.disarm();
            }
            return outcome;
        }
        if self.unsent.is_none() {
            self.unsent = Some(self.drain.enter());
        }
        ready!(self.write_timer.poll(cx, self.times.write_stall));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the client takes no bytes",
        )))
    }
}

/// A timer that is made at the first wait and used again for each next one.
#[derive(Debug, Default)]
struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: bool,
}

impl Timer {
    const fn disarm(&mut self) {
        self.armed = false;
    }

    fn poll(&mut self, cx: &mut Context<'_>, wait: Duration) -> Poll<()> {
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
        if !self.armed {
            sleep.as_mut().reset(Instant::now() + wait);
            self.armed = true;
        }
        sleep.as_mut().poll(cx)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
