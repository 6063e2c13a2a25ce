//! Recorded traffic, read and written again.

use crate::common::{
    assert_ordered, counts, read, read_cut, recordings, said, split, whole, write,
};
use marshal_adapter_api::{Adapter, Named, ProviderErrorKind, index};
use marshal_anthropic::Anthropic;
use marshal_cohere::Cohere;
use marshal_openai::OpenAi;
use marshal_wire::json::Edits;
use serde_json::Value;

const CHAT: &str = "cohere/cohere.chat.jsonl";

fn requests() -> Vec<(String, Value)> {
    recordings(CHAT)
        .into_iter()
        .filter(|recording| recording["request_body"].is_object())
        .map(|recording| {
            let id = recording["id"].as_str().unwrap().to_owned();
            (id, recording["request_body"].clone())
        })
        .collect()
}

fn answers(stream: bool) -> Vec<(String, String)> {
    recordings(CHAT)
        .into_iter()
        .filter(|recording| recording["status"] == 200 && recording["stream"] == stream)
        .map(|recording| {
            let text = |name: &str| recording[name].as_str().unwrap().to_owned();
            (text("id"), text("response_body"))
        })
        .collect()
}

#[test]
fn requests_are_understood_and_only_their_model_changes() {
    for (id, value) in requests() {
        let body = value.to_string().into_bytes();
        let index = index(&body).unwrap();
        let doc = index.doc(&body);
        let facts = Cohere.facts(doc, Named::default()).unwrap();
        assert_eq!(value["model"], facts.model.as_str(), "{id}");
        assert_eq!(value["stream"] == true, facts.stream, "{id}");
        let mut edits = Edits::new();
        Cohere.set_model(doc, "other", &mut edits);
        let mut wanted = value.clone();
        wanted["model"] = "other".into();
        let changed: Value = serde_json::from_slice(&edits.apply(&body)).unwrap();
        assert_eq!(changed, wanted, "{id}");
    }
}

#[test]
fn requests_read_and_written_are_the_same() {
    for (id, value) in requests() {
        let body = value.to_string();
        let request = Cohere
            .decode_request(body.as_bytes(), Named::default())
            .unwrap();
        let encoded = Cohere.encode_request(&request, &request.model, 9).unwrap();
        assert_eq!(encoded.dropped, Vec::<String>::new(), "{id}");
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(again, value, "{id}");
    }
}

#[test]
fn requests_reach_other_models_with_every_word() {
    for (id, value) in requests() {
        let body = value.to_string();
        let request = Cohere
            .decode_request(body.as_bytes(), Named::default())
            .unwrap();
        for other in [&OpenAi as &dyn Adapter, &Anthropic] {
            let sent = match other.encode_request(&request, "m", 4_096) {
                Ok(encoded) => String::from_utf8(encoded.body).unwrap(),
                Err(refused) => {
                    assert_eq!(refused.param.as_deref(), Some("response_format"), "{id}");
                    continue;
                }
            };
            for document in value["documents"].as_array().into_iter().flatten() {
                let text = document["data"]["text"].to_string();
                let inner = serde_json::to_string(&text).unwrap();
                let inner = &inner[1..inner.len() - 1];
                assert!(sent.contains(inner), "{id}: {sent} lacks {inner}");
            }
            let again = other
                .decode_request(sent.as_bytes(), Named::default())
                .unwrap();
            let back = Cohere.encode_request(&again, "m", 4_096).unwrap();
            let back: Value = serde_json::from_slice(&back.body).unwrap();
            assert_eq!(
                back["tools"].as_array().map(Vec::len),
                value["tools"].as_array().map(Vec::len),
                "{id}"
            );
        }
    }
}

#[test]
fn answers_read_and_written_are_the_same() {
    for (id, body) in answers(false) {
        let response = Cohere.decode_response(body.as_bytes()).unwrap();
        let encoded = Cohere.encode_response(&response);
        assert_eq!(encoded.dropped, Vec::<String>::new(), "{id}");
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        let wanted: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(again, wanted, "{id}");

        let index = index(body.as_bytes()).unwrap();
        let meta = Cohere.meta(index.doc(body.as_bytes()));
        let tokens = &wanted["usage"]["tokens"];
        let input =
            tokens["input_tokens"].as_u64().unwrap() + tokens["image_tokens"].as_u64().unwrap_or(0);
        let output = tokens["output_tokens"].as_u64().unwrap();
        assert_eq!(
            meta.usage.map(|usage| counts(&usage)),
            Some((input, output))
        );
        assert!(meta.finished && meta.output_chars > 0, "{id}");
    }
}

#[test]
fn answers_served_in_other_dialects_say_the_same() {
    for (id, body) in answers(false) {
        let response = Cohere.decode_response(body.as_bytes()).unwrap();
        for other in [&OpenAi as &dyn Adapter, &Anthropic] {
            let served = other.encode_response(&response);
            let again = other.decode_response(&served.body).unwrap();
            assert_eq!(said(&again), said(&response), "{id}");
            let back = Cohere.encode_response(&again);
            let back = Cohere.decode_response(&back.body).unwrap();
            assert_eq!(said(&back), said(&response), "{id}");
        }
    }
}

#[test]
fn streams_say_the_same_wherever_they_are_cut_and_whoever_is_served() {
    for (id, body) in answers(true) {
        let events = read(&Cohere, body.as_bytes());
        assert_ordered(&events);
        let wanted = said(&whole(&events));
        assert!(
            wanted.usage.is_some() && !wanted.finish.is_empty(),
            "{id}: {wanted:?}"
        );
        for size in [1, 7, 61, 997] {
            assert_eq!(read_cut(&Cohere, body.as_bytes(), size), events, "{id}");
        }
        for other in [&Cohere as &dyn Adapter, &OpenAi, &Anthropic] {
            let served = write(other, &events);
            let again = read(other, &served);
            assert_eq!(said(&whole(&again)), wanted, "{id}");
            let back = read(&Cohere, &write(&Cohere, &again));
            assert_eq!(said(&whole(&back)), wanted, "{id}");
        }
    }
}

#[test]
fn a_stream_written_again_keeps_its_citations() {
    for (id, body) in answers(true) {
        let cited = |body: &str| body.matches("event: citation-start").count();
        let served = write(&Cohere, &read(&Cohere, body.as_bytes()));
        let served = String::from_utf8(served).unwrap();
        assert_eq!(cited(&served), cited(&body), "{id}");
    }
}

#[test]
fn what_watches_a_stream_counts_what_it_says() {
    for (id, body) in answers(true) {
        let wanted = whole(&read(&Cohere, body.as_bytes()));
        let mut tap = Cohere.stream_tap();
        let mut ends = 0;
        for event in split(Cohere.framing(), body.as_bytes(), 1_024) {
            ends += usize::from(tap.is_terminal(&event));
            tap.observe(&event);
        }
        let meta = tap.meta();
        assert_eq!(
            (ends, meta.finished, &meta.id),
            (1, true, &wanted.id),
            "{id}"
        );
        assert_eq!(
            meta.usage,
            wanted.usage.as_ref().map(|usage| usage.tokens),
            "{id}"
        );
        let said = said(&wanted);
        let most = said.text.len() + said.thinking.len();
        assert!(meta.output_chars as usize >= most, "{id}");
    }
}

#[test]
fn errors_are_understood() {
    let all = recordings(CHAT)
        .into_iter()
        .chain(recordings("documented_errors.jsonl"));
    for recording in all.filter(|recording| recording["provider"] == "cohere") {
        let status = u16::try_from(recording["status"].as_u64().unwrap()).unwrap();
        if status == 200 {
            continue;
        }
        let body = recording["response_body"].as_str().unwrap();
        let error = Cohere.decode_error(status, body.as_bytes());
        let wanted = match status {
            401 => ProviderErrorKind::Credential,
            404 => ProviderErrorKind::NotFound,
            429 => ProviderErrorKind::RateLimited,
            _ => error.kind,
        };
        assert_eq!(error.kind, wanted);
        assert!(!error.message.is_empty() && !error.message.starts_with('{'));
    }
}
