//! Recorded traffic of Bedrock, read and written again.

use crate::common::{assemble, decode, encode, named, recordings, said, split};
use marshal_adapter_api::{Adapter, ChatEvent, ProviderErrorKind, index};
use marshal_bedrock::Bedrock;
use marshal_types::Dialect;
use marshal_wire::frame::Framing;
use serde_json::Value;

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(bytes));
    })
}

#[test]
fn governance_understands_every_request() {
    for recording in recordings() {
        let Some(body) = &recording.request else {
            continue;
        };
        let index = index(body).unwrap();
        let model = recording.model();
        let facts = Bedrock
            .facts(index.doc(body), named(&model, recording.stream()))
            .unwrap_or_else(|error| panic!("{}: {error}", recording.id));
        let plain = value(body);
        assert_eq!(
            (facts.model.as_str(), facts.stream),
            (model.as_str(), recording.stream())
        );
        assert_eq!(
            facts.max_output,
            plain["inferenceConfig"]["maxTokens"].as_u64()
        );
        assert_eq!(
            facts.needs.json_schema,
            plain["outputConfig"].is_object(),
            "{}",
            recording.id
        );
        let text = String::from_utf8_lossy(body);
        assert_eq!(
            facts.needs.vision,
            text.contains("\"image\":") || text.contains("\"video\":")
        );
        assert_eq!(
            facts.needs.documents,
            text.contains("\"document\":"),
            "{}",
            recording.id
        );
        let path = Bedrock.upstream_path(&model, recording.stream(), Framing::EventStream);
        assert_eq!(path, recording.path.replace(':', "%3A"));
    }
}

#[test]
fn a_request_read_and_written_is_the_same() {
    for recording in recordings() {
        let Some(body) = &recording.request else {
            continue;
        };
        let model = recording.model();
        let request = Bedrock
            .decode_request(body, named(&model, recording.stream()))
            .unwrap_or_else(|error| panic!("{}: {error}", recording.id));
        let again = Bedrock.encode_request(&request, &model, 4096).unwrap();
        assert!(again.dropped.is_empty());
        assert_eq!(value(&again.body), value(body), "{}", recording.id);
    }
}

#[test]
fn an_answer_read_and_written_is_the_same() {
    for recording in recordings() {
        if recording.status != 200 || recording.framed {
            continue;
        }
        let response = Bedrock
            .decode_response(&recording.answer)
            .unwrap_or_else(|error| panic!("{}: {error}", recording.id));
        let again = Bedrock.encode_response(&response);
        assert!(again.dropped.is_empty());
        assert_eq!(
            value(&again.body),
            value(&recording.answer),
            "{}",
            recording.id
        );

        let index = index(&recording.answer).unwrap();
        let meta = Bedrock.meta(index.doc(&recording.answer));
        assert_eq!(
            meta.usage,
            response.usage.as_ref().map(|usage| usage.tokens)
        );
        assert!(meta.finished, "{}", recording.id);
        let plain = &value(&recording.answer)["usage"];
        let number = |name: &str| plain[name].as_u64().unwrap_or(0);
        let cached = number("cacheReadInputTokens") + number("cacheWriteInputTokens");
        let usage = meta.usage.unwrap();
        assert_eq!(usage.input.0, number("inputTokens") + cached);
        if let Some(total) = plain["totalTokens"].as_u64() {
            assert_eq!(usage.input.0 + usage.output.0, total, "{}", recording.id);
        }
    }
}

#[test]
fn a_stream_says_the_same_wherever_it_is_cut() {
    for recording in recordings().iter().filter(|recording| recording.framed) {
        let bytes = &recording.answer;
        let whole = split(Framing::EventStream, bytes, 0);
        for cut in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            assert_eq!(split(Framing::EventStream, bytes, cut), whole);
        }
        let events = decode(Bedrock.stream_decoder(), &whole);
        assert!(matches!(events.first(), Some(ChatEvent::Start { .. })));
        assert_eq!(events.last(), Some(&ChatEvent::End), "{}", recording.id);
        // Cut short, it is known to be.
        let short = decode(Bedrock.stream_decoder(), &whole[..whole.len() / 2]);
        assert!(
            matches!(short.last(), Some(ChatEvent::Error(_))),
            "{}",
            recording.id
        );
    }
}

#[test]
fn a_stream_read_and_written_says_the_same() {
    for recording in recordings().iter().filter(|recording| recording.framed) {
        let events = decode(
            Bedrock.stream_decoder(),
            &split(Framing::EventStream, &recording.answer, 0),
        );
        let bytes = encode(&Bedrock, &events);
        let again = decode(
            Bedrock.stream_decoder(),
            &split(Framing::EventStream, &bytes, 0),
        );
        let (before, after) = (
            assemble(&events, Dialect::Bedrock),
            assemble(&again, Dialect::Bedrock),
        );
        let mut expected = said(&before);
        expected.usage = expected.usage.or(Some((0, 0, 0)));
        assert_eq!(said(&after), expected, "{}", recording.id);
        let opaque = |events: &[ChatEvent]| {
            let kind = |event: &ChatEvent| format!("{event:?}").contains("Opaque");
            events
                .iter()
                .filter(|event| kind(event))
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(
            opaque(&events).len(),
            opaque(&again).len(),
            "{}",
            recording.id
        );
        let seals = |response: &marshal_adapter_api::ChatResponse| {
            format!("{:?}", response.choices[0].message.parts)
                .matches("signature: Some")
                .count()
        };
        assert_eq!(seals(&before), seals(&after), "{}", recording.id);
    }
}

#[test]
fn a_stream_that_passes_is_understood_on_its_way() {
    for recording in recordings().iter().filter(|recording| recording.framed) {
        let raw = split(Framing::EventStream, &recording.answer, 0);
        let response = assemble(&decode(Bedrock.stream_decoder(), &raw), Dialect::Bedrock);
        let mut tap = Bedrock.stream_tap();
        let mut text = String::new();
        let (mut terminal, mut closed) = (0, false);
        for event in &raw {
            tap.observe(event);
            terminal += u32::from(tap.is_terminal(event));
            let data = event.data();
            let index = index(&data).unwrap();
            let doc = index.doc(&data);
            let mut texts = Vec::new();
            tap.texts(event, doc, &mut texts);
            for at in texts {
                if at.channel.kind == marshal_adapter_api::ChannelKind::Text {
                    text.push_str(&doc.str(at.node).unwrap());
                }
            }
            closed |= tap.closes(event, doc) == marshal_adapter_api::Closes::All;
        }
        let meta = tap.meta();
        assert!(meta.finished && closed, "{}", recording.id);
        assert_eq!(
            meta.usage,
            response.usage.as_ref().map(|usage| usage.tokens)
        );
        assert_eq!(
            terminal,
            u32::from(meta.usage.is_some()),
            "{}",
            recording.id
        );
        assert_eq!(text, said(&response).text, "{}", recording.id);
        let finish = response.choices[0].finish.as_ref().unwrap();
        assert_eq!(meta.finish_reasons, [finish.word.as_str()]);
        assert!(meta.output_chars > 0 || text.is_empty());
    }
}

#[test]
fn an_error_is_understood() {
    for recording in recordings()
        .iter()
        .filter(|recording| recording.status >= 400)
    {
        let error = Bedrock.decode_error(recording.status, &recording.answer);
        let expected = match recording.status {
            403 => ProviderErrorKind::Credential,
            404 => ProviderErrorKind::NotFound,
            _ => ProviderErrorKind::InvalidRequest,
        };
        assert_eq!(error.kind, expected, "{}", recording.id);
        assert!(!error.message.is_empty() && !error.message.contains('{'));
    }
}
