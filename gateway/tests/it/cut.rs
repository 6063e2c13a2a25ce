//! An answer that is cut is paid for as far as it came: what a provider counts at its beginning is not what it used.

use serde_json::{Value, json};

use crate::support::{
    Act, Connection, Gate, Gateway, Request, Setup, Upstream, of_call, open_stream, the, until,
};

/// So many deltas of five bytes: 12,500 tokens at four bytes each.
const DELTAS: usize = 10_000;
const TOKENS: u64 = 12_500;

/// The last word: a client that has it has everything.
const LAST: &str = "adieu";

/// Anthropic's stream up to its last delta: it begins with one output token, and says more only at its end.
fn anthropic() -> Vec<String> {
    let start = json!({"type": "message_start", "message": {
        "id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 7, "output_tokens": 1}}});
    let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    let delta = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    let event = |event: Value| {
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap()
        )
    };
    said([start, block], delta).map(event).collect()
}

/// Gemini's: usage stands in its first chunk.
fn gemini() -> Vec<String> {
    let chunk = |text: &str| json!({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}], "modelVersion": "m"});
    let mut first = chunk("");
    first["usageMetadata"] =
        json!({"promptTokenCount": 7, "candidatesTokenCount": 1, "totalTokenCount": 8});
    said([first], chunk)
        .map(|event| format!("data: {event}\n\n"))
        .collect()
}

fn said<const N: usize>(
    before: [Value; N],
    delta: impl Fn(&str) -> Value,
) -> impl Iterator<Item = Value> {
    let words = (1..DELTAS).map(|_| "word ").chain([LAST]);
    let deltas: Vec<_> = words.map(delta).collect();
    before.into_iter().chain(deltas)
}

/// A gateway before a provider of each kind, whose output is ten dollars a million tokens; a key may spend ten cents.
fn start(anthropic: &Upstream, gemini: &Upstream) -> Gateway {
    let model = "models: [{name: m, price: {input_usd_per_mtok: 0, output_usd_per_mtok: 10}}]";
    let config = format!(
        "providers:\n  a: {{base_url: \"{}\", dialects: [anthropic], {model}}}\n  g: {{base_url: \"{}\", dialects: [gemini], {model}}}\n",
        anthropic.url(),
        gemini.url()
    );
    let limits = "version: 1\nlimits: []\nbudgets:\n  - {name: each-key, subject: \"*\", per: key, period: total, limit_usd: 0.1}\n";
    Setup::with(config).policy("limits.yaml", limits).start()
}

/// A question to this provider in its own words, and in those of another.
fn questions(provider: &str) -> [Request; 2] {
    let said = json!([{"role": "user", "content": "hello"}]);
    let chat = json!({"model": format!("{provider}/m"), "max_tokens": 64, "stream": true, "messages": said});
    let own = match provider {
        "a" => Request::post("/v1/messages").json(&chat),
        _ => Request::post("/v1beta/models/g%2Fm:streamGenerateContent?alt=sse").json(&json!({
            "contents": [{"role": "user", "parts": [{"text": "hello"}]}],
            "generationConfig": {"maxOutputTokens": 64},
        })),
    };
    [own, Request::post("/v1/chat/completions").json(&chat)]
}

fn script(events: Vec<String>, last: Act) -> Upstream {
    Upstream::start(move |_| {
        let pieces: Vec<String> = events.chunks(200).map(|some| some.concat()).collect();
        let mut acts = open_stream(pieces);
        acts.push(last.clone());
        acts
    })
}

/// Asks with a key of its own, reads until the last word, and hangs up there if told so; gives the call's ending.
fn ending(gateway: &Gateway, ask: Request, hang_up: bool) -> Value {
    let key = gateway.key_of(&[]);
    let mut connection = Connection::open(gateway.data).unwrap();
    let bytes = ask.clone().key(&key).bytes();
    connection.send(&bytes).unwrap();
    let got = connection.head().unwrap();
    assert_eq!(got.status, 200);
    let mut heard = String::new();
    while let Some(chunk) = connection.chunk().unwrap() {
        heard.push_str(&String::from_utf8_lossy(&chunk));
        if hang_up && heard.contains(LAST) {
            break;
        }
    }
    drop(connection);
    let ending = until("the call has its ending", || {
        let records = of_call(&gateway.records(), &got.call());
        let ended = records.iter().any(|record| record["kind"] == "complete");
        ended.then(|| the(&records, "complete").clone())
    });
    // What it cost is spent: the same key has nothing left.
    let refused = ask.key(&key).send(gateway.data);
    assert_eq!(
        refused.header("x-marshal-code"),
        Some("budget_spent"),
        "{ending}"
    );
    ending
}

fn is_paid_for(ending: &Value, outcome: &str) {
    assert_eq!(ending["outcome"], outcome, "{ending}");
    let usage = &ending["usage"];
    let output = usage["output"].as_u64().unwrap();
    assert!((TOKENS..TOKENS + 10).contains(&output), "{ending}");
    assert_eq!(
        (&usage["input"], &usage["estimated"]),
        (&json!(7), &json!(true)),
        "{ending}"
    );
    assert_eq!(
        ending["cost_nano_usd"],
        json!(output * 10_000),
        "ten dollars a million tokens: {ending}"
    );
}

#[test]
fn a_client_that_hangs_up_pays_for_what_came_through() {
    let gate = Gate::default();
    let (anthropic, gemini) = (
        script(anthropic(), Act::AwaitHangUp(gate.clone())),
        script(gemini(), Act::AwaitHangUp(gate)),
    );
    let gateway = start(&anthropic, &gemini);
    for provider in ["a", "g"] {
        for ask in questions(provider) {
            is_paid_for(&ending(&gateway, ask, true), "client_gone");
        }
    }
}

#[test]
fn a_stream_that_breaks_off_is_paid_for_as_far_as_it_came() {
    let (anthropic, gemini) = (
        script(anthropic(), Act::Close),
        script(gemini(), Act::Close),
    );
    let gateway = start(&anthropic, &gemini);
    for provider in ["a", "g"] {
        for ask in questions(provider) {
            is_paid_for(&ending(&gateway, ask, false), "upstream_broken");
        }
    }
}

#[test]
fn a_whole_answer_that_breaks_off_is_paid_for_as_far_as_it_came() {
    let upstream = Upstream::start(|_| {
        let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90000\r\n\r\n{\"content\":[{\"type\":\"text\",\"text\":\"".to_vec();
        bytes.extend("word ".repeat(DELTAS).into_bytes());
        vec![Act::Send(bytes), Act::Close]
    });
    let gateway = start(&upstream, &upstream);
    let body = json!({"model": "a/m", "max_tokens": 64, "messages": [{"role": "user", "content": "hello"}]});
    for path in ["/v1/messages", "/v1/chat/completions"] {
        let key = gateway.key_of(&[]);
        let ask = || Request::post(path).json(&body).key(&key).send(gateway.data);
        let got = ask();
        assert_eq!(got.status, 502, "{}", got.text());
        let records = of_call(&gateway.records(), &got.call());
        let usage = &the(&records, "complete")["usage"];
        assert!(usage["output"].as_u64() >= Some(TOKENS), "{usage}");
        assert_eq!(usage["estimated"], true);
        assert_eq!(ask().header("x-marshal-code"), Some("budget_spent"));
    }
}
