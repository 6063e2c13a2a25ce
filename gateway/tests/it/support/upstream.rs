//! A provider that does as it is told, and keeps every byte that reaches it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

use super::{PATIENCE, until};

/// One thing that the provider does on the connection.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Writes these bytes, at once and by themselves.
    Send(Vec<u8>),
    /// Waits until the gate is open.
    Wait(Gate),
    /// Waits until the gateway hangs up, then opens the gate.
    AwaitHangUp(Gate),
    /// Hangs up.
    Close,
}

/// A door that a test opens when it is time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.0.0.lock().unwrap()
    }

    fn wait(&self) {
        let open = self.0.0.lock().unwrap();
        drop(
            self.0
                .1
                .wait_timeout_while(open, PATIENCE, |open| !*open)
                .unwrap(),
        );
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Every byte, from the first of the head to the last of the body.
    pub(crate) raw: Vec<u8>,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self
            .head
            .split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        lines
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

type Script = dyn Fn(&Seen) -> Vec<Act> + Send + Sync;

/// A provider.
pub(crate) struct Upstream {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Arc<Mutex<Arc<Script>>>,
    stopped: Arc<AtomicBool>,
}

impl Upstream {
    /// Answers each request as `script` says.
    pub(crate) fn start(script: impl Fn(&Seen) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let upstream = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            script: Arc::new(Mutex::new(Arc::new(script))),
            stopped: Arc::default(),
        };
        let (seen, script, stopped) = (
            upstream.seen.clone(),
            upstream.script.clone(),
            upstream.stopped.clone(),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (seen, script) = (seen.clone(), script.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &seen, &script));
            }
        });
        upstream
    }

    /// From now on it does this.
    pub(crate) fn then(&self, script: impl Fn(&Seen) -> Vec<Act> + Send + Sync + 'static) {
        *self.script.lock().unwrap() = Arc::new(script);
    }

    /// Where its API begins.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests there were.
    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The newest request.
    pub(crate) fn last(&self) -> Seen {
        self.seen
            .lock()
            .unwrap()
            .last()
            .cloned()
            .expect("the provider was called")
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for(&self, count: usize) {
        until("the provider is called", || {
            (self.count() >= count).then_some(())
        });
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

/// An answer in one piece.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<Act> {
    let body = body.as_ref();
    let mut bytes = head(
        status,
        headers,
        &format!("content-length: {}", body.len()),
        "application/json",
    );
    bytes.extend_from_slice(body);
    vec![Act::Send(bytes)]
}

/// An error in a dialect that both understand well enough.
pub(crate) fn failing(status: u16) -> Vec<Act> {
    answer(
        status,
        &[],
        format!(
            r#"{{"type":"error","error":{{"type":"api_error","message":"it says {status}"}}}}"#
        ),
    )
}

/// An answer of several pieces, each written by itself. The stream does not end: follow with [`Act::Close`] or [`end`].
pub(crate) fn open_stream<P: AsRef<[u8]>>(pieces: impl IntoIterator<Item = P>) -> Vec<Act> {
    let head = head(200, &[], "transfer-encoding: chunked", "text/event-stream");
    let chunks = pieces
        .into_iter()
        .filter(|piece| !piece.as_ref().is_empty())
        .map(|piece| {
            let piece = piece.as_ref();
            let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
            chunk.extend_from_slice(piece);
            chunk.extend_from_slice(b"\r\n");
            Act::Send(chunk)
        });
    std::iter::once(Act::Send(head)).chain(chunks).collect()
}

/// The end of a stream.
pub(crate) fn end() -> Act {
    Act::Send(b"0\r\n\r\n".to_vec())
}

/// An answer of several pieces, each written by itself.
pub(crate) fn stream<P: AsRef<[u8]>>(pieces: impl IntoIterator<Item = P>) -> Vec<Act> {
    let mut acts = open_stream(pieces);
    acts.push(end());
    acts
}

fn head(status: u16, headers: &[(&str, &str)], length: &str, media: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} As told\r\n{length}\r\n");
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        head.push_str(&format!("content-type: {media}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Seen>>, script: &Mutex<Arc<Script>>) {
    let _ = stream.set_nodelay(true);
    let mut read = Vec::new();
    while let Some(request) = next(&mut stream, &mut read) {
        let script = script.lock().unwrap().clone();
        // Seen before anything is answered: who has an answer finds its request here.
        seen.lock().unwrap().push(request.clone());
        for act in script(&request) {
            match act {
                Act::Send(bytes) => {
                    if stream.write_all(&bytes).is_err() {
                        return;
                    }
                }
                Act::Wait(gate) => gate.wait(),
                Act::AwaitHangUp(gate) => {
                    while matches!(stream.read(&mut [0; 1_024]), Ok(1..)) {}
                    gate.open();
                    return;
                }
                Act::Close => {
                    let _ = stream.shutdown(Shutdown::Both);
                    return;
                }
            }
        }
    }
}

/// Reads one request; the gateway sends no body without a length.
fn next(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        match memchr::memmem::find(read, b"\r\n\r\n") {
            Some(at) => break at + 4,
            None => more(stream, read)?,
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let mut seen = Seen {
        raw: Vec::new(),
        head,
        body: Vec::new(),
    };
    let length: usize = seen
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    while read.len() < end + length {
        more(stream, read)?;
    }
    seen.raw = read.drain(..end + length).collect();
    seen.body = seen.raw[end..].to_vec();
    Some(seen)
}

fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let mut block = [0; 65_536];
    let count = stream.read(&mut block).ok().filter(|count| *count > 0)?;
    read.extend_from_slice(&block[..count]);
    Some(())
}
