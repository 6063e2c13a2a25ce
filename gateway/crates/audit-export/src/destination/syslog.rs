//! Syslog over TCP (RFC 6587, octet counting), UDP (RFC 5426) or a unix socket.
//!
//! Syslog has no acknowledgement. Over TCP a batch counts as acknowledged when the operating system has taken it; the last
//! one is sent again when a connection turns out to be gone. Over UDP what is lost on the way is lost.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UdpSocket, UnixDatagram};

use super::syslog_message::message;
use super::{Delivery, DeliveryError, Destination};
use crate::record::Record;

/// The most that a datagram holds.
const DATAGRAM: usize = 65_000;
const CONNECT: Duration = Duration::from_secs(5);

/// Which syslog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyslogTo {
    /// `host:port`.
    Tcp(String),
    /// `host:port`.
    Udp(String),
    /// A datagram socket, such as `/dev/log`.
    Unix(PathBuf),
}

impl std::fmt::Display for SyslogTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(to) => write!(f, "tcp://{to}"),
            Self::Udp(to) => write!(f, "udp://{to}"),
            Self::Unix(to) => write!(f, "unix://{}", to.display()),
        }
    }
}

#[derive(Debug)]
enum Open {
    Tcp(TcpStream),
    Udp(UdpSocket),
    Unix(UnixDatagram),
}

/// Speaks syslog.
#[derive(Debug)]
pub struct Syslog {
    to: SyslogTo,
    host: String,
    open: Option<Open>,
    /// What was sent last over TCP.
    last: Vec<u8>,
}

impl Syslog {
    /// `host`: what this deployment is called.
    #[must_use]
    pub const fn new(to: SyslogTo, host: String) -> Self {
        Self {
            to,
            host,
            open: None,
            last: Vec::new(),
        }
    }

    async fn send(&mut self, batch: &[Record]) -> io::Result<()> {
        if let Some(Open::Tcp(stream)) = &self.open
            && is_gone(stream)
        {
            self.open = None;
        }
        let is_new = self.open.is_none();
        let mut open = match self.open.take() {
            Some(open) => open,
            None => connect(&self.to).await?,
        };
        match &mut open {
            Open::Tcp(stream) => {
                let mut frames = Vec::new();
                for record in batch {
                    let message = message(record, &self.host, usize::MAX);
                    frames.extend_from_slice(format!("{} ", message.len()).as_bytes());
                    frames.extend_from_slice(&message);
                }
                if is_new {
                    stream.write_all(&self.last).await?;
                }
                stream.write_all(&frames).await?;
                self.last = frames;
            }
            Open::Udp(socket) => {
                for record in batch {
                    socket.send(&message(record, &self.host, DATAGRAM)).await?;
                }
            }
            Open::Unix(socket) => {
                for record in batch {
                    socket.send(&message(record, &self.host, DATAGRAM)).await?;
                }
            }
        }
        // Only what ended well is used again.
        self.open = Some(open);
        Ok(())
    }
}

async fn connect(to: &SyslogTo) -> io::Result<Open> {
    match to {
        SyslogTo::Tcp(to) => {
            let late = |_| io::Error::from(io::ErrorKind::TimedOut);
            let stream = tokio::time::timeout(CONNECT, TcpStream::connect(to)).await;
            let stream = stream.map_err(late)??;
            stream.set_nodelay(true)?;
            Ok(Open::Tcp(stream))
        }
        SyslogTo::Udp(to) => {
            let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
            for address in tokio::net::lookup_host(to).await? {
                let any = if address.is_ipv4() {
                    "0.0.0.0:0"
                } else {
                    "[::]:0"
                };
                let socket = UdpSocket::bind(any).await?;
                match socket.connect(address).await {
                    Ok(()) => return Ok(Open::Udp(socket)),
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
        SyslogTo::Unix(path) => {
            let socket = UnixDatagram::unbound()?;
            socket.connect(path)?;
            Ok(Open::Unix(socket))
        }
    }
}

/// Whether the other side has closed. What it says is not listened to.
fn is_gone(stream: &TcpStream) -> bool {
    let mut said = [0; 1_024];
    loop {
        match stream.try_read(&mut said) {
            Ok(1..) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Ok(0) | Err(_) => return true,
        }
    }
}

#[async_trait]
impl Destination for Syslog {
    async fn deliver(&mut self, batch: &[Record]) -> Result<Delivery, DeliveryError> {
        let sent = self.send(batch).await;
        sent.map_err(DeliveryError::io(&self.to.to_string()))?;
        Ok(Delivery::default())
    }

    fn forget(&mut self) {
        self.open = None;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::testbed::{Folder, records};

    /// Reads so many frames.
    async fn frames(stream: &mut TcpStream, count: usize) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..count {
            let mut length = 0;
            loop {
                match stream.read_u8().await.unwrap() {
                    b' ' => break,
                    digit => length = length * 10 + usize::from(digit - b'0'),
                }
            }
            let mut frame = vec![0; length];
            stream.read_exact(&mut frame).await.unwrap();
            all.push(String::from_utf8(frame).unwrap());
        }
        all
    }

    #[tokio::test]
    async fn a_connection_that_is_gone_is_noticed_and_its_last_batch_comes_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap().to_string();
        let mut syslog = Syslog::new(SyslogTo::Tcp(to), "h".to_owned());
        let records = records(3);
        syslog.deliver(&records[..2]).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let first = frames(&mut stream, 2).await;
        assert!(first[0].ends_with(&*records[0].line), "{first:?}");
        drop(stream);
        let Some(Open::Tcp(open)) = &syslog.open else {
            panic!()
        };
        open.readable().await.unwrap();
        syslog.deliver(&records[2..]).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let again = frames(&mut stream, 3).await;
        assert_eq!(again[..2], first);
        assert!(again[2].ends_with(&*records[2].line), "{again:?}");
    }

    #[tokio::test]
    async fn a_datagram_is_a_message() {
        let folder = Folder::new();
        let path = folder.0.join("log");
        let mut syslog = Syslog::new(SyslogTo::Unix(path.clone()), "h".to_owned());
        syslog.deliver(&records(1)).await.unwrap_err();
        let unix = UnixDatagram::bind(&path).unwrap();
        let records = records(2);
        syslog.deliver(&records).await.unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let to = SyslogTo::Udp(udp.local_addr().unwrap().to_string());
        Syslog::new(to, "h".to_owned())
            .deliver(&records)
            .await
            .unwrap();
        let mut one = vec![0; DATAGRAM];
        let mut other = one.clone();
        for record in &records {
            let length = unix.recv(&mut one).await.unwrap();
            let text = String::from_utf8_lossy(&one[..length]).into_owned();
            assert!(text.ends_with(&*record.line), "{text}");
            let same = udp.recv(&mut other).await.unwrap();
            assert_eq!(other[..same], one[..length]);
        }
    }
}
