//! Facts of a request.

use marshal_adapter_api::{Adapter, ChatFacts, Malformed, Named, index};
use marshal_gemini::Gemini;
use serde_json::{Value, json};

use super::NAMED;

fn facts(body: &Value, named: Named<'_>) -> Result<ChatFacts, Malformed> {
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    Gemini.facts(index.doc(&bytes), named)
}

#[test]
fn facts_say_what_a_model_must_be_able_to_do() {
    for body in [
        json!({
            "contents": [{"role": "user", "parts": [
                {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
                {"inlineData": {"mimeType": "audio/wav", "data": "AA=="}},
                {"fileData": {"fileUri": "https://x/y.pdf"}}]}],
            "tools": [{"googleSearch": {}}],
            "generationConfig": {"maxOutputTokens": 7, "candidateCount": 2, "responseSchema": {},
                "thinkingConfig": {"thinkingBudget": 5}},
            "unknown": {"passes": true}
        }),
        json!({
            "contents": {"parts": [
                {"inline_data": {"mime_type": "image/png", "data": "AA=="}},
                {"inline_data": {"mime_type": "audio/wav", "data": "AA=="}},
                {"file_data": {"file_uri": "https://x/y.pdf"}}]},
            "tools": {"function_declarations": [{"name": "f"}]},
            "generation_config": {"max_output_tokens": "7", "candidate_count": 2.0,
                "response_json_schema": {}, "thinking_config": {"thinking_level": "HIGH"}}
        }),
    ] {
        let facts = facts(&body, NAMED).unwrap();
        assert!(facts.needs.tools && facts.needs.vision && facts.needs.audio);
        assert!(facts.needs.json_schema && facts.needs.thinking && facts.needs.documents);
        assert_eq!((facts.max_output, facts.choices), (Some(7), 2));
        assert_eq!(
            (facts.model.as_str(), facts.stream),
            ("gemini-2.5-flash", false)
        );
    }
}

#[test]
fn a_plain_request_needs_nothing_and_the_body_may_name_the_model() {
    let body = json!({
        "model": "models/g", "contents": [{"parts": [{"text": "hi"}]}], "tools": [{"codeExecution": null}],
        "generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}
    });
    let facts = facts(&body, Named::default()).unwrap();
    assert_eq!(facts.needs, marshal_adapter_api::Needs::default());
    assert_eq!((facts.model.as_str(), facts.choices), ("models/g", 1));
}

#[test]
fn a_wrong_type_is_refused_with_its_path() {
    for (body, param) in [
        (json!({}), "contents"),
        (json!({"contents": []}), "contents"),
        (json!({"contents": "hi"}), "contents"),
        (json!({"contents": ["hi"]}), "contents[0]"),
        (json!({"contents": [{"role": 1}]}), "contents[0].role"),
        (json!({"contents": [{"parts": "hi"}]}), "contents[0].parts"),
        (
            json!({"contents": [{"parts": ["hi"]}]}),
            "contents[0].parts[0]",
        ),
        (json!({"contents": [{}], "tools": 1}), "tools"),
        (json!({"contents": [{}], "tools": [1]}), "tools[0]"),
        (
            json!({"contents": [{}], "generationConfig": 1}),
            "generationConfig",
        ),
        (
            json!({"contents": [{}], "generationConfig": {"maxOutputTokens": 1.5}}),
            "generationConfig.maxOutputTokens",
        ),
    ] {
        let malformed = facts(&body, NAMED).unwrap_err();
        assert_eq!(malformed.param.as_deref(), Some(param), "{body}");
        assert!(malformed.message.contains(param));
    }
    let unnamed = facts(&json!({"contents": [{}]}), Named::default()).unwrap_err();
    assert_eq!(unnamed.param.as_deref(), Some("model"));
}
