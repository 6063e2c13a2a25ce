//! A Redis server of the test's own, and what a stream in it holds.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use super::export::{Name, Stream};
use crate::support::{Folder, until};

/// A server with a password, which keeps what it acknowledged.
pub(super) struct Redis {
    at: SocketAddr,
    password: String,
    folder: Folder,
    child: Option<Child>,
}

impl Redis {
    /// `None` where there is none to be started.
    pub(super) fn start(at: SocketAddr, password: &str) -> Option<Self> {
        let mut redis = Self {
            at,
            password: password.to_owned(),
            folder: Folder::new(),
            child: None,
        };
        let missing = Command::new("redis-server")
            .arg("--version")
            .output()
            .is_err();
        if missing {
            return None;
        }
        redis.again();
        Some(redis)
    }
}

impl Stream for Redis {
    fn again(&mut self) {
        let child = Command::new("redis-server")
            .args(["--port", &self.at.port().to_string()])
            .args(["--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .args(["--requirepass", &self.password, "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        until("Redis listens", || TcpStream::connect(self.at).ok());
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn messages(&self) -> Vec<(Name, String)> {
        entries(self.at, &self.password)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The stream's entries.
fn entries(at: SocketAddr, password: &str) -> Vec<(Name, String)> {
    let ask = || -> io::Result<Reply> {
        let mut stream = TcpStream::connect(at)?;
        for command in [
            &["AUTH", password][..],
            &["SELECT", "2"],
            &["XRANGE", "trail", "-", "+"],
        ] {
            write!(stream, "*{}\r\n", command.len())?;
            for word in command {
                write!(stream, "${}\r\n{word}\r\n", word.len())?;
            }
        }
        let mut stream = BufReader::new(stream);
        read(&mut stream)?;
        read(&mut stream)?;
        read(&mut stream)
    };
    let Ok(Reply::List(list)) = ask() else {
        return Vec::new();
    };
    list.iter().map(entry).collect()
}

fn entry(entry: &Reply) -> (Name, String) {
    let Reply::List(parts) = entry else { panic!() };
    let Reply::List(fields) = &parts[1] else {
        panic!()
    };
    let texts: Vec<&str> = fields
        .iter()
        .map(|field| match field {
            Reply::Text(text) => &**text,
            Reply::List(_) => panic!(),
        })
        .collect();
    let field = |name: &str| {
        let at = texts.iter().step_by(2).position(|found| *found == name);
        texts[2 * at.unwrap() + 1].to_owned()
    };
    let name = (field("instance"), field("seq").parse().unwrap());
    (name, field("record"))
}

enum Reply {
    Text(String),
    List(Vec<Reply>),
}

fn read(from: &mut BufReader<TcpStream>) -> io::Result<Reply> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let (kind, rest) = line.trim_end().split_at_checked(1).unwrap_or(("", ""));
    match kind {
        "*" => {
            let count = 0..rest.parse::<usize>().unwrap();
            count
                .map(|_| read(from))
                .collect::<Result<_, _>>()
                .map(Reply::List)
        }
        "$" => {
            let mut text = vec![0; rest.parse::<usize>().unwrap() + 2];
            from.read_exact(&mut text)?;
            text.truncate(text.len() - 2);
            Ok(Reply::Text(String::from_utf8(text).unwrap()))
        }
        "+" | ":" => Ok(Reply::Text(rest.to_owned())),
        _ => Err(io::Error::other(line)),
    }
}
