//! A request, written in this dialect.
//!
//! Of an OpenAI request, `seed`, penalties, `logprobs`, `name` and the like have no word here and are
//! reported; several choices, a JSON object without a schema, audio and uploaded files are refused.

use marshal_adapter_api::{
    Array, ChatRequest, Encoded, Json, Object, OutputFormat, ThinkingMode, Tool, ToolChoice,
    Untranslatable,
};
use marshal_types::Dialect;

use super::{caching, own, thinking, turns};
use crate::words::{Asked, path};

/// Writes `request` for `model`.
pub(crate) fn encode(
    request: &ChatRequest,
    model: &str,
    default_max_output: u64,
) -> Result<Encoded, Untranslatable> {
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        root.str("model", model);
        let limit = request.max_output.unwrap_or(default_max_output);
        // Whoever speaks this dialect without a limit is told by the provider that one must be there.
        if request.max_output.is_some() || request.origin != Dialect::Anthropic {
            root.u64("max_tokens", limit);
        }
        if request.origin == Dialect::Anthropic {
            as_it_was(request, &mut root);
        } else {
            refuse(request)?;
            turns::write(request, &mut root, dropped)?;
            tools(request, &mut root, dropped)?;
            output(request, &mut root, dropped)?;
            settings(request, limit, &mut root, dropped);
            request
                .extra
                .report_except(&["tool_choice", "stream_options"], dropped);
        }
        stops(request, &mut root);
        if let Some(stream) = request.stream {
            root.bool("stream", stream);
        }
    }
    encoded.body = body;
    Ok(encoded)
}

fn stops(request: &ChatRequest, root: &mut Object<'_>) {
    let own = request.origin == Dialect::Anthropic;
    if let Some(stops) = &request.stop
        && (own || !stops.is_empty())
    {
        let mut list = root.array("stop_sequences");
        stops.iter().for_each(|stop| list.str(stop));
    }
}

fn as_it_was(request: &ChatRequest, root: &mut Object<'_>) {
    if let Some(system) = &request.system {
        own::content("system", &system.parts, system.bare, root);
    }
    {
        let mut list = root.array("messages");
        for message in &request.messages {
            let mut to = list.object();
            to.str(
                "role",
                match message.role {
                    marshal_adapter_api::Role::Assistant => "assistant",
                    marshal_adapter_api::Role::System => "system",
                    _ => "user",
                },
            );
            own::content("content", &message.parts, message.bare, &mut to);
            message.extra.write(&mut to);
        }
    }
    if let Some(tools) = &request.tools {
        let mut list = root.array("tools");
        for tool in tools {
            write_tool(tool, true, &mut list, &mut Vec::new());
        }
    }
    if let Some(choice) = &request.tool_choice {
        write_choice(choice, request.parallel_tool_calls, root);
    }
    for (name, value) in [
        ("temperature", &request.temperature),
        ("top_p", &request.top_p),
        ("top_k", &request.top_k),
    ] {
        if let Some(value) = value {
            root.json(name, value);
        }
    }
    own_output(request, root);
    if let Some(thinking) = &request.thinking {
        let mut to = root.object("thinking");
        match thinking.mode {
            ThinkingMode::Off => to.str("type", "disabled"),
            ThinkingMode::Adaptive => to.str("type", "adaptive"),
            ThinkingMode::Budget(budget) => {
                to.str("type", "enabled");
                to.u64("budget_tokens", budget);
            }
        }
        thinking.extra.write(&mut to);
    }
    if let Some(user) = &request.user {
        root.object("metadata").str("user_id", user);
    }
    root.opt_str("service_tier", request.service_tier.as_deref());
    for (name, value) in request.extra.members() {
        if !name.starts_with("output_config.") {
            root.json(name, value);
        }
    }
}

fn own_output(request: &ChatRequest, root: &mut Object<'_>) {
    let format = |name: &str, to: &mut Object<'_>| match &request.output {
        Some(OutputFormat::JsonSchema {
            schema: Some(schema),
            ..
        }) => {
            let mut format = to.object(name);
            format.str("type", "json_schema");
            format.json("schema", schema);
        }
        Some(OutputFormat::Opaque(value)) => to.json(name, value),
        _ => {}
    };
    let old = matches!(
        request.output,
        Some(OutputFormat::JsonSchema { old_word: true, .. })
    );
    if old {
        format("output_format", root);
    }
    let others: Vec<(&str, &Json)> = request
        .extra
        .members()
        .filter_map(|(name, value)| Some((name.strip_prefix("output_config.")?, value)))
        .collect();
    let new = request.output.is_some() && !old;
    if new || request.effort.is_some() || !others.is_empty() {
        let mut config = root.object("output_config");
        config.opt_str("effort", request.effort.as_deref());
        if new {
            format("format", &mut config);
        }
        for (name, value) in others {
            config.json(name, value);
        }
    }
}

fn untranslatable(param: &str, message: &str) -> Untranslatable {
    Untranslatable {
        message: message.to_owned(),
        param: Some(param.to_owned()),
    }
}

/// What would mean something else if it were left out.
fn refuse(request: &ChatRequest) -> Result<(), Untranslatable> {
    if request.choices.is_some_and(|choices| choices > 1) {
        let param = path(request.origin, Asked::Choices);
        return Err(untranslatable(
            param,
            &format!(
                "`{param}` is more than 1, and an Anthropic model gives one answer: ask once for each."
            ),
        ));
    }
    for name in ["functions", "function_call"] {
        if request.extra.get(name).is_some_and(|json| !json.is_empty()) {
            return Err(untranslatable(
                name,
                &format!(
                    "`{name}` cannot be said to an Anthropic model: use `tools` and `tool_choice`."
                ),
            ));
        }
    }
    Ok(())
}

fn tools(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let names: Vec<&str> = request
        .tools
        .iter()
        .flatten()
        .filter_map(|tool| match tool {
            Tool::Function { name, .. } => Some(name.as_str()),
            Tool::Opaque { path, .. } => {
                dropped.push(path.clone());
                None
            }
        })
        .collect();
    let possible = match &request.tool_choice {
        Some(ToolChoice::Named(name)) => names.contains(&name.as_str()),
        Some(ToolChoice::Required) => !names.is_empty(),
        Some(ToolChoice::Opaque(_)) => false,
        _ => true,
    };
    if !possible {
        let param = path(request.origin, Asked::ToolChoice);
        return Err(untranslatable(
            param,
            &format!(
                "`{param}` demands a tool that an Anthropic model cannot be given: name one of the function tools."
            ),
        ));
    }
    if names.is_empty() {
        return Ok(());
    }
    {
        let mut list = root.array("tools");
        for tool in request.tools.iter().flatten() {
            write_tool(tool, false, &mut list, dropped);
        }
    }
    // Several calls at once are what this dialect does unasked.
    let one_by_one = request.parallel_tool_calls.filter(|parallel| !parallel);
    match &request.tool_choice {
        Some(choice) => write_choice(choice, one_by_one, root),
        None if one_by_one.is_some() => write_choice(&ToolChoice::Auto, one_by_one, root),
        None => {}
    }
    Ok(())
}

fn write_tool(tool: &Tool, own: bool, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    match tool {
        Tool::Function {
            name,
            description,
            schema,
            strict,
            extra,
            wrapper,
        } => {
            let mut to = list.object();
            to.str("name", name);
            to.opt_str("description", description.as_deref());
            match schema {
                Some(schema) => to.json("input_schema", schema),
                None if own => {}
                None => to.object("input_schema").str("type", "object"),
            }
            if let Some(strict) = strict {
                to.bool("strict", *strict);
            }
            if own {
                extra.write(&mut to);
            } else {
                caching::write(extra, &mut to);
                extra.report_except(&["type", caching::POINT], dropped);
                wrapper.report_except(&["type"], dropped);
            }
        }
        Tool::Opaque { value, .. } if own => list.json(value),
        Tool::Opaque { .. } => {}
    }
}

fn write_choice(choice: &ToolChoice, parallel: Option<bool>, root: &mut Object<'_>) {
    if let ToolChoice::Opaque(value) = choice {
        root.json("tool_choice", value);
        return;
    }
    let mut to = root.object("tool_choice");
    match choice {
        ToolChoice::Auto => to.str("type", "auto"),
        ToolChoice::None => {
            to.str("type", "none");
            return; // with no tool to call there is nothing to do one by one
        }
        ToolChoice::Required => to.str("type", "any"),
        ToolChoice::Named(name) => {
            to.str("type", "tool");
            to.str("name", name);
        }
        ToolChoice::Opaque(_) => {}
    }
    if let Some(parallel) = parallel {
        to.bool("disable_parallel_tool_use", !parallel);
    }
}

fn output(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    match &request.output {
        None | Some(OutputFormat::Text) => Ok(()),
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
            extra.report(dropped);
            let mut config = root.object("output_config");
            let mut format = config.object("format");
            format.str("type", "json_schema");
            format.json("schema", schema);
            Ok(())
        }
        Some(_) => {
            let param = path(request.origin, Asked::Output);
            Err(untranslatable(
                param,
                &format!(
                    "`{param}` cannot be held by an Anthropic model as it is: give it a JSON schema."
                ),
            ))
        }
    }
}

fn settings(request: &ChatRequest, limit: u64, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    let budget = thinking::budget(request, limit, dropped);
    if let Some(budget) = budget {
        let mut to = root.object("thinking");
        to.str("type", "enabled");
        to.u64("budget_tokens", budget);
    }
    // With thinking on, this dialect refuses to have its sampling changed.
    let sampling = [
        ("temperature", &request.temperature, Asked::Temperature),
        ("top_p", &request.top_p, Asked::TopP),
        ("top_k", &request.top_k, Asked::TopK),
    ];
    for (name, value, asked) in sampling {
        let said = path(request.origin, asked);
        let Some(value) = value else { continue };
        let number: f64 = value.as_str().parse().unwrap_or(0.0);
        if budget.is_some() {
            dropped.push(said.to_owned());
        } else if name == "temperature" && number > 1.0 {
            root.u64(name, 1); // as far as this dialect goes
            dropped.push(said.to_owned());
        } else {
            root.json(name, value);
        }
    }
    if request.seed.is_some() {
        dropped.push(path(request.origin, Asked::Seed).to_owned());
    }
    if let Some(user) = &request.user {
        root.object("metadata").str("user_id", user);
    }
    match request.service_tier.as_deref() {
        Some("auto") => root.str("service_tier", "auto"),
        Some("default") => root.str("service_tier", "standard_only"),
        Some(_) => dropped.push(path(request.origin, Asked::Tier).to_owned()),
        None => {}
    }
}
