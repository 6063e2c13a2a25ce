//! Streams that are no conversations are watched on their way.

use std::collections::HashMap;

use bytes::Bytes;
use marshal_adapter_api::{Channel, ChannelKind, Closes, StreamTap};
use marshal_tasks::stream_tap;
use marshal_types::Surface;
use marshal_wire::frame::{Framing, RawEvent, Splitter};
use serde_json::{Value, json};

use crate::shared::{Exchange, exchanges, index};

fn events(framing: Framing, bytes: &[u8]) -> Vec<RawEvent> {
    let mut splitter = Splitter::new(framing, usize::MAX);
    let mut out = Vec::new();
    for chunk in bytes.chunks(7) {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = splitter.next().unwrap() {
            out.push(event);
        }
    }
    out.extend(std::iter::from_fn(|| splitter.finish()));
    out
}

/// The running texts of a stream; each must be closed by its end.
fn said(tap: &mut dyn StreamTap, events: &[RawEvent]) -> HashMap<Channel, String> {
    let mut all: HashMap<Channel, String> = HashMap::new();
    let mut open = Vec::new();
    for event in events {
        tap.observe(event);
        let data = event.data();
        if data.trim_ascii().first() != Some(&b'{') {
            continue;
        }
        let index = index(&data);
        let doc = index.doc(&data);
        let mut texts = Vec::new();
        tap.texts(event, doc, &mut texts);
        for at in texts {
            open.push(at.channel);
            all.entry(at.channel)
                .or_default()
                .push_str(&doc.str(at.node).unwrap());
        }
        match tap.closes(event, doc) {
            Closes::Nothing => {}
            Closes::Channels(channels) => open.retain(|channel| !channels.contains(channel)),
            Closes::All => open.clear(),
        }
    }
    all
}

fn framing(exchange: &Exchange) -> Framing {
    match exchange.surface {
        Surface::OllamaGenerate => Framing::Ndjson,
        Surface::Invoke => Framing::Chunks,
        _ => Framing::Sse,
    }
}

#[test]
fn text_and_usage_of_every_recorded_stream_are_found() {
    let mut streams = 0;
    for exchange in exchanges().into_iter().filter(|exchange| exchange.stream) {
        let id = &exchange.id;
        let events = events(framing(&exchange), &exchange.answer);
        let mut tap = stream_tap(exchange.surface);
        let texts = said(&mut *tap, &events);
        let meta = tap.meta();
        assert!(
            texts.values().any(|text| text.len() > 10) || id.contains("invalid"),
            "{id}"
        );
        assert!(meta.output_chars > 0, "{id}");
        let expects_usage = events.iter().any(|event| {
            let data = event.data();
            let data = String::from_utf8_lossy(&data).into_owned();
            ["\"usage\":{", "eval_count", "invocationMetrics"]
                .iter()
                .any(|word| data.contains(word))
        });
        assert_eq!(meta.usage.is_some(), expects_usage, "{id}");
        // Writer's own stream has no end but that of its connection.
        assert!(meta.finished || id.contains("writer"), "{id}");
        streams += 1;
    }
    println!("{streams} streams");
}

fn sse(data: &Value) -> RawEvent {
    RawEvent::new(Bytes::from(format!("data: {data}\n\n")))
}

fn line(data: &Value) -> RawEvent {
    RawEvent::framed(Framing::Ndjson, Bytes::from(format!("{data}\n")))
}

const TEXT: Channel = Channel {
    choice: 0,
    part: 0,
    kind: ChannelKind::Text,
};

#[test]
fn a_completions_stream_closes_the_choice_that_finished_and_no_other() {
    let mut tap = stream_tap(Surface::Completions);
    let event = sse(
        &json!({"id": "c", "model": "m", "choices": [{"index": 0, "text": "a", "finish_reason": "stop"}, {"index": 1, "text": "b", "finish_reason": null}]}),
    );
    tap.observe(&event);
    let data = event.data();
    let index = index(&data);
    assert_eq!(
        tap.closes(&event, index.doc(&data)),
        Closes::Channels(vec![TEXT])
    );
    assert_eq!(tap.meta().finish_reasons, ["stop"]);
    assert!(tap.has_terminal() && tap.is_terminal(&RawEvent::new(Bytes::from("data: [DONE]\n\n"))));
}

/// What is put in says what it is told to, on the channel that it is told.
#[test]
fn a_text_that_was_held_back_is_said_in_the_streams_own_words() {
    for (surface, first, channel) in [
        (
            Surface::Completions,
            sse(&json!({"choices": [{"index": 1, "text": "a"}]})),
            Channel { choice: 1, ..TEXT },
        ),
        (
            Surface::Transcriptions,
            sse(&json!({"type": "transcript.text.delta", "delta": "a"})),
            TEXT,
        ),
        (
            Surface::Transcriptions,
            sse(&json!({"type": "transcription.text.delta", "text": "a"})),
            TEXT,
        ),
        (
            Surface::OllamaGenerate,
            line(&json!({"model": "m", "response": "a", "done": false})),
            TEXT,
        ),
        (
            Surface::OllamaGenerate,
            line(&json!({"model": "m", "response": "", "thinking": "a", "done": false})),
            Channel {
                kind: ChannelKind::Thinking,
                ..TEXT
            },
        ),
        (
            Surface::Invoke,
            line(&json!({"outputText": "a", "index": 0})),
            TEXT,
        ),
        (Surface::Invoke, line(&json!({"generation": "a"})), TEXT),
        (
            Surface::Invoke,
            line(&json!({"text": "a", "index": 1, "is_finished": false})),
            Channel { choice: 1, ..TEXT },
        ),
        (
            Surface::Invoke,
            line(&json!({"outputs": [{"text": "a"}]})),
            TEXT,
        ),
        (
            Surface::Invoke,
            line(&json!({"contentBlockDelta": {"delta": {"text": "a"}, "contentBlockIndex": 2}})),
            TEXT,
        ),
        (
            Surface::Invoke,
            line(
                &json!({"contentBlockDelta": {"delta": {"toolUse": {"input": "a"}}, "contentBlockIndex": 2}}),
            ),
            Channel {
                part: 2,
                kind: ChannelKind::Arguments,
                ..TEXT
            },
        ),
        (
            Surface::Invoke,
            line(&json!({"event_type": "text-generation", "text": "a", "is_finished": false})),
            TEXT,
        ),
        (
            Surface::Invoke,
            line(&json!({"choices": [{"index": 0, "delta": {"content": "a"}}]})),
            TEXT,
        ),
    ] {
        let mut tap = stream_tap(surface);
        assert_eq!(
            said(&mut *tap, std::slice::from_ref(&first))
                .get(&channel)
                .map(String::as_str),
            Some("a")
        );
        let more = tap.text_event(&channel, "b \"c\"").framed(first.framing);
        let texts = said(&mut *stream_tap(surface), &[more]);
        assert_eq!(
            texts.get(&channel).map(String::as_str),
            Some("b \"c\""),
            "{surface:?}"
        );
        assert!(
            texts
                .iter()
                .all(|(at, text)| *at == channel || text.is_empty()),
            "{surface:?}: {texts:?}"
        );
    }
}

#[test]
fn a_transcription_says_its_usage_with_its_last_event() {
    let mut tap = stream_tap(Surface::Transcriptions);
    let events = [
        sse(&json!({"type": "transcript.text.delta", "delta": "Hi"})),
        sse(
            &json!({"type": "transcript.text.done", "text": "Hi", "usage": {"type": "tokens", "input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}),
        ),
    ];
    let texts = said(&mut *tap, &events);
    assert_eq!(texts.len(), 2);
    let meta = tap.meta();
    assert_eq!(
        meta.usage.map(|usage| (usage.input.0, usage.output.0)),
        Some((3, 4))
    );
    assert!(meta.finished && meta.output_chars == 2 && !tap.has_terminal());
}

#[test]
fn a_streamed_picture_is_counted_once() {
    let mut tap = stream_tap(Surface::ImageGenerations);
    tap.observe(&sse(
        &json!({"type": "image_generation.partial_image", "b64_json": "aGk="}),
    ));
    tap.observe(&sse(&json!({"type": "image_generation.completed", "b64_json": "aGk=", "usage": {"input_tokens": 5, "output_tokens": 6}})));
    let meta = tap.meta();
    assert_eq!(
        (meta.units.images, meta.output_chars, meta.finished),
        (1, 0, true)
    );
    assert_eq!(meta.usage.unwrap().output.0, 6);
}
