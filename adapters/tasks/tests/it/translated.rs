//! Embeddings and reranking in other words than the client's.

use marshal_adapter_api::Encoded;
use marshal_tasks::{
    Asked, Encoding, RerankStyle, translate_request, translate_rerank, translate_response,
};
use marshal_types::Surface;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::shared::{Request, exchanges, index};

const EMBED: [Surface; 4] = [
    Surface::Embeddings,
    Surface::EmbedContent,
    Surface::CohereEmbed,
    Surface::OllamaEmbed,
];

fn request(from: Surface, to: Surface, body: &Value) -> Result<(Value, Vec<String>), String> {
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes);
    let (surface, Encoded { body, dropped }) =
        translate_request(from, &[to], index.doc(&bytes), "target")
            .map_err(|no| no.param.unwrap_or(no.message))?;
    assert_eq!(surface, to);
    Ok((serde_json::from_slice(&body).unwrap(), dropped))
}

fn asked(surface: Surface, body: &Value) -> Asked {
    let bytes = body.to_string().into_bytes();
    Asked::of(surface, index(&bytes).doc(&bytes), "mine")
}

fn response(from: Surface, to: Surface, body: &Value, asked: &Asked) -> Value {
    let encoded = translate_response(from, to, body.to_string().as_bytes(), asked).unwrap();
    serde_json::from_slice(&encoded.body).unwrap()
}

#[test]
fn an_openai_client_embeds_with_a_model_of_any_other_dialect() {
    let body = json!({"model": "m", "input": ["a", "b"], "dimensions": 8, "encoding_format": "base64", "user": "u"});
    let (google, dropped) = request(Surface::Embeddings, Surface::EmbedContent, &body).unwrap();
    assert_eq!(
        google["requests"][1],
        json!({"model": "models/target", "content": {"parts": [{"text": "b"}]}, "outputDimensionality": 8})
    );
    assert_eq!(dropped, ["user"]);
    let (cohere, _) = request(Surface::Embeddings, Surface::CohereEmbed, &body).unwrap();
    assert_eq!(
        cohere,
        json!({"model": "target", "texts": ["a", "b"], "input_type": "search_document", "embedding_types": ["float"], "output_dimension": 8, "truncate": "NONE"})
    );
    let (ollama, _) = request(Surface::Embeddings, Surface::OllamaEmbed, &body).unwrap();
    assert_eq!(
        ollama,
        json!({"model": "target", "input": ["a", "b"], "dimensions": 8, "truncate": false})
    );
    let asked = asked(Surface::Embeddings, &body);
    assert_eq!(asked.encoding, Encoding::Base64);
    let answer = json!({"embeddings": [{"values": [1.0, -0.5]}, {"values": [0.25, 0]}], "usageMetadata": {"promptTokenCount": 7}});
    let answer = response(Surface::EmbedContent, Surface::Embeddings, &answer, &asked);
    assert_eq!(
        answer["data"][1],
        json!({"object": "embedding", "index": 1, "embedding": "AACAPgAAAAA="})
    );
    assert_eq!(
        (&answer["model"], &answer["usage"]["prompt_tokens"]),
        (&json!("mine"), &json!(7))
    );
}

#[test]
fn what_the_vectors_are_for_is_said_in_each_dialects_words() {
    let google = json!({"content": {"parts": [{"text": "a"}, {"text": "b"}]}, "taskType": "RETRIEVAL_QUERY", "title": "t"});
    let (cohere, dropped) = request(Surface::EmbedContent, Surface::CohereEmbed, &google).unwrap();
    assert_eq!(
        (&cohere["input_type"], &cohere["texts"]),
        (&json!("search_query"), &json!(["a\nb"]))
    );
    assert_eq!(dropped, ["title"]);
    let (_, dropped) = request(Surface::EmbedContent, Surface::Embeddings, &google).unwrap();
    assert_eq!(dropped, ["title", "taskType"]);
    let cohere = json!({"model": "m", "texts": ["a"], "input_type": "clustering", "embedding_types": ["float"], "truncate": "END", "max_tokens": 5});
    let (google, dropped) = request(Surface::CohereEmbed, Surface::EmbedContent, &cohere).unwrap();
    assert_eq!(google["requests"][0]["taskType"], "CLUSTERING");
    assert_eq!(dropped, ["max_tokens", "truncate"]);
    let answered = asked(
        Surface::EmbedContent,
        &json!({"content": {"parts": [{"text": "a"}]}}),
    );
    let answer = response(
        Surface::Embeddings,
        Surface::EmbedContent,
        &json!({"data": [{"embedding": [0.5], "index": 0}], "usage": {"prompt_tokens": 3, "total_tokens": 3}}),
        &answered,
    );
    assert_eq!(
        answer,
        json!({"embedding": {"values": [0.5]}, "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}})
    );
}

#[test]
fn what_would_embed_something_else_is_refused() {
    for (from, body, path) in [
        (Surface::Embeddings, json!({"input": [1, 2, 3]}), "input[0]"),
        (Surface::Embeddings, json!({"input": [[1]]}), "input[0]"),
        (
            Surface::Embeddings,
            json!({"input": [{"type": "image_url", "image_url": {"url": "x"}}]}),
            "input[0]",
        ),
        (
            Surface::Embeddings,
            json!({"input": "a", "encoding_format": "ubinary"}),
            "encoding_format",
        ),
        (
            Surface::Embeddings,
            json!({"input": "a", "output_dtype": "int8"}),
            "output_dtype",
        ),
        (Surface::Embeddings, json!({"input": []}), "input"),
        (Surface::Embeddings, json!({}), "input"),
        (
            Surface::EmbedContent,
            json!({"content": {"parts": [{"inline_data": {}}]}}),
            "content.parts[0]",
        ),
        (
            Surface::EmbedContent,
            json!({"requests": [{"content": {"parts": [{"text": "a"}]}}, {"content": {"parts": [{"text": "b"}]}, "taskType": "CLUSTERING"}]}),
            "requests[1]",
        ),
        (Surface::CohereEmbed, json!({"images": ["data:"]}), "images"),
        (
            Surface::CohereEmbed,
            json!({"texts": ["a"], "embedding_types": ["float", "int8"]}),
            "embedding_types[1]",
        ),
    ] {
        assert_eq!(
            request(from, Surface::OllamaEmbed, &body).unwrap_err(),
            path,
            "{body}"
        );
    }
    assert_eq!(
        request(Surface::Speech, Surface::Embeddings, &json!({})).unwrap_err(),
        "model"
    );
}

#[test]
fn reranking_is_asked_and_answered_in_the_words_of_each_side() {
    let voyage = json!({"model": "m", "query": "q", "documents": ["a", {"text": "b"}], "top_k": 1, "return_documents": true, "truncation": true});
    let bytes = voyage.to_string().into_bytes();
    let parsed = index(&bytes);
    let written = |style| {
        let encoded = translate_rerank(style, parsed.doc(&bytes), "target").unwrap();
        (
            serde_json::from_slice::<Value>(&encoded.body).unwrap(),
            encoded.dropped,
        )
    };
    let (cohere, dropped) = written(RerankStyle::Cohere);
    assert_eq!(
        cohere,
        json!({"model": "target", "query": "q", "documents": ["a", "b"], "top_n": 1})
    );
    assert_eq!(dropped, ["truncation"]);
    assert_eq!(written(RerankStyle::Voyage).0["top_k"], 1);
    let asked = asked(Surface::Rerank, &voyage);
    let answer = json!({"id": "r", "results": [{"index": 1, "relevance_score": 0.86303437}], "meta": {"billed_units": {"search_units": 1}}});
    let answer = response(Surface::Rerank, Surface::Rerank, &answer, &asked);
    assert_eq!(
        answer["data"],
        json!([{"index": 1, "relevance_score": 0.86303437, "document": "b"}])
    );
    assert_eq!(answer["meta"]["billed_units"]["search_units"], 1);
}

#[test]
fn a_count_is_said_in_the_clients_words() {
    let asked = Asked::default();
    let count = json!({"totalTokens": 8, "promptTokensDetails": []});
    assert_eq!(
        response(
            Surface::GeminiCountTokens,
            Surface::CountTokens,
            &count,
            &asked
        ),
        json!({"input_tokens": 8})
    );
    let count = json!({"input_tokens": 8});
    assert_eq!(
        response(
            Surface::CountTokens,
            Surface::GeminiCountTokens,
            &count,
            &asked
        ),
        json!({"totalTokens": 8})
    );
}

/// The vectors in an answer, read another way.
fn vectors(answer: &Value) -> Vec<Vec<f64>> {
    let list = |value: &Value| -> Vec<f64> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|number| number.as_f64().unwrap())
            .collect()
    };
    if let Some(data) = answer["data"].as_array() {
        return data.iter().map(|one| list(&one["embedding"])).collect();
    }
    if answer["embedding"]["values"].is_array() {
        return vec![list(&answer["embedding"]["values"])];
    }
    let several = match &answer["embeddings"]["float"] {
        Value::Null => &answer["embeddings"],
        floats => floats,
    };
    let values = |one: &Value| {
        if one["values"].is_array() {
            list(&one["values"])
        } else {
            list(one)
        }
    };
    several.as_array().unwrap().iter().map(values).collect()
}

#[test]
fn recorded_vectors_survive_every_translation() {
    for exchange in exchanges()
        .into_iter()
        .filter(|exchange| EMBED.contains(&exchange.surface))
    {
        let answer: Value = serde_json::from_slice(&exchange.answer).unwrap();
        let plain = Asked::default();
        let Ok(first) = translate_response(
            exchange.surface,
            Surface::Embeddings,
            &exchange.answer,
            &plain,
        ) else {
            // Base64 of small integers, and of double-precision numbers.
            println!("skipped: {} has vectors of another kind", exchange.id);
            continue;
        };
        let first: Value = serde_json::from_slice(&first.body).unwrap();
        let expected = vectors(&first);
        assert!(
            !expected.is_empty() && expected.iter().all(|vector| vector.len() > 3),
            "{}",
            exchange.id
        );
        for to in EMBED {
            let there = response(Surface::Embeddings, to, &first, &plain);
            assert_eq!(vectors(&there), expected, "{}", exchange.id);
            let back = response(to, Surface::Embeddings, &there, &plain);
            assert_eq!(back["data"], first["data"], "{}", exchange.id);
        }
        if let (Request::Json(body), false) = (&exchange.request, answer.is_null()) {
            let parsed = index(body);
            for to in EMBED {
                if let Ok((_, encoded)) =
                    translate_request(exchange.surface, &[to], parsed.doc(body), "m")
                {
                    assert!(serde_json::from_slice::<Value>(&encoded.body).is_ok());
                } else {
                    let body = String::from_utf8_lossy(body);
                    assert!(
                        body.contains("inline_data") || body.contains('['),
                        "{}",
                        exchange.id
                    );
                }
            }
        }
    }
}

#[test]
fn recorded_rerankings_are_answered_in_the_same_order() {
    for exchange in exchanges()
        .into_iter()
        .filter(|exchange| exchange.surface == Surface::Rerank)
    {
        let answer: Value = serde_json::from_slice(&exchange.answer).unwrap();
        let there = response(Surface::Rerank, Surface::Rerank, &answer, &Asked::default());
        let order = |list: &Value| -> Vec<(Value, Value)> {
            let list = list.as_array().unwrap().iter();
            list.map(|one| (one["index"].clone(), one["relevance_score"].clone()))
                .collect()
        };
        let recorded = if answer["results"].is_array() {
            &answer["results"]
        } else {
            &answer["data"]
        };
        assert_eq!(order(&there["results"]), order(recorded), "{}", exchange.id);
        let Request::Json(body) = &exchange.request else {
            continue;
        };
        let parsed = index(body);
        let encoded = translate_rerank(RerankStyle::Jina, parsed.doc(body), "m").unwrap();
        let asked: Value = serde_json::from_slice(body).unwrap();
        let written: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(
            (&written["query"], &written["documents"]),
            (&asked["query"], &asked["documents"]),
            "{}",
            exchange.id
        );
    }
}

proptest! {
    #[test]
    fn every_vector_comes_back_as_it_was(
        vectors in prop::collection::vec(prop::collection::vec(prop_oneof![4 => 0.001_f32..100.0, 4 => -2.0_f32..-0.001, 1 => Just(1e-9_f32)], 1..20), 1..5),
        base64: bool,
    ) {
        let data: Vec<Value> = vectors.iter().enumerate().map(|(index, vector)| json!({"index": index, "embedding": vector})).collect();
        let first = json!({"data": data, "usage": {"prompt_tokens": 5, "total_tokens": 5}});
        let asked = Asked { encoding: if base64 { Encoding::Base64 } else { Encoding::Float }, ..Asked::default() };
        let mut body = first;
        let mut from = Surface::Embeddings;
        for to in [Surface::EmbedContent, Surface::CohereEmbed, Surface::OllamaEmbed, Surface::Embeddings] {
            body = response(from, to, &body, &asked);
            from = to;
        }
        let last = response(Surface::Embeddings, Surface::Embeddings, &body, &Asked::default());
        let read: Vec<Vec<f32>> = last["data"].as_array().unwrap().iter().map(|one| {
            one["embedding"].as_array().unwrap().iter().map(|number| number.to_string().parse().unwrap()).collect()
        }).collect();
        prop_assert_eq!(read, vectors);
        prop_assert_eq!(&last["usage"]["prompt_tokens"], &json!(5));
    }

    #[test]
    fn every_text_comes_back_as_it_was(inputs in prop::collection::vec(any::<String>(), 1..5), dimensions in prop::option::of(1..4_000_u64)) {
        let mut body = json!({"model": "m", "input": inputs});
        if let Some(dimensions) = dimensions {
            body["dimensions"] = json!(dimensions);
        }
        let mut from = Surface::Embeddings;
        for to in [Surface::EmbedContent, Surface::CohereEmbed, Surface::OllamaEmbed, Surface::Embeddings] {
            body = request(from, to, &body).unwrap().0;
            from = to;
        }
        prop_assert_eq!(&body["input"], &json!(inputs));
        prop_assert_eq!(&body["dimensions"], &json!(dimensions));
    }
}
