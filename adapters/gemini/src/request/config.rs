//! `generationConfig`, read.

use marshal_adapter_api::{Extra, Json, Malformed, OutputFormat, Thinking, ThinkingMode};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{CONFIG, THINKING};
use crate::aside;
use crate::reader::{Reader, find};
use crate::schema;

/// What a request's `generationConfig` says.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) max_output: Option<u64>,
    pub(super) choices: Option<u64>,
    pub(super) temperature: Option<Json>,
    pub(super) top_p: Option<Json>,
    pub(super) top_k: Option<Json>,
    pub(super) seed: Option<Json>,
    pub(super) stop: Option<Vec<String>>,
    pub(super) output: Option<OutputFormat>,
    pub(super) effort: Option<String>,
    pub(super) thinking: Option<Thinking>,
    /// Everything else, under its dotted path.
    pub(super) extra: Extra,
}

/// Takes `generationConfig`.
pub(super) fn decode(body: &mut Reader<'_>) -> Result<Settings, Malformed> {
    let mut settings = Settings::default();
    let Some(mut config) = body.object(CONFIG)? else {
        return Ok(settings);
    };
    settings.max_output = config.limit("maxOutputTokens")?;
    settings.choices = config.whole("candidateCount")?;
    settings.temperature = config.number("temperature");
    settings.top_p = config.number("topP");
    settings.top_k = config.whole_number("topK");
    settings.seed = config.whole_number("seed");
    settings.stop = config.take_if("stopSequences", texts);
    settings.output = output(&mut config);
    // The one kind of answer that every model gives.
    let plain = config.take_if("responseModalities", |doc, node| {
        let word = doc.str(doc.at(node, 0)?)?;
        (doc.len(node) == 1 && word.eq_ignore_ascii_case("text")).then(|| Json::of(doc, node))
    });
    thinking(&mut config, &mut settings)?;
    // What other dialects have too is kept under one spelling.
    for name in ALIKE {
        if let Some(node) = config.take(name) {
            let value = Json::of(config.doc(), node);
            settings.extra.keep(format!("{CONFIG}.{name}"), value);
        }
    }
    config.rest_below(CONFIG, &mut settings.extra);
    if let Some(plain) = plain {
        aside::keep(&mut settings.extra, "modalities", plain.as_str());
    }
    Ok(settings)
}

/// Members that other dialects look for.
const ALIKE: [&str; 4] = [
    "presencePenalty",
    "frequencyPenalty",
    "responseLogprobs",
    "logprobs",
];

fn texts(doc: Doc<'_>, node: NodeId) -> Option<Vec<String>> {
    if doc.kind(node) != Kind::Array {
        return None;
    }
    doc.children(node)
        .map(|text| doc.str(text).map(std::borrow::Cow::into_owned))
        .collect()
}

/// The form of the answer. What is not understood stays beside an [`OutputFormat::Opaque`].
fn output(config: &mut Reader<'_>) -> Option<OutputFormat> {
    let doc = config.doc();
    let media_type = config.peek("responseMimeType");
    let word = media_type.and_then(|node| doc.str(node));
    let name = ["responseJsonSchema", "responseSchema"]
        .into_iter()
        .find(|name| config.peek(name).is_some());
    match (word.as_deref(), name) {
        (None, None) if media_type.is_none() => None,
        (Some("text/plain"), None) => {
            config.take("responseMimeType");
            Some(OutputFormat::Text)
        }
        (Some("application/json"), None) => {
            config.take("responseMimeType");
            Some(OutputFormat::JsonObject)
        }
        (Some("application/json"), Some(name)) => {
            config.take("responseMimeType");
            with_schema(config, name, true)
        }
        (None, Some(name)) if media_type.is_none() => with_schema(config, name, false),
        _ => media_type.map(|node| OutputFormat::Opaque(Json::of(doc, node))),
    }
}

fn with_schema(config: &mut Reader<'_>, name: &'static str, typed: bool) -> Option<OutputFormat> {
    let doc = config.doc();
    let node = config.take(name)?;
    let mut extra = Extra::at(doc.path(config.node()));
    let old_word = name == "responseSchema";
    let schema = read_schema(doc, node, name, old_word, &mut extra);
    if !typed {
        aside::keep(&mut extra, "mime", "absent");
    }
    Some(OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema: Some(schema),
        strict: None,
        old_word,
        extra,
    })
}

/// A schema as JSON schema. What it was stands aside; an order of properties that is lost does not.
pub(super) fn read_schema(
    doc: Doc<'_>,
    node: NodeId,
    name: &str,
    translate: bool,
    extra: &mut Extra,
) -> Json {
    if !translate {
        return Json::of(doc, node);
    }
    let translated = schema::translate(doc, node);
    if translated.changed {
        aside::keep(extra, "schema", Json::of(doc, node).as_str());
    }
    if let Some(ordering) = translated.ordering {
        extra.keep(format!("{name}.propertyOrdering"), ordering);
    }
    translated.schema
}

fn thinking(config: &mut Reader<'_>, settings: &mut Settings) -> Result<(), Malformed> {
    let Some(mut thinking) = config.object("thinkingConfig")? else {
        return Ok(());
    };
    let path = thinking.doc().path(thinking.node());
    let level = thinking.take_if("thinkingLevel", |doc, node| {
        let word = doc.str(node)?;
        let known = ["minimal", "low", "medium", "high"]
            .into_iter()
            .find(|known| word.eq_ignore_ascii_case(known))?;
        Some((known, word.into_owned()))
    });
    let mode = thinking.take_if("thinkingBudget", |doc, node| {
        Some(match (doc.raw(node), crate::reader::whole(doc, node)) {
            (b"-1", _) => ThinkingMode::Adaptive,
            (_, Some(0)) => ThinkingMode::Off,
            (_, Some(budget)) => ThinkingMode::Budget(budget),
            _ => return None,
        })
    });
    let shown = thinking.take_if("includeThoughts", |doc, node| doc.bool(node));
    let extra = &mut settings.extra;
    thinking.rest_below(THINKING, extra);
    if let Some((known, word)) = level {
        if word != known {
            aside::keep(extra, "level", &word);
        }
        settings.effort = Some(known.to_owned());
    }
    if let Some(shown) = shown {
        aside::keep(extra, "shown", if shown { "true" } else { "false" });
    }
    let unsaid = mode.is_none();
    // Whoever wants to see thoughts wants some.
    let asked = shown == Some(true) && settings.effort.is_none();
    if let Some(mode) = mode.or(asked.then_some(ThinkingMode::Adaptive)) {
        let mut inner = Extra::at(path);
        if unsaid {
            aside::keep(&mut inner, "budget", "absent");
        }
        settings.thinking = Some(Thinking { mode, extra: inner });
    }
    Ok(())
}

/// True where the request asks for a schema, for thinking, for sound: the facts of a `generationConfig`.
pub(crate) struct Wanted {
    pub(crate) schema: bool,
    pub(crate) thinking: bool,
    pub(crate) audio: bool,
}

/// What governance needs of it.
pub(crate) fn wanted(doc: Doc<'_>, config: NodeId) -> Wanted {
    let has = |name: &str| find(doc, config, name).is_some();
    let thinks = |node: NodeId| {
        let budget = find(doc, node, "thinkingBudget");
        let off = budget.is_some_and(|node| doc.raw(node) == b"0");
        let shown =
            find(doc, node, "includeThoughts").and_then(|node| doc.bool(node)) == Some(true);
        !off && (budget.is_some() || shown || find(doc, node, "thinkingLevel").is_some())
    };
    let speaks = |node: NodeId| {
        doc.children(node).any(|word| {
            doc.str(word)
                .is_some_and(|word| word.eq_ignore_ascii_case("audio"))
        })
    };
    Wanted {
        schema: has("responseSchema") || has("responseJsonSchema"),
        thinking: find(doc, config, "thinkingConfig").is_some_and(thinks),
        audio: find(doc, config, "responseModalities").is_some_and(speaks),
    }
}
