//! Sensitive data stays here: the provider's socket never carries it, no file and no log holds it, and the caller
//! still gets an answer about its own values.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::{
    Act, Connection, Dialect, Gateway, Request, Seen, Setup, Speech, Upstream, answer, both, holds,
    of_call, of_path, pairs, provider, stream, the,
};

const CARD: &str = "4111111111111111";
const MAIL: &str = "ada.lovelace@example.com";
const PRIVATE_KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx9Zq3mDkTq1vVw8f\n-----END RSA PRIVATE KEY-----";
const AWS_KEY: &str = "AKIAQ3EGRZ5XNH7TWLPD";

/// A gateway before one provider that may have everything; model `o/m` speaks one dialect, `a/m` the other.
fn setup(upstream: &Upstream) -> Setup {
    let facts = ", facts: {pci: true, local: true}";
    let config = format!(
        "providers:\n{}{}",
        provider("o", &upstream.url(), "openai", &["m"], facts),
        provider("a", &upstream.url(), "anthropic", &["m"], facts)
    );
    Setup::with(config)
}

fn model(provider: Dialect) -> &'static str {
    match provider {
        Dialect::OpenAi => "o/m",
        Dialect::Anthropic => "a/m",
    }
}

/// What stands for the card in the arguments of the tool that was called.
fn stand_in(seen: &Seen) -> Value {
    of_path(seen.path()).tool_arguments(&seen.json())["card"].clone()
}

/// A provider that calls the tool again with what it was shown.
fn repeats(seen: &Seen) -> Vec<Act> {
    let arguments = json!({ "card": stand_in(seen) });
    answer(
        200,
        &[],
        of_path(seen.path())
            .calls_tool(&arguments.to_string())
            .to_string(),
    )
}

/// A provider that says back what it was told last.
fn echoes(seen: &Seen) -> Vec<Act> {
    let request = seen.json();
    let last = request["messages"].as_array().unwrap().last().unwrap()["content"].clone();
    let text = last.as_str().map_or_else(
        || last[0]["text"].as_str().unwrap_or_default().to_owned(),
        str::to_owned,
    );
    answer(200, &[], of_path(seen.path()).answers(&text).to_string())
}

fn assert_never_left(upstream: &Upstream) {
    for seen in upstream.seen() {
        assert!(
            !holds(&seen.raw, CARD),
            "the card number reached the provider: {}",
            String::from_utf8_lossy(&seen.raw)
        );
    }
}

#[test]
fn a_card_number_in_a_tool_argument_stays_here_and_comes_back_to_the_caller() {
    let upstream = Upstream::start(repeats);
    let gateway = setup(&upstream).start();
    for (client, provider) in pairs() {
        for card in [
            json!(CARD),
            json!(CARD.parse::<u64>().unwrap()),
            json!(-CARD.parse::<i64>().unwrap()),
        ] {
            let arguments = json!({ "card": card });
            let got = gateway.ask(
                client,
                &client.used_tool(model(provider), "pay again", &arguments),
            );
            assert_eq!(
                got.status,
                200,
                "{client:?} to {provider:?}: {}",
                got.text()
            );
            let stand_in = stand_in(&upstream.last());
            assert_eq!(stand_in.is_number(), card.is_number(), "{stand_in}");
            assert_ne!(stand_in, card);
            let heard = client.heard(&got.json());
            assert_eq!(
                serde_json::from_str::<Value>(&heard.arguments).unwrap(),
                arguments,
                "{client:?} to {provider:?}"
            );
            let records = of_call(&gateway.records(), &got.call());
            let found = &the(&records, "intent")["findings"][0];
            assert_eq!(
                (&found["entity"], &found["action"]),
                (&json!("CREDIT_CARD"), &json!("surrogate")),
                "{found}"
            );
            assert_eq!(the(&records, "complete")["restored"], 1);
        }
    }
    assert_never_left(&upstream);
}

/// The text of an answer about the card, cut inside of the number.
fn about(card: &str) -> [String; 4] {
    [
        format!("{{\"card\": \"{}", &card[..5]),
        card[5..11].to_owned(),
        format!("{}\", \"last", &card[11..]),
        "\": true}".to_owned(),
    ]
}

#[test]
fn a_streamed_card_number_comes_back_wherever_the_stream_is_cut() {
    let upstream = Upstream::start(|seen| {
        let text = String::from_utf8_lossy(&seen.body).into_owned();
        let (_, rest) = text.split_once("cut at ").unwrap();
        let cut: usize = rest.split(' ').next().unwrap().parse().unwrap();
        let card = stand_in(seen).as_str().unwrap().to_owned();
        let pieces = about(&card);
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let dialect = of_path(seen.path());
        let events = if text.contains("by tool") {
            dialect.streams_tool(&pieces)
        } else {
            dialect.streams(&pieces)
        };
        let body = events.concat();
        let cut = cut.min(body.len());
        stream([&body.as_bytes()[..cut], &body.as_bytes()[cut..]])
    });
    let gateway = setup(&upstream).start();
    let told = about(CARD).concat();
    for (client, provider) in pairs() {
        for how in ["by tool", "in words"] {
            let pieces = about("4000000000000000");
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let events = if how == "by tool" {
                provider.streams_tool(&pieces)
            } else {
                provider.streams(&pieces)
            };
            let length = events.concat().len();
            let next = AtomicUsize::new(1);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        let mut connection = Connection::open(gateway.data).unwrap();
                        loop {
                            let cut = next.fetch_add(1, Ordering::Relaxed);
                            if cut >= length {
                                return;
                            }
                            let mut body = client.used_tool(
                                model(provider),
                                &format!("cut at {cut} {how}"),
                                &json!({"card": CARD}),
                            );
                            body["stream"] = json!(true);
                            let request =
                                Request::post(client.path()).key(&gateway.key).json(&body);
                            let got = connection.ask(&request);
                            assert!(got.status == 200 && got.whole, "{}", got.text());
                            let heard = client.heard_in(&got.body);
                            let heard_there = if how == "by tool" {
                                &heard.arguments
                            } else {
                                &heard.text
                            };
                            assert_eq!(
                                heard_there,
                                &told,
                                "{client:?} to {provider:?}, {how}, cut at {cut}: {}",
                                got.text()
                            );
                            assert!(heard.ended, "no end: {}", got.text());
                        }
                    });
                }
            });
        }
    }
    assert_never_left(&upstream);
    assert!(gateway.verify()["ok"].as_bool().unwrap());
}

#[test]
fn a_surrogate_that_arrives_letter_by_letter_is_restored() {
    let upstream = Upstream::start(|seen| {
        let text = json!({ "card": stand_in(seen) }).to_string();
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        stream(of_path(seen.path()).streams_tool(&letters))
    });
    let gateway = setup(&upstream).start();
    for (client, provider) in pairs() {
        for card in [json!(CARD), json!(CARD.parse::<u64>().unwrap())] {
            let arguments = json!({ "card": card });
            let mut body = client.used_tool(model(provider), "again", &arguments);
            body["stream"] = json!(true);
            let heard = client.heard_in(&gateway.ask(client, &body).body);
            assert_eq!(
                heard.arguments,
                arguments.to_string(),
                "{client:?} to {provider:?}"
            );
        }
    }
    assert_never_left(&upstream);
}

#[test]
fn a_private_key_is_blocked_and_the_refusal_does_not_repeat_it() {
    let upstream = Upstream::start(echoes);
    let gateway = setup(&upstream).start();
    for client in both() {
        let got = gateway.ask(
            client,
            &client.says("o/m", &format!("sign with this:\n{PRIVATE_KEY}")),
        );
        assert_eq!(
            (got.status, got.code().as_str()),
            (403, "data_blocked"),
            "{}",
            got.text()
        );
        let said = got.text();
        assert!(
            said.contains("PRIVATE_KEY")
                && said.contains("messages[0].content")
                && said.contains("data.yaml"),
            "{said}"
        );
        assert!(!said.contains("MIIE"), "{said}");
        let records = of_call(&gateway.records(), &got.call());
        let deny = the(&records, "deny");
        assert!(
            deny["place"].as_str().unwrap().contains("data.yaml"),
            "{deny}"
        );
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_masked_secret_is_a_word_to_the_provider_and_to_the_caller() {
    let upstream = Upstream::start(echoes);
    let gateway = setup(&upstream).start();
    for (client, provider) in pairs() {
        let got = gateway.ask(
            client,
            &client.says(model(provider), &format!("use {AWS_KEY} please")),
        );
        assert_eq!(got.status, 200, "{}", got.text());
        assert!(!holds(&upstream.last().raw, AWS_KEY));
        assert_eq!(
            client.heard(&got.json()).text,
            "use [AWS_ACCESS_KEY] please"
        );
    }
}

#[test]
fn no_spelling_of_json_hides_a_card_number() {
    let upstream = Upstream::start(echoes);
    let gateway = setup(&upstream).start();
    let escaped = "\\u0034111\\u00201\\u0031\\u00311\\u00201111\\u0020111\\u0031";
    let in_json = json!({"note": {"card": CARD}}).to_string();
    let twice = json!({"inner": in_json}).to_string();
    let texts = [
        "\"\\u0034\\u0031111111\\u0031\\u0031111111\"".to_owned(),
        format!("\"pay {escaped}\""),
        "\"4111 1111 1111 1111\"".to_owned(),
        "\"4111-1111-1111-1111 \\ud83d\\ude00\"".to_owned(),
        json!(in_json).to_string(),
        json!(twice).to_string(),
        json!(in_json.replace("4111", "\\u00341\\u00311")).to_string(),
        json!(twice.replace("4111", "\\u00341\\u00311")).to_string(),
        json!(json!({"inner": in_json.replace("4111", "\\u00341\\u00311")}).to_string())
            .to_string(),
    ];
    for client in both() {
        for text in &texts {
            let body = client
                .says("o/m", "WHAT")
                .to_string()
                .replace("\"WHAT\"", text);
            assert!(unspelled(body.as_bytes()).contains(CARD), "{body}");
            let got = Request::post(client.path())
                .key(&gateway.key)
                .header("content-type", "application/json")
                .body(body.clone())
                .send(gateway.data);
            assert_eq!(got.status, 200, "{body}: {}", got.text());
            let sent = unspelled(&upstream.last().body);
            assert!(
                !sent.contains(CARD),
                "{body} went out as {}",
                String::from_utf8_lossy(&upstream.last().body)
            );
        }
    }
}

#[test]
fn a_card_number_is_found_wherever_in_a_request_it_stands() {
    let upstream =
        Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("well").to_string()));
    let gateway = setup(&upstream).start();
    let places = [
        json!({"system": [{"type": "text", "text": CARD}]}),
        json!({"user": CARD}),
        json!({"metadata": {"user_id": CARD}}),
        json!({"metadata": {"account": CARD.parse::<u64>().unwrap()}}),
        json!({"metadata": {"account": -CARD.parse::<i64>().unwrap()}}),
        json!({"metadata": {CARD: 1}}),
        json!({"metadata": {"a": {"b": [[{"c": [CARD]}]]}}}),
        json!({"stop": [CARD], "stop_sequences": [CARD]}),
        json!({"tools": [{"type": "function", "name": "pay", "description": CARD, "input_schema": {"type": "object", "properties": {"card": {"enum": [CARD]}}},
            "function": {"name": "pay", "description": CARD, "parameters": {"type": "object", "properties": {"card": {"enum": [CARD]}}}}}]}),
        json!({"messages": [{"role": "user", "content": [
            {"type": "text", "text": CARD},
            {"type": "image_url", "image_url": {"url": format!("https://pictures.example/?of={CARD}")}}]}]}),
        json!({"of_tomorrow": {"nobody_knows": CARD}}),
    ];
    for client in both() {
        let name = if client == Dialect::OpenAi {
            "o/m"
        } else {
            "a/m"
        };
        for place in &places {
            let mut body = client.says(name, "hello");
            for (member, value) in place.as_object().unwrap() {
                body[member] = value.clone();
            }
            let got = gateway.ask(client, &body);
            assert_eq!(got.status, 200, "{body}: {}", got.text());
            assert!(
                !holds(&upstream.last().raw, CARD),
                "{}",
                String::from_utf8_lossy(&upstream.last().raw)
            );
        }
        for header in [
            "idempotency-key",
            "anthropic-beta",
            "openai-beta",
            "anthropic-version",
        ] {
            let request = Request::post(client.path())
                .key(&gateway.key)
                .json(&client.says(name, "hello"));
            let got = request.header(header, CARD).send(gateway.data);
            assert!(
                !holds(&upstream.last().raw, CARD),
                "{} {}",
                got.status,
                String::from_utf8_lossy(&upstream.last().raw)
            );
        }
    }
    assert_never_left(&upstream);
}

/// The digits of everything, whatever was around them and however they were escaped.
fn unspelled(body: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(body).into_owned();
    for digit in 0..10 {
        text = text.replace(&format!("u003{digit}"), &digit.to_string());
    }
    for mark in ["u0020", "u002d", "\\", " ", "-"] {
        text = text.replace(mark, "");
    }
    text
}

#[test]
fn rules_in_shadow_mode_record_what_they_find_and_change_nothing() {
    let upstream = Upstream::start(echoes);
    let data =
        std::fs::read_to_string(crate::support::shipped_policies().join("data.yaml")).unwrap();
    let gateway = setup(&upstream)
        .policy("data.yaml", data.replace("mode: enforce", "mode: shadow"))
        .start();
    for client in both() {
        let name = if client == Dialect::OpenAi {
            "o/m"
        } else {
            "a/m"
        };
        let body = client.says(name, &format!("{CARD} {MAIL} {AWS_KEY} {PRIVATE_KEY}"));
        let got = gateway.ask(client, &body);
        assert_eq!(got.status, 200, "{}", got.text());
        let expected = body.to_string().replace(&format!("\"{name}\""), "\"m\"");
        assert_eq!(
            String::from_utf8(upstream.last().body).unwrap(),
            expected,
            "byte for byte, the model's name aside"
        );
        let records = of_call(&gateway.records(), &got.call());
        let findings = the(&records, "intent")["findings"]
            .as_array()
            .unwrap()
            .clone();
        assert!(
            findings.len() >= 4 && findings.iter().all(|found| found["shadow"] == true),
            "{findings:?}"
        );
    }
}

/// Sends sensitive values in every way that could leave a trace of them.
fn send_everywhere(gateway: &Gateway, upstream: &Upstream) {
    let text = format!("card {CARD}, mail {MAIL}");
    for (client, provider) in pairs() {
        let model = model(provider);
        gateway.ask(client, &client.says(model, &text));
        gateway.ask(
            client,
            &client.says(model, &format!("{text} {PRIVATE_KEY}")),
        );
        gateway.ask(client, &client.says("nothing/like-it", &text));
        gateway.ask(client, &client.says(CARD, "Hello"));
        let mut streamed = client.says(model, &text);
        streamed["stream"] = json!(true);
        upstream.then(|seen| stream(of_path(seen.path()).streams(&["it says ", "something"])));
        gateway.ask(client, &streamed);
        upstream.then(|seen| {
            answer(
                400,
                &[],
                format!(
                    "{{\"error\":{{\"message\":\"bad: {}\"}}}}",
                    seen.json()["messages"][0]["content"]
                        .as_str()
                        .unwrap_or_default()
                ),
            )
        });
        gateway.ask(client, &client.says(model, &text));
        upstream.then(echoes);
        // As the name of a member, which is a place that findings name.
        let by_card = json!({"card": "none", CARD: {"owner": MAIL}});
        gateway.ask(client, &client.used_tool(model, "look", &by_card));
        for body in [
            format!("{{\"model\": \"{model}\", \"messages\": \"{text}\"}}"),
            format!("{{\"model\": \"{model}\", \"{CARD}\": 1, \"{CARD}\": 2}}"),
            format!("{{\"model\": \"{model}\", {text}"),
            format!(
                "{{\"model\": \"{model}\", \"messages\": [{{\"role\": \"{CARD}\", \"content\": 1}}]}}"
            ),
        ] {
            Request::post(client.path())
                .key(&gateway.key)
                .body(body)
                .send(gateway.data);
        }
        Request::get(&format!("/v1/models/{CARD}?{CARD}={CARD}"))
            .key(&gateway.key)
            .send(gateway.data);
    }
}

#[test]
fn no_file_log_or_metric_holds_what_was_found() {
    let upstream = Upstream::start(echoes);
    let mut gateway = setup(&upstream).env("MARSHAL_LOG", "debug").start();
    send_everywhere(&gateway, &upstream);
    let metrics = gateway.metrics();
    gateway.stop();
    assert!(
        gateway.log().contains("Call refused"),
        "the log is as loud as told"
    );
    for secret in [CARD, MAIL, "MIIEowIBAAKCAQEA"] {
        assert!(
            !gateway.stdout().contains(secret),
            "{secret} on standard output"
        );
        assert!(
            !gateway.log().contains(secret),
            "{secret} in the log: {}",
            gateway.log()
        );
        assert!(!metrics.contains(secret), "{secret} in /metrics");
        assert!(
            upstream.seen().iter().all(|seen| !holds(&seen.raw, secret)),
            "{secret} reached the provider"
        );
    }
    for (file, bytes) in gateway.files() {
        for secret in [CARD, MAIL, "MIIEowIBAAKCAQEA"] {
            if let Some(at) = memchr::memmem::find(&bytes, secret.as_bytes()) {
                let line = String::from_utf8_lossy(&bytes)
                    .lines()
                    .find(|line| line.contains(secret))
                    .unwrap_or_default()
                    .to_owned();
                panic!("{secret} in {} at {at}: {line}", file.display());
            }
        }
    }
}
