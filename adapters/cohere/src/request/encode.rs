//! A request, written in this dialect.
//!
//! Refused is what Cohere cannot be told: one certain tool among several, several answers, a form of answer that
//! is neither text nor JSON. Reported are `parallel_tool_calls: false`, `strict` where only some tools are,
//! service tiers, log probabilities (their form differs) and the end user's name.

use marshal_adapter_api::{
    Array, ChatRequest, Encoded, Json, Object, OutputFormat, Tool, ToolChoice, Untranslatable,
};
use marshal_types::Dialect;

use super::{OwnMessage, documents, settings, turns};
use crate::asked::{Asked, path};

/// Writes `request` for `model`.
pub(crate) fn encode(request: &ChatRequest, model: &str) -> Result<Encoded, Untranslatable> {
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        root.str("model", model);
        if request.origin == Dialect::Cohere {
            as_it_was(request, &mut root);
        } else {
            refuse(request)?;
            foreign_messages(request, &mut root, dropped)?;
            foreign_tools(request, &mut root, dropped)?;
            foreign_output(request, &mut root, dropped)?;
            settings::foreign(request, &mut root, dropped);
        }
        if let Some(stream) = request.stream {
            root.bool("stream", stream);
        }
    }
    encoded.body = body;
    Ok(encoded)
}

fn as_it_was(request: &ChatRequest, root: &mut Object<'_>) {
    {
        let mut list = root.array("messages");
        for message in &request.messages {
            OwnMessage(message).write(&mut list.object());
        }
    }
    documents::write_top(&request.messages, root);
    if let Some(tools) = &request.tools {
        let mut list = root.array("tools");
        for tool in tools {
            own_tool(tool, &mut list);
        }
    }
    let strict = request.tools.iter().flatten().find_map(|tool| match tool {
        Tool::Function { strict, .. } => *strict,
        Tool::Opaque { .. } => None,
    });
    if let Some(strict) = strict {
        root.bool("strict_tools", strict);
    }
    match &request.tool_choice {
        Some(ToolChoice::Required) => root.str("tool_choice", "REQUIRED"),
        Some(ToolChoice::None) => root.str("tool_choice", "NONE"),
        Some(ToolChoice::Opaque(value)) => root.json("tool_choice", value),
        _ => {}
    }
    match &request.output {
        Some(OutputFormat::JsonSchema {
            schema: Some(schema),
            old_word,
            ..
        }) => json_object(Some(schema), *old_word, root),
        Some(OutputFormat::Text) => root.object("response_format").str("type", "text"),
        Some(OutputFormat::Opaque(value)) => root.json("response_format", value),
        Some(_) => json_object(None, false, root),
        None => {}
    }
    settings::own(request, root);
    request.extra.write(root);
}

fn json_object(schema: Option<&Json>, old_word: bool, root: &mut Object<'_>) {
    let mut format = root.object("response_format");
    format.str("type", "json_object");
    if let Some(schema) = schema {
        format.json(if old_word { "schema" } else { "json_schema" }, schema);
    }
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
            &format!("`{at}` says nothing to a Cohere model: add a turn with some text."),
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
            "More than one answer is asked for, and a Cohere model gives one: ask once for each.",
        ));
    }
    for name in ["functions", "function_call"] {
        if request.extra.get(name).is_some_and(|json| !json.is_empty()) {
            return Err(untranslatable(
                name,
                &format!(
                    "`{name}` cannot be said to a Cohere model: use `tools` and `tool_choice`."
                ),
            ));
        }
    }
    Ok(())
}

fn foreign_tools(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let tools = request.tools.as_deref().unwrap_or_default();
    let mut names = Vec::with_capacity(tools.len());
    for tool in tools {
        match tool {
            Tool::Function { name, .. } => names.push(name.as_str()),
            Tool::Opaque { path, .. } => dropped.push(path.clone()),
        }
    }
    let choice = choice(request, &names)?;
    if names.is_empty() {
        return Ok(());
    }
    let all_strict = tools.iter().all(may_be_strict);
    {
        let mut list = root.array("tools");
        for (at, tool) in tools.iter().enumerate() {
            foreign_tool(tool, at, all_strict, &mut list, dropped);
        }
    }
    if all_strict {
        root.bool("strict_tools", true);
    }
    root.opt_str("tool_choice", choice);
    if request.parallel_tool_calls == Some(false) {
        dropped.push(path(request.origin, Asked::Parallel).to_owned());
    }
    Ok(())
}

/// Cohere holds either all tools to their schemas or none, and only those that demand an argument.
fn may_be_strict(tool: &Tool) -> bool {
    let Tool::Function { schema, strict, .. } = tool else {
        return true;
    };
    let demands = |schema: &Json| {
        let bytes = schema.as_str().as_bytes();
        marshal_adapter_api::index(bytes).is_ok_and(|index| {
            let doc = index.doc(bytes);
            doc.get(doc.root(), "required")
                .is_some_and(|required| !doc.is_empty(required))
        })
    };
    *strict == Some(true) && schema.as_ref().is_some_and(demands)
}

/// Cohere can be told that some tool must be called, and so which one where there is only one.
fn choice(request: &ChatRequest, names: &[&str]) -> Result<Option<&'static str>, Untranslatable> {
    match &request.tool_choice {
        None | Some(ToolChoice::Auto) => Ok(None),
        Some(ToolChoice::None) => Ok(Some("NONE")),
        Some(ToolChoice::Required) if !names.is_empty() => Ok(Some("REQUIRED")),
        Some(ToolChoice::Named(name)) if names == [name.as_str()] => Ok(Some("REQUIRED")),
        Some(_) => {
            let at = path(request.origin, Asked::ToolChoice);
            Err(untranslatable(
                at,
                &format!(
                    "`{at}` demands what a Cohere model cannot be told: demand any tool, or offer only the one that must be called."
                ),
            ))
        }
    }
}

fn foreign_tool(
    tool: &Tool,
    at: usize,
    all_strict: bool,
    list: &mut Array<'_>,
    dropped: &mut Vec<String>,
) {
    let Tool::Function {
        name,
        description,
        schema,
        strict,
        extra,
        wrapper,
    } = tool
    else {
        return;
    };
    let mut outer = list.object();
    outer.str("type", "function");
    function(
        name,
        description.as_deref(),
        schema.as_ref(),
        &mut outer.object("function"),
    );
    if *strict == Some(true) && !all_strict {
        let at = match extra.path() {
            "" => format!("tools[{at}].strict"),
            _ => extra.path_of("strict"),
        };
        dropped.push(at);
    }
    extra.report_except(&["type"], dropped);
    wrapper.report_except(&["type"], dropped);
}

/// Cohere always holds the answer to its schema.
fn foreign_output(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    match &request.output {
        None | Some(OutputFormat::Text) => {}
        Some(OutputFormat::JsonObject) => json_object(None, false, root),
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
            json_object(Some(schema), false, root);
        }
        Some(_) => {
            return Err(untranslatable(
                path(request.origin, Asked::Output),
                "The form of the answer cannot be said to a Cohere model: ask for a JSON object or give a JSON schema.",
            ));
        }
    }
    Ok(())
}
