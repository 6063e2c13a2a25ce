//! Texts in the order of their fitness: Cohere's words, Voyage's, and those of Jina that llama.cpp, vLLM and others copy.

use marshal_adapter_api::{Encoded, Fields, Json, Malformed, Object, Untranslatable, malformed};
use marshal_types::Usage;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::look::{at, number, text};
use crate::translate::Asked;
use crate::usage::{units_of, usage_of};

/// What is to be put in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RerankRequest {
    /// What is looked for.
    pub query: String,
    /// The texts.
    pub documents: Vec<String>,
    /// How many of the fittest are wanted.
    pub top: Option<u64>,
    /// Whether the answer is to repeat the documents.
    pub echo: bool,
    /// The most tokens of a document that are read.
    pub max_tokens_per_doc: Option<u64>,
    /// The client says `top_k` and reads `data`, as Voyage's clients do.
    pub voyage: bool,
    /// Paths of members that the canonical form has no word for.
    pub beyond: Vec<String>,
}

/// Texts in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RerankResponse {
    /// The fittest first.
    pub results: Vec<Ranked>,
    /// What was used in tokens, where the answer says.
    pub usage: Option<Usage>,
    /// Searches that are billed, where the answer says.
    pub searches: u64,
    /// The provider's id of the answer.
    pub id: Option<String>,
}

/// A place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The number of the document in the request, from 0.
    pub index: u64,
    /// How fit it is, as the provider wrote it.
    pub score: Json,
}

/// Reads a request in any of the words.
pub(crate) fn read_request(doc: Doc<'_>) -> Result<RerankRequest, Malformed> {
    let mut fields = Fields::new(doc, doc.root())?;
    let _ = fields.take("model");
    let list = match fields.array("documents")? {
        Some(list) => list,
        None => fields
            .array("texts")?
            .ok_or_else(|| fields.missing("documents", "an array of texts"))?,
    };
    let documents: Result<_, _> = doc.children(list).map(|item| document(doc, item)).collect();
    let top_n = fields.u64("top_n")?;
    let top_k = fields.u64("top_k")?;
    let mut request = RerankRequest {
        query: fields.need_str("query")?,
        documents: documents?,
        top: top_n.or(top_k),
        echo: fields.bool("return_documents")?.unwrap_or(false),
        max_tokens_per_doc: fields.u64("max_tokens_per_doc")?,
        voyage: top_k.is_some() && top_n.is_none(),
        beyond: Vec::new(),
    };
    fields.rest().report(&mut request.beyond);
    Ok(request)
}

fn document(doc: Doc<'_>, node: NodeId) -> Result<String, Malformed> {
    let text = match doc.kind(node) {
        Kind::Object => at(doc, node, &["text"]).and_then(|text| doc.str(text)),
        _ => doc.str(node),
    };
    text.map(std::borrow::Cow::into_owned)
        .ok_or_else(|| malformed(doc, node, "must be a string, or an object with a `text`"))
}

/// How a provider wants to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RerankStyle {
    /// Cohere's version 2: `top_n`, `max_tokens_per_doc`.
    Cohere,
    /// Jina's, and of those that copy it: `top_n`.
    Jina,
    /// Voyage's: `top_k`.
    Voyage,
}

/// Writes a rerank request for a provider that wants to be asked in `style`, whatever style the client has.
///
/// # Errors
/// When the request breaks the rules of all of them.
pub fn translate_rerank(
    style: RerankStyle,
    doc: Doc<'_>,
    model: &str,
) -> Result<Encoded, Untranslatable> {
    let request = read_request(doc)
        .map_err(|Malformed { message, param }| Untranslatable { message, param })?;
    let mut dropped = request.beyond.clone();
    let mut body = Vec::with_capacity(256);
    let mut root = Object::new(&mut body);
    root.str("model", model);
    root.str("query", &request.query);
    {
        let mut documents = root.array("documents");
        for document in &request.documents {
            documents.str(document);
        }
    }
    // Documents are not asked for again: they are known.
    if let Some(top) = request.top {
        let name = if style == RerankStyle::Voyage {
            "top_k"
        } else {
            "top_n"
        };
        root.u64(name, top);
    }
    match (request.max_tokens_per_doc, style) {
        (Some(most), RerankStyle::Cohere) => root.u64("max_tokens_per_doc", most),
        (Some(_), _) => dropped.push("max_tokens_per_doc".to_owned()),
        (None, _) => {}
    }
    drop(root);
    Ok(Encoded { body, dropped })
}

/// Reads an answer in any of the words.
pub(crate) fn read_response(doc: Doc<'_>) -> Result<RerankResponse, Malformed> {
    let root = doc.root();
    let list = ["results", "data"]
        .iter()
        .find_map(|name| at(doc, root, &[name]).filter(|&node| doc.kind(node) == Kind::Array))
        .ok_or_else(|| malformed(doc, root, "holds no `results`"))?;
    let results: Result<_, _> = doc.children(list).map(|item| ranked(doc, item)).collect();
    Ok(RerankResponse {
        results: results?,
        usage: usage_of(doc),
        searches: units_of(doc).searches,
        id: text(doc, root, &["id"]),
    })
}

fn ranked(doc: Doc<'_>, item: NodeId) -> Result<Ranked, Malformed> {
    let score = ["relevance_score", "score"]
        .iter()
        .find_map(|name| at(doc, item, &[name]).filter(|&node| doc.kind(node) == Kind::Number));
    match (number(doc, item, &["index"]), score) {
        (Some(index), Some(score)) => Ok(Ranked {
            index,
            score: Json::of(doc, score),
        }),
        _ => Err(malformed(
            doc,
            item,
            "must have an `index` and a `relevance_score`",
        )),
    }
}

/// Writes an answer as the client asked for it. Cohere's and Jina's clients read the same members, so both are served.
pub(crate) fn write_response(response: &RerankResponse, asked: &Asked) -> Vec<u8> {
    let mut body = Vec::with_capacity(256 + response.results.len() * 48);
    let mut root = Object::new(&mut body);
    root.str(
        "id",
        asked
            .id
            .as_deref()
            .or(response.id.as_deref())
            .unwrap_or("rerank"),
    );
    root.str("object", "list");
    root.str("model", &asked.model);
    {
        let mut results = root.array(if asked.voyage { "data" } else { "results" });
        for ranked in &response.results {
            let mut one = results.object();
            one.u64("index", ranked.index);
            one.json("relevance_score", &ranked.score);
            let document = usize::try_from(ranked.index)
                .ok()
                .and_then(|index| asked.documents.get(index));
            if let Some(document) = document {
                if asked.voyage {
                    one.str("document", document);
                } else {
                    one.object("document").str("text", document);
                }
            }
        }
    }
    if let Some(usage) = &response.usage {
        let mut to = root.object("usage");
        to.u64("prompt_tokens", usage.input.0);
        to.u64("total_tokens", usage.input.0.saturating_add(usage.output.0));
    }
    if response.searches > 0 {
        let mut meta = root.object("meta");
        meta.object("api_version").str("version", "2");
        meta.object("billed_units")
            .u64("search_units", response.searches);
    }
    drop(root);
    body
}
