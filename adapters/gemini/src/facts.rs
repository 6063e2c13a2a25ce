//! What governance needs of a request, checked without building a tree.

use marshal_adapter_api::{ChatFacts, Malformed, Named, Needs, SettingPaths, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::reader::{Reader, find, items};
use crate::request::config::wanted;
use crate::words::{Shown, is_youtube, media_type_of, shown};

/// Where requests say how an answer is to be made. Source: the reference pages of Google (`GenerationConfig`), in both spellings.
pub(crate) const SETTINGS: SettingPaths = SettingPaths {
    temperature: &[
        "generationConfig.temperature",
        "generation_config.temperature",
    ],
    top_p: &[
        "generationConfig.topP",
        "generationConfig.top_p",
        "generation_config.topP",
        "generation_config.top_p",
    ],
    top_k: &[
        "generationConfig.topK",
        "generationConfig.top_k",
        "generation_config.topK",
        "generation_config.top_k",
    ],
    frequency_penalty: &[
        "generationConfig.frequencyPenalty",
        "generationConfig.frequency_penalty",
        "generation_config.frequencyPenalty",
        "generation_config.frequency_penalty",
    ],
    presence_penalty: &[
        "generationConfig.presencePenalty",
        "generationConfig.presence_penalty",
        "generation_config.presencePenalty",
        "generation_config.presence_penalty",
    ],
    seed: &["generationConfig.seed", "generation_config.seed"],
    output: &[
        "generationConfig.responseMimeType",
        "generationConfig.response_mime_type",
        "generation_config.responseMimeType",
        "generation_config.response_mime_type",
    ],
    ..SettingPaths::NONE
};

/// Reads the facts; unknown members pass.
pub(crate) fn facts(doc: Doc<'_>, named: Named<'_>) -> Result<ChatFacts, Malformed> {
    let mut reader = Reader::new(doc, doc.root())?;
    let in_body = reader.text("model");
    let model = named
        .model
        .map(str::to_owned)
        .or(in_body)
        .filter(|model| !model.is_empty())
        .ok_or_else(|| reader.missing("model", "the model, into the address"))?;
    let mut needs = Needs {
        tools: has_tools(&mut reader)?,
        ..Needs::default()
    };
    let (mut max_output, mut choices) = (None, 1);
    if let Some(mut config) = reader.object("generationConfig")? {
        max_output = config.limit("maxOutputTokens")?;
        let several = config.whole("candidateCount")?.unwrap_or(1).max(1);
        choices = u32::try_from(several)
            .map_err(|_| config.wrong("candidateCount", "must be a whole number from 1 up"))?;
        let wanted = wanted(doc, config.node());
        needs.json_schema = wanted.schema;
        needs.thinking = wanted.thinking;
        needs.audio = wanted.audio;
    }
    let contents = reader
        .list("contents")?
        .ok_or_else(|| reader.missing("contents", "an array of contents"))?;
    if doc.is_empty(contents) {
        return Err(malformed(doc, contents, "must hold at least one content"));
    }
    for content in items(doc, contents) {
        check_content(doc, content, &mut needs)?;
    }
    Ok(ChatFacts {
        model,
        stream: named.stream.unwrap_or(false),
        max_output,
        needs,
        choices,
    })
}

/// True where an entry of `tools` offers anything.
fn has_tools(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    let doc = reader.doc();
    let Some(list) = reader.list("tools")? else {
        return Ok(false);
    };
    let mut some = false;
    for entry in items(doc, list) {
        if doc.kind(entry) != Kind::Object {
            return Err(malformed(doc, entry, "must be an object"));
        }
        some |= doc.children(entry).any(|offer| match doc.kind(offer) {
            Kind::Null => false,
            Kind::Array => !doc.is_empty(offer),
            _ => true,
        });
    }
    Ok(some)
}

fn check_content(doc: Doc<'_>, node: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    let mut content = Reader::new(doc, node)?;
    if let Some(role) = content.take("role")
        && doc.kind(role) != Kind::String
    {
        return Err(malformed(doc, role, "must be a string"));
    }
    let Some(parts) = content.list("parts")? else {
        return Ok(());
    };
    for part in items(doc, parts) {
        if doc.kind(part) != Kind::Object {
            return Err(malformed(doc, part, "must be an object"));
        }
        check_part(doc, part, needs);
    }
    Ok(())
}

fn check_part(doc: Doc<'_>, part: NodeId, needs: &mut Needs) {
    // Most parts are one text.
    if doc.len(part) == 1 && doc.get(part, "text").is_some() {
        return;
    }
    needs.tools |= find(doc, part, "functionCall").is_some();
    if let Some(result) = find(doc, part, "functionResponse") {
        needs.tools = true;
        let inner = find(doc, result, "parts");
        for part in inner.into_iter().flat_map(|parts| doc.children(parts)) {
            check_shown(doc, part, needs);
        }
    }
    check_shown(doc, part, needs);
}

fn check_shown(doc: Doc<'_>, part: NodeId, needs: &mut Needs) {
    let Some(data) = find(doc, part, "inlineData").or_else(|| find(doc, part, "fileData")) else {
        return;
    };
    let word = find(doc, data, "mimeType").and_then(|node| doc.str(node));
    let address = find(doc, data, "fileUri").and_then(|node| doc.str(node));
    let by_address = || {
        let address = address.as_deref()?;
        media_type_of(address).or_else(|| is_youtube(address).then_some("video/mp4"))
    };
    match word.as_deref().or_else(by_address).map(shown) {
        // A model that sees moving pictures sees pictures.
        Some(Shown::Image | Shown::Media(marshal_adapter_api::Medium::Video)) => {
            needs.vision = true;
        }
        Some(Shown::Media(marshal_adapter_api::Medium::Audio)) => needs.audio = true,
        Some(Shown::Document) | None => needs.documents = true,
    }
}
