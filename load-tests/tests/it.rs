//! The programs over real sockets of this machine.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic as tests may"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use marshal_load_tests::load::{self, Options as Load, Report};
use marshal_load_tests::mock::{self, Mock};
use marshal_load_tests::replay::{self, CutOption, Replay};
use marshal_load_tests::serve::{self, Provider};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn mock() -> mock::Options {
    mock::Options {
        listen: ANY,
        chunks: 60,
        chunk_delay_ms: 0,
        first_delay_ms: 0,
        status: 200,
        fail_every: 1,
        retry_after: None,
        break_after: None,
        seen: None,
    }
}

async fn serve<P: Provider>(provider: P) -> SocketAddr {
    let listener = serve::bind(ANY).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve::run(listener, Arc::new(provider)));
    address
}

async fn load(address: SocketAddr, change: impl FnOnce(&mut Load)) -> Report {
    let mut options = Load::for_url(&format!("http://{address}/v1/chat/completions"));
    options.concurrency = 4;
    options.duration = 20.0;
    options.warmup = 0.0;
    options.requests = 100;
    change(&mut options);
    load::measure(&options).await.unwrap()
}

/// One request on a connection of its own: status, head and all bytes of the body as sent.
async fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-marshal-call-id: c1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head[9..12].parse().unwrap();
    (status, head.to_owned(), body.to_owned())
}

/// The pieces of a chunked body.
fn chunks(body: &str) -> Vec<&str> {
    let mut rest = body;
    let mut pieces = Vec::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        pieces.push(&after[..size]);
        rest = &after[size + 2..];
    }
    pieces
}

/// A folder of this test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn every_call_to_a_healthy_mock_is_counted_and_good() {
    let address = serve(Mock::new(&mock()).unwrap()).await;
    let report = load(address, |_| {}).await;
    assert_eq!((report.calls, report.bad()), (100, 0), "{report:?}");
    assert_eq!(report.statuses["200"], 100);
    assert!(report.latency_us.p50 > 0.0 && report.latency_us.p50 <= report.latency_us.max);
}

#[tokio::test]
async fn streams_are_read_to_their_last_event_in_both_dialects() {
    let address = serve(Mock::new(&mock()).unwrap()).await;
    for path in ["chat/completions", "messages"] {
        let report = load(address, |options| {
            options.url = format!("http://{address}/v1/{path}");
            options.stream = true;
        })
        .await;
        assert_eq!((report.calls, report.bad()), (100, 0), "{path} {report:?}");
        assert!(report.answer_bytes > 100 * 60 * 50);
    }
}

#[tokio::test]
async fn an_open_loop_keeps_its_rate_and_tells_its_lateness() {
    let address = serve(Mock::new(&mock()).unwrap()).await;
    let report = load(address, |options| {
        options.rate = Some(200.0);
        options.duration = 0.5;
    })
    .await;
    assert!((50..=100).contains(&report.calls), "{report:?}");
    assert_eq!(report.bad(), 0);
    assert!(report.late_us.is_some());
}

#[tokio::test]
async fn every_event_of_a_stream_is_a_write_of_its_own() {
    let address = serve(Mock::new(&mock()).unwrap()).await;
    let body = r#"{"model":"m","stream":true}"#;
    let (status, head, answer) = ask(address, "POST", "/v1/chat/completions", body).await;
    assert_eq!(status, 200);
    assert!(head.contains("text/event-stream"));
    let pieces = chunks(&answer);
    assert_eq!(pieces.len(), 61);
    assert!(
        pieces
            .iter()
            .all(|piece| piece.starts_with("data: ") && piece.ends_with("\n\n"))
    );
    assert!(pieces[60].ends_with("data: [DONE]\n\n"));
}

#[tokio::test]
async fn a_faulty_mock_fails_in_the_callers_dialect() {
    let options = mock::Options {
        status: 429,
        retry_after: Some(7),
        fail_every: 2,
        ..mock()
    };
    let address = serve(Mock::new(&options).unwrap()).await;
    let (status, ..) = ask(address, "POST", "/v1/messages", "{}").await;
    assert_eq!(status, 200);
    let (status, head, body) = ask(address, "POST", "/v1/messages", "{}").await;
    assert_eq!(status, 429);
    assert!(head.contains("retry-after: 7"));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["error"]["type"], "rate_limit_error");
    let report = load(address, |_| {}).await;
    assert_eq!((report.statuses["429"], report.bad()), (50, 50));
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_counted_as_failed() {
    let options = mock::Options {
        break_after: Some(3),
        ..mock()
    };
    let address = serve(Mock::new(&options).unwrap()).await;
    let report = load(address, |options| {
        options.stream = true;
        options.requests = 10;
    })
    .await;
    assert_eq!((report.calls, report.bad()), (0, 10), "{report:?}");
}

#[tokio::test]
async fn what_the_mock_saw_is_in_the_file_when_it_answers() {
    use base64::Engine;
    let folder = Folder::new("seen");
    let file = folder.0.join("seen.jsonl");
    let options = mock::Options {
        seen: Some(file.clone()),
        ..mock()
    };
    let address = serve(Mock::new(&options).unwrap()).await;
    for (at, body) in [r#"{"a":"ä"}"#, "not json"].into_iter().enumerate() {
        ask(address, "POST", "/v1/chat/completions", body).await;
        let text = std::fs::read_to_string(&file).unwrap();
        let line: Value = serde_json::from_str(text.lines().nth(at).unwrap()).unwrap();
        let seen =
            base64::engine::general_purpose::STANDARD.decode(line["body_base64"].as_str().unwrap());
        assert_eq!(seen.unwrap(), body.as_bytes());
        assert_eq!(line["headers"]["x-marshal-call-id"], "c1");
        assert_eq!(line["path"], "/v1/chat/completions");
    }
}

fn replay(shared: PathBuf, cut: CutOption) -> replay::Options {
    replay::Options {
        listen: ANY,
        shared,
        provider: Vec::new(),
        api: vec!["openai.chat".to_owned(), "anthropic.messages".to_owned()],
        cut,
        seed: 1,
        chunk_delay_ms: 0,
    }
}

#[tokio::test]
async fn a_recorded_stream_is_replayed_byte_for_byte_cut_as_asked() {
    let folder = Folder::new("replay");
    let cassettes = folder.0.join("cassettes/openai");
    std::fs::create_dir_all(&cassettes).unwrap();
    let line = r#"{"id":"r1","api":"openai.chat","method":"POST","url_path":"/v1/chat/completions","request_body":{"model":"a","stream":true},"status":200,"response_headers":{"content-type":"text/event-stream"},"response_body":"data: ü\r\n\r\ndata: [DONE]\n\n","response_encoding":"text","stream":true}"#;
    std::fs::write(cassettes.join("openai.chat.jsonl"), line).unwrap();
    let address = serve(Replay::new(&replay(folder.0.clone(), CutOption::Every(4))).unwrap()).await;

    let request = r#"{"stream": true, "model":"b"}"#;
    let (status, _, body) = ask(address, "POST", "/v1/chat/completions", request).await;
    assert_eq!(status, 200);
    let pieces = chunks(&body);
    assert_eq!(pieces.concat(), "data: ü\r\n\r\ndata: [DONE]\n\n");
    assert_eq!(pieces[0], "data");

    let (status, _, body) = ask(
        address,
        "POST",
        "/v1/chat/completions",
        r#"{"stream":false}"#,
    )
    .await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status, &body["error"]["differs"][0]),
        (404, &"stream differs".into())
    );

    let (status, ..) = ask(address, "PUT", "/__replay/next/r1", "").await;
    assert_eq!(status, 200);
    let (status, ..) = ask(address, "POST", "/v1/chat/completions", "{}").await;
    assert_eq!(status, 200);

    let (_, _, seen) = ask(address, "GET", "/__replay/seen", "").await;
    let ids: Vec<Value> = seen
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["match"].clone())
        .collect();
    assert_eq!(
        ids,
        [Value::from("but_model"), Value::Null, Value::from("id")]
    );
    let (_, _, ids) = ask(address, "GET", "/__replay/ids", "").await;
    assert!(ids.contains(r#""id":"r1""#));
}

#[tokio::test]
async fn every_recorded_request_finds_a_recording_of_itself() {
    let default = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = std::env::var_os("MARSHAL_SHARED").map_or(default, PathBuf::from);
    let file = shared.join("cassettes/anthropic/anthropic.messages.jsonl");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!(
            "skipped: there is no {}; set MARSHAL_SHARED",
            file.display()
        );
        return;
    };
    let address = serve(Replay::new(&replay(shared, CutOption::Every(0))).unwrap()).await;
    let mut asked = 0;
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["request_body"].is_null() {
            continue;
        }
        let body = line["request_body"].to_string();
        let (status, _, answer) = ask(address, "POST", "/v1/messages", &body).await;
        assert!(!answer.contains("replay_no_match"), "{}", line["id"]);
        assert!(status >= 200);
        asked += 1;
    }
    let (_, _, seen) = ask(address, "GET", "/__replay/seen", "").await;
    assert_eq!(seen.matches(r#""match":"exact""#).count(), asked);
}

#[test]
fn an_address_of_another_machine_is_refused_before_anything_is_sent() {
    for (url, code) in [
        ("http://192.0.2.1/v1/chat/completions", 2),
        ("https://127.0.0.1/", 2),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_marshal-load"))
            .args(["load", "--url", url, "--duration", "1"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(output.stdout.is_empty());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_marshal-load"))
        .args(["load", "--url", "http://127.0.0.1:9/", "--duration", "121"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("120"));
}
