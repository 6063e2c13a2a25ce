//! Clients that take their time: each wait has its bound, and each bound an answer or a closed door.

use std::time::{Duration, Instant};

use crate::support::{
    Act, Connection, Dialect, Gate, Gateway, Request, Setup, Speech, Upstream, answer, of_call,
    provider, the, until,
};

const HURRY: &str =
    "limits: {header_timeout_s: 1, body_timeout_s: 1, idle_timeout_s: 1, write_timeout_s: 1}\n";

fn hurried() -> Gateway {
    Setup::with(format!("{HURRY}providers: {{demo: {{}}}}\n")).start()
}

fn refused(gateway: &Gateway, connection: &mut Connection, status: u16, code: &str) {
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (status, code));
    assert!(connection.more().is_err(), "the connection is closed");
    assert_eq!(
        the(&of_call(&gateway.records(), &answer.call()), "deny")["code"],
        code
    );
}

#[test]
fn a_head_that_does_not_end_is_refused() {
    let gateway = hurried();
    let mut connection = Connection::open(gateway.data).unwrap();
    connection
        .send(b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nx: ")
        .unwrap();
    refused(&gateway, &mut connection, 408, "request_timeout");
}

#[test]
fn a_body_that_does_not_end_is_refused() {
    let gateway = hurried();
    let request = Request::post("/v1/messages")
        .key(&gateway.key)
        .header("content-type", "application/json");
    let mut connection = Connection::open(gateway.data).unwrap();
    connection
        .send(&request.header("content-length", "100").body("{").bytes())
        .unwrap();
    let answer = connection.answer().unwrap();
    assert_eq!(
        (answer.status, answer.header("x-marshal-code")),
        (408, Some("request_timeout"))
    );
    assert_eq!(answer.json()["error"]["type"], "timeout_error");
    assert!(connection.more().is_err(), "the connection is closed");
    assert_eq!(
        the(&of_call(&gateway.records(), &answer.call()), "deny")["code"],
        "request_timeout"
    );
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let gateway = Setup::with("limits: {max_header_bytes: 2048}\nproviders: {demo: {}}\n").start();
    let big = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .header("x", &"y".repeat(4_000));
    let many = (0..101).fold(
        Request::get("/v1/models").key(&gateway.key),
        |request, n| request.header(&format!("x{n}"), "y"),
    );
    for request in [big, many] {
        let mut connection = Connection::open(gateway.data).unwrap();
        connection.send(&request.bytes()).unwrap();
        refused(&gateway, &mut connection, 431, "headers_too_large");
    }
}

#[test]
fn a_connection_without_a_request_is_closed_and_one_whose_answer_is_being_made_is_not() {
    let (gate, upstream) = gated();
    let config = format!(
        "{HURRY}providers:\n{}",
        provider("up", &upstream.url(), "openai", &["m"], "")
    );
    let gateway = Setup::with(config).start();
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&Dialect::OpenAi.says("up/m", "hello"));
    let mut busy = Connection::open(gateway.data).unwrap();
    busy.send(&request.bytes()).unwrap();
    upstream.wait_for(1);
    // Twice over, so that the busy one has been silent for longer than any idle one may be.
    for _ in 0..2 {
        let began = Instant::now();
        let mut idle = Connection::open(gateway.data).unwrap();
        assert!(idle.more().is_err(), "closed without a word");
        assert!(began.elapsed() >= Duration::from_millis(900));
    }
    gate.open();
    assert_eq!(busy.answer().unwrap().status, 200);
    assert_eq!(
        busy.ask(&request).status,
        200,
        "and it is as good as before"
    );
}

#[test]
fn a_client_that_reads_nothing_of_its_answer_is_given_up() {
    let big = Dialect::OpenAi
        .answers(&"word ".repeat(4_000_000))
        .to_string();
    let upstream = Upstream::start(move |_| answer(200, &[], &big));
    let config = format!(
        "{HURRY}providers:\n{}",
        provider("up", &upstream.url(), "openai", &["m"], "")
    );
    let gateway = Setup::with(config).start();
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&Dialect::OpenAi.says("up/m", "hello"));
    let mut connection = Connection::open(gateway.data).unwrap();
    connection.send(&request.bytes()).unwrap();
    let head = connection.head().unwrap();
    assert_eq!(head.status, 200);
    until("the call is over", || {
        (gateway.metric("marshal_inflight_calls") == 0.0).then_some(())
    });
    let records = of_call(&gateway.records(), &head.call());
    assert_eq!(
        records
            .iter()
            .filter(|record| record["kind"] != "intent")
            .count(),
        1,
        "{records:?}"
    );
}

/// A provider that answers when the gate is open.
fn gated() -> (Gate, Upstream) {
    let gate = Gate::default();
    let waits = gate.clone();
    let upstream = Upstream::start(move |_| {
        let mut acts = vec![Act::Wait(waits.clone())];
        acts.extend(answer(
            200,
            &[],
            Dialect::OpenAi.answers("fine").to_string(),
        ));
        acts
    });
    (gate, upstream)
}
