//! `tools` and `toolConfig`, read.
//!
//! One entry of `tools` holds any number of functions and one of each built-in tool. In the canonical form each is a
//! tool by itself; the path says which entry it came from.

use marshal_adapter_api::{Extra, Json, Malformed, Tool, ToolChoice};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{CALLING, TOOL_CONFIG, config};
use crate::aside;
use crate::reader::{Reader, find, items};

/// Takes `tools`: what is on offer, and members that say nothing, under their paths.
pub(super) fn decode(body: &mut Reader<'_>) -> Result<(Option<Vec<Tool>>, Extra), Malformed> {
    let mut nothing = Extra::default();
    let Some(list) = body.list("tools")? else {
        return Ok((None, nothing));
    };
    let doc = body.doc();
    if doc.kind(list) == Kind::Object {
        aside::keep(&mut nothing, "tools.is", "one");
    }
    let mut tools = Vec::new();
    for (at, node) in items(doc, list).enumerate() {
        entry(doc, node, at, &mut tools, &mut nothing)?;
    }
    Ok((Some(tools), nothing))
}

fn entry(
    doc: Doc<'_>,
    node: NodeId,
    at: usize,
    tools: &mut Vec<Tool>,
    nothing: &mut Extra,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(doc, node)?;
    let group = format!("tools[{at}]");
    let list = reader.list("functionDeclarations")?;
    let functions = list.into_iter().flat_map(|list| items(doc, list));
    let before = tools.len();
    for function in functions {
        tools.push(self::function(doc, function, &group)?);
    }
    if list.is_some() && tools.len() == before {
        aside::keep(nothing, &format!("{group}.functions"), "none");
    }
    let rest = reader.rest();
    if let Some(spelled) = aside::get(&rest, "functionDeclarations") {
        aside::keep(nothing, &format!("{group}.functionDeclarations"), spelled);
    }
    for (name, value) in aside::members(&rest) {
        if value.as_str() == "null" {
            nothing.keep(format!("{group}.{name}"), value.clone());
        } else {
            tools.push(Tool::Opaque {
                kind: name.to_owned(),
                name: None,
                value: value.clone(),
                path: format!("{group}.{name}"),
            });
        }
    }
    if doc.is_empty(node) {
        aside::keep(nothing, &format!("{group}.is"), "empty");
    }
    Ok(())
}

fn function(doc: Doc<'_>, node: NodeId, group: &str) -> Result<Tool, Malformed> {
    let mut reader = Reader::new(doc, node)?;
    let name = reader
        .text("name")
        .ok_or_else(|| reader.missing("name", "a string"))?;
    let description = reader.text("description");
    let at = ["parametersJsonSchema", "parameters"]
        .into_iter()
        .find_map(|name| Some((name, reader.take(name)?)));
    let mut extra = reader.rest();
    let schema = at.map(|(name, node)| {
        let old = name == "parameters";
        if old {
            aside::keep(&mut extra, "schema.in", name);
        }
        config::read_schema(doc, node, name, old, &mut extra)
    });
    Ok(Tool::Function {
        name,
        description,
        schema,
        strict: None,
        extra,
        wrapper: Extra::at(group),
    })
}

/// Takes `toolConfig`: the choice, and everything else under its dotted path.
pub(super) fn choice(body: &mut Reader<'_>) -> Result<(Option<ToolChoice>, Extra), Malformed> {
    let mut extra = Extra::default();
    let Some(mut outer) = body.object(TOOL_CONFIG)? else {
        return Ok((None, extra));
    };
    let doc = outer.doc();
    let node = outer.take_if("functionCallingConfig", |doc, node| {
        (doc.kind(node) == Kind::Object).then_some(node)
    });
    outer.rest_below(TOOL_CONFIG, &mut extra);
    let Some(node) = node else {
        return Ok((None, extra));
    };
    let (choice, plain) = read_choice(doc, node, &mut extra);
    if !plain {
        aside::keep(&mut extra, "choice", Json::of(doc, node).as_str());
    }
    Ok((choice, extra))
}

/// The choice, and whether it would be written just so.
fn read_choice(doc: Doc<'_>, node: NodeId, extra: &mut Extra) -> (Option<ToolChoice>, bool) {
    let word = find(doc, node, "mode").and_then(|node| doc.str(node));
    let mode = word.as_deref().unwrap_or("AUTO").to_ascii_uppercase();
    let list = find(doc, node, "allowedFunctionNames");
    let names: Vec<_> = list
        .into_iter()
        .flat_map(|list| doc.children(list))
        .filter_map(|name| doc.str(name))
        .collect();
    let opaque = || ToolChoice::Opaque(Json::of(doc, node));
    let choice = match (mode.as_str(), names.as_slice()) {
        ("AUTO" | "MODE_UNSPECIFIED", []) => ToolChoice::Auto,
        ("NONE", []) => ToolChoice::None,
        ("ANY", []) => ToolChoice::Required,
        ("ANY", [name]) => ToolChoice::Named(name.clone().into_owned()),
        // Free to call or not, with arguments held to their schemas.
        ("VALIDATED", []) => {
            extra.keep(format!("{CALLING}.mode"), Json::string("VALIDATED"));
            ToolChoice::Auto
        }
        _ => opaque(),
    };
    if let Some(streamed) = find(doc, node, "streamFunctionCallArguments")
        && doc.bool(streamed) == Some(true)
    {
        let path = format!("{CALLING}.streamFunctionCallArguments");
        extra.keep(path, Json::of(doc, streamed));
    }
    let members = 1 + usize::from(list.is_some());
    let plain = word.as_deref() == Some(mode.as_str())
        && matches!(mode.as_str(), "AUTO" | "NONE" | "ANY")
        && doc.len(node) == members
        && list.is_none_or(|list| {
            !doc.is_empty(list) && doc.key(list).as_deref() == Some("allowedFunctionNames")
        })
        && !matches!(choice, ToolChoice::Opaque(_));
    (Some(choice), plain)
}
