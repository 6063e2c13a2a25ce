//! Requests.

use serde_json::{Value, json};

use super::{
    ANTHROPIC, BEDROCK, COHERE, GEMINI, OLLAMA, OPENAI, RESPONSES, exchange, passes, plain_answer,
    question,
};

/// A question that has `more` members.
fn asks(at: (&str, &str), more: &Value) {
    let mut asked = question(at);
    if let (Some(asked), Some(more)) = (asked.as_object_mut(), more.as_object()) {
        asked.extend(more.clone());
    }
    passes(&exchange(
        at,
        asked,
        200,
        &plain_answer(at).to_string(),
        false,
    ));
}

#[test]
fn a_limit_may_be_a_float_or_below_zero() {
    for limit in [json!(100.0), json!(-1), json!(7)] {
        for at in [OPENAI, ANTHROPIC, COHERE] {
            asks(at, &json!({"max_tokens": limit}));
        }
        asks(OPENAI, &json!({"max_completion_tokens": limit}));
        asks(RESPONSES, &json!({"max_output_tokens": limit}));
        asks(
            GEMINI,
            &json!({"generationConfig": {"maxOutputTokens": limit}}),
        );
        asks(BEDROCK, &json!({"inferenceConfig": {"maxTokens": limit}}));
    }
    asks(OPENAI, &json!({"n": 1.0}));
    asks(
        ANTHROPIC,
        &json!({"max_tokens": 4096.0, "thinking": {"type": "enabled", "budget_tokens": 1024.0}}),
    );
}

#[test]
fn a_request_in_the_words_of_a_copy_is_understood() {
    let user = json!({"role": "user", "content": "hi"});
    let call = json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "t1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}]});
    let nested =
        json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]);
    let flat = json!([{"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": true}]);
    for more in [
        json!({"messages": [user, call, {"role": "tool", "content": "ok", "name": "f"}]}),
        json!({"messages": [user, call, {"role": "tool", "tool_call_id": null, "content": "ok"}]}),
        json!({"messages": [user, {"role": "function", "name": "f", "content": "ok"}, user]}),
        json!({"messages": [user, {"role": "ipython", "content": "ok"}, user]}),
        json!({"tools": flat}),
        json!({"tools": [{"google_search": {}}]}),
        json!({"response_format": {}}),
        json!({"response_format": {"type": "json_schema", "json_schema": null}}),
        json!({"user": 5}),
    ] {
        asks(OPENAI, &more);
    }
    let called = json!({"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"});
    for more in [
        json!({"tools": nested}),
        json!({"tools": [{"name": "f", "parameters": {"type": "object"}}]}),
        json!({"user": 5}),
        json!({"input": [user, called, {"type": "function_call_output", "call_id": "c1", "output": {"a": 1}}]}),
        json!({"input": [user, {"role": "tool", "content": "x"}, user]}),
        json!({"input": [{"role": "user", "content": [{"text": "hi"}]}]}),
    ] {
        asks(RESPONSES, &more);
    }
    let mine = json!({"role": "user", "parts": [{"text": "hi"}]});
    for role in ["assistant", "system"] {
        let other = json!({"role": role, "parts": [{"text": "x"}]});
        asks(GEMINI, &json!({"contents": [mine, other, mine]}));
    }
    asks(COHERE, &json!({"response_format": {}}));
    asks(
        COHERE,
        &json!({"messages": [user, call, {"role": "tool", "content": "ok"}]}),
    );
    let developer = json!({"role": "developer", "content": "Be brief."});
    for at in [COHERE, OLLAMA] {
        asks(at, &json!({"messages": [developer, user]}));
    }
    asks(ANTHROPIC, &json!({"output_config": {}}));
    passes(&exchange(
        BEDROCK,
        json!({"inferenceConfig": {"maxTokens": 5}}),
        200,
        &plain_answer(BEDROCK).to_string(),
        false,
    ));
}
