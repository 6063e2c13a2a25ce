//! Streams.

use serde_json::{Value, json};

use super::{ANTHROPIC, OPENAI, exchange, passes, question};

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
