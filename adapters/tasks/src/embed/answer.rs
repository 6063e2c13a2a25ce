//! Reading and writing vectors.

use marshal_adapter_api::{Malformed, Object, malformed};
use marshal_types::{Surface, Usage};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{EmbedResponse, Encoding, vector};
use crate::look::{at, items, number, text};
use crate::translate::Asked;
use crate::usage::usage_of;

/// Reads an answer of `surface`'s dialect.
///
/// # Errors
/// When it holds no vectors.
pub(crate) fn read(surface: Surface, doc: Doc<'_>) -> Result<EmbedResponse, Malformed> {
    let root = doc.root();
    let nodes = match surface {
        Surface::EmbedContent => of_google(doc),
        Surface::CohereEmbed => of_cohere(doc),
        Surface::OllamaEmbed => of_ollama(doc),
        _ => of_openai(doc),
    };
    if nodes.is_empty() {
        return Err(malformed(doc, root, "holds no vectors"));
    }
    let vectors: Result<_, _> = nodes
        .into_iter()
        .map(|node| vector::read(doc, node))
        .collect();
    Ok(EmbedResponse {
        vectors: vectors?,
        usage: usage_of(doc),
        model: text(doc, root, &["model"]),
        id: text(doc, root, &["id"]),
    })
}

/// `data[]`, in the order of their own numbers.
fn of_openai(doc: Doc<'_>) -> Vec<NodeId> {
    let mut numbered: Vec<(u64, NodeId)> = (0..)
        .zip(items(doc, doc.root(), &["data"]))
        .filter_map(|(place, item)| {
            let index = number(doc, item, &["index"]).unwrap_or(place);
            Some((index, at(doc, item, &["embedding"])?))
        })
        .collect();
    numbered.sort_by_key(|(index, _)| *index);
    numbered.into_iter().map(|(_, node)| node).collect()
}

fn of_google(doc: Doc<'_>) -> Vec<NodeId> {
    let root = doc.root();
    let single = at(doc, root, &["embedding", "values"]);
    let several = items(doc, root, &["embeddings"]).filter_map(|item| at(doc, item, &["values"]));
    single.into_iter().chain(several).collect()
}

/// `embeddings.float[]` or `embeddings.base64[]`; version 1 wrote them without a type.
fn of_cohere(doc: Doc<'_>) -> Vec<NodeId> {
    let root = doc.root();
    for way in [
        &["embeddings", "float"][..],
        &["embeddings", "base64"],
        &["embeddings"],
    ] {
        let found: Vec<NodeId> = items(doc, root, way).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn of_ollama(doc: Doc<'_>) -> Vec<NodeId> {
    let root = doc.root();
    let single = at(doc, root, &["embedding"]).filter(|&node| doc.kind(node) == Kind::Array);
    single
        .into_iter()
        .chain(items(doc, root, &["embeddings"]))
        .collect()
}

/// Writes an answer in `surface`'s dialect, as the client asked for it.
pub(crate) fn write(surface: Surface, response: &EmbedResponse, asked: &Asked) -> Vec<u8> {
    let length: usize = response.vectors.iter().map(Vec::len).sum();
    let mut body = Vec::with_capacity(192 + length * 12);
    let mut root = Object::new(&mut body);
    match surface {
        Surface::EmbedContent => to_google(response, asked, &mut root),
        Surface::CohereEmbed => to_cohere(response, asked, &mut root),
        Surface::OllamaEmbed => to_ollama(response, asked, &mut root),
        _ => to_openai(response, asked, &mut root),
    }
    drop(root);
    body
}

fn to_openai(response: &EmbedResponse, asked: &Asked, root: &mut Object<'_>) {
    root.str("object", "list");
    {
        let mut data = root.array("data");
        for (index, vector) in (0..).zip(&response.vectors) {
            let mut one = data.object();
            one.str("object", "embedding");
            one.u64("index", index);
            one.raw("embedding", &vector::source(vector, asked.encoding));
        }
    }
    root.str("model", &asked.model);
    let usage = response.usage.unwrap_or_default();
    let mut to = root.object("usage");
    to.u64("prompt_tokens", usage.input.0);
    to.u64("total_tokens", total(&usage));
}

fn to_google(response: &EmbedResponse, asked: &Asked, root: &mut Object<'_>) {
    let float = |vector: &Vec<f32>| vector::source(vector, Encoding::Float);
    match (asked.single, response.vectors.as_slice()) {
        (true, [vector, ..]) => root.object("embedding").raw("values", &float(vector)),
        _ => {
            let mut several = root.array("embeddings");
            for vector in &response.vectors {
                several.object().raw("values", &float(vector));
            }
        }
    }
    if let Some(usage) = &response.usage {
        let mut to = root.object("usageMetadata");
        to.u64("promptTokenCount", usage.input.0);
        to.u64("totalTokenCount", total(usage));
    }
}

fn to_cohere(response: &EmbedResponse, asked: &Asked, root: &mut Object<'_>) {
    root.str(
        "id",
        asked
            .id
            .as_deref()
            .or(response.id.as_deref())
            .unwrap_or("embed"),
    );
    {
        let mut embeddings = root.object("embeddings");
        let (name, encoding) = match asked.encoding {
            Encoding::Float => ("float", Encoding::Float),
            Encoding::Base64 => ("base64", Encoding::Base64),
        };
        let mut source = vec![b'['];
        for (at, vector) in response.vectors.iter().enumerate() {
            if at > 0 {
                source.push(b',');
            }
            source.extend_from_slice(&vector::source(vector, encoding));
        }
        source.push(b']');
        embeddings.raw(name, &source);
    }
    root.str("response_type", "embeddings_by_type");
    let mut meta = root.object("meta");
    meta.object("api_version").str("version", "2");
    if let Some(usage) = &response.usage {
        meta.object("billed_units")
            .u64("input_tokens", usage.input.0);
    }
}

fn to_ollama(response: &EmbedResponse, asked: &Asked, root: &mut Object<'_>) {
    let float = |vector: &Vec<f32>| vector::source(vector, Encoding::Float);
    if let (true, [vector, ..]) = (asked.single, response.vectors.as_slice()) {
        root.raw("embedding", &float(vector));
        return;
    }
    root.str("model", &asked.model);
    let mut source = vec![b'['];
    for (at, vector) in response.vectors.iter().enumerate() {
        if at > 0 {
            source.push(b',');
        }
        source.extend_from_slice(&float(vector));
    }
    source.push(b']');
    root.raw("embeddings", &source);
    root.u64("total_duration", 0);
    root.u64("load_duration", 0);
    root.u64(
        "prompt_eval_count",
        response.usage.unwrap_or_default().input.0,
    );
}

fn total(usage: &Usage) -> u64 {
    usage.input.0.saturating_add(usage.output.0)
}
