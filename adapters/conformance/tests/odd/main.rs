//! Recordings of odd but real shapes pass every check, as plain ones do.

mod answers;
mod requests;
mod streams;

use marshal_conformance::{Outcome, Recording, Reviewed, run};
use serde_json::{Value, json};

const OPENAI: (&str, &str) = ("p.chat", "/v1/chat/completions");
const RESPONSES: (&str, &str) = ("openai.responses", "/v1/responses");
const ANTHROPIC: (&str, &str) = ("anthropic.messages", "/v1/messages");
const GEMINI: (&str, &str) = ("gemini.generateContent", "/v1beta/models/g:generateContent");
const BEDROCK: (&str, &str) = ("bedrock.converse", "/model/m/converse");
const COHERE: (&str, &str) = ("cohere.chat", "/v2/chat");
const OLLAMA: (&str, &str) = ("ollama.chat", "/api/chat");
const EMBEDDINGS: (&str, &str) = ("openai.embeddings", "/v1/embeddings");
const ALL: [(&str, &str); 8] = [
    OPENAI, RESPONSES, ANTHROPIC, GEMINI, BEDROCK, COHERE, OLLAMA, EMBEDDINGS,
];

/// A plain question in the dialect of the door.
fn question(at: (&str, &str)) -> Value {
    let messages = json!([{"role": "user", "content": "hi"}]);
    match at {
        RESPONSES | EMBEDDINGS => json!({"model": "m", "input": "hi"}),
        GEMINI => json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
        BEDROCK => json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}),
        ANTHROPIC => json!({"model": "m", "max_tokens": 10, "messages": messages}),
        OLLAMA => json!({"model": "m", "stream": false, "messages": messages}),
        _ => json!({"model": "m", "messages": messages}),
    }
}

fn exchange(at: (&str, &str), asked: Value, status: u16, said: &str, stream: bool) -> Recording {
    Recording {
        id: "odd".to_owned(),
        provider: "p".to_owned(),
        api: at.0.to_owned(),
        method: "POST".to_owned(),
        url_path: Some(at.1.to_owned()),
        request_headers: json!({"content-type": "application/json"}),
        request_body: asked,
        status,
        response_headers: json!({
            "content-type": if stream { "text/event-stream" } else { "application/json" }
        }),
        response_body: Value::from(said),
        response_encoding: "text".to_owned(),
        stream,
    }
}

fn passes(recording: &Recording) {
    let outcome = run(recording, &Reviewed::default());
    let said = &recording.response_body;
    assert_eq!(outcome, Outcome::Passed, "{} {said}", recording.api);
}

/// A plain answer in the dialect of the door.
fn plain_answer(at: (&str, &str)) -> Value {
    match at {
        RESPONSES => {
            json!({"id": "r", "object": "response", "created_at": 1, "model": "m", "status": "completed",
            "output": [{"type": "message", "id": "i", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "Hi", "annotations": []}]}]})
        }
        ANTHROPIC => json!({"id": "m1", "type": "message", "role": "assistant", "model": "m",
            "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 3, "output_tokens": 2}}),
        GEMINI => json!({"candidates": [{"index": 0, "finishReason": "STOP",
            "content": {"role": "model", "parts": [{"text": "Hi"}]}}]}),
        BEDROCK => {
            json!({"output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
            "stopReason": "end_turn", "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}})
        }
        COHERE => json!({"id": "c", "finish_reason": "COMPLETE",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]}}),
        OLLAMA => {
            json!({"model": "m", "created_at": "2024-01-01T00:00:00Z", "done": true, "done_reason": "stop",
            "message": {"role": "assistant", "content": "Hi"}})
        }
        _ => {
            json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}]})
        }
    }
}

#[test]
fn an_error_of_any_shape_keeps_its_class_and_its_words() {
    let bodies = [
        r#"{"Message":"User: arn is not authorized"}"#,
        r#"{"errors":[{"message":"x"}]}"#,
        r#"{"title":"Unauthorized","status":401}"#,
        r#"{"fault":{"faultstring":"x"}}"#,
        r#"{"detail":"x"}"#,
        r#"{"detail":[{"loc":["body"],"msg":"x"}]}"#,
        r#"{"error":["x"]}"#,
        r#"{"error":null}"#,
        r#"{"error":5}"#,
        r#"{"error":{"error":{"message":"x"}}}"#,
        r#"{"error":{"message":"","type":"server_error"}}"#,
        r#"{"error":{"message":null}}"#,
        r#"{"error":{"code":503,"status":"INTERNAL"}}"#,
        r#"{"error":{"message":"x","status":"RESOURCE_EXHAUSTED"}}"#,
        r#"{"error":{"message":"x","status":"PERMISSION_DENIED"}}"#,
        r#"{"error":{"message":"x","status":"INVALID_ARGUMENT"}}"#,
        r#"{"__type":"ThrottlingException","message":"x"}"#,
        r#"{"message":null,"id":"x"}"#,
        "{}",
        "[]",
        "\"x\"",
        "<html>x</html>",
        "no",
        "",
    ];
    for at in ALL {
        for status in [400, 401, 403, 404, 429, 500, 501, 502, 503, 504, 529] {
            for body in bodies {
                passes(&exchange(at, question(at), status, body, false));
            }
        }
    }
}
