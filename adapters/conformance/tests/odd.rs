//! Recordings of odd but real shapes pass every check, as plain ones do.

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

/// A stream of chunks with OpenAI's marker behind them.
fn streams(chunks: &[Value]) {
    let mut said: String = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    said.push_str("data: [DONE]\n\n");
    let asked =
        json!({"model": "m", "stream": true, "messages": [{"role": "user", "content": "hi"}]});
    passes(&exchange(OPENAI, asked, 200, &said, true));
}

fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn piece(index: u64, id: Option<&str>, name: Option<&str>, arguments: Option<&str>) -> Value {
    let mut function = serde_json::Map::new();
    function.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
    function.extend(arguments.map(|source| ("arguments".to_owned(), Value::from(source))));
    let mut call = json!({"index": index, "function": function});
    if let Some(id) = id {
        call["id"] = Value::from(id);
    }
    chunk(&json!({"tool_calls": [call]}), None)
}

#[test]
fn a_streamed_call_stays_one_call_however_its_pieces_come() {
    let end = || chunk(&json!({}), Some("tool_calls"));
    let (a, b) = (Some("a"), Some("b"));
    let f = Some("f");
    for pieces in [
        vec![piece(0, a, None, None), piece(0, None, f, Some("{}"))],
        vec![
            piece(0, a, None, Some("{\"x\"")),
            piece(0, None, f, Some(":1}")),
        ],
        vec![piece(0, None, f, None), piece(0, a, None, Some("{}"))],
        vec![
            piece(0, a, f, Some("")),
            piece(0, b, None, Some("{\"x\"")),
            piece(0, Some("c"), None, Some(":1}")),
        ],
        vec![piece(0, a, f, Some("{\"x\"")), piece(0, a, f, Some(":1}"))],
        vec![piece(0, a, f, Some("{}")), piece(0, b, f, Some("{}"))],
        vec![
            piece(0, a, f, Some("{\"x\"")),
            piece(1, b, f, Some("{\"y\"")),
            piece(0, None, None, Some(":1}")),
            piece(1, None, None, Some(":2}")),
        ],
        vec![piece(0, a, None, Some("{}"))],
        vec![chunk(
            &json!({"tool_calls": [{"function": {"name": "f", "arguments": "{}"}},
                {"function": {"name": "g", "arguments": "{}"}}]}),
            None,
        )],
        vec![
            chunk(
                &json!({"tool_calls": [{"index": 0, "id": "a", "function": null}]}),
                None,
            ),
            piece(0, None, f, Some("{}")),
        ],
        vec![
            piece(0, a, f, Some("{}")),
            chunk(&json!({"content": "Hi"}), None),
        ],
    ] {
        streams(&[pieces, vec![end()]].concat());
    }
}

#[test]
fn a_stream_that_fails_or_goes_on_behind_its_finish_is_understood() {
    let hi = || chunk(&json!({"role": "assistant", "content": "Hi"}), None);
    let end = || chunk(&json!({}), Some("stop"));
    streams(&[hi(), end(), hi(), end()]);
    streams(&[]);
    streams(&[
        json!({"object": "error", "message": "boom", "type": "BadRequestError", "param": null, "code": 400}),
    ]);
    streams(&[hi(), json!({"error": "boom"})]);
    streams(&[hi(), json!({"message": "boom", "code": 400})]);
    streams(&[hi(), end(), json!({"error": null, "choices": []})]);
}

#[test]
fn what_a_stream_says_beside_its_text_is_reported() {
    let mut first = chunk(
        &json!({"role": "assistant", "content": "Hi", "images": [{"image_url": {"url": "x"}}],
            "reasoning_details": [{"type": "reasoning.encrypted", "data": "xx", "format": "unknown"}],
            "tool_calls": [{"index": 0, "id": "t", "type": "custom", "custom": {"name": "f", "input": "x"}}]}),
        None,
    );
    first["citations"] = json!(["https://a"]);
    first["choices"][0]["logprobs"] = json!({"content": [{"token": "Hi", "logprob": -1}]});
    streams(&[first, chunk(&json!({}), Some("stop"))]);
}

#[test]
fn an_anthropic_stream_may_report_its_end_twice_and_number_its_blocks_alike() {
    let text = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hi"}});
    let call = json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "tool_use", "id": "t1", "name": "f", "input": {}}});
    let piece = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "input_json_delta", "partial_json": "{}"}});
    let stop = json!({"type": "content_block_stop", "index": 0});
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2}});
    let start = json!({"type": "message_start", "message": {"id": "m1", "type": "message", "role": "assistant",
        "model": "m", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}});
    let last = json!({"type": "message_stop"});
    let events = [
        &start, &text, &stop, &call, &piece, &stop, &end, &end, &last,
    ];
    let said: String = events
        .iter()
        .map(|event| {
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap_or_default()
            )
        })
        .collect();
    let mut asked = question(ANTHROPIC);
    asked["stream"] = Value::from(true);
    passes(&exchange(ANTHROPIC, asked, 200, &said, true));
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
        _ => {
            json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}]})
        }
    }
}

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
    asks(ANTHROPIC, &json!({"output_config": {}}));
    passes(&exchange(
        BEDROCK,
        json!({"inferenceConfig": {"maxTokens": 5}}),
        200,
        &plain_answer(BEDROCK).to_string(),
        false,
    ));
}
