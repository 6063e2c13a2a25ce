//! SIGTERM: what has begun may end, nothing new begins, and it does not take longer than it was given.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::edge::wire;
use crate::support::{
    Act, Connection, Dialect, Gate, Gateway, Request, Setup, Speech, Upstream, end, of_call,
    open_stream, provider, the, until,
};

/// A provider whose streams end when the gate opens.
pub(super) fn endless() -> (Gate, Upstream) {
    let gate = Gate::default();
    let waits = gate.clone();
    let upstream = Upstream::start(move |_| {
        let mut pieces = Dialect::OpenAi.streams(&["one ", "two"]);
        let rest = pieces.split_off(2);
        let mut acts = open_stream(pieces);
        acts.push(Act::Wait(waits.clone()));
        acts.extend(open_stream(rest).split_off(1));
        acts.push(end());
        acts
    });
    (gate, upstream)
}

pub(super) fn question(stream: bool) -> serde_json::Value {
    let mut question = Dialect::OpenAi.says("up/m", "hello");
    question["stream"] = json!(stream);
    question
}

/// A stream of which the client has the first piece.
pub(super) fn open(gateway: &Gateway) -> (Connection, String, Vec<u8>) {
    let mut connection = Connection::open(gateway.data).unwrap();
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&question(true));
    connection.send(&request.bytes()).unwrap();
    let head = connection.head().unwrap();
    assert_eq!(head.status, 200);
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains("one ") {
        heard.extend(connection.chunk().unwrap().unwrap());
    }
    (connection, head.call(), heard)
}

/// The rest of a stream, to its proper end.
pub(super) fn rest(connection: &mut Connection, mut heard: Vec<u8>) {
    while let Some(piece) = connection.chunk().unwrap() {
        heard.extend(piece);
    }
    let heard = Dialect::OpenAi.heard_in(&heard);
    assert!(heard.ended && heard.text == "one two", "{heard:?}");
}

fn gateway(upstream: &Upstream, drain_s: u32) -> Gateway {
    let provider = provider("up", &upstream.url(), "openai", &["m"], "");
    Setup::with(format!(
        "limits: {{drain_s: {drain_s}}}\nproviders:\n{provider}"
    ))
    .start()
}

#[test]
fn with_nothing_to_do_it_ends() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut gateway = Setup::bare().start();
        // An idle connection is no reason to stay.
        let mut idle = Connection::open(gateway.data).unwrap();
        assert_eq!(
            idle.ask(&Request::get("/v1/models").key(&gateway.key))
                .status,
            200
        );
        gateway.signal(signal);
        assert_eq!(gateway.wait().code(), Some(0));
        assert!(idle.more().is_err());
    }
}

#[test]
fn an_open_stream_may_end_and_no_call_begins_meanwhile() {
    let (gate, upstream) = endless();
    let mut gateway = gateway(&upstream, 30);
    let (mut stream, call, heard) = open(&gateway);
    let mut idle = Connection::open(gateway.data).unwrap();
    assert_eq!(
        idle.ask(&Request::get("/v1/models").key(&gateway.key))
            .status,
        200
    );
    gateway.signal(Signal::TERM);
    until("it is not ready any more", || {
        (Request::get("/readyz").send(gateway.control).status == 503).then_some(())
    });
    assert!(idle.more().is_err(), "an idle connection is closed");
    let refused = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&question(false))
        .send(gateway.data);
    assert_eq!((refused.status, refused.code().as_str()), (503, "draining"));
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(refused.header("retry-after").is_some());
    assert!(gateway.is_running());
    gate.open();
    rest(&mut stream, heard);
    assert_eq!(gateway.wait().code(), Some(0));
    assert_eq!(upstream.count(), 1);
    let records = gateway.records();
    assert_eq!(the(&of_call(&records, &call), "complete")["status"], 200);
    assert_eq!(
        the(&of_call(&records, &refused.call()), "deny")["code"],
        "draining"
    );
    assert_eq!(gateway.verify()["ok"], true);
}

#[test]
fn a_stream_that_does_not_end_is_cut_when_the_time_is_over() {
    let (gate, upstream) = endless();
    let mut gateway = gateway(&upstream, 1);
    let (mut stream, call, _) = open(&gateway);
    let began = Instant::now();
    gateway.signal(Signal::TERM);
    assert_eq!(gateway.wait().code(), Some(0));
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    while let Ok(Some(_)) = stream.chunk() {}
    let records = of_call(&gateway.records(), &call);
    assert_eq!(
        records
            .iter()
            .filter(|record| record["kind"] != "intent")
            .count(),
        1,
        "one ending: {records:?}"
    );
    assert_eq!(gateway.verify()["ok"], true);
    gate.open();
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let (gate, upstream) = endless();
    let mut gateway = gateway(&upstream, 300);
    let (_stream, _, _) = open(&gateway);
    gateway.signal(Signal::INT);
    until("it drains", || {
        gateway.log().contains("Draining").then_some(())
    });
    gateway.signal(Signal::INT);
    assert_eq!(gateway.wait().code(), Some(0));
    gate.open();
}

#[test]
fn bytes_that_a_slow_client_has_not_taken_yet_still_reach_it() {
    let big = Dialect::OpenAi
        .answers(&"word ".repeat(2_000_000))
        .to_string();
    let length = big.len();
    let upstream = Upstream::start(move |_| crate::support::answer(200, &[], &big));
    let mut gateway = gateway(&upstream, 30);
    let mut connection = Connection::open(gateway.data).unwrap();
    connection
        .send(
            &Request::post("/v1/chat/completions")
                .key(&gateway.key)
                .json(&question(false))
                .bytes(),
        )
        .unwrap();
    upstream.wait_for(1);
    let mut head = connection.head().unwrap();
    gateway.signal(Signal::TERM);
    until("it drains", || {
        gateway.log().contains("Draining").then_some(())
    });
    head.whole = connection.rest(&mut head).is_ok();
    assert!(
        head.whole && head.body.len() == length,
        "{} of {length}",
        head.body.len()
    );
    assert_eq!(gateway.wait().code(), Some(0));
}

#[test]
fn over_http2_too_what_has_begun_may_end() {
    let (gate, upstream) = endless();
    let mut gateway = gateway(&upstream, 30);
    let base = format!("http://{}", gateway.data);
    let (streamed, big) = wire::run(async {
        let mut connection = wire::http2(gateway.data).await;
        let stream = connection
            .send_request(wire::call(&base, &gateway.key, &question(true)))
            .await
            .unwrap();
        // More than a client that does not read has room for.
        let text = "word ".repeat(1_000_000);
        let answers = Dialect::OpenAi.answers(&text).to_string();
        upstream.then(move |_| crate::support::answer(200, &[], &answers));
        let big = connection
            .send_request(wire::call(&base, &gateway.key, &question(false)))
            .await
            .unwrap();
        gateway.signal(Signal::TERM);
        until("it drains", || {
            gateway.log().contains("Draining").then_some(())
        });
        gate.open();
        (wire::whole(stream).await, wire::whole(big).await)
    });
    let heard = Dialect::OpenAi.heard_in(&streamed);
    assert!(heard.ended && heard.text == "one two", "{heard:?}");
    assert!(big.len() > 5_000_000, "{}", big.len());
    assert_eq!(gateway.wait().code(), Some(0));
}
