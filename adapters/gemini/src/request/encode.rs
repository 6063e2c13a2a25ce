//! A request, written in this dialect.
//!
//! Of other dialects' requests, cache marks, log probabilities, end users, service tiers, metadata and the like have
//! no word here and are reported; tools are always called side by side. A tool choice that cannot be met, an output
//! format without equivalent, and what a user showed that cannot be shown are refused.

use marshal_adapter_api::{
    ChatRequest, Encoded, Object, OutputFormat, Tool, ToolChoice, Untranslatable,
};
use marshal_types::Dialect;

use super::{own, thinking, turns};
use crate::paths::{Asked, path};

/// Writes `request` for `model`.
pub(crate) fn encode(request: &ChatRequest, model: &str) -> Result<Encoded, Untranslatable> {
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        if request.origin == Dialect::Gemini {
            own::write(request, &mut root);
        } else {
            refuse(request)?;
            turns::write(request, model, &mut root, dropped)?;
            tools(request, &mut root, dropped)?;
            let mut config = Vec::with_capacity(256);
            {
                let mut to = Object::new(&mut config);
                limits(request, &mut to);
                output(request, &mut to, dropped)?;
                thinking::write(request, model, &mut to, dropped);
            }
            if config != b"{}" {
                root.raw("generationConfig", &config);
            }
            rest(request, dropped);
        }
    }
    encoded.body = body;
    Ok(encoded)
}

fn untranslatable(param: &str, message: String) -> Untranslatable {
    Untranslatable {
        message,
        param: Some(param.to_owned()),
    }
}

/// What would mean something else if it were left out.
fn refuse(request: &ChatRequest) -> Result<(), Untranslatable> {
    for name in ["functions", "function_call"] {
        if request.extra.get(name).is_some_and(|json| !json.is_empty()) {
            let message = format!(
                "`{name}` cannot be said to a Gemini model: use `tools` and `tool_choice`."
            );
            return Err(untranslatable(name, message));
        }
    }
    Ok(())
}

fn tools(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let choice = request.tool_choice.as_ref();
    let mut names = Vec::new();
    for tool in request.tools.iter().flatten() {
        match tool {
            Tool::Function { name, .. } => names.push(name.as_str()),
            Tool::Opaque { path, .. } => dropped.push(path.clone()),
        }
    }
    let possible = match choice {
        Some(ToolChoice::Named(name)) => names.contains(&name.as_str()),
        Some(ToolChoice::Required) => !names.is_empty(),
        Some(ToolChoice::Opaque(_)) => false,
        _ => true,
    };
    if !possible {
        let at = path(request.origin, Asked::ToolChoice);
        let message = format!(
            "`{at}` demands what a Gemini model cannot be held to: name one of the function tools."
        );
        return Err(untranslatable(at, message));
    }
    if request.parallel_tool_calls == Some(false) {
        dropped.push(path(request.origin, Asked::Parallel).to_owned());
    }
    if names.is_empty() {
        return Ok(());
    }
    // Where a tool must be called, its arguments are held to their schema.
    let held = matches!(choice, Some(ToolChoice::Required | ToolChoice::Named(_)));
    {
        let mut list = root.array("tools");
        let mut entry = list.object();
        let mut functions = entry.array("functionDeclarations");
        for tool in request.tools.iter().flatten() {
            if let Tool::Function { .. } = tool {
                function(tool, held, &mut functions.object(), dropped);
            }
        }
    }
    if let Some(choice) = choice {
        let mut config = root.object("toolConfig");
        own::write_choice(choice, &mut config.object("functionCallingConfig"));
    }
    Ok(())
}

fn function(tool: &Tool, held: bool, to: &mut Object<'_>, dropped: &mut Vec<String>) {
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
    to.str("name", name);
    to.opt_str("description", description.as_deref());
    if let Some(schema) = schema {
        to.json("parametersJsonSchema", schema);
    }
    if *strict == Some(true) && !held {
        dropped.push(extra.path_of("strict"));
    }
    extra.report_except(&["type"], dropped);
    wrapper.report_except(&["type"], dropped);
}

fn limits(request: &ChatRequest, to: &mut Object<'_>) {
    if let Some(limit) = request.max_output {
        to.u64("maxOutputTokens", limit);
    }
    if let Some(choices) = request.choices.filter(|&choices| choices > 1) {
        to.u64("candidateCount", choices);
    }
    for (name, value) in [
        ("temperature", &request.temperature),
        ("topP", &request.top_p),
        ("topK", &request.top_k),
        ("seed", &request.seed),
    ] {
        if let Some(value) = value {
            to.json(name, value);
        }
    }
    for (name, word) in PENALTIES {
        if let Some(value) = request.extra.get(name).filter(|value| !value.is_empty()) {
            to.json(word, value);
        }
    }
    if let Some(stops) = request.stop.as_deref().filter(|stops| !stops.is_empty()) {
        let mut list = to.array("stopSequences");
        stops.iter().for_each(|stop| list.str(stop));
    }
}

/// Members of other dialects that mean the same here.
const PENALTIES: [(&str, &str); 2] = [
    ("presence_penalty", "presencePenalty"),
    ("frequency_penalty", "frequencyPenalty"),
];

fn output(
    request: &ChatRequest,
    to: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    match &request.output {
        None | Some(OutputFormat::Text) => {}
        Some(OutputFormat::JsonObject) => to.str("responseMimeType", "application/json"),
        Some(OutputFormat::JsonSchema {
            name,
            description,
            schema,
            extra,
            ..
        }) => {
            for (member, value) in [("name", name), ("description", description)] {
                if value.is_some() {
                    dropped.push(extra.path_of(member));
                }
            }
            extra.report(dropped);
            to.str("responseMimeType", "application/json");
            if let Some(schema) = schema {
                to.json("responseJsonSchema", schema);
            }
        }
        Some(OutputFormat::Opaque(_)) => {
            let at = path(request.origin, Asked::Output);
            let message =
                format!("`{at}` has no equivalent for a Gemini model: give it a JSON schema.");
            return Err(untranslatable(at, message));
        }
    }
    Ok(())
}

fn rest(request: &ChatRequest, dropped: &mut Vec<String>) {
    if request.user.is_some() {
        dropped.push(path(request.origin, Asked::User).to_owned());
    }
    if request
        .service_tier
        .as_deref()
        .is_some_and(|tier| !matches!(tier, "auto" | "default"))
    {
        dropped.push(path(request.origin, Asked::Tier).to_owned());
    }
    if let Some(thinking) = &request.thinking {
        thinking.extra.report(dropped);
    }
    // `tool_choice` stays aside where it was understood under another word.
    let understood = [PENALTIES[0].0, PENALTIES[1].0, "tool_choice"];
    request.extra.report_except(&understood, dropped);
}
