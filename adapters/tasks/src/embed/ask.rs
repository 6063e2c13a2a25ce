//! Writing what is to be embedded.

use marshal_adapter_api::{Array, Object};
use marshal_types::Surface;

use super::{EmbedRequest, Purpose};

/// Writes a request in `surface`'s dialect. What cannot be said is added to `dropped`, as the client's dialect
/// `names` it.
pub(crate) fn write(
    surface: Surface,
    request: &EmbedRequest,
    model: &str,
    names: &Names,
    dropped: &mut Vec<String>,
) -> Vec<u8> {
    dropped.extend(request.beyond.iter().cloned());
    let mut body = Vec::with_capacity(128 + request.inputs.iter().map(String::len).sum::<usize>());
    match surface {
        Surface::EmbedContent => to_google(request, model, names, dropped, &mut body),
        Surface::CohereEmbed => to_cohere(request, model, names, dropped, &mut body),
        Surface::OllamaEmbed => to_ollama(request, model, names, dropped, &mut body),
        _ => to_openai(request, model, names, dropped, &mut body),
    }
    body
}

/// What the client's dialect calls things, for reports.
pub(crate) struct Names {
    purpose: &'static str,
    truncate: &'static str,
    /// Whether a text that is too long is cut where the client says nothing.
    cuts: bool,
}

impl Names {
    pub(crate) const fn of(surface: Surface, single: bool) -> Self {
        let (purpose, truncate) = match (surface, single) {
            (Surface::EmbedContent, true) => ("taskType", "autoTruncate"),
            (Surface::EmbedContent, false) => ("requests[0].taskType", "requests[0].autoTruncate"),
            _ => ("input_type", "truncate"),
        };
        Self {
            purpose,
            truncate,
            cuts: !matches!(surface, Surface::Embeddings),
        }
    }
}

fn to_openai(
    request: &EmbedRequest,
    model: &str,
    names: &Names,
    dropped: &mut Vec<String>,
    body: &mut Vec<u8>,
) {
    let mut root = Object::new(body);
    root.str("model", model);
    strings(root.array("input"), &request.inputs);
    if let Some(dimensions) = request.dimensions {
        root.u64("dimensions", dimensions);
    }
    // Numbers are the default, and the one format that every server of this dialect has.
    if request.purpose.is_some() {
        dropped.push(names.purpose.to_owned());
    }
    if request.truncate == Some(true) {
        dropped.push(names.truncate.to_owned());
    }
}

fn to_ollama(
    request: &EmbedRequest,
    model: &str,
    names: &Names,
    dropped: &mut Vec<String>,
    body: &mut Vec<u8>,
) {
    let mut root = Object::new(body);
    root.str("model", model);
    strings(root.array("input"), &request.inputs);
    if let Some(dimensions) = request.dimensions {
        root.u64("dimensions", dimensions);
    }
    root.bool("truncate", request.truncate.unwrap_or(names.cuts));
    if request.purpose.is_some() {
        dropped.push(names.purpose.to_owned());
    }
}

fn to_cohere(
    request: &EmbedRequest,
    model: &str,
    names: &Names,
    dropped: &mut Vec<String>,
    body: &mut Vec<u8>,
) {
    let mut root = Object::new(body);
    root.str("model", model);
    strings(root.array("texts"), &request.inputs);
    let word = request.purpose.and_then(Purpose::cohere);
    if request.purpose.is_some() && word.is_none() {
        dropped.push(names.purpose.to_owned());
    }
    // It must be said; what is stored is embedded more often than what is asked.
    root.str("input_type", word.unwrap_or("search_document"));
    let mut types = root.array("embedding_types");
    types.str("float");
    drop(types);
    if let Some(dimensions) = request.dimensions {
        root.u64("output_dimension", dimensions);
    }
    let cut = request.truncate.unwrap_or(names.cuts);
    root.str("truncate", if cut { "END" } else { "NONE" });
}

fn to_google(
    request: &EmbedRequest,
    model: &str,
    names: &Names,
    dropped: &mut Vec<String>,
    body: &mut Vec<u8>,
) {
    let model = format!("models/{}", crate::facts::bare(model));
    let mut root = Object::new(body);
    let mut requests = root.array("requests");
    for input in &request.inputs {
        let mut one = requests.object();
        one.str("model", &model);
        {
            let mut content = one.object("content");
            let mut parts = content.array("parts");
            parts.object().str("text", input);
        }
        if let Some(purpose) = request.purpose {
            one.str("taskType", purpose.google());
        }
        if let Some(dimensions) = request.dimensions {
            one.u64("outputDimensionality", dimensions);
        }
    }
    if request.truncate.is_some() {
        dropped.push(names.truncate.to_owned());
    }
}

fn strings(mut array: Array<'_>, texts: &[String]) {
    for text in texts {
        array.str(text);
    }
}
