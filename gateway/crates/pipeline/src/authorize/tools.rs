//! The tools that a call brings along: each is asked for by its name, `tool:NAME`.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_types::{Action, Code, Effect, Object, Refusal};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::Authenticated;
use crate::call::Ask;

/// Asks the access policy about every tool of the call.
///
/// # Errors
/// The first that the key may not bring along.
pub(super) fn allowed(call: &Authenticated<Box<Ask>>) -> Result<(), Refusal> {
    let Some(doc) = call.inner().doc() else {
        return Ok(());
    };
    for name in named(doc) {
        let object = Object(Arc::from(format!("tool:{name}")));
        let known = &call.inner().known;
        let decision =
            call.governance()
                .bundle
                .authorize(call.principal(), &object, Action::Invoke, known);
        if decision.effect == Effect::Deny {
            let message = format!(
                "The access policy does not let this key use the tool: {}",
                decision.reason
            );
            return Err(Refusal::new(Code::AccessDenied, message)
                .rule(decision.rule, decision.place)
                .param("tools"));
        }
    }
    Ok(())
}

/// The names of all tools, in the words of every dialect: functions by their own name, a provider's own tools by theirs
/// or by their type.
fn named(doc: Doc<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let root = doc.root();
    let config = doc
        .get(root, "toolConfig")
        .and_then(|config| doc.get(config, "tools"));
    for list in [doc.get(root, "tools"), doc.get(root, "functions"), config]
        .into_iter()
        .flatten()
    {
        if doc.kind(list) == Kind::Array {
            for tool in doc.children(list) {
                of_tool(doc, tool, &mut names);
            }
        }
    }
    names
}

fn of_tool(doc: Doc<'_>, tool: NodeId, names: &mut BTreeSet<String>) {
    let text = |node: Option<NodeId>| {
        node.and_then(|node| doc.str(node))
            .map(std::borrow::Cow::into_owned)
    };
    // Gemini's tools hold many functions each, and name their own by a member.
    let functions = ["functionDeclarations", "function_declarations"];
    if let Some(list) = functions.iter().find_map(|name| doc.get(tool, name)) {
        for function in doc.children(list) {
            names.extend(text(doc.get(function, "name")));
        }
    }
    let inner = ["function", "toolSpec", "custom"].iter().find_map(|name| {
        let inner = doc.get(tool, name)?;
        text(doc.get(inner, "name"))
    });
    let named = inner
        .or_else(|| text(doc.get(tool, "name")))
        .or_else(|| text(doc.get(tool, "type")));
    match named {
        Some(name) => drop(names.insert(name)),
        None if doc.kind(tool) == Kind::Object => {
            let own = doc.children(tool).filter_map(|member| doc.key(member));
            names.extend(
                own.map(std::borrow::Cow::into_owned)
                    .filter(|key| !functions.contains(&key.as_str())),
            );
        }
        None => {}
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
                &["weather", "web_search"],
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
        ] {
            let index = Index::parse(body.as_bytes(), &Limits::default()).unwrap();
            let names = named(index.doc(body.as_bytes()));
            assert_eq!(
                names.iter().map(String::as_str).collect::<Vec<_>>(),
                want,
                "{body}"
            );
        }
    }
}
