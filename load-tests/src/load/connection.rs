//! One connection: one call after another, each timed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::pace::Pace;
use super::prompt::Call;
use super::response::ResponseReader;
use super::stats::{Failure, Sample, Shared};

/// How long to wait after a failed connection, so that a dead target is not hammered.
const PAUSE: Duration = Duration::from_millis(20);

/// One connection and its calls.
pub(super) struct Worker {
    address: SocketAddr,
    call: Call,
    shared: Arc<Shared>,
    pace: Option<Arc<Pace>>,
    reader: ResponseReader,
    buffer: Vec<u8>,
}

/// A call under way; dropped before its end it counts as unfinished.
struct UnderWay<'a> {
    shared: &'a Shared,
    /// When it was meant to start: for the open loop.
    intended: Option<Instant>,
    answering: bool,
    ended: bool,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let now = Instant::now();
            self.shared
                .stats()
                .unfinished(self.intended, self.answering, now);
        }
    }
}

impl Worker {
    pub(super) fn new(
        address: SocketAddr,
        call: Call,
        shared: Arc<Shared>,
        pace: Option<Arc<Pace>>,
    ) -> Self {
        let reader = ResponseReader::new(call.stream_end.is_some());
        Self {
            address,
            call,
            shared,
            pace,
            reader,
            buffer: vec![0; 16 << 10],
        }
    }

    /// Calls until there is nothing left to start; the caller ends it at the end of time.
    pub(super) async fn run(mut self) {
        let mut stream = None;
        loop {
            let intended = match &self.pace {
                Some(pace) => match pace.next().await {
                    Some(intended) => Some(intended),
                    None => return,
                },
                None => None,
            };
            let Some(n) = self.shared.take_call() else {
                return;
            };
            self.call.number(n);
            stream = self.one(stream, intended).await;
        }
    }

    /// One call, on this connection if it still stands; gives back a connection that still does.
    async fn one(
        &mut self,
        stream: Option<TcpStream>,
        intended: Option<Instant>,
    ) -> Option<TcpStream> {
        let shared = Arc::clone(&self.shared);
        let mut under_way = UnderWay {
            shared: &shared,
            intended,
            answering: false,
            ended: false,
        };
        let began = Instant::now();
        let outcome = self.exchange(stream, &mut under_way).await;
        under_way.ended = true;
        match outcome {
            Ok((stream, first_byte)) => {
                let complete = self
                    .call
                    .stream_end
                    .is_none_or(|mark| self.reader.ends_with(mark) || self.reader.status() != 200);
                shared.stats().add(&Sample {
                    intended,
                    began,
                    first_byte,
                    ended: Instant::now(),
                    status: self.reader.status(),
                    body_bytes: self.reader.body_bytes(),
                    complete,
                });
                (!self.reader.closes()).then_some(stream)
            }
            Err(failure) => {
                let now = Instant::now();
                shared.stats().fail(failure, intended, now);
                if failure == Failure::Connect {
                    tokio::time::sleep(PAUSE).await;
                }
                None
            }
        }
    }

    async fn exchange(
        &mut self,
        stream: Option<TcpStream>,
        under_way: &mut UnderWay<'_>,
    ) -> Result<(TcpStream, Instant), Failure> {
        let mut stream = match stream {
            Some(stream) => stream,
            None => connect(self.address).await.map_err(|_| Failure::Connect)?,
        };
        let sent = stream.write_all(&self.call.bytes).await;
        sent.map_err(|_| Failure::Send)?;
        self.reader.reset();
        let mut first_byte = None;
        loop {
            let read = stream.read(&mut self.buffer).await;
            let read = read.map_err(|_| Failure::Receive)?;
            let first_byte = *first_byte.get_or_insert_with(Instant::now);
            if read == 0 {
                let whole = self.reader.end();
                return if whole {
                    Ok((stream, first_byte))
                } else {
                    Err(Failure::EndedEarly)
                };
            }
            let done = self.reader.feed(&self.buffer[..read]);
            if done.map_err(|_| Failure::NotHttp)? {
                return Ok((stream, first_byte));
            }
            under_way.answering = self.reader.status() == 200;
        }
    }
}

async fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
