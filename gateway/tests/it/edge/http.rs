//! HTTP as clients speak it: kept alive, multiplexed, streamed, with an expectation or an offer that is passed over.

use http_body_util::BodyExt;
use serde_json::json;

use super::wire::{call, http2, run, whole};
use crate::support::{
    Act, Connection, Dialect, Gate, Request, Setup, Speech, Upstream, answer, end, of_call,
    open_stream, provider, the,
};

fn question() -> serde_json::Value {
    Dialect::OpenAi.says("demo-chat", "hello")
}

fn before(upstream: &Upstream) -> Setup {
    Setup::with(format!(
        "providers:\n{}",
        provider("up", &upstream.url(), "openai", &["m"], "")
    ))
}

#[test]
fn two_calls_share_a_connection() {
    let gateway = Setup::bare().start();
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&question());
    let mut connection = Connection::open(gateway.data).unwrap();
    let (one, two) = (connection.ask(&request), connection.ask(&request));
    assert_eq!((one.status, two.status), (200, 200));
    assert_ne!(one.call(), two.call());
    // And two that come in one piece are answered in their order.
    connection
        .send(
            &[
                request.bytes(),
                Request::get("/v1/models").key(&gateway.key).bytes(),
            ]
            .concat(),
        )
        .unwrap();
    assert!(connection.answer().unwrap().json()["choices"].is_array());
    assert_eq!(connection.answer().unwrap().json()["object"], "list");
}

#[test]
fn http2_without_tls_is_served_to_who_begins_with_it() {
    let gateway = Setup::bare().start();
    run(async {
        let mut connection = http2(gateway.data).await;
        let request = || {
            call(
                &format!("http://{}", gateway.data),
                &gateway.key,
                &question(),
            )
        };
        let (one, two) = (
            connection.send_request(request()),
            connection.send_request(request()),
        );
        for answered in [one.await.unwrap(), two.await.unwrap()] {
            assert_eq!(
                (answered.version(), answered.status().as_u16()),
                (http::Version::HTTP_2, 200)
            );
            assert!(answered.headers().contains_key("x-marshal-call-id"));
            let body: serde_json::Value = serde_json::from_slice(&whole(answered).await).unwrap();
            assert!(body["choices"].is_array(), "{body}");
        }
    });
}

#[test]
fn a_head_that_is_too_large_is_refused_over_http2_too() {
    let gateway = Setup::with("limits: {max_header_bytes: 2048}\nproviders: {demo: {}}\n").start();
    let refused = run(async {
        let mut connection = http2(gateway.data).await;
        let base = format!("http://{}", gateway.data);
        let mut request = call(&base, &gateway.key, &question());
        request
            .headers_mut()
            .insert("x", "y".repeat(2_500).parse().unwrap());
        let refused = connection.send_request(request).await.unwrap();
        assert_eq!(
            (
                refused.status().as_u16(),
                &refused.headers()["x-marshal-code"]
            ),
            (431, &"headers_too_large".parse().unwrap())
        );
        let good = connection
            .send_request(call(&base, &gateway.key, &question()))
            .await
            .unwrap();
        assert_eq!(good.status(), 200, "only the one call is refused");
        refused.headers()["x-marshal-call-id"]
            .to_str()
            .unwrap()
            .to_owned()
    });
    assert_eq!(
        the(&of_call(&gateway.records(), &refused), "deny")["code"],
        "headers_too_large"
    );
}

#[test]
fn over_http2_a_stream_arrives_piece_by_piece() {
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
    let gateway = before(&upstream).start();
    let mut body = Dialect::OpenAi.says("up/m", "hello");
    body["stream"] = json!(true);
    let stream = run(async {
        let mut connection = http2(gateway.data).await;
        let answer = connection
            .send_request(call(
                &format!("http://{}", gateway.data),
                &gateway.key,
                &body,
            ))
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let mut stream = answer.into_body();
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains("one ") {
            heard.extend_from_slice(&stream.frame().await.unwrap().unwrap().into_data().unwrap());
        }
        assert!(
            !gate.is_open(),
            "the first piece came before the second was made"
        );
        gate.open();
        heard.extend_from_slice(&stream.collect().await.unwrap().to_bytes());
        heard
    });
    let heard = Dialect::OpenAi.heard_in(&stream);
    assert!(heard.ended && heard.text == "one two", "{heard:?}");
}

#[test]
fn more_calls_at_once_than_the_gateway_takes_are_shed() {
    let gate = Gate::default();
    let waits = gate.clone();
    let upstream = Upstream::start(move |_| {
        let mut acts = vec![Act::Wait(waits.clone())];
        acts.extend(answer(
            200,
            &[],
            Dialect::OpenAi.answers("late").to_string(),
        ));
        acts
    });
    let config = format!(
        "limits: {{max_connections: 1}}\nproviders:\n{}",
        provider("up", &upstream.url(), "openai", &["m"], "")
    );
    let gateway = Setup::with(config).start();
    let (first, shed, body) = run(async {
        let mut connection = http2(gateway.data).await;
        let ask = || {
            let base = format!("http://{}", gateway.data);
            call(&base, &gateway.key, &Dialect::OpenAi.says("up/m", "hello"))
        };
        let first = connection.send_request(ask());
        while upstream.count() == 0 {
            tokio::task::yield_now().await;
        }
        let shed = connection.send_request(ask()).await.unwrap();
        gate.open();
        let parts = shed.headers().clone();
        assert_eq!(shed.status(), 503);
        let body = whole(shed).await;
        (first.await.unwrap().status(), parts, body)
    });
    assert_eq!(first, 200, "the call before it is not disturbed");
    assert_eq!(shed["x-marshal-code"], "overloaded");
    assert!(shed.contains_key("retry-after"));
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["error"]["code"], "overloaded");
    let records = gateway.records();
    let denied = the(&records, "deny");
    assert_eq!(denied["code"], "overloaded");
}

#[test]
fn a_client_that_waits_for_a_word_before_it_sends_its_body_gets_it() {
    let gateway = Setup::bare().start();
    let body = question().to_string();
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .header("expect", "100-continue");
    let length = body.len().to_string();
    let request = request
        .header("content-type", "application/json")
        .header("content-length", &length);
    let mut connection = Connection::open(gateway.data).unwrap();
    connection.send(&request.bytes()).unwrap();
    assert_eq!(connection.head().unwrap().status, 100);
    connection.send(body.as_bytes()).unwrap();
    assert_eq!(connection.answer().unwrap().status, 200);
    // One that is refused from its head alone is not asked to send its body.
    let mut connection = Connection::open(gateway.data).unwrap();
    let refused = Request::post("/v1/chat/completions")
        .key("mk_none")
        .header("expect", "100-continue");
    connection
        .send(&refused.header("content-length", "1000000").bytes())
        .unwrap();
    assert_eq!(connection.answer().unwrap().status, 401);
}

#[test]
fn a_client_that_closes_its_side_after_its_last_request_still_gets_the_answer() {
    let gateway = Setup::bare().start();
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .header("connection", "close")
        .json(&question());
    let mut connection = Connection::open(gateway.data).unwrap();
    connection.send(&request.bytes()).unwrap();
    connection.finish_sending();
    let answer = connection.answer().unwrap();
    assert!(answer.status == 200 && answer.whole);
}

#[test]
fn a_body_that_is_too_large_is_refused_even_to_a_client_that_reads_only_after_it_has_sent_all() {
    let gateway = Setup::with("limits: {max_body_bytes: 10000}\nproviders: {demo: {}}\n").start();
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .header("content-type", "application/json");
    let answer = request.body(vec![b' '; 20_000_000]).send(gateway.data);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (413, "body_too_large")
    );
    assert!(answer.whole);
}

#[test]
fn an_offer_of_http2_is_passed_over_and_the_call_is_served() {
    let gateway = Setup::bare().start();
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&question());
    let request = request
        .header("connection", "Upgrade, HTTP2-Settings")
        .header("upgrade", "h2c");
    let request = request.header("http2-settings", "AAMAAABkAAQAAP__");
    let mut connection = Connection::open(gateway.data).unwrap();
    assert_eq!(connection.ask(&request).status, 200);
    assert_eq!(
        connection.ask(&request).status,
        200,
        "the connection is as good as before"
    );
}

#[test]
fn what_a_client_says_about_its_connection_does_not_reach_the_provider() {
    let upstream =
        Upstream::start(|_| answer(200, &[], Dialect::OpenAi.answers("fine").to_string()));
    let gateway = before(&upstream).start();
    let mut request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&Dialect::OpenAi.says("up/m", "hello"));
    request = request
        .header("connection", "keep-alive, x-hop, openai-organization")
        .header("x-hop", "tell-tale");
    for name in [
        "openai-organization",
        "keep-alive",
        "te",
        "trailer",
        "proxy-authorization",
        "proxy-connection",
        "forwarded",
        "cookie",
    ] {
        request = request.header(name, "tell-tale");
    }
    assert_eq!(request.send(gateway.data).status, 200);
    let seen = upstream.last();
    assert!(!seen.head.contains("tell-tale"), "{}", seen.head);
    assert!(!seen.head.contains(&gateway.key), "{}", seen.head);
}

#[test]
fn the_address_in_a_request_line_chooses_no_host() {
    let upstream =
        Upstream::start(|_| answer(200, &[], Dialect::OpenAi.answers("fine").to_string()));
    let gateway = before(&upstream).start();
    let elsewhere = Request::post("http://elsewhere.invalid/v1/chat/completions").key(&gateway.key);
    assert_eq!(
        elsewhere
            .json(&Dialect::OpenAi.says("up/m", "hello"))
            .send(gateway.data)
            .status,
        200
    );
    assert_eq!(
        (upstream.last().path(), upstream.count()),
        ("/v1/chat/completions", 1)
    );
}

#[test]
fn a_websocket_that_is_refused_is_refused_in_words_and_on_record() {
    let gateway = Setup::bare().start();
    let upgrade = Request::get("/v1/realtime?model=demo-chat")
        .key(&gateway.key)
        .header("connection", "Upgrade");
    let upgrade = upgrade
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13");
    let upgrade = upgrade.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let mut connection = Connection::open(gateway.data).unwrap();
    connection
        .send(
            &[
                upgrade.bytes(),
                Request::get("/v1/models").key(&gateway.key).bytes(),
            ]
            .concat(),
        )
        .unwrap();
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (400, "no_target"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(
        connection.more().is_err(),
        "nothing that came after it is answered"
    );
    let records = of_call(&gateway.records(), &answer.call());
    assert_eq!(the(&records, "deny")["code"], "no_target");
}
