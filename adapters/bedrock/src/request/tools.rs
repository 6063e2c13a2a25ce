//! The tools of a request of another dialect, written in this one.
//!
//! Bedrock wants `toolConfig` wherever calls or results of tools stand in the conversation, and has no word for
//! "call none". Without such a conversation the tools are left out; with one the demand is refused. A client that
//! offers no tools any more amid such a conversation asks for less: the tools called are named and said to be gone.

use std::collections::BTreeSet;

use marshal_adapter_api::{
    Array, ChatRequest, Json, Object, Part, Tool, ToolChoice, Untranslatable,
};

use super::encode::untranslatable;
use super::own::write_choice;
use super::parts::{CACHE_CONTROL, cache_point};
use crate::words::{Family, Said, path};

const GONE: &str = "Called earlier in this conversation and not on offer any more: do not call it.";

/// Writes `toolConfig`.
pub(super) fn write(
    request: &ChatRequest,
    family: Family,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let tools = request.tools.as_deref().unwrap_or_default();
    let offered = check_choice(request, tools, dropped)?;
    let called = called(request);
    if request.tool_choice == Some(ToolChoice::None) && offered > 0 {
        if called.is_some() {
            let param = path(request.origin, Said::ToolChoice);
            return Err(untranslatable(
                param,
                format!(
                    "`{param}` forbids tools, which Bedrock cannot be told once tools were called: leave `{param}` and the tools out."
                ),
            ));
        }
        return Ok(());
    }
    if offered > 0 {
        let mut config = root.object("toolConfig");
        {
            let mut list = config.array("tools");
            for tool in tools {
                write_tool(tool, request, family, &mut list, dropped);
            }
        }
        if request.parallel_tool_calls == Some(false) {
            dropped.push(path(request.origin, Said::Parallel).to_owned());
        }
        if let Some(choice) = &request.tool_choice {
            write_choice(choice, &mut config);
        }
    } else if let Some(called) = called {
        let mut config = root.object("toolConfig");
        let mut list = config.array("tools");
        for name in called {
            let mut tool = list.object();
            let mut spec = tool.object("toolSpec");
            spec.str("name", name);
            spec.str("description", GONE);
            empty_schema(&mut spec);
        }
    }
    Ok(())
}

/// How many tools can be offered; a tool that must be called has to be among them.
fn check_choice(
    request: &ChatRequest,
    tools: &[Tool],
    dropped: &mut Vec<String>,
) -> Result<usize, Untranslatable> {
    let mut names: Vec<&str> = Vec::with_capacity(tools.len());
    for tool in tools {
        match tool {
            Tool::Function { name, .. } => names.push(name),
            Tool::Opaque { path, .. } => dropped.push(path.clone()),
        }
    }
    let possible = match &request.tool_choice {
        Some(ToolChoice::Named(name)) => names.contains(&name.as_str()),
        Some(ToolChoice::Required) => !names.is_empty(),
        Some(ToolChoice::Opaque(_)) => false,
        _ => true,
    };
    if possible {
        return Ok(names.len());
    }
    let param = path(request.origin, Said::ToolChoice);
    Err(untranslatable(
        param,
        format!(
            "`{param}` demands a tool that Bedrock cannot be given: name one of the function tools."
        ),
    ))
}

/// The tools called in the conversation; `None` where it knows neither calls nor results.
fn called(request: &ChatRequest) -> Option<BTreeSet<&str>> {
    let mut names = BTreeSet::new();
    let mut any = false;
    for part in request.messages.iter().flat_map(|message| &message.parts) {
        match part {
            Part::ToolCall { name, .. } => {
                names.insert(name.as_str());
            }
            Part::ToolResult { .. } => any = true,
            _ => {}
        }
    }
    if any && names.is_empty() {
        names.insert("tool");
    }
    (!names.is_empty()).then_some(names)
}

fn empty_schema(spec: &mut Object<'_>) {
    let mut schema = spec.object("inputSchema");
    let mut json = schema.object("json");
    json.str("type", "object");
    drop(json.object("properties"));
}

fn write_tool(
    tool: &Tool,
    request: &ChatRequest,
    family: Family,
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
    let point = |extra| cache_point(request.origin, family, extra);
    let point = point(extra).or_else(|| point(wrapper));
    {
        let mut outer = list.object();
        let mut spec = outer.object("toolSpec");
        spec.str("name", name);
        // An empty one is refused here.
        spec.opt_str(
            "description",
            description.as_deref().filter(|text| !text.is_empty()),
        );
        match schema {
            Some(schema) if !schema.is_empty() => spec.object("inputSchema").json("json", schema),
            _ => empty_schema(&mut spec),
        }
        match strict {
            Some(true) if family == Family::Claude => spec.bool("strict", true),
            Some(true) => dropped.push(wrapped(extra.path(), wrapper.path(), "strict")),
            _ => {}
        }
    }
    let understood: &[&str] = if point.is_some() {
        &["type", CACHE_CONTROL]
    } else {
        &["type"]
    };
    extra.report_except(understood, dropped);
    wrapper.report_except(understood, dropped);
    if let Some(point) = point {
        list.json(&Json::from_source(
            String::from_utf8(point).unwrap_or_default(),
        ));
    }
}

/// The path of a member of a function, whose object may stand in another.
fn wrapped(inner: &str, outer: &str, member: &str) -> String {
    let at = if inner.is_empty() { outer } else { inner };
    format!("{at}.{member}")
}
