//! Bytes from strangers: nothing panics, and what is new means nothing.

use bytes::Bytes;
use marshal_adapter_api::{Adapter, ChatEvent, Named, index};
use marshal_responses::Responses;
use marshal_wire::frame::RawEvent;
use marshal_wire::json::Edits;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::said::{canonical, split, written};

fn everything(body: &[u8]) {
    if let Ok(index) = index(body) {
        let doc = index.doc(body);
        let _ = Responses.facts(doc, Named::default());
        Responses.set_model(doc, "m", &mut Edits::new());
        let _ = Responses.meta(doc);
        Responses.answer_texts(doc, &mut Vec::new());
    }
    if let Ok(request) = Responses.decode_request(body, Named::default()) {
        for adapter in [
            &Responses as &dyn Adapter,
            &marshal_openai::OpenAi,
            &marshal_anthropic::Anthropic,
        ] {
            let _ = adapter.encode_request(&request, "m", 9);
        }
    }
    if let Ok(answer) = Responses.decode_response(body) {
        let again = Responses.encode_response(&answer);
        assert!(index_of(&again.body), "an answer is written as JSON");
        let _ = marshal_openai::OpenAi.encode_response(&answer);
    }
    let _ = Responses.decode_error(500, body);
    let event = RawEvent::new(Bytes::copy_from_slice(body));
    let mut tap = Responses.stream_tap();
    tap.observe(&event);
    tap.is_terminal(&event);
    let mut framed = b"data: ".to_vec();
    framed.extend_from_slice(body);
    framed.extend_from_slice(b"\n\n");
    for event in split(&framed) {
        tap.observe(&event);
        let data = event.data();
        if let Ok(index) = index(&data) {
            tap.texts(&event, index.doc(&data), &mut Vec::new());
            tap.closes(&event, index.doc(&data));
        }
        let mut out = Vec::new();
        let _ = Responses.stream_decoder().event(&event, &mut out);
        written(&Responses, &out);
    }
}

fn index_of(body: &[u8]) -> bool {
    index(body).is_ok()
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "type",
        "role",
        "content",
        "text",
        "output",
        "input",
        "item",
        "items",
        "response",
        "delta",
        "id",
        "call_id",
        "name",
        "arguments",
        "summary",
        "encrypted_content",
        "status",
        "model",
        "output_index",
        "content_index",
        "usage",
        "input_tokens",
        "tools",
        "tool_choice",
        "format",
        "reasoning",
        "instructions",
        "error",
        "message",
        "user",
        "assistant",
        "function_call",
        "function_call_output",
        "output_text",
        "input_text",
        "refusal",
        "input_image",
        "image_url",
        "summary_text",
        "reasoning_text",
        "completed",
        "incomplete",
        "response.completed",
        "response.output_item.done",
        "response.output_item.added",
        "response.output_text.delta",
        "response.function_call_arguments.delta",
        "response.failed",
        "marshal-call-v1:1:a:b",
        "marshal-seal-v1:x",
        "custom_tool_call",
        "é\n\"",
    ])
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => word().prop_map(Value::String),
        1 => any::<u32>().prop_map(|number| json!(number)),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map(word(), inner, 0..7)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        everything(&body);
    }

    #[test]
    fn no_value_panics(value in value()) {
        everything(value.to_string().as_bytes());
    }

    #[test]
    fn no_request_panics(input in value(), model in word()) {
        everything(json!({"model": model, "input": [input]}).to_string().as_bytes());
    }

    #[test]
    fn no_answer_panics(output in prop::collection::vec(value(), 0..4)) {
        everything(json!({"object": "response", "status": "completed", "output": output}).to_string().as_bytes());
    }
}

#[test]
fn events_and_members_that_are_newer_than_this_mean_nothing() {
    let stream = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\",\"new\":[]}}\n\n\
        event: response.brand_new.delta\ndata: {\"type\":\"response.brand_new.delta\",\"delta\":{\"x\":1}}\n\n\
        : a comment\n\n\
        event: keepalive\ndata: {\"type\":\"keepalive\",\"sequence_number\":2}\n\n\
        event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"a\",\"new\":1}\n\n\
        event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\",\"output\":[]}}\n\n\
        data: [DONE]\n\n";
    let events = canonical(&Responses, &split(stream.as_bytes())).unwrap();
    assert_eq!(events.len(), 5, "{events:?}");
    assert!(matches!(events.last(), Some(ChatEvent::End)));
}

#[test]
fn a_stream_that_breaks_off_is_an_error_and_not_an_end() {
    let stream = "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"a\"}\n\n";
    let events = canonical(&Responses, &split(stream.as_bytes())).unwrap();
    assert!(matches!(events.last(), Some(ChatEvent::Error(_))));
}

#[test]
fn an_error_in_a_stream_is_understood_in_either_form() {
    for data in [
        r#"{"type":"error","code":"rate_limit_exceeded","message":"slow","param":null}"#,
        r#"{"type":"error","error":{"type":"rate_limit_error","code":"rate_limit_exceeded","message":"slow"}}"#,
        r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"}}}"#,
    ] {
        let events = canonical(&Responses, &split(format!("data: {data}\n\n").as_bytes())).unwrap();
        let [ChatEvent::Error(error)] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!(
            (error.kind, error.code.as_deref(), error.message.as_str()),
            (
                marshal_adapter_api::ProviderErrorKind::RateLimited,
                Some("rate_limit_exceeded"),
                "slow"
            )
        );
    }
}
