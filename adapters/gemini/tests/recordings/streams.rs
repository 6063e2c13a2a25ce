//! Streams, read and said in other dialects.

use marshal_adapter_api::{Adapter, Assembler, ChatEvent, ChatResponse, StreamShape};
use marshal_anthropic::Anthropic;
use marshal_gemini::Gemini;
use marshal_openai::OpenAi;
use marshal_types::Dialect;
use marshal_wire::frame::{Framing, RawEvent};
use serde_json::Value;

use crate::read::{all, split};
use crate::said::Said;

fn decode(adapter: &dyn Adapter, events: &[RawEvent]) -> Vec<ChatEvent> {
    let mut decoder = adapter.stream_decoder();
    let mut out = Vec::new();
    for event in events {
        decoder.event(event, &mut out).unwrap();
    }
    decoder.end(&mut out);
    out
}

fn encode(adapter: &dyn Adapter, events: &[ChatEvent]) -> Vec<RawEvent> {
    let mut encoder = adapter.stream_encoder(StreamShape {
        include_usage: true,
        model: "model".to_owned(),
        created: 1,
    });
    let mut bytes = Vec::new();
    for event in events {
        encoder.event(event, &mut bytes);
    }
    encoder.end(&mut bytes);
    split(Framing::Sse, &bytes)
}

fn assembled(events: &[ChatEvent]) -> ChatResponse {
    let mut assembler = Assembler::new();
    events.iter().for_each(|event| assembler.push(event));
    assert!(assembler.ended() && assembler.error().is_none());
    assembler.finish(Dialect::Gemini)
}

fn chunks(events: &[RawEvent]) -> Vec<Value> {
    events
        .iter()
        .filter(|event| !event.data().trim_ascii().is_empty())
        .map(|event| serde_json::from_slice(&event.data()).unwrap())
        .collect()
}

#[test]
fn a_stream_says_the_same_in_every_dialect() {
    let mut seen = 0;
    for recording in all() {
        if recording.status != 200 || !recording.stream {
            continue;
        }
        seen += 1;
        let raw = recording.events();
        let wanted = Said::of_gemini(&chunks(&raw));
        let events = decode(&Gemini, &raw);
        let response = assembled(&events);
        assert_eq!(Said::of_canonical(&response), wanted, "{}", recording.id);
        let finish = response.choices[0].finish.as_ref().unwrap();
        assert_eq!(
            matches!(finish.reason, marshal_adapter_api::FinishReason::ToolCalls),
            !wanted.calls.is_empty(),
            "{}",
            recording.id
        );
        let written = encode(&Gemini, &events);
        assert_eq!(Said::of_gemini(&chunks(&written)), wanted);
        for adapter in [&OpenAi as &dyn Adapter, &Anthropic] {
            let written = encode(adapter, &events);
            let heard = assembled(&decode(adapter, &written));
            assert_eq!(Said::of_canonical(&heard), wanted, "{}", recording.id);
            let back = encode(&Gemini, &decode(adapter, &written));
            assert_eq!(Said::of_gemini(&chunks(&back)), wanted, "{}", recording.id);
        }
    }
    println!("{seen} streams");
}

#[test]
fn a_stream_that_passes_verbatim_is_counted() {
    for recording in all() {
        if recording.status != 200 || !recording.stream {
            continue;
        }
        let raw = recording.events();
        let wanted = Said::of_gemini(&chunks(&raw));
        let mut tap = Gemini.stream_tap();
        for event in &raw {
            tap.observe(event);
            assert!(!tap.is_terminal(event));
        }
        let meta = tap.meta();
        let counted = meta
            .usage
            .map(|usage| (usage.input.0, usage.output.0, usage.cache_read.0));
        assert_eq!(counted, wanted.usage, "{}", recording.id);
        assert!(meta.finished && meta.model.is_some() && meta.id.is_some());
        assert_eq!(meta.finish_reasons.len(), 1, "{}", recording.id);
        assert!(meta.output_chars as usize >= wanted.text.chars().count());
    }
}
