//! A protocol that HTTP hands over to: the edge's own promise, whatever the gateway makes of it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that finds what it does not expect fails its test"
)]

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use marshal_edge::gate::{HeadLimits, Times};
use marshal_edge::{Arrived, Connections, Drain, Limits, Serve, WhenStopping};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const LIMITS: Limits = Limits {
    head: HeadLimits {
        max_bytes: 8_192,
        max_fields: 100,
    },
    times: Times {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        body_stall: Duration::from_secs(30),
        write_stall: Duration::from_secs(30),
    },
    h2_streams: 100,
    connections: 10,
};

/// Agrees to every upgrade and says back what it hears.
#[derive(Clone)]
struct Echo;

impl Serve for Echo {
    type Body = Empty<Bytes>;

    async fn serve(&self, mut arrived: Arrived) -> http::Response<Empty<Bytes>> {
        let mut response = http::Response::new(Empty::new());
        if arrived.refused.is_some() {
            *response.status_mut() = http::StatusCode::BAD_REQUEST;
            return response;
        }
        let upgraded = hyper::upgrade::on(&mut arrived.request);
        tokio::spawn(async move {
            let (mut from, mut to) = tokio::io::split(TokioIo::new(upgraded.await.unwrap()));
            tokio::io::copy(&mut from, &mut to).await.unwrap();
            to.shutdown().await.unwrap();
        });
        *response.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert("connection", http::HeaderValue::from_static("upgrade"));
        headers.insert("upgrade", http::HeaderValue::from_static("websocket"));
        response
    }
}

/// A connection to [`Echo`].
fn connect(drain: &Drain) -> DuplexStream {
    let (client, server) = duplex(1 << 16);
    let connections = Connections::new(Echo, LIMITS, drain.clone(), WhenStopping::Refuse);
    tokio::spawn(async move { connections.serve(server, None, None).await });
    client
}

async fn head(client: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

const ASK: &[u8] =
    b"GET /echo HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";

#[tokio::test]
async fn after_an_upgrade_bytes_go_both_ways_untouched() {
    let mut client = connect(&Drain::default());
    client.write_all(ASK).await.unwrap();
    let answer = head(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    // Bytes that the gate would never let pass as HTTP.
    for said in [&b"\x81\x05hello\0\r\n\n\n"[..], &[0xff; 100_000]] {
        let (mut read, mut write) = tokio::io::split(&mut client);
        let mut heard = vec![0; said.len()];
        let (sent, got) = tokio::join!(write.write_all(said), read.read_exact(&mut heard));
        sent.unwrap();
        got.unwrap();
        assert_eq!(heard, said);
    }
    client.shutdown().await.unwrap();
    assert_eq!(client.read_to_end(&mut Vec::new()).await.unwrap(), 0);
}

#[tokio::test]
async fn bytes_that_come_with_the_upgrade_are_not_lost() {
    let mut client = connect(&Drain::default());
    client.write_all(&[ASK, b"early"].concat()).await.unwrap();
    head(&mut client).await;
    let mut heard = [0; 5];
    client.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"early");
}

#[tokio::test]
async fn an_upgrade_with_a_body_is_no_upgrade() {
    let mut client = connect(&Drain::default());
    let ask = b"GET /echo HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\ncontent-length: 5\r\n\r\nhello";
    client.write_all(ask).await.unwrap();
    let answer = head(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(client.read_to_end(&mut Vec::new()).await.unwrap(), 0);
}

#[tokio::test]
async fn who_stops_refuses_calls_and_who_hands_over_serves_them() {
    for (handed_over, status) in [(true, "101"), (false, "400")] {
        let drain = Drain::default();
        let mut client = connect(&drain);
        if handed_over {
            drain.hand_over();
        } else {
            drain.begin();
        }
        client.write_all(ASK).await.unwrap();
        let answer = head(&mut client).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
}
