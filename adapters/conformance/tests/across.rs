//! What a client notices when its dialect is not the provider's.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use marshal_adapter_api::{Adapter, Encoded, Named, Untranslatable};
use marshal_anthropic::Anthropic;
use marshal_openai::OpenAi;
use serde_json::{Value, json};

fn translate(
    from: &dyn Adapter,
    to: &dyn Adapter,
    body: &Value,
) -> Result<(Value, Vec<String>), Untranslatable> {
    let request = from
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap();
    let Encoded { body, dropped } = to.encode_request(&request, "target", 1_000)?;
    Ok((serde_json::from_slice(&body).unwrap(), dropped))
}

fn to_anthropic(body: &Value) -> Result<(Value, Vec<String>), Untranslatable> {
    translate(&OpenAi, &Anthropic, body)
}

fn to_openai(body: &Value) -> Result<(Value, Vec<String>), Untranslatable> {
    translate(&Anthropic, &OpenAi, body)
}

fn answer(from: &dyn Adapter, to: &dyn Adapter, body: &Value) -> (Value, Vec<String>) {
    let response = from.decode_response(body.to_string().as_bytes()).unwrap();
    let Encoded { body, dropped } = to.encode_response(&response);
    (serde_json::from_slice(&body).unwrap(), dropped)
}

#[test]
fn an_openai_conversation_reaches_an_anthropic_model_whole() {
    let (sent, dropped) = to_anthropic(&json!({
        "model": "m", "stream": true, "temperature": 0.5, "stop": "END", "user": "u1",
        "parallel_tool_calls": false, "tool_choice": {"type": "function", "function": {"name": "f"}},
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": "Be kind."},
            {"role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,BBBB"}}]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{\"n\": 1}"}},
                {"id": "t2", "type": "function", "function": {"name": "f", "arguments": ""}}]},
            {"role": "tool", "tool_call_id": "t1", "content": "one"},
            {"role": "tool", "tool_call_id": "t2", "content": [{"type": "text", "text": "two"}, {"type": "text", "text": "three"}]},
            {"role": "user", "content": "Go on."}]
    }))
    .unwrap();
    assert_eq!(dropped, Vec::<String>::new());
    assert_eq!(
        sent,
        json!({
            "model": "target", "max_tokens": 1000, "stream": true, "temperature": 0.5, "stop_sequences": ["END"],
            "metadata": {"user_id": "u1"},
            "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
            "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": true},
            "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                    {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
                    {"type": "document", "title": "a.pdf", "source": {"type": "base64", "media_type": "application/pdf", "data": "BBBB"}}]},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "t1", "name": "f", "input": {"n": 1}},
                    {"type": "tool_use", "id": "t2", "name": "f", "input": {}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": "one"},
                    {"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "text", "text": "two"}, {"type": "text", "text": "three"}]},
                    {"type": "text", "text": "Go on."}]}]
        })
    );
}

#[test]
fn an_anthropic_conversation_reaches_an_openai_model_whole() {
    let (sent, dropped) = to_openai(&json!({
        "model": "m", "max_tokens": 50, "stream": true, "top_k": 5, "metadata": {"user_id": "u1"},
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sealed"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"n": 1}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": [
                    {"type": "text", "text": "seen"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]},
                {"type": "text", "text": "Go on."}]}]
    }))
    .unwrap();
    assert_eq!(
        dropped,
        [
            "system[0].cache_control",
            "messages[1].content[0]",
            "messages[2].content[0].is_error",
            "top_k",
        ]
    );
    let calls = &sent["messages"][2]["tool_calls"];
    assert_eq!(calls[0]["function"]["arguments"], r#"{"n":1}"#);
    assert_eq!(
        sent["messages"][0],
        json!({"role": "system", "content": "Be brief."})
    );
    assert_eq!(sent["messages"][2]["content"], "I look.");
    assert_eq!(
        sent["messages"][3],
        json!({"role": "tool", "tool_call_id": "t1", "content": "seen"})
    );
    assert_eq!(
        sent["messages"][4],
        json!({"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "text", "text": "Go on."}]})
    );
    assert_eq!(
        (&sent["tool_choice"], &sent["parallel_tool_calls"]),
        (&json!("required"), &json!(false))
    );
    assert_eq!(sent["stream_options"], json!({"include_usage": true}));
    assert_eq!(
        (&sent["max_tokens"], &sent["user"]),
        (&json!(50), &json!("u1"))
    );
}

#[test]
fn what_would_change_the_meaning_is_refused_and_says_where() {
    let hi = json!([{"role": "user", "content": "hi"}]);
    for (body, param) in [
        (json!({"model": "m", "messages": hi, "n": 2}), "n"),
        (
            json!({"model": "m", "messages": hi, "response_format": {"type": "json_object"}}),
            "response_format",
        ),
        (
            json!({"model": "m", "messages": hi, "tool_choice": "required"}),
            "tool_choice",
        ),
        (
            json!({"model": "m", "messages": hi, "functions": [{"name": "f"}]}),
            "functions",
        ),
        (
            json!({"model": "m", "messages": [{"role": "system", "content": "x"}]}),
            "messages",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]}),
            "messages[0].content[0]",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]}),
            "messages[0].content[0]",
        ),
    ] {
        assert_eq!(
            to_anthropic(&body).unwrap_err().param.as_deref(),
            Some(param),
            "{body}"
        );
    }
    for (body, param) in [
        (
            json!({"model": "m", "max_tokens": 1, "messages": hi, "tools": [{"type": "web_search_20250305", "name": "web_search"}],
            "tool_choice": {"type": "tool", "name": "web_search"}}),
            "tool_choice",
        ),
        (
            json!({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "file", "file_id": "f"}}]}]}),
            "messages[0].content[0]",
        ),
    ] {
        assert_eq!(
            to_openai(&body).unwrap_err().param.as_deref(),
            Some(param),
            "{body}"
        );
    }
}

#[test]
fn what_has_no_word_on_the_other_side_is_reported() {
    let (_, dropped) = to_anthropic(&json!({
        "model": "m", "seed": 1, "logprobs": true, "frequency_penalty": 0.5, "temperature": 1.5, "store": null,
        "service_tier": "flex", "logit_bias": {},
        "messages": [{"role": "user", "content": "hi", "name": "ann"}]
    }))
    .unwrap();
    assert_eq!(
        dropped,
        [
            "messages[0].name",
            "temperature",
            "seed",
            "service_tier",
            "logprobs",
            "frequency_penalty"
        ]
    );
}

#[test]
fn a_schema_for_the_answer_is_kept_both_ways() {
    let schema = json!({"type": "object", "properties": {"b": {}, "a": {}}});
    let hi = json!([{"role": "user", "content": "hi"}]);
    let (sent, _) = to_anthropic(&json!({"model": "m", "messages": hi,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": true}}}))
    .unwrap();
    assert_eq!(
        sent["output_config"],
        json!({"format": {"type": "json_schema", "schema": schema}})
    );
    for format in [
        json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}}),
        json!({"output_format": {"type": "json_schema", "schema": schema}}),
    ] {
        let mut body = json!({"model": "m", "max_tokens": 1, "messages": hi});
        body.as_object_mut()
            .unwrap()
            .extend(format.as_object().unwrap().clone());
        let (sent, _) = to_openai(&body).unwrap();
        assert_eq!(
            sent["response_format"],
            json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": true}})
        );
    }
}

#[test]
fn effort_and_budget_mean_the_same_both_ways() {
    let hi = json!([{"role": "user", "content": "hi"}]);
    for (effort, budget) in [("low", 2_048), ("medium", 8_192), ("high", 16_384)] {
        let (sent, _) = to_anthropic(&json!({"model": "m", "max_completion_tokens": 64_000, "messages": hi, "reasoning_effort": effort})).unwrap();
        assert_eq!(
            sent["thinking"],
            json!({"type": "enabled", "budget_tokens": budget})
        );
        let (back, _) = to_openai(&json!({"model": "m", "max_tokens": 64_000, "messages": hi, "thinking": sent["thinking"]})).unwrap();
        assert_eq!(back["reasoning_effort"], effort);
    }
    let (sent, dropped) = to_anthropic(
        &json!({"model": "m", "max_tokens": 100, "messages": hi, "reasoning_effort": "high"}),
    )
    .unwrap();
    assert_eq!(
        (&sent["thinking"], dropped),
        (&Value::Null, vec!["reasoning_effort".to_owned()])
    );
}

#[test]
fn an_anthropic_answer_is_an_openai_answer() {
    let (said, dropped) = answer(
        &Anthropic,
        &OpenAi,
        &json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "c", "stop_reason": "tool_use", "stop_sequence": null,
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"n": 1}}],
            "usage": {"input_tokens": 5, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 2, "output_tokens": 7}
        }),
    );
    assert_eq!(dropped, Vec::<String>::new());
    let choice = &said["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(
        choice["message"],
        json!({"role": "assistant", "content": "I look.", "reasoning_content": "hm", "refusal": null,
            "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{\"n\":1}"}}]})
    );
    assert_eq!(
        (
            &said["usage"]["prompt_tokens"],
            &said["usage"]["total_tokens"]
        ),
        (&json!(17), &json!(24))
    );
    assert_eq!(said["usage"]["prompt_tokens_details"]["cached_tokens"], 10);
}

#[test]
fn an_openai_answer_is_an_anthropic_answer() {
    let body = |finish: &str| {
        json!({"id": "c1", "object": "chat.completion", "created": 1, "model": "g", "choices": [{"index": 0, "finish_reason": finish,
            "message": {"role": "assistant", "content": "Hi", "reasoning_content": "hm", "refusal": null}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13, "prompt_tokens_details": {"cached_tokens": 6}}})
    };
    for (finish, reason) in [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("tool_calls", "tool_use"),
        ("content_filter", "refusal"),
    ] {
        let (said, dropped) = answer(&OpenAi, &Anthropic, &body(finish));
        assert_eq!((&said["stop_reason"], dropped), (&json!(reason), vec![]));
        assert_eq!(
            said["content"],
            json!([{"type": "thinking", "thinking": "hm", "signature": ""}, {"type": "text", "text": "Hi"}])
        );
        assert_eq!(
            (
                &said["usage"]["input_tokens"],
                &said["usage"]["cache_read_input_tokens"]
            ),
            (&json!(3), &json!(6))
        );
    }
}

#[test]
fn numbers_of_any_size_cross_digit_by_digit() {
    let body = r#"{"content":[{"type":"tool_use","id":"t","name":"f","input":{"n": 12345678901234567890123.50}}]}"#;
    let response = Anthropic.decode_response(body.as_bytes()).unwrap();
    let said = OpenAi.encode_response(&response).body;
    let there = String::from_utf8(said.clone()).unwrap();
    assert!(
        there.contains(r#"{\"n\": 12345678901234567890123.50}"#),
        "{there}"
    );
    let response = OpenAi.decode_response(&said).unwrap();
    let back = String::from_utf8(Anthropic.encode_response(&response).body).unwrap();
    assert!(
        back.contains(r#""input":{"n": 12345678901234567890123.50}"#),
        "{back}"
    );
}

#[test]
fn sealed_thoughts_come_back_to_the_provider_that_sealed_them() {
    let blocks = json!([
        {"type": "thinking", "thinking": "hm", "signature": "seal"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {}}]);
    let (said, dropped) = answer(
        &Anthropic,
        &OpenAi,
        &json!({"content": blocks, "stop_reason": "tool_use"}),
    );
    assert_eq!(dropped, Vec::<String>::new());
    let (sent, dropped) = to_anthropic(&json!({
        "model": "m", "max_tokens": 9000, "reasoning_effort": "low",
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "messages": [
            {"role": "user", "content": "hi"}, said["choices"][0]["message"],
            {"role": "tool", "tool_call_id": "t", "content": "ok"}]
    }))
    .unwrap();
    assert_eq!(
        (&sent["messages"][1]["content"], dropped),
        (&blocks, vec![])
    );
    assert_eq!(sent["thinking"]["budget_tokens"], 2_048);
}
