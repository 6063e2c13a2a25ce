//! A request, written in this dialect.
//!
//! Of an Anthropic request, `cache_control`, `top_k`, thinking signatures, `is_error` and provider-run
//! tools have no word here and are reported; pictures in tool results move to the user turn behind them.
//! A thinking budget becomes an effort: under 4,096 tokens `low`, under 16,384 `medium`, else `high`.

use marshal_adapter_api::{
    Array, ChatRequest, Encoded, Object, OutputFormat, ThinkingMode, Tool, ToolChoice,
    Untranslatable, takes_new_limit,
};
use marshal_types::Dialect;

use super::{alike, turns};
use crate::words::{Asked, path};

/// Writes `request` for `model`.
pub(crate) fn encode(request: &ChatRequest, model: &str) -> Result<Encoded, Untranslatable> {
    let own = request.origin == Dialect::OpenAi;
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        root.str("model", model);
        turns::write(request, own, &mut root, dropped)?;
        limits(request, own, model, &mut root, dropped);
        tools(request, own, &mut root, dropped)?;
        output(request, own, &mut root)?;
        effort(request, own, &mut root, dropped);
        rest(request, own, &mut root, dropped);
    }
    encoded.body = body;
    Ok(encoded)
}

fn limits(
    request: &ChatRequest,
    own: bool,
    model: &str,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) {
    if let Some(limit) = request.max_output {
        let old = if own {
            request.max_output_old_word
        } else {
            !takes_new_limit(model)
        };
        root.u64(
            if old {
                "max_tokens"
            } else {
                "max_completion_tokens"
            },
            limit,
        );
    }
    for (name, value) in [
        ("temperature", &request.temperature),
        ("top_p", &request.top_p),
        ("seed", &request.seed),
    ] {
        if let Some(value) = value {
            root.json(name, value);
        }
    }
    match &request.top_k {
        Some(top_k) if own => root.json("top_k", top_k),
        Some(_) => dropped.push(path(request.origin, Asked::TopK).to_owned()),
        None => {}
    }
    if let Some(choices) = request.choices {
        root.u64("n", choices);
    }
    match request.stop.as_deref() {
        Some([stop]) if request.stop_bare => root.str("stop", stop),
        Some(stops) if own || !stops.is_empty() => {
            let mut list = root.array("stop");
            stops.iter().for_each(|stop| list.str(stop));
        }
        _ => {}
    }
}

fn tools(
    request: &ChatRequest,
    own: bool,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut written = 0;
    if let Some(tools) = &request.tools {
        let functions = |tool: &&Tool| own || matches!(tool, Tool::Function { .. });
        written = tools.iter().filter(functions).count();
        if own || written > 0 {
            let mut list = root.array("tools");
            tools
                .iter()
                .for_each(|tool| write_tool(tool, own, &mut list, dropped));
        } else {
            tools
                .iter()
                .for_each(|tool| write_tool(tool, own, &mut Array::new(&mut Vec::new()), dropped));
        }
    }
    check_choice(request, own)?;
    if own || written > 0 {
        write_choice(request, root);
        if let Some(parallel) = request.parallel_tool_calls {
            root.bool("parallel_tool_calls", parallel);
        }
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
            let mut outer = list.object();
            if !own {
                outer.str("type", "function");
            }
            let fill = |function: &mut Object<'_>| {
                function.str("name", name);
                function.opt_str("description", description.as_deref());
                if let Some(schema) = schema {
                    function.json("parameters", schema);
                }
                if let Some(strict) = strict {
                    function.bool("strict", *strict);
                }
                if own {
                    extra.write(function);
                }
            };
            if own && wrapper.lacks("function") {
                fill(&mut outer);
            } else {
                fill(&mut outer.object("function"));
            }
            if own {
                wrapper.write(&mut outer);
            } else {
                extra.report_except(&["type"], dropped);
                wrapper.report_except(&["type"], dropped);
            }
        }
        Tool::Opaque { value, .. } if own => list.json(value),
        Tool::Opaque { path, .. } => dropped.push(path.clone()),
    }
}

/// A tool that must be called has to be there.
fn check_choice(request: &ChatRequest, own: bool) -> Result<(), Untranslatable> {
    if own {
        return Ok(());
    }
    let functions = request
        .tools
        .iter()
        .flatten()
        .filter_map(|tool| match tool {
            Tool::Function { name, .. } => Some(name),
            Tool::Opaque { .. } => None,
        });
    let possible = match &request.tool_choice {
        Some(ToolChoice::Named(wanted)) => functions.into_iter().any(|name| name == wanted),
        Some(ToolChoice::Required) => functions.count() > 0,
        Some(ToolChoice::Opaque(_)) => false,
        _ => true,
    };
    if possible {
        return Ok(());
    }
    let param = path(request.origin, Asked::ToolChoice);
    Err(Untranslatable {
        message: format!(
            "`{param}` demands a tool that an OpenAI-compatible model cannot be given: name a function tool, or use a model of the dialect that you speak."
        ),
        param: Some(param.to_owned()),
    })
}

fn write_choice(request: &ChatRequest, root: &mut Object<'_>) {
    if request.extra.get("tool_choice").is_some() {
        return; // kept aside as it was written
    }
    match &request.tool_choice {
        Some(ToolChoice::Auto) => root.str("tool_choice", "auto"),
        Some(ToolChoice::None) => root.str("tool_choice", "none"),
        Some(ToolChoice::Required) => root.str("tool_choice", "required"),
        Some(ToolChoice::Named(name)) => {
            let mut choice = root.object("tool_choice");
            choice.str("type", "function");
            choice.object("function").str("name", name);
        }
        Some(ToolChoice::Opaque(value)) => root.json("tool_choice", value),
        None => {}
    }
}

fn output(request: &ChatRequest, own: bool, root: &mut Object<'_>) -> Result<(), Untranslatable> {
    match &request.output {
        Some(OutputFormat::Text) => root.object("response_format").str("type", "text"),
        Some(OutputFormat::JsonObject) => root.object("response_format").str("type", "json_object"),
        Some(OutputFormat::JsonSchema {
            name,
            description,
            schema,
            strict,
            extra,
            ..
        }) => {
            let mut format = root.object("response_format");
            format.str("type", "json_schema");
            let mut to = format.object("json_schema");
            let name = name.as_deref().or((!own).then_some("answer"));
            to.opt_str("name", name);
            to.opt_str("description", description.as_deref());
            if let Some(schema) = schema {
                to.json("schema", schema);
            }
            // Anthropic always holds the answer to its schema.
            if let Some(strict) = strict.or((!own).then_some(true)) {
                to.bool("strict", strict);
            }
            if own {
                extra.write(&mut to);
            }
        }
        Some(OutputFormat::Opaque(value)) if own => root.json("response_format", value),
        Some(OutputFormat::Opaque(_)) => {
            let param = path(request.origin, Asked::Output);
            return Err(Untranslatable {
                message: format!(
                    "`{param}` has no equivalent for an OpenAI-compatible model: give it a JSON schema."
                ),
                param: Some(param.to_owned()),
            });
        }
        None => {}
    }
    Ok(())
}

fn effort(request: &ChatRequest, own: bool, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    if let Some(effort) = &request.effort {
        // Anthropic's highest word is not known here.
        let word = if own || effort != "max" {
            effort
        } else {
            "xhigh"
        };
        root.str("reasoning_effort", word);
        return;
    }
    match request.thinking.as_ref().map(|thinking| &thinking.mode) {
        Some(ThinkingMode::Budget(..4_096)) => root.str("reasoning_effort", "low"),
        Some(ThinkingMode::Budget(..16_384)) => root.str("reasoning_effort", "medium"),
        Some(ThinkingMode::Budget(_)) => root.str("reasoning_effort", "high"),
        // Whether and how a model of this dialect can be told so depends on the model.
        Some(ThinkingMode::Off | ThinkingMode::Adaptive) => {
            dropped.push(path(request.origin, Asked::Thinking).to_owned());
        }
        None => {}
    }
}

fn rest(request: &ChatRequest, own: bool, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    root.opt_str("user", request.user.as_deref());
    match request.service_tier.as_deref() {
        // Amazon's tiers have OpenAI's names.
        Some(tier) if own || matches!(request.origin, Dialect::Responses | Dialect::Bedrock) => {
            root.str("service_tier", tier);
        }
        Some("auto") => root.str("service_tier", "auto"),
        Some("standard_only") => root.str("service_tier", "default"),
        Some(_) => dropped.push(path(request.origin, Asked::Tier).to_owned()),
        None => {}
    }
    if let Some(stream) = request.stream {
        root.bool("stream", stream);
    }
    if own {
        if let Some(usage) = request.stream_usage
            && request.extra.get("stream_options").is_none()
        {
            root.object("stream_options").bool("include_usage", usage);
        }
        request.extra.write(root);
    } else {
        // The client's dialect always ends a stream with usage, so ours must ask for it.
        if request.stream == Some(true) {
            root.object("stream_options").bool("include_usage", true);
        }
        let understood = alike::write(request, root);
        request.extra.report_except(&understood, dropped);
        if let Some(thinking) = &request.thinking {
            thinking.extra.report(dropped);
        }
    }
}
