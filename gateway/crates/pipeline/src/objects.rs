//! What providers keep for their callers belongs to the tenant who made it: nobody else reads it, refers to it or
//! learns that it is there.

use bytes::Bytes;
use marshal_state::Owner;
use marshal_types::{Code, ProviderName, Refusal, Surface};
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, NodeId};
use marshal_wire::multipart::Multipart;
use memchr::memmem;

use crate::call::{Ask, Content, Ctx};
use crate::{Authenticated, Shared};

/// Members of a request that refer to what a provider keeps.
const REFERENCES: [&str; 16] = [
    "previous_response_id",
    "conversation",
    "file_id",
    "input_file_id",
    "file_ids",
    "input_files",
    "training_file",
    "validation_file",
    "vector_store_id",
    "vector_store_ids",
    "container",
    "container_id",
    "cachedContent",
    "cached_content",
    "fileSearchStoreNames",
    "file_search_store_names",
];

/// Folders of providers' own paths whose members belong to whoever made them.
const KEPT: [&str; 16] = [
    "files",
    "batches",
    "responses",
    "conversations",
    "vector_stores",
    "containers",
    "assistants",
    "threads",
    "uploads",
    "evals",
    "videos",
    "jobs",
    "completions",
    "skills",
    "cachedContents",
    "fileSearchStores",
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
    if let Content::Form(form) = &ask.content {
        references_of_form(form, &mut named);
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
            return Err(unknown(param));
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

/// Checks every object that a message of a socket names: they are kept by the provider that the socket leads to.
///
/// # Errors
/// One that is not the tenant's own, or is kept elsewhere.
pub(crate) fn check_message(
    shared: &Shared,
    owner: &Owner,
    doc: Doc<'_>,
    body: &[u8],
) -> Result<(), Refusal> {
    let mut named = Vec::new();
    if may_refer(body) {
        references(doc, &mut named);
    }
    match named
        .iter()
        .find(|(id, _)| shared.objects.owner(id).as_ref() != Some(owner))
    {
        Some((_, param)) => Err(unknown(param)),
        None => Ok(()),
    }
}

fn unknown(param: &'static str) -> Refusal {
    let message = match param {
        // An answer that was translated for its client is kept by no provider, whatever ids it has.
        "input" => {
            "There is no such item of yours at a provider. Send the item itself in the place of its id: with OpenAI's clients, `store: false` among the call's options."
        }
        _ => {
            "There is no such object of yours. What was made without this gateway, or by another tenant, is not reached through it."
        }
    };
    Refusal::new(Code::UnknownObject, message).param(param)
}

/// The object that a path names: `/files/{id}/content`, `/messages/batches/{id}`.
fn of_path(surface: Option<Surface>, tail: &str) -> Option<&str> {
    let rest = match surface? {
        Surface::Files => tail.strip_prefix("/files/")?,
        Surface::StoredResponses => tail.strip_prefix("/responses/")?,
        Surface::Batches => tail
            .strip_prefix("/batches/")
            .or_else(|| tail.strip_prefix("/messages/batches/"))?,
        // What lies below what one made is found through it alone: the outermost counts.
        Surface::Passthrough => {
            let mut pieces = tail.split('/');
            pieces.find(|piece| KEPT.contains(piece))?;
            pieces.next()?
        }
        _ => return None,
    };
    rest.split('/').next().filter(|id| !id.is_empty())
}

/// Most bodies refer to nothing, and are not searched member by member.
fn may_refer(body: &[u8]) -> bool {
    let has = |word: &str| memmem::find(body, word.as_bytes()).is_some();
    [
        "_response_id",
        "file_id",
        "_files",
        "ing_file",
        "\"conversation\"",
        "vector_store_id",
        "container",
        "cachedContent",
        "cached_content",
        "fileSearchStoreNames",
        "file_search_store_names",
        "item_reference",
        "fileUri",
        "file_uri",
        // A name may be written with escapes.
        "\\u",
    ]
    .iter()
    .any(|word| has(word))
        || has("\"input\"") && has("\"id\"")
}

/// The fields of a form that refer, and the requests that a batch file holds.
fn references_of_form(form: &Multipart, named: &mut Vec<(String, &'static str)>) {
    for part in form.parts() {
        let name = part.name.trim_end_matches("[]");
        if let Some(word) = REFERENCES.iter().find(|word| **word == name)
            && let Some(id) = form.text(part)
        {
            named.push((id.to_owned(), *word));
        }
        if part.is_file() && may_refer(&form.value(part)) {
            let value = form.value(part);
            // Lines that are no request are refused where a batch is permitted.
            for line in marshal_tasks::batch_lines(&value).map_while(Result::ok) {
                let body = value.get(line.body).unwrap_or_default();
                if let Ok(index) = Index::parse(body, &Limits::default()) {
                    references(index.doc(body), named);
                }
            }
        }
    }
}

/// A file that Google keeps for the gateway's own account; any other address is the world's.
fn google_file(uri: &str) -> Option<(String, &'static str)> {
    let uri = uri.trim().to_ascii_lowercase();
    let kept = uri.contains("generativelanguage.googleapis.com") || uri.starts_with("files/");
    let id = uri.rsplit('/').next().unwrap_or_default();
    kept.then(|| (id.to_owned(), "fileUri"))
}

/// The item of an earlier response that an item of a conversation stands for.
fn item_reference(doc: Doc<'_>, node: NodeId, key: &str) -> Option<String> {
    let item = doc.parent(node)?;
    let refers = match key {
        "type" => doc.str(node)? == "item_reference",
        // The kind may be left out.
        "id" => {
            let list = doc.parent(item)?;
            doc.key(list).as_deref() == Some("input")
                && doc.kind(list) == Kind::Array
                && ["type", "role"].iter().all(|name| {
                    doc.get(item, name)
                        .is_none_or(|node| doc.kind(node) == Kind::Null)
                })
        }
        _ => false,
    };
    (refers && !is_words(doc, item))
        .then(|| doc.str(doc.get(item, "id")?).map(Into::into))
        .flatten()
}

fn references(doc: Doc<'_>, named: &mut Vec<(String, &'static str)>) {
    for node in doc.all() {
        let Some(key) = doc.key(node) else {
            continue;
        };
        if let Some(id) = item_reference(doc, node, &key) {
            named.push((id, "input"));
        }
        if matches!(&*key, "fileUri" | "file_uri") && !is_words(doc, node) {
            named.extend(doc.str(node).and_then(|uri| google_file(&uri)));
        }
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
    (method, tail): (&http::Method, &str),
    body: &Bytes,
) -> Option<Bytes> {
    let surface = ctx.surface?;
    let kept = match surface {
        Surface::Files | Surface::Batches | Surface::StoredResponses => true,
        Surface::Passthrough => tail.split('/').any(|piece| KEPT.contains(&piece)),
        Surface::Messages if memmem::find(body, b"\"container\"").is_none() => return None,
        Surface::Responses | Surface::Messages => false,
        _ => return None,
    };
    let own = of_path(Some(surface), tail);
    let lists = kept && own.is_none() && *method == http::Method::GET;
    let Ok(index) = Index::parse(body, &Limits::default()) else {
        // Nobody knows whose things a list holds that cannot be read.
        return lists.then(|| Bytes::from_static(b"{}"));
    };
    let doc = index.doc(body);
    let owner = Owner {
        tenant: ctx.notes.lock().tenant.clone()?,
        provider: provider.clone(),
    };
    match own {
        _ if lists => return only_own(shared, doc, &owner, body),
        Some(id) if *method == http::Method::DELETE && tail.ends_with(id) => {
            note(shared.objects.forget(id));
        }
        // A batch says later what it made; what lies in a file or below an object is its owner's whole.
        Some(_) if surface != Surface::Batches => {}
        // What answers a conversation is kept for a while, if at all.
        _ if kept && !tail.ends_with("/completions") => claim(shared, doc, &owner),
        _ => claim_answer(shared, doc, doc.root(), &owner),
    }
    None
}

/// A list without what others made: every list at its root, by whatever name.
fn only_own(shared: &Shared, doc: Doc<'_>, owner: &Owner, body: &Bytes) -> Option<Bytes> {
    let root = doc.root();
    let is_own = |item| {
        let mut names = ["id", "name"].iter();
        let id = names.find_map(|name| doc.str(doc.get(item, name)?));
        id.is_some_and(|id| shared.objects.owner(&id).as_ref() == Some(owner))
    };
    let mut edits = Edits::new();
    for list in doc.children(root).chain([root]) {
        if doc.kind(list) != Kind::Array {
            continue;
        }
        for item in doc.children(list).filter(|item| !is_own(*item)) {
            edits.remove_member(doc, item);
        }
    }
    (!edits.is_empty()).then(|| edits.apply(body).into())
}

fn claim(shared: &Shared, doc: Doc<'_>, owner: &Owner) {
    let text = |name| doc.str(doc.get(doc.root(), name)?);
    for id in MADE.iter().filter_map(|name| text(*name)) {
        note(shared.objects.claim(&id, owner));
    }
    // Google's things have a name with their folder in it and no id; anyone else's name is the caller's own word.
    if let (None, Some(name)) = (text("id"), text("name"))
        && let Some((folder, id)) = name.rsplit_once('/')
        && KEPT.contains(&folder)
    {
        note(shared.objects.claim(&name, owner));
        note(shared.objects.claim(id, owner));
    }
}

/// What an answer to a conversation left at the provider: itself, its items, the container that its tools ran in.
fn claim_answer(shared: &Shared, doc: Doc<'_>, answer: NodeId, owner: &Owner) {
    let text = |from, name| doc.str(doc.get(from, name)?);
    if let Some(id) = text(answer, "id") {
        note(shared.objects.claim_passing(&id, owner));
    }
    if let Some(id) = doc.get(answer, "container").and_then(|one| text(one, "id")) {
        note(shared.objects.claim_passing(&id, owner));
    }
    let items = doc.get(answer, "output").map(|list| doc.children(list));
    for item in items.into_iter().flatten() {
        for id in ["id", "container_id"]
            .iter()
            .filter_map(|name| text(item, name))
        {
            note(shared.objects.claim_passing(&id, owner));
        }
    }
}

/// Takes note of what a provider keeps after a stream, as its first and last events say.
pub(crate) fn streamed(shared: &Shared, ctx: &Ctx, provider: &ProviderName, event: &RawEvent) {
    let has = |word: &[u8]| memmem::find(&event.raw, word).is_some();
    let within = match ctx.surface {
        Some(Surface::Responses) if has(b"\"response\"") => "response",
        Some(Surface::Messages) if has(b"\"container\"") => "delta",
        _ => return,
    };
    let data = event.data();
    let Ok(index) = Index::parse(&data, &Limits::default()) else {
        return;
    };
    let doc = index.doc(&data);
    let (Some(answer), Some(tenant)) =
        (doc.get(doc.root(), within), ctx.notes.lock().tenant.clone())
    else {
        return;
    };
    let owner = Owner {
        tenant,
        provider: provider.clone(),
    };
    claim_answer(shared, doc, answer, &owner);
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
