//! Facts of JSON bodies, door by door.

use marshal_adapter_api::{Fields, Malformed, Named, malformed};
use marshal_types::{Surface, SurfaceKind};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{bare, count, invoke};
use crate::content::{Inspectable, TaskFacts};
use crate::look::{items, number, text};
use crate::{sound, unread};

pub(super) fn facts(
    surface: Surface,
    doc: Doc<'_>,
    named: Named<'_>,
) -> Result<TaskFacts, Malformed> {
    let mut hidden = Vec::new();
    unread::json(doc, &mut hidden);
    let mut facts = if surface.kind() == SurfaceKind::Object {
        object(surface, doc, named, &mut hidden)
    } else {
        task(surface, doc, named, &mut hidden)?
    };
    facts.choices = facts.choices.max(1);
    facts.inspectable = Inspectable::of(hidden);
    Ok(facts)
}

/// What a provider keeps: no member is relied upon, so none can be wrong.
fn object(
    surface: Surface,
    doc: Doc<'_>,
    named: Named<'_>,
    hidden: &mut Vec<&'static str>,
) -> TaskFacts {
    let root = doc.root();
    if surface == Surface::Batches {
        // A file that is named here was inspected when it was stored.
        hidden.retain(|&kind| kind != "file");
    }
    for name in ["input", "prompt"] {
        if let Some(node) = doc.get(root, name) {
            unread::tokens(doc, node, hidden);
        }
    }
    let stated = |names: &[&str]| names.iter().find_map(|name| number(doc, root, &[name]));
    TaskFacts {
        model: named
            .model
            .map(str::to_owned)
            .or_else(|| text(doc, root, &["model"])),
        stream: named
            .stream
            .or_else(|| doc.bool(doc.get(root, "stream")?))
            .unwrap_or(false),
        max_output: stated(&["max_completion_tokens", "max_output_tokens", "max_tokens"]),
        choices: stated(&["n"]).map_or(1, |n| u32::try_from(n).unwrap_or(u32::MAX)),
        ..TaskFacts::default()
    }
}

fn task(
    surface: Surface,
    doc: Doc<'_>,
    named: Named<'_>,
    hidden: &mut Vec<&'static str>,
) -> Result<TaskFacts, Malformed> {
    let mut fields = Fields::new(doc, doc.root())?;
    match surface {
        Surface::GeminiCountTokens | Surface::EmbedContent => return google(doc, named),
        Surface::Invoke => return invoke::facts(doc, named),
        _ => {}
    }
    let mut facts = TaskFacts {
        model: fields.str("model")?.filter(|model| !model.is_empty()),
        stream: fields.bool("stream")?.or(named.stream).unwrap_or(false),
        ..TaskFacts::default()
    };
    if facts.model.is_none() {
        facts.model = named.model.map(str::to_owned);
    }
    match surface {
        Surface::Completions => completions(&mut fields, &mut facts, hidden)?,
        Surface::OllamaGenerate => generate(&mut fields, &mut facts)?,
        Surface::ImageGenerations | Surface::ImageEdits => {
            facts.choices = count(fields.u64("n")?.unwrap_or(1), "n")?;
            facts.units.images = u64::from(facts.choices);
        }
        Surface::Speech => speech(&mut fields, &mut facts)?,
        Surface::Transcriptions => {
            let sound = text(doc, doc.root(), &["input_audio", "data"]);
            // Four letters of base64 are three bytes.
            let bytes = sound.map_or(0, |sound| sound.len() / 4 * 3);
            facts.units.audio_ms = sound::at_most(bytes);
        }
        Surface::Embeddings | Surface::OllamaEmbed => {
            facts.max_output = Some(0);
            if let Some(input) = fields.peek("input") {
                unread::tokens(doc, input, hidden);
            }
        }
        Surface::Rerank => {
            facts.max_output = Some(0);
            facts.units.searches = searches(doc);
        }
        Surface::CohereEmbed | Surface::CountTokens | Surface::Moderations => {
            facts.max_output = Some(0);
        }
        _ => facts.max_output = fields.limit("max_output_tokens")?,
    }
    Ok(facts)
}

/// Each prompt is answered `n` times, after `best_of` attempts that are paid for.
fn completions(
    fields: &mut Fields<'_>,
    facts: &mut TaskFacts,
    hidden: &mut Vec<&'static str>,
) -> Result<(), Malformed> {
    let doc = fields.doc();
    let limit = fields.limit("max_tokens")?;
    facts.max_output = fields.limit("max_completion_tokens")?.or(limit);
    let choices = count(fields.u64("n")?.unwrap_or(1), "n")?;
    let attempts = count(fields.u64("best_of")?.unwrap_or(1), "best_of")?;
    let mut prompts = 1;
    if let Some(prompt) = fields.take("prompt") {
        unread::tokens(doc, prompt, hidden);
        prompts = self::prompts(doc, prompt)?;
    }
    facts.choices = choices.max(attempts).saturating_mul(prompts);
    Ok(())
}

fn prompts(doc: Doc<'_>, prompt: NodeId) -> Result<u32, Malformed> {
    match doc.kind(prompt) {
        Kind::String => Ok(1),
        Kind::Array => {
            let several = |item: &NodeId| doc.kind(*item) != Kind::Number;
            let prompts = doc.children(prompt).filter(several).count();
            Ok(u32::try_from(prompts).unwrap_or(u32::MAX).max(1))
        }
        _ => Err(malformed(doc, prompt, "must be a string or an array")),
    }
}

fn generate(fields: &mut Fields<'_>, facts: &mut TaskFacts) -> Result<(), Malformed> {
    // Ollama streams unless it is told not to.
    let doc = fields.doc();
    facts.stream = fields
        .peek("stream")
        .and_then(|node| doc.bool(node))
        .unwrap_or(true);
    if let Some(mut options) = fields.object("options")?
        && let Some(limit) = options.take("num_predict")
    {
        // Below zero there is no limit.
        facts.max_output = doc.u64(limit);
    }
    Ok(())
}

fn speech(fields: &mut Fields<'_>, facts: &mut TaskFacts) -> Result<(), Malformed> {
    let input = fields.need_str("input")?;
    facts.units.characters = input.chars().count() as u64;
    facts.stream |= fields.str("stream_format")?.as_deref() == Some("sse");
    Ok(())
}

/// A search is a query with up to 100 documents; long ones are cut, and each piece counts.
fn searches(doc: Doc<'_>) -> u64 {
    const PIECE: u64 = 1_000;
    let pieces = items(doc, doc.root(), &["documents"])
        .map(|document| (doc.raw(document).len() as u64).div_ceil(PIECE).max(1))
        .fold(0, u64::saturating_add);
    pieces.div_ceil(100).max(1)
}

/// Google names the model in the address, and again in the body, where it must be the same.
fn google(doc: Doc<'_>, named: Named<'_>) -> Result<TaskFacts, Malformed> {
    let model = named.model.unwrap_or_default();
    for node in models(doc) {
        let inner = doc
            .str(node)
            .ok_or_else(|| malformed(doc, node, "must be a string"))?;
        if bare(&inner) != bare(model) {
            return Err(malformed(
                doc,
                node,
                "must name the model that the address names",
            ));
        }
    }
    Ok(TaskFacts {
        model: named.model.map(|model| bare(model).to_owned()),
        max_output: Some(0),
        ..TaskFacts::default()
    })
}

/// Where a body of Google's names the model again.
pub(crate) fn models(doc: Doc<'_>) -> Vec<NodeId> {
    let root = doc.root();
    let mut holders = vec![root];
    holders.extend(doc.get(root, "generateContentRequest"));
    holders.extend(items(doc, root, &["requests"]));
    holders
        .into_iter()
        .filter_map(|holder| doc.get(holder, "model"))
        .filter(|&node| doc.kind(node) != Kind::Null)
        .collect()
}
