//! Watching a stream that passes verbatim.

use bytes::Bytes;
use marshal_adapter_api::{Adapter, Channel, ChannelKind, Closes, StreamTap, TextAt, index};
use marshal_gemini::Gemini;
use marshal_wire::frame::{Framing, RawEvent};
use serde_json::{Value, json};

fn event(chunk: &Value) -> RawEvent {
    RawEvent::new(Bytes::from(format!("data: {chunk}\n\n")))
}

fn chunk(parts: Value) -> Value {
    json!({"candidates": [{"content": {"parts": parts, "role": "model"}}], "modelVersion": "g", "responseId": "r",
        "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4}})
}

fn look(tap: &dyn StreamTap, chunk: &Value) -> (Vec<TextAt>, Closes) {
    let bytes = chunk.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    let doc = index.doc(&bytes);
    let raw = event(chunk);
    let mut texts = Vec::new();
    tap.texts(&raw, doc, &mut texts);
    (texts, tap.closes(&raw, doc))
}

const fn channel(part: u32, kind: ChannelKind) -> Channel {
    Channel {
        choice: 0,
        part,
        kind,
    }
}

fn closed(closes: &Closes, wanted: Channel) -> bool {
    match closes {
        Closes::Nothing => false,
        Closes::Channels(channels) => channels.contains(&wanted),
        Closes::All => true,
    }
}

#[test]
fn usage_and_finish_of_a_verbatim_stream_are_noted() {
    let mut tap = Gemini.stream_tap();
    tap.observe(&event(&chunk(json!([{"text": "Hello"}]))));
    assert_eq!(tap.meta().usage.unwrap().input.0, 4);
    assert!(!tap.meta().finished && !tap.has_terminal());
    let mut last = chunk(json!([{"text": ""}]));
    last["candidates"][0]["finishReason"] = json!("MAX_TOKENS");
    last["usageMetadata"] = json!({"promptTokenCount": 4, "toolUsePromptTokenCount": 3, "candidatesTokenCount": 1,
        "thoughtsTokenCount": 2, "cachedContentTokenCount": 1, "totalTokenCount": 10});
    tap.observe(&RawEvent::framed(
        Framing::JsonArray,
        Bytes::from(format!(",\n{last}")),
    ));
    let meta = tap.meta();
    let usage = meta.usage.unwrap();
    assert_eq!(
        (
            usage.input.0,
            usage.output.0,
            usage.cache_read.0,
            usage.reasoning.0
        ),
        (7, 3, 1, 2)
    );
    assert_eq!(
        (meta.id.as_deref(), meta.model.as_deref()),
        (Some("r"), Some("g"))
    );
    assert_eq!(meta.finish_reasons, ["MAX_TOKENS"]);
    assert!(meta.finished && meta.output_chars == 5);
}

#[test]
fn text_runs_on_until_something_else_comes() {
    let tap = Gemini.stream_tap();
    let (texts, closes) = look(&*tap, &chunk(json!([{"text": "t", "thought": true}])));
    assert_eq!(texts[0].channel, channel(0, ChannelKind::Thinking));
    assert!(closed(&closes, channel(0, ChannelKind::Text)));
    assert!(!closed(&closes, channel(0, ChannelKind::Thinking)));
    let (texts, closes) = look(
        &*tap,
        &chunk(json!([{"text": "t", "thought": true}, {"text": "a"}])),
    );
    assert_eq!(texts[1].channel, channel(0, ChannelKind::Text));
    assert!(closed(&closes, channel(0, ChannelKind::Thinking)));
    assert!(!closed(&closes, channel(0, ChannelKind::Text)));
    let (texts, closes) = look(
        &*tap,
        &chunk(json!([{"text": "a"}, {"functionCall": {"name": "f", "args": {"x": "y"}}}])),
    );
    assert!(closed(&closes, channel(0, ChannelKind::Text)));
    assert!(closed(&closes, texts[1].channel));
    assert_ne!(texts[1].channel, channel(0, ChannelKind::Arguments));
    let (_, closes) = look(&*tap, &chunk(json!([{"text": ""}])));
    assert_eq!(closes, Closes::Nothing);
    let mut last = chunk(json!([{"text": "z"}]));
    last["candidates"][0]["finishReason"] = json!("STOP");
    let (_, closes) = look(&*tap, &last);
    assert!(closed(&closes, channel(0, ChannelKind::Text)));
    let (_, closes) = look(&*tap, &json!({"error": {"code": 500}}));
    assert_eq!(closes, Closes::All);
}

#[test]
fn arguments_in_pieces_run_on_until_the_last_of_them() {
    let tap = Gemini.stream_tap();
    let piece = |more: bool| {
        chunk(
            json!([{"functionCall": {"willContinue": true, "partialArgs": [
            {"jsonPath": "$.a", "stringValue": "x", "willContinue": more}]}}]),
        )
    };
    let running = channel(0, ChannelKind::Arguments);
    let (texts, closes) = look(&*tap, &piece(true));
    assert_eq!(texts[0].channel, running);
    assert!(!closed(&closes, running));
    let (texts, closes) = look(&*tap, &piece(false));
    assert_eq!(texts[0].channel, running);
    assert!(closed(&closes, running));
}

#[test]
fn held_back_text_goes_out_in_the_name_of_the_stream() {
    let mut tap = Gemini.stream_tap();
    tap.observe(&event(&chunk(
        json!([{"functionCall": {"name": "f", "willContinue": true,
        "partialArgs": [{"jsonPath": "$.a", "stringValue": "x", "willContinue": true}]}}]),
    )));
    let said = |kind| {
        let payload = tap.text_event(&channel(0, kind), "rest");
        let value: Value = serde_json::from_slice(&payload.data).unwrap();
        assert_eq!(
            (&value["modelVersion"], &value["responseId"]),
            (&json!("g"), &json!("r"))
        );
        value["candidates"][0]["content"]["parts"][0].clone()
    };
    assert_eq!(said(ChannelKind::Text), json!({"text": "rest"}));
    assert_eq!(
        said(ChannelKind::Thinking),
        json!({"text": "rest", "thought": true})
    );
    assert_eq!(
        said(ChannelKind::Arguments),
        json!({"functionCall": {"partialArgs": [
            {"jsonPath": "$.a", "stringValue": "rest", "willContinue": true}], "willContinue": true}})
    );
}
