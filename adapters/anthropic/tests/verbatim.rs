//! What a client and an operator notice of the Anthropic dialect by itself.

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChannelKind, ChatEvent, Closes, Delta, Finish, FinishReason, ProviderErrorKind,
    StreamShape, index,
};
use marshal_anthropic::Anthropic;
use marshal_wire::frame::RawEvent;
use serde_json::{Value, json};

fn event(kind: &str, data: &Value) -> RawEvent {
    RawEvent::new(Bytes::from(format!("event: {kind}\ndata: {data}\n\n")))
}

#[test]
fn facts_say_what_a_model_must_be_able_to_do() {
    let body = json!({
        "model": "m", "max_tokens": 9, "thinking": {"type": "adaptive"},
        "output_config": {"format": {"type": "json_schema", "schema": {}}},
        "messages": [{"role": "user", "content": [
            {"type": "document", "source": {}},
            {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": {}}]}]}]
    })
    .to_string()
    .into_bytes();
    let index = index(&body).unwrap();
    let facts = Anthropic.facts(index.doc(&body)).unwrap();
    let needs = facts.needs;
    assert!(needs.thinking && needs.json_schema && needs.documents && needs.vision && needs.tools);
    assert_eq!(
        (facts.max_output, facts.choices, facts.stream),
        (Some(9), 1, false)
    );
}

#[test]
fn a_wrong_type_is_refused_with_its_path() {
    for (body, param) in [
        (json!({"messages": []}), "model"),
        (
            json!({"model": "m", "messages": [{"role": "user"}]}),
            "messages[0].content",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": null}]}),
            "messages[0].content",
        ),
        (
            json!({"model": "m", "system": 1, "messages": [{"role": "user", "content": ""}]}),
            "system",
        ),
        (
            json!({"model": "m", "max_tokens": "9", "messages": []}),
            "max_tokens",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [{"type": 1}]}]}),
            "messages[0].content[0].type",
        ),
    ] {
        let bytes = body.to_string().into_bytes();
        let index = index(&bytes).unwrap();
        let malformed = Anthropic.facts(index.doc(&bytes)).unwrap_err();
        assert_eq!(malformed.param.as_deref(), Some(param), "{body}");
    }
}

#[test]
fn usage_of_a_verbatim_stream_includes_cached_input() {
    let mut tap = Anthropic.stream_tap();
    for (kind, data) in [
        (
            "message_start",
            json!({"type": "message_start", "message": {"id": "m1", "model": "c",
            "usage": {"input_tokens": 5, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 1}}}),
        ),
        (
            "content_block_delta",
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}),
        ),
        (
            "message_delta",
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 12}}),
        ),
        ("message_stop", json!({"type": "message_stop"})),
    ] {
        tap.observe(&event(kind, &data));
    }
    let usage = tap.meta().usage.unwrap();
    assert_eq!((usage.input.0, usage.output.0), (125, 12));
    assert_eq!((usage.cache_read.0, usage.cache_write.0), (100, 20));
    assert_eq!(tap.meta().output_chars, 5);
    assert_eq!(tap.meta().finish_reasons, ["end_turn"]);
    assert!(tap.meta().finished);
    assert!(tap.is_terminal(&event("message_stop", &json!({"type": "message_stop"}))));
    let text = json!({"type": "content_block_delta", "delta": {"text": "message_stop"}});
    assert!(!tap.is_terminal(&event("content_block_delta", &text)));
}

#[test]
fn running_texts_are_found_and_closed() {
    let tap = Anthropic.stream_tap();
    let data = json!({"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": "{"}});
    let bytes = data.to_string().into_bytes();
    let parsed = index(&bytes).unwrap();
    let mut texts = Vec::new();
    let raw = event("content_block_delta", &data);
    tap.texts(&raw, parsed.doc(&bytes), &mut texts);
    assert_eq!(texts.len(), 1);
    assert_eq!(
        (texts[0].channel.part, texts[0].channel.kind),
        (3, ChannelKind::Arguments)
    );
    assert!(texts[0].json_text);
    assert_eq!(tap.closes(&raw, parsed.doc(&bytes)), Closes::Nothing);

    let stop = json!({"type": "content_block_stop", "index": 3})
        .to_string()
        .into_bytes();
    let parsed = index(&stop).unwrap();
    let Closes::Channels(closed) = tap.closes(&raw, parsed.doc(&stop)) else {
        panic!("the end of a block closes it");
    };
    assert!(closed.contains(&texts[0].channel));
    let written = String::from_utf8(tap.text_event(&texts[0].channel, "}")).unwrap();
    assert!(
        written.starts_with("event: content_block_delta\n"),
        "{written}"
    );
    assert!(written.contains(r#""partial_json":"}""#), "{written}");
}

#[test]
fn tool_arguments_that_arrive_in_turn_become_blocks_one_after_the_other() {
    let mut encoder = Anthropic.stream_encoder(StreamShape {
        include_usage: true,
        model: "m".to_owned(),
        created: 0,
    });
    let start = |id: &str| Delta::ToolStart {
        id: id.to_owned(),
        name: "f".to_owned(),
    };
    let more = |text: &str| Delta::Arguments(text.to_owned());
    let mut out = Vec::new();
    for (part, delta) in [
        (0, start("a")),
        (1, start("b")),
        (0, more("{\"x\":")),
        (1, more("{\"y\":2")),
        (0, more("1}")),
        (1, more("}")),
    ] {
        let choice = 0;
        encoder.event(
            &ChatEvent::Delta {
                choice,
                part,
                delta,
            },
            &mut out,
        );
    }
    let finish = Finish {
        reason: FinishReason::ToolCalls,
        word: "tool_calls".to_owned(),
        stop_sequence: None,
    };
    encoder.event(&ChatEvent::Finish { choice: 0, finish }, &mut out);
    encoder.event(&ChatEvent::End, &mut out);
    let text = String::from_utf8(out).unwrap();
    let events: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
        .collect();
    let order: Vec<(&str, Option<u64>)> = events
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), event["index"].as_u64()))
        .filter(|(kind, _)| *kind != "content_block_delta")
        .collect();
    assert_eq!(
        order,
        [
            ("message_start", None),
            ("content_block_start", Some(0)),
            ("content_block_stop", Some(0)),
            ("content_block_start", Some(1)),
            ("content_block_stop", Some(1)),
            ("message_delta", None),
            ("message_stop", None),
        ]
    );
    let arguments = |index: u64| -> String {
        let of_index = events.iter().filter(|event| event["index"] == index);
        of_index
            .filter_map(|event| event["delta"]["partial_json"].as_str())
            .collect()
    };
    assert_eq!(
        (arguments(0), arguments(1)),
        ("{\"x\":1}".into(), "{\"y\":2}".into())
    );
    assert_eq!(events[events.len() - 2]["delta"]["stop_reason"], "tool_use");
}

#[test]
fn an_error_event_is_understood_by_its_word() {
    let mut decoder = Anthropic.stream_decoder();
    let mut out = Vec::new();
    let data = json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}});
    decoder.event(&event("error", &data), &mut out).unwrap();
    decoder.end(&mut out);
    let [ChatEvent::Error(error)] = out.as_slice() else {
        panic!("one error and nothing behind it: {out:?}");
    };
    assert_eq!(error.kind, ProviderErrorKind::Overloaded);
}

#[test]
fn every_value_of_a_tools_input_is_found() {
    let body = json!({"content": [
        {"type": "text", "text": "a"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"to": ["b", {"n": 5}], "ok": true}}]})
    .to_string()
    .into_bytes();
    let index = index(&body).unwrap();
    let doc = index.doc(&body);
    let mut texts = Vec::new();
    Anthropic.answer_texts(doc, &mut texts);
    let found: Vec<_> = texts
        .iter()
        .map(|text| String::from_utf8_lossy(doc.raw(text.node)).into_owned())
        .collect();
    assert_eq!(found, ["\"a\"", "\"b\"", "5"]);
    assert!(texts.iter().all(|text| !text.json_text));
}
