//! Conversations over a WebSocket are governed event by event: what may not leave does not, what is put back is whole,
//! and every session has one ending.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{
    Answer, Gateway, Request, Setup, SocketProvider, Talk, knock, of_call, open, the, until,
};

const CARD: &str = "4111111111111111";
const PATH: &str = "/v1/realtime?model=o/rt";
const PRIVATE_KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx9Zq3mDkTq1vVw8f\n-----END RSA PRIVATE KEY-----";

fn config(provider: &SocketProvider, price: &str, rest: &str) -> String {
    format!(
        "providers:\n  o: {{base_url: \"{}\", dialects: [openai], tasks: [realtime], models: [{{name: rt, id: rt-up, price: {price}}}]{rest}}}\n",
        provider.url()
    )
}

fn before(provider: &SocketProvider) -> Setup {
    Setup::with(config(provider, "free", ", facts: {pci: true}"))
}

fn session(gateway: &Gateway) -> (Answer, Talk) {
    let (head, talk) = open(gateway.data, &knock(PATH).key(&gateway.key));
    assert_eq!(head.status, 101, "{}", head.text());
    (head, talk.unwrap())
}

fn message(text: &str) -> Value {
    json!({"type": "conversation.item.create", "event_id": "e1",
        "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}})
}

fn text_of(event: &Value) -> String {
    event["item"]["content"][0]["text"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The call's records, once it has ended.
fn records(gateway: &Gateway, head: &Answer) -> Vec<Value> {
    let call = head.call();
    until("the session's ending is in the trail", || {
        let records = of_call(&gateway.records(), &call);
        let ended = records.iter().any(|record| record["kind"] != "intent");
        ended.then_some(records)
    })
}

/// A provider that keeps every text and answers nothing.
fn keeps() -> (Arc<Mutex<Vec<String>>>, SocketProvider) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let provider = SocketProvider::start(move |talk| {
        while let Some(message) = talk.next() {
            keep.lock().unwrap().push(match message {
                Message::Text(text) => text.to_string(),
                Message::Binary(bytes) => format!("{} bytes", bytes.len()),
                other => format!("{other:?}"),
            });
        }
    });
    (kept, provider)
}

/// What the provider was told but for the closing.
fn told(kept: &Mutex<Vec<String>>) -> Vec<String> {
    let kept = kept.lock().unwrap().clone();
    kept.into_iter()
        .filter(|text| !text.starts_with("Close"))
        .collect()
}

/// Answers what it was told last, in two pieces that are cut at `cut`.
fn answers(talk: &mut Talk, number: usize, text: &str, cut: usize) {
    let of = |kind: &str, rest: Value| {
        let mut event = json!({"type": kind, "event_id": format!("ev_{number}"), "response_id": format!("r{number}"),
            "item_id": format!("i{number}"), "output_index": 0, "content_index": 0});
        event
            .as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        event
    };
    let usage = json!({"input_tokens": 10, "output_tokens": 3, "input_token_details": {"cached_tokens": 4}});
    let events = [
        json!({"type": "response.created", "response": {"id": format!("r{number}")}}),
        of("response.output_text.delta", json!({"delta": &text[..cut]})),
        of("response.output_text.delta", json!({"delta": &text[cut..]})),
        of("response.output_text.done", json!({"text": text})),
        json!({"type": "response.done", "response": {"id": format!("r{number}"), "status": "completed", "usage": usage,
            "output": [{"content": [{"type": "output_text", "text": text}]}]}}),
    ];
    for event in events {
        talk.say(&event);
    }
}

#[test]
fn a_card_number_stays_here_and_comes_back_wherever_the_answer_is_cut() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = seen.clone();
    let provider = SocketProvider::start(move |talk| {
        talk.say(&json!({"type": "session.created", "session": {"id": "s1", "model": "rt-up"}}));
        let text = text_of(&talk.event());
        for number in 0..=text.len() {
            sees.lock().unwrap().push(talk.event().to_string());
            answers(talk, number, &text, number);
        }
        sees.lock().unwrap().push(text);
        while talk.next().is_some() {}
    });
    let gateway = before(&provider).start();
    let (head, mut talk) = session(&gateway);
    assert_eq!(head.header("x-marshal-provider"), Some("o"));
    talk.event_of("session.created");
    let text = format!("card {CARD}, please");
    talk.say(&message(&text));
    for cut in 0..=text.len() {
        talk.say(&json!({"type": "response.create", "response": {"instructions": format!("say {CARD}")}}));
        let mut heard = String::new();
        let done = loop {
            let event = talk.event();
            match event["type"].as_str().unwrap() {
                "response.output_text.delta" => heard.push_str(event["delta"].as_str().unwrap()),
                "response.output_text.done" => assert_eq!(event["text"], text),
                "response.done" => break event,
                _ => {}
            }
        };
        assert_eq!(heard, text, "cut at {cut}");
        assert_eq!(done["response"]["output"][0]["content"][0]["text"], text);
    }
    talk.close();
    provider.wait_for(1);
    for text in seen.lock().unwrap().iter() {
        assert!(
            !text.contains(CARD),
            "the card reached the provider: {text}"
        );
    }
    let records = records(&gateway, &head);
    let complete = the(&records, "complete");
    assert_eq!(
        (&complete["outcome"], &complete["classes"]),
        (&json!("ok"), &json!(["pci"])),
        "{complete}"
    );
    assert_eq!(complete["findings"][0]["entity"], "CREDIT_CARD");
    assert!(complete["restored"].as_u64().unwrap() > 20);
    let asked = &provider.heads()[0];
    assert!(
        asked.starts_with("GET /v1/realtime?model=rt-up HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        !asked.contains("mk_"),
        "the client's key stays here: {asked}"
    );
}

/// Two items are spoken of at a time: the end of one says nothing of the other, and sound is no text.
#[test]
fn tools_and_transcripts_get_the_callers_own_values_back() {
    let provider = SocketProvider::start(|talk| {
        let text = text_of(&talk.event());
        let arguments = json!({ "card": text }).to_string();
        let of = |family: &str, kind: &str, item: &str, name: &str, text: &str| {
            json!({"type": format!("response.{family}.{kind}"), "event_id": "ev", "response_id": "r", "item_id": item,
                "output_index": 0, "content_index": 0, name: text})
        };
        let (call, voice) = ("function_call_arguments", "output_audio_transcript");
        for event in [
            of(voice, "delta", "i1", "delta", &text[..5]),
            of(call, "delta", "i2", "delta", &arguments[..14]),
            of("output_audio", "delta", "i1", "delta", "QUFB"),
            of("output_audio", "done", "i1", "ended", "yes"),
            of(voice, "delta", "i1", "delta", &text[5..12]),
            of(call, "delta", "i2", "delta", &arguments[14..]),
            of(call, "done", "i2", "arguments", &arguments),
            of(voice, "delta", "i1", "delta", &text[12..14]),
            json!({"type": "response.done", "response": {"id": "r", "output": [{"arguments": arguments}]}}),
        ] {
            talk.say(&event);
        }
        while talk.next().is_some() {}
    });
    let gateway = before(&provider).start();
    let (_, mut talk) = session(&gateway);
    talk.say(&message(CARD));
    let (mut transcript, mut arguments) = (String::new(), String::new());
    let own = json!({ "card": CARD }).to_string();
    let done = loop {
        let event = talk.event();
        let delta = event["delta"].as_str().unwrap_or_default();
        match event["type"].as_str().unwrap() {
            "response.output_audio_transcript.delta" => transcript.push_str(delta),
            "response.function_call_arguments.delta" => arguments.push_str(delta),
            "response.function_call_arguments.done" => assert_eq!(event["arguments"], own),
            "response.output_audio.delta" => assert_eq!(delta, "QUFB"),
            "response.done" => break event,
            _ => {}
        }
    };
    assert_eq!(done["response"]["output"][0]["arguments"], own);
    assert_eq!(arguments, own);
    // It broke off within the number: what is there is passed on, and is no part of the card.
    assert_eq!(transcript.len(), 14, "{transcript}");
    talk.close();
}

#[test]
fn a_session_has_one_ending_with_what_all_its_answers_used() {
    let provider = SocketProvider::start(|talk| {
        for number in 0..3 {
            talk.event_of("response.create");
            answers(talk, number, "well", 2);
        }
        while talk.next().is_some() {}
    });
    let price = "{input_usd_per_mtok: 10, output_usd_per_mtok: 100, cache_read_usd_per_mtok: 1}";
    let gateway = Setup::with(config(&provider, price, "")).start();
    let (head, mut talk) = session(&gateway);
    for _ in 0..3 {
        talk.say(&json!({"type": "response.create"}));
        talk.event_of("response.done");
    }
    talk.close();
    let records = records(&gateway, &head);
    assert_eq!(records.len(), 2, "{records:?}");
    let (intent, complete) = (the(&records, "intent"), the(&records, "complete"));
    assert_eq!(
        (&intent["surface"], &intent["stream"]),
        (&json!("realtime"), &json!(true))
    );
    let usage = &complete["usage"];
    assert_eq!(
        (&usage["input"], &usage["output"], &usage["cache_read"]),
        (&json!(30), &json!(9), &json!(12)),
        "{complete}"
    );
    // 18 tokens at 10 dollars a million, 12 at one, 9 at 100.
    assert_eq!(
        complete["cost_nano_usd"],
        18 * 10_000 + 12_000 + 9 * 100_000
    );
    assert_eq!(
        (&complete["status"], &complete["finish_reasons"]),
        (&json!(101), &json!(["completed"]))
    );
    assert_eq!(gateway.verify()["ok"], true);
}

#[test]
fn sound_is_refused_unless_the_data_policy_opens_the_door() {
    let data =
        std::fs::read_to_string(crate::support::shipped_policies().join("data.yaml")).unwrap();
    let opened = data.replace("uninspected: {}", "uninspected: {realtime: allow}");
    let sound = json!({"type": "input_audio_buffer.append", "audio": "QUFB".repeat(100)});
    let part = json!({"type": "conversation.item.create", "event_id": "e7",
        "item": {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "QUFB"}]}});
    for open in [false, true] {
        let (kept, provider) = keeps();
        let mut setup = before(&provider);
        if open {
            setup = setup.policy("data.yaml", &opened);
        }
        let gateway = setup.start();
        let (head, mut talk) = session(&gateway);
        talk.say(&sound);
        talk.say(&part);
        talk.say_bytes(b"\0\x01\x02");
        talk.say(&message("no sound"));
        if !open {
            for id in [Value::Null, json!("e7"), Value::Null] {
                let event = talk.event();
                assert_eq!(event["type"], "error", "{event}");
                assert_eq!(event["error"]["type"], "invalid_request_error");
                assert_eq!(event["error"]["code"], "surface_not_governed");
                assert_eq!(event["error"]["event_id"], id);
            }
        }
        talk.close();
        provider.wait_for(1);
        let told = told(&kept);
        let records = records(&gateway, &head);
        let uninspected = &the(&records, "intent")["uninspected"];
        assert_eq!(
            uninspected.as_array().map(Vec::len),
            open.then_some(1),
            "{uninspected}"
        );
        if open {
            assert_eq!(told.len(), 4, "{told:?}");
            assert_eq!(told[0], sound.to_string(), "byte for byte");
            assert_eq!(told[2], "3 bytes");
        } else {
            assert_eq!(told, [message("no sound").to_string()]);
        }
    }
}

#[test]
fn what_the_policy_blocks_is_not_sent_and_the_session_goes_on() {
    let (kept, provider) = keeps();
    let gateway = before(&provider).start();
    let (head, mut talk) = session(&gateway);
    talk.say(&message(PRIVATE_KEY));
    let event = talk.event();
    assert_eq!(
        (&event["error"]["code"], &event["error"]["event_id"]),
        (&json!("data_blocked"), &json!("e1")),
        "{event}"
    );
    assert!(!event.to_string().contains("MIIE"), "{event}");
    for wrong in [
        "{\"type\":",
        "[]",
        "{\"type\":\"session.update\",\"session\":{\"model\":\"other\"}}",
    ] {
        talk.say_text(wrong);
        assert_eq!(talk.event()["type"], "error", "{wrong}");
    }
    talk.say(&json!({"type": "session.update", "session": {"model": "o/rt"}}));
    talk.say(&message("hello"));
    talk.close();
    provider.wait_for(1);
    let own = json!({"type": "session.update", "session": {"model": "rt-up"}});
    assert_eq!(told(&kept), [own.to_string(), message("hello").to_string()]);
    let records = records(&gateway, &head);
    assert_eq!(
        the(&records, "complete")["findings"][0]["action"],
        "block",
        "{records:?}"
    );
}

#[test]
fn what_a_session_says_is_masked_or_ends_it_however_it_is_told() {
    const MADE_UP: &str = "5555555555554444";
    let answers_with = |action: &str, deltas: bool| {
        let provider = SocketProvider::start(move |talk| {
            _ = talk.event();
            if deltas {
                answers(talk, 1, &format!("It is {MADE_UP}."), 12);
            } else {
                talk.say(&json!({"type": "response.done", "response": {"id": "r1", "status": "completed",
                    "output": [{"content": [{"type": "output_text", "text": format!("It is {MADE_UP}.")}]}]}}));
            }
            while talk.next().is_some() {}
        });
        let data = format!(
            "version: 1\nentities:\n  CREDIT_CARD: {{class: pii, action: surrogate, answers: {action}}}\nuninspected: {{}}\n"
        );
        let gateway = before(&provider).data(data).start();
        let (_, mut talk) = session(&gateway);
        talk.say(&message("hello"));
        (provider, gateway, talk)
    };
    for deltas in [true, false] {
        let (_provider, _gateway, mut talk) = answers_with("mask", deltas);
        let done = talk.event_of("response.done");
        assert_eq!(
            done["response"]["output"][0]["content"][0]["text"],
            "It is [CREDIT_CARD]."
        );
        let (_provider, _gateway, mut talk) = answers_with("block", deltas);
        let refused = talk.event_of("error");
        assert_eq!(refused["error"]["code"], "data_blocked", "{refused}");
        assert_eq!(talk.closed(), CloseCode::Policy);
    }
}

#[test]
fn data_that_may_not_go_there_ends_the_session_before_it_is_sent() {
    let (kept, provider) = keeps();
    let gateway = Setup::with(config(&provider, "free", "")).start();
    let (head, mut talk) = session(&gateway);
    talk.say(&message("hello"));
    talk.say(&message(&format!("card {CARD}")));
    let event = talk.event();
    assert_eq!(event["error"]["code"], "compliance_denied", "{event}");
    assert_eq!(talk.closed(), CloseCode::Policy);
    provider.wait_for(1);
    assert_eq!(told(&kept), [message("hello").to_string()]);
    let records = records(&gateway, &head);
    assert_eq!(
        the(&records, "complete")["finish_reasons"],
        json!(["compliance_denied"])
    );
}

#[test]
fn a_session_that_costs_all_that_was_held_is_closed() {
    let provider = SocketProvider::start(|talk| {
        for number in 0.. {
            let Some(Message::Text(_)) = talk.next() else {
                return;
            };
            answers(talk, number, "well", 2);
        }
    });
    // An answer of at most two tokens, sixteen times: 32 tokens of 0.01 dollars are held.
    let config = config(
        &provider,
        "{input_usd_per_mtok: 0, output_usd_per_mtok: 10000}",
        "",
    );
    let config = config.replace("name: rt,", "name: rt, max_output_tokens: 2,");
    let limits = "version: 1\nlimits: []\nbudgets:\n  - {name: each-key, subject: \"*\", per: key, period: total, limit_usd: 1}\n";
    let gateway = Setup::with(config).policy("limits.yaml", limits).start();
    let (head, mut talk) = session(&gateway);
    for _ in 0..11 {
        talk.say(&json!({"type": "response.create"}));
        talk.event_of("response.done");
    }
    assert_eq!(talk.event()["error"]["code"], "budget_spent");
    assert_eq!(talk.closed(), CloseCode::Policy);
    let records = records(&gateway, &head);
    assert_eq!(the(&records, "intent")["reserved_nano_usd"], 320_000_000);
    assert_eq!(the(&records, "complete")["cost_nano_usd"], 330_000_000);
}

/// Revokes the other key, and waits until it is: how a socket is refused then.
fn revoke(gateway: &Gateway, key: &str) -> Answer {
    let list = gateway.run(&["key", "list", "--json"]).json();
    let keys = list["keys"].as_array().unwrap();
    let id = keys.iter().find(|one| one["name"] == "other").unwrap()["id"].clone();
    gateway.run(&["key", "revoke", id.as_str().unwrap()]);
    until("the key is revoked", || {
        let (answer, _) = open(gateway.data, &knock(PATH).key(key));
        (answer.status == 401).then_some(answer)
    })
}

#[test]
fn a_key_that_is_not_good_opens_nothing_and_a_browsers_key_is_not_said_back() {
    let (_, provider) = keeps();
    let gateway = before(&provider).start();
    let (refused, _) = open(gateway.data, &knock(PATH).key("mk_nobody"));
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "invalid_credential")
    );
    let revoked = revoke(&gateway, &gateway.key_of(&[]));
    assert_eq!(revoked.code(), "revoked_credential");
    let before = provider.heads().len();
    let browser = knock(PATH).header(
        "sec-websocket-protocol",
        &format!(
            "realtime, openai-insecure-api-key.{}, openai-beta.realtime-v1",
            gateway.key
        ),
    );
    let (agreed, talk) = open(gateway.data, &browser);
    assert_eq!(
        (agreed.status, agreed.header("sec-websocket-protocol")),
        (101, Some("realtime"))
    );
    assert_eq!(
        agreed.header("sec-websocket-accept"),
        Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );
    assert!(!format!("{agreed:?}").contains(&gateway.key));
    let head = provider.heads()[before].clone();
    assert!(
        head.contains("realtime, openai-beta.realtime-v1") && !head.contains(&gateway.key),
        "{head}"
    );
    talk.unwrap().close();
}

#[test]
fn a_key_that_is_revoked_midway_says_nothing_more() {
    let (kept, provider) = keeps();
    let gateway = before(&provider).start();
    let key = gateway.key_of(&[]);
    let (head, talk) = open(gateway.data, &knock(PATH).key(&key));
    let mut talk = talk.unwrap();
    talk.say(&message("hello"));
    revoke(&gateway, &key);
    talk.say(&message("and more"));
    assert_eq!(talk.event()["error"]["code"], "revoked_credential");
    assert_eq!(talk.closed(), CloseCode::Policy);
    provider.wait_for(1);
    assert_eq!(told(&kept), [message("hello").to_string()]);
    let records = records(&gateway, &head);
    assert_eq!(
        the(&records, "complete")["finish_reasons"],
        json!(["revoked_credential"])
    );
}

#[test]
fn what_is_no_upgrade_is_told_what_to_do() {
    let (_, provider) = keeps();
    let gateway = before(&provider).start();
    for (request, status, code) in [
        (Request::get(PATH), 400, "invalid_request"),
        (knock("/v1/realtime"), 400, "invalid_request"),
        (knock("/v1/realtime?model=o/none"), 404, "unknown_model"),
        (
            Request::post("/v1/realtime/client_secrets"),
            403,
            "surface_not_governed",
        ),
    ] {
        let (answer, _) = open(gateway.data, &request.key(&gateway.key));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{}",
            answer.text()
        );
    }
    assert!(provider.heads().is_empty());
}

#[test]
fn a_provider_that_refuses_the_session_is_an_answer_with_its_error() {
    for (status, code) in [(401, "upstream_credential"), (404, "upstream_rejected")] {
        let provider = SocketProvider::refusing(status, r#"{"error":{"message":"no","type":"t"}}"#);
        let gateway = before(&provider).start();
        let (answer, _) = open(gateway.data, &knock(PATH).key(&gateway.key));
        assert_eq!(
            (answer.status, answer.header("x-marshal-code")),
            (status, Some(code)),
            "{}",
            answer.text()
        );
        let records = records(&gateway, &answer);
        assert_eq!(the(&records, "abort")["code"], code);
        assert_eq!(records.len(), 2, "{records:?}");
    }
}

#[test]
fn a_client_that_leaves_midway_ends_the_providers_session_at_once() {
    let provider = SocketProvider::start(|talk| {
        talk.event();
        talk.say(&json!({"type": "response.created", "response": {"id": "r"}}));
        talk.say(
            &json!({"type": "response.output_text.delta", "item_id": "i", "delta": "twelve bytes"}),
        );
        while talk.next().is_some() {}
    });
    let gateway = before(&provider).start();
    let (head, mut talk) = session(&gateway);
    talk.say(&json!({"type": "response.create"}));
    talk.event_of("response.output_text.delta");
    drop(talk);
    provider.wait_for(1);
    let records = records(&gateway, &head);
    let complete = the(&records, "complete");
    assert_eq!(complete["outcome"], "client_gone", "{complete}");
    assert_eq!(
        (
            &complete["usage"]["output"],
            &complete["usage"]["estimated"]
        ),
        (&json!(4), &json!(true)),
        "{complete}"
    );
}

#[test]
fn a_provider_that_breaks_off_is_told_of_and_recorded() {
    let provider = SocketProvider::start(|talk| {
        talk.event();
    });
    let gateway = before(&provider).start();
    let (head, mut talk) = session(&gateway);
    talk.say(&json!({"type": "response.create"}));
    assert_eq!(talk.event()["error"]["code"], "upstream_broken");
    assert_eq!(talk.closed(), CloseCode::Error);
    let records = records(&gateway, &head);
    assert_eq!(the(&records, "complete")["outcome"], "upstream_broken");
}

#[test]
fn an_event_that_is_too_large_ends_the_session() {
    let (kept, provider) = keeps();
    let config = config(&provider, "free", "");
    let gateway = Setup::with(format!("limits: {{max_body_bytes: 10000}}\n{config}")).start();
    let (_, mut talk) = session(&gateway);
    talk.try_say(&message(&"word ".repeat(10_000)));
    assert_eq!(talk.event()["error"]["code"], "body_too_large");
    assert_eq!(talk.closed(), CloseCode::Size);
    provider.wait_for(1);
    assert!(told(&kept).is_empty());
}

#[test]
fn a_silent_session_ends_when_its_time_is_over() {
    let (_, provider) = keeps();
    let gateway = Setup::with(config(&provider, "free", ", timeouts: {idle_s: 1}")).start();
    let (head, mut talk) = session(&gateway);
    assert_eq!(talk.event()["error"]["code"], "upstream_timeout");
    assert_eq!(talk.closed(), CloseCode::Away);
    assert_eq!(the(&records(&gateway, &head), "complete")["outcome"], "ok");
}

#[test]
fn a_gateway_that_stops_closes_its_sessions_in_order() {
    let (_, provider) = keeps();
    let config = config(&provider, "free", "");
    let mut gateway = Setup::with(format!("limits: {{drain_s: 2}}\n{config}")).start();
    let (head, mut talk) = session(&gateway);
    let began = Instant::now();
    gateway.signal(Signal::TERM);
    assert_eq!(talk.event()["error"]["code"], "draining");
    assert!(began.elapsed() > Duration::from_secs(1), "it had its time");
    assert_eq!(talk.closed(), CloseCode::Away);
    assert_eq!(gateway.wait().code(), Some(0));
    let records = records(&gateway, &head);
    assert_eq!(the(&records, "complete")["outcome"], "ok");
    assert_eq!(gateway.verify()["ok"], true);
}

#[test]
fn a_session_brings_no_tool_along_that_its_key_may_not_use() {
    let (kept, provider) = keeps();
    let access =
        std::fs::read_to_string(crate::support::shipped_policies().join("access.csv")).unwrap();
    let gateway = before(&provider)
        .policy(
            "access.csv",
            format!("{access}\np, no-shell, *, *, tool:shell, *, *, deny\np, kept, *, *, tool:crm, invoke, *, allow, oblige\n"),
        )
        .policy(
            "obligations.yaml",
            "version: 1\nobligations:\n  kept: {retention_days: 184}\n",
        )
        .start();
    for event in [
        json!({"type": "session.update", "session": {"tools": [{"type": "function", "name": "shell"}]}}),
        json!({"type": "response.create", "response": {"tools": [{"type": "function", "name": "shell"}]}}),
    ] {
        let (_, mut talk) = session(&gateway);
        talk.say(&event);
        let error = talk.event_of("error");
        assert!(error.to_string().contains("no-shell"), "{error}");
    }
    let (_, mut talk) = session(&gateway);
    talk.say(
        &json!({"type": "session.update", "session": {"tools": [{"type": "function", "name": "crm"}]}}),
    );
    let error = talk.event_of("error");
    assert!(error.to_string().contains("retention_days=184"), "{error}");
    talk.say(
        &json!({"type": "session.update", "session": {"tools": [{"type": "function", "name": "search"}]}}),
    );
    until("the tool that may be used arrives", || {
        let told = told(&kept);
        assert!(told.iter().all(|text| !text.contains("shell")), "{told:?}");
        told.iter()
            .any(|text| text.contains("search"))
            .then_some(())
    });
}
