//! Providers behind a cloud's own front door: their addresses, envelopes and signatures, as their servers see them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Act, Gateway, Request, Seen, Setup, Upstream, answer, of_call, the};

const CARD: &str = "4111111111111111";

/// The address without `/v1`, as a cloud's base URL is.
fn host(upstream: &Upstream) -> String {
    upstream.url().trim_end_matches("/v1").to_owned()
}

fn openai_says(text: &str) -> Value {
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}})
}

fn hello(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "hello"}]})
}

fn claude(model: &str, stream: bool) -> Value {
    json!({"model": model, "max_tokens": 50, "stream": stream, "messages": [{"role": "user", "content": "hello"}]})
}

fn claude_says(text: &str) -> Value {
    json!({"id": "msg", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn", "stop_sequence": null,
        "content": [{"type": "text", "text": text}], "usage": {"input_tokens": 3, "output_tokens": 1}})
}

#[test]
fn azure_gets_its_deployment_its_version_and_its_own_header() {
    let upstream = Upstream::start(|_| answer(200, &[], openai_says("well").to_string()));
    let config = format!(
        "providers:\n  azure: {{base_url: \"{}\", api_version: 2024-10-21, api_key: {{env: AZ}}, \
         models: [{{name: gpt-4o, id: my-deployment, price: free}}]}}\n  \
         newer: {{kind: azure, base_url: \"{}\", auth: bearer, api_key: {{env: AZ}}, models: [{{name: gpt-4o, price: free}}]}}\n",
        host(&upstream),
        host(&upstream)
    );
    let gateway = Setup::with(config).env("AZ", "secret-key").start();
    let got = gateway.post("/v1/chat/completions", &hello("azure/gpt-4o"));
    assert_eq!(got.status, 200, "{}", got.text());
    let seen = upstream.last();
    assert_eq!(
        seen.path(),
        "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21"
    );
    assert_eq!(seen.header("api-key"), Some("secret-key"));
    assert_eq!(seen.header("authorization"), None);

    let got = gateway.post("/v1/chat/completions", &hello("newer/gpt-4o"));
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(upstream.last().path(), "/openai/v1/chat/completions");
    assert_eq!(
        upstream.last().header("authorization"),
        Some("Bearer secret-key")
    );

    // Azure's own clients name the deployment in the address, and a version that is the provider's business.
    let mut body = hello("x");
    body.as_object_mut().unwrap().remove("model");
    let got =
        Request::post("/openai/deployments/azure%2Fgpt-4o/chat/completions?api-version=2024-02-01")
            .header("api-key", &gateway.key)
            .json(&body)
            .send(gateway.data);
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(
        upstream.last().path(),
        "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21"
    );
}

fn bedrock(upstream: &Upstream) -> Gateway {
    let config = format!(
        "providers:\n  bedrock: {{base_url: \"{}\", region: eu-central-1, facts: {{pci: true}}, \
         aws: {{access_key_id: {{env: AK}}, secret_access_key: {{env: SK}}, session_token: {{env: ST}}}}, models: [\
         {{name: claude, id: \"eu.anthropic.claude-x-v1:0\", dialects: [anthropic, bedrock], price: free}}, \
         {{name: nova, id: \"amazon.nova-lite-v1:0\", price: free}}]}}\n",
        host(upstream)
    );
    Setup::with(config)
        .env("AK", "AKIDEXAMPLE")
        .env("SK", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .env("ST", "session")
        .start()
}

fn is_signed(seen: &Seen) {
    let authorization = seen.header("authorization").unwrap_or_default();
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/eu-central-1/bedrock/aws4_request"),
        "{authorization}"
    );
    assert_eq!(seen.header("x-amz-security-token"), Some("session"));
    assert!(seen.header("x-amz-date").is_some());
}

/// One message of Amazon's event stream.
fn message(name: &str, payload: &Value) -> Vec<u8> {
    let mut headers = Vec::new();
    for (header, value) in [
        (":event-type", name),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ] {
        headers.push(u8::try_from(header.len()).unwrap());
        headers.extend_from_slice(header.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let payload = payload.to_string();
    let total = 16 + headers.len() + payload.len();
    let mut out = u32::try_from(total).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(&u32::try_from(headers.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out.extend_from_slice(&headers);
    out.extend_from_slice(payload.as_bytes());
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

fn binary(messages: &[Vec<u8>]) -> Vec<Act> {
    let body = messages.concat();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    vec![Act::Send([head.as_bytes(), &body].concat())]
}

#[test]
fn bedrock_is_asked_in_its_own_words_and_every_request_is_signed() {
    let upstream = Upstream::start(|seen| {
        if seen.path().contains("converse-stream") {
            return binary(&[
                message("messageStart", &json!({"role": "assistant"})),
                message(
                    "contentBlockDelta",
                    &json!({"contentBlockIndex": 0, "delta": {"text": "well"}}),
                ),
                message("contentBlockStop", &json!({"contentBlockIndex": 0})),
                message("messageStop", &json!({"stopReason": "end_turn"})),
                message(
                    "metadata",
                    &json!({"usage": {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4}, "metrics": {"latencyMs": 1}}),
                ),
            ]);
        }
        answer(200, &[], json!({"output": {"message": {"role": "assistant", "content": [{"text": "well"}]}},
            "stopReason": "end_turn", "usage": {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4}, "metrics": {"latencyMs": 1}}).to_string())
    });
    let gateway = bedrock(&upstream);
    let got = gateway.post("/v1/chat/completions", &hello("bedrock/nova"));
    assert_eq!(
        got.json()["choices"][0]["message"]["content"],
        "well",
        "{}",
        got.text()
    );
    assert_eq!(
        upstream.last().path(),
        "/model/amazon.nova-lite-v1%3A0/converse"
    );
    is_signed(&upstream.last());

    let mut body = hello("bedrock/nova");
    body["stream"] = json!(true);
    let got = gateway.post("/v1/chat/completions", &body);
    assert!(
        got.text().contains("\"content\":\"well\"") && got.text().contains("[DONE]"),
        "{}",
        got.text()
    );
    assert_eq!(
        upstream.last().path(),
        "/model/amazon.nova-lite-v1%3A0/converse-stream"
    );
    let records = of_call(&gateway.records(), &got.call());
    assert_eq!(the(&records, "complete")["usage"]["input"], 3);
}

#[test]
fn claude_in_amazon_s_envelope_is_claude() {
    let upstream = Upstream::start(|seen| {
        let chunk = |event: Value| {
            message(
                "chunk",
                &json!({"bytes": STANDARD.encode(event.to_string())}),
            )
        };
        if seen.path().contains("invoke-with-response-stream") {
            let told = seen.json()["messages"][0]["content"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            return binary(&[
                chunk(
                    json!({"type": "message_start", "message": {"id": "msg", "type": "message", "role": "assistant", "model": "claude",
                    "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 1}}}),
                ),
                chunk(
                    json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                ),
                chunk(
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": &told[..told.len() / 2]}}),
                ),
                chunk(
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": &told[told.len() / 2..]}}),
                ),
                chunk(json!({"type": "content_block_stop", "index": 0})),
                chunk(
                    json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 5}}),
                ),
                chunk(json!({"type": "message_stop"})),
            ]);
        }
        answer(200, &[], claude_says("well").to_string())
    });
    let gateway = bedrock(&upstream);
    let got = gateway.post("/v1/messages", &claude("bedrock/claude", false));
    assert_eq!(
        got.json(),
        claude_says("well"),
        "the provider's own bytes come through"
    );
    let seen = upstream.last();
    assert_eq!(seen.path(), "/model/eu.anthropic.claude-x-v1%3A0/invoke");
    is_signed(&seen);
    let sent = seen.json();
    assert_eq!(sent["anthropic_version"], "bedrock-2023-05-31");
    assert_eq!((sent.get("model"), sent.get("stream")), (None, None));

    // A client of Anthropic's gets server-sent events, one of Amazon's gets Amazon's messages; both get their card back.
    let mut body = claude("bedrock/claude", true);
    body["messages"][0]["content"] = json!(format!("card {CARD}!"));
    let got = gateway.post("/v1/messages", &body);
    assert_eq!(
        got.header("content-type"),
        Some("text/event-stream; charset=utf-8")
    );
    assert!(got.text().contains("event: message_stop"), "{}", got.text());
    let said: String = got
        .text()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok())
        .filter_map(|event| {
            event
                .pointer("/delta/text")
                .and_then(Value::as_str)
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(said, format!("card {CARD}!"));
    assert!(!crate::support::holds(&upstream.last().raw, CARD));
    let records = of_call(&gateway.records(), &got.call());
    assert_eq!(the(&records, "complete")["usage"]["output"], 5);

    let mut body = claude("x", true);
    for gone in ["model", "stream"] {
        body.as_object_mut().unwrap().remove(gone);
    }
    body["anthropic_version"] = json!("bedrock-2023-05-31");
    let got = Request::post("/bedrock/model/bedrock%2Fclaude/invoke-with-response-stream")
        .header("authorization", &format!(
            "AWS4-HMAC-SHA256 Credential={}/20260101/eu-central-1/bedrock/aws4_request, SignedHeaders=host, Signature=0", gateway.key))
        .json(&body)
        .send(gateway.data);
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(
        got.header("content-type"),
        Some("application/vnd.amazon.eventstream")
    );
    assert_eq!(
        upstream.last().json(),
        body,
        "the same body comes out of the envelope and into it again"
    );
}

#[test]
fn vertex_ai_is_asked_with_a_token_that_the_service_account_earned() {
    let tokens = Upstream::start(|_| {
        answer(
            200,
            &[],
            r#"{"access_token":"earned","expires_in":3600,"token_type":"Bearer"}"#,
        )
    });
    let upstream = Upstream::start(|seen| {
        if seen.path().contains("rawPredict") {
            return answer(200, &[], claude_says("well").to_string());
        }
        answer(200, &[], json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "well"}]}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1, "totalTokenCount": 4}, "modelVersion": "g"}).to_string())
    });
    let account = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../adapters/platform/testdata/service_account.json"
    ))
    .unwrap();
    let mut account: Value = serde_json::from_str(&account).unwrap();
    account["token_uri"] = json!(format!("{}/token", host(&tokens)));
    let config = format!(
        "providers:\n  vertex: {{base_url: \"{}\", project: my-project, location: europe-west4, service_account: {{env: SA}}, models: [\
         {{name: gemini-x, price: free}}, {{name: claude-x, dialects: [anthropic], price: free}}]}}\n",
        host(&upstream)
    );
    let gateway = Setup::with(config).env("SA", &account.to_string()).start();
    let got = gateway.post("/v1/chat/completions", &hello("vertex/gemini-x"));
    assert_eq!(
        got.json()["choices"][0]["message"]["content"],
        "well",
        "{}",
        got.text()
    );
    let seen = upstream.last();
    assert_eq!(
        seen.path(),
        "/v1/projects/my-project/locations/europe-west4/publishers/google/models/gemini-x:generateContent"
    );
    assert_eq!(seen.header("authorization"), Some("Bearer earned"));

    let got = gateway.post("/v1/messages", &claude("vertex/claude-x", false));
    assert_eq!(got.status, 200, "{}", got.text());
    let seen = upstream.last();
    assert_eq!(
        seen.path(),
        "/v1/projects/my-project/locations/europe-west4/publishers/anthropic/models/claude-x:rawPredict"
    );
    assert_eq!(seen.json()["anthropic_version"], "vertex-2023-10-16");
    assert_eq!(tokens.count(), 1, "a token is asked for once, and kept");
}

#[test]
fn a_gateway_that_translates_strictly_refuses_what_it_would_leave_out() {
    let upstream = Upstream::start(|_| answer(200, &[], claude_says("well").to_string()));
    let config = |how: &str| {
        format!(
            "translation: {how}\nproviders:\n  a: {{base_url: \"{}\", dialects: [anthropic], models: [{{name: m, price: free}}]}}\n",
            upstream.url()
        )
    };
    let mut body = hello("a/m");
    body["seed"] = json!(7);
    let lenient = Setup::with(config("lenient")).start();
    let got = lenient.post("/v1/chat/completions", &body);
    assert_eq!(
        (got.status, got.header("x-marshal-dropped")),
        (200, Some("seed")),
        "{}",
        got.text()
    );
    let strict = Setup::with(config("strict")).start();
    let got = strict.post("/v1/chat/completions", &body);
    assert_eq!(
        (got.status, got.code().as_str()),
        (400, "cannot_translate"),
        "{}",
        got.text()
    );
    assert!(got.text().contains("seed"), "{}", got.text());
    assert_eq!(upstream.count(), 1);
}
