//! A request that came in this dialect, written as it was.

use std::collections::BTreeMap;

use marshal_adapter_api::{
    ChatRequest, Extra, Json, Message, Object, OutputFormat, Part, ThinkingMode, Tool, ToolChoice,
};

use super::{CACHED, CALLING, CONFIG, THINKING, TOOL_CONFIG};
use crate::aside::{self, spelled};
use crate::parts::own_content;

/// Writes every member.
pub(super) fn write(request: &ChatRequest, root: &mut Object<'_>) {
    let extra = &request.extra;
    root.opt_str("model", aside::get(extra, "model"));
    contents(request, root);
    if let Some(system) = &request.system {
        own_content(
            system,
            &mut root.object(spelled(extra, "systemInstruction")),
        );
    }
    tools(request, root);
    let config = nested(|to| config(request, to));
    if config != b"{}" || aside::was_empty(extra, CONFIG) {
        root.raw(spelled(extra, CONFIG), &config);
    }
    let tool_config = nested(|to| choice(request, to));
    if tool_config != b"{}" || aside::was_empty(extra, TOOL_CONFIG) {
        root.raw(spelled(extra, TOOL_CONFIG), &tool_config);
    }
    aside::write(extra, &["generationConfig.", "toolConfig.", "tools["], root);
}

fn nested(fill: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    fill(&mut Object::new(&mut out));
    out
}

fn contents(request: &ChatRequest, root: &mut Object<'_>) {
    let cached = |message: &&Message| match message.parts.as_slice() {
        [Part::Opaque { kind, path, .. }] => kind == CACHED && !path.contains('['),
        _ => false,
    };
    if let Some([Part::Opaque { value, .. }]) = request
        .messages
        .iter()
        .find(cached)
        .map(|message| message.parts.as_slice())
    {
        root.json(spelled(&request.extra, CACHED), value);
    }
    let mut turns = request.messages.iter().filter(|message| !cached(message));
    if aside::has(&request.extra, "contents.is", "one")
        && let Some(only) = turns.next()
    {
        own_content(only, &mut root.object("contents"));
        return;
    }
    let mut list = root.array("contents");
    for message in turns {
        own_content(message, &mut list.object());
    }
}

/// One entry of `tools`.
#[derive(Default)]
struct Entry<'a> {
    tools: Vec<&'a Tool>,
    /// Members that say nothing.
    nothing: Vec<(&'a str, &'a Json)>,
}

/// The entries of `tools`, put together again.
fn tools(request: &ChatRequest, root: &mut Object<'_>) {
    let Some(tools) = &request.tools else { return };
    let extra = &request.extra;
    let mut entries: BTreeMap<usize, Entry<'_>> = BTreeMap::new();
    for tool in tools {
        let path = match tool {
            Tool::Function { wrapper, .. } => wrapper.path(),
            Tool::Opaque { path, .. } => path,
        };
        let (at, _) = entry_of(path).unwrap_or((0, ""));
        entries.entry(at).or_default().tools.push(tool);
    }
    for (name, value) in extra.members() {
        let name = name.strip_prefix('~').unwrap_or(name);
        if let Some((at, member)) = entry_of(name) {
            let entry = entries.entry(at).or_default();
            if !member.contains('=') {
                entry.nothing.push((member, value));
            }
        }
    }
    let written: Vec<Vec<u8>> = entries
        .iter()
        .map(|(at, entry)| nested(|to| write_entry(*at, entry, extra, to)))
        .collect();
    let mut all = written.join(&b',');
    if !aside::has(extra, "tools.is", "one") {
        all.insert(0, b'[');
        all.push(b']');
    }
    root.raw("tools", &all);
}

/// The entry and member of `tools[1].googleSearch`.
fn entry_of(path: &str) -> Option<(usize, &str)> {
    let (number, rest) = path.strip_prefix("tools[")?.split_once(']')?;
    Some((number.parse().ok()?, rest.strip_prefix('.').unwrap_or(rest)))
}

fn write_entry(at: usize, entry: &Entry<'_>, extra: &Extra, to: &mut Object<'_>) {
    let is_function = |tool: &&&Tool| matches!(tool, Tool::Function { .. });
    let none = aside::has(extra, &format!("tools[{at}].functions"), "none");
    if none || entry.tools.iter().any(|tool| is_function(&tool)) {
        let path = format!("tools[{at}].functionDeclarations");
        let mut list = to.array(spelled(extra, &path));
        for tool in entry.tools.iter().filter(is_function) {
            function(tool, &mut list.object());
        }
    }
    for tool in &entry.tools {
        if let Tool::Opaque { kind, value, .. } = tool {
            to.json(kind, value);
        }
    }
    for (name, value) in &entry.nothing {
        to.json(name, value);
    }
}

fn function(tool: &Tool, to: &mut Object<'_>) {
    let Tool::Function {
        name,
        description,
        schema,
        extra,
        ..
    } = tool
    else {
        return;
    };
    to.str("name", name);
    to.opt_str("description", description.as_deref());
    if let Some(schema) = schema {
        let word = aside::get(extra, "schema.in")
            .unwrap_or_else(|| spelled(extra, "parametersJsonSchema"));
        write_schema(word, schema, extra, to);
    }
    aside::write(extra, &["parameters.propertyOrdering"], to);
}

fn write_schema(word: &str, schema: &Json, extra: &Extra, to: &mut Object<'_>) {
    match aside::get(extra, "schema") {
        Some(source) => to.raw(word, source.as_bytes()),
        None => to.json(word, schema),
    }
}

fn choice(request: &ChatRequest, to: &mut Object<'_>) {
    let extra = &request.extra;
    if let Some(choice) = &request.tool_choice {
        let word = spelled(extra, CALLING);
        match (aside::get(extra, "choice"), choice) {
            (Some(source), _) => to.raw(word, source.as_bytes()),
            (None, ToolChoice::Opaque(value)) => to.json(word, value),
            (None, choice) => write_choice(choice, &mut to.object(word)),
        }
    }
    aside::write_below(extra, TOOL_CONFIG, &["functionCallingConfig."], to);
}

/// Writes a choice in words.
pub(super) fn write_choice(choice: &ToolChoice, to: &mut Object<'_>) {
    to.str(
        "mode",
        match choice {
            ToolChoice::Auto | ToolChoice::Opaque(_) => "AUTO",
            ToolChoice::None => "NONE",
            ToolChoice::Required | ToolChoice::Named(_) => "ANY",
        },
    );
    if let ToolChoice::Named(name) = choice {
        to.array("allowedFunctionNames").str(name);
    }
}

fn config(request: &ChatRequest, to: &mut Object<'_>) {
    let extra = &request.extra;
    for (path, value) in [
        ("generationConfig.maxOutputTokens", request.max_output),
        ("generationConfig.candidateCount", request.choices),
    ] {
        if let Some(value) = value {
            to.u64(spelled(extra, path), value);
        }
    }
    for (path, value) in [
        ("generationConfig.temperature", &request.temperature),
        ("generationConfig.topP", &request.top_p),
        ("generationConfig.topK", &request.top_k),
        ("generationConfig.seed", &request.seed),
    ] {
        if let Some(value) = value {
            to.json(spelled(extra, path), value);
        }
    }
    if let Some(stops) = &request.stop {
        let mut list = to.array(spelled(extra, "generationConfig.stopSequences"));
        stops.iter().for_each(|stop| list.str(stop));
    }
    if let Some(source) = aside::get(extra, "modalities") {
        let word = spelled(extra, "generationConfig.responseModalities");
        to.raw(word, source.as_bytes());
    }
    output(request, to);
    let thinking = nested(|to| thinking(request, to));
    if thinking != b"{}" || aside::was_empty(extra, THINKING) {
        to.raw(spelled(extra, THINKING), &thinking);
    }
    aside::write_below(extra, CONFIG, &["thinkingConfig."], to);
}

fn output(request: &ChatRequest, to: &mut Object<'_>) {
    let word = spelled(&request.extra, "generationConfig.responseMimeType");
    match &request.output {
        Some(OutputFormat::Text) => to.str(word, "text/plain"),
        Some(OutputFormat::JsonObject) => to.str(word, "application/json"),
        Some(OutputFormat::JsonSchema {
            schema,
            old_word,
            extra,
            ..
        }) => {
            if !aside::has(extra, "mime", "absent") {
                to.str(word, "application/json");
            }
            let path = if *old_word {
                "generationConfig.responseSchema"
            } else {
                "generationConfig.responseJsonSchema"
            };
            if let Some(schema) = schema {
                write_schema(spelled(&request.extra, path), schema, extra, to);
            }
        }
        // Stands aside with what belongs to it.
        Some(OutputFormat::Opaque(_)) | None => {}
    }
}

fn thinking(request: &ChatRequest, to: &mut Object<'_>) {
    let extra = &request.extra;
    if let Some(effort) = &request.effort {
        let word = spelled(extra, "generationConfig.thinkingConfig.thinkingLevel");
        to.str(word, aside::get(extra, "level").unwrap_or(effort));
    }
    if let Some(thinking) = &request.thinking
        && !aside::has(&thinking.extra, "budget", "absent")
    {
        let word = spelled(extra, "generationConfig.thinkingConfig.thinkingBudget");
        match thinking.mode {
            ThinkingMode::Off => to.u64(word, 0),
            ThinkingMode::Budget(budget) => to.u64(word, budget),
            ThinkingMode::Adaptive => to.raw(word, b"-1"),
        }
    }
    if let Some(shown) = aside::get(extra, "shown") {
        let word = spelled(extra, "generationConfig.thinkingConfig.includeThoughts");
        to.bool(word, shown == "true");
    }
    aside::write_below(extra, THINKING, &[], to);
}
