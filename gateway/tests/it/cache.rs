//! A kept answer is a governed answer: for the same question of the same tenant, and under today's policies.

use serde_json::json;

use crate::support::{
    Dialect, Request, Setup, Speech, Upstream, answer, of_call, of_path, provider,
    shipped_policies, the,
};

/// Says back what it was told last.
fn echo() -> Upstream {
    Upstream::start(|seen| {
        let text = seen.json()["messages"][0]["content"]
            .as_str()
            .unwrap()
            .to_owned();
        answer(200, &[], of_path(seen.path()).answers(&text).to_string())
    })
}

fn setup(upstream: &Upstream) -> Setup {
    Setup::with(format!(
        "providers:\n{}models:\n  kept: {{candidates: [up/m], cache_ttl_s: 600}}\n",
        provider(
            "up",
            &upstream.url(),
            "openai, anthropic",
            &["m"],
            ", facts: {pci: true}"
        )
    ))
}

#[test]
fn the_same_question_is_answered_from_the_cache_and_written_down() {
    let upstream = echo();
    let gateway = setup(&upstream).start();
    let question = Dialect::OpenAi.says("kept", "my card is 4111 1111 1111 1111");
    let first = gateway.ask(Dialect::OpenAi, &question);
    let second = gateway.ask(Dialect::OpenAi, &question);
    assert_eq!(
        (upstream.count(), second.header("x-marshal-cache")),
        (1, Some("hit"))
    );
    assert_eq!(first.text(), second.text());
    assert!(
        second.text().contains("4111 1111 1111 1111"),
        "its own value comes back: {}",
        second.text()
    );
    let records = of_call(&gateway.records(), &second.call());
    assert_eq!(the(&records, "intent")["source"], "cache");
    assert_eq!(the(&records, "complete")["cost_nano_usd"], json!(0));
    assert!(
        gateway
            .files()
            .iter()
            .all(|(_, bytes)| !crate::support::holds(bytes, "4111 1111")),
        "no value lies on the disk"
    );
}

#[test]
fn another_question_tenant_or_dialect_is_asked_anew() {
    let upstream = echo();
    let gateway = setup(&upstream).start();
    let question = Dialect::OpenAi.says("kept", "hello");
    gateway.ask(Dialect::OpenAi, &question);
    let stranger = gateway.key_of(&["--tenant", "another"]);
    let got = Request::post("/v1/chat/completions")
        .key(&stranger)
        .json(&question)
        .send(gateway.data);
    assert_eq!(got.status, 200);
    assert_ne!(
        got.header("x-marshal-cache"),
        Some("hit"),
        "never across tenants"
    );
    gateway.ask(
        Dialect::Anthropic,
        &Dialect::Anthropic.says("kept", "hello"),
    );
    let mut warmer = question.clone();
    warmer["temperature"] = json!(1);
    gateway.ask(Dialect::OpenAi, &warmer);
    assert_eq!(upstream.count(), 4);
}

#[test]
fn who_may_not_ask_is_not_answered_from_the_cache() {
    let upstream = echo();
    let access = std::fs::read_to_string(shipped_policies().join("access.csv")).unwrap();
    let access = access + "\np, not-for-interns, t:interns, *, model:up/m, *, *, deny\n";
    let gateway = setup(&upstream).policy("access.csv", access).start();
    let question = Dialect::OpenAi.says("kept", "hello");
    assert_eq!(gateway.ask(Dialect::OpenAi, &question).status, 200);
    let intern = gateway.key_of(&["--team", "interns"]);
    let got = Request::post("/v1/chat/completions")
        .key(&intern)
        .json(&question)
        .send(gateway.data);
    assert_eq!((got.status, got.code().as_str()), (403, "access_denied"));
}

#[test]
fn another_door_is_another_question() {
    let upstream = Upstream::start(|seen| {
        if seen.path().ends_with(":countTokens") {
            return answer(200, &[], r#"{"totalTokens": 42}"#);
        }
        let said = json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "well"}]}, "finishReason": "STOP", "index": 0}]});
        answer(200, &[], said.to_string())
    });
    let gateway = Setup::with(format!(
        "providers:\n{}models:\n  kept: {{candidates: [g/m], cache_ttl_s: 600}}\n",
        provider("g", &upstream.url(), "gemini", &["m"], "")
    ))
    .start();
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]});
    let count = gateway.post("/v1beta/models/kept:countTokens", &body);
    assert_eq!(count.json()["totalTokens"], 42, "{}", count.text());
    let said = gateway.post("/v1beta/models/kept:generateContent", &body);
    assert_eq!(
        said.json()["candidates"][0]["content"]["parts"][0]["text"],
        "well",
        "{}",
        said.text()
    );
}
