//! A request that came in this dialect, written as it was.

use marshal_adapter_api::{
    Array, ChatRequest, Extra, Object, OutputFormat, Role, ThinkingMode, Tool, ToolChoice,
};

use super::more::FIELDS;
use super::own_blocks::content;
use crate::marks::{self, marked, write_inner, write_outer};

const GROUPS: [&str; 3] = [
    "inferenceConfig.",
    "toolConfig.",
    "additionalModelRequestFields.",
];

/// Writes the whole request.
pub(super) fn write(request: &ChatRequest, root: &mut Object<'_>) {
    if let Some(system) = &request.system {
        content("system", &system.parts, root);
    }
    if !request.extra.lacks("messages") {
        let mut list = root.array("messages");
        for message in &request.messages {
            let mut to = list.object();
            to.str(
                "role",
                match message.role {
                    Role::Assistant => "assistant",
                    Role::System => "system",
                    _ => "user",
                },
            );
            content("content", &message.parts, &mut to);
            message.extra.write(&mut to);
        }
    }
    group("inferenceConfig", &request.extra, root, |to| {
        inference(request, to)
    });
    group("toolConfig", &request.extra, root, |to| tools(request, to));
    group(FIELDS, &request.extra, root, |to| more(request, to));
    output(request.output.as_ref(), root);
    if let Some(tier) = &request.service_tier {
        root.object("serviceTier").str("type", tier);
    }
    let mut rest = Extra::default();
    for (name, value) in request.extra.members() {
        if !GROUPS
            .iter()
            .any(|group| group.strip_suffix('.') == Some(name))
        {
            rest.keep(name, value.clone());
        }
    }
    write_outer(&rest, &GROUPS, root);
}

/// Writes an object if something stands in it, or if it was there without.
fn group(name: &str, extra: &Extra, root: &mut Object<'_>, fill: impl FnOnce(&mut Object<'_>)) {
    let mut source = Vec::new();
    {
        let mut to = Object::new(&mut source);
        fill(&mut to);
        write_inner(extra, &format!("{name}."), &mut to);
    }
    match extra.get(name) {
        Some(whole) if source == b"{}" => root.json(name, whole),
        None if source == b"{}" => {}
        _ => root.raw(name, &source),
    }
}

fn inference(request: &ChatRequest, to: &mut Object<'_>) {
    if let Some(limit) = request.max_output {
        to.u64("maxTokens", limit);
    }
    for (name, value) in [
        ("temperature", &request.temperature),
        ("topP", &request.top_p),
    ] {
        if let Some(value) = value {
            to.json(name, value);
        }
    }
    if let Some(stops) = &request.stop {
        let mut list = to.array("stopSequences");
        stops.iter().for_each(|stop| list.str(stop));
    }
}

fn tools(request: &ChatRequest, to: &mut Object<'_>) {
    if let Some(tools) = &request.tools {
        let mut list = to.array("tools");
        tools.iter().for_each(|tool| write_tool(tool, &mut list));
    }
    if let Some(choice) = &request.tool_choice {
        write_choice(choice, to);
    }
}

fn write_tool(tool: &Tool, list: &mut Array<'_>) {
    let Tool::Function {
        name,
        description,
        schema,
        strict,
        extra,
        wrapper,
    } = tool
    else {
        if let Tool::Opaque { value, .. } = tool {
            list.json(value);
        }
        return;
    };
    {
        let mut outer = list.object();
        {
            let mut spec = outer.object("toolSpec");
            spec.str("name", name);
            spec.opt_str("description", description.as_deref());
            if let Some(schema) = schema {
                spec.object("inputSchema").json("json", schema);
            }
            if let Some(strict) = strict {
                spec.bool("strict", *strict);
            }
            write_outer(extra, &[marks::CACHE_POINT], &mut spec);
        }
        wrapper.write(&mut outer);
    }
    if let Some(point) = extra.get(marks::CACHE_POINT) {
        list.object().json(marks::CACHE_POINT, point);
    }
}

/// Writes whether and which tool must be called. That none may be has no word here.
pub(super) fn write_choice(choice: &ToolChoice, to: &mut Object<'_>) {
    match choice {
        ToolChoice::None => {}
        ToolChoice::Opaque(value) => to.json("toolChoice", value),
        ToolChoice::Auto => drop(to.object("toolChoice").object("auto")),
        ToolChoice::Required => drop(to.object("toolChoice").object("any")),
        ToolChoice::Named(name) => to.object("toolChoice").object("tool").str("name", name),
    }
}

fn more(request: &ChatRequest, to: &mut Object<'_>) {
    let marked = |mark| marked(&request.extra, mark);
    if let Some(value) = &request.top_k {
        if marked(marks::NOVA_TOP_K) {
            to.object("inferenceConfig").json("topK", value);
        } else {
            to.json("top_k", value);
        }
    }
    if let Some(thinking) = &request.thinking {
        let mut inner = to.object(if marked(marks::REASONING_CONFIG) {
            "reasoning_config"
        } else {
            "thinking"
        });
        mode(&thinking.mode, &mut inner);
        thinking.extra.write(&mut inner);
    }
    let Some(effort) = &request.effort else {
        return;
    };
    if marked(marks::EFFORT_CONFIG) {
        to.str("reasoning_config", effort);
    } else if marked(marks::OUTPUT_CONFIG) {
        to.object("output_config").str("effort", effort);
    } else if marked(marks::NOVA_REASONING) {
        nova_effort(effort, to);
    } else {
        to.str("reasoning_effort", effort);
    }
}

/// As Amazon's own models want it.
pub(super) fn nova_effort(effort: &str, to: &mut Object<'_>) {
    let mut inner = to.object("reasoningConfig");
    inner.str("type", "enabled");
    inner.str("maxReasoningEffort", effort);
}

/// As Anthropic's models want it.
pub(super) fn mode(mode: &ThinkingMode, to: &mut Object<'_>) {
    match mode {
        ThinkingMode::Off => to.str("type", "disabled"),
        ThinkingMode::Adaptive => to.str("type", "adaptive"),
        ThinkingMode::Budget(budget) => {
            to.str("type", "enabled");
            to.u64("budget_tokens", *budget);
        }
    }
}

/// Writes a schema for the answer; what was kept whole is written so.
pub(super) fn output(output: Option<&OutputFormat>, root: &mut Object<'_>) {
    match output {
        Some(OutputFormat::Opaque(value)) => root.json("outputConfig", value),
        Some(OutputFormat::JsonSchema {
            name,
            description,
            schema: Some(schema),
            ..
        }) => {
            let mut config = root.object("outputConfig");
            let mut format = config.object("textFormat");
            format.str("type", "json_schema");
            let mut structure = format.object("structure");
            let mut to = structure.object("jsonSchema");
            to.str("schema", schema.as_str());
            to.opt_str("name", name.as_deref());
            to.opt_str("description", description.as_deref());
        }
        _ => {}
    }
}
