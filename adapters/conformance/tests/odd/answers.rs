//! Whole answers.

use serde_json::{Value, json};

use super::{
    ANTHROPIC, BEDROCK, COHERE, GEMINI, OLLAMA, OPENAI, RESPONSES, exchange, passes, plain_answer,
    question,
};

/// A whole answer to a plain question.
fn answers(at: (&str, &str), said: &Value) {
    passes(&exchange(at, question(at), 200, &said.to_string(), false));
}

/// An answer with `value` at the path `way`; `None` where it is left out.
fn with(plain: &Value, way: &[&str], value: Option<&Value>) -> Value {
    let mut answer = plain.clone();
    let Some((last, inner)) = way.split_last() else {
        return answer;
    };
    let mut at = &mut answer;
    for step in inner {
        at = match step.parse::<usize>() {
            Ok(number) => &mut at[number],
            Err(_) => &mut at[*step],
        };
    }
    match (value, at.as_object_mut()) {
        (None, Some(members)) => drop(members.remove(*last)),
        (Some(value), _) => match last.parse::<usize>() {
            Ok(number) => at[number] = value.clone(),
            Err(_) => at[*last] = value.clone(),
        },
        (None, None) => {}
    }
    answer
}

/// Each member in turn is each of the values, or not there.
fn each(at: (&str, &str), plain: &Value, ways: &[&[&str]], values: &[Value]) {
    for way in ways {
        answers(at, &with(plain, way, None));
        for value in values {
            answers(at, &with(plain, way, Some(value)));
        }
    }
}

fn nothing() -> [Value; 2] {
    [Value::Null, Value::from("")]
}

/// What may stand where the arguments of a call belong.
fn arguments() -> [Value; 6] {
    [
        Value::Null,
        json!(""),
        json!("{}"),
        json!("{\"a\": 1}"),
        json!({"a": 1}),
        json!([1]),
    ]
}

#[test]
fn an_openai_answer_may_lack_or_twist_any_member() {
    let said = json!({"id": "c1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Hi", "refusal": null}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}});
    let odd = [
        Value::Null,
        json!(5),
        json!(1.0),
        json!(-1),
        json!("2024-01-01"),
    ];
    each(
        OPENAI,
        &said,
        &[
            &["id"],
            &["created"],
            &["model"],
            &["choices", "0", "index"],
            &["choices", "0", "finish_reason"],
            &["choices", "0", "message", "role"],
        ],
        &odd,
    );
    each(
        OPENAI,
        &said,
        &[&["choices", "0", "message", "content"]],
        &nothing(),
    );
    answers(OPENAI, &with(&said, &["choices"], Some(&Value::Null)));
    answers(OPENAI, &with(&said, &["choices"], Some(&json!([]))));
    answers(
        OPENAI,
        &with(&said, &["choices", "0", "message"], Some(&Value::Null)),
    );
    let parts =
        json!([{"type": "text", "text": null}, {"text": "Hi"}, "Hi", null, {"type": "text"}]);
    answers(
        OPENAI,
        &with(&said, &["choices", "0", "message", "content"], Some(&parts)),
    );
    let twice = json!([said["choices"][0], said["choices"][0]]);
    answers(OPENAI, &with(&said, &["choices"], Some(&twice)));
    let floats = json!({"prompt_tokens": 3.0, "completion_tokens": 2.0, "total_tokens": 5.0});
    answers(OPENAI, &with(&said, &["usage"], Some(&floats)));
    let calls =
        json!([{"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    let way = ["choices", "0", "message", "tool_calls"];
    let called = with(&said, &way, Some(&calls));
    let call = |more: &[&'static str]| [&way[..], &["0"], more].concat();
    each(
        OPENAI,
        &called,
        &[&call(&["function", "arguments"])],
        &arguments(),
    );
    each(
        OPENAI,
        &called,
        &[
            &call(&["id"]),
            &call(&["function"]),
            &call(&["function", "name"]),
        ],
        &[Value::Null],
    );
    answers(OPENAI, &json!({"error": {"message": "no", "code": 502}}));
}

#[test]
fn an_anthropic_answer_may_lack_or_twist_any_member() {
    let said = json!({"id": "m1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "thinking", "thinking": "a", "signature": "s"}, {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "t1", "name": "f", "input": {}}],
        "stop_reason": "tool_use", "stop_sequence": null, "usage": {"input_tokens": 3.0, "output_tokens": 2}});
    each(
        ANTHROPIC,
        &said,
        &[
            &["id"],
            &["stop_reason"],
            &["content", "0", "thinking"],
            &["content", "1", "text"],
        ],
        &nothing(),
    );
    each(
        ANTHROPIC,
        &said,
        &[&["content", "2", "input"]],
        &arguments(),
    );
    for content in [Value::Null, json!([]), json!("Hi")] {
        let said = with(&said, &["stop_reason"], Some(&json!("end_turn")));
        answers(ANTHROPIC, &with(&said, &["content"], Some(&content)));
    }
}

#[test]
fn a_responses_answer_may_lack_or_twist_any_member() {
    let said = json!({"id": "r1", "object": "response", "created_at": 1, "model": "m", "status": "completed",
        "output": [
            {"type": "message", "id": "i1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "Hi", "annotations": []}]},
            {"type": "function_call", "id": "i2", "call_id": "c1", "name": "f", "arguments": "{}", "status": "completed"}],
        "usage": {"input_tokens": 3.0, "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 7},
            "total_tokens": 12}});
    each(
        RESPONSES,
        &said,
        &[
            &["id"],
            &["created_at"],
            &["output", "0", "role"],
            &["output", "0", "content", "0", "text"],
            &["output", "0", "content"],
            &["output", "1", "call_id"],
            &["output", "1", "name"],
        ],
        &[Value::Null],
    );
    each(
        RESPONSES,
        &said,
        &[&["output", "1", "arguments"]],
        &arguments(),
    );
    answers(RESPONSES, &with(&said, &["output"], Some(&Value::Null)));
    let shiny = json!([{"type": "shiny", "x": 1}, {"type": "output_text", "text": "Hi", "annotations": [1]},
        {"type": "output_text", "text": " you"}]);
    answers(
        RESPONSES,
        &with(&said, &["output", "0", "content"], Some(&shiny)),
    );
}

#[test]
fn a_bedrock_answer_may_lack_or_twist_any_member() {
    let said = json!({"output": {"message": {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "a", "signature": "s"}}}, {"text": "Hi"},
            {"toolUse": {"toolUseId": "t1", "name": "f", "input": {}}}]}},
        "stopReason": "tool_use", "metrics": {"latencyMs": 1},
        "usage": {"inputTokens": 3.0, "outputTokens": 2.0, "totalTokens": 5.0}});
    let content = ["output", "message", "content"];
    let block = |more: &[&'static str]| [&content[..], more].concat();
    each(
        BEDROCK,
        &said,
        &[
            &block(&["0", "reasoningContent", "reasoningText", "text"]),
            &block(&["2", "toolUse", "toolUseId"]),
        ],
        &nothing(),
    );
    answers(
        BEDROCK,
        &with(&said, &block(&["1", "text"]), Some(&Value::Null)),
    );
    each(
        BEDROCK,
        &said,
        &[&block(&["2", "toolUse", "input"])],
        &arguments(),
    );
    let silent = with(&said, &["stopReason"], Some(&json!("end_turn")));
    answers(BEDROCK, &with(&silent, &content, Some(&Value::Null)));
}

#[test]
fn a_cohere_answer_may_lack_or_twist_any_member() {
    let said = json!({"id": "c1", "finish_reason": "TOOL_CALL", "message": {"role": "assistant",
            "content": [{"type": "thinking", "thinking": "a"}, {"type": "text", "text": "Hi"}],
            "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        "usage": {"tokens": {"input_tokens": 3.0, "output_tokens": 2.0}}});
    each(
        COHERE,
        &said,
        &[
            &["id"],
            &["message", "role"],
            &["message", "content", "0", "thinking"],
            &["message", "content", "1", "text"],
            &["message", "tool_calls", "0", "id"],
            &["message", "tool_calls", "0", "function"],
            &["message", "tool_calls", "0", "function", "name"],
        ],
        &[Value::Null],
    );
    let way: &[&str] = &["message", "tool_calls", "0", "function", "arguments"];
    each(COHERE, &said, &[way], &arguments());
    let billed = json!({"billed_units": {"input_tokens": 1, "output_tokens": 2},
        "tokens": {"input_tokens": null, "output_tokens": null}});
    answers(COHERE, &with(&said, &["usage"], Some(&billed)));
}

#[test]
fn a_gemini_answer_may_lack_or_twist_any_member() {
    let said = json!({"candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [
            {"text": "Hi"}, {"text": "", "functionCall": {"name": "f", "args": {"a": 1}}}]}}],
        "usageMetadata": {"promptTokenCount": 3.0, "candidatesTokenCount": "2", "totalTokenCount": 5},
        "modelVersion": "g", "responseId": "r"});
    let parts = ["candidates", "0", "content", "parts"];
    let part = |more: &[&'static str]| [&parts[..], more].concat();
    each(
        GEMINI,
        &said,
        &[&part(&["1", "functionCall", "args"])],
        &arguments(),
    );
    each(
        GEMINI,
        &said,
        &[
            &part(&["0", "text"]),
            &["candidates", "0", "finishReason"],
            &["candidates", "0", "content"],
            &["candidates", "0", "index"],
            &["responseId"],
        ],
        &[Value::Null],
    );
    let odd = json!([null, "x", {"text": 5}, {}, {"text": "Hi"}]);
    answers(GEMINI, &with(&said, &parts, Some(&odd)));
    for none in [Value::Null, json!([])] {
        answers(GEMINI, &with(&said, &["candidates"], Some(&none)));
    }
}

#[test]
fn an_answer_that_says_it_has_none_is_empty() {
    for (at, way) in [
        (OPENAI, &["choices", "0", "message"][..]),
        (COHERE, &["message"]),
        (BEDROCK, &["output"]),
        (BEDROCK, &["output", "message"]),
        (ANTHROPIC, &["content"]),
        (RESPONSES, &["output"]),
    ] {
        answers(at, &with(&plain_answer(at), way, Some(&Value::Null)));
    }
    answers(
        OLLAMA,
        &json!({"model": "m", "created_at": "2024-01-01T00:00:00Z", "message": null, "done": true, "done_reason": "stop"}),
    );
}
