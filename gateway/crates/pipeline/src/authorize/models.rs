//! `/v1/models`: what the caller may use, a chat model first, in the shape of the caller's dialect.

use std::sync::Arc;

use marshal_telemetry::{Attribute, Operation};
use marshal_types::{Action, Code, Dialect, Facts, Refusal};
use marshal_wire::json::write_str;

use super::permit;
use crate::answer::local;
use crate::facts::with_target;
use crate::step::Answer;
use crate::{Authenticated, Shared};

/// Answers from the directory; a model that may not be used is as good as absent.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    call: &Authenticated<()>,
    id: Option<&str>,
) -> Result<Answer, Refusal> {
    if let Some(span) = call.ctx().span.lock().as_mut() {
        span.set(Attribute::Operation(Operation::ListModels));
    }
    let allowed = |model: &str| is_listed(shared, call, model);
    let created = shared.clock.now().as_secs();
    let dialect = call.ctx().dialect;
    let body = match id {
        Some(id) => {
            let listed = shared.directory.models().find(|listed| &*listed.id == id);
            let listed = listed.filter(|listed| allowed(&listed.id)).ok_or_else(|| {
                Refusal::new(
                    Code::UnknownModel,
                    "This key may use no such model. GET /v1/models lists those it may.",
                )
                .param("model")
            })?;
            let mut out = Vec::new();
            model(&mut out, dialect, &listed.id, &listed.owned_by, created);
            out
        }
        None => {
            let listed = shared
                .directory
                .models()
                .filter(|listed| allowed(&listed.id));
            list(
                dialect,
                listed.map(|listed| (&*listed.id, &*listed.owned_by)),
                created,
            )
        }
    };
    local(shared, call, body).await
}

/// Whether the key may see the model.
pub(super) fn is_listed<T>(shared: &Shared, call: &Authenticated<T>, model: &str) -> bool {
    shared.directory.resolve(model).is_some_and(|resolved| {
        resolved.candidates.iter().any(|target| {
            let bundle = &call.governance().bundle;
            let facts = with_target(bundle, shared.clock.now(), &Facts::default(), target);
            permit(call, target, Action::List, &facts).is_ok()
        })
    })
}

fn list<'a>(
    dialect: Dialect,
    models: impl Iterator<Item = (&'a str, &'a str)>,
    created: u64,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut ids = Vec::new();
    out.extend_from_slice(match dialect {
        Dialect::Anthropic => b"{\"data\":[".as_slice(),
        Dialect::Gemini | Dialect::Ollama => b"{\"models\":[",
        _ => b"{\"object\":\"list\",\"data\":[",
    });
    for (id, owner) in models {
        if !ids.is_empty() {
            out.push(b',');
        }
        model(&mut out, dialect, id, owner, created);
        ids.push(id);
    }
    out.push(b']');
    if dialect == Dialect::Anthropic {
        out.extend_from_slice(b",\"has_more\":false,\"first_id\":");
        id_or_null(&mut out, ids.first());
        out.extend_from_slice(b",\"last_id\":");
        id_or_null(&mut out, ids.last());
    }
    out.push(b'}');
    out
}

fn id_or_null(out: &mut Vec<u8>, id: Option<&&str>) {
    match id {
        Some(id) => write_str(out, id),
        None => out.extend_from_slice(b"null"),
    }
}

fn model(out: &mut Vec<u8>, dialect: Dialect, id: &str, owner: &str, created: u64) {
    let at = marshal_types::Timestamp::from_micros(created * 1_000_000);
    match dialect {
        Dialect::Anthropic => {
            out.extend_from_slice(b"{\"id\":");
            write_str(out, id);
            out.extend_from_slice(b",\"type\":\"model\",\"display_name\":");
            write_str(out, id);
            out.extend_from_slice(format!(",\"created_at\":\"{at}\"").as_bytes());
        }
        Dialect::Gemini => {
            out.extend_from_slice(b"{\"name\":");
            write_str(out, &format!("models/{id}"));
            out.extend_from_slice(b",\"displayName\":");
            write_str(out, id);
            out.extend_from_slice(
                b",\"supportedGenerationMethods\":[\"generateContent\",\"streamGenerateContent\"]",
            );
        }
        Dialect::Ollama => {
            out.extend_from_slice(b"{\"name\":");
            write_str(out, id);
            out.extend_from_slice(b",\"model\":");
            write_str(out, id);
            out.extend_from_slice(
                format!(",\"modified_at\":\"{at}\",\"size\":0,\"digest\":\"\",\"details\":{{}}")
                    .as_bytes(),
            );
        }
        _ => {
            out.extend_from_slice(b"{\"id\":");
            write_str(out, id);
            out.extend_from_slice(
                format!(",\"object\":\"model\",\"created\":{created},\"owned_by\":").as_bytes(),
            );
            write_str(out, owner);
        }
    }
    out.push(b'}');
}
