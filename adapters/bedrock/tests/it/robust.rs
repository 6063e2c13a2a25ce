//! Any bytes and any values: nothing panics, and what is understood is written again as it was.

use bytes::Bytes;
use marshal_adapter_api::{Adapter, index};
use marshal_anthropic::Anthropic;
use marshal_bedrock::Bedrock;
use marshal_openai::OpenAi;
use marshal_wire::frame::{Framing, Payload, RawEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{encode, named};

const WORDS: &str = "
    messages role content text image document video audio format source bytes s3Location name toolUse toolUseId input toolResult status json guardContent cachePoint type reasoningContent reasoningText signature redactedContent citationsContent citations system inferenceConfig maxTokens stopSequences toolConfig tools toolSpec inputSchema strict toolChoice any tool additionalModelRequestFields thinking reasoning_config reasoningConfig maxReasoningEffort budget_tokens top_k topK outputConfig textFormat structure jsonSchema schema serviceTier output message stopReason usage inputTokens
";

fn values() -> impl Strategy<Value = Value> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        prop::sample::select(vec![
            "user",
            "assistant",
            "png",
            "txt",
            "AAAA",
            "",
            "success",
            "enabled",
            "json_schema"
        ])
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(words.clone()), inner), 0..5).prop_map(
                |members| members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            ),
        ]
    })
}

/// Whatever is understood is written again as it was, and said to others without a panic.
fn digest(bytes: &[u8]) -> Result<(), TestCaseError> {
    let same = |written: &[u8]| {
        let read = |bytes| serde_json::from_slice::<Value>(bytes).unwrap();
        (read(written), read(bytes))
    };
    if let Ok(request) = Bedrock.decode_request(bytes, named("m", false)) {
        let again = Bedrock.encode_request(&request, "m", 1).unwrap();
        let (mut written, mut given) = same(&again.body);
        for value in [&mut written, &mut given] {
            let messages = value
                .as_object_mut()
                .unwrap()
                .entry("messages")
                .or_insert(json!([]));
            if messages.is_null() {
                *messages = json!([]);
            }
        }
        prop_assert_eq!(written, given);
        let _ = OpenAi.encode_request(&request, "m", 1);
        let _ = Anthropic.encode_request(&request, "m", 1);
    }
    if let Ok(response) = Bedrock.decode_response(bytes) {
        let (written, given) = same(&Bedrock.encode_response(&response).body);
        prop_assert_eq!(written, given);
        let _ = Anthropic.encode_response(&response);
    }
    if let Ok(index) = index(bytes) {
        let doc = index.doc(bytes);
        let _ = (Bedrock.facts(doc, named("m", true)), Bedrock.meta(doc));
    }
    let _ = Bedrock.decode_error(400, bytes);
    for name in [
        "contentBlockStart",
        "contentBlockDelta",
        "messageStop",
        "metadata",
        "xException",
    ] {
        let payload = Payload {
            name: Some(name.to_owned()),
            data: bytes.to_vec(),
        };
        let event = payload.framed(Framing::EventStream);
        let mut tap = Bedrock.stream_tap();
        tap.observe(&event);
        if let Ok(index) = index(bytes) {
            let mut texts = Vec::new();
            tap.texts(&event, index.doc(bytes), &mut texts);
            let _ = (
                tap.closes(&event, index.doc(bytes)),
                tap.is_terminal(&event),
            );
        }
        let mut out = Vec::new();
        let mut decoder = Bedrock.stream_decoder();
        let _ = decoder.event(&event, &mut out);
        decoder.end(&mut out);
        let _ = encode(&Bedrock, &out);
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        digest(&bytes)?;
        let _ = Bedrock.stream_decoder().event(&RawEvent::framed(Framing::EventStream, Bytes::from(bytes)), &mut Vec::new());
    }

    #[test]
    fn no_value_makes_it_panic_or_changes(value in values(), block in values()) {
        for kind in ["text", "image", "document", "toolUse", "toolResult", "guardContent", "reasoningContent", "citationsContent"] {
            let content = json!([{kind: block}, {"cachePoint": value}, {kind: value, "text": block}]);
            digest(json!({"messages": [{"role": "user", "content": content}]}).to_string().as_bytes())?;
            digest(json!({"output": {"message": {"content": content}}}).to_string().as_bytes())?;
        }
        digest(value.to_string().as_bytes())?;
        digest(json!({"messages": [{"role": "user", "content": [block]}], "system": [value]}).to_string().as_bytes())?;
        digest(json!({"output": {"message": {"content": [block, value]}}, "usage": block}).to_string().as_bytes())?;
        digest(json!({"toolConfig": value, "additionalModelRequestFields": block}).to_string().as_bytes())?;
        digest(json!({"contentBlockIndex": 1, "delta": block, "start": value}).to_string().as_bytes())?;
    }
}
