//! The tools that a call brings along: each is asked for by its name, `tool:NAME`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_policies::Bundle;
use marshal_types::{Action, Code, Effect, Facts, Object, Principal, Refusal, Surface};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::batch;
use super::demands::Demands;
use crate::Authenticated;
use crate::call::Ask;

/// The longest name of a tool, in bytes; providers take sixty-four to a hundred and twenty-eight.
const LONGEST: usize = 256;
/// The most different tools of one call.
const MOST: usize = 1_000;
/// Members that bring tools along without a list of tools, and the names that these are asked for by.
const BESIDE: [(&str, &str); 3] = [
    ("mcp_servers", "mcp"),
    ("web_search_options", "web_search"),
    ("connectors", "connectors"),
];
/// The members by which an entry of a list is known to be one tool, or a mark among tools.
const SHAPES: [&str; 7] = [
    "name",
    "type",
    "function",
    "custom",
    "toolSpec",
    "systemTool",
    "cachePoint",
];

/// The names of all tools of the call, and of each request of a batch.
///
/// # Errors
/// Names that no tool has, and more than a call brings.
pub(super) fn brought(call: &Authenticated<Box<Ask>>) -> Result<BTreeSet<String>, Refusal> {
    let ask = call.inner();
    let surface = call.ctx().surface.unwrap_or(Surface::Passthrough);
    let mut names = BTreeSet::new();
    if let Some(doc) = ask.doc() {
        named(doc, doc.root(), &mut names);
        if surface == Surface::Passthrough {
            // Whatever a provider's own paths take, tools stand in lists of that name.
            let lists = doc.all().filter(|node| {
                doc.kind(*node) == Kind::Array && doc.key(*node).as_deref() == Some("tools")
            });
            for list in lists {
                of_list(doc, list, &mut names);
            }
        }
    }
    batch::tools(surface, ask, &mut names);
    if names.len() > MOST || names.iter().any(|name| name.len() > LONGEST) {
        return Err(no_names());
    }
    Ok(names)
}

fn no_names() -> Refusal {
    let message = format!(
        "A call brings at most {MOST} different tools along, each with a name of at most {LONGEST} bytes."
    );
    Refusal::new(Code::InvalidRequest, message).param("tools")
}

/// Asks about tools by their names.
///
/// # Errors
/// The first that may not be brought along, and names that no tool has.
pub(crate) fn ask_about(
    bundle: &Bundle,
    principal: &Principal,
    names: &BTreeSet<String>,
    facts: &Facts,
) -> Result<Demands, Refusal> {
    if names.len() > MOST || names.iter().any(|name| name.len() > LONGEST) {
        return Err(no_names());
    }
    let mut demands = Demands::default();
    for name in names {
        let object = Object(Arc::from(format!("tool:{name}")));
        let decision = bundle.authorize(principal, &object, Action::Invoke, facts);
        if decision.effect == Effect::Deny {
            // Whatever stands where a tool's name should, it is not repeated if it looks like data.
            let why = match bundle.scan(name).is_empty() {
                true => decision.reason,
                false => "its name is withheld, for it looks like data".into(),
            };
            let message = format!("The access policy does not let this key use a tool: {why}");
            return Err(Refusal::new(Code::AccessDenied, message)
                .rule(decision.rule, decision.place)
                .param("tools"));
        }
        demands = demands.and(Demands::of(decision));
    }
    Ok(demands)
}

/// The names of all tools of a request that stands at `root`, in the words of every dialect: every name that an entry
/// has, wherever in it, and its type where that says more than that it is a function.
pub(crate) fn named(doc: Doc<'_>, root: NodeId, names: &mut BTreeSet<String>) {
    let config = doc
        .get(root, "toolConfig")
        .and_then(|config| doc.get(config, "tools"));
    let mut lists = vec![doc.get(root, "tools"), doc.get(root, "functions"), config];
    // What a search for tools found is said again with the conversation.
    let said = doc
        .get(root, "input")
        .filter(|input| doc.kind(*input) == Kind::Array);
    lists.extend(
        said.into_iter()
            .flat_map(|input| doc.children(input))
            .map(|item| doc.get(item, "tools")),
    );
    for list in lists.into_iter().flatten() {
        of_list(doc, list, names);
    }
    for (member, name) in BESIDE {
        let said = doc
            .get(root, member)
            .filter(|node| doc.kind(*node) != Kind::Null);
        if let Some(node) = said
            && (doc.kind(node) != Kind::Array || doc.len(node) > 0)
        {
            names.insert(name.to_owned());
        }
    }
    // A prompt that the provider keeps may hold tools that nobody here has seen.
    let prompt = doc.get(root, "prompt");
    if prompt.is_some_and(|prompt| doc.get(prompt, "id").is_some()) {
        names.insert("stored_prompt".to_owned());
    }
}

fn of_list(doc: Doc<'_>, list: NodeId, names: &mut BTreeSet<String>) {
    match doc.kind(list) {
        Kind::Array => doc
            .children(list)
            .for_each(|tool| of_tool(doc, tool, names)),
        Kind::Object => of_tool(doc, list, names),
        _ => {}
    }
}

fn of_tool(doc: Doc<'_>, tool: NodeId, names: &mut BTreeSet<String>) {
    if doc.kind(tool) != Kind::Object {
        return;
    }
    let text = |node: NodeId, name: &str| doc.str(doc.get(node, name)?).map(Cow::into_owned);
    // Gemini's entries hold many functions, and beside them each tool of its own as a member: `googleSearch`.
    let many = !SHAPES.iter().any(|shape| doc.get(tool, shape).is_some())
        || ["functionDeclarations", "function_declarations"]
            .iter()
            .any(|list| doc.get(tool, list).is_some());
    for member in doc.children(tool) {
        match doc.key(member).as_deref() {
            Some("name") => names.extend(doc.str(member).map(Cow::into_owned)),
            Some("function" | "toolSpec" | "custom" | "systemTool") => {
                names.extend(text(member, "name"));
            }
            Some("functionDeclarations" | "function_declarations") => {
                names.extend(doc.children(member).filter_map(|one| text(one, "name")));
            }
            Some("type") => {
                let kind = doc.str(member).map(Cow::into_owned);
                names.extend(kind.filter(|kind| !matches!(kind.as_str(), "function" | "custom")));
            }
            // A namespace holds tools.
            Some("tools") => of_list(doc, member, names),
            Some("cachePoint") | None => {}
            Some(own) if many && doc.kind(member) != Kind::Null => {
                names.insert(own.to_owned());
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use marshal_wire::json::{Index, Limits};

    use super::*;

    #[test]
    fn every_dialect_s_tools_have_names() {
        for (body, want) in [
            (
                r#"{"tools":[{"type":"function","function":{"name":"search"}},{"type":"custom","custom":{"name":"grep"}}]}"#,
                &["grep", "search"][..],
            ),
            (r#"{"functions":[{"name":"old"}]}"#, &["old"]),
            (
                r#"{"tools":[{"name":"weather","input_schema":{}},{"type":"web_search_20250305","name":"web_search"}]}"#,
                &["weather", "web_search", "web_search_20250305"],
            ),
            (
                r#"{"tools":[{"type":"function","name":"flat"},{"type":"file_search","vector_store_ids":[]}]}"#,
                &["file_search", "flat"],
            ),
            (
                r#"{"tools":[{"functionDeclarations":[{"name":"a"},{"name":"b"}]},{"googleSearch":{}}]}"#,
                &["a", "b", "googleSearch"],
            ),
            (
                r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"spec"}}]}}"#,
                &["spec"],
            ),
            (r#"{"messages":[]}"#, &[]),
            (
                r#"{"tools":[{"type":"shell","function":{"name":"ok"}}]}"#,
                &["ok", "shell"],
            ),
            (
                r#"{"tools":[{"type":"function","function":{"name":"ok"},"name":"shell"}]}"#,
                &["ok", "shell"],
            ),
            (
                r#"{"tools":[{"functionDeclarations":[],"function_declarations":[{"name":"shell"}]}]}"#,
                &["shell"],
            ),
            (
                r#"{"tools":{"functionDeclarations":[{"name":"shell"}]}}"#,
                &["shell"],
            ),
            (
                r#"{"tools":[{"functionDeclarations":[{"name":"ok"}],"googleSearch":{},"codeExecution":{},"urlContext":null}]}"#,
                &["codeExecution", "googleSearch", "ok"],
            ),
            (
                r#"{"tools":[{"type":"file_search","max_num_results":3},{"type":"file_search","max_num_results":3},{"type":"function","function":{"name":"ok"},"cache_control":{}},{"type":"function","function":{"name":"ok"},"cache_control":{}}]}"#,
                &["file_search", "ok"],
            ),
            (
                r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"spec"}},{"cachePoint":{"type":"default"}},{"systemTool":{"name":"nova_grounding"}}]}}"#,
                &["nova_grounding", "spec"],
            ),
            (
                r#"{"tools":[{"type":"namespace","name":"crm","tools":[{"type":"function","name":"shell"}]}]}"#,
                &["crm", "namespace", "shell"],
            ),
            (
                r#"{"input":[{"type":"tool_search_output","tools":[{"type":"function","name":"shell"}]}],"prompt":{"id":"pmpt_1"}}"#,
                &["shell", "stored_prompt"],
            ),
            (r#"{"prompt":"say hi","input":"tools"}"#, &[]),
            (
                r#"{"mcp_servers":[{"url":"x"}],"web_search_options":{}}"#,
                &["mcp", "web_search"],
            ),
        ] {
            let index = Index::parse(body.as_bytes(), &Limits::default()).unwrap();
            let doc = index.doc(body.as_bytes());
            let mut names = BTreeSet::new();
            named(doc, doc.root(), &mut names);
            assert_eq!(
                names.iter().map(String::as_str).collect::<Vec<_>>(),
                want,
                "{body}"
            );
        }
    }
}
