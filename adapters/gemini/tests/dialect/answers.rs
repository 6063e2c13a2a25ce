//! Whole answers.

use marshal_adapter_api::{Adapter, FinishReason, Part, index};
use marshal_anthropic::Anthropic;
use marshal_gemini::Gemini;
use marshal_openai::OpenAi;
use marshal_wire::json::Edits;
use serde_json::{Value, json};

use super::{gemini, value};

fn read(body: &Value) -> marshal_adapter_api::ChatResponse {
    Gemini.decode_response(body.to_string().as_bytes()).unwrap()
}

#[test]
fn an_openai_answer_is_served_to_a_gemini_client() {
    let response = OpenAi
        .decode_response(
            json!({"id": "c1", "model": "gpt", "created": 1_777_924_862, "object": "chat.completion",
                "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant",
                    "content": "hello", "reasoning_content": "hm", "tool_calls": [
                        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}}]}},
                    {"index": 1, "finish_reason": "length", "message": {"role": "assistant", "content": "two"}}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14,
                    "prompt_tokens_details": {"cached_tokens": 2},
                    "completion_tokens_details": {"reasoning_tokens": 3}}})
            .to_string()
            .as_bytes(),
        )
        .unwrap();
    let encoded = Gemini.encode_response(&response);
    assert!(encoded.dropped.is_empty(), "{:?}", encoded.dropped);
    assert_eq!(
        value(&encoded),
        json!({
            "candidates": [
                {"content": {"parts": [{"text": "hm", "thought": true}, {"text": "hello"},
                    {"functionCall": {"id": "a", "name": "f", "args": {"x": 1}}}], "role": "model"},
                    "finishReason": "STOP", "index": 0},
                {"content": {"parts": [{"text": "two"}], "role": "model"}, "finishReason": "MAX_TOKENS", "index": 1}],
            "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 2, "totalTokenCount": 14,
                "thoughtsTokenCount": 3, "cachedContentTokenCount": 2},
            "modelVersion": "gpt", "responseId": "c1", "createTime": "2026-05-04T20:01:02Z"
        })
    );
}

#[test]
fn a_prompt_that_was_not_let_through_is_a_refusal() {
    let body = json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "no"},
        "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}, "modelVersion": "g"});
    let response = read(&body);
    let choice = &response.choices[0];
    let finish = choice.finish.as_ref().unwrap();
    assert_eq!(
        (finish.reason, finish.word.as_str()),
        (FinishReason::Refusal, "PROHIBITED_CONTENT")
    );
    assert!(matches!(&choice.message.parts[..], [Part::Refusal { text, .. }] if text == "no"));
    assert_eq!(value(&Gemini.encode_response(&response)), body);
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    assert_eq!(
        Gemini.meta(index.doc(&bytes)).finish_reasons,
        ["PROHIBITED_CONTENT"]
    );
}

#[test]
fn what_is_no_answer_is_refused() {
    for body in ["[]", "{}", "{\"a\":1}", "1", "", "{\"candidates\":1}"] {
        assert!(Gemini.decode_response(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn odd_answers_come_back_as_they_were() {
    for body in [
        json!({"candidates": []}),
        json!({"candidates": [{}, {"content": {}}, {"content": {"role": "model"}, "finishReason": "SAFETY"}]}),
        json!({"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": 1, "index": 0,
            "groundingMetadata": {"a": 1}, "newThing": null}], "response_id": "r", "usage_metadata": {}}),
        json!({"candidates": [{"finishReason": "", "content": {"parts": [{"toolCall": {"a": 1}}], "role": "x"}}]}),
        json!({"modelVersion": "g", "usageMetadata": {"trafficType": "ON_DEMAND"}}),
    ] {
        assert_eq!(value(&Gemini.encode_response(&read(&body))), body);
    }
}

#[test]
fn a_sealed_call_reaches_an_openai_client_and_comes_back() {
    let response = read(
        &json!({"candidates": [{"content": {"role": "model", "parts": [
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "seal"}]}, "finishReason": "STOP"}],
        "responseId": "r1"}),
    );
    let chat = value(&OpenAi.encode_response(&response));
    let call = &chat["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["extra_content"]["google"]["thought_signature"], "seal");
    assert!(call["id"].as_str().unwrap().starts_with("call_gemini_"));
    let (body, _) = super::for_model(
        &json!({"model": "m", "messages": [{"role": "user", "content": "hi"}, chat["choices"][0]["message"],
            {"role": "tool", "tool_call_id": call["id"], "content": "1"}]}),
        "gemini-3-pro",
    );
    assert_eq!(
        body["contents"][1]["parts"][0],
        json!({"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "seal"})
    );
    assert_eq!(
        body["contents"][2]["parts"][0],
        json!({"functionResponse": {"name": "f", "response": {"result": "1"}}})
    );
}

#[test]
fn claudes_sealed_thoughts_reach_a_gemini_client_and_come_back_to_claude_alone() {
    let answer = json!({"id": "m1", "type": "message", "role": "assistant", "model": "claude",
        "content": [{"type": "thinking", "thinking": "hm", "signature": "EqQB+/=="},
            {"type": "tool_use", "id": "t1", "name": "f", "input": {}}],
        "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 2}});
    let response = Anthropic
        .decode_response(answer.to_string().as_bytes())
        .unwrap();
    let served = value(&Gemini.encode_response(&response));
    let content = &served["candidates"][0]["content"];
    let next = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}, content,
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "id": "t1", "response": {"result": "1"}}}]}]});
    let request = gemini(&next);
    let Part::Thinking {
        text, signature, ..
    } = &request.messages[1].parts[0]
    else {
        panic!("a thought");
    };
    assert_eq!(
        (text.as_str(), signature.as_deref()),
        ("hm", Some("EqQB+/=="))
    );
    // Sent on to Gemini as it is, the seal goes.
    let bytes = next.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    let mut edits = Edits::new();
    Gemini.set_model(index.doc(&bytes), "gemini-2.5-flash", &mut edits);
    let sent: Value = serde_json::from_slice(&edits.apply(&bytes)).unwrap();
    assert_eq!(
        sent["contents"][1]["parts"][0],
        json!({"text": "hm", "thought": true})
    );
    assert_eq!(sent["contents"][2], next["contents"][2]);
}

#[test]
fn texts_of_an_answer_are_found_where_they_stand() {
    let body = json!({"candidates": [{"content": {"parts": [{"text": "t", "thought": true}, {"text": "a"},
        {"functionCall": {"name": "f", "args": {"x": "y", "n": [1]}}}, {"executableCode": {"code": "c"}}]}}]});
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    let doc = index.doc(&bytes);
    let mut texts = Vec::new();
    Gemini.answer_texts(doc, &mut texts);
    let found: Vec<String> = texts
        .iter()
        .map(|text| {
            let source = String::from_utf8_lossy(doc.raw(text.node)).into_owned();
            format!("{:?} {} {source}", text.channel.kind, text.channel.part)
        })
        .collect();
    assert_eq!(
        found,
        [
            "Thinking 0 \"t\"",
            "Text 1 \"a\"",
            "Arguments 2 \"y\"",
            "Arguments 2 1",
            "Arguments 3 \"c\""
        ]
    );
}
