//! One request, one answer as text: to see whether something is ready, and what it says if not.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// GET `path`; the status, or nothing if nobody answers.
pub(super) async fn status(address: SocketAddr, path: &str) -> Option<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    exchange(address, request.as_bytes())
        .await
        .map(|(status, _)| status)
}

/// Sends these bytes and reads until the other side closes: the status and all that was said.
pub(super) async fn exchange(address: SocketAddr, request: &[u8]) -> Option<(u16, String)> {
    let answer = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(request).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = tokio::time::timeout(PATIENCE, answer).await.ok()??;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer))
}
