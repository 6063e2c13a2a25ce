//! Streams as clients of AWS and Marshal itself notice them.

use marshal_adapter_api::{
    Adapter, ChannelKind, ChatEvent, Closes, Delta, Finish, FinishReason, ProviderError,
    ProviderErrorKind, ReportedUsage, index,
};
use marshal_bedrock::Bedrock;
use marshal_types::{Tokens, Usage};
use marshal_wire::frame::{Framing, Payload, RawEvent};
use serde_json::{Value, json};

use crate::common::{encode, split};

fn event(name: &str, data: &Value) -> RawEvent {
    let payload = Payload {
        name: Some(name.to_owned()),
        data: data.to_string().into_bytes(),
    };
    payload.framed(Framing::EventStream)
}

fn delta(part: u32, delta: Delta) -> ChatEvent {
    ChatEvent::Delta {
        choice: 0,
        part,
        delta,
    }
}

fn finish(reason: FinishReason) -> ChatEvent {
    ChatEvent::Finish {
        choice: 0,
        finish: Finish {
            reason,
            word: "w".to_owned(),
            stop_sequence: None,
        },
    }
}

/// The events as a client of AWS reads them.
fn written(events: &[ChatEvent]) -> Vec<(String, Value)> {
    let bytes = encode(&Bedrock, events);
    split(Framing::EventStream, &bytes, 0)
        .iter()
        .map(|event| {
            let name = event.name().unwrap().into_owned();
            (name, serde_json::from_slice(&event.data()).unwrap())
        })
        .collect()
}

#[test]
fn events_come_in_the_published_order_with_usage_last() {
    let usage = Usage {
        input: Tokens(12),
        output: Tokens(3),
        cache_read: Tokens(10),
        ..Usage::default()
    };
    let events = written(&[
        ChatEvent::Start {
            id: None,
            model: None,
            created: None,
        },
        delta(0, Delta::Thinking("hm".to_owned())),
        delta(0, Delta::Signature("seal".to_owned())),
        delta(1, Delta::Text("Hi".to_owned())),
        delta(
            2,
            Delta::ToolStart {
                id: "t".to_owned(),
                name: "f".to_owned(),
            },
        ),
        finish(FinishReason::Stop),
        ChatEvent::Usage(ReportedUsage {
            tokens: usage,
            source: None,
        }),
        ChatEvent::End,
    ]);
    let expected = [
        ("messageStart", json!({"role": "assistant"})),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "hm"}}}),
        ),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 0, "delta": {"reasoningContent": {"signature": "seal"}}}),
        ),
        ("contentBlockStop", json!({"contentBlockIndex": 0})),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 1, "delta": {"text": "Hi"}}),
        ),
        ("contentBlockStop", json!({"contentBlockIndex": 1})),
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "t", "name": "f"}}}),
        ),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 2, "delta": {"toolUse": {"input": "{}"}}}),
        ),
        ("contentBlockStop", json!({"contentBlockIndex": 2})),
        ("messageStop", json!({"stopReason": "tool_use"})),
        (
            "metadata",
            json!({"usage": {"inputTokens": 2, "outputTokens": 3, "totalTokens": 15,
            "cacheReadInputTokens": 10, "cacheWriteInputTokens": 0}, "metrics": {"latencyMs": 0}}),
        ),
    ];
    let expected: Vec<(String, Value)> =
        expected.map(|(name, data)| (name.to_owned(), data)).into();
    assert_eq!(events, expected);
}

#[test]
fn tool_calls_that_arrive_in_turn_become_blocks_one_after_the_other() {
    let start = |id: &str| Delta::ToolStart {
        id: id.to_owned(),
        name: "f".to_owned(),
    };
    let more = |text: &str| Delta::Arguments(text.to_owned());
    let events = written(&[
        delta(0, start("a")),
        delta(1, start("b")),
        delta(0, more("{\"x\":")),
        delta(1, more("{\"y\":2")),
        delta(0, more("1}")),
        delta(1, more("}")),
        finish(FinishReason::ToolCalls),
        ChatEvent::End,
    ]);
    let of = |index: u64| -> String {
        events
            .iter()
            .filter(|(_, data)| data["contentBlockIndex"] == index)
            .filter_map(|(_, data)| data["delta"]["toolUse"]["input"].as_str())
            .collect()
    };
    assert_eq!((of(0), of(1)), ("{\"x\":1}".into(), "{\"y\":2}".into()));
    let order: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    let stop = order
        .iter()
        .position(|name| *name == "contentBlockStop")
        .unwrap();
    let second = order
        .iter()
        .rposition(|name| *name == "contentBlockStart")
        .unwrap();
    assert!(stop < second);
}

#[test]
fn a_failure_in_a_stream_is_an_exception_to_aws_clients() {
    let error = ProviderError {
        kind: ProviderErrorKind::Overloaded,
        code: None,
        message: "their words".to_owned(),
    };
    let bytes = encode(&Bedrock, &[ChatEvent::Error(error), ChatEvent::End]);
    let events = split(Framing::EventStream, &bytes, 0);
    assert_eq!(events.len(), 1);
    assert!(events[0].is_exception());
    assert_eq!(
        events[0].name().as_deref(),
        Some("serviceUnavailableException")
    );
    assert!(!String::from_utf8_lossy(&events[0].data()).contains("their words"));
}

#[test]
fn an_exception_is_understood_by_its_name() {
    for (name, kind) in [
        ("throttlingException", ProviderErrorKind::RateLimited),
        ("serviceUnavailableException", ProviderErrorKind::Overloaded),
        ("internalServerException", ProviderErrorKind::Server),
        ("modelStreamErrorException", ProviderErrorKind::Server),
        ("validationException", ProviderErrorKind::InvalidRequest),
    ] {
        let mut decoder = Bedrock.stream_decoder();
        let mut out = Vec::new();
        decoder
            .event(&event(name, &json!({"message": "m"})), &mut out)
            .unwrap();
        decoder.end(&mut out);
        let [ChatEvent::Error(error)] = out.as_slice() else {
            panic!("one error and nothing behind it: {out:?}");
        };
        assert_eq!((error.kind, error.message.as_str()), (kind, "m"));
        assert_eq!(error.code.as_deref(), Some(name));
    }
}

#[test]
fn running_texts_are_found_and_closed() {
    let mut tap = Bedrock.stream_tap();
    let look = |tap: &dyn marshal_adapter_api::StreamTap, name: &str, data: &Value| {
        let event = event(name, data);
        let bytes = data.to_string().into_bytes();
        let index = index(&bytes).unwrap();
        let mut texts = Vec::new();
        tap.texts(&event, index.doc(&bytes), &mut texts);
        (texts, tap.closes(&event, index.doc(&bytes)))
    };
    let more = json!({"contentBlockIndex": 3, "delta": {"toolUse": {"input": "{\"a"}}, "p": "abc"});
    let (texts, closes) = look(&*tap, "contentBlockDelta", &more);
    assert_eq!((texts.len(), closes), (1, Closes::Nothing));
    let channel = texts[0].channel;
    assert_eq!((channel.part, channel.kind), (3, ChannelKind::Arguments));
    assert!(texts[0].json_text);
    for (name, data) in [
        ("contentBlockStop", json!({"contentBlockIndex": 3})),
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 4, "start": {"toolUse": {}}}),
        ),
    ] {
        let Closes::Channels(closed) = look(&*tap, name, &data).1 else {
            panic!("{name} closes the block");
        };
        assert!(closed.contains(&channel));
    }
    for (name, data) in [
        ("messageStop", json!({"stopReason": "end_turn"})),
        ("metadata", json!({"usage": {}})),
        ("throttlingException", json!({"message": "m"})),
    ] {
        assert_eq!(look(&*tap, name, &data).1, Closes::All);
    }
    let payload = tap.text_event(&channel, "\"}");
    let written = payload.framed(Framing::EventStream);
    tap.observe(&written);
    assert_eq!(tap.meta().output_chars, 3);
    let data: Value = serde_json::from_slice(&written.data()).unwrap();
    assert_eq!(data["delta"]["toolUse"]["input"], "\"}");
}

#[test]
fn a_stream_ends_with_both_its_last_events_in_either_order() {
    let stop = event("messageStop", &json!({"stopReason": "end_turn"}));
    let usage = event(
        "metadata",
        &json!({"usage": {"inputTokens": 5, "cacheReadInputTokens": 90, "outputTokens": 1}}),
    );
    for order in [[&stop, &usage], [&usage, &stop]] {
        let mut tap = Bedrock.stream_tap();
        tap.observe(order[0]);
        assert!(!tap.is_terminal(order[0]));
        tap.observe(order[1]);
        assert!(tap.is_terminal(order[1]));
        assert_eq!(tap.meta().usage.unwrap().input, Tokens(95));
        let mut decoder = Bedrock.stream_decoder();
        let mut out = Vec::new();
        decoder.event(order[0], &mut out).unwrap();
        assert!(!out.contains(&ChatEvent::End));
        decoder.event(order[1], &mut out).unwrap();
        assert_eq!(out.last(), Some(&ChatEvent::End));
    }
}

#[test]
fn an_event_type_that_is_newer_than_this_breaks_nothing() {
    let mut decoder = Bedrock.stream_decoder();
    let mut out = Vec::new();
    decoder
        .event(&event("somethingNew", &json!([1])), &mut out)
        .unwrap();
    assert!(out.is_empty());
    let new = json!({"contentBlockIndex": 0, "delta": {"hologram": {"x": 1}}});
    decoder
        .event(&event("contentBlockDelta", &new), &mut out)
        .unwrap();
    let text = json!({"contentBlockIndex": 0, "delta": {"text": "a"}});
    decoder
        .event(&event("contentBlockDelta", &text), &mut out)
        .unwrap();
    let heard = out.iter().any(
        |event| matches!(event, ChatEvent::Delta { delta: Delta::Text(text), .. } if text == "a"),
    );
    assert!(heard, "{out:?}");
}
