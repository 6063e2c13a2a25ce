//! Every door of the data plane: each client's own way of speaking is governed like any other.

use serde_json::{Value, json};

use crate::support::{
    Act, Gateway, Request, Setup, Upstream, answer, holds, of_call, open_stream, provider, the,
};

const CARD: &str = "4111111111111111";

/// A gateway before one provider of OpenAI's kind, marked for card data.
fn before(upstream: &Upstream) -> Setup {
    let facts = ", facts: {pci: true, local: true}, \
        tasks: [embeddings, transcriptions, speech, image_generations, files, batches, stored_responses]";
    Setup::with(format!(
        "providers:\n{}",
        provider("o", &upstream.url(), "openai, responses", &["m"], facts)
    ))
}

fn form(boundary: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, value) in parts {
        body.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

fn send(gateway: &Gateway, request: Request) -> crate::support::Answer {
    request.key(&gateway.key).send(gateway.data)
}

fn upload(gateway: &Gateway, path: &str, parts: &[(&str, &[u8])]) -> crate::support::Answer {
    send(
        gateway,
        Request::post(path)
            .header("content-type", "multipart/form-data; boundary=b0undary")
            .body(form("b0undary", parts)),
    )
}

/// What each client sends to ask for an answer, and where the answer's text stands.
fn conversations() -> [(&'static str, Value, &'static str); 7] {
    let said = json!([{"role": "user", "content": "Hello, Marshal"}]);
    let model = "demo/demo-chat";
    [
        (
            "/v1/chat/completions",
            json!({"model": model, "messages": said}),
            "/choices/0/message/content",
        ),
        (
            "/v1/responses",
            json!({"model": model, "input": "Hello, Marshal"}),
            "/output/0/content/0/text",
        ),
        (
            "/v1/messages",
            json!({"model": model, "max_tokens": 100, "messages": said}),
            "/content/0/text",
        ),
        (
            "/v1beta/models/demo%2Fdemo-chat:generateContent",
            json!({"contents": [{"role": "user", "parts": [{"text": "Hello, Marshal"}]}]}),
            "/candidates/0/content/parts/0/text",
        ),
        (
            "/bedrock/model/demo%2Fdemo-chat/converse",
            json!({"messages": [{"role": "user", "content": [{"text": "Hello, Marshal"}]}]}),
            "/output/message/content/0/text",
        ),
        (
            "/v2/chat",
            json!({"model": model, "messages": said}),
            "/message/content/0/text",
        ),
        (
            "/api/chat",
            json!({"model": model, "messages": said, "stream": false}),
            "/message/content",
        ),
    ]
}

#[test]
fn every_client_gets_an_answer_in_its_own_words_and_one_story_in_the_trail() {
    let gateway = Setup::bare().start();
    for (path, body, text) in conversations() {
        let got = send(&gateway, Request::post(path).json(&body));
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        let said = got.json();
        let said = said.pointer(text).and_then(Value::as_str);
        assert!(
            said.is_some_and(|said| said.contains("Hello, Marshal")),
            "{path}: {}",
            got.text()
        );
        let records = of_call(&gateway.records(), &got.call());
        assert_eq!(the(&records, "complete")["outcome"], "ok", "{path}");
        assert!(
            the(&records, "complete")["usage"]["input"].as_u64() > Some(0),
            "{path}"
        );
    }
    assert_eq!(gateway.verify()["ok"], true);
}

#[test]
fn every_client_gets_its_own_kind_of_stream() {
    let gateway = Setup::bare().start();
    let model = "demo/demo-chat";
    let said = json!([{"role": "user", "content": "Hello, Marshal"}]);
    let contents = json!({"contents": [{"role": "user", "parts": [{"text": "Hello, Marshal"}]}]});
    let converse = json!({"messages": [{"role": "user", "content": [{"text": "Hello, Marshal"}]}]});
    for (path, body, media, last) in [
        (
            "/v1/chat/completions",
            json!({"model": model, "messages": said, "stream": true}),
            "text/event-stream",
            "data: [DONE]",
        ),
        (
            "/v1/responses",
            json!({"model": model, "input": "Hello, Marshal", "stream": true}),
            "text/event-stream",
            "response.completed",
        ),
        (
            "/v1/messages",
            json!({"model": model, "max_tokens": 100, "messages": said, "stream": true}),
            "text/event-stream",
            "message_stop",
        ),
        (
            "/v1beta/models/demo%2Fdemo-chat:streamGenerateContent?alt=sse",
            contents.clone(),
            "text/event-stream",
            "STOP",
        ),
        (
            "/v1beta/models/demo%2Fdemo-chat:streamGenerateContent",
            contents,
            "application/json",
            "]",
        ),
        (
            "/bedrock/model/demo%2Fdemo-chat/converse-stream",
            converse,
            "application/vnd.amazon.eventstream",
            "metadata",
        ),
        (
            "/v2/chat",
            json!({"model": model, "messages": said, "stream": true}),
            "text/event-stream",
            "message-end",
        ),
        (
            "/api/chat",
            json!({"model": model, "messages": said}),
            "application/x-ndjson",
            "\"done\":true",
        ),
    ] {
        let got = send(&gateway, Request::post(path).json(&body));
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        let kind = got.header("content-type").unwrap_or_default();
        assert!(kind.starts_with(media), "{path}: {kind}");
        assert!(holds(&got.body, last), "{path}: {}", got.text());
        let records = of_call(&gateway.records(), &got.call());
        assert_eq!(the(&records, "complete")["outcome"], "ok", "{path}");
    }
}

/// Every piece of text in a streamed answer, whatever the client.
fn pieces(media: &str, body: &[u8]) -> String {
    let texts = [
        "/choices/0/delta/content",
        "/delta/text",
        "/candidates/0/content/parts/0/text",
        "/delta/message/content/text",
        "/message/content",
    ];
    let mut said = String::new();
    let mut read = |event: &Value| {
        let delta = event["type"] == "response.output_text.delta";
        let found = texts
            .iter()
            .find_map(|at| event.pointer(at).and_then(Value::as_str));
        let found = found.or_else(|| event["delta"].as_str().filter(|_| delta));
        said.push_str(found.unwrap_or_default());
    };
    if media.starts_with("application/json") {
        let all: Vec<Value> = serde_json::from_slice(body).unwrap();
        all.iter().for_each(&mut read);
    } else if media.starts_with("application/vnd") {
        let mut rest = body;
        while rest.len() > 16 {
            let number =
                |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().unwrap()) as usize;
            let (total, headers) = (number(0), number(4));
            read(&serde_json::from_slice(&rest[12 + headers..total - 4]).unwrap());
            rest = &rest[total..];
        }
    } else {
        let text = String::from_utf8_lossy(body).into_owned();
        for line in text.lines() {
            let line = line.strip_prefix("data: ").unwrap_or(line);
            if let Ok(event) = serde_json::from_str(line) {
                read(&event);
            }
        }
    }
    said
}

#[test]
fn a_card_number_comes_back_to_every_client_and_never_reaches_the_provider() {
    // Says back what it was told, in pieces that cut through everything.
    let upstream = Upstream::start(|seen| {
        let request = seen.json();
        let told = request["messages"].as_array().unwrap().last().unwrap()["content"].clone();
        let told = told.as_str().map_or_else(
            || told[0]["text"].as_str().unwrap_or_default().to_owned(),
            str::to_owned,
        );
        let chunk = |delta: Value, finish: Value| {
            format!(
                "data: {}\n\n",
                json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
            )
        };
        if request["stream"] == true {
            let mut events: Vec<String> = told
                .chars()
                .map(|symbol| chunk(json!({"content": symbol.to_string()}), Value::Null))
                .collect();
            events.push(chunk(json!({}), json!("stop")));
            events.push("data: [DONE]\n\n".to_owned());
            return crate::support::stream(events);
        }
        answer(200, &[], json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": told}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}}).to_string())
    });
    let facts = ", facts: {pci: true, local: true}";
    let gateway = Setup::with(format!(
        "providers:\n{}",
        provider("o", &upstream.url(), "openai", &["m"], facts)
    ))
    .start();
    let text = format!("my card is {CARD}, keep it");
    for (path, body, at) in conversations() {
        let path = path.replace("demo%2Fdemo-chat", "o%2Fm");
        let body: Value = serde_json::from_str(
            &body
                .to_string()
                .replace("demo/demo-chat", "o/m")
                .replace("Hello, Marshal", &text),
        )
        .unwrap();
        let got = send(&gateway, Request::post(&path).json(&body));
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        assert_eq!(
            got.json().pointer(at),
            Some(&json!(text)),
            "{path}: {}",
            got.text()
        );
        let mut body = body;
        let path = path
            .replace(":generateContent", ":streamGenerateContent")
            .replace("/converse", "/converse-stream");
        if !path.contains("tream") {
            body["stream"] = json!(true);
        }
        let got = send(&gateway, Request::post(&path).json(&body));
        let media = got.header("content-type").unwrap_or_default().to_owned();
        assert_eq!(pieces(&media, &got.body), text, "{path}: {}", got.text());
    }
    for seen in upstream.seen() {
        assert!(!holds(&seen.raw, CARD));
    }
}

#[test]
fn a_question_how_many_tokens_is_answered_whoever_can_answer() {
    let upstream = Upstream::start(|seen| match seen.path() {
        "/v1/models/m:countTokens" => answer(200, &[], r#"{"totalTokens": 42}"#),
        _ => answer(404, &[], "{}"),
    });
    let gateway = Setup::with(format!(
        "providers:\n{}{}",
        provider("g", &upstream.url(), "gemini", &["m"], ""),
        provider("o", &upstream.url(), "openai", &["m"], "")
    ))
    .start();
    let ask = |model: &str| {
        let body = json!({"model": model, "messages": [{"role": "user", "content": "How many tokens have I?"}]});
        let got = gateway.post("/v1/messages/count_tokens", &body);
        assert_eq!(got.status, 200, "{}", got.text());
        got.json()["input_tokens"].as_u64()
    };
    assert_eq!(ask("g/m"), Some(42), "asked of a provider in its own words");
    assert!(ask("o/m") > Some(5), "estimated where nobody can be asked");
    assert_eq!(upstream.count(), 1);
}

#[test]
fn a_refusal_reads_as_each_client_expects_it() {
    let gateway = Setup::bare().start();
    for (path, body, _) in conversations() {
        let path = path.replace("demo%2Fdemo-chat", "no-such-model");
        let mut body = body;
        if body.get("model").is_some() {
            body["model"] = json!("no-such-model");
        }
        let got = send(&gateway, Request::post(&path).json(&body));
        assert_eq!(got.status, 404, "{path}: {}", got.text());
        assert_eq!(
            got.header("x-marshal-code"),
            Some("unknown_model"),
            "{path}"
        );
        assert!(
            got.text().contains("no-such-model"),
            "{path}: {}",
            got.text()
        );
    }
}

#[test]
fn a_card_number_in_what_is_embedded_stays_here() {
    let upstream = Upstream::start(|_| {
        answer(
            200,
            &[],
            json!({"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [0.25, -1.5]}],
                   "usage": {"prompt_tokens": 7, "total_tokens": 7}})
            .to_string(),
        )
    });
    let gateway = before(&upstream).start();
    let got = gateway.post(
        "/v1/embeddings",
        &json!({"model": "o/m", "input": ["hello", format!("my card is {CARD}")]}),
    );
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(got.json()["data"][0]["embedding"], json!([0.25, -1.5]));
    let seen = upstream.last();
    assert_eq!(seen.path(), "/v1/embeddings");
    assert_eq!(seen.json()["model"], "m");
    assert!(!holds(&seen.raw, CARD));
    let records = of_call(&gateway.records(), &got.call());
    assert_eq!(the(&records, "intent")["classes"], json!(["pci"]));
    assert_eq!(the(&records, "complete")["usage"]["input"], 7);
}

#[test]
fn a_client_of_another_dialect_gets_its_embeddings_too() {
    let upstream = Upstream::start(|_| {
        answer(
            200,
            &[],
            json!({"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [0.25, -1.5]}],
                   "usage": {"prompt_tokens": 7, "total_tokens": 7}})
            .to_string(),
        )
    });
    let gateway = before(&upstream).start();
    let got = gateway.post(
        "/v1beta/models/o%2Fm:embedContent",
        &json!({"content": {"parts": [{"text": "hello"}]}}),
    );
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(got.json()["embedding"]["values"], json!([0.25, -1.5]));
    assert_eq!(upstream.last().path(), "/v1/embeddings");
    let got = gateway.post("/api/embed", &json!({"model": "o/m", "input": "hello"}));
    assert_eq!(
        got.json()["embeddings"],
        json!([[0.25, -1.5]]),
        "{}",
        got.text()
    );
}

#[test]
fn what_nobody_can_read_is_refused_until_the_data_policy_lets_it_in() {
    let upstream = Upstream::start(|_| answer(200, &[], r#"{"text":"well said"}"#));
    let sound: &[u8] = b"RIFF\xff\xff\xff\xffWAVE\x00\x01";
    let parts: &[(&str, &[u8])] = &[
        ("name=\"model\"", b"o/m"),
        ("name=\"prompt\"", b"my card is 4111111111111111"),
        (
            "name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav",
            sound,
        ),
    ];
    let closed = before(&upstream).start();
    let got = upload(&closed, "/v1/audio/transcriptions", parts);
    assert_eq!(
        (got.status, got.code().as_str()),
        (403, "surface_not_governed"),
        "{}",
        got.text()
    );
    assert!(got.text().contains("uninspected"), "{}", got.text());
    assert_eq!(upstream.count(), 0);

    let data =
        std::fs::read_to_string(crate::support::shipped_policies().join("data.yaml")).unwrap();
    let open = before(&upstream)
        .policy(
            "data.yaml",
            data.replace("uninspected: {}", "uninspected: {transcriptions: allow}"),
        )
        .start();
    let got = upload(&open, "/v1/audio/transcriptions", parts);
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(got.json()["text"], "well said");
    let seen = upstream.last();
    assert_eq!(seen.path(), "/v1/audio/transcriptions");
    assert!(
        seen.body.windows(sound.len()).any(|part| part == sound),
        "the sound passes as it came"
    );
    assert!(!holds(&seen.raw, CARD), "the prompt was looked at");
    assert!(
        holds(&seen.raw, "name=\"model\"\r\n\r\nm\r\n"),
        "{}",
        String::from_utf8_lossy(&seen.raw)
    );
}

#[test]
fn sound_comes_back_byte_for_byte_and_never_looks_whole_when_it_is_not() {
    let sound: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let made = sound.clone();
    let upstream = Upstream::start(move |_| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: {}\r\n\r\n",
            made.len()
        );
        vec![Act::Send([head.as_bytes(), &made].concat())]
    });
    let gateway = before(&upstream).start();
    let ask = json!({"model": "o/m", "input": "Read this", "voice": "v"});
    let got = gateway.post("/v1/audio/speech", &ask);
    assert_eq!((got.status, got.body.as_slice()), (200, sound.as_slice()));
    assert_eq!(got.header("content-type"), Some("audio/mpeg"));
    assert_eq!(
        the(&of_call(&gateway.records(), &got.call()), "complete")["outcome"],
        "ok"
    );

    upstream.then(|_| {
        let mut acts = open_stream([[7_u8; 100], [8; 100]]);
        if let Some(Act::Send(head)) = acts.first_mut() {
            let text = String::from_utf8(head.clone()).unwrap();
            *head = text.replace("text/event-stream", "audio/mpeg").into_bytes();
        }
        acts.push(Act::Close);
        acts
    });
    let request = Request::post("/v1/audio/speech")
        .json(&ask)
        .key(&gateway.key);
    assert!(
        !request.send(gateway.data).whole,
        "a cut answer ends as a cut answer"
    );
}

#[test]
fn what_one_tenant_keeps_at_a_provider_is_not_there_for_another() {
    let upstream = Upstream::start(|seen| {
        let file = |id: &str| json!({"id": id, "object": "file", "filename": "a.txt"});
        match (seen.head.split(' ').next(), seen.path()) {
            (Some("POST"), "/v1/files") => {
                let mine = holds(&seen.body, "of the first");
                answer(200, &[], file(if mine { "file-1" } else { "file-2" }).to_string())
            }
            (Some("GET"), "/v1/files") => {
                let all = json!({"object": "list", "data": [file("file-0"), file("file-1"), file("file-2")]});
                answer(200, &[], all.to_string())
            }
            (_, path) if path.ends_with("/content") => answer(200, &[("content-type", "text/plain")], "secret"),
            (Some("POST"), _) => answer(200, &[], json!({"id": "resp_1", "object": "response", "status": "completed", "model": "m", "output": []}).to_string()),
            _ => answer(200, &[], file("file-1").to_string()),
        }
    });
    let gateway = before(&upstream).start();
    let other = gateway.key_of(&["--tenant", "other"]);
    let parts = |text: &'static [u8]| {
        form(
            "b0undary",
            &[
                ("name=\"purpose\"", b"user_data"),
                ("name=\"file\"; filename=\"a.txt\"", text),
            ],
        )
    };
    for (key, text) in [
        (&gateway.key, b"of the first".as_slice()),
        (&other, b"of the other"),
    ] {
        let got = Request::post("/v1/files")
            .header("content-type", "multipart/form-data; boundary=b0undary")
            .body(parts(text))
            .key(key)
            .send(gateway.data);
        assert_eq!(got.status, 200, "{}", got.text());
    }
    for (key, own, foreign) in [
        (&gateway.key, "file-1", "file-2"),
        (&other, "file-2", "file-1"),
    ] {
        let list = Request::get("/v1/files").key(key).send(gateway.data).json();
        let ids: Vec<&str> = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, [own], "a list holds the tenant's own");
        let count = upstream.count();
        for path in [
            format!("/v1/files/{foreign}"),
            format!("/v1/files/{foreign}/content"),
            format!("/passthrough/o/v1/files/{foreign}"),
            format!("/passthrough/o/files/{foreign}/content"),
            "/v1/files/file-0".to_owned(),
        ] {
            let got = Request::get(&path).key(key).send(gateway.data);
            assert_eq!(
                (got.status, got.code().as_str()),
                (404, "unknown_object"),
                "{path}: {}",
                got.text()
            );
        }
        let ask = json!({"model": "o/m", "input": [{"role": "user", "content": [{"type": "input_file", "file_id": foreign}]}]});
        let got = Request::post("/v1/responses")
            .json(&ask)
            .key(key)
            .send(gateway.data);
        assert_eq!(
            (got.status, got.code().as_str()),
            (404, "unknown_object"),
            "{}",
            got.text()
        );
        assert_eq!(upstream.count(), count, "the provider was not asked");
        let got = Request::get(&format!("/v1/files/{own}/content"))
            .key(key)
            .send(gateway.data);
        assert_eq!((got.status, got.text().as_str()), (200, "secret"));
    }
    let made = gateway.post("/v1/responses", &json!({"model": "o/m", "input": "hello"}));
    assert_eq!(made.status, 200, "{}", made.text());
    let on = json!({"model": "o/m", "input": "more", "previous_response_id": "resp_1"});
    assert_eq!(gateway.post("/v1/responses", &on).status, 200);
    let got = Request::post("/v1/responses")
        .json(&on)
        .key(&other)
        .send(gateway.data);
    assert_eq!(got.code(), "unknown_object");
}

#[test]
fn a_batch_may_ask_only_what_its_key_may_ask() {
    let upstream = Upstream::start(|_| answer(200, &[], r#"{"id":"file-9","object":"file"}"#));
    let access =
        std::fs::read_to_string(crate::support::shipped_policies().join("access.csv")).unwrap();
    let gateway = before(&upstream)
        .policy(
            "access.csv",
            format!("{access}\np, no-m, *, *, model:o/m, invoke, *, deny\n"),
        )
        .start();
    let line = |model: &str| {
        format!(
            "{}\n",
            json!({"custom_id": "1", "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": model, "messages": [{"role": "user", "content": "hi"}]}})
        )
    };
    for (lines, code) in [
        (line("m"), "access_denied"),
        (line("unknown"), "unknown_model"),
        ("{\"custom_id\":1".to_owned(), "invalid_request"),
    ] {
        let got = upload(
            &gateway,
            "/v1/files",
            &[
                ("name=\"purpose\"", b"batch"),
                ("name=\"file\"; filename=\"b.jsonl\"", lines.as_bytes()),
            ],
        );
        assert_eq!(got.code(), code, "{}", got.text());
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn each_model_of_a_batch_may_have_what_is_in_it() {
    let upstream = Upstream::start(|_| answer(200, &[], r#"{"id":"batch_1"}"#));
    let line = "p, cards-not-dear, data:pci, *, model:o/dear, send, *, deny\n";
    let gateway = Setup::with(format!(
        "providers:\n{}",
        provider(
            "o",
            &upstream.url(),
            "anthropic",
            &["m", "dear"],
            ", tasks: [batches], facts: {pci: true}"
        )
    ))
    .policy(
        "compliance.csv",
        format!("{}\n{line}", shipped("compliance.csv")),
    )
    .start();
    let batch = |model: &str, text: &str| {
        let request = |id: &str, model: &str, text: &str| {
            json!({"custom_id": id, "params": {"model": model, "max_tokens": 9,
                "messages": [{"role": "user", "content": text}]}})
        };
        json!({"requests": [request("1", "m", text), request("2", model, "hello")]})
    };
    let card = format!("my card is {CARD}");
    let ask = |model: &str, text: &str| gateway.post("/v1/messages/batches", &batch(model, text));
    let got = ask("dear", &card);
    assert_eq!(got.code(), "compliance_denied", "{}", got.text());
    assert!(got.text().contains("cards-not-dear"), "{}", got.text());
    assert_eq!(upstream.count(), 0);
    for (model, text) in [("m", card.as_str()), ("dear", "hello")] {
        let got = ask(model, text);
        assert_eq!(got.status, 200, "{}", got.text());
    }
}

#[test]
fn a_provider_s_own_path_is_governed_like_a_door() {
    let upstream = Upstream::start(|seen| {
        if seen.path().contains("chat/completions") {
            return answer(200, &[], json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "well"}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}}).to_string());
        }
        answer(200, &[], r#"{"object":"list","data":[]}"#)
    });
    let gateway = before(&upstream).start();
    let got = gateway.get("/passthrough/o/v1/fine_tuning/jobs?limit=2");
    assert_eq!(got.status, 200, "{}", got.text());
    let seen = upstream.last();
    assert_eq!(seen.path(), "/v1/fine_tuning/jobs?limit=2");
    assert!(
        !holds(&seen.raw, &gateway.key),
        "the key of this gateway stays here"
    );

    let got = gateway.post(
        "/passthrough/o/v1/chat/completions",
        &json!({"model": "m", "messages": [{"role": "user", "content": format!("card {CARD}")}]}),
    );
    assert_eq!(got.status, 200, "{}", got.text());
    assert!(!holds(&upstream.last().raw, CARD));
    let records = of_call(&gateway.records(), &got.call());
    assert_eq!(
        the(&records, "complete")["usage"]["input"],
        3,
        "it is the door that it would be here"
    );

    let count = upstream.count();
    let got = gateway.get(&format!("/passthrough/o/v1/jobs?note={CARD}"));
    assert_eq!(
        (got.status, got.code().as_str()),
        (403, "data_blocked"),
        "{}",
        got.text()
    );
    let got = gateway.get("/passthrough/nobody/v1/jobs");
    assert_eq!(got.code(), "no_target", "{}", got.text());
    assert_eq!(upstream.count(), count);
}

#[test]
fn a_door_can_be_closed_by_name() {
    let upstream = Upstream::start(|_| answer(200, &[], "{}"));
    let access =
        std::fs::read_to_string(crate::support::shipped_policies().join("access.csv")).unwrap();
    let gateway = before(&upstream)
        .policy(
            "access.csv",
            format!("{access}\np, no-pictures, *, *, api:image_generations, invoke, *, deny\n"),
        )
        .start();
    let got = gateway.post(
        "/v1/images/generations",
        &json!({"model": "o/m", "prompt": "a cat"}),
    );
    assert_eq!(
        (got.status, got.code().as_str()),
        (403, "access_denied"),
        "{}",
        got.text()
    );
    assert!(got.text().contains("no-pictures"), "{}", got.text());
}

#[test]
fn the_table_of_doors_is_printed() {
    let gateway = Setup::bare().start();
    let table = gateway.run(&["check", "--coverage"]);
    assert!(
        table.stdout.contains("POST /v1/responses"),
        "{}",
        table.stdout
    );
    let json = gateway.run(&["check", "--coverage", "--json"]).json();
    assert_eq!(json["ok"], true);
    assert!(
        json["coverage"]
            .as_array()
            .is_some_and(|doors| doors.len() > 25)
    );
    assert!(
        gateway.stdout().contains("surrogates restored"),
        "the start shows it too"
    );
}

fn shipped(file: &str) -> String {
    std::fs::read_to_string(crate::support::shipped_policies().join(file)).unwrap()
}

fn chat_says(text: &str) -> String {
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}})
    .to_string()
}

#[test]
fn the_model_that_was_permitted_is_the_one_that_is_asked() {
    let upstream = Upstream::start(|_| answer(200, &[], chat_says("well")));
    let gateway = Setup::with(format!(
        "providers:\n{}",
        provider("o", &upstream.url(), "openai", &["m", "dear"], "")
    ))
    .policy(
        "access.csv",
        format!(
            "{}\np, no-dear, *, *, model:o/dear, *, *, deny\n",
            shipped("access.csv")
        ),
    )
    .start();
    let ask = json!({"model": "dear", "messages": [{"role": "user", "content": "hi"}]});
    for path in [
        "/openai/deployments/m/chat/completions",
        "/passthrough/o/openai/deployments/m/chat/completions",
    ] {
        let got = gateway.post(path, &ask);
        assert_eq!(got.status, 200, "{}", got.text());
        assert_eq!(upstream.last().json()["model"], "m", "{path}");
    }
    let count = upstream.count();
    for path in [
        "/passthrough/o/v1beta/models/dear:predictLongRunning",
        "/passthrough/o/model/dear/count-tokens",
        "/passthrough/o/openai/deployments/dear/extensions/chat/completions",
    ] {
        let got = gateway.post(path, &json!({"prompt": "hi"}));
        assert_eq!(got.code(), "access_denied", "{path}: {}", got.text());
    }
    assert_eq!(upstream.count(), count);
}

#[test]
fn a_model_in_the_body_opens_no_path_that_the_policy_keeps_shut() {
    let upstream = Upstream::start(|_| answer(200, &[], r#"{"id":"x"}"#));
    let models_alone = shipped("access.csv").replace("p, everyone-doors", "# p, everyone-doors");
    let gateway = before(&upstream).policy("access.csv", models_alone).start();
    for (path, body) in [
        ("/passthrough/o/v1/fine_tuning/jobs", json!({"model": "m"})),
        ("/v1/batches", json!({"model": "m"})),
        (
            "/v1/messages/batches",
            json!({"model": "m", "requests": [{"custom_id": "1", "params": {"model": "unknown"}}]}),
        ),
    ] {
        let got = gateway.post(path, &body);
        assert!(
            ["access_denied", "unknown_model"].contains(&got.code().as_str()),
            "{path}: {}",
            got.text()
        );
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_model_beside_a_batch_vouches_for_none_within_it() {
    let upstream = Upstream::start(|_| answer(200, &[], r#"{"id":"batch_1"}"#));
    let gateway = before(&upstream).start();
    let body =
        json!({"model": "m", "requests": [{"custom_id": "1", "params": {"model": "unknown"}}]});
    let got = gateway.post("/passthrough/o/v1/messages/batches", &body);
    assert_eq!(got.code(), "unknown_model", "{}", got.text());
    assert_eq!(upstream.count(), 0);
}

#[test]
fn no_spelling_leads_past_whose_a_thing_is() {
    let upstream =
        Upstream::start(|_| answer(200, &[], r#"{"id":"resp_1","data":[{"id":"vs_1"}]}"#));
    // An address with a folder of its own before the version.
    let url = upstream.url().replace("/v1", "/inference/v1");
    let facts = ", tasks: [files, batches, stored_responses]";
    let gateway = Setup::with(format!(
        "providers:\n{}{}",
        provider("o", &upstream.url(), "openai, responses", &["m"], facts),
        provider("f", &url, "openai", &["m"], facts)
    ))
    .start();
    for path in [
        "/passthrough/o/v1/./files/file-2",
        "/passthrough/o/./v1/files/file-2",
        "/passthrough/o/v1/x/%2E%2e/files/file-2",
        "/passthrough/o/v1/x\\..\\/files/file-2",
        "/passthrough/f/inference/v1/files/file-2",
        "/passthrough/f/inference/v1/files/file-2/content",
        "/passthrough/o/v1/v1/files/file-2",
        "/passthrough/o/v1/conversations/conv_2/items",
        "/passthrough/o/v1/containers/cntr_2/files/cfile_2/content",
        "/passthrough/o/v1/vector_stores/vs_2/files",
        "/passthrough/o/v1/realtime/client_secrets",
        "/passthrough/o/v1/organization/admin_api_keys",
    ] {
        let got = gateway.get(path);
        assert!(
            [
                "unknown_object",
                "unknown_endpoint",
                "surface_not_governed",
                "invalid_request"
            ]
            .contains(&got.code().as_str()),
            "{path}: {} {}",
            got.status,
            got.text()
        );
    }
    assert_eq!(upstream.count(), 0);
    let list = gateway.get("/passthrough/o/v1/vector_stores");
    assert_eq!(list.json()["data"], json!([]), "{}", list.text());

    let count = upstream.count();
    let refer = |input: Value| json!({"model": "o/m", "input": input});
    let line = json!({"custom_id": "1", "method": "POST", "url": "/v1/responses", "body":
        refer(json!([{"role": "user", "content": [{"type": "input_file", "file_id": "file-2"}]}]))});
    let got = upload(
        &gateway,
        "/passthrough/o/v1/files",
        &[
            ("name=\"purpose\"", b"batch"),
            (
                "name=\"file\"; filename=\"b.jsonl\"",
                line.to_string().replace("o/m", "m").as_bytes(),
            ),
        ],
    );
    assert_eq!(
        got.code(),
        "unknown_object",
        "a batch's lines: {}",
        got.text()
    );
    let got = upload(
        &gateway,
        "/passthrough/o/v1/things",
        &[("name=\"file_id\"", b"file-2")],
    );
    assert_eq!(got.code(), "unknown_object", "a form: {}", got.text());
    for body in [
        refer(json!([{"type": "item_reference", "id": "msg_2"}])).to_string(),
        refer(json!([{"id": "msg_2"}])).to_string(),
        r#"{"model":"o/m","input":"more","previous_response\u005fid":"resp_2"}"#.to_owned(),
        r#"{"model":"o/m","input":"x","tools":[{"type":"code_interpreter","container":"cntr_2"}]}"#
            .to_owned(),
    ] {
        let got = send(
            &gateway,
            Request::post("/v1/responses")
                .header("content-type", "application/json")
                .body(body.clone().into_bytes()),
        );
        assert_eq!(got.code(), "unknown_object", "{body}: {}", got.text());
    }
    assert_eq!(upstream.count(), count);
}

#[test]
fn what_one_s_own_answer_left_can_be_referred_to() {
    let upstream = Upstream::start(|_| {
        let said = json!({"id": "resp_1", "object": "response", "status": "completed", "model": "m", "output": [
            {"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1", "status": "completed"},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": []}],
            "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}});
        answer(200, &[], said.to_string())
    });
    let gateway = before(&upstream).start();
    let first = gateway.post("/v1/responses", &json!({"model": "o/m", "input": "hello"}));
    assert_eq!(first.status, 200, "{}", first.text());
    let more = json!({"model": "o/m", "input": [{"type": "item_reference", "id": "msg_1"}],
        "tools": [{"type": "code_interpreter", "container": "cntr_1"}]});
    let got = gateway.post("/v1/responses", &more);
    assert_eq!(got.status, 200, "{}", got.text());
}

#[test]
fn what_a_file_says_makes_nothing_ones_own() {
    let said = r#"{"id":"file-2","output_file_id":"file-3","data":[{"id":"file-4"}]}"#;
    let upstream = Upstream::start(move |seen| {
        if seen.path().ends_with("/content") {
            answer(200, &[], said)
        } else {
            answer(200, &[], r#"{"id":"file-1","object":"file"}"#)
        }
    });
    let gateway = before(&upstream).start();
    let made = upload(
        &gateway,
        "/v1/files",
        &[
            ("name=\"purpose\"", b"user_data"),
            ("name=\"file\"; filename=\"a.txt\"", b"hello"),
        ],
    );
    assert_eq!(made.status, 200, "{}", made.text());
    let got = gateway.get("/v1/files/file-1/content");
    assert_eq!(got.text(), said, "a file's content passes as it is");
    for id in ["file-2", "file-3", "file-4"] {
        let got = gateway.get(&format!("/v1/files/{id}"));
        assert_eq!(got.code(), "unknown_object", "{id}");
    }
}

#[test]
fn sound_that_passes_unread_is_paid_for() {
    let upstream = Upstream::start(|seen| {
        if seen.path().ends_with("/speech") {
            return answer(200, &[("content-type", "audio/mpeg")], "sound");
        }
        answer(200, &[("content-type", "text/plain")], "well said")
    });
    let gateway = Setup::with(format!(
        "providers:\n  o: {{base_url: \"{}\", dialects: [openai], tasks: [speech, transcriptions], models: [\
         {{name: tts, mode: speech, price: {{character_usd: 0.000015}}}}, \
         {{name: stt, mode: transcription, price: {{second_usd: 0.0001}}}}]}}\n",
        upstream.url()
    ))
    .policy(
        "data.yaml",
        shipped("data.yaml").replace("uninspected: {}", "uninspected: {transcriptions: allow}"),
    )
    .start();
    let cost =
        |call: &str| the(&of_call(&gateway.records(), call), "complete")["cost_nano_usd"].as_u64();
    let got = gateway.post(
        "/v1/audio/speech",
        &json!({"model": "o/tts", "input": "Read this", "voice": "v"}),
    );
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(cost(&got.call()), Some(9 * 15_000));
    let got = upload(
        &gateway,
        "/v1/audio/transcriptions",
        &[
            ("name=\"model\"", b"o/stt"),
            ("name=\"response_format\"", b"text"),
            (
                "name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav",
                b"RIFF\xff\xff\xff\xffWAVE\x00\x01",
            ),
        ],
    );
    assert_eq!(got.status, 200, "{}", got.text());
    assert!(cost(&got.call()) > Some(0));
}

#[test]
fn a_text_that_is_sent_encoded_is_looked_at_like_any_other() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let upstream = Upstream::start(|_| answer(200, &[], chat_says("well")));
    let facts = ", facts: {pci: true, local: true}";
    let gateway = Setup::with(format!(
        "providers:\n{}",
        provider("o", &upstream.url(), "openai", &["m"], facts)
    ))
    .start();
    let list = format!("{CARD}\n").repeat(9);
    let encoded = STANDARD.encode(format!("name,card\nAda,{CARD}\n"));
    let picture =
        STANDARD.encode([&b"\x89PNG\r\n\x1a\n\0"[..], CARD.as_bytes(), &[7; 200]].concat());
    let file =
        |data: String| json!({"type": "file", "file": {"filename": "a.csv", "file_data": data}});
    let ask = |part: Value| {
        let got = gateway.post(
            "/v1/chat/completions",
            &json!({"model": "o/m", "messages": [{"role": "user", "content": [part]}]}),
        );
        assert_eq!(got.status, 200, "{}", got.text());
        upstream.last().json()["messages"][0]["content"][0].clone()
    };
    let sent = ask(file(format!("data:text/csv;base64,{encoded}")));
    let sent = sent["file"]["file_data"].as_str().unwrap().to_owned();
    let text = STANDARD.decode(sent.strip_prefix("data:text/csv;base64,").unwrap());
    let text = String::from_utf8(text.unwrap()).unwrap();
    assert!(
        text.starts_with("name,card\nAda,") && !text.contains(CARD),
        "{text}"
    );
    let sent = ask(json!({"type": "text", "text": "x", "data": list}));
    assert!(!sent.to_string().contains(CARD), "{sent}");
    let sent = ask(file(format!("data:image/png;base64,{picture}")));
    assert!(
        sent.to_string().contains(&picture),
        "a picture passes as it came"
    );
}
