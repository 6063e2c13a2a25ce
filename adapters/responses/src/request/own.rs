//! A request that came in this dialect, written as it was.

use marshal_adapter_api::{ChatRequest, Extra, Json, Object, OutputFormat, Part, Tool};

use super::decode::{REASONING, TEXT};
use super::settings::{function, named_choice};
use crate::items;

/// Writes everything but the model.
pub(super) fn write(request: &ChatRequest, root: &mut Object<'_>) {
    input(request, root);
    if let Some(system) = &request.system
        && let [Part::Text { text, .. }] = system.parts.as_slice()
    {
        root.str("instructions", text);
    }
    if let Some(tools) = &request.tools {
        let mut list = root.array("tools");
        for tool in tools {
            match tool {
                Tool::Function { extra, wrapper, .. } => {
                    let mut to = list.object();
                    if !extra.lacks("type") {
                        to.str("type", "function");
                    }
                    if extra.lacks("name") {
                        let mut inner = to.object("function");
                        function(tool, true, &mut inner);
                        wrapper.write(&mut inner);
                    } else {
                        function(tool, true, &mut to);
                    }
                    extra.write(&mut to);
                }
                Tool::Opaque { value, .. } => list.json(value),
            }
        }
    }
    if let Some(choice) = &request.tool_choice {
        named_choice(choice, root);
    }
    if let Some(parallel) = request.parallel_tool_calls {
        root.bool("parallel_tool_calls", parallel);
    }
    if let Some(limit) = request.max_output {
        root.u64("max_output_tokens", limit);
    }
    for (name, value) in [
        ("temperature", &request.temperature),
        ("top_p", &request.top_p),
    ] {
        if let Some(value) = value {
            root.json(name, value);
        }
    }
    output(request, root);
    let others = prefixed(&request.extra, REASONING);
    if request.effort.is_some() || !others.is_empty() {
        let mut reasoning = root.object("reasoning");
        reasoning.opt_str("effort", request.effort.as_deref());
        for (name, value) in others {
            reasoning.json(name, value);
        }
    }
    root.opt_str("user", request.user.as_deref());
    root.opt_str("service_tier", request.service_tier.as_deref());
    if let Some(stream) = request.stream {
        root.bool("stream", stream);
    }
    for (name, value) in request.extra.members() {
        if !name.starts_with(TEXT) && !name.starts_with(REASONING) {
            root.json(name, value);
        }
    }
}

/// What the request holds and what it refers to.
fn input(request: &ChatRequest, root: &mut Object<'_>) {
    let referred = request
        .messages
        .iter()
        .take_while(|turn| is_reference(turn.extra.path()))
        .count();
    let (referred, turns) = request.messages.split_at(referred);
    for turn in referred {
        if let [Part::Opaque { kind, value, .. }] = turn.parts.as_slice() {
            root.json(kind, value);
        }
    }
    match turns {
        [] if !referred.is_empty() => {}
        [turn] if turn.extra.path() == "input" => {
            if let [Part::Text { text, .. }] = turn.parts.as_slice() {
                root.str("input", text);
            }
        }
        turns => items::write_turns(turns, &mut root.array("input")),
    }
}

/// True for the path of a member of the request itself.
fn is_reference(path: &str) -> bool {
    path != "input" && !path.contains('[')
}

fn prefixed<'a>(extra: &'a Extra, prefix: &str) -> Vec<(&'a str, &'a Json)> {
    extra
        .members()
        .filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value)))
        .collect()
}

fn output(request: &ChatRequest, root: &mut Object<'_>) {
    let others = prefixed(&request.extra, TEXT);
    if request.output.is_none() && others.is_empty() {
        return;
    }
    let mut text = root.object("text");
    for (name, value) in others {
        text.json(name, value);
    }
    match &request.output {
        None => {}
        Some(OutputFormat::Opaque(value)) => text.json("format", value),
        Some(OutputFormat::Text) => text.object("format").str("type", "text"),
        Some(OutputFormat::JsonObject) => text.object("format").str("type", "json_object"),
        Some(OutputFormat::JsonSchema {
            name,
            description,
            schema,
            strict,
            extra,
            ..
        }) => {
            let mut to = text.object("format");
            to.str("type", "json_schema");
            to.opt_str("name", name.as_deref());
            to.opt_str("description", description.as_deref());
            if let Some(schema) = schema {
                to.json("schema", schema);
            }
            if let Some(strict) = strict {
                to.bool("strict", *strict);
            }
            extra.write(&mut to);
        }
    }
}
