//! What a client and an operator notice of the Anthropic dialect by itself.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChannelKind, ChatEvent, ChatRequest, Closes, Delta, Extra, Finish, FinishReason, Json,
    MediaSource, Medium, Message, Named, Part, ProviderErrorKind, Role, StreamShape, index,
};
use marshal_anthropic::Anthropic;
use marshal_types::Dialect;
use marshal_wire::frame::{Framing, Payload, RawEvent};
use marshal_wire::json::Edits;
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
    let facts = Anthropic.facts(index.doc(&body), Named::default()).unwrap();
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
        let malformed = Anthropic
            .facts(index.doc(&bytes), Named::default())
            .unwrap_err();
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
    let written = tap.text_event(&texts[0].channel, "}");
    assert_eq!(written.name.as_deref(), Some("content_block_delta"));
    let written = String::from_utf8(written.data).unwrap();
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

fn foreign(origin: Dialect, message: Message) -> ChatRequest {
    let body =
        json!({"model": "m", "max_tokens": 9000, "messages": [{"role": "user", "content": "Hi"}]});
    let mut request = Anthropic
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap();
    request.origin = origin;
    request.messages.push(message);
    request
}

fn sent(request: &ChatRequest) -> (Value, Vec<String>) {
    let encoded = Anthropic.encode_request(request, "m", 1).unwrap();
    (
        serde_json::from_slice(&encoded.body).unwrap(),
        encoded.dropped,
    )
}

#[test]
fn an_address_names_model_and_stream_where_it_does() {
    let body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}]})
    .to_string();
    let named = Named {
        model: Some("anthropic.claude"),
        stream: Some(true),
    };
    let index = index(body.as_bytes()).unwrap();
    let facts = Anthropic.facts(index.doc(body.as_bytes()), named).unwrap();
    assert_eq!(
        (facts.model.as_str(), facts.stream),
        ("anthropic.claude", true)
    );
    assert_eq!(
        Anthropic
            .decode_request(body.as_bytes(), named)
            .unwrap()
            .stream,
        Some(true)
    );
}

#[test]
fn a_cache_point_of_bedrocks_marks_the_block_before_it() {
    let mut extra = Extra::at("system[0]");
    extra.keep(
        "cachePoint",
        Json::from_source(r#"{"type":"default","ttl":"1h"}"#),
    );
    let mut request = foreign(Dialect::Bedrock, Message::text(Role::User, "More"));
    request.system = Some(Message {
        parts: vec![Part::Text {
            text: "Be brief.".to_owned(),
            extra,
        }],
        ..Message::text(Role::System, "")
    });
    let (body, dropped) = sent(&request);
    assert_eq!(dropped, Vec::<String>::new());
    assert_eq!(
        body["system"],
        json!([{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}])
    );
}

#[test]
fn thoughts_go_back_to_the_family_that_sealed_them_and_to_no_other() {
    for (origin, seal, kept) in [
        (Dialect::Bedrock, "seal", true),
        (Dialect::Gemini, "seal", false),
        (Dialect::Responses, "openai-responses-v1:seal", false),
    ] {
        let thought = Part::Thinking {
            text: "hm".to_owned(),
            signature: Some(seal.to_owned()),
            word: None,
            extra: Extra::at("messages[1].content[0]"),
        };
        let mut message = Message::text(Role::Assistant, "Hello");
        message.parts.insert(0, thought);
        let (body, dropped) = sent(&foreign(origin, message));
        let said = &body["messages"][1]["content"];
        assert_eq!(said[0]["signature"] == "seal", kept, "{origin}: {body}");
        assert_eq!(dropped.is_empty(), kept, "{origin}: {dropped:?}");
    }
}

#[test]
fn sound_and_moving_pictures_are_refused_and_not_left_out() {
    for medium in [Medium::Audio, Medium::Video] {
        let mut message = Message::text(Role::User, "What is this?");
        message.parts.push(Part::Media {
            medium,
            source: MediaSource::Base64 {
                media_type: "audio/wav".to_owned(),
                data: "AAAA".to_owned(),
            },
            extra: Extra::at("contents[1].parts[1]"),
        });
        let refused = Anthropic
            .encode_request(&foreign(Dialect::Gemini, message), "m", 1)
            .unwrap_err();
        assert_eq!(refused.param.as_deref(), Some("contents[1].parts[1]"));
    }
}

#[test]
fn a_stream_in_amazons_chunks_is_watched_as_any_other() {
    let mut tap = Anthropic.stream_tap();
    let events = [
        json!({"type": "message_start", "message": {"id": "a", "model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}),
        json!({"type": "message_stop"}),
    ];
    for event in &events {
        let event = Payload {
            name: None,
            data: event.to_string().into_bytes(),
        }
        .framed(Framing::Chunks);
        assert_eq!(
            tap.is_terminal(&event),
            event.name().as_deref() == Some("message_stop")
        );
        tap.observe(&event);
    }
    let meta = tap.meta();
    let usage = meta.usage.unwrap();
    assert_eq!((usage.input.0, usage.output.0), (5, 7));
    assert!(meta.finished && meta.output_chars == 5);
}

#[test]
fn a_thought_that_another_provider_sealed_is_not_shown_to_this_one() {
    let body = json!({"model": "m", "messages": [{"role": "assistant", "content": [
        {"type": "thinking", "thinking": "hm", "signature": "openai-responses-v1:gAAA"},
        {"type": "thinking", "thinking": "hm", "signature": "EqoB"},
        {"type": "text", "text": "a-v1: b"}]}]})
    .to_string()
    .into_bytes();
    let index = index(&body).unwrap();
    let mut edits = Edits::new();
    Anthropic.set_model(index.doc(&body), "n", &mut edits);
    let sent: Value = serde_json::from_slice(&edits.apply(&body)).unwrap();
    assert_eq!(
        sent["messages"][0]["content"],
        json!([{"type": "thinking", "thinking": "hm", "signature": "EqoB"}, {"type": "text", "text": "a-v1: b"}])
    );
}
