//! Facts of Amazon's `InvokeModel`, whose bodies are each model family's own.

use marshal_adapter_api::{Malformed, Named};
use marshal_types::Units;
use marshal_wire::json::Doc;

use super::count;
use crate::content::TaskFacts;
use crate::look::number;

/// Where the families write the limit of an answer.
const LIMITS: [&[&str]; 8] = [
    &["textGenerationConfig", "maxTokenCount"],
    &["inferenceConfig", "maxTokens"],
    &["inferenceConfig", "max_new_tokens"],
    &["max_gen_len"],
    &["max_completion_tokens"],
    &["max_tokens"],
    &["max_tokens_to_sample"],
    &["maxTokens"],
];

/// Where they write how many answers are wanted.
const COUNTS: [&[&str]; 4] = [
    &["num_generations"],
    &["numResults"],
    &["num_results"],
    &["n"],
];

const IMAGES: &[&str] = &["imageGenerationConfig", "numberOfImages"];

pub(super) fn facts(doc: Doc<'_>, named: Named<'_>) -> Result<TaskFacts, Malformed> {
    let root = doc.root();
    let first = |ways: &[&[&str]]| ways.iter().find_map(|way| number(doc, root, way));
    let makes_images =
        doc.get(root, "taskType").is_some() || doc.get(root, "text_prompts").is_some();
    let images = match number(doc, root, IMAGES) {
        Some(images) => images,
        None => u64::from(makes_images),
    };
    let embeds = [
        "texts",
        "embeddingTypes",
        "embedding_types",
        "input_type",
        "inputImage",
    ]
    .iter()
    .any(|name| doc.get(root, name).is_some())
        || doc.get(root, "inputText").is_some()
            && doc.get(root, "textGenerationConfig").is_none()
            && named.model.is_some_and(|model| model.contains("embed"));
    Ok(TaskFacts {
        model: named.model.map(str::to_owned),
        stream: named.stream.unwrap_or(false),
        max_output: if embeds { Some(0) } else { first(&LIMITS) },
        choices: count(first(&COUNTS).unwrap_or(1), "num_generations")?,
        units: Units {
            images,
            ..Units::default()
        },
        ..TaskFacts::default()
    })
}
