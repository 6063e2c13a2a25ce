//! Another provider answers where one fails before its first byte; a caller is told apart whose doing a failure is.

use serde_json::{Value, json};

use crate::support::{
    Act, Answer, Connection, Dialect, Gate, Gateway, Request, Setup, Speech, Upstream, answer,
    both, failing, free_port, of_call, of_path, open_stream, provider, stream, the,
};

fn well() -> Upstream {
    Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("well").to_string()))
}

/// Providers by name and address, each with model `m` in both dialects; `NAME-or-well` falls back to `well`.
fn start(providers: &[(&str, &str)], well: &Upstream, rest: &str) -> Gateway {
    let mut config = "providers:\n".to_owned();
    let mut models = "models:\n".to_owned();
    for (name, url) in providers {
        config.push_str(&provider(name, url, "openai, anthropic", &["m"], rest));
        models.push_str(&format!(
            "  {name}-or-well: {{candidates: [{name}/m, well/m]}}\n"
        ));
    }
    config.push_str(&provider(
        "well",
        &well.url(),
        "openai, anthropic",
        &["m"],
        "",
    ));
    Setup::with(config + &models).start()
}

fn records_of(gateway: &Gateway, got: &Answer) -> Vec<Value> {
    of_call(&gateway.records(), &got.call())
}

#[test]
fn a_failure_before_the_first_byte_is_answered_by_the_next_target() {
    let well = well();
    let failures = [500, 503, 529, 429, 401, 408]
        .map(|status| (status, Upstream::start(move |_| failing(status))));
    let hangs_up = Upstream::start(|_| vec![Act::Close]);
    let nobody = free_port();
    let mut providers: Vec<(String, String)> = failures
        .iter()
        .map(|(status, upstream)| (format!("f{status}"), upstream.url()))
        .collect();
    providers.push(("closed".to_owned(), hangs_up.url()));
    providers.push(("nobody".to_owned(), format!("http://{nobody}/v1")));
    let by_name: Vec<(&str, &str)> = providers
        .iter()
        .map(|(name, url)| (name.as_str(), url.as_str()))
        .collect();
    let gateway = start(&by_name, &well, "");
    let codes = [
        ("f500", "upstream_failed"),
        ("f503", "upstream_overloaded"),
        ("f529", "upstream_overloaded"),
        ("f429", "upstream_rate_limited"),
        ("f401", "upstream_credential"),
        ("f408", "upstream_timeout"),
        ("closed", "upstream_unreachable"),
        ("nobody", "upstream_unreachable"),
    ];
    for (count, (name, code)) in codes.into_iter().enumerate() {
        let got = gateway.ask(
            Dialect::OpenAi,
            &Dialect::OpenAi.says(&format!("{name}-or-well"), "hello"),
        );
        assert_eq!(
            (got.status, got.header("x-marshal-provider")),
            (200, Some("well")),
            "{name}: {}",
            got.text()
        );
        assert_eq!(well.count(), count + 1);
        let records = records_of(&gateway, &got);
        let kinds: Vec<_> = records
            .iter()
            .map(|record| (record["kind"].as_str().unwrap(), record["attempt"].as_u64()))
            .collect();
        assert_eq!(
            kinds,
            [
                ("intent", Some(1)),
                ("abort", Some(1)),
                ("intent", Some(2)),
                ("complete", Some(2))
            ]
        );
        assert_eq!(records[1]["code"], code, "{name}");
    }
}

#[test]
fn nothing_falls_back_once_a_byte_of_the_answer_is_out() {
    let well = well();
    let breaks = Upstream::start(|seen| {
        let pieces = of_path(seen.path()).streams(&["the first words", " and the rest"]);
        let mut acts = open_stream(&pieces[..pieces.len() - 3]);
        acts.push(Act::Close);
        acts
    });
    let gateway = start(&[("breaks", &breaks.url())], &well, "");
    for client in both() {
        let mut body = client.says("breaks-or-well", "hello");
        body["stream"] = json!(true);
        let got = gateway.ask(client, &body);
        assert_eq!(got.status, 200);
        assert!(got.text().contains("the first words"), "{}", got.text());
        let last = got.text().trim_end().lines().last().unwrap().to_owned();
        let error: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(error["error"]["code"], "upstream_broken", "{last}");
        let records = records_of(&gateway, &got);
        assert_eq!(the(&records, "complete")["outcome"], "upstream_broken");
    }
    assert_eq!(well.count(), 0);
}

#[test]
fn a_whole_answer_that_breaks_off_is_no_answer() {
    let breaks = Upstream::start(|_| {
        vec![Act::Send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"id\":".to_vec()), Act::Close]
    });
    let gateway = start(&[("breaks", &breaks.url())], &well(), "");
    for client in both() {
        let got = gateway.ask(client, &client.says("breaks/m", "hello"));
        assert_eq!(
            (got.status, got.code().as_str()),
            (502, "upstream_broken"),
            "{}",
            got.text()
        );
    }
    assert!(gateway.verify()["ok"].as_bool().unwrap());
}

#[test]
fn a_provider_that_refuses_the_gateways_own_key_is_told_apart() {
    let words = r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}"#;
    let upstream = Upstream::start(move |_| answer(401, &[], words));
    let gateway = start(&[("locked", &upstream.url())], &well(), "");
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("locked/m", "hello"));
    assert_eq!(
        (got.status, got.header("x-marshal-code")),
        (401, Some("upstream_credential"))
    );
    assert_eq!(got.text(), words, "its own words, byte for byte");
    let records = records_of(&gateway, &got);
    let abort = the(&records, "abort");
    assert_eq!(
        (&abort["code"], &abort["status"]),
        (&json!("upstream_credential"), &json!(401))
    );
    // The operator reads it in the log.
    gateway.logs("does not accept the configured API key");
}

#[test]
fn a_request_that_the_provider_finds_wrong_is_not_sent_again() {
    let well = well();
    let words = r#"{"error":{"message":"max_tokens is too large","type":"invalid_request_error","param":"max_tokens"}}"#;
    let strict = Upstream::start(move |_| answer(400, &[("x-request-id", "req_7")], words));
    let gateway = start(&[("strict", &strict.url())], &well, "");
    let got = gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("strict-or-well", "hello"),
    );
    assert_eq!(
        (got.status, got.text().as_str(), got.header("x-request-id")),
        (400, words, Some("req_7"))
    );
    assert_eq!((strict.count(), well.count()), (1, 0));
    let records = records_of(&gateway, &got);
    assert_eq!(the(&records, "abort")["code"], "upstream_rejected");
}

#[test]
fn an_error_crosses_the_dialects_in_the_callers_own_shape() {
    let strict = Upstream::start(|_| {
        answer(
            400,
            &[],
            r#"{"error":{"message":"temperature must be below 2","type":"invalid_request_error"}}"#,
        )
    });
    let config = format!(
        "providers:\n{}",
        provider("o", &strict.url(), "openai", &["m"], "")
    );
    let gateway = Setup::with(config).start();
    let got = gateway.ask(Dialect::Anthropic, &Dialect::Anthropic.says("o/m", "hello"));
    let body = got.json();
    assert_eq!(
        (got.status, &body["type"], &body["error"]["type"]),
        (400, &json!("error"), &json!("invalid_request_error"))
    );
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("temperature must be below 2"),
        "{body}"
    );
    assert_eq!(body["request_id"], got.call().as_str());
}

#[test]
fn a_provider_that_limits_its_rate_says_when_to_come_back() {
    let words = r#"{"error":{"message":"slow down","type":"rate_limit_error"}}"#;
    let busy = Upstream::start(move |_| answer(429, &[("retry-after", "7")], words));
    let config = format!(
        "providers:\n{}",
        provider("busy", &busy.url(), "openai", &["m"], "")
    );
    let gateway = Setup::with(config).start();
    for client in both() {
        let got = gateway.ask(client, &client.says("busy/m", "hello"));
        assert_eq!(
            (
                got.status,
                got.header("retry-after"),
                got.header("x-marshal-code")
            ),
            (429, Some("7"), Some("upstream_rate_limited")),
            "{client:?}"
        );
    }
}

#[test]
fn a_provider_that_does_not_answer_in_time_is_given_up() {
    let (well, never) = (well(), Gate::default());
    let waits = never.clone();
    let slow = Upstream::start(move |_| vec![Act::Wait(waits.clone())]);
    let gateway = start(
        &[("slow", &slow.url())],
        &well,
        ", timeouts: {first_byte_s: 1}",
    );
    let got = gateway.ask(
        Dialect::Anthropic,
        &Dialect::Anthropic.says("slow/m", "hello"),
    );
    assert_eq!(
        (got.status, got.code().as_str()),
        (504, "upstream_timeout"),
        "{}",
        got.text()
    );
    let got = gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("slow-or-well", "hello"),
    );
    assert_eq!(
        (got.status, got.header("x-marshal-provider")),
        (200, Some("well")),
        "{}",
        got.text()
    );
    never.open();
}

#[test]
fn a_stream_that_falls_silent_ends_with_an_error() {
    let never = Gate::default();
    let waits = never.clone();
    let slow = Upstream::start(move |seen| {
        let mut acts = open_stream(&of_path(seen.path()).streams(&["some words"])[..2]);
        acts.push(Act::Wait(waits.clone()));
        acts
    });
    let gateway = start(&[("slow", &slow.url())], &well(), ", timeouts: {idle_s: 1}");
    let mut body = Dialect::Anthropic.says("slow/m", "hello");
    body["stream"] = json!(true);
    let got = gateway.ask(Dialect::Anthropic, &body);
    never.open();
    assert!(
        got.text().contains("event: error") && got.text().contains("upstream_timeout"),
        "{}",
        got.text()
    );
}

#[test]
fn a_stream_reaches_the_client_piece_by_piece() {
    let gate = Gate::default();
    let waits = gate.clone();
    let upstream = Upstream::start(move |seen| {
        let pieces = of_path(seen.path()).streams(&["first", "second"]);
        let mut acts = open_stream(&pieces[..2]);
        acts.push(Act::Wait(waits.clone()));
        acts.extend(stream(&pieces[2..]).into_iter().skip(1));
        acts
    });
    let gateway = start(&[("o", &upstream.url())], &well(), "");
    let mut body = Dialect::OpenAi.says("o/m", "hello");
    body["stream"] = json!(true);
    let mut connection = Connection::open(gateway.data).unwrap();
    connection
        .send(
            &Request::post("/v1/chat/completions")
                .key(&gateway.key)
                .json(&body)
                .bytes(),
        )
        .unwrap();
    assert_eq!(connection.head().unwrap().status, 200);
    let mut heard = String::new();
    while !heard.contains("first") {
        heard.push_str(&String::from_utf8(connection.chunk().unwrap().unwrap()).unwrap());
    }
    assert!(!heard.contains("second"));
    gate.open();
    while let Some(chunk) = connection.chunk().unwrap() {
        heard.push_str(&String::from_utf8(chunk).unwrap());
    }
    let heard = Dialect::OpenAi.heard_in(heard.as_bytes());
    assert!(heard.ended && heard.text == "firstsecond", "{heard:?}");
}

#[test]
fn a_client_that_hangs_up_midway_ends_the_providers_work() {
    let gone = Gate::default();
    let notices = gone.clone();
    let upstream = Upstream::start(move |seen| {
        let mut acts = open_stream(&of_path(seen.path()).streams(&["some words"])[..2]);
        acts.push(Act::AwaitHangUp(notices.clone()));
        acts
    });
    let gateway = start(&[("o", &upstream.url())], &well(), "");
    let mut body = Dialect::OpenAi.says("o/m", "hello");
    body["stream"] = json!(true);
    let mut connection = Connection::open(gateway.data).unwrap();
    connection
        .send(
            &Request::post("/v1/chat/completions")
                .key(&gateway.key)
                .json(&body)
                .bytes(),
        )
        .unwrap();
    let got = connection.head().unwrap();
    connection.chunk().unwrap();
    drop(connection);
    crate::support::until("the provider is hung up on", || {
        gone.is_open().then_some(())
    });
    let records = crate::support::until("the call has its ending", || {
        let records = records_of(&gateway, &got);
        records
            .iter()
            .any(|record| record["kind"] == "complete")
            .then_some(records)
    });
    assert_eq!(the(&records, "complete")["outcome"], "client_gone");
}

#[test]
fn what_no_policy_touches_passes_byte_for_byte() {
    let odd = "{ \"id\" : \"c1\",\t\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"h\\u00e9\"},\"finish_reason\":\"stop\"}], \"unknown\": {\"n\": 1.50e+1} }";
    let upstream = Upstream::start(move |_| answer(200, &[], odd));
    let gateway = start(&[("o", &upstream.url())], &well(), "");
    let body = "{\"unknown\" : [1.0, 2e3],  \"model\":\"o/m\", \"messages\":[ {\"role\":\"user\",\"content\":\"h\\u00e9llo\"}],\"temperature\":0.70}";
    let got = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .header("content-type", "application/json")
        .body(body)
        .send(gateway.data);
    assert_eq!(got.text(), odd);
    assert_eq!(
        String::from_utf8(upstream.last().body).unwrap(),
        body.replace("o/m", "m")
    );
}

#[test]
fn what_is_between_a_provider_and_the_gateway_stays_there() {
    let own = [
        ("set-cookie", "session=7"),
        ("openai-organization", "org-7"),
        ("x-ratelimit-remaining-requests", "7"),
        ("x-request-id", "req-7"),
    ];
    let upstream = Upstream::start(move |seen| {
        answer(200, &own, of_path(seen.path()).answers("well").to_string())
    });
    let gateway = start(&[("o", &upstream.url())], &well(), "");
    let body = Dialect::OpenAi.says("o/m", "hello");
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&body);
    let got = request
        .header("cookie", "of=mine")
        .header("x-forwarded-for", "10.1.2.3")
        .header("x-secret", "7")
        .send(gateway.data);
    assert_eq!(got.status, 200);
    for (name, value) in &own[..3] {
        assert_ne!(got.header(name), Some(*value), "{name}");
    }
    assert_eq!(
        got.header("x-request-id"),
        Some("req-7"),
        "what helps to ask the provider passes"
    );
    for name in ["cookie", "x-forwarded-for", "x-secret", "accept-encoding"] {
        assert_eq!(upstream.last().header(name), None, "{name}");
    }
}

#[test]
fn the_gateways_own_credential_goes_to_the_provider_and_the_callers_does_not() {
    let upstream = well();
    let config = format!(
        "providers:\n{}{}",
        provider(
            "o",
            &upstream.url(),
            "openai",
            &["m"],
            ", api_key: {env: UPSTREAM_KEY}"
        ),
        provider(
            "a",
            &upstream.url(),
            "anthropic",
            &["m"],
            ", api_key: {env: UPSTREAM_KEY}"
        )
    );
    let mut gateway = Setup::with(config)
        .env("UPSTREAM_KEY", "sk-upstream")
        .start();
    for client in both() {
        gateway.ask(client, &client.says("o/m", "hello"));
        assert_eq!(
            upstream.last().header("authorization"),
            Some("Bearer sk-upstream")
        );
        gateway.ask(client, &client.says("a/m", "hello"));
        assert_eq!(upstream.last().header("x-api-key"), Some("sk-upstream"));
        assert_eq!(upstream.last().header("authorization"), None);
    }
    assert!(
        upstream
            .seen()
            .iter()
            .all(|seen| !crate::support::holds(&seen.raw, &gateway.key))
    );
    let metrics = gateway.metrics();
    gateway.stop();
    let leaks = |text: &str| text.contains("sk-upstream");
    assert!(!leaks(&gateway.log()) && !leaks(&gateway.stdout()) && !leaks(&metrics));
}
