//! Recorded traffic, read and written again.

use marshal_adapter_api::{Adapter, Named, ProviderErrorKind, index};
use marshal_anthropic::Anthropic;
use marshal_ollama::Ollama;
use marshal_openai::OpenAi;
use marshal_wire::json::Edits;
use serde_json::Value;

use crate::common::{
    assert_ordered, counts, read, read_cut, recordings, said, split, whole, write,
};

const CHAT: &str = "ollama/ollama.chat.jsonl";

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
        let facts = Ollama.facts(doc, Named::default()).unwrap();
        assert_eq!(value["model"], facts.model.as_str(), "{id}");
        assert_eq!(
            value["stream"].as_bool().unwrap_or(true),
            facts.stream,
            "{id}"
        );
        let mut edits = Edits::new();
        Ollama.set_model(doc, "other", &mut edits);
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
        let request = Ollama
            .decode_request(body.as_bytes(), Named::default())
            .unwrap();
        let encoded = Ollama.encode_request(&request, &request.model, 9).unwrap();
        assert_eq!(encoded.dropped, Vec::<String>::new(), "{id}");
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(again, value, "{id}");
    }
}

#[test]
fn requests_reach_other_models_and_come_back_with_every_word() {
    for (id, value) in requests() {
        let body = value.to_string();
        let request = Ollama
            .decode_request(body.as_bytes(), Named::default())
            .unwrap();
        for other in [&OpenAi as &dyn Adapter, &Anthropic] {
            let Ok(sent) = other.encode_request(&request, "m", 4_096) else {
                assert_eq!(value["format"], "json", "{id}");
                continue;
            };
            let again = other.decode_request(&sent.body, Named::default()).unwrap();
            assert_eq!(again.stream, request.stream, "{id}");
            let back = Ollama.encode_request(&again, "m", 4_096).unwrap();
            let back: Value = serde_json::from_slice(&back.body).unwrap();
            let texts = |body: &Value| -> Vec<(String, String)> {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                body["messages"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|message| (text(&message["role"]), text(&message["content"])))
                    .collect()
            };
            assert_eq!(texts(&back), texts(&value), "{id}");
            let arguments = |body: &Value| -> Vec<Value> {
                let calls = |message: &Value| {
                    let calls = message["tool_calls"].as_array().cloned();
                    calls.unwrap_or_default()
                };
                body["messages"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .flat_map(calls)
                    .map(|call| call["function"]["arguments"].clone())
                    .collect()
            };
            assert_eq!(arguments(&back), arguments(&value), "{id}");
        }
    }
}

#[test]
fn answers_read_and_written_are_the_same() {
    for (id, body) in answers(false) {
        let response = Ollama.decode_response(body.as_bytes()).unwrap();
        let encoded = Ollama.encode_response(&response);
        assert_eq!(encoded.dropped, Vec::<String>::new(), "{id}");
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        let wanted: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(again, wanted, "{id}");

        let index = index(body.as_bytes()).unwrap();
        let meta = Ollama.meta(index.doc(body.as_bytes()));
        let number = |name: &str| wanted[name].as_u64().unwrap_or(0);
        assert_eq!(
            meta.usage.map(|usage| counts(&usage)),
            Some((number("prompt_eval_count"), number("eval_count")))
        );
        assert!(meta.finished && meta.output_chars > 0, "{id}");
        assert_eq!(wanted["model"], meta.model.unwrap(), "{id}");
    }
}

#[test]
fn answers_served_in_other_dialects_say_the_same() {
    for (id, body) in answers(false) {
        let response = Ollama.decode_response(body.as_bytes()).unwrap();
        for other in [&OpenAi as &dyn Adapter, &Anthropic] {
            let served = other.encode_response(&response);
            let again = other.decode_response(&served.body).unwrap();
            assert_eq!(said(&again), said(&response), "{id}");
            let back = Ollama.encode_response(&again);
            let back = Ollama.decode_response(&back.body).unwrap();
            assert_eq!(said(&back), said(&response), "{id}");
        }
    }
}

#[test]
fn streams_say_the_same_wherever_they_are_cut_and_whoever_is_served() {
    for (id, body) in answers(true) {
        let events = read(&Ollama, body.as_bytes());
        assert_ordered(&events);
        let wanted = said(&whole(&events));
        assert!(
            wanted.usage.is_some() && !wanted.finish.is_empty(),
            "{id}: {wanted:?}"
        );
        for size in [1, 7, 61, 997] {
            assert_eq!(read_cut(&Ollama, body.as_bytes(), size), events, "{id}");
        }
        for other in [&Ollama as &dyn Adapter, &OpenAi, &Anthropic] {
            let served = write(other, &events);
            let again = read(other, &served);
            assert_eq!(said(&whole(&again)), wanted, "{id}");
            let back = read(&Ollama, &write(&Ollama, &again));
            assert_eq!(said(&whole(&back)), wanted, "{id}");
        }
    }
}

#[test]
fn what_watches_a_stream_counts_what_it_says() {
    for (id, body) in answers(true) {
        let wanted = whole(&read(&Ollama, body.as_bytes()));
        let mut tap = Ollama.stream_tap();
        let mut ends = 0;
        for event in split(Ollama.framing(), body.as_bytes(), 1_024) {
            ends += usize::from(tap.is_terminal(&event));
            tap.observe(&event);
        }
        let meta = tap.meta();
        assert_eq!(
            (ends, meta.finished, &meta.model),
            (1, true, &wanted.model),
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
    for recording in recordings(CHAT) {
        let status = u16::try_from(recording["status"].as_u64().unwrap()).unwrap();
        if status == 200 {
            continue;
        }
        let body = recording["response_body"].as_str().unwrap();
        let error = Ollama.decode_error(status, body.as_bytes());
        assert_eq!(error.kind, ProviderErrorKind::NotFound);
        assert!(error.message.contains("not found") && !error.message.starts_with('{'));
    }
}
