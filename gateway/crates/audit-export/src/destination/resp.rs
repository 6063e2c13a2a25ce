//! Redis's protocol (RESP2), as far as three commands need it.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// A line of an answer, and a text in one: an id, an error.
const LONGEST: u64 = 64 * 1024;

/// What Redis answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// It was done.
    Done,
    /// It was not; Redis's own words.
    Error(String),
}

/// Appends a command.
pub(super) fn command(to: &mut Vec<u8>, words: &[&[u8]]) {
    to.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        to.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        to.extend_from_slice(word);
        to.extend_from_slice(b"\r\n");
    }
}

/// Reads the answer to one command.
pub(super) async fn reply<R: AsyncBufRead + Unpin>(from: &mut R) -> io::Result<Reply> {
    let strange = || io::Error::new(io::ErrorKind::InvalidData, "the answer is not Redis's");
    let mut line = Vec::new();
    (&mut *from)
        .take(LONGEST)
        .read_until(b'\n', &mut line)
        .await?;
    let Some(line) = line.strip_suffix(b"\r\n") else {
        return Err(if line.is_empty() {
            io::ErrorKind::UnexpectedEof.into()
        } else {
            strange()
        });
    };
    match line.split_first() {
        Some((b'+' | b':', _)) => Ok(Reply::Done),
        Some((b'-', words)) => Ok(Reply::Error(String::from_utf8_lossy(words).into_owned())),
        Some((b'$', length)) => {
            let length: usize = std::str::from_utf8(length)
                .ok()
                .and_then(|length| length.parse().ok())
                .filter(|length| *length as u64 <= LONGEST)
                .ok_or_else(strange)?;
            let mut text = vec![0; length + 2];
            from.read_exact(&mut text).await?;
            Ok(Reply::Done)
        }
        _ => Err(strange()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_how_long_each_word_is() {
        let mut bytes = Vec::new();
        command(&mut bytes, &[b"XADD", b"a\r\nb", b""]);
        assert_eq!(bytes, b"*3\r\n$4\r\nXADD\r\n$4\r\na\r\nb\r\n$0\r\n\r\n");
    }

    #[tokio::test]
    async fn answers_are_read_one_after_another() {
        let mut bytes = &b"+OK\r\n$3\r\n1-0\r\n-ERR no\r\n:1\r\n*2\r\n"[..];
        let mut next = async || reply(&mut bytes).await;
        assert_eq!(next().await.unwrap(), Reply::Done);
        assert_eq!(next().await.unwrap(), Reply::Done);
        assert_eq!(next().await.unwrap(), Reply::Error("ERR no".to_owned()));
        assert_eq!(next().await.unwrap(), Reply::Done);
        assert_eq!(next().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        for text in [
            &b""[..],
            b"$-1\r\n",
            b"$99999999\r\n",
            b"$3\r\n1",
            b"+OK\n",
            b"HTTP/1.1 400\r\n",
        ] {
            assert!(reply(&mut &*text).await.is_err());
        }
    }
}
