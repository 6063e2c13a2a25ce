//! A client that hides nothing: what it sends and what it gets are bytes on a socket.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use serde_json::Value;

use super::PATIENCE;

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn post(path: &str) -> Self {
        Self {
            method: "POST",
            ..Self::get(path)
        }
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// As it goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        let told = self
            .headers
            .iter()
            .any(|(name, _)| name == "content-length" || name == "transfer-encoding");
        if self.method != "GET" && !told {
            bytes.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        bytes.push_str("\r\n");
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends it over a connection of its own and reads the whole answer.
    pub(crate) fn send(&self, to: SocketAddr) -> Answer {
        self.try_send(to)
            .unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.path))
    }

    /// As [`Request::send`]; fails if the connection does before an answer's head is there.
    pub(crate) fn try_send(&self, to: SocketAddr) -> io::Result<Answer> {
        let mut connection = Connection::open(to)?;
        connection.send(&self.bytes())?;
        connection.answer()
    }
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether it ended as its framing says, and did not break off.
    pub(crate) whole: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The call's id.
    pub(crate) fn call(&self) -> String {
        self.header("x-marshal-call-id")
            .unwrap_or_else(|| panic!("no call id: {self:?}"))
            .to_owned()
    }

    /// The stable code of a refusal, as the body says it.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        body["error"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no code: {body}"))
            .to_owned()
    }
}

/// A connection, kept alive for as long as both sides wish.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            read: Vec::new(),
        })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Nothing more will be sent.
    pub(crate) fn finish_sending(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Sends a request and reads its answer.
    pub(crate) fn ask(&mut self, request: &Request) -> Answer {
        self.send(&request.bytes()).unwrap();
        self.answer().unwrap()
    }

    /// Reads an answer. One whose body breaks off is given as far as it came.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let mut answer = self.head()?;
        answer.whole = self.rest(&mut answer).is_ok();
        Ok(answer)
    }

    /// Reads an answer's head alone. Its body can then be read piece by piece.
    pub(crate) fn head(&mut self) -> io::Result<Answer> {
        let end = loop {
            if let Some(at) = memchr::memmem::find(&self.read, b"\r\n\r\n") {
                break at;
            }
            self.more()?;
        };
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        self.read.drain(..end + 4);
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status line: {head}")))?;
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Answer {
            status,
            headers,
            ..Answer::default()
        })
    }

    /// The next piece of a chunked body; `None` after the last one.
    pub(crate) fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let line = self.line()?;
        let size = line
            .split(';')
            .next()
            .and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        let size = size.ok_or_else(|| io::Error::other(format!("no chunk size: {line}")))?;
        let mut bytes = self.exactly(size + 2)?;
        bytes.truncate(size);
        Ok((size > 0).then_some(bytes))
    }

    /// Reads the body of an answer whose head is here.
    pub(crate) fn rest(&mut self, answer: &mut Answer) -> io::Result<()> {
        let length = answer
            .header("content-length")
            .map(|length| length.parse().unwrap());
        if let Some(length) = length {
            answer.body = self.exactly(length)?;
        } else if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk()? {
                answer.body.extend_from_slice(&chunk);
            }
        } else {
            while self.more().is_ok() {}
            answer.body = std::mem::take(&mut self.read);
        }
        Ok(())
    }

    fn line(&mut self) -> io::Result<String> {
        let end = loop {
            if let Some(at) = memchr::memmem::find(&self.read, b"\r\n") {
                break at;
            }
            self.more()?;
        };
        let line = String::from_utf8_lossy(&self.read[..end]).into_owned();
        self.read.drain(..end + 2);
        Ok(line)
    }

    fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.read.len() < count {
            self.more()?;
        }
        Ok(self.read.drain(..count).collect())
    }

    /// The socket, and what was read of it beyond the last answer.
    pub(crate) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.stream, self.read)
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// As the socket says, or if the other side has closed.
    pub(crate) fn more(&mut self) -> io::Result<()> {
        let mut block = [0; 65_536];
        match self.stream.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.more(),
            Err(error) => Err(error),
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.read.extend_from_slice(&block[..read]);
                Ok(())
            }
        }
    }
}
