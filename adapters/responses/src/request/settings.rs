//! Tools and settings of a request of another dialect, written in this one.
//!
//! `top_k`, `seed` and stop texts have no word here and are reported. A thinking budget becomes an effort:
//! under 4,096 tokens `low`, under 16,384 `medium`, else `high`. What chat completions of `OpenAI` call by
//! another name is carried: see [`CARRIED`].

use marshal_adapter_api::{
    ChatRequest, Extra, Json, Object, OutputFormat, ThinkingMode, Tool, ToolChoice, Untranslatable,
};
use marshal_types::Dialect;

use crate::words::{Setting, origin_word};

/// Members of an `OpenAI` chat request that mean the same here.
const CARRIED: [&str; 6] = [
    "metadata",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
    "safety_identifier",
    "top_logprobs",
];

/// Those, and the ones that have another form here.
const UNDERSTOOD: [&str; 10] = [
    "metadata",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
    "safety_identifier",
    "top_logprobs",
    "logprobs",
    "store",
    "verbosity",
    "tool_choice",
];

/// Members of an `OpenAI` chat request that are carried, where it is one.
struct Same<'a>(Option<&'a Extra>);

impl<'a> Same<'a> {
    fn of(request: &'a ChatRequest) -> Self {
        Self((request.origin == Dialect::OpenAi).then_some(&request.extra))
    }

    fn get(&self, name: &str) -> Option<&'a Json> {
        self.0?
            .get(name)
            .filter(|value| value.as_str().trim() != "null")
    }
}

fn untranslatable(param: &str, message: String) -> Untranslatable {
    Untranslatable {
        message,
        param: Some(param.to_owned()),
    }
}

/// What would mean something else if it were left out.
pub(super) fn refuse(request: &ChatRequest) -> Result<(), Untranslatable> {
    if request.choices.is_some_and(|choices| choices > 1) {
        let param = origin_word(request.origin, Setting::Choices);
        return Err(untranslatable(
            param,
            format!(
                "`{param}` is more than 1, and the Responses API gives one answer: ask once for each."
            ),
        ));
    }
    for name in ["functions", "function_call"] {
        if request.extra.get(name).is_some_and(|json| !json.is_empty()) {
            return Err(untranslatable(
                name,
                format!(
                    "`{name}` cannot be said to the Responses API: use `tools` and `tool_choice`."
                ),
            ));
        }
    }
    Ok(())
}

/// Writes the tools and the choice among them.
pub(super) fn tools(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut names: Vec<&str> = Vec::new();
    for tool in request.tools.iter().flatten() {
        match tool {
            Tool::Function {
                name,
                extra,
                wrapper,
                ..
            } => {
                names.push(name);
                extra.report_except(&["type"], dropped);
                wrapper.report_except(&["type"], dropped);
            }
            Tool::Opaque { path, .. } => dropped.push(path.clone()),
        }
    }
    let possible = match &request.tool_choice {
        Some(ToolChoice::Named(name)) => names.contains(&name.as_str()),
        Some(ToolChoice::Required) => !names.is_empty(),
        Some(ToolChoice::Opaque(_)) => false,
        _ => true,
    };
    if !possible {
        let param = origin_word(request.origin, Setting::ToolChoice);
        return Err(untranslatable(
            param,
            format!(
                "`{param}` demands a tool that the Responses API cannot be given: name one of the function tools."
            ),
        ));
    }
    if names.is_empty() {
        return Ok(());
    }
    {
        let mut list = root.array("tools");
        for tool in request.tools.iter().flatten() {
            if matches!(tool, Tool::Function { .. }) {
                function(tool, false, &mut list.object());
            }
        }
    }
    if let Some(choice) = &request.tool_choice {
        named_choice(choice, root);
    }
    if let Some(parallel) = request.parallel_tool_calls {
        root.bool("parallel_tool_calls", parallel);
    }
    Ok(())
}

/// Writes a function; of another dialect, with what this one takes for granted otherwise.
pub(super) fn function(tool: &Tool, own: bool, to: &mut Object<'_>) {
    let Tool::Function {
        name,
        description,
        schema,
        strict,
        ..
    } = tool
    else {
        return;
    };
    if !own {
        to.str("type", "function");
    }
    to.str("name", name);
    to.opt_str("description", description.as_deref());
    match schema {
        Some(schema) => to.json("parameters", schema),
        None if own => {}
        None => to.raw("parameters", br#"{"type":"object","properties":{}}"#),
    }
    // Unsaid, a function is strict here and not strict anywhere else.
    if let Some(strict) = strict.or((!own).then_some(false)) {
        to.bool("strict", strict);
    }
}

/// Writes the choice among tools.
pub(super) fn named_choice(choice: &ToolChoice, root: &mut Object<'_>) {
    match choice {
        ToolChoice::Auto => root.str("tool_choice", "auto"),
        ToolChoice::None => root.str("tool_choice", "none"),
        ToolChoice::Required => root.str("tool_choice", "required"),
        ToolChoice::Named(name) => {
            let mut to = root.object("tool_choice");
            to.str("type", "function");
            to.str("name", name);
        }
        ToolChoice::Opaque(value) => root.json("tool_choice", value),
    }
}

/// Writes the form of the answer.
pub(super) fn output(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let same = Same::of(request);
    let verbosity = same.get("verbosity");
    if request.output.is_none() && verbosity.is_none() {
        return Ok(());
    }
    let mut text = root.object("text");
    if let Some(verbosity) = verbosity {
        text.json("verbosity", verbosity);
    }
    match &request.output {
        None => {}
        Some(OutputFormat::Text) => text.object("format").str("type", "text"),
        Some(OutputFormat::JsonObject) => text.object("format").str("type", "json_object"),
        Some(OutputFormat::JsonSchema {
            name,
            description,
            schema: Some(schema),
            strict,
            extra,
            ..
        }) => {
            extra.report(dropped);
            let mut to = text.object("format");
            to.str("type", "json_schema");
            to.str("name", name.as_deref().unwrap_or("answer"));
            to.opt_str("description", description.as_deref());
            to.json("schema", schema);
            // Anthropic always holds the answer to its schema.
            let always = (request.origin == Dialect::Anthropic).then_some(true);
            if let Some(strict) = strict.or(always) {
                to.bool("strict", strict);
            }
        }
        Some(_) => {
            let param = origin_word(request.origin, Setting::Output);
            return Err(untranslatable(
                param,
                format!(
                    "`{param}` cannot be held by the Responses API as it is: use a JSON schema."
                ),
            ));
        }
    }
    Ok(())
}

/// Writes how hard to think; true where thoughts are asked for.
pub(super) fn effort(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> bool {
    let mode = request.thinking.as_ref().map(|thinking| &thinking.mode);
    let word = match (request.effort.as_deref(), mode) {
        // Anthropic's highest word is not known here.
        (Some("max"), _) => "xhigh",
        (Some(effort), _) => effort,
        (None, Some(ThinkingMode::Budget(..4_096))) => "low",
        (None, Some(ThinkingMode::Budget(..16_384))) => "medium",
        (None, Some(ThinkingMode::Budget(_))) => "high",
        // Whether and how a model can be told so depends on the model.
        (None, Some(ThinkingMode::Off | ThinkingMode::Adaptive)) => {
            dropped.push(origin_word(request.origin, Setting::Thinking).to_owned());
            return false;
        }
        (None, None) => return false,
    };
    root.object("reasoning").str("effort", word);
    word != "none"
}

/// Writes what is left: sampling, the user, the tier, what is kept and what is included.
pub(super) fn rest(
    request: &ChatRequest,
    thinks: bool,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) {
    let same = Same::of(request);
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
    let unsayable = [
        (Setting::TopK, request.top_k.is_some()),
        (Setting::Seed, request.seed.is_some()),
        (
            Setting::Stop,
            request.stop.as_ref().is_some_and(|stop| !stop.is_empty()),
        ),
    ];
    for (setting, said) in unsayable {
        if said {
            dropped.push(origin_word(request.origin, setting).to_owned());
        }
    }
    root.opt_str("user", request.user.as_deref());
    tier(request, root, dropped);
    if let Some(stream) = request.stream {
        root.bool("stream", stream);
    }
    // Unsaid, this dialect keeps answers for weeks and the others do not.
    match same.get("store") {
        Some(store) => root.json("store", store),
        None => root.bool("store", false),
    }
    for name in CARRIED {
        if let Some(value) = same.get(name) {
            root.json(name, value);
        }
    }
    let logprobs = same
        .get("logprobs")
        .is_some_and(|value| value.as_str() == "true");
    if thinks || logprobs {
        let mut list = root.array("include");
        if thinks {
            // Nothing is kept at the provider, so the thoughts must travel with the client.
            list.str("reasoning.encrypted_content");
        }
        if logprobs {
            list.str("message.output_text.logprobs");
        }
    }
    if request.origin == Dialect::OpenAi {
        request.extra.report_except(&UNDERSTOOD, dropped);
    } else {
        request.extra.report_except(&["tool_choice"], dropped);
    }
    if let Some(thinking) = &request.thinking {
        thinking.extra.report(dropped);
    }
}

fn tier(request: &ChatRequest, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    match request.service_tier.as_deref() {
        Some(tier) if request.origin == Dialect::OpenAi => root.str("service_tier", tier),
        Some("auto") => root.str("service_tier", "auto"),
        Some("standard_only" | "default") => root.str("service_tier", "default"),
        Some("priority") => root.str("service_tier", "priority"),
        Some("flex") => root.str("service_tier", "flex"),
        Some(_) => dropped.push(origin_word(request.origin, Setting::Tier).to_owned()),
        None => {}
    }
}
