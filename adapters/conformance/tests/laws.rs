//! What holds of every answer, not of the recorded ones alone.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, Assembler, ChatEvent, Delta, Finish, FinishReason, Named, StreamShape,
};
use marshal_anthropic::Anthropic;
use marshal_conformance::{Holds, Plain, Said, holds, spoken};
use marshal_openai::OpenAi;
use marshal_types::Dialect;
use marshal_wire::frame::{Payload, Splitter};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Pieces of an OpenAI stream: text, thinking, or arguments of one of three calls.
fn piece() -> impl Strategy<Value = Value> {
    let text = "[a-z\u{e9}\u{1f600}\"\\\\\n ]{1,6}";
    prop_oneof![
        text.prop_map(|text| json!({"content": text})),
        text.prop_map(|text| json!({"reasoning_content": text})),
        (0..3_u64, 0..100_u32).prop_map(|(at, number)| json!({"call": at, "number": number})),
    ]
}

/// The chunks of the pieces: a call's first piece opens its arguments, and the end closes all.
fn chunks(pieces: &[Value]) -> Vec<Value> {
    let chunk = |delta: Value| json!({"id": "c", "model": "m", "created": 1, "choices": [{"index": 0, "delta": delta}]});
    let mut open: Vec<u64> = Vec::new();
    let mut out = Vec::new();
    for piece in pieces {
        let Some(at) = piece["call"].as_u64() else {
            out.push(chunk(piece.clone()));
            continue;
        };
        let index = open.iter().position(|known| *known == at);
        let number = &piece["number"];
        let call = if let Some(index) = index {
            json!({"index": index, "function": {"arguments": format!(",{number}")}})
        } else {
            open.push(at);
            json!({"index": open.len() - 1, "id": format!("id{at}"), "type": "function",
                "function": {"name": "f", "arguments": format!("{{\"v\":[{number}")}})
        };
        out.push(chunk(json!({"tool_calls": [call]})));
    }
    for index in 0..open.len() {
        out.push(chunk(
            json!({"tool_calls": [{"index": index, "function": {"arguments": "]}"}}]}),
        ));
    }
    let word = if open.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    out.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": word}]}));
    out.push(json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}));
    out
}

fn plain(chunks: &[Value]) -> Vec<Plain> {
    let each = chunks.iter().map(|data| Plain {
        name: None,
        data: data.clone(),
    });
    each.collect()
}

fn dialects() -> Vec<(Dialect, &'static dyn Adapter)> {
    let spoken = |&dialect: &Dialect| Some((dialect, spoken(dialect)?));
    Dialect::ALL.iter().filter_map(spoken).collect()
}

fn decode(adapter: &dyn Adapter, bytes: &[u8]) -> Vec<ChatEvent> {
    let mut splitter = Splitter::new(adapter.framing(), 1 << 20);
    splitter.push(Bytes::copy_from_slice(bytes));
    let mut decoder = adapter.stream_decoder();
    let mut out = Vec::new();
    while let Some(event) = splitter.next().unwrap() {
        decoder.event(&event, &mut out).unwrap();
    }
    decoder.end(&mut out);
    out
}

fn encode(adapter: &dyn Adapter, events: &[ChatEvent]) -> Vec<u8> {
    let mut encoder = adapter.stream_encoder(StreamShape {
        include_usage: true,
        model: "m".to_owned(),
        created: 1,
    });
    let mut out = Vec::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    out
}

fn heard(events: &[ChatEvent]) -> Said {
    let mut assembler = Assembler::new();
    events.iter().for_each(|event| assembler.push(event));
    assert!(assembler.ended());
    Said::of_canonical(&assembler.finish(Dialect::OpenAi))
}

proptest! {
    #[test]
    fn a_stream_says_the_same_in_every_dialect(pieces in proptest::collection::vec(piece(), 0..24)) {
        let chunks = chunks(&pieces);
        let wanted = Said::of_stream(Dialect::OpenAi, &plain(&chunks));
        let mut bytes: Vec<u8> = Vec::new();
        for chunk in &chunks {
            bytes.extend(format!("data: {chunk}\n\n").into_bytes());
        }
        bytes.extend(b"data: [DONE]\n\n");
        let events = decode(&OpenAi, &bytes);
        prop_assert_eq!(heard(&events).says(&wanted, Holds::ALL), Ok(()));
        for (dialect, adapter) in dialects() {
            let there = decode(adapter, &encode(adapter, &events));
            // What comes while a call is open stands before it where calls are told whole, else behind it.
            let holds = Holds { order: false, ..holds(dialect) };
            prop_assert_eq!(heard(&there).says(&wanted, holds), Ok(()), "{}", dialect);
            let back = decode(&OpenAi, &encode(&OpenAi, &there));
            prop_assert_eq!(heard(&back).says(&wanted, holds), Ok(()), "and back from {}", dialect);
        }
    }

    #[test]
    fn a_cut_stream_never_looks_finished(pieces in proptest::collection::vec(piece(), 1..8), keep in 0..8_usize) {
        let chunks = chunks(&pieces);
        let keep = keep.min(chunks.len() - 3);
        let mut bytes: Vec<u8> = Vec::new();
        for chunk in &chunks[..keep] {
            bytes.extend(format!("data: {chunk}\n\n").into_bytes());
        }
        let events = decode(&OpenAi, &bytes);
        for (dialect, adapter) in dialects() {
            let served = decode(adapter, &encode(adapter, &events));
            prop_assert!(!served.contains(&ChatEvent::End), "{}", dialect);
            prop_assert!(served.iter().any(|event| matches!(event, ChatEvent::Error(_))), "{}", dialect);
        }
    }

    #[test]
    fn no_body_makes_a_dialect_panic(body in "[\\[\\]{}\":,a-z0-9 ]{0,80}") {
        for (_, adapter) in dialects() {
            let _ = adapter.decode_request(body.as_bytes(), Named::default());
            let _ = adapter.decode_response(body.as_bytes());
            let _ = adapter.decode_error(500, body.as_bytes());
            let event = Payload { name: Some("x".to_owned()), data: body.clone().into_bytes() }.framed(adapter.framing());
            let _ = adapter.stream_decoder().event(&event, &mut Vec::new());
            adapter.stream_tap().observe(&event);
        }
    }
}

#[test]
fn a_seal_survives_a_stream_through_both_dialects() {
    let parts = [
        Delta::Thinking("hm".to_owned()),
        Delta::Signature("seal".to_owned()),
    ];
    let mut events: Vec<ChatEvent> = parts
        .into_iter()
        .map(|delta| ChatEvent::Delta {
            choice: 0,
            part: 0,
            delta,
        })
        .collect();
    events.push(ChatEvent::PartEnd { choice: 0, part: 0 });
    events.push(ChatEvent::Delta {
        choice: 0,
        part: 1,
        delta: Delta::Text("Hi".to_owned()),
    });
    events.push(ChatEvent::Finish {
        choice: 0,
        finish: Finish {
            reason: FinishReason::Stop,
            word: "end_turn".to_owned(),
            stop_sequence: None,
        },
    });
    events.push(ChatEvent::End);
    let there = decode(&OpenAi, &encode(&OpenAi, &events));
    let back = decode(&Anthropic, &encode(&Anthropic, &there));
    let mut assembler = Assembler::new();
    back.iter().for_each(|event| assembler.push(event));
    let answer = assembler.finish(Dialect::Anthropic);
    let said = String::from_utf8(Anthropic.encode_response(&answer).body).unwrap();
    let wanted =
        r#"[{"type":"thinking","thinking":"hm","signature":"seal"},{"type":"text","text":"Hi"}]"#;
    assert!(said.contains(wanted), "{said}");
}
