//! What providers keep for their callers belongs to the tenant who made it: nobody else reads it, refers to it or
//! learns that it is there.

use bytes::Bytes;
use marshal_state::Owner;
use marshal_types::{Code, ProviderName, Refusal, Surface};
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, NodeId};
use memchr::memmem;

use crate::call::{Ask, Ctx};
use crate::{Authenticated, Shared};

/// Members of a request that refer to what a provider keeps.
const REFERENCES: [&str; 6] = [
    "previous_response_id",
    "conversation",
    "file_id",
    "input_file_id",
    "file_ids",
    "vector_store_ids",
];

/// Members whose values are the application's own words: what a tool was called with and what it answered, schemas.
const WORDS: [&str; 8] = [
    "args",
    "arguments",
    "response",
    "json",
    "metadata",
    "parameters",
    "input_schema",
    "schema",
];

/// Members of an answer that name what was made.
const MADE: [&str; 4] = ["id", "output_file_id", "error_file_id", "results_file_id"];

/// Checks every object that a call names. Gives the provider that keeps them.
///
/// # Errors
/// One that is not the tenant's own, or two that are kept by different providers.
pub(crate) fn check(
    shared: &Shared,
    call: &Authenticated<Box<Ask>>,
) -> Result<Option<ProviderName>, Refusal> {
    let ask = call.inner();
    let mut keeper: Option<ProviderName> = None;
    let mut named: Vec<(String, &str)> = Vec::new();
    if let Some(id) = of_path(call.ctx().surface, &ask.tail) {
        named.push((id.to_owned(), "path"));
    }
    if let Some(doc) = ask.doc().filter(|_| may_refer(&ask.body)) {
        references(doc, &mut named);
    }
    for (id, param) in named {
        let owner = shared.objects.owner(&id).filter(|owner| {
            owner.tenant == call.principal().domain
                && ask
                    .pinned
                    .as_ref()
                    .is_none_or(|pinned| *pinned == owner.provider)
        });
        let Some(owner) = owner else {
            return Err(Refusal::new(
                Code::UnknownObject,
                "There is no such object of yours. What was made without this gateway, or by another tenant, is not reached through it.",
            )
            .param(param));
        };
        if keeper
            .as_ref()
            .is_some_and(|keeper| *keeper != owner.provider)
        {
            return Err(Refusal::new(
                Code::InvalidRequest,
                "The call refers to objects that different providers keep; no one of them can answer it.",
            )
            .param(param));
        }
        keeper = Some(owner.provider);
    }
    Ok(keeper)
}

/// The object that a path names: `/files/{id}/content`, `/messages/batches/{id}`.
fn of_path(surface: Option<Surface>, tail: &str) -> Option<&str> {
    let rest = match surface? {
        Surface::Files => tail.strip_prefix("/files/")?,
        Surface::StoredResponses => tail.strip_prefix("/responses/")?,
        Surface::Batches => tail
            .strip_prefix("/batches/")
            .or_else(|| tail.strip_prefix("/messages/batches/"))?,
        _ => return None,
    };
    rest.split('/').next().filter(|id| !id.is_empty())
}

/// Most bodies refer to nothing, and are not searched member by member.
fn may_refer(body: &[u8]) -> bool {
    [
        "_response_id",
        "file_id",
        "\"conversation\"",
        "vector_store_ids",
    ]
    .iter()
    .any(|word| memmem::find(body, word.as_bytes()).is_some())
}

fn references(doc: Doc<'_>, named: &mut Vec<(String, &'static str)>) {
    for node in doc.all() {
        let Some(key) = doc.key(node) else {
            continue;
        };
        let Some(word) = REFERENCES.iter().find(|word| **word == key) else {
            continue;
        };
        if is_words(doc, node) || (*word == "conversation" && doc.parent(node) != Some(doc.root()))
        {
            continue;
        }
        match doc.kind(node) {
            Kind::Object => {
                let id = doc.get(node, "id").and_then(|id| doc.str(id));
                named.extend(id.map(|id| (id.into_owned(), *word)));
            }
            Kind::String => {
                named.extend(doc.str(node).map(|id| (id.into_owned(), *word)));
            }
            Kind::Array => named.extend(
                doc.children(node)
                    .filter_map(|item| doc.str(item))
                    .map(|id| (id.into_owned(), *word)),
            ),
            _ => {}
        }
    }
}

/// Whether a member stands in what is the application's own: a tool's input, say.
fn is_words(doc: Doc<'_>, node: NodeId) -> bool {
    let mut at = doc.parent(node);
    while let Some(above) = at {
        if let Some(key) = doc.key(above) {
            // A list under `input` holds items of a conversation, an object what a tool was called with.
            let input = key == "input" && doc.kind(above) == Kind::Object;
            if input || WORDS.contains(&&*key) {
                return true;
            }
        }
        at = doc.parent(above);
    }
    false
}

/// Takes note of what an answer made or took away, and of a list leaves only what is the tenant's own.
pub(crate) fn answered(
    shared: &Shared,
    ctx: &Ctx,
    provider: &ProviderName,
    method: &http::Method,
    body: &Bytes,
) -> Option<Bytes> {
    let surface = ctx.surface?;
    if !matches!(
        surface,
        Surface::Files | Surface::Batches | Surface::StoredResponses | Surface::Responses
    ) {
        return None;
    }
    let index = Index::parse(body, &Limits::default()).ok()?;
    let doc = index.doc(body);
    let owner = Owner {
        tenant: ctx.notes.lock().tenant.clone()?,
        provider: provider.clone(),
    };
    let root = doc.root();
    let list = doc
        .get(root, "data")
        .filter(|list| doc.kind(*list) == Kind::Array);
    let Some(list) = list.filter(|_| surface != Surface::Responses) else {
        if *method == http::Method::DELETE {
            let id = doc.get(root, "id").and_then(|id| doc.str(id))?;
            note(shared.objects.forget(&id));
        } else {
            claim(shared, doc, &owner);
        }
        return None;
    };
    // What a stored response was made of is a list too, and is its owner's whole.
    if surface == Surface::StoredResponses {
        return None;
    }
    let mut edits = Edits::new();
    for item in doc.children(list) {
        let own = doc
            .get(item, "id")
            .and_then(|id| doc.str(id))
            .and_then(|id| shared.objects.owner(&id))
            .is_some_and(|one| one == owner);
        if !own {
            edits.remove_member(doc, item);
        }
    }
    (!edits.is_empty()).then(|| edits.apply(body).into())
}

fn claim(shared: &Shared, doc: Doc<'_>, owner: &Owner) {
    for word in MADE {
        if let Some(id) = doc.get(doc.root(), word).and_then(|id| doc.str(id)) {
            note(shared.objects.claim(&id, owner));
        }
    }
}

/// Takes note of a response that a provider keeps after a stream.
pub(crate) fn streamed(shared: &Shared, ctx: &Ctx, provider: &ProviderName, id: &str) {
    if ctx.surface != Some(Surface::Responses) {
        return;
    }
    let Some(tenant) = ctx.notes.lock().tenant.clone() else {
        return;
    };
    let owner = Owner {
        tenant,
        provider: provider.clone(),
    };
    note(shared.objects.claim(id, &owner));
}

fn note(written: Result<(), marshal_state::StateError>) {
    if let Err(error) = written {
        tracing::error!(%error, "The owner of an object could not be written down; after a restart it is nobody's.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(body: &str) -> Vec<String> {
        let index = Index::parse(body.as_bytes(), &Limits::default()).unwrap();
        let mut named = Vec::new();
        if may_refer(body.as_bytes()) {
            references(index.doc(body.as_bytes()), &mut named);
        }
        named.into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn what_a_request_refers_to_is_found_and_a_tool_s_own_words_are_not() {
        for (body, ids) in [
            (r#"{"previous_response_id":"r"}"#, &["r"][..]),
            (r#"{"conversation":{"id":"c"}}"#, &["c"]),
            (
                r#"{"conversation":"c","input":[{"content":[{"type":"input_file","file_id":"f"}]}]}"#,
                &["c", "f"],
            ),
            (
                r#"{"messages":[{"content":[{"type":"document","source":{"type":"file","file_id":"f"}}]}]}"#,
                &["f"],
            ),
            (
                r#"{"tools":[{"type":"file_search","vector_store_ids":["v","w"]}]}"#,
                &["v", "w"],
            ),
            (
                r#"{"messages":[{"content":[{"type":"tool_use","input":{"file_id":"mine"}}]}]}"#,
                &[],
            ),
            (
                r#"{"contents":[{"parts":[{"functionCall":{"args":{"file_id":"mine"}}}]}]}"#,
                &[],
            ),
            (
                r#"{"tools":[{"input_schema":{"properties":{"file_id":"x"}}}]}"#,
                &[],
            ),
            (r#"{"messages":[{"conversation":"words"}]}"#, &[]),
        ] {
            assert_eq!(named(body), ids, "{body}");
        }
    }
}
