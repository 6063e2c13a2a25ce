//! What a client may ask, and what it is told when it may not.

use bytes::Bytes;
use marshal_adapter_api::{Malformed, Named};
use marshal_tasks::{Content, Inspectable, TaskFacts, answer_texts, facts, meta, set_model};
use marshal_types::{Dialect, Surface, Units};
use marshal_wire::multipart::Multipart;
use serde_json::{Value, json};

use crate::shared::index;

fn named(model: &str) -> Named<'_> {
    Named {
        model: Some(model),
        stream: None,
    }
}

fn read(surface: Surface, body: &Value, named: Named<'_>) -> Result<TaskFacts, Malformed> {
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes);
    facts(surface, &Content::Json(index.doc(&bytes)), named)
}

fn ask(surface: Surface, body: Value) -> TaskFacts {
    read(surface, &body, Named::default()).unwrap()
}

fn form(parts: &[(&str, &str)]) -> Multipart {
    let mut body = String::new();
    for (header, value) in parts {
        body.push_str(&format!(
            "--x\r\nContent-Disposition: form-data; {header}\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str("--x--\r\n");
    Multipart::parse(&Bytes::from(body), "x").unwrap()
}

fn of_form(surface: Surface, parts: &[(&str, &str)]) -> Result<TaskFacts, Malformed> {
    facts(surface, &Content::Form(&form(parts)), Named::default())
}

#[test]
fn the_dearest_case_of_a_completion_counts_every_prompt_and_every_attempt() {
    let facts = ask(
        Surface::Completions,
        json!({"model": "m", "prompt": ["a", "b", "c"], "n": 2, "best_of": 4, "max_tokens": 10, "stream": true}),
    );
    assert_eq!(
        (facts.choices, facts.max_output, facts.stream),
        (12, Some(10), true)
    );
    assert_eq!(facts.inspectable, Inspectable::Whole);
    let facts = ask(
        Surface::Completions,
        json!({"model": "m", "prompt": [[1, 2], [3]]}),
    );
    assert_eq!(
        (facts.choices, facts.inspectable),
        (2, Inspectable::Partly(vec!["tokens"]))
    );
    assert_eq!(
        ask(
            Surface::Completions,
            json!({"model": "m", "prompt": [1, 2]})
        )
        .choices,
        1
    );
}

#[test]
fn what_could_be_used_at_most_is_known_before_it_is_asked() {
    let units = |surface, body| ask(surface, body).units;
    assert_eq!(
        units(
            Surface::ImageGenerations,
            json!({"model": "m", "prompt": "a", "n": 3})
        )
        .images,
        3
    );
    assert_eq!(
        units(Surface::Speech, json!({"model": "m", "input": "Grüße"})).characters,
        5
    );
    assert_eq!(
        units(
            Surface::Rerank,
            json!({"model": "m", "query": "q", "documents": vec!["d"; 101]})
        )
        .searches,
        2
    );
    assert_eq!(
        units(
            Surface::Transcriptions,
            json!({"model": "m", "input_audio": {"data": "AAAAAAAA", "format": "mp3"}})
        )
        .audio_ms,
        6
    );
    for surface in [
        Surface::Embeddings,
        Surface::CountTokens,
        Surface::Moderations,
        Surface::OllamaEmbed,
    ] {
        assert_eq!(
            ask(surface, json!({"model": "m", "input": "a"})).max_output,
            Some(0)
        );
    }
    let generate = ask(
        Surface::OllamaGenerate,
        json!({"model": "m", "prompt": "a", "options": {"num_predict": 9}}),
    );
    assert_eq!((generate.stream, generate.max_output), (true, Some(9)));
    let endless = ask(
        Surface::OllamaGenerate,
        json!({"model": "m", "prompt": "a", "stream": false, "options": {"num_predict": -1}}),
    );
    assert_eq!((endless.stream, endless.max_output), (false, None));
    let titan = read(
        Surface::Invoke,
        &json!({"inputText": "a", "textGenerationConfig": {"maxTokenCount": 7}}),
        named("amazon.titan-text"),
    )
    .unwrap();
    assert_eq!(
        (titan.max_output, titan.model.as_deref()),
        (Some(7), Some("amazon.titan-text"))
    );
    let picture = read(
        Surface::Invoke,
        &json!({"taskType": "TEXT_IMAGE", "imageGenerationConfig": {"numberOfImages": 2}}),
        named("amazon.nova-canvas"),
    )
    .unwrap();
    assert_eq!(picture.units.images, 2);
    let vector = read(
        Surface::Invoke,
        &json!({"inputText": "a"}),
        named("amazon.titan-embed-text-v2:0"),
    )
    .unwrap();
    assert_eq!(vector.max_output, Some(0));
}

#[test]
fn what_no_detector_can_read_is_named() {
    let hidden = |surface, body| match ask(surface, body).inspectable {
        Inspectable::Whole => Vec::new(),
        Inspectable::Partly(kinds) => kinds,
    };
    for (surface, body, kinds) in [
        (
            Surface::Embeddings,
            json!({"model": "m", "input": ["a", "b"]}),
            vec![],
        ),
        (
            Surface::Embeddings,
            json!({"model": "m", "input": [[1, 2]]}),
            vec!["tokens"],
        ),
        (
            Surface::Moderations,
            json!({"input": [{"type": "text", "text": "data: is words"}, {"type": "image_url", "image_url": {"url": "https://a.example/b"}}]}),
            vec!["image"],
        ),
        (
            Surface::OllamaGenerate,
            json!({"model": "m", "prompt": "a", "images": ["aGk="]}),
            vec!["image"],
        ),
        (
            Surface::OllamaGenerate,
            json!({"model": "m", "prompt": "a", "images": []}),
            vec![],
        ),
        (
            Surface::ImageEdits,
            json!({"model": "m", "prompt": "a", "images": [{"type": "image_url", "url": "data:image/png;base64,aGk="}]}),
            vec!["image"],
        ),
        (
            Surface::CountTokens,
            json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}}]}]}),
            vec!["file"],
        ),
        (
            Surface::CountTokens,
            json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "document", "source": {"type": "text", "data": "words"}}]}]}),
            vec![],
        ),
        (
            Surface::ResponseTools,
            json!({"model": "m", "input": [{"content": [{"type": "input_file", "file_data": "data:text/plain;base64,aGk="}]}]}),
            vec!["file"],
        ),
        (
            Surface::Transcriptions,
            json!({"model": "m", "input_audio": {"data": "aGk="}}),
            vec!["audio"],
        ),
        (
            Surface::Passthrough,
            json!({"a": [{"inlineData": {"mimeType": "audio/wav", "data": "aGk="}}, {"image": {"source": {"bytes": "aGk="}}}]}),
            vec!["audio", "image"],
        ),
        (
            Surface::Batches,
            json!({"input_file_id": "file-1", "metadata": {"file_id": "x"}}),
            vec![],
        ),
    ] {
        assert_eq!(hidden(surface, body.clone()), kinds, "{body}");
    }
}

#[test]
fn a_form_says_its_model_and_the_length_of_its_sound() {
    let facts = of_form(
        Surface::Transcriptions,
        &[
            ("name=\"model\"", "whisper-1"),
            ("name=\"file\"; filename=\"a.mp3\"", "\u{1}23456789"),
            ("name=\"stream\"", "true"),
            ("name=\"timestamp_granularities[]\"", "word"),
        ],
    )
    .unwrap();
    assert_eq!(
        (facts.model.as_deref(), facts.stream, facts.units.audio_ms),
        (Some("whisper-1"), true, 9)
    );
    assert_eq!(facts.inspectable, Inspectable::Partly(vec!["audio"]));
    let edit = of_form(
        Surface::ImageEdits,
        &[
            ("name=\"n\"", "2"),
            ("name=\"image[]\"; filename=a.png", "\u{0}"),
            ("name=\"image[]\"; filename=b.png", "\u{0}"),
        ],
    )
    .unwrap();
    assert_eq!(
        (edit.model, edit.units.images, edit.inspectable),
        (None, 2, Inspectable::Partly(vec!["image"]))
    );
    let file = of_form(
        Surface::Files,
        &[
            ("name=\"purpose\"", "batch"),
            ("name=\"file\"; filename=\"a.jsonl\"", "{}"),
        ],
    )
    .unwrap();
    assert_eq!(file.inspectable, Inspectable::Whole);
}

#[test]
fn a_request_that_could_be_read_in_two_ways_is_refused() {
    let param = |facts: Result<TaskFacts, Malformed>| facts.unwrap_err().param.unwrap_or_default();
    let none = Named::default();
    let two = [("name=\"model\"", "cheap"), ("name=\"model\"", "dear")];
    assert_eq!(param(of_form(Surface::Transcriptions, &two)), "model");
    assert_eq!(
        param(of_form(
            Surface::Transcriptions,
            &[("name=\"model\"; filename=x", "m")]
        )),
        "model"
    );
    let purposes = [("name=purpose", "fine-tune"), ("name=purpose", "batch")];
    assert_eq!(param(of_form(Surface::Files, &purposes)), "purpose");
    assert_eq!(
        param(of_form(
            Surface::Transcriptions,
            &[("name=\"stream\"", "perhaps")]
        )),
        "stream"
    );
    assert_eq!(
        param(of_form(Surface::ImageEdits, &[("name=\"n\"", "-1")])),
        "n"
    );
    assert!(of_form(Surface::Embeddings, &[]).is_err());
    assert!(facts(Surface::Embeddings, &Content::Empty, none).is_err());
    assert!(facts(Surface::Files, &Content::Empty, none).is_ok());
    for (surface, body, path) in [
        (Surface::Embeddings, json!({"model": 1}), "model"),
        (
            Surface::Embeddings,
            json!({"model": "m", "stream": "yes"}),
            "stream",
        ),
        (Surface::ImageGenerations, json!({"n": 0}), "n"),
        (Surface::Completions, json!({"prompt": 7}), "prompt"),
        (Surface::Speech, json!({"model": "m"}), "input"),
    ] {
        assert_eq!(param(read(surface, &body, none)), path, "{body}");
    }
    let other = json!({"requests": [{"model": "models/cheap"}, {"model": "models/dear"}]});
    assert_eq!(
        param(read(Surface::EmbedContent, &other, named("cheap"))),
        "requests[1].model"
    );
    assert!(read(Surface::Passthrough, &json!([1, {"model": 2}]), none).is_ok());
}

#[test]
fn a_request_that_names_no_model_gets_the_one_that_was_decided() {
    let set = |surface, body: &Value| {
        let bytes = Bytes::from(body.to_string());
        let index = index(&bytes);
        let after = set_model(surface, &Content::Json(index.doc(&bytes)), &bytes, "m");
        serde_json::from_slice::<Value>(&after).unwrap()
    };
    assert_eq!(
        set(Surface::Moderations, &json!({"input": "a"})),
        json!({"model": "m", "input": "a"})
    );
    assert_eq!(
        set(Surface::Batches, &json!({"endpoint": "/v1/x"})),
        json!({"endpoint": "/v1/x"})
    );
    let form = form(&[("name=\"prompt\"", "a")]);
    let after = set_model(Surface::ImageEdits, &Content::Form(&form), form.body(), "m");
    let after = Multipart::parse(&after, "x").unwrap();
    assert_eq!(
        after.text(after.named("model").next().unwrap().1),
        Some("m")
    );
    assert_eq!(after.parts().len(), 2);
}

#[test]
fn units_are_taken_from_the_answer_or_from_the_question() {
    let asked = Units {
        images: 2,
        audio_ms: 9_000,
        characters: 5,
        searches: 3,
    };
    let units = |surface, media: &str, body: &str| {
        meta(surface, Dialect::OpenAi, media, body.as_bytes(), asked).units
    };
    assert_eq!(units(Surface::Speech, "audio/mpeg", "ID3").characters, 5);
    assert_eq!(
        units(Surface::Transcriptions, "text/plain", "Hello").audio_ms,
        9_000
    );
    assert_eq!(
        units(
            Surface::Transcriptions,
            "text/plain",
            "1\n00:00:00,000 --> 00:01:02,500\nHello\n"
        )
        .audio_ms,
        62_500
    );
    assert_eq!(
        units(
            Surface::Transcriptions,
            "application/json",
            r#"{"duration":5.4999,"text":"a"}"#
        )
        .audio_ms,
        5_500
    );
    assert_eq!(
        units(
            Surface::ImageGenerations,
            "application/json",
            r#"{"data":[{}]}"#
        )
        .images,
        1
    );
    assert_eq!(
        units(Surface::Rerank, "application/json", r#"{"results":[]}"#).searches,
        3
    );
    assert_eq!(
        units(Surface::Embeddings, "application/json", r#"{"data":[]}"#),
        Units::default()
    );
    let text = meta(
        Surface::Transcriptions,
        Dialect::OpenAi,
        "text/plain",
        b"Hello",
        asked,
    );
    assert_eq!(text.output_chars, 5);
}

#[test]
fn texts_that_repeat_the_question_are_found_to_be_restored() {
    let found = |surface, body: &Value| {
        let bytes = body.to_string().into_bytes();
        let index = index(&bytes);
        let doc = index.doc(&bytes);
        let mut out = Vec::new();
        answer_texts(surface, doc, &mut out);
        out.iter()
            .map(|at| doc.str(at.node).unwrap().into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(
            Surface::Rerank,
            &json!({"results": [{"document": "a"}, {"document": {"text": "b"}}]})
        ),
        ["a", "b"]
    );
    assert_eq!(
        found(
            Surface::ImageGenerations,
            &json!({"data": [{"revised_prompt": "a"}]})
        ),
        ["a"]
    );
    assert_eq!(
        found(Surface::CohereEmbed, &json!({"texts": ["a", "b"]})),
        ["a", "b"]
    );
    assert_eq!(
        found(
            Surface::Transcriptions,
            &json!({"text": "a", "segments": [{"text": "b"}], "words": [{"word": "c"}]})
        ),
        ["a", "b", "c"]
    );
    assert_eq!(
        found(
            Surface::Invoke,
            &json!({"output": {"message": {"content": [{"text": "a"}, {"toolUse": {"input": {"b": ["c", 1]}}}]}}})
        ),
        ["a", "c"]
    );
}
