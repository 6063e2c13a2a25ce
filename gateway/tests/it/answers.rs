//! What a model writes is looked at like what a caller sends: every choice, thought and argument, whole and streamed,
//! and the data policy says what becomes of it.

use serde_json::{Value, json};

use crate::support::{
    Connection, Dialect, Gateway, Request, Setup, Speech, Upstream, answer, both, of_call, of_path,
    provider, stream, the, until,
};

const MADE_UP: &str = "5555555555554444";
const SENT: &str = "4111111111111111";

fn data(answers: &str) -> String {
    format!(
        "version: 1\nentities:\n  CREDIT_CARD: {{class: pii, action: surrogate, answers: {answers}}}\n  EMAIL_ADDRESS: {{class: pii, action: allow, answers: {answers}}}\n"
    )
}

fn start(upstream: &Upstream, answers: &str) -> Gateway {
    let config = format!(
        "providers:\n{}{}",
        provider("o", &upstream.url(), "openai", &["m"], ""),
        provider("a", &upstream.url(), "anthropic", &["m"], "")
    );
    Setup::with(config).data(data(answers)).start()
}

fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "o/m",
        Dialect::Anthropic => "a/m",
    }
}

/// OpenAI's answer with two choices, a thought and a tool call, each with a card of the model's own.
fn every_place() -> Value {
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": format!("One: {MADE_UP}."), "reasoning_content": format!("Think {MADE_UP}")}},
            {"index": 1, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": format!("Two: {MADE_UP}."),
                "tool_calls": [{"id": "t", "type": "function", "function": {"name": "pay", "arguments": format!("{{\"card\": {MADE_UP}, \"to\": \"{MADE_UP}\"}}")}}]}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
}

#[test]
fn every_choice_thought_and_argument_of_an_answer_is_masked() {
    let upstream = Upstream::start(|_| answer(200, &[], every_place().to_string()));
    let gateway = start(&upstream, "mask");
    for client in both() {
        let got = gateway.ask(client, &client.says("o/m", "hello"));
        assert_eq!(got.status, 200, "{}", got.text());
        assert!(!got.text().contains(MADE_UP), "{}", got.text());
    }
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", "hello"));
    let choices = got.json()["choices"].clone();
    assert_eq!(choices[0]["message"]["content"], "One: [CREDIT_CARD].");
    assert_eq!(
        choices[0]["message"]["reasoning_content"],
        "Think [CREDIT_CARD]"
    );
    let arguments = choices[1]["message"]["tool_calls"][0]["function"]["arguments"].as_str();
    assert_eq!(
        arguments,
        Some(r#"{"card": "[CREDIT_CARD]", "to": "[CREDIT_CARD]"}"#)
    );
    let records = of_call(&gateway.records(), &got.call());
    let findings = the(&records, "complete")["findings"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(findings.len(), 4, "{findings:?}");
    assert!(findings.iter().all(|found| found["entity"] == "CREDIT_CARD"
        && found["action"] == "mask"
        && found["detector"] == "luhn"));
    assert!(
        findings
            .iter()
            .any(|found| found["path"] == "answer.choices[1].message.content"),
        "{findings:?}"
    );
    assert!(
        !records
            .iter()
            .any(|record| record.to_string().contains(MADE_UP))
    );
}

/// A streamed answer of OpenAI's, in pieces of so many bytes.
fn pieces(text: &str, length: usize) -> Vec<String> {
    let event = |delta: Value, finish: Value| {
        format!(
            "data: {}\n\n",
            json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        )
    };
    let mut events = vec![event(
        json!({"role": "assistant", "content": ""}),
        Value::Null,
    )];
    let parts = text.as_bytes().chunks(length);
    events.extend(parts.map(|part| {
        event(
            json!({"content": std::str::from_utf8(part).unwrap()}),
            Value::Null,
        )
    }));
    events.push(event(json!({}), json!("stop")));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

/// The text that a streamed answer comes to.
fn text_of(body: &str) -> String {
    let events = body.lines().filter_map(|line| line.strip_prefix("data: "));
    let values = events.filter_map(|event| serde_json::from_str::<Value>(event).ok());
    let texts = values.filter_map(|value| {
        let openai = value["choices"][0]["delta"]["content"].as_str();
        openai
            .or(value["delta"]["text"].as_str())
            .map(str::to_owned)
    });
    texts.collect()
}

#[test]
fn a_stream_is_masked_alike_wherever_it_is_cut_and_the_callers_own_value_comes_back() {
    let upstream = Upstream::start(|_| Vec::new());
    let gateway = start(&upstream, "mask");
    for length in [1, 2, 3, 5, 7, 11, 400] {
        upstream.then(move |seen| {
            let body = String::from_utf8_lossy(&seen.body).into_owned();
            let stand_in = body.split("card is ").nth(1).unwrap()[..16].to_owned();
            stream(pieces(&format!("Yours is {stand_in}, mine is 5555 5555 5555 4444, mail eve@example.com or me@example.org."), length))
        });
        for client in both() {
            let mut body = client.says(
                "o/m",
                &format!("my card is {SENT} and my mail me@example.org"),
            );
            body["stream"] = json!(true);
            let got = gateway.ask(client, &body);
            assert_eq!(
                text_of(&got.text()),
                format!(
                    "Yours is {SENT}, mine is [CREDIT_CARD], mail [EMAIL_ADDRESS] or me@example.org."
                ),
                "{length} {}",
                got.text()
            );
        }
    }
}

#[test]
fn an_answer_that_policy_blocks_ends_before_the_value() {
    let upstream = Upstream::start(|seen| match seen.json()["stream"].as_bool() {
        Some(true) => stream(pieces(&format!("The number is {MADE_UP} and so on."), 9)),
        _ => answer(
            200,
            &[],
            of_path(seen.path())
                .answers(&format!("It is {MADE_UP}."))
                .to_string(),
        ),
    });
    let gateway = start(&upstream, "block");
    for client in both() {
        let got = gateway.ask(client, &client.says(name(client), "hello"));
        assert_eq!(
            (got.status, &*got.code()),
            (403, "data_blocked"),
            "{}",
            got.text()
        );
        let records = of_call(&gateway.records(), &got.call());
        assert_eq!(the(&records, "complete")["outcome"], "blocked");

        let mut body = client.says("o/m", "hello");
        body["stream"] = json!(true);
        let got = gateway.ask(client, &body);
        assert!(
            got.text().contains("data_blocked") && !got.text().contains(MADE_UP),
            "{}",
            got.text()
        );
        assert_eq!(text_of(&got.text()), "The number is ");
    }
    assert_eq!(gateway.verify()["ok"], true);
}

#[test]
fn what_is_only_watched_passes_byte_for_byte_and_stands_in_the_record() {
    let upstream = Upstream::start(|seen| match seen.json()["stream"].as_bool() {
        Some(true) => stream(pieces(&format!("The number is {MADE_UP} and so on."), 4)),
        _ => answer(200, &[], every_place().to_string()),
    });
    let gateway = start(&upstream, "alert");
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", "hello"));
    assert_eq!(got.text(), every_place().to_string());
    let mut body = Dialect::OpenAi.says("o/m", "hello");
    body["stream"] = json!(true);
    let streamed = gateway.ask(Dialect::OpenAi, &body);
    assert_eq!(
        streamed.text(),
        pieces(&format!("The number is {MADE_UP} and so on."), 4).concat()
    );
    for call in [got.call(), streamed.call()] {
        let records = of_call(&gateway.records(), &call);
        let findings = the(&records, "complete")["findings"]
            .as_array()
            .unwrap()
            .clone();
        assert!(
            findings.iter().any(|found| found["action"] == "alert"),
            "{findings:?}"
        );
    }
    gateway.logs("The data policy asks to be told of this find.");
    assert!(!gateway.log().contains(MADE_UP));
}

#[test]
fn an_answer_that_is_a_file_is_looked_at_whatever_it_calls_itself() {
    let subtitles = format!("1\n00:00:01,000 --> 00:00:02,000\nMine is {MADE_UP}, yours {SENT}.\n");
    let lines = format!("{{\"text\":\"mine is {MADE_UP}\"}}\n{{\"text\":\"yours is {SENT}\"}}\n");
    for (media, body) in [
        ("text/plain", &subtitles),
        ("application/x-subrip", &subtitles),
        ("application/octet-stream", &lines),
        ("application/jsonl", &lines),
        ("application/json", &subtitles),
    ] {
        let said = body.clone();
        let upstream = Upstream::start(move |seen| {
            let own = seen.json()["input"].as_str().unwrap().to_owned();
            answer(200, &[("content-type", media)], said.replace(SENT, &own))
        });
        let asked = json!({"model": "o/m", "input": SENT, "voice": "x"});
        let speaks = |action: &str| {
            let config = format!(
                "providers:\n{}",
                provider("o", &upstream.url(), "openai", &["m"], ", tasks: [speech]")
            );
            Setup::with(config).data(data(action)).start()
        };
        let got = speaks("mask").post("/v1/audio/speech", &asked);
        assert_eq!(
            got.text(),
            body.replace(MADE_UP, "[CREDIT_CARD]"),
            "{media}"
        );
        let gateway = speaks("block");
        let request = Request::post("/v1/audio/speech")
            .key(&gateway.key)
            .json(&asked);
        let mut connection = Connection::open(gateway.data).unwrap();
        connection.send(&request.bytes()).unwrap();
        // A file has no words for it: it breaks off, perhaps before its first byte.
        if let Ok(got) = connection.answer() {
            assert!(!got.text().contains(MADE_UP), "{media}: {}", got.text());
        }
        let blocked = until("the blocked answer is in the trail", || {
            let records = gateway.records();
            records
                .into_iter()
                .find(|record| record["kind"] == "complete")
        });
        assert_eq!(blocked["outcome"], "blocked", "{media}");
    }
}

#[test]
fn sound_passes_byte_for_byte() {
    let sound: Vec<u8> = (0..100_000_u32).map(|at| (at * 7 % 251) as u8).collect();
    let said = sound.clone();
    let upstream =
        Upstream::start(move |_| answer(200, &[("content-type", "audio/mpeg")], said.clone()));
    let config = format!(
        "providers:\n{}",
        provider("o", &upstream.url(), "openai", &["m"], ", tasks: [speech]")
    );
    let gateway = Setup::with(config).data(data("mask")).start();
    let asked = json!({"model": "o/m", "input": "hello", "voice": "x"});
    assert_eq!(gateway.post("/v1/audio/speech", &asked).body, sound);
}
