//! Gemini in, Gemini out: nothing changes.

use marshal_adapter_api::{Adapter, ProviderErrorKind, index};
use marshal_gemini::Gemini;
use marshal_wire::json::Edits;
use serde_json::Value;

use crate::read::{all, differences};
use crate::said::Said;

/// Requests that their provider refused, and so do we: which, and why.
const REFUSED: [(&str, &str); 1] = [("d9366b88ad75-620581b9", "a role that Gemini does not know")];

#[test]
fn a_request_read_and_written_again_is_the_same() {
    let mut wrong = Vec::new();
    for recording in all() {
        let Some(body) = recording.body() else {
            continue;
        };
        let request = match Gemini.decode_request(&body, recording.named()) {
            Ok(request) => request,
            Err(error) => {
                let known = REFUSED.iter().any(|(id, _)| *id == recording.id);
                if !known {
                    wrong.push(format!("{}: {error}", recording.id));
                }
                continue;
            }
        };
        let encoded = Gemini.encode_request(&request, "m", 1).unwrap();
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        let differences = differences(&recording.request, &again);
        if !differences.is_empty() || !encoded.dropped.is_empty() {
            wrong.push(format!(
                "{}: {differences:?} {:?}",
                recording.id, encoded.dropped
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn facts_are_read_of_every_request_and_its_bytes_stay() {
    for recording in all() {
        let Some(body) = recording.body() else {
            continue;
        };
        let index = index(&body).unwrap();
        let facts = Gemini.facts(index.doc(&body), recording.named()).unwrap();
        let request = &recording.request;
        assert_eq!(Some(facts.model.as_str()), recording.named().model);
        assert_eq!(facts.stream, recording.stream);
        assert_eq!(
            facts.max_output,
            request["generationConfig"]["maxOutputTokens"].as_u64()
        );
        let text = request.to_string();
        let says = |word: &str| text.contains(word);
        assert_eq!(
            facts.needs.json_schema,
            says("\"responseSchema\"") || says("\"responseJsonSchema\"") || says("response_schema"),
            "{}",
            recording.id
        );
        let mime = |kind: &str| {
            says(&format!("\"mimeType\":\"{kind}")) || says(&format!("\"mime_type\":\"{kind}"))
        };
        assert_eq!(
            facts.needs.vision,
            mime("image/") || mime("video/") || says("youtu.be"),
            "{}",
            recording.id
        );
        assert_eq!(facts.needs.audio, mime("audio/"), "{}", recording.id);
        let mut edits = Edits::new();
        Gemini.set_model(index.doc(&body), "other", &mut edits);
        assert_eq!(edits.apply(&body), body);
    }
}

#[test]
fn an_answer_read_and_written_again_is_the_same() {
    let mut wrong = Vec::new();
    for recording in all() {
        if recording.status != 200 || recording.stream {
            continue;
        }
        let wanted: Value = serde_json::from_str(&recording.answer).unwrap();
        let response = Gemini.decode_response(recording.answer.as_bytes()).unwrap();
        let encoded = Gemini.encode_response(&response);
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        let differences = differences(&wanted, &again);
        if !differences.is_empty() || !encoded.dropped.is_empty() {
            wrong.push(format!(
                "{}: {differences:?} {:?}",
                recording.id, encoded.dropped
            ));
        }
        assert_eq!(
            Said::of_canonical(&response),
            Said::of_gemini(&[wanted]),
            "{}",
            recording.id
        );
        let bytes = recording.answer.as_bytes();
        let index = index(bytes).unwrap();
        let meta = Gemini.meta(index.doc(bytes));
        assert_eq!(meta.usage, response.usage.map(|usage| usage.tokens));
        assert!(meta.finished, "{}", recording.id);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_recorded_error_is_understood() {
    for recording in all() {
        if recording.status == 200 {
            continue;
        }
        let error = Gemini.decode_error(recording.status, recording.answer.as_bytes());
        let wanted = match recording.status {
            404 => ProviderErrorKind::NotFound,
            429 => ProviderErrorKind::RateLimited,
            _ if recording.answer.contains("API key not valid") => ProviderErrorKind::Credential,
            _ => ProviderErrorKind::InvalidRequest,
        };
        assert_eq!(error.kind, wanted, "{}", recording.id);
        assert!(!error.message.is_empty() && error.code.is_some());
    }
}
