//! Nothing that anybody sends makes a reader panic.

use bytes::Bytes;
use marshal_adapter_api::{Adapter, Assembler, Channel, ChannelKind, StreamShape, index};
use marshal_anthropic::Anthropic;
use marshal_gemini::Gemini;
use marshal_openai::OpenAi;
use marshal_types::Dialect;
use marshal_wire::frame::{Framing, RawEvent};
use marshal_wire::json::Edits;
use proptest::prelude::*;

use super::NAMED;

/// Every reader and writer over the same bytes.
fn try_all(body: &[u8]) {
    if let Ok(index) = index(body) {
        let doc = index.doc(body);
        let _ = Gemini.facts(doc, NAMED);
        let _ = Gemini.meta(doc);
        Gemini.answer_texts(doc, &mut Vec::new());
        let mut edits = Edits::new();
        Gemini.set_model(doc, "m", &mut edits);
        let _ = edits.apply(body);
    }
    if let Ok(request) = Gemini.decode_request(body, NAMED) {
        for adapter in [&Gemini as &dyn Adapter, &OpenAi, &Anthropic] {
            if let Ok(encoded) = adapter.encode_request(&request, "gemini-3-pro", 9) {
                index(&encoded.body).unwrap();
            }
        }
    }
    if let Ok(response) = Gemini.decode_response(body) {
        for adapter in [&Gemini as &dyn Adapter, &OpenAi, &Anthropic] {
            let encoded = adapter.encode_response(&response);
            index(&encoded.body).unwrap();
        }
    }
    let _ = Gemini.decode_error(400, body);
    stream(body);
}

fn stream(body: &[u8]) {
    let raw = RawEvent::framed(Framing::Ndjson, Bytes::copy_from_slice(body));
    let mut decoder = Gemini.stream_decoder();
    let mut events = Vec::new();
    let _ = decoder.event(&raw, &mut events);
    let _ = decoder.event(&raw, &mut events);
    decoder.end(&mut events);
    let mut encoder = Gemini.stream_encoder(StreamShape {
        include_usage: true,
        model: "m".to_owned(),
        created: 0,
    });
    let mut assembler = Assembler::new();
    for event in &events {
        encoder.event(event, &mut Vec::new());
        assembler.push(event);
    }
    let _ = Gemini.encode_response(&assembler.finish(Dialect::Gemini));
    let mut tap = Gemini.stream_tap();
    tap.observe(&raw);
    if let Ok(index) = index(body) {
        tap.texts(&raw, index.doc(body), &mut Vec::new());
        let _ = tap.closes(&raw, index.doc(body));
    }
    let kind = ChannelKind::Arguments;
    let _ = tap.text_event(
        &Channel {
            choice: 0,
            part: 0,
            kind,
        },
        "x",
    );
}

/// JSON made of the dialect's own words in wrong places.
fn near() -> impl Strategy<Value = String> {
    let names = [
        "contents",
        "parts",
        "role",
        "text",
        "functionCall",
        "function_call",
        "functionResponse",
        "name",
        "args",
        "response",
        "result",
        "inlineData",
        "mimeType",
        "data",
        "fileData",
        "fileUri",
        "thought",
        "thoughtSignature",
        "tools",
        "functionDeclarations",
        "parameters",
        "type",
        "nullable",
        "anyOf",
        "enum",
        "toolConfig",
        "functionCallingConfig",
        "mode",
        "allowedFunctionNames",
        "generationConfig",
        "thinkingConfig",
        "thinkingBudget",
        "thinkingLevel",
        "responseSchema",
        "responseMimeType",
        "candidates",
        "content",
        "finishReason",
        "index",
        "usageMetadata",
        "promptTokenCount",
        "promptFeedback",
        "blockReason",
        "partialArgs",
        "jsonPath",
        "stringValue",
        "willContinue",
        "error",
        "status",
        "code",
        "details",
        "~role=absent",
        "id",
        "cachedContent",
        "systemInstruction",
        "topK",
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        any::<i32>().prop_map(|number| number.to_string()),
        prop::sample::select(
            &[
                "\"user\"",
                "\"model\"",
                "\"STOP\"",
                "\"ANY\"",
                "\"bWFyc2hhbDo6\"",
                "\"$.a[1]\"",
                "\"image/png\"",
                "\"text/plain\"",
                "\"OBJECT\"",
                "1e400",
                "18446744073709551616",
                "\"\\u00e9\""
            ][..]
        )
        .prop_map(str::to_owned),
        "[a-z-_]{0,6}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(7, 96, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::btree_map(prop::sample::select(names.to_vec()), inner, 0..6)
                .prop_map(|members| {
                    let members: Vec<String> = members
                        .iter()
                        .map(|(name, value)| format!("\"{name}\":{value}"))
                        .collect();
                    format!("{{{}}}", members.join(","))
                }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..64)) {
        try_all(&body);
    }

    #[test]
    fn no_json_panics(value in near()) {
        try_all(value.as_bytes());
    }

    #[test]
    fn no_request_or_answer_of_odd_members_panics(value in near(), part in near()) {
        for (open, close) in [
            ("{\"contents\":[{\"parts\":[", "]}]}"),
            ("{\"contents\":[{\"parts\":[{\"functionCall\":", "}]}]}"),
            ("{\"contents\":[{\"parts\":[{\"functionResponse\":", "}]}]}"),
            ("{\"contents\":[],\"tools\":[", "]}"),
            ("{\"contents\":[],\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parameters\":", "}]}]}"),
            ("{\"contents\":[],\"generationConfig\":", "}"),
            ("{\"candidates\":[{\"content\":{\"parts\":[", "]},\"finishReason\":\"STOP\"}]}"),
            ("{\"candidates\":[", "]}"),
        ] {
            try_all(format!("{open}{value}{close}").as_bytes());
            try_all(format!("{open}{value},{part}{close}").as_bytes());
        }
    }
}
