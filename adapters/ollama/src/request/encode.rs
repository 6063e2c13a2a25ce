//! A request, written in this dialect.
//!
//! Refused is what Ollama cannot be told: a tool that must be called, several answers, pictures by address and
//! documents that are not text. Tools that must not be called are left out, which says the same.

use marshal_adapter_api::{
    Array, ChatRequest, Encoded, Json, Object, OutputFormat, Part, Tool, ToolChoice, Untranslatable,
};
use marshal_types::Dialect;

use super::{messages, settings, turns};
use crate::asked::{Asked, path};
use crate::calls::Calls;

/// Writes `request` for `model`.
pub(crate) fn encode(request: &ChatRequest, model: &str) -> Result<Encoded, Untranslatable> {
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        root.str("model", model);
        if request.origin == Dialect::Ollama {
            as_it_was(request, &mut root);
        } else {
            refuse(request)?;
            foreign_messages(request, &mut root, dropped)?;
            foreign_tools(request, &mut root, dropped)?;
            foreign_output(request, &mut root, dropped)?;
            settings::foreign(request, model, &mut root, dropped);
            // Left out it would mean yes.
            root.bool("stream", request.stream.unwrap_or(false));
        }
    }
    encoded.body = body;
    Ok(encoded)
}

fn as_it_was(request: &ChatRequest, root: &mut Object<'_>) {
    if !request.messages.is_empty() {
        let mut list = root.array("messages");
        let mut calls = Calls::default();
        for message in &request.messages {
            messages::write(message, &mut calls, &mut list.object());
        }
    }
    if let Some(tools) = &request.tools {
        let mut list = root.array("tools");
        for tool in tools {
            own_tool(tool, &mut list);
        }
    }
    match &request.output {
        Some(OutputFormat::JsonObject) => root.str("format", "json"),
        Some(
            OutputFormat::JsonSchema {
                schema: Some(schema),
                ..
            }
            | OutputFormat::Opaque(schema),
        ) => root.json("format", schema),
        _ => {}
    }
    settings::own(request, root);
}

fn own_tool(tool: &Tool, list: &mut Array<'_>) {
    match tool {
        Tool::Function {
            name,
            description,
            schema,
            extra,
            wrapper,
            ..
        } => {
            let mut outer = list.object();
            {
                let mut to = outer.object("function");
                function(name, description.as_deref(), schema.as_ref(), &mut to);
                extra.write(&mut to);
            }
            wrapper.write(&mut outer);
        }
        Tool::Opaque { value, .. } => list.json(value),
    }
}

fn function(name: &str, description: Option<&str>, schema: Option<&Json>, to: &mut Object<'_>) {
    to.str("name", name);
    to.opt_str("description", description);
    if let Some(schema) = schema {
        to.json("parameters", schema);
    }
}

fn untranslatable(param: &str, message: &str) -> Untranslatable {
    Untranslatable {
        message: message.to_owned(),
        param: Some(param.to_owned()),
    }
}

/// Without a message Ollama would load the model and say nothing.
fn foreign_messages(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut list = Vec::with_capacity(512);
    turns::write(request, &mut Array::new(&mut list), dropped)?;
    if list == b"[]" {
        let at = path(request.origin, Asked::Messages);
        return Err(untranslatable(
            at,
            &format!("`{at}` says nothing to an Ollama model: add a turn with some text."),
        ));
    }
    root.raw("messages", &list);
    Ok(())
}

/// What would mean something else if it were left out.
fn refuse(request: &ChatRequest) -> Result<(), Untranslatable> {
    if request.choices.is_some_and(|choices| choices > 1) {
        return Err(untranslatable(
            path(request.origin, Asked::Choices),
            "More than one answer is asked for, and an Ollama model gives one: ask once for each.",
        ));
    }
    for name in ["functions", "function_call"] {
        if request.extra.get(name).is_some_and(|json| !json.is_empty()) {
            return Err(untranslatable(
                name,
                &format!("`{name}` cannot be said to an Ollama model: use `tools`."),
            ));
        }
    }
    if matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Named(_) | ToolChoice::Opaque(_))
    ) {
        let at = path(request.origin, Asked::ToolChoice);
        return Err(untranslatable(
            at,
            &format!(
                "`{at}` demands a tool, and an Ollama model decides by itself: leave the choice to the model."
            ),
        ));
    }
    Ok(())
}

fn foreign_tools(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let tools = request.tools.as_deref().unwrap_or_default();
    let functions = tools
        .iter()
        .filter(|tool| matches!(tool, Tool::Function { .. }))
        .count();
    for tool in tools {
        report_tool(tool, dropped);
    }
    if request.tool_choice == Some(ToolChoice::None) {
        // Amid calls and answers the model also loses what the tools were.
        if functions > 0 && has_tool_turns(request) {
            dropped.push("tools".to_owned());
        }
        return Ok(());
    }
    if functions == 0 {
        return Ok(());
    }
    let mut list = root.array("tools");
    for tool in tools {
        if let Tool::Function {
            name,
            description,
            schema,
            ..
        } = tool
        {
            let mut outer = list.object();
            outer.str("type", "function");
            let mut to = outer.object("function");
            function(name, description.as_deref(), schema.as_ref(), &mut to);
        }
    }
    if request.parallel_tool_calls == Some(false) {
        dropped.push(path(request.origin, Asked::Parallel).to_owned());
    }
    Ok(())
}

fn report_tool(tool: &Tool, dropped: &mut Vec<String>) {
    match tool {
        Tool::Function {
            strict,
            extra,
            wrapper,
            ..
        } => {
            if *strict == Some(true) {
                dropped.push(extra.path_of("strict"));
            }
            extra.report_except(&["type"], dropped);
            wrapper.report_except(&["type"], dropped);
        }
        Tool::Opaque { path, .. } => dropped.push(path.clone()),
    }
}

fn has_tool_turns(request: &ChatRequest) -> bool {
    request
        .messages
        .iter()
        .flat_map(|message| &message.parts)
        .any(|part| matches!(part, Part::ToolCall { .. } | Part::ToolResult { .. }))
}

/// Ollama always holds the answer to its schema.
fn foreign_output(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    match &request.output {
        None | Some(OutputFormat::Text) => {}
        Some(OutputFormat::JsonObject) => root.str("format", "json"),
        Some(OutputFormat::JsonSchema {
            name,
            description,
            schema: Some(schema),
            extra,
            ..
        }) => {
            for (member, value) in [("name", name), ("description", description)] {
                if value.is_some() {
                    dropped.push(extra.path_of(member));
                }
            }
            extra.report_except(&["type"], dropped);
            root.json("format", schema);
        }
        Some(_) => {
            return Err(untranslatable(
                path(request.origin, Asked::Output),
                "The form of the answer cannot be said to an Ollama model: ask for a JSON object or give a JSON schema.",
            ));
        }
    }
    Ok(())
}
