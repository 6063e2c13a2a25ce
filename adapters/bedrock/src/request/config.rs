//! The settings of a request that have objects of their own, read.

use marshal_adapter_api::{
    Extra, Fields, Json, Malformed, OutputFormat, Tool, ToolChoice, index, malformed,
};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::blocks::cache_point;
use crate::marks::{self, keep_rest};

/// What `inferenceConfig` says.
#[derive(Default)]
pub(super) struct Inference {
    pub(super) max_output: Option<u64>,
    pub(super) temperature: Option<Json>,
    pub(super) top_p: Option<Json>,
    pub(super) stop: Option<Vec<String>>,
}

pub(super) fn inference(fields: &mut Fields<'_>, kept: &mut Extra) -> Result<Inference, Malformed> {
    let Some(mut config) = group(fields, "inferenceConfig", kept)? else {
        return Ok(Inference::default());
    };
    let inference = Inference {
        max_output: config.limit("maxTokens")?,
        temperature: config.number("temperature")?,
        top_p: config.number("topP")?,
        stop: stop(&mut config)?,
    };
    keep_rest(config, "inferenceConfig.", kept);
    Ok(inference)
}

/// The object of that name; an empty one is kept, so that it is written again.
pub(super) fn group<'a>(
    fields: &mut Fields<'a>,
    name: &str,
    kept: &mut Extra,
) -> Result<Option<Fields<'a>>, Malformed> {
    let object = fields.object(name)?;
    if let Some(object) = &object
        && object.doc().is_empty(object.node())
    {
        kept.keep(name, Json::from_source("{}"));
    }
    Ok(object)
}

fn stop(config: &mut Fields<'_>) -> Result<Option<Vec<String>>, Malformed> {
    let doc = config.doc();
    let Some(list) = config.array("stopSequences")? else {
        return Ok(None);
    };
    let text = |node| {
        doc.str(node)
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(|| malformed(doc, node, "must be a string"))
    };
    doc.children(list)
        .map(text)
        .collect::<Result<_, _>>()
        .map(Some)
}

pub(super) fn tools(
    fields: &mut Fields<'_>,
    kept: &mut Extra,
) -> Result<(Option<Vec<Tool>>, Option<ToolChoice>), Malformed> {
    let doc = fields.doc();
    let Some(mut config) = group(fields, "toolConfig", kept)? else {
        return Ok((None, None));
    };
    let tools = match config.array("tools")? {
        Some(list) => Some(tool_list(doc, list)?),
        None => None,
    };
    let choice = config.take("toolChoice").map(|node| choice(doc, node));
    keep_rest(config, "toolConfig.", kept);
    Ok((tools, choice))
}

fn tool_list(doc: Doc<'_>, list: NodeId) -> Result<Vec<Tool>, Malformed> {
    let mut tools: Vec<Tool> = Vec::with_capacity(doc.len(list));
    for node in doc.children(list) {
        match (cache_point(doc, node), tools.last_mut()) {
            (Some(point), Some(Tool::Function { extra, .. }))
                if extra.get(marks::CACHE_POINT).is_none() =>
            {
                extra.keep(marks::CACHE_POINT, point);
            }
            _ => tools.push(tool(doc, node)?),
        }
    }
    Ok(tools)
}

fn tool(doc: Doc<'_>, node: NodeId) -> Result<Tool, Malformed> {
    let mut wrapper = Fields::new(doc, node)?;
    let spec = wrapper.object("toolSpec")?;
    let plain = |spec: &Fields<'_>| doc.get(spec.node(), marks::CACHE_POINT).is_none();
    let Some(mut spec) = spec.filter(plain) else {
        let member = doc.children(node).next();
        return Ok(Tool::Opaque {
            kind: member
                .and_then(|member| doc.key(member))
                .unwrap_or_default()
                .into_owned(),
            name: member
                .and_then(|member| doc.str(doc.get(member, "name")?))
                .map(std::borrow::Cow::into_owned),
            value: Json::of(doc, node),
            path: doc.path(node),
        });
    };
    let schema = spec.peek("inputSchema").and_then(|schema| {
        let json = doc.get(schema, "json")?;
        (doc.len(schema) == 1).then(|| Json::of(doc, json))
    });
    if schema.is_some() {
        spec.take("inputSchema");
    }
    Ok(Tool::Function {
        name: spec.need_str("name")?,
        description: spec.str("description")?,
        schema,
        strict: spec.bool("strict")?,
        extra: spec.rest(),
        wrapper: wrapper.rest(),
    })
}

fn choice(doc: Doc<'_>, node: NodeId) -> ToolChoice {
    let opaque = || ToolChoice::Opaque(Json::of(doc, node));
    let Some(rule) = doc.children(node).next().filter(|_| doc.len(node) == 1) else {
        return opaque();
    };
    let name = doc.get(rule, "name").and_then(|name| doc.str(name));
    if doc.kind(rule) != Kind::Object {
        return opaque();
    }
    match (doc.key(rule).as_deref(), name, doc.len(rule)) {
        (Some("auto"), None, 0) => ToolChoice::Auto,
        (Some("any"), None, 0) => ToolChoice::Required,
        (Some("tool"), Some(name), 1) => ToolChoice::Named(name.into_owned()),
        _ => opaque(),
    }
}

/// The format, whose schema stands as a text of JSON; what is not plain is kept whole.
pub(super) fn output(fields: &mut Fields<'_>) -> Option<OutputFormat> {
    let doc = fields.doc();
    let config = fields.take("outputConfig")?;
    let plain = || {
        let only = |node, name| doc.get(node, name).filter(|_| doc.len(node) == 1);
        let format = only(config, "textFormat")?;
        let kind = doc.str(doc.get(format, "type")?)?;
        let structure = only(doc.get(format, "structure")?, "jsonSchema")?;
        let text = |name: &str| doc.get(structure, name).and_then(|node| doc.str(node));
        let schema = text("schema")?;
        let (name, description) = (text("name"), text("description"));
        let members = 1 + usize::from(name.is_some()) + usize::from(description.is_some());
        let fits = kind == "json_schema"
            && doc.len(format) == 2
            && doc.len(structure) == members
            && index(schema.as_bytes()).is_ok();
        fits.then(|| OutputFormat::JsonSchema {
            name: name.map(std::borrow::Cow::into_owned),
            description: description.map(std::borrow::Cow::into_owned),
            schema: Some(Json::from_source(schema.into_owned())),
            strict: None,
            old_word: false,
            extra: Extra::at(doc.path(structure)),
        })
    };
    Some(plain().unwrap_or_else(|| OutputFormat::Opaque(Json::of(doc, config))))
}

/// Taken where it is all that `serviceTier` holds.
pub(super) fn service_tier(fields: &mut Fields<'_>) -> Option<String> {
    let doc = fields.doc();
    let node = fields.peek("serviceTier")?;
    let tier = doc.str(doc.get(node, "type")?)?;
    if doc.len(node) != 1 {
        return None;
    }
    fields.take("serviceTier");
    Some(tier.into_owned())
}
