//! Every recording of the dialect: nothing is lost on the way through.

use marshal_adapter_api::{Adapter, Named, index};
use marshal_responses::Responses;
use marshal_wire::json::Edits;
use serde_json::Value;

use crate::said::{
    Recording, Said, assembled, canonical, data, differences, none, recordings, split, written,
};

fn all() -> Vec<Recording> {
    recordings(".responses")
}

#[test]
fn facts_are_read_of_every_recorded_request_and_only_the_model_changes() {
    let mut wrong = Vec::new();
    for recording in all() {
        let Some(body) = recording.body().filter(|_| recording.status == 200) else {
            continue;
        };
        let index = index(&body).unwrap();
        let doc = index.doc(&body);
        match Responses.facts(doc, Named::default()) {
            Ok(facts) => {
                let streamed = recording.request["stream"].as_bool().unwrap_or(false);
                if facts.stream != streamed || recording.request["model"] != facts.model.as_str() {
                    wrong.push(format!("{}: model or stream", recording.id));
                }
            }
            Err(error) => wrong.push(format!("{}: {}", recording.id, error.message)),
        }
        let mut edits = Edits::new();
        Responses.set_model(doc, "another", &mut edits);
        let mut edited: Value = serde_json::from_slice(&edits.apply(&body)).unwrap();
        edited["model"] = recording.request["model"].clone();
        if edited != recording.request {
            wrong.push(format!("{}: more than the model changed", recording.id));
        }
    }
    none(&wrong);
}

#[test]
fn a_request_is_written_again_as_it_was() {
    let mut wrong = Vec::new();
    for recording in all() {
        let Some(body) = recording.body().filter(|_| recording.status == 200) else {
            continue;
        };
        let request = match Responses.decode_request(&body, Named::default()) {
            Ok(request) => request,
            Err(error) => {
                wrong.push(format!("{}: {}", recording.id, error.message));
                continue;
            }
        };
        let encoded = Responses
            .encode_request(&request, &request.model, 1)
            .unwrap();
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        let mut found = encoded.dropped;
        differences(&recording.request, &again, "", &mut found);
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", recording.id));
        }
    }
    none(&wrong);
}

#[test]
fn an_answer_is_written_again_as_it_was() {
    let mut wrong = Vec::new();
    for recording in all() {
        if recording.status != 200 || recording.stream {
            continue;
        }
        match answer_round_trip(recording.answer.as_bytes()) {
            Ok(found) if found.is_empty() => {}
            Ok(found) => wrong.push(format!("{}: {found:?}", recording.id)),
            Err(message) => wrong.push(format!("{}: {message}", recording.id)),
        }
    }
    none(&wrong);
}

fn answer_round_trip(body: &[u8]) -> Result<Vec<String>, String> {
    let response = Responses
        .decode_response(body)
        .map_err(|error| error.message)?;
    let encoded = Responses.encode_response(&response);
    let before: Value = serde_json::from_slice(body).unwrap();
    let again: Value = serde_json::from_slice(&encoded.body).unwrap();
    let mut found = encoded.dropped;
    differences(&before, &again, "", &mut found);
    Ok(found)
}

/// Written by hand: the pieces of its text and the whole text differ by a letter.
const UNEVEN: &str = "ba88f7b24dc7-17cbadbb";

/// The response of the last event.
fn completed(recording: &Recording) -> Option<Value> {
    let last = data(&recording.events()).pop()?;
    let kind = last["type"].as_str()?;
    matches!(kind, "response.completed" | "response.incomplete").then(|| last["response"].clone())
}

#[test]
fn a_stream_says_what_its_finished_response_says() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for recording in all().iter().filter(|recording| recording.stream) {
        let Some(whole) = completed(recording) else {
            continue;
        };
        seen += 1;
        let body = whole.to_string().into_bytes();
        let mut found = answer_round_trip(&body).unwrap();
        let whole = Responses.decode_response(&body).unwrap();
        let events = canonical(&Responses, &recording.events()).unwrap();
        let streamed = assembled(&Responses, &events).unwrap();
        let (heard, wanted) = (Said::of(&streamed), Said::of(&whole));
        if heard != wanted && !recording.id.ends_with(UNEVEN) {
            found.push(format!("heard {heard:?}, should hear {wanted:?}"));
        }
        if (&streamed.id, &streamed.model) != (&whole.id, &whole.model) {
            found.push("id or model".to_owned());
        }
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", recording.id));
        }
    }
    println!("{seen} streams");
    none(&wrong);
}

/// Which types of event are kept.
type Keep = fn(&str) -> bool;

#[test]
fn a_stream_of_only_whole_texts_or_only_a_finished_response_says_the_same() {
    let mut wrong = Vec::new();
    for recording in all().iter().filter(|recording| recording.stream) {
        if completed(recording).is_none() {
            continue;
        }
        let all = recording.events();
        let wanted =
            Said::of(&assembled(&Responses, &canonical(&Responses, &all).unwrap()).unwrap());
        let kinds: [(&str, Keep); 3] = [
            ("no pieces", |kind| !kind.ends_with(".delta")),
            ("whole items", |kind| {
                kind == "response.output_item.done"
                    || kind.ends_with("ted")
                    || kind.ends_with("incomplete")
            }),
            ("the response alone", |kind| {
                matches!(kind, "response.completed" | "response.incomplete")
            }),
        ];
        for (name, keep) in kinds {
            let some: Vec<_> = all
                .iter()
                .filter(|event| {
                    let data: Value = serde_json::from_slice(&event.data()).unwrap_or_default();
                    keep(data["type"].as_str().unwrap_or_default())
                })
                .cloned()
                .collect();
            let events = canonical(&Responses, &some).unwrap();
            let heard = Said::of(&assembled(&Responses, &events).unwrap());
            if heard != wanted && !recording.id.ends_with(UNEVEN) {
                wrong.push(format!(
                    "{} ({name}): heard {heard:?}, should hear {wanted:?}",
                    recording.id
                ));
            }
        }
    }
    none(&wrong);
}

#[test]
fn a_stream_written_anew_says_the_same() {
    let mut wrong = Vec::new();
    for recording in all().iter().filter(|recording| recording.stream) {
        let events = canonical(&Responses, &recording.events()).unwrap();
        let Some(before) = assembled(&Responses, &events) else {
            continue;
        };
        let bytes = written(&Responses, &events);
        let again = canonical(&Responses, &split(&bytes)).unwrap();
        let after = assembled(&Responses, &again).unwrap();
        let (heard, wanted) = (Said::of(&after), Said::of(&before));
        if heard != wanted {
            wrong.push(format!(
                "{}: heard {heard:?}, should hear {wanted:?}",
                recording.id
            ));
        }
        let opaque = |events: &[marshal_adapter_api::ChatEvent]| {
            let is = |event: &&marshal_adapter_api::ChatEvent| {
                matches!(
                    event,
                    marshal_adapter_api::ChatEvent::Delta {
                        delta: marshal_adapter_api::Delta::Opaque { .. }
                            | marshal_adapter_api::Delta::Signature(_),
                        ..
                    }
                )
            };
            events.iter().filter(is).count()
        };
        if opaque(&events) != opaque(&again) {
            wrong.push(format!(
                "{}: {} items and seals became {}",
                recording.id,
                opaque(&events),
                opaque(&again)
            ));
        }
    }
    none(&wrong);
}

#[test]
fn the_tap_counts_what_the_decoder_reads() {
    let mut wrong = Vec::new();
    for recording in all().iter().filter(|recording| recording.stream) {
        let events = recording.events();
        let mut tap = Responses.stream_tap();
        for event in &events {
            tap.observe(event);
        }
        let read = canonical(&Responses, &events).unwrap();
        let meta = tap.meta();
        match assembled(&Responses, &read) {
            Some(answer) => {
                let finish = answer.choices[0]
                    .finish
                    .clone()
                    .map(|finish| finish.word)
                    .into_iter()
                    .collect::<Vec<_>>();
                let ended = events.iter().filter(|event| tap.is_terminal(event)).count();
                let same = meta.usage == answer.usage.map(|usage| usage.tokens)
                    && meta.finish_reasons == finish
                    && (&meta.id, &meta.model) == (&answer.id, &answer.model)
                    && meta.finished
                    && ended == 1;
                if !same {
                    wrong.push(format!("{}: {meta:?}", recording.id));
                }
            }
            None => assert!(!meta.finished, "{}", recording.id),
        }
    }
    none(&wrong);
}

#[test]
fn a_recorded_error_is_understood() {
    let mut seen = 0;
    for recording in all().iter().filter(|recording| recording.status >= 400) {
        let status = u16::try_from(recording.status).unwrap();
        let error = Responses.decode_error(status, recording.answer.as_bytes());
        assert!(!error.message.is_empty(), "{}", recording.id);
        seen += 1;
    }
    println!("{seen} errors");
}
