//! Reading what is to be embedded.

use marshal_adapter_api::{Fields, Malformed, Untranslatable, malformed};
use marshal_types::Surface;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{EmbedRequest, Encoding, Purpose};

/// Why a request cannot be put into other words.
pub(crate) enum No {
    /// It breaks its own dialect's rules.
    Wrong(Malformed),
    /// It says what the others cannot.
    Beyond(Untranslatable),
}

impl From<Malformed> for No {
    fn from(wrong: Malformed) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<No> for Untranslatable {
    fn from(no: No) -> Self {
        match no {
            No::Wrong(Malformed { message, param }) => Self { message, param },
            No::Beyond(beyond) => beyond,
        }
    }
}

fn beyond(doc: Doc<'_>, node: NodeId, says: &str) -> No {
    let path = doc.path(node);
    No::Beyond(Untranslatable {
        message: format!("`{path}` {says}; ask a model whose provider speaks this dialect itself."),
        param: Some(path),
    })
}

const NO_TOKENS: &str = "holds token numbers, which mean other words to another model: send text";
const NO_IMAGES: &str =
    "holds something that is no text, which this model's provider cannot be shown";

/// Reads a request of `surface`'s dialect.
pub(crate) fn read(surface: Surface, doc: Doc<'_>) -> Result<EmbedRequest, No> {
    let mut fields = Fields::new(doc, doc.root())?;
    let _ = fields.take("model");
    let mut request = match surface {
        Surface::EmbedContent => google(&mut fields)?,
        Surface::CohereEmbed => cohere(&mut fields)?,
        Surface::OllamaEmbed => ollama(&mut fields)?,
        _ => openai(&mut fields)?,
    };
    fields.rest().report(&mut request.beyond);
    Ok(request)
}

fn openai(fields: &mut Fields<'_>) -> Result<EmbedRequest, No> {
    let doc = fields.doc();
    let input = need(fields, "input")?;
    let mut request = EmbedRequest {
        inputs: inputs(doc, input)?,
        ..EmbedRequest::default()
    };
    request.dimensions = fields.u64("dimensions")?;
    for name in ["output_dimension", "output_dimensionality"] {
        request.dimensions = fields.u64(name)?.or(request.dimensions);
    }
    if let Some(format) = fields.take("encoding_format") {
        request.encoding = match doc.str(format).as_deref() {
            Some("float") => Encoding::Float,
            Some("base64") => Encoding::Base64,
            _ => {
                return Err(beyond(
                    doc,
                    format,
                    "asks for a format that cannot be made from numbers",
                ));
            }
        };
    }
    for name in ["output_dtype", "embedding_type"] {
        numbers_only(fields, name)?;
    }
    if let Some(purpose) = fields.take("input_type") {
        request.purpose = purpose_of(doc, purpose, &mut request.beyond);
    }
    request.truncate = truncation(fields, "truncation")?;
    request.truncate = truncation(fields, "truncate")?.or(request.truncate);
    Ok(request)
}

fn ollama(fields: &mut Fields<'_>) -> Result<EmbedRequest, No> {
    let doc = fields.doc();
    // The older `/api/embeddings` asks for one vector with `prompt`.
    let prompt = fields.take("prompt");
    let single = prompt.is_some();
    let input = match prompt {
        Some(prompt) => prompt,
        None => need(fields, "input")?,
    };
    Ok(EmbedRequest {
        inputs: inputs(doc, input)?,
        dimensions: fields.u64("dimensions")?,
        truncate: fields.bool("truncate")?,
        single,
        ..EmbedRequest::default()
    })
}

fn cohere(fields: &mut Fields<'_>) -> Result<EmbedRequest, No> {
    let doc = fields.doc();
    let mut request = EmbedRequest::default();
    if let Some(texts) = fields.take("texts") {
        request.inputs = inputs(doc, texts)?;
    } else if let Some(list) = fields.array("inputs")? {
        for item in doc.children(list) {
            let mut item = Fields::new(doc, item)?;
            let content = need(&mut item, "content")?;
            request.inputs.push(joined(doc, content)?);
        }
    } else if let Some(images) = fields.peek("images") {
        return Err(beyond(doc, images, NO_IMAGES));
    } else {
        return Err(fields.missing("texts", "an array of texts").into());
    }
    if let Some(purpose) = fields.take("input_type") {
        request.purpose = purpose_of(doc, purpose, &mut request.beyond);
    }
    request.dimensions = fields.u64("output_dimension")?;
    if let Some(types) = fields.array("embedding_types")? {
        for kind in doc.children(types) {
            match doc.str(kind).as_deref() {
                Some("float") => request.encoding = Encoding::Float,
                Some("base64") if doc.len(types) == 1 => request.encoding = Encoding::Base64,
                _ => {
                    return Err(beyond(
                        doc,
                        kind,
                        "asks for vectors that this model's provider does not make",
                    ));
                }
            }
        }
    }
    request.truncate = truncation(fields, "truncate")?;
    Ok(request)
}

/// Google's two methods: one text at the root, or several requests.
fn google(fields: &mut Fields<'_>) -> Result<EmbedRequest, No> {
    let doc = fields.doc();
    let Some(list) = fields.array("requests")? else {
        let mut request = one_of_google(fields)?;
        request.single = true;
        return Ok(request);
    };
    let mut all: Option<EmbedRequest> = None;
    for item in doc.children(list) {
        let mut each = Fields::new(doc, item)?;
        let _ = each.take("model");
        let mut one = one_of_google(&mut each)?;
        each.rest().report(&mut one.beyond);
        let Some(all) = &mut all else {
            all = Some(one);
            continue;
        };
        if (all.dimensions, all.purpose) != (one.dimensions, one.purpose) {
            return Err(beyond(
                doc,
                item,
                "asks for other vectors than the requests before it",
            ));
        }
        all.inputs.append(&mut one.inputs);
        all.beyond.append(&mut one.beyond);
    }
    all.ok_or_else(|| malformed(doc, list, "must hold at least one request").into())
}

fn one_of_google(fields: &mut Fields<'_>) -> Result<EmbedRequest, No> {
    let doc = fields.doc();
    let content = need(fields, "content")?;
    let mut inner = Fields::new(doc, content)?;
    let parts = need(&mut inner, "parts")?;
    let _ = inner.take("role");
    let mut request = EmbedRequest {
        inputs: vec![joined(doc, parts)?],
        ..EmbedRequest::default()
    };
    inner.rest().report(&mut request.beyond);
    google_options(fields, &mut request)?;
    if let Some(mut config) = fields.object("embedContentConfig")? {
        google_options(&mut config, &mut request)?;
        config.rest().report(&mut request.beyond);
    }
    Ok(request)
}

fn google_options(fields: &mut Fields<'_>, request: &mut EmbedRequest) -> Result<(), No> {
    let doc = fields.doc();
    for name in ["outputDimensionality", "output_dimensionality"] {
        request.dimensions = fields.u64(name)?.or(request.dimensions);
    }
    for name in ["taskType", "task_type"] {
        if let Some(purpose) = fields.take(name) {
            request.purpose = purpose_of(doc, purpose, &mut request.beyond);
        }
    }
    for name in ["autoTruncate", "auto_truncate"] {
        request.truncate = fields.bool(name)?.or(request.truncate);
    }
    Ok(())
}

fn need(fields: &mut Fields<'_>, name: &str) -> Result<NodeId, Malformed> {
    fields
        .take(name)
        .ok_or_else(|| fields.missing(name, "what is to be embedded"))
}

/// One text, or several.
fn inputs(doc: Doc<'_>, node: NodeId) -> Result<Vec<String>, No> {
    match doc.kind(node) {
        Kind::String => Ok(doc
            .str(node)
            .map(std::borrow::Cow::into_owned)
            .into_iter()
            .collect()),
        Kind::Array if doc.is_empty(node) => {
            Err(malformed(doc, node, "must hold at least one text").into())
        }
        Kind::Array => doc.children(node).map(|item| input(doc, item)).collect(),
        _ => Err(malformed(doc, node, "must be a string or an array of strings").into()),
    }
}

fn input(doc: Doc<'_>, node: NodeId) -> Result<String, No> {
    match doc.kind(node) {
        Kind::String => Ok(doc
            .str(node)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default()),
        Kind::Number | Kind::Array => Err(beyond(doc, node, NO_TOKENS)),
        Kind::Object => match doc.get(node, "content") {
            Some(content) => joined(doc, content),
            None => part(doc, node),
        },
        _ => Err(malformed(doc, node, "must be a string").into()),
    }
}

/// The parts of one input as one text.
fn joined(doc: Doc<'_>, node: NodeId) -> Result<String, No> {
    match doc.kind(node) {
        Kind::String => Ok(doc
            .str(node)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default()),
        Kind::Array => {
            let texts: Result<Vec<String>, No> =
                doc.children(node).map(|item| part(doc, item)).collect();
            Ok(texts?.join("\n"))
        }
        _ => Err(malformed(doc, node, "must be an array of parts").into()),
    }
}

fn part(doc: Doc<'_>, node: NodeId) -> Result<String, No> {
    match doc.get(node, "text").and_then(|text| doc.str(text)) {
        Some(text) => Ok(text.into_owned()),
        None => Err(beyond(doc, node, NO_IMAGES)),
    }
}

/// The purpose; one that has no canonical word is reported.
fn purpose_of(doc: Doc<'_>, node: NodeId, beyond: &mut Vec<String>) -> Option<Purpose> {
    let purpose = doc.str(node).and_then(|word| Purpose::from_word(&word));
    if purpose.is_none() && doc.str(node).as_deref() != Some("TASK_TYPE_UNSPECIFIED") {
        beyond.push(doc.path(node));
    }
    purpose
}

/// Vectors of small integers or bits are another thing than vectors of numbers.
fn numbers_only(fields: &mut Fields<'_>, name: &str) -> Result<(), No> {
    let doc = fields.doc();
    match fields.take(name) {
        Some(node) if doc.str(node).as_deref() != Some("float") => Err(beyond(
            doc,
            node,
            "asks for vectors that this model's provider does not make",
        )),
        _ => Ok(()),
    }
}

/// `true`, or where to cut: `END`, `START`, `NONE`.
fn truncation(fields: &mut Fields<'_>, name: &str) -> Result<Option<bool>, No> {
    let doc = fields.doc();
    let Some(node) = fields.take(name) else {
        return Ok(None);
    };
    match (doc.bool(node), doc.str(node).as_deref()) {
        (Some(cut), _) => Ok(Some(cut)),
        (None, Some("NONE")) => Ok(Some(false)),
        (None, Some("END" | "START")) => Ok(Some(true)),
        _ => Err(malformed(doc, node, "must be true, false, `NONE`, `START` or `END`").into()),
    }
}
