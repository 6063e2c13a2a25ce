//! The request for one target: the client's own bytes where the words are the same, translated where they are not.

use bytes::Bytes;
use marshal_adapter_api::{Named, Needs, Untranslatable};
use marshal_platform::{Platform, Wanted};
use marshal_policies::Obligations;
use marshal_routing::{Capabilities, Target};
use marshal_types::{Code, Dialect, Refusal, Surface, SurfaceKind};
use marshal_wire::frame::Framing;
use marshal_wire::json::{Doc, Edits};

use crate::call::{Ask, Content};
use crate::comply::ClearedTarget;
use crate::decode::malformed;
use crate::obligations;
use crate::voice::Voice;
use crate::{Cleared, Ctx, Provider, Shared};

/// A request for a target.
pub(super) struct Request {
    pub method: http::Method,
    /// The whole address.
    pub address: String,
    pub body: Bytes,
    /// Fields that the target's dialect cannot express.
    pub dropped: Vec<String>,
    /// Who reads the answer.
    pub voice: Voice,
    /// How a stream will come.
    pub framing: Framing,
    /// Whether the client's own headers and media type go along.
    pub same: bool,
}

/// Encodes the clean request for a target, as the obligations want it.
pub(super) fn request(
    shared: &Shared,
    cleared: &Cleared,
    cleared_target: &ClearedTarget,
    provider: &Provider,
) -> Result<Request, Refusal> {
    let target = &*cleared_target.target;
    let obligations = cleared_target.obligations.as_deref();
    let permitted = &cleared.inspected().limited().permitted;
    let (ask, ctx) = (permitted.ask(), permitted.call().ctx());
    let surface = ctx.surface.unwrap_or(Surface::Passthrough);
    let request = match surface.kind() {
        SurfaceKind::Chat => conversation(shared, ask, ctx, (target, obligations), provider)?,
        SurfaceKind::Task => task(shared, surface, ask, ctx, (target, obligations), provider)?,
        SurfaceKind::Socket => socket(surface, ctx, target, provider),
        _ => object(surface, ask, ctx, provider),
    };
    if provider.strict && !request.dropped.is_empty() {
        let message = format!(
            "Provider `{}` cannot be told of {}, and this gateway is set to translate strictly. Leave it out, or ask another model.",
            target.name.provider,
            request.dropped.join(", ")
        );
        return Err(Refusal::new(Code::CannotTranslate, message));
    }
    Ok(request)
}

fn conversation(
    shared: &Shared,
    ask: &Ask,
    ctx: &Ctx,
    (target, obligations): (&Target, Option<&Obligations>),
    provider: &Provider,
) -> Result<Request, Refusal> {
    let client = ctx.dialect;
    let dialect = spoken(target, client);
    let model = &*target.id;
    let adapter = shared.adapter(dialect);
    let same = client == dialect;
    let (body, dropped) = if same {
        (own(shared, ask, client, model), Vec::new())
    } else {
        let canonical = shared
            .adapter(client)
            .decode_request(&ask.body, named(ask, client))
            .map_err(malformed)?;
        let encoded = adapter
            .encode_request(&canonical, model, target.longest_answer(None))
            .map_err(untranslatable)?;
        (Bytes::from(encoded.body), encoded.dropped)
    };
    let body = obligations::conversation(dialect, body, obligations);
    let framing = if same && ctx.framing == Framing::JsonArray {
        ctx.framing
    } else {
        adapter.framing()
    };
    let stream = ask.facts.stream;
    let path = adapter.upstream_path(model, stream, framing);
    let wanted = Wanted {
        dialect,
        model,
        stream,
        framing,
        path: &path,
    };
    let platform = &provider.platform;
    let mut address = platform.address(provider.base(dialect), &wanted);
    let plain = *platform == Platform::Plain;
    if same
        && plain
        && let Some(query) = &ask.query
    {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(query);
    }
    Ok(Request {
        method: http::Method::POST,
        address,
        body: provider
            .quirks
            .body(dialect, enveloped(platform, &wanted, ask, body)?),
        dropped,
        voice: Voice::Chat(dialect),
        framing: platform.framing(dialect, framing),
        same,
    })
}

/// The body as the platform wants it.
fn enveloped(
    platform: &Platform,
    wanted: &Wanted<'_>,
    ask: &Ask,
    body: Bytes,
) -> Result<Bytes, Refusal> {
    platform
        .body(wanted, body, betas(ask))
        .map_err(|error| Refusal::new(Code::InvalidRequest, error.to_string()))
}

/// What the address of a request says, as its dialect reads it beside the body.
pub(super) fn named(ask: &Ask, client: Dialect) -> Named<'_> {
    if client.names_model_in_body() {
        return Named::default();
    }
    Named {
        model: Some(&ask.facts.model),
        stream: Some(ask.facts.stream),
    }
}

/// Beta features that the client asks for: some platforms want them in the body.
fn betas(ask: &Ask) -> &str {
    ask.along
        .iter()
        .find(|(name, _)| name == "anthropic-beta")
        .and_then(|(_, value)| value.to_str().ok())
        .unwrap_or_default()
}

/// The dialect in which a target is asked: the client's own where it is spoken there.
pub(crate) fn spoken(target: &Target, client: Dialect) -> Dialect {
    if target.dialects.contains(&client) {
        client
    } else {
        target.dialects.first().copied().unwrap_or(client)
    }
}

/// The client's own bytes with the target's name of the model, and without seals of other families' thoughts.
fn own(shared: &Shared, ask: &Ask, dialect: Dialect, model: &str) -> Bytes {
    let keeps_seals = !matches!(dialect, Dialect::OpenAi | Dialect::Cohere | Dialect::Ollama);
    // An address may name another model than the body does: the body's own is what the provider would read.
    let names_it = |doc: &Doc<'_>| {
        let named = doc
            .get(doc.root(), "model")
            .and_then(|named| doc.str(named));
        named.as_deref() == Some(model)
    };
    let Some(doc) = ask.doc().filter(|doc| keeps_seals || !names_it(doc)) else {
        return ask.body.clone();
    };
    let mut edits = Edits::new();
    shared.adapter(dialect).set_model(doc, model, &mut edits);
    if edits.is_empty() {
        return ask.body.clone();
    }
    edits.apply(&ask.body).into()
}

fn task(
    shared: &Shared,
    surface: Surface,
    ask: &Ask,
    ctx: &Ctx,
    (target, obligations): (&Target, Option<&Obligations>),
    provider: &Provider,
) -> Result<Request, Refusal> {
    let model = &*target.id;
    let mut tail = ask.tail.as_str();
    let (door, dialect, encoded) = if target.surfaces.contains(&surface) {
        let content = content(ask);
        let body = marshal_tasks::set_model(surface, &content, &ask.body, model);
        (surface, ctx.dialect, (body, Vec::new()))
    } else if super::counts(surface, ask) {
        let (door, encoded) = super::count::request(shared, surface, ask, target)?;
        tail = "/responses/input_tokens";
        let body = Bytes::from(encoded.body);
        (door, crate::decode::dialect(door), (body, encoded.dropped))
    } else {
        let doc = ask.doc().ok_or_else(|| cannot(surface))?;
        let (door, encoded) =
            marshal_tasks::translate_request(surface, &target.surfaces, doc, model)
                .map_err(untranslatable)?;
        tail = ""; // the client's own path says nothing of the provider's
        (
            door,
            crate::decode::dialect(door),
            (Bytes::from(encoded.body), encoded.dropped),
        )
    };
    let (body, dropped) = encoded;
    let body = obligations::task(door, body, obligations);
    let path = marshal_tasks::upstream_path(door, dialect, tail, model);
    let wanted = Wanted {
        dialect,
        model,
        stream: ask.facts.stream,
        framing: ctx.framing,
        path: &path,
    };
    Ok(Request {
        method: http::Method::POST,
        address: provider.platform.address(provider.base(dialect), &wanted),
        body: enveloped(&provider.platform, &wanted, ask, body)?,
        dropped,
        voice: Voice::Task(door, dialect),
        framing: ctx.framing,
        same: door == surface,
    })
}

/// The beginning of a session: its address names the model, and nothing else goes along.
fn socket(surface: Surface, ctx: &Ctx, target: &Target, provider: &Provider) -> Request {
    let model = &*target.id;
    let path = match provider.platform {
        // The address says so by itself.
        Platform::Azure {
            deployments: true, ..
        } => "/realtime".to_owned(),
        _ => format!("/realtime?model={}", crate::socket::escaped(model)),
    };
    let wanted = Wanted {
        dialect: ctx.dialect,
        model,
        stream: true,
        framing: ctx.framing,
        path: &path,
    };
    Request {
        method: http::Method::GET,
        address: provider
            .platform
            .address(provider.base(ctx.dialect), &wanted),
        body: Bytes::new(),
        dropped: Vec::new(),
        voice: Voice::Task(surface, ctx.dialect),
        framing: ctx.framing,
        same: true,
    }
}

fn object(surface: Surface, ask: &Ask, ctx: &Ctx, provider: &Provider) -> Request {
    let base = provider.base(ctx.dialect);
    // Without steps to a parent folder: the path stays below what was permitted.
    let tail = marshal_tasks::upstream_path(surface, ctx.dialect, &ask.tail, "");
    let mut address = if surface == Surface::Passthrough {
        joined(base, &tail)
    } else {
        let wanted = Wanted {
            dialect: ctx.dialect,
            model: "",
            stream: false,
            framing: ctx.framing,
            path: &tail,
        };
        provider.platform.address(base, &wanted)
    };
    if let Some(query) = &ask.query {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(query);
    }
    Request {
        method: ask.method.clone(),
        address,
        body: ask.body.clone(),
        dropped: Vec::new(),
        voice: Voice::Task(surface, ctx.dialect),
        framing: ctx.framing,
        same: true,
    }
}

/// A provider's own path: below its address, or from its host where the path says the version itself.
fn joined(base: &str, tail: &str) -> String {
    let host_end = base
        .find("://")
        .and_then(|at| base[at + 3..].find('/').map(|slash| at + 3 + slash))
        .unwrap_or(base.len());
    let (host, version) = base.split_at(host_end);
    let repeats = !version.is_empty()
        && tail
            .strip_prefix(version)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if repeats {
        format!("{host}{tail}")
    } else {
        format!("{base}{tail}")
    }
}

pub(crate) fn content(ask: &Ask) -> marshal_tasks::Content<'_> {
    match &ask.content {
        Content::Json(index) => marshal_tasks::Content::Json(index.doc(&ask.body)),
        Content::Form(form) => marshal_tasks::Content::Form(form),
        Content::Empty => marshal_tasks::Content::Empty,
    }
}

fn cannot(surface: Surface) -> Refusal {
    let message = format!(
        "`{}` is not offered by this model's provider.",
        surface.as_str()
    );
    Refusal::new(Code::NoTarget, message).param("model")
}

pub(super) fn untranslatable(error: Untranslatable) -> Refusal {
    let refusal = Refusal::new(Code::CannotTranslate, error.message);
    match error.param {
        Some(param) => refusal.param(param),
        None => refusal,
    }
}

/// What a request needs, in the words of routing.
pub(crate) const fn capabilities(needs: Needs) -> Capabilities {
    Capabilities {
        tools: needs.tools,
        vision: needs.vision,
        json_schema: needs.json_schema,
        thinking: needs.thinking,
        documents: needs.documents,
        audio: needs.audio,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_the_path_repeats_stands_once() {
        assert_eq!(
            joined("https://a.example/v1", "/v1/x"),
            "https://a.example/v1/x"
        );
        assert_eq!(
            joined("https://a.example/v1", "/x"),
            "https://a.example/v1/x"
        );
        assert_eq!(
            joined("https://a.example", "/v1/x"),
            "https://a.example/v1/x"
        );
        assert_eq!(
            joined("https://a.example/v1", "/v1beta/x"),
            "https://a.example/v1/v1beta/x"
        );
    }
}
