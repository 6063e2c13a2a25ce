//! Both ends of a WebSocket: a client that hides nothing, and a provider that does as it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::{Answer, Connection, PATIENCE, Request, until};

/// One end of a session.
pub(crate) struct Talk(WebSocket<TcpStream>);

impl Talk {
    pub(crate) fn say(&mut self, event: &Value) {
        self.0.send(Message::text(event.to_string())).unwrap();
    }

    pub(crate) fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
    }

    pub(crate) fn say_bytes(&mut self, bytes: &'static [u8]) {
        self.0
            .send(Message::Binary(Bytes::from_static(bytes)))
            .unwrap();
    }

    /// Says something if the other side still listens.
    pub(crate) fn try_say(&mut self, event: &Value) -> bool {
        self.0.send(Message::text(event.to_string())).is_ok()
    }

    /// The next message but for pings; `None` when the other side has left without a word.
    pub(crate) fn next(&mut self) -> Option<Message> {
        loop {
            match self.0.read() {
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(message) => return Some(message),
                Err(_) => return None,
            }
        }
    }

    /// The next event.
    pub(crate) fn event(&mut self) -> Value {
        match self.next() {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("no event: {other:?}"),
        }
    }

    /// The next event of this type; what comes before it is dropped.
    pub(crate) fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event();
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Closes in order.
    pub(crate) fn close(&mut self) {
        self.0.close(None).unwrap();
        while self.next().is_some() {}
    }

    /// How the other side closes.
    pub(crate) fn closed(&mut self) -> CloseCode {
        loop {
            match self.next() {
                Some(Message::Close(Some(frame))) => {
                    let code = frame.code;
                    while self.next().is_some() {}
                    return code;
                }
                Some(_) => {}
                None => panic!("it hung up without a word"),
            }
        }
    }
}

/// A request for a socket.
pub(crate) fn knock(path: &str) -> Request {
    Request::get(path)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

/// Asks for a socket: the head of the answer, and the session if there is one.
pub(crate) fn open(to: SocketAddr, request: &Request) -> (Answer, Option<Talk>) {
    let mut connection = Connection::open(to).unwrap();
    connection.send(&request.bytes()).unwrap();
    let mut head = connection.head().unwrap();
    if head.status != 101 {
        head.whole = connection.rest(&mut head).is_ok();
        return (head, None);
    }
    let (stream, early) = connection.into_parts();
    let socket = WebSocket::from_partially_read(stream, early, Role::Client, None);
    (head, Some(Talk(socket)))
}

type Script = dyn Fn(&mut Talk) + Send + Sync;

/// A provider of sessions.
pub(crate) struct SocketProvider {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    /// Scripts that have come to their end.
    ended: Arc<Mutex<u32>>,
    stopped: Arc<AtomicBool>,
}

impl SocketProvider {
    /// Agrees to every session and does in it as `script` says.
    pub(crate) fn start(script: impl Fn(&mut Talk) + Send + Sync + 'static) -> Self {
        Self::listen(Arc::new(script), None)
    }

    /// Refuses every session with this status.
    pub(crate) fn refusing(status: u16, body: &str) -> Self {
        let answer = format!(
            "HTTP/1.1 {status} No\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self::listen(Arc::new(|_: &mut Talk| {}), Some(answer))
    }

    fn listen(script: Arc<Script>, refusal: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = Self {
            address: listener.local_addr().unwrap(),
            heads: Arc::default(),
            ended: Arc::default(),
            stopped: Arc::default(),
        };
        let (heads, ended, stopped) = (
            provider.heads.clone(),
            provider.ended.clone(),
            provider.stopped.clone(),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (heads, ended, script, refusal) = (
                    heads.clone(),
                    ended.clone(),
                    script.clone(),
                    refusal.clone(),
                );
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    stream.set_nodelay(true).unwrap();
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    let Some(head) = head(&mut stream) else {
                        return;
                    };
                    heads.lock().unwrap().push(head.clone());
                    let answer = refusal.clone().unwrap_or_else(|| agreed(&head));
                    stream.write_all(answer.as_bytes()).unwrap();
                    if refusal.is_none() {
                        script(&mut Talk(WebSocket::from_raw_socket(
                            stream,
                            Role::Server,
                            None,
                        )));
                        *ended.lock().unwrap() += 1;
                    }
                });
            }
        });
        provider
    }

    /// Where its API begins.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The heads of the requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// Waits until so many sessions have come to their end at the provider.
    pub(crate) fn wait_for(&self, count: u32) {
        until("the provider's session ends", || {
            (*self.ended.lock().unwrap() >= count).then_some(())
        });
    }
}

impl Drop for SocketProvider {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

fn agreed(head: &str) -> String {
    let named = |name: &str| {
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let key = named("sec-websocket-key").unwrap();
    let mut hash = ring::digest::Context::new(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY);
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let protocol = match named("sec-websocket-protocol") {
        Some(offered) => format!(
            "sec-websocket-protocol: {}\r\n",
            offered.split(',').next().unwrap()
        ),
        None => String::new(),
    };
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {}\r\n{protocol}\r\n",
        STANDARD.encode(hash.finish())
    )
}
