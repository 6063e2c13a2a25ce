//! What a client and an operator notice of the Cohere dialect.

use crate::common::{read, said, split, whole, write};
use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChannelKind, ChatEvent, Closes, Delta, Finish, FinishReason, Malformed, Named,
    ProviderErrorKind, StreamTap, Untranslatable, index,
};
use marshal_anthropic::Anthropic;
use marshal_cohere::Cohere;
use marshal_openai::OpenAi;
use marshal_wire::frame::{Framing, RawEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

fn event(data: &str) -> RawEvent {
    RawEvent::new(Bytes::from(format!("data: {data}\n\n")))
}

fn facts(body: &Value) -> Result<marshal_adapter_api::ChatFacts, Malformed> {
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    Cohere.facts(index.doc(&bytes), Named::default())
}

fn from(
    other: &dyn Adapter,
    to: &dyn Adapter,
    body: &Value,
) -> Result<(Value, Vec<String>), Untranslatable> {
    let request = other
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap();
    let encoded = to.encode_request(&request, "target", 1_000)?;
    Ok((
        serde_json::from_slice(&encoded.body).unwrap(),
        encoded.dropped,
    ))
}

#[test]
fn facts_say_what_a_model_must_be_able_to_do() {
    let facts = facts(&json!({
        "model": "command-a", "stream": true, "max_tokens": 7, "thinking": {"type": "enabled"},
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "response_format": {"type": "json_object", "json_schema": {"type": "object"}},
        "documents": ["a text"],
        "messages": [{"role": "user", "content": [
            {"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]}],
    }))
    .unwrap();
    assert!(facts.stream && facts.needs.tools && facts.needs.vision);
    assert!(facts.needs.json_schema && facts.needs.thinking && !facts.needs.documents);
    assert_eq!((facts.max_output, facts.choices), (Some(7), 1));
}

#[test]
fn a_wrong_type_is_refused_with_its_path() {
    let hello = json!([{"role": "user", "content": "hi"}]);
    for (body, param) in [
        (json!({"messages": hello}), "model"),
        (json!({"model": "", "messages": hello}), "model"),
        (json!({"model": "m"}), "messages"),
        (json!({"model": "m", "messages": []}), "messages"),
        (json!({"model": "m", "messages": ["hi"]}), "messages[0]"),
        (
            json!({"model": "m", "messages": [{"content": "hi"}]}),
            "messages[0].role",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": 1}]}),
            "messages[0].content",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [{}]}]}),
            "messages[0].content[0].type",
        ),
        (
            json!({"model": "m", "stream": 1, "messages": hello}),
            "stream",
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
    let body = json!({
        "model": "m", "stream": false, "safety_mode": "STRICT", "priority": 3, "logprobs": true, "k": 5, "p": 0.70,
        "temperature": 0.3, "seed": 7, "frequency_penalty": 0.1, "presence_penalty": 0.2, "max_tokens": 9,
        "stop_sequences": ["END"], "citation_options": {"mode": "FAST"}, "tool_choice": "NONE",
        "strict_tools": false, "thinking": {"type": "enabled", "token_budget": 512},
        "response_format": {"type": "json_object", "schema": {"type": "object"}},
        "documents": ["bare", {"data": "text", "id": "d1"}, {"data": {"title": "t", "n": 1e2}}],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What?", "unknown": [1]},
            {"role": "assistant", "tool_plan": "I look.", "content": null, "citations": [{"start": 0}], "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "null"}},
                {"id": "c2", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": [
                {"type": "document", "document": {"id": "1", "data": {"a": 1.0}}},
                {"type": "document", "document": {"data": "[1]"}}, {"type": "text", "text": "x"}]},
            {"role": "tool", "tool_call_id": "c2", "content": []},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "yes"}]},
            {"role": "user", "content": [{"type": "text", "text": "And?"}, {"type": "novelty", "of": 2030},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}]}],
    });
    let (again, dropped) = from(&Cohere, &Cohere, &body).unwrap();
    let mut wanted = body.clone();
    wanted["model"] = json!("target");
    assert_eq!(again, wanted);
    assert_eq!(dropped, Vec::<String>::new());
}

#[test]
fn documents_are_put_before_other_models_as_text() {
    let body = json!({
        "model": "m", "documents": ["bare", {"data": {"text": "facts"}, "id": "d1"}],
        "messages": [{"role": "user", "content": "What?"}]});
    let (sent, dropped) = from(&Cohere, &OpenAi, &body).unwrap();
    assert_eq!(
        sent["messages"][0]["content"],
        json!([{"type": "text", "text": "bare"}, {"type": "text", "text": "{\"text\":\"facts\"}"},
            {"type": "text", "text": "What?"}])
    );
    assert_eq!(dropped, ["documents[1].id"]);
}

#[test]
fn an_openai_conversation_reaches_a_cohere_model() {
    let (sent, dropped) = from(&OpenAi, &Cohere, &json!({
        "model": "m", "stream": true, "temperature": 0.5, "stop": "END", "user": "u1", "seed": 4, "top_p": 0.9,
        "frequency_penalty": 0.5, "presence_penalty": -1, "parallel_tool_calls": false, "max_completion_tokens": 100,
        "reasoning_effort": "low", "logprobs": true, "metadata": {"a": "b"},
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "tools": [{"type": "function", "function": {"name": "f", "strict": true, "parameters": {"type": "object", "required": ["a"]}}}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": {"type": "object"}}},
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "high"}}]},
            {"role": "assistant", "content": null, "reasoning_content": "hm", "tool_calls": [
                {"id": "t1", "type": "function", "function": {"name": "f", "arguments": ""}}]},
            {"role": "tool", "tool_call_id": "t1", "content": "one"}]
    }))
    .unwrap();
    assert_eq!(
        sent,
        json!({
            "model": "target", "stream": true, "temperature": 0.5, "stop_sequences": ["END"], "seed": 4, "p": 0.9,
            "frequency_penalty": 0.5, "presence_penalty": 0, "max_tokens": 100,
            "thinking": {"type": "enabled", "token_budget": 50}, "strict_tools": true, "tool_choice": "REQUIRED",
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "required": ["a"]}}}],
            "response_format": {"type": "json_object", "json_schema": {"type": "object"}},
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "high"}}]},
                {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}], "tool_calls": [
                    {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "t1", "content": "one"}]
        })
    );
    assert_eq!(
        dropped,
        [
            "parallel_tool_calls",
            "response_format.json_schema.name",
            "presence_penalty",
            "user",
            "logprobs",
            "metadata",
        ]
    );
}

#[test]
fn what_would_change_the_meaning_is_refused_and_says_where() {
    let hi = json!([{"role": "user", "content": "hi"}]);
    let two = json!([{"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "g"}}]);
    let pdf = json!([{"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}}]);
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
            json!({"model": "m", "messages": hi, "tool_choice": "required"}),
            "tool_choice",
        ),
        (
            json!({"model": "m", "messages": hi, "tools": two,
                "tool_choice": {"type": "function", "function": {"name": "f"}}}),
            "tool_choice",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": pdf}]}),
            "messages[0].content[0]",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]}),
            "messages[0].content[0]",
        ),
    ] {
        let refused = from(&OpenAi, &Cohere, &body).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(param), "{body}");
    }
}

#[test]
fn an_anthropic_conversation_reaches_a_cohere_model() {
    let (sent, dropped) = from(
        &Anthropic,
        &Cohere,
        &json!({
            "model": "m", "max_tokens": 50, "top_k": 5, "metadata": {"user_id": "u1"},
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": "f", "input_schema": {"type": "object"}}, {"type": "web_search_20250305", "name": "w"}],
            "messages": [
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "sealed"},
                    {"type": "tool_use", "id": "t1", "name": "f", "input": {"n": 1}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": [
                        {"type": "text", "text": "seen"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]},
                    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "doc"}}]}]
        }),
    )
    .unwrap();
    assert_eq!(
        sent,
        json!({
            "model": "target", "max_tokens": 50, "k": 5, "thinking": {"type": "enabled", "token_budget": 1024},
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "assistant", "tool_calls": [
                    {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{\"n\":1}"}}]},
                {"role": "tool", "tool_call_id": "t1", "content": "seen"},
                {"role": "user", "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                    {"type": "text", "text": "doc"}]}]
        })
    );
    assert_eq!(
        dropped,
        [
            "system[0].cache_control",
            "messages[0].content[0]",
            "messages[1].content[0].is_error",
            "tools[1]",
            "metadata.user_id",
        ]
    );
}

fn watch(events: &[&str]) -> Box<dyn StreamTap> {
    let mut tap = Cohere.stream_tap();
    for data in events {
        tap.observe(&event(data));
    }
    tap
}

#[test]
fn usage_of_a_verbatim_stream_is_counted() {
    let last = r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":1,"search_units":2},"tokens":{"input_tokens":9,"output_tokens":4},"cached_tokens":3}}}"#;
    let tap = watch(&[
        r#"{"type":"message-start","id":"a","delta":{"message":{"role":"assistant"}}}"#,
        r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"message-end"}}}}"#,
        r#"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"text":"not said twice"}}}}"#,
        last,
    ]);
    let meta = tap.meta();
    let usage = meta.usage.unwrap();
    assert_eq!(
        (usage.input.0, usage.output.0, usage.cache_read.0),
        (9, 4, 3)
    );
    assert_eq!((meta.output_chars, meta.units.searches), (11, 2));
    assert_eq!(meta.finish_reasons, ["COMPLETE"]);
    assert!(meta.finished && tap.is_terminal(&event(last)));
    assert!(!tap.is_terminal(&event("[DONE]")));
}

#[test]
fn usage_falls_back_to_what_is_billed_and_counts_pictures() {
    let usage = |usage: Value| {
        let body = json!({"message": {"role": "assistant"}, "usage": usage}).to_string();
        let index = index(body.as_bytes()).unwrap();
        let usage = Cohere.meta(index.doc(body.as_bytes())).usage;
        usage.map(|usage| (usage.input.0, usage.output.0))
    };
    let billed = json!({"billed_units": {"input_tokens": 5.0, "output_tokens": 2}});
    assert_eq!(usage(billed), Some((5, 2)));
    let image = json!({"tokens": {"input_tokens": 34, "image_tokens": 259, "output_tokens": 1}});
    assert_eq!(usage(image), Some((293, 1)));
    assert_eq!(usage(json!({})), None);
}

#[test]
fn running_texts_are_found_closed_and_gone_on_with() {
    let tap = watch(&[]);
    for (data, kind, part) in [
        (
            r#"{"type":"content-delta","index":2,"delta":{"message":{"content":{"text":"a"}}}}"#,
            ChannelKind::Text,
            2,
        ),
        (
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"a"}}}}"#,
            ChannelKind::Thinking,
            0,
        ),
        (
            r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"a"}}}"#,
            ChannelKind::Reasoning,
            0,
        ),
        (
            r#"{"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"a"}}}}}"#,
            ChannelKind::Arguments,
            1,
        ),
    ] {
        let index = index(data.as_bytes()).unwrap();
        let doc = index.doc(data.as_bytes());
        let mut texts = Vec::new();
        tap.texts(&event(data), doc, &mut texts);
        assert_eq!(texts.len(), 1, "{data}");
        let channel = texts[0].channel;
        assert_eq!((channel.kind, channel.part), (kind, part));
        assert_eq!(texts[0].json_text, kind == ChannelKind::Arguments);
        let again = tap.text_event(&channel, "a");
        assert_eq!(again.data, data.as_bytes());
        assert!(data.contains(&again.name.unwrap()));
    }
    let closes = |data: &str| {
        let index = index(data.as_bytes()).unwrap();
        tap.closes(&event(data), index.doc(data.as_bytes()))
    };
    assert_eq!(closes(r#"{"type":"message-end"}"#), Closes::All);
    assert_eq!(
        closes(r#"{"type":"content-delta","index":0}"#),
        Closes::Nothing
    );
    let Closes::Channels(ended) = closes(r#"{"type":"tool-call-end","index":3}"#) else {
        panic!("the end of a call ends its arguments");
    };
    assert_eq!((ended[0].kind, ended[0].part), (ChannelKind::Arguments, 3));
    assert!(matches!(
        closes(r#"{"type":"tool-call-start","index":0}"#),
        Closes::Channels(_)
    ));
}

#[test]
fn a_stream_that_breaks_off_or_fails_is_an_error_and_not_an_end() {
    let cut = b"data: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"Hel\"}}}}\n\n";
    assert!(matches!(
        read(&Cohere, cut).last(),
        Some(ChatEvent::Error(_))
    ));
    let failed = b"data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"TIMEOUT\",\"error\":\"late\"}}\n\n";
    let events = read(&Cohere, failed);
    let Some(ChatEvent::Error(error)) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ProviderErrorKind::Timeout, "late")
    );
    for other in [&Cohere as &dyn Adapter, &OpenAi, &Anthropic] {
        let again = read(other, &write(other, &events));
        assert!(matches!(again.last(), Some(ChatEvent::Error(_))));
    }
}

#[test]
fn calls_that_come_interleaved_are_written_one_after_the_other() {
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
            created: None,
        },
        delta(0, Delta::Text("hm".to_owned())),
        delta(1, start("a")),
        delta(2, start("b")),
        delta(1, more("{\"x\":")),
        delta(2, more("{}")),
        delta(3, start("c")),
        delta(1, more("1}")),
        ChatEvent::Finish {
            choice: 0,
            finish: Finish {
                reason: FinishReason::Stop,
                word: "stop".to_owned(),
                stop_sequence: None,
            },
        },
        ChatEvent::End,
    ];
    let bytes = write(&Cohere, &events);
    let kinds: Vec<String> = split(Framing::Sse, &bytes, 1_000)
        .iter()
        .filter_map(|event| event.name().map(|name| name.into_owned()))
        .collect();
    let call = ["tool-call-start", "tool-call-delta", "tool-call-end"];
    let mut wanted = vec![
        "message-start",
        "content-start",
        "content-delta",
        "content-end",
        call[0],
        call[1],
    ];
    wanted.extend([
        call[1], call[2], call[0], call[1], call[2], call[0], call[1], call[2],
    ]);
    wanted.push("message-end");
    assert_eq!(kinds, wanted);
    let answer = said(&whole(&read(&Cohere, &bytes)));
    let ids: Vec<&str> = answer.calls.iter().map(|call| call.0.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(answer.calls[0].2, json!({"x": 1}));
    assert_eq!(answer.finish, "tools");
}

#[test]
fn a_call_of_null_has_no_arguments_and_a_null_among_them_stays() {
    let delta = |arguments: &str| {
        let call = json!({"function": {"arguments": arguments}});
        json!({"type": "tool-call-delta", "index": 0, "delta": {"message": {"tool_calls": call}}})
    };
    let start = |at: u64, arguments: &str| {
        let call = json!({"id": "c", "function": {"name": "f", "arguments": arguments}});
        json!({"type": "tool-call-start", "index": at, "delta": {"message": {"tool_calls": call}}})
    };
    let body: String = [
        start(0, ""),
        delta("{\"a\":"),
        delta("null"),
        delta("}"),
        json!({"type": "tool-call-end", "index": 0}),
        start(1, "null"),
        json!({"type": "tool-call-end", "index": 1}),
        json!({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}}),
    ]
    .map(|event| format!("data: {event}\n\n"))
    .concat();
    let calls = said(&whole(&read(&Cohere, body.as_bytes()))).calls;
    assert_eq!(calls[0].2, json!({"a": null}));
    assert_eq!(calls[1].2, json!({}));
}

#[test]
fn strict_tools_are_said_only_where_cohere_takes_them() {
    let tool = |strict: bool, schema: Value| json!({"type": "function", "function": {"name": "f", "strict": strict, "parameters": schema}});
    let demanding = json!({"type": "object", "required": ["a"]});
    for tools in [
        json!([tool(true, json!({"type": "object"}))]),
        json!([
            tool(true, demanding.clone()),
            tool(false, demanding.clone())
        ]),
    ] {
        let body =
            json!({"model": "m", "tools": tools, "messages": [{"role": "user", "content": "hi"}]});
        let (sent, dropped) = from(&OpenAi, &Cohere, &body).unwrap();
        assert_eq!(sent["strict_tools"], Value::Null);
        assert_eq!(dropped, ["tools[0].function.strict"]);
    }
}

#[test]
fn a_reader_of_this_dialect_gets_the_members_it_counts_on() {
    let answer = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "length"}]});
    let response = OpenAi
        .decode_response(answer.to_string().as_bytes())
        .unwrap();
    let body: Value = serde_json::from_slice(&Cohere.encode_response(&response).body).unwrap();
    assert_eq!(
        body,
        json!({"id": "", "finish_reason": "MAX_TOKENS",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]},
            "usage": {"billed_units": {"input_tokens": 0, "output_tokens": 0},
                "tokens": {"input_tokens": 0, "output_tokens": 0}}})
    );
}

#[test]
fn errors_are_understood_whatever_their_form() {
    let kind = |status, body: &str| Cohere.decode_error(status, body.as_bytes());
    assert_eq!(
        kind(429, r#"{"message":"slow down"}"#).kind,
        ProviderErrorKind::RateLimited
    );
    assert_eq!(
        kind(400, r#"{"id":"x","message":"bad"}"#),
        marshal_adapter_api::ProviderError {
            kind: ProviderErrorKind::InvalidRequest,
            code: None,
            message: "bad".to_owned()
        }
    );
    assert_eq!(kind(503, "<html>").message, "<html>");
}

fn answers() -> impl Strategy<Value = String> {
    // Pieces of real bodies, in any order, so that more than the parser is reached.
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"type\"",
        "\"message\"",
        "\"delta\"",
        "\"content\"",
        "\"text\"",
        "\"message-start\"",
        "\"message-end\"",
        "\"content-delta\"",
        "\"tool-call-delta\"",
        "\"tool_calls\"",
        "\"function\"",
        "\"arguments\"",
        "\"index\"",
        "\"usage\"",
        "\"tokens\"",
        "\"documents\"",
        "\"data\"",
        "null",
        "1",
        "-1.5",
        "true",
        "\"role\"",
        "\"user\"",
        "\"messages\"",
        "\"model\"",
        "\"tool\"",
        "\"citations\"",
        "\"\\u0000\"",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in answers()) {
        for body in [&bytes[..], text.as_bytes()] {
            let _ = Cohere.decode_request(body, Named::default());
            let _ = Cohere.decode_response(body);
            let _ = Cohere.decode_error(500, body);
            if let Ok(index) = index(body) {
                let doc = index.doc(body);
                let _ = Cohere.facts(doc, Named::default());
                let _ = Cohere.meta(doc);
                let mut tap = Cohere.stream_tap();
                let raw = event(&String::from_utf8_lossy(body));
                tap.observe(&raw);
                tap.texts(&raw, doc, &mut Vec::new());
                let _ = tap.closes(&raw, doc);
            }
            let mut decoder = Cohere.stream_decoder();
            let mut out = Vec::new();
            let _ = decoder.event(&event(&String::from_utf8_lossy(body)), &mut out);
            decoder.end(&mut out);
            write(&Cohere, &out);
        }
    }

    #[test]
    fn any_member_of_the_wrong_kind_is_refused_or_kept(
        name in prop::sample::select(vec!["messages", "tools", "documents", "thinking", "response_format", "stop_sequences",
            "tool_choice", "strict_tools", "k", "p", "seed", "stream", "max_tokens", "logprobs"]),
        value in prop::sample::select(vec![json!(null), json!(1), json!("x"), json!([]), json!([1]), json!([{}]), json!({}),
            json!({"type": "x"}), json!(true), json!([null])]),
    ) {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        body[name] = value;
        if let Ok(request) = Cohere.decode_request(body.to_string().as_bytes(), Named::default()) {
            let encoded = Cohere.encode_request(&request, "m", 1).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Value>(&encoded.body).unwrap(), body);
        }
    }
}
