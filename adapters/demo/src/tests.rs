use bytes::Bytes;
use marshal_wire::sse::Splitter;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const INTRODUCTION: &str = "This is Marshal's built-in demo provider, not a language model.";

fn openai(body: &Value) -> Value {
    answered(Dialect::OpenAi, body)
}

fn anthropic(body: &Value) -> Value {
    answered(Dialect::Anthropic, body)
}

fn answered(dialect: Dialect, body: &Value) -> Value {
    let answer = answer(dialect, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{body}");
    assert_eq!(answer.content_type, "application/json");
    assert_eq!(answer.chunks.len(), 1);
    serde_json::from_slice(&answer.chunks[0]).unwrap()
}

fn refused(dialect: Dialect, body: &str) -> Value {
    let answer = answer(dialect, body.as_bytes());
    assert_eq!(answer.status, 400, "{body}");
    serde_json::from_slice(&answer.chunks[0]).unwrap()
}

/// The events of a streamed answer: name and data, `[DONE]` as a text.
fn events(dialect: Dialect, body: &Value) -> Vec<(Option<String>, Value)> {
    let answer = answer(dialect, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{body}");
    assert_eq!(answer.content_type, "text/event-stream; charset=utf-8");
    let mut splitter = Splitter::new(1 << 20);
    let mut events = Vec::new();
    for chunk in &answer.chunks {
        splitter.push(chunk.clone());
        let event = splitter.next().unwrap().unwrap();
        assert_eq!(event.raw, chunk, "one chunk is one event");
        let data = serde_json::from_slice(&event.data()).unwrap_or_else(|_| json!("[DONE]"));
        events.push((event.name().map(std::borrow::Cow::into_owned), data));
    }
    events
}

fn chat(content: &Value, more: &Value) -> Value {
    request(
        json!({"model": "demo-chat", "messages": [{"role": "user", "content": content}]}),
        more,
    )
}

fn messages(content: &Value, more: &Value) -> Value {
    let base = json!({"model": "demo-chat", "max_tokens": 1000, "messages": [{"role": "user", "content": content}]});
    request(base, more)
}

fn request(mut base: Value, more: &Value) -> Value {
    let more = more.as_object().cloned().unwrap_or_default();
    base.as_object_mut().unwrap().extend(more);
    base
}

fn text(answer: &Value) -> &str {
    let openai = answer["choices"][0]["message"]["content"].as_str();
    openai
        .or_else(|| answer["content"][0]["text"].as_str())
        .unwrap()
}

fn weather() -> Value {
    json!({"type": "object", "properties": {
        "place": {"type": "string"},
        "unit": {"enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 3}},
        "required": ["place", "unit", "days"]})
}

fn openai_tools() -> Value {
    json!({"tools": [
        {"type": "function", "function": {"name": "weather", "parameters": weather()}},
        {"type": "function", "function": {"name": "time"}}]})
}

fn anthropic_tools() -> Value {
    json!({"tools": [
        {"type": "web_search_20250305", "name": "web_search"},
        {"name": "weather", "input_schema": weather()},
        {"name": "time", "input_schema": {"type": "object"}}]})
}

#[test]
fn an_answer_says_what_it_is_and_repeats_the_last_words() {
    let expected = format!("{INTRODUCTION} You said: Mail me at a@b.example");
    let body = chat(&json!("Mail me at a@b.example"), &json!({}));
    let answer = openai(&body);
    assert_eq!(text(&answer), expected);
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "demo-chat");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let answer = anthropic(&messages(&json!("Mail me at a@b.example"), &json!({})));
    assert_eq!(text(&answer), expected);
    assert_eq!(answer["type"], "message");
    assert_eq!(answer["stop_reason"], "end_turn");
}

#[test]
fn the_same_body_gets_the_same_bytes_and_another_one_another_id() {
    let body = |text: &str| chat(&json!(text), &json!({"stream": true})).to_string();
    let first = answer(Dialect::OpenAi, body("a").as_bytes());
    assert_eq!(first, answer(Dialect::OpenAi, body("a").as_bytes()));
    let ids = ["a", "b"].map(|text| openai(&chat(&json!(text), &json!({})))["id"].clone());
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn tokens_are_counted_as_documented() {
    let body = json!({"model": "m", "messages": [
        {"role": "system", "content": "12345"}, {"role": "user", "content": [{"type": "text", "text": "1234"}]}]});
    let answer = openai(&body);
    assert_eq!(answer["usage"]["prompt_tokens"], 3);
    let output = (INTRODUCTION.len() + " You said: 1234".len()).div_ceil(4);
    assert_eq!(answer["usage"]["completion_tokens"], output);
    assert_eq!(answer["usage"]["total_tokens"], 3 + output);
    let body = messages(
        &json!("1234"),
        &json!({"system": [{"type": "text", "text": "12345"}]}),
    );
    let answer = anthropic(&body);
    assert_eq!(answer["usage"]["input_tokens"], 3);
    assert_eq!(answer["usage"]["output_tokens"], output);
}

#[test]
fn a_streamed_chat_completion_has_the_events_that_openai_sends() {
    let body = chat(
        &json!("Grüße"),
        &json!({"stream": true, "n": 2, "stream_options": {"include_usage": true}}),
    );
    let events = events(Dialect::OpenAi, &body);
    assert!(events.iter().all(|(name, _)| name.is_none()));
    let data: Vec<&Value> = events.iter().map(|(_, data)| data).collect();
    assert_eq!(data[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(data[1]["choices"][0]["index"], 1);
    let (done, rest) = data.split_last().unwrap();
    assert_eq!(**done, json!("[DONE]"));
    let (usage, rest) = rest.split_last().unwrap();
    assert_eq!(usage["choices"], json!([]));
    assert!(
        rest.iter()
            .all(|chunk| chunk["usage"].is_null() && chunk["id"] == usage["id"])
    );
    for index in 0..2 {
        let mut of_choice = rest
            .iter()
            .filter(|chunk| chunk["choices"][0]["index"] == index);
        let said: String = of_choice
            .clone()
            .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
            .collect();
        assert_eq!(said, format!("{INTRODUCTION} You said: Grüße"));
        let last = of_choice.next_back().unwrap();
        assert_eq!(last["choices"][0]["finish_reason"], "stop");
        assert_eq!(last["choices"][0]["delta"], json!({}));
    }
    assert!(rest.len() > 20, "it comes in small pieces");
}

#[test]
fn a_stream_without_usage_asked_for_has_none() {
    let body = chat(&json!("x"), &json!({"stream": true}));
    let events = events(Dialect::OpenAi, &body);
    assert!(events.iter().all(|(_, data)| data.get("usage").is_none()));
}

#[test]
fn a_streamed_message_has_the_events_that_anthropic_sends() {
    let body = messages(&json!("hello"), &json!({"stream": true}));
    let events = events(Dialect::Anthropic, &body);
    let names: Vec<&str> = events
        .iter()
        .filter_map(|(name, _)| name.as_deref())
        .collect();
    assert_eq!(
        names[..4],
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta"
        ]
    );
    assert_eq!(
        names[names.len() - 3..],
        ["content_block_stop", "message_delta", "message_stop"]
    );
    assert!(
        events
            .iter()
            .all(|(name, data)| name.as_deref() == data["type"].as_str())
    );
    let said: String = events
        .iter()
        .filter_map(|(_, data)| data["delta"]["text"].as_str())
        .collect();
    assert_eq!(said, format!("{INTRODUCTION} You said: hello"));
    let end = &events[events.len() - 2].1;
    assert_eq!(end["delta"]["stop_reason"], "end_turn");
    assert!(end["usage"]["output_tokens"].as_u64().unwrap() > 10);
    assert_eq!(events[0].1["message"]["content"], json!([]));
}

#[test]
fn the_first_tool_is_called_with_arguments_that_fit_its_schema() {
    let expected = json!({"place": "In Oslo?", "unit": "celsius", "days": 3});
    let answer = openai(&chat(&json!("In Oslo?"), &openai_tools()));
    let message = &answer["choices"][0]["message"];
    let call = &message["tool_calls"][0];
    assert_eq!(call["function"]["name"], "weather");
    assert_eq!(call["type"], "function");
    assert!(call.get("index").is_none() && message["content"].is_null());
    let arguments = call["function"]["arguments"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(arguments).unwrap(), expected);
    assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls");

    let answer = anthropic(&messages(&json!("In Oslo?"), &anthropic_tools()));
    assert_eq!(answer["content"][0]["name"], "weather");
    assert_eq!(answer["content"][0]["input"], expected);
    assert_eq!(answer["stop_reason"], "tool_use");
}

#[test]
fn a_streamed_tool_call_puts_its_arguments_together_from_pieces() {
    let mut body = chat(&json!("In Oslo?"), &openai_tools());
    body["stream"] = json!(true);
    let stream = events(Dialect::OpenAi, &body);
    let first = &stream[0].1["choices"][0]["delta"]["tool_calls"][0];
    assert_eq!(
        first["function"],
        json!({"name": "weather", "arguments": ""})
    );
    let arguments: String = stream[1..]
        .iter()
        .map(|(_, data)| &data["choices"][0]["delta"]["tool_calls"][0])
        .inspect(|call| assert!(call.get("id").is_none()))
        .filter_map(|call| call["function"]["arguments"].as_str())
        .collect();
    assert_eq!(
        serde_json::from_str::<Value>(&arguments).unwrap()["days"],
        3
    );

    let mut body = messages(&json!("In Oslo?"), &anthropic_tools());
    body["stream"] = json!(true);
    let stream = events(Dialect::Anthropic, &body);
    assert_eq!(stream[1].1["content_block"]["input"], json!({}));
    let input: String = stream
        .iter()
        .filter_map(|(_, data)| data["delta"]["partial_json"].as_str())
        .collect();
    assert_eq!(serde_json::from_str::<Value>(&input).unwrap()["days"], 3);
}

#[test]
fn the_choice_of_a_tool_is_honoured() {
    let with = |choice: Value| {
        let mut body = chat(&json!("x"), &openai_tools());
        body["tool_choice"] = choice;
        openai(&body)["choices"][0]["message"]["tool_calls"][0]["function"]["name"].clone()
    };
    assert_eq!(with(json!("none")), Value::Null);
    assert_eq!(with(json!("required")), "weather");
    assert_eq!(
        with(json!({"type": "function", "function": {"name": "time"}})),
        "time"
    );
    let with = |choice: Value| {
        let mut body = messages(&json!("x"), &anthropic_tools());
        body["tool_choice"] = choice;
        anthropic(&body)["content"][0]["name"].clone()
    };
    assert_eq!(with(json!({"type": "none"})), Value::Null);
    assert_eq!(with(json!({"type": "any"})), "weather");
    assert_eq!(with(json!({"type": "tool", "name": "time"})), "time");
}

#[test]
fn a_tool_result_is_quoted_in_a_text() {
    let expected = format!("{INTRODUCTION} The tool answered: 3 degrees");
    let mut body = chat(&json!("In Oslo?"), &openai_tools());
    let turns = body["messages"].as_array_mut().unwrap();
    turns.push(json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]}));
    turns.push(json!({"role": "tool", "tool_call_id": "c", "content": "3 degrees"}));
    assert_eq!(text(&openai(&body)), expected);
    let mut body = messages(&json!("In Oslo?"), &anthropic_tools());
    let turns = body["messages"].as_array_mut().unwrap();
    turns.push(json!({"role": "assistant", "content": [
        {"type": "tool_use", "id": "t", "name": "weather", "input": {}}]}));
    turns.push(json!({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "3 degrees"}]}]}));
    assert_eq!(text(&anthropic(&body)), expected);
}

#[test]
fn images_and_files_are_acknowledged() {
    let parts = json!([{"type": "text", "text": "See"}, {"type": "text", "text": "this"},
        {"type": "image_url", "image_url": {"url": "data:,"}}, {"type": "file"}, {"type": "file"}]);
    let answer = openai(&chat(&parts, &json!({})));
    assert_eq!(
        text(&answer),
        format!("{INTRODUCTION} With it came 1 image and 2 files. You said: See this")
    );
}

#[test]
fn the_limit_on_output_is_honoured() {
    for field in ["max_tokens", "max_completion_tokens"] {
        let answer = openai(&chat(&json!("x"), &json!({field: 3})));
        assert_eq!(text(&answer), &INTRODUCTION[..12]);
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!(answer["usage"]["completion_tokens"], 3);
    }
    let answer = anthropic(&messages(&json!("x"), &json!({"max_tokens": 3})));
    assert_eq!(answer["stop_reason"], "max_tokens");
    assert_eq!(answer["usage"]["output_tokens"], 3);
    let mut body = messages(&json!("x"), &anthropic_tools());
    body["max_tokens"] = json!(3);
    assert_eq!(anthropic(&body)["stop_reason"], "max_tokens");
    let long = openai(&chat(&json!("ü".repeat(100_000)), &json!({})));
    assert_eq!(long["usage"]["completion_tokens"], MAX_OUTPUT);
}

#[test]
fn a_stop_sequence_ends_the_text_before_it() {
    let answer = openai(&chat(
        &json!("one two"),
        &json!({"stop": ["two", "built-in"]}),
    ));
    assert_eq!(text(&answer), "This is Marshal's ");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let answer = anthropic(&messages(
        &json!("x"),
        &json!({"stop_sequences": ["built-in"]}),
    ));
    assert_eq!(answer["stop_reason"], "stop_sequence");
    assert_eq!(answer["stop_sequence"], "built-in");
}

#[test]
fn an_answer_asked_for_as_json_is_json() {
    let format = json!({"response_format": {"type": "json_object"}});
    let answer = openai(&chat(&json!("hi"), &format));
    let said: Value = serde_json::from_str(text(&answer)).unwrap();
    assert_eq!(said, json!({"note": INTRODUCTION, "you_said": "hi"}));
    let format = json!({"response_format": {"type": "json_schema",
        "json_schema": {"name": "w", "schema": weather()}}});
    let answer = openai(&chat(&json!("hi"), &format));
    let said: Value = serde_json::from_str(text(&answer)).unwrap();
    assert_eq!(said, json!({"place": "hi", "unit": "celsius", "days": 3}));
    let format = json!({"output_config": {"format": {"type": "json_schema", "schema": weather()}}});
    let answer = anthropic(&messages(&json!("hi"), &format));
    assert_eq!(serde_json::from_str::<Value>(text(&answer)).unwrap(), said);
}

#[test]
fn a_schema_is_satisfied_in_all_that_is_common() {
    for (schema, value) in [
        (json!({"const": [1]}), json!([1])),
        (json!({"type": ["null", "integer"]}), json!(1)),
        (
            json!({"type": "integer", "exclusiveMinimum": 4, "multipleOf": 5}),
            json!(5),
        ),
        (json!({"type": "integer", "maximum": -2}), json!(-2)),
        (
            json!({"type": "number", "minimum": 0, "maximum": 0.5}),
            json!(0.5),
        ),
        (json!({"type": "boolean"}), json!(true)),
        (
            json!({"type": "array", "items": {"type": "null"}, "minItems": 2}),
            json!([null, null]),
        ),
        (
            json!({"type": "array", "items": {}, "maxItems": 0}),
            json!([]),
        ),
        (json!({"type": "string", "maxLength": 2}), json!("de")),
        (json!({"type": "string", "minLength": 6}), json!("wordsx")),
        (
            json!({"type": "string", "format": "date"}),
            json!("2026-01-01"),
        ),
        (
            json!({"anyOf": [{"type": "null"}, {"type": "integer"}]}),
            json!(1),
        ),
        (
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"enum": ["x"]}}}),
            json!("x"),
        ),
        (
            json!({"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]}),
            json!({"a": 1, "b": 2}),
        ),
        (
            json!({"properties": {"a": {"const": 1}, "b": {}}, "required": ["a"]}),
            json!({"a": 1}),
        ),
        (json!(true), json!("words")),
    ] {
        assert_eq!(schema::fill(&schema, "words"), value, "{schema}");
    }
}

#[test]
fn a_schema_without_end_ends() {
    let member = json!({"$ref": "#"});
    let properties: serde_json::Map<String, Value> = (0..50)
        .map(|at| (format!("p{at}"), member.clone()))
        .collect();
    let wide = json!({"type": "object", "properties": properties});
    assert!(schema::fill(&wide, "x").to_string().len() < 500_000);
    let long =
        json!({"type": "array", "minItems": 1e15 as u64, "items": {"const": "y".repeat(5_000)}});
    assert!(schema::fill(&long, "x").to_string().len() < 500_000);
}

#[test]
fn a_request_that_is_none_is_refused_in_the_dialect() {
    for (body, param) in [
        ("", Value::Null),
        ("[]", Value::Null),
        (r#"{"messages":[]}"#, json!("model")),
        (r#"{"model":"m"}"#, json!("messages")),
        (r#"{"model":"m","messages":[]}"#, json!("messages")),
        (r#"{"model":"m","messages":[1]}"#, json!("messages")),
        (
            r#"{"model":"m","messages":[{"role":"user"}],"max_tokens":0}"#,
            json!("max_tokens"),
        ),
        (
            r#"{"model":"m","messages":[{"role":"user"}],"n":99}"#,
            json!("n"),
        ),
    ] {
        let error = refused(Dialect::OpenAi, body);
        assert_eq!(error["error"]["type"], "invalid_request_error");
        assert_eq!(error["error"]["param"], param, "{body}");
    }
    for (body, word) in [
        ("", "JSON"),
        (r#"{"max_tokens":1,"messages":[]}"#, "model"),
        (
            r#"{"model":"m","messages":[]}"#,
            "max_tokens: Field required",
        ),
        (r#"{"model":"m","max_tokens":"1"}"#, "max_tokens"),
        (
            r#"{"model":"m","max_tokens":1,"messages":[{}]}"#,
            "messages.0.role",
        ),
    ] {
        let error = refused(Dialect::Anthropic, body);
        assert_eq!(error["type"], "error");
        assert_eq!(error["error"]["type"], "invalid_request_error");
        assert!(
            error["error"]["message"].as_str().unwrap().contains(word),
            "{error}"
        );
    }
}

#[test]
fn nothing_that_a_log_prints_shows_the_callers_words() {
    let body = chat(&json!("secret"), &json!({})).to_string();
    let printed = format!("{:?}", answer(Dialect::OpenAi, body.as_bytes()));
    assert!(!printed.contains("secret"));
}

const WORDS: &[&str] = &[
    "model",
    "messages",
    "role",
    "user",
    "assistant",
    "tool",
    "content",
    "type",
    "text",
    "stream",
    "tools",
    "function",
    "name",
    "parameters",
    "input_schema",
    "tool_choice",
    "required",
    "n",
    "max_tokens",
    "stop",
    "response_format",
    "json_schema",
    "schema",
    "properties",
    "items",
    "object",
    "array",
    "integer",
    "minimum",
    "multipleOf",
    "minItems",
    "$ref",
    "#",
    "anyOf",
    "enum",
    "tool_result",
];

/// Any JSON, mostly of the words that mean something.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 80, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(WORDS), inner), 0..8).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_request_gets_an_answer_that_can_be_read(more in any_json(), content in any_json(), streams: bool) {
        for dialect in Dialect::ALL {
            let base = chat(&content, &json!({"max_tokens": 50}));
            let mut body = request(base, &more);
            body["stream"] = json!(streams);
            let answer = answer(*dialect, body.to_string().as_bytes());
            prop_assert!(answer.status == 200 || answer.status == 400);
            if answer.content_type == "application/json" {
                prop_assert!(serde_json::from_slice::<Value>(&answer.chunks[0]).is_ok());
            } else {
                prop_assert!(answer.chunks.len() > 2);
            }
        }
    }

    #[test]
    fn any_schema_is_filled_without_a_panic(schema in any_json(), words: String) {
        schema::fill(&schema, &words);
    }

    #[test]
    fn any_bytes_get_an_answer(body: Vec<u8>) {
        for dialect in Dialect::ALL {
            let bytes: Vec<Bytes> = answer(*dialect, &body).chunks;
            prop_assert!(!bytes.is_empty());
        }
    }
}
