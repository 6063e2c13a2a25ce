//! Recorded traffic is understood, and nothing of it is changed but the model's name.

use marshal_adapter_api::Named;
use marshal_tasks::{Content, TaskFacts, answer_texts, facts, meta, set_model, texts_of_form};
use marshal_types::{Surface, Units};
use marshal_wire::multipart::Multipart;
use serde_json::Value;

use crate::shared::{Exchange, Request, exchanges, index};

fn named(exchange: &Exchange) -> Named<'_> {
    Named {
        model: exchange.named.as_deref(),
        stream: (exchange.surface == Surface::Invoke).then_some(exchange.stream),
    }
}

fn facts_of(exchange: &Exchange) -> Option<TaskFacts> {
    let read = match &exchange.request {
        Request::Json(body) => {
            let index = index(body);
            facts(
                exchange.surface,
                &Content::Json(index.doc(body)),
                named(exchange),
            )
        }
        Request::Form(body, boundary) => {
            let form = Multipart::parse(body, boundary).unwrap();
            facts(exchange.surface, &Content::Form(&form), named(exchange))
        }
        Request::Unknown => return None,
    };
    Some(read.unwrap_or_else(|error| panic!("{}: {error}", exchange.id)))
}

#[test]
fn what_governance_needs_is_read_of_every_recorded_request() {
    for exchange in exchanges() {
        let Some(facts) = facts_of(&exchange) else {
            continue;
        };
        let id = &exchange.id;
        let stated = match &exchange.request {
            Request::Json(body) => serde_json::from_slice::<Value>(body).unwrap()["model"]
                .as_str()
                .map(str::to_owned),
            _ => None,
        };
        assert!(facts.model.is_some(), "{id}");
        assert_eq!(
            facts.model,
            exchange.named.clone().or(stated).or(facts.model.clone()),
            "{id}"
        );
        assert_eq!(facts.stream, exchange.stream, "{id}");
    }
}

#[test]
fn another_name_of_the_model_changes_nothing_else() {
    for exchange in exchanges() {
        let id = &exchange.id;
        match &exchange.request {
            Request::Json(body) => {
                let index = index(body);
                let content = Content::Json(index.doc(body));
                let after = set_model(exchange.surface, &content, body, "other");
                let mut expected: Value = serde_json::from_slice(body).unwrap();
                let google = Value::from("models/other");
                match exchange.surface {
                    Surface::Invoke => {}
                    Surface::EmbedContent | Surface::GeminiCountTokens => {
                        for one in expected
                            .get_mut("requests")
                            .and_then(Value::as_array_mut)
                            .into_iter()
                            .flatten()
                        {
                            one["model"] = google.clone();
                        }
                        if let Some(inner) = expected.get_mut("generateContentRequest") {
                            inner["model"] = google;
                        }
                    }
                    _ => expected["model"] = Value::from("other"),
                }
                // As serde reads its own writing: its numbers do not always survive a round.
                let expected: Value =
                    serde_json::from_slice(expected.to_string().as_bytes()).unwrap();
                assert_eq!(
                    serde_json::from_slice::<Value>(&after).unwrap(),
                    expected,
                    "{id}"
                );
            }
            Request::Form(body, boundary) => {
                let form = Multipart::parse(body, boundary).unwrap();
                let before = form
                    .text(form.named("model").next().unwrap().1)
                    .unwrap()
                    .to_owned();
                let content = Content::Form(&form);
                let after = set_model(exchange.surface, &content, body, "other");
                let after = Multipart::parse(&after, boundary).unwrap();
                let back = set_model(
                    exchange.surface,
                    &Content::Form(&after),
                    after.body(),
                    &before,
                );
                assert_eq!(&back, body, "{id}");
                assert_eq!(
                    after.body().len() + before.len(),
                    body.len() + "other".len(),
                    "{id}"
                );
                let texts = texts_of_form(&form);
                assert!(texts.iter().all(|text| text.of(&form).is_some()), "{id}");
            }
            Request::Unknown => {}
        }
    }
}

/// What an answer states, read another way.
fn stated(answer: &Value) -> Option<(u64, u64)> {
    let number = |path: &str| answer.pointer(path).and_then(Value::as_u64);
    let pairs = [
        ("/usage/input_tokens", "/usage/output_tokens"),
        ("/usage/inputTokens", "/usage/outputTokens"),
        (
            "/usageMetadata/promptTokenCount",
            "/usageMetadata/candidatesTokenCount",
        ),
        (
            "/meta/billed_units/input_tokens",
            "/meta/billed_units/output_tokens",
        ),
        ("/prompt_eval_count", "/eval_count"),
        ("/inputTextTokenCount", "/results/0/tokenCount"),
        ("/prompt_token_count", "/generation_token_count"),
    ];
    // What is heard is counted beside the prompt.
    if let Some(heard) =
        number("/usage/prompt_tokens_details/audio_tokens").filter(|&heard| heard > 0)
    {
        return Some((
            number("/usage/prompt_tokens")? + heard,
            number("/usage/completion_tokens")?,
        ));
    }
    if let Some(input) = number("/usage/prompt_tokens") {
        return Some((input, number("/usage/completion_tokens").unwrap_or(0)));
    }
    pairs
        .iter()
        .find_map(|(input, output)| Some((number(input)?, number(output).unwrap_or(0))))
        .or_else(|| Some((number("/usage/total_tokens")?, 0)))
}

#[test]
fn usage_is_found_in_every_recorded_answer_that_states_it() {
    let (mut with, mut without) = (0, Vec::new());
    for exchange in exchanges().into_iter().filter(|exchange| !exchange.stream) {
        let id = &exchange.id;
        let asked = facts_of(&exchange).map_or(Units::default(), |facts| facts.units);
        let meta = meta(
            exchange.surface,
            exchange.dialect,
            &exchange.media,
            &exchange.answer,
            asked,
        );
        assert!(meta.finished, "{id}");
        let answer: Value = serde_json::from_slice(&exchange.answer).unwrap_or_default();
        if let Some((input, output)) = stated(&answer) {
            let usage = meta.usage.unwrap_or_else(|| panic!("{id}: no usage"));
            assert_eq!((usage.input.0, usage.output.0), (input, output), "{id}");
            with += 1;
        } else if meta.usage.is_none() && meta.units == Units::default() {
            without.push(exchange.id.clone());
        }
        match exchange.surface {
            Surface::Speech => assert!(
                asked.characters > 0 && meta.units.characters == asked.characters,
                "{id}"
            ),
            Surface::Transcriptions if answer["usage"]["seconds"].is_u64() => {
                let seconds = answer["usage"]["seconds"].as_u64().unwrap();
                assert_eq!(meta.units.audio_ms, seconds * 1_000, "{id}");
            }
            Surface::ImageGenerations | Surface::ImageEdits => {
                let made = answer["data"].as_array().map_or(0, Vec::len);
                assert_eq!(meta.units.images, made as u64, "{id}");
            }
            Surface::CountTokens | Surface::GeminiCountTokens => {
                assert_eq!(meta.usage.unwrap(), marshal_types::Usage::default(), "{id}");
            }
            _ => {}
        }
    }
    println!("{with} answers state usage; these say nothing of what they used: {without:?}");
}

#[test]
fn generated_text_is_found_in_every_recorded_answer_that_has_some() {
    for exchange in exchanges().into_iter().filter(|exchange| !exchange.stream) {
        let Ok(answer) = serde_json::from_slice::<Value>(&exchange.answer) else {
            continue;
        };
        let index = index(&exchange.answer);
        let doc = index.doc(&exchange.answer);
        let mut found = Vec::new();
        answer_texts(exchange.surface, doc, &mut found);
        let texts: Vec<String> = found
            .iter()
            .filter_map(|at| doc.str(at.node))
            .map(std::borrow::Cow::into_owned)
            .collect();
        for path in [
            "/choices/0/text",
            "/response",
            "/text",
            "/results/0/outputText",
            "/results/0/document/text",
            "/generation",
            "/generations/0/text",
            "/output/message/content/0/text",
            "/outputs/0/text",
        ] {
            if let Some(text) = answer.pointer(path).and_then(Value::as_str) {
                assert!(
                    texts.iter().any(|found| found == text),
                    "{}: {path}",
                    exchange.id
                );
            }
        }
        let mut channels: Vec<_> = found.iter().map(|at| at.channel).collect();
        channels.dedup();
        assert_eq!(channels.len(), found.len(), "{}: a text each", exchange.id);
    }
}
