//! What a client and an operator notice of the Ollama dialect.

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChannelKind, ChatEvent, Closes, Delta, Finish, FinishReason, Malformed, Named, Part,
    ProviderErrorKind, StreamTap, Untranslatable, index,
};
use marshal_anthropic::Anthropic;
use marshal_ollama::Ollama;
use marshal_openai::OpenAi;
use marshal_wire::frame::{Framing, RawEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{read, said, split, whole, write};

fn line(data: &str) -> RawEvent {
    RawEvent::framed(Framing::Ndjson, Bytes::from(format!("{data}\n")))
}

fn facts(body: &Value) -> Result<marshal_adapter_api::ChatFacts, Malformed> {
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    Ollama.facts(index.doc(&bytes), Named::default())
}

fn from(
    other: &dyn Adapter,
    to: &dyn Adapter,
    model: &str,
    body: &Value,
) -> Result<(Value, Vec<String>), Untranslatable> {
    let request = other
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap();
    let encoded = to.encode_request(&request, model, 1_000)?;
    Ok((
        serde_json::from_slice(&encoded.body).unwrap(),
        encoded.dropped,
    ))
}

#[test]
fn facts_say_what_a_model_must_be_able_to_do() {
    let all = facts(&json!({
        "model": "llama3", "options": {"num_predict": 7}, "think": "high", "format": {"type": "object"},
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "messages": [{"role": "user", "content": "hi", "images": ["AAAA"]}],
    }))
    .unwrap();
    assert!(all.needs.tools && all.needs.vision && all.needs.json_schema && all.needs.thinking);
    assert_eq!((all.max_output, all.choices), (Some(7), 1));
    assert!(
        all.stream,
        "an answer is streamed unless the client says otherwise"
    );
    let hello = json!([{"role": "user", "content": "hi"}]);
    let whole = facts(
        &json!({"model": "m", "stream": false, "think": false, "format": "json",
        "options": {"num_predict": -1}, "messages": hello}),
    )
    .unwrap();
    assert!(!whole.stream && !whole.needs.thinking && !whole.needs.json_schema);
    assert_eq!(whole.max_output, None);
    facts(&json!({"model": "m", "keep_alive": 0})).unwrap();
}

#[test]
fn a_wrong_type_is_refused_with_its_path() {
    let hello = json!([{"role": "user", "content": "hi"}]);
    for (body, param) in [
        (json!({"messages": hello}), "model"),
        (json!({"model": "", "messages": hello}), "model"),
        (json!({"model": "m", "messages": {}}), "messages"),
        (json!({"model": "m", "messages": ["hi"]}), "messages[0]"),
        (
            json!({"model": "m", "messages": [{"content": "hi"}]}),
            "messages[0].role",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": []}]}),
            "messages[0].content",
        ),
        (
            json!({"model": "m", "stream": 1, "messages": hello}),
            "stream",
        ),
        (
            json!({"model": "m", "options": 1, "messages": hello}),
            "options",
        ),
        (
            json!({"model": "m", "tools": {}, "messages": hello}),
            "tools",
        ),
    ] {
        let malformed = facts(&body).unwrap_err();
        assert_eq!(malformed.param.as_deref(), Some(param), "{body}");
        assert!(malformed.message.contains(param), "{}", malformed.message);
    }
}

#[test]
fn everything_a_client_can_say_is_written_again() {
    for (name, value) in [
        ("think", json!("high")),
        ("think", json!(false)),
        ("format", json!("json")),
        ("format", json!("")),
        ("format", json!({"type": "object"})),
        ("options", json!({})),
        (
            "options",
            json!({"num_ctx": 1, "seed": null, "num_predict": -1, "stop": "a"}),
        ),
        (
            "options",
            json!({"temperature": 0.70, "top_p": 1, "top_k": 2, "seed": 3, "num_predict": 4, "stop": ["a"], "mirostat": 0}),
        ),
        ("stream", json!(null)),
        ("stream", json!(true)),
        ("keep_alive", json!("5m")),
        ("messages", json!([])),
        ("tools", json!([])),
    ] {
        let mut body = json!({"model": "m", "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "", "images": ["/9j/AAAA", "data:image/png;base64,AAAA"], "unknown": [1]},
            {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [
                {"function": {"name": "f", "arguments": {"a": 1.0}}},
                {"type": "function", "id": "c2", "function": {"index": 1, "name": "f", "arguments": {}}},
                {"function": {"name": "g", "arguments": "text"}}, {"function": {"name": "h"}}]},
            {"role": "tool", "content": "one", "tool_name": "f"},
            {"role": "tool", "content": "", "tool_call_id": "c2", "tool_name": "f"},
            {"role": "tool", "content": "three", "name": "g"},
            {"role": "tool", "content": "four"},
            {"role": "tool", "content": "five", "tool_name": "nobody", "tool_call_id": "none"}]});
        body[name] = value;
        let (again, dropped) = from(&Ollama, &Ollama, "m", &body).unwrap();
        assert_eq!(again, body);
        assert_eq!(dropped, Vec::<String>::new());
    }
}

#[test]
fn calls_without_ids_get_ones_that_other_dialects_can_tell_apart() {
    let call = |name: &str, at: u64| json!({"function": {"name": name, "arguments": {"at": at}}});
    let answer =
        |name: &str, text: &str| json!({"role": "tool", "tool_name": name, "content": text});
    let body = json!({"model": "m", "stream": false, "messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "", "tool_calls": [call("f", 0), call("g", 1), call("f", 2)]},
        answer("g", "of g"), answer("f", "of f, first"), answer("f", "of f, second"),
        {"role": "assistant", "content": "again", "tool_calls": [call("f", 3)]},
        answer("f", "of f, third")]});
    let (sent, dropped) = from(&Ollama, &OpenAi, "m", &body).unwrap();
    assert_eq!(dropped, Vec::<String>::new());
    let messages = sent["messages"].as_array().unwrap();
    let calls = |at: usize| messages[at]["tool_calls"].as_array().unwrap();
    let id = |call: &Value| call["id"].as_str().unwrap().to_owned();
    let mut ids: Vec<String> = calls(1).iter().chain(calls(5)).map(id).collect();
    for (at, call) in [(2, 1), (3, 0), (4, 2), (6, 3)] {
        assert_eq!(messages[at]["tool_call_id"], ids[call].as_str());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let (back, _) = from(&OpenAi, &Ollama, "m", &sent).unwrap();
    assert_eq!(back["messages"][2]["tool_name"], "g");
}

#[test]
fn calls_of_different_answers_have_different_ids() {
    let id = |time: &str| {
        let body = json!({"model": "m", "created_at": time, "done": true, "message": {"role": "assistant",
            "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}});
        let response = Ollama.decode_response(body.to_string().as_bytes()).unwrap();
        let choice = &response.choices[0];
        assert_eq!(
            choice.finish.as_ref().unwrap().reason,
            FinishReason::ToolCalls
        );
        match &choice.message.parts[0] {
            Part::ToolCall { id, .. } => id.clone(),
            part => panic!("{part:?}"),
        }
    };
    let first = id("2025-08-20T13:47:53.398465Z");
    assert_eq!(first, id("2025-08-20T13:47:53.398465Z"));
    assert_ne!(first, id("2025-08-20T13:47:53.398466Z"));
    assert!(first.len() <= 40, "{first}");
}

#[test]
fn an_openai_conversation_reaches_an_ollama_model() {
    let body = json!({
        "model": "m", "temperature": 0.5, "stop": "END", "user": "u1", "seed": 4, "top_p": 0.9,
        "frequency_penalty": 0.5, "min_p": 0.1, "parallel_tool_calls": false, "max_tokens": 100,
        "reasoning_effort": "minimal", "logprobs": true, "tool_choice": "auto",
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "What"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {"type": "text", "text": "is this?"}]},
            {"role": "assistant", "content": null, "reasoning_content": "hm", "tool_calls": [
                {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{\n\"a\": 1}"}}]},
            {"role": "tool", "tool_call_id": "t1", "content": "one"}]
    });
    let (sent, dropped) = from(&OpenAi, &Ollama, "gpt-oss:20b", &body).unwrap();
    assert_eq!(
        sent,
        json!({
            "model": "gpt-oss:20b", "stream": false, "think": "low", "format": {"type": "object"},
            "options": {"temperature": 0.5, "stop": "END", "seed": 4, "top_p": 0.9, "num_predict": 100,
                "frequency_penalty": 0.5, "min_p": 0.1},
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "What", "images": ["AAAA"]},
                {"role": "user", "content": "is this?"},
                {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [
                    {"id": "t1", "function": {"name": "f", "arguments": {"a": 1}}}]},
                {"role": "tool", "tool_name": "f", "tool_call_id": "t1", "content": "one"}]
        })
    );
    assert_eq!(
        dropped,
        [
            "parallel_tool_calls",
            "response_format.json_schema.name",
            "reasoning_effort",
            "user",
            "logprobs",
        ]
    );
    let (sent, _) = from(&OpenAi, &Ollama, "qwen3", &body).unwrap();
    assert_eq!(sent["think"], true);
}

#[test]
fn an_anthropic_conversation_reaches_an_ollama_model() {
    let (sent, dropped) = from(
        &Anthropic,
        &Ollama,
        "qwen3",
        &json!({
            "model": "m", "max_tokens": 50, "top_k": 5, "stream": true,
            "thinking": {"type": "disabled"}, "tool_choice": {"type": "none"},
            "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": "f", "input_schema": {"type": "object"}}],
            "messages": [
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "sealed"},
                    {"type": "tool_use", "id": "t1", "name": "f", "input": {"n": 1}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": [
                        {"type": "text", "text": "seen"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]},
                    {"type": "text", "text": "Go on."}]}]
        }),
    )
    .unwrap();
    assert_eq!(
        sent,
        json!({
            "model": "qwen3", "stream": true, "think": false, "options": {"num_predict": 50, "top_k": 5},
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "assistant", "content": "", "tool_calls": [
                    {"id": "t1", "function": {"name": "f", "arguments": {"n": 1}}}]},
                {"role": "tool", "tool_name": "f", "tool_call_id": "t1", "content": "seen"},
                {"role": "user", "content": "Go on.", "images": ["AAAA"]}]
        })
    );
    assert_eq!(
        dropped,
        [
            "system[0].cache_control",
            "messages[0].content[0]",
            "messages[1].content[0].is_error",
            "tools",
        ]
    );
}

#[test]
fn what_would_change_the_meaning_is_refused_and_says_where() {
    let hi = json!([{"role": "user", "content": "hi"}]);
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let shown =
        |part: Value| json!({"model": "m", "messages": [{"role": "user", "content": [part]}]});
    for (body, param) in [
        (json!({"model": "m", "messages": hi, "n": 2}), "n"),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": ""}]}),
            "messages",
        ),
        (
            json!({"model": "m", "messages": hi, "functions": [{"name": "f"}]}),
            "functions",
        ),
        (
            json!({"model": "m", "messages": hi, "tools": tools, "tool_choice": "required"}),
            "tool_choice",
        ),
        (
            json!({"model": "m", "messages": hi, "tools": tools,
                "tool_choice": {"type": "function", "function": {"name": "f"}}}),
            "tool_choice",
        ),
        (
            shown(json!({"type": "image_url", "image_url": {"url": "https://x/y.png"}})),
            "messages[0].content[0]",
        ),
        (
            shown(
                json!({"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}}),
            ),
            "messages[0].content[0]",
        ),
    ] {
        let refused = from(&OpenAi, &Ollama, "m", &body).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(param), "{body}");
    }
}

#[test]
fn a_client_who_left_stream_out_gets_a_stream_from_any_provider() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    for other in [&OpenAi as &dyn Adapter, &Anthropic] {
        let (sent, dropped) = from(&Ollama, other, "m", &body).unwrap();
        assert_eq!(sent["stream"], true);
        assert_eq!(dropped, Vec::<String>::new());
    }
}

fn watch(lines: &[&str]) -> Box<dyn StreamTap> {
    let mut tap = Ollama.stream_tap();
    for data in lines {
        tap.observe(&line(data));
    }
    tap
}

#[test]
fn usage_of_a_verbatim_stream_is_counted() {
    let last = r#"{"model":"m","message":{"role":"assistant","content":""},"done": true,"done_reason":"stop","prompt_eval_count":9,"eval_count":4}"#;
    let speaks_of_it =
        r#"{"model":"m","message":{"role":"assistant","content":"\"done\": true"},"done":false}"#;
    let tap = watch(&[
        r#"{"model":"m","created_at":"2025-08-20T13:47:53Z","message":{"role":"assistant","content":"Hello"},"done":false}"#,
        speaks_of_it,
        r#"{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"done":true,"a":"xyz"}}}]},"done":false}"#,
        last,
    ]);
    let meta = tap.meta();
    let usage = meta.usage.unwrap();
    assert_eq!((usage.input.0, usage.output.0), (9, 4));
    assert_eq!(meta.model.as_deref(), Some("m"));
    assert_eq!(meta.finish_reasons, ["stop"]);
    assert_eq!(meta.output_chars, 5 + 14 + 3);
    assert!(meta.finished && tap.is_terminal(&line(last)));
    assert!(!tap.is_terminal(&line(speaks_of_it)));
}

#[test]
fn running_texts_are_found_closed_and_gone_on_with() {
    let tap = watch(&[
        r#"{"model":"m","created_at":"2025-08-20T13:47:53Z","message":{"role":"assistant","content":""},"done":false}"#,
    ]);
    let data = r#"{"model":"m","created_at":"2025-08-20T13:47:53Z","message":{"role":"assistant","content":"","thinking":"a"},"done":false}"#;
    let index_of = index(data.as_bytes()).unwrap();
    let mut texts = Vec::new();
    tap.texts(&line(data), index_of.doc(data.as_bytes()), &mut texts);
    assert_eq!(texts[0].channel.kind, ChannelKind::Thinking);
    let again = tap.text_event(&texts[0].channel, "a");
    assert_eq!(String::from_utf8(again.data).unwrap(), data);
    let again = tap.text_event(&texts[1].channel, "b");
    let again: Value = serde_json::from_slice(&again.data).unwrap();
    assert_eq!(again["message"]["content"], "b");

    let call = r#"{"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":["x",1],"b":true}}},{"function":{"index":5,"name":"f","arguments":{"c":"y"}}}]},"done":false}"#;
    let index_of = index(call.as_bytes()).unwrap();
    let doc = index_of.doc(call.as_bytes());
    let mut texts = Vec::new();
    tap.texts(&line(call), doc, &mut texts);
    let found: Vec<_> = texts
        .iter()
        .skip(1)
        .map(|text| (text.channel.part, text.json_text))
        .collect();
    assert_eq!(found, [(0, false), (0, false), (5, false)]);
    let Closes::Channels(closed) = tap.closes(&line(call), doc) else {
        panic!("a call is whole");
    };
    assert!(texts.iter().all(|text| closed.contains(&text.channel)));
    let closes = |data: &str| {
        let index = index(data.as_bytes()).unwrap();
        tap.closes(&line(data), index.doc(data.as_bytes()))
    };
    assert_eq!(closes(r#"{"done":true}"#), Closes::All);
    assert_eq!(closes(r#"{"error":"x"}"#), Closes::All);
    assert_eq!(
        closes(r#"{"message":{"content":"","thinking":"x"},"done":false}"#),
        Closes::Nothing
    );
}

#[test]
fn a_stream_that_breaks_off_or_fails_is_an_error_and_not_an_end() {
    let begun = r#"{"model":"m","message":{"role":"assistant","content":"Hel"},"done":false}"#;
    let events = read(&Ollama, begun.as_bytes());
    assert!(matches!(events.last(), Some(ChatEvent::Error(_))));
    let failed = format!("{begun}\n{{\"error\":\"out of memory\"}}\n");
    let events = read(&Ollama, failed.as_bytes());
    let Some(ChatEvent::Error(error)) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(error.message, "out of memory");
    for other in [&Ollama as &dyn Adapter, &OpenAi, &Anthropic] {
        let served = write(other, &events);
        assert!(!String::from_utf8_lossy(&served).contains("memory"));
        let again = read(other, &served);
        assert!(matches!(again.last(), Some(ChatEvent::Error(_))));
    }
}

#[test]
fn calls_that_come_in_pieces_are_written_whole_and_in_order() {
    let delta = |part, delta| ChatEvent::Delta {
        choice: 0,
        part,
        delta,
    };
    let start = |id: &str| Delta::ToolStart {
        id: id.to_owned(),
        name: "f".to_owned(),
    };
    let more = |text: &str| Delta::Arguments(text.to_owned());
    let events = [
        ChatEvent::Start {
            id: None,
            model: None,
            created: Some(86_400),
        },
        delta(0, Delta::Text("hm".to_owned())),
        delta(1, start("a")),
        delta(2, start("b")),
        delta(1, more("{\"x\":")),
        ChatEvent::PartEnd { choice: 0, part: 2 },
        delta(1, more("\n1}")),
        ChatEvent::Finish {
            choice: 0,
            finish: Finish {
                reason: FinishReason::ToolCalls,
                word: "tool_calls".to_owned(),
                stop_sequence: None,
            },
        },
        ChatEvent::End,
    ];
    let bytes = write(&Ollama, &events);
    let lines: Vec<Value> = split(Framing::Ndjson, &bytes, 1_000)
        .iter()
        .map(|event| serde_json::from_slice(&event.data()).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[1],
        json!({"model": "model", "created_at": "1970-01-02T00:00:00Z", "done": false, "message": {
            "role": "assistant", "content": "", "tool_calls": [
                {"id": "a", "function": {"index": 0, "name": "f", "arguments": {"x": 1}}}]}})
    );
    assert_eq!(lines[3]["done_reason"], "stop");
    let answer = said(&whole(&read(&Ollama, &bytes)));
    let ids: Vec<&str> = answer.calls.iter().map(|call| call.0.as_str()).collect();
    assert_eq!((ids, answer.finish), (vec!["a", "b"], "tools"));
}

#[test]
fn a_reader_of_this_dialect_gets_the_members_it_counts_on() {
    let answer = json!({"created": 5, "model": "m", "choices": [{"index": 0,
        "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "length"}]});
    let response = OpenAi
        .decode_response(answer.to_string().as_bytes())
        .unwrap();
    let body: Value = serde_json::from_slice(&Ollama.encode_response(&response).body).unwrap();
    assert_eq!(
        body,
        json!({"model": "m", "created_at": "1970-01-01T00:00:05Z", "done": true, "done_reason": "length",
            "message": {"role": "assistant", "content": "Hi"}, "total_duration": 0, "load_duration": 0,
            "prompt_eval_count": 0, "prompt_eval_duration": 0, "eval_count": 0, "eval_duration": 0})
    );
}

#[test]
fn errors_are_understood_whatever_their_form() {
    let kind = |status, body: &str| Ollama.decode_error(status, body.as_bytes());
    let busy = kind(503, r#"{"error":"server busy, please try again"}"#);
    assert_eq!(busy.kind, ProviderErrorKind::Overloaded);
    assert!(busy.message.starts_with("server busy"));
    assert_eq!(kind(500, r#"{"error":{"message":"m"}}"#).message, "m");
    assert_eq!(kind(502, "<html>").message, "<html>");
}

fn bodies() -> impl Strategy<Value = String> {
    // Pieces of real bodies, in any order, so that more than the parser is reached.
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"message\"",
        "\"content\"",
        "\"thinking\"",
        "\"done\"",
        "\"tool_calls\"",
        "\"function\"",
        "\"arguments\"",
        "\"index\"",
        "\"created_at\"",
        "\"2025-08-20T13:47:53Z\"",
        "\"options\"",
        "null",
        "1",
        "-1.5",
        "true",
        "\"role\"",
        "\"user\"",
        "\"messages\"",
        "\"model\"",
        "\"tool\"",
        "\"images\"",
        "\"data:é\"",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in bodies(), time in ".{0,40}") {
        let timed = json!({"model": "m", "created_at": time, "message": {"tool_calls": [{"function": {"name": ""}}]}});
        for body in [&bytes[..], text.as_bytes(), timed.to_string().as_bytes()] {
            let _ = Ollama.decode_request(body, Named::default());
            let _ = Ollama.decode_response(body);
            let _ = Ollama.decode_error(500, body);
            if let Ok(index) = index(body) {
                let doc = index.doc(body);
                let _ = Ollama.facts(doc, Named::default());
                let _ = Ollama.meta(doc);
                let mut tap = Ollama.stream_tap();
                let raw = line(&String::from_utf8_lossy(body));
                tap.observe(&raw);
                tap.texts(&raw, doc, &mut Vec::new());
                let _ = tap.closes(&raw, doc);
            }
            let mut decoder = Ollama.stream_decoder();
            let mut out = Vec::new();
            let _ = decoder.event(&line(&String::from_utf8_lossy(body)), &mut out);
            decoder.end(&mut out);
            write(&Ollama, &out);
        }
    }

    #[test]
    fn any_member_of_the_wrong_kind_is_refused_or_kept(
        name in prop::sample::select(vec!["messages", "tools", "options", "think", "format", "stream", "keep_alive", "logprobs"]),
        value in prop::sample::select(vec![json!(null), json!(1), json!("x"), json!([]), json!([1]), json!([{}]), json!({}),
            json!({"temperature": "x", "stop": [1], "seed": null}), json!({"num_predict": 1.5}), json!(true), json!([null])]),
    ) {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        body[name] = value;
        if let Ok(request) = Ollama.decode_request(body.to_string().as_bytes(), Named::default()) {
            let encoded = Ollama.encode_request(&request, "m", 1).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Value>(&encoded.body).unwrap(), body);
        }
    }
}
