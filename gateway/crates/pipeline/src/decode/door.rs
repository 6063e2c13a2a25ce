//! Which door a path is, and what the path says beyond it.

use std::borrow::Cow;

use marshal_types::{Code, Dialect, ProviderName, Refusal, Surface, SurfaceKind};
use marshal_wire::frame::Framing;

use crate::Shared;

/// A door of the data plane, as a request's address names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Door<'p> {
    pub surface: Surface,
    /// The model, where the address names it.
    pub model: Option<Cow<'p, str>>,
    /// Whether the answer is to be streamed, where the address says so.
    pub stream: Option<bool>,
    /// The provider, where the address names it.
    pub provider: Option<&'p str>,
    /// The path at a provider, for what is no conversation: `/files/file-1/content`.
    pub tail: &'p str,
    /// An address of Google's cloud, where Claude streams as server-sent events.
    pub google_cloud: bool,
}

impl<'p> Door<'p> {
    const fn to(surface: Surface) -> Self {
        Self {
            surface,
            model: None,
            stream: None,
            provider: None,
            tail: "",
            google_cloud: false,
        }
    }

    fn of_model(surface: Surface, model: &'p str, stream: Option<bool>) -> Self {
        Self {
            model: Some(percent_decoded(model)),
            stream,
            ..Self::to(surface)
        }
    }

    fn below(surface: Surface, tail: &'p str) -> Self {
        Self {
            tail,
            ..Self::to(surface)
        }
    }
}

/// The door of a path.
pub(crate) fn door(path: &str) -> Option<Door<'_>> {
    if path.contains("//") {
        return None; // a provider may read it as another path than the one that is governed here
    }
    if let Some(rest) = path.strip_prefix("/passthrough/") {
        return passthrough(rest);
    }
    let full = path.trim_end_matches('/');
    if let Some(found) = google(full)
        .or_else(|| amazon(full))
        .or_else(|| azure(full))
    {
        return Some(found);
    }
    let inner = inner(full);
    if let Some(door) = whole_path(inner) {
        return Some(door);
    }
    let (root, rest) = inner
        .trim_start_matches('/')
        .split_once('/')
        .unwrap_or((inner.trim_start_matches('/'), ""));
    match (root, rest) {
        ("models", id) if !id.is_empty() && !id.contains(':') => {
            Some(Door::of_model(Surface::Models, id, None))
        }
        ("responses", id) if !id.is_empty() => Some(Door::below(Surface::StoredResponses, inner)),
        ("files", _) => Some(Door::below(Surface::Files, inner)),
        ("batches", _) => Some(Door::below(Surface::Batches, inner)),
        ("messages", "batches") => Some(Door::below(Surface::Batches, inner)),
        ("messages", rest) if rest.starts_with("batches/") => {
            Some(Door::below(Surface::Batches, inner))
        }
        _ => None,
    }
}

fn whole_path(inner: &str) -> Option<Door<'_>> {
    let surface = match inner {
        "/chat/completions" => Surface::ChatCompletions,
        "/messages" => Surface::Messages,
        "/responses" => Surface::Responses,
        "/models" | "/api/tags" => Surface::Models,
        "/completions" => Surface::Completions,
        "/embeddings" => Surface::Embeddings,
        "/moderations" => Surface::Moderations,
        "/images/generations" => Surface::ImageGenerations,
        "/images/edits" | "/images/variations" => Surface::ImageEdits,
        "/audio/speech" => Surface::Speech,
        "/audio/transcriptions" | "/audio/translations" => Surface::Transcriptions,
        "/responses/input_tokens" | "/responses/compact" => Surface::ResponseTools,
        "/messages/count_tokens" => Surface::CountTokens,
        "/rerank" | "/v2/rerank" => Surface::Rerank,
        "/v2/embed" => Surface::CohereEmbed,
        "/v2/chat" => Surface::CohereChat,
        "/api/chat" => Surface::OllamaChat,
        "/api/generate" => Surface::OllamaGenerate,
        "/api/embed" | "/api/embeddings" => Surface::OllamaEmbed,
        "/realtime" => Surface::Realtime,
        _ => return None,
    };
    Some(Door::below(surface, inner))
}

/// `/v1beta/models/{model}:{method}`, and the same below a project of Google's cloud.
fn google(path: &str) -> Option<Door<'_>> {
    let path = path.strip_prefix("/gemini").unwrap_or(path);
    let (version, rest) = path.strip_prefix('/')?.split_once('/')?;
    let google_version = matches!(version, "v1beta" | "v1alpha" | "v1beta1" | "v1");
    if !google_version {
        return None;
    }
    let cloud = rest.starts_with("projects/");
    if rest == "models" && version != "v1" {
        return Some(Door::to(Surface::Models));
    }
    let (anthropic, named) = match rest.split_once("publishers/") {
        Some((_, publisher)) if cloud => {
            let (publisher, named) = publisher.split_once("/models/")?;
            (publisher == "anthropic", named)
        }
        _ => (
            false,
            rest.strip_prefix("models/")
                .or_else(|| rest.strip_prefix("tunedModels/"))?,
        ),
    };
    let Some((model, method)) = named.rsplit_once(':') else {
        return (version != "v1").then(|| Door::of_model(Surface::Models, named, None));
    };
    let (surface, stream) = match method {
        "rawPredict" if anthropic => (Surface::InvokeMessages, Some(false)),
        "streamRawPredict" if anthropic => (Surface::InvokeMessages, Some(true)),
        "generateContent" => (Surface::GenerateContent, Some(false)),
        "streamGenerateContent" => (Surface::GenerateContent, Some(true)),
        "countTokens" => (Surface::GeminiCountTokens, None),
        "embedContent" | "batchEmbedContents" => (Surface::EmbedContent, None),
        _ => return None,
    };
    Some(Door {
        tail: method,
        google_cloud: cloud,
        ..Door::of_model(surface, model, stream)
    })
}

/// `/bedrock/model/{model}/{method}`.
fn amazon(path: &str) -> Option<Door<'_>> {
    amazon_model(path.strip_prefix("/bedrock")?)
}

/// `/model/{model}/{method}`, as Amazon's own paths are.
fn amazon_model(path: &str) -> Option<Door<'_>> {
    let (model, method) = path.strip_prefix("/model/")?.rsplit_once('/')?;
    // Claude's own words, in Amazon's envelope, are a conversation.
    let invoked = if model.contains("anthropic") || model.contains("claude") {
        Surface::InvokeMessages
    } else {
        Surface::Invoke
    };
    let (surface, stream) = match method {
        "converse" => (Surface::Converse, false),
        "converse-stream" => (Surface::Converse, true),
        "invoke" => (invoked, false),
        "invoke-with-response-stream" => (invoked, true),
        _ => return None,
    };
    Some(Door {
        tail: method,
        ..Door::of_model(surface, model, Some(stream))
    })
}

/// `/openai/deployments/{model}/…`: Azure's clients name the model so.
fn azure(path: &str) -> Option<Door<'_>> {
    let rest = path.strip_prefix("/openai/deployments/")?;
    let at = rest.find('/')?;
    let (model, inner) = rest.split_at(at);
    let mut found = whole_path(inner)?;
    found.model = Some(percent_decoded(model));
    Some(found)
}

/// A path of a provider's own. Where it is one of our doors, it is that door, at that provider.
fn passthrough(rest: &str) -> Option<Door<'_>> {
    let at = rest.find('/')?;
    let (provider, tail) = rest.split_at(at);
    if provider.is_empty()
        || tail.len() < 2
        || tail.starts_with("/passthrough")
        || leads_elsewhere(tail)
        || admits_elsewhere(tail)
    {
        return None;
    }
    let known = door(tail).or_else(|| amazon_model(tail));
    let mut found = match known {
        Some(known)
            if !matches!(
                known.surface.kind(),
                SurfaceKind::Local | SurfaceKind::Socket
            ) =>
        {
            known
        }
        // Escapes would hide from us which door a path is at the provider.
        _ if hides_a_door(tail) => return None,
        _ => Door {
            model: model_of(tail),
            ..Door::below(Surface::Passthrough, tail)
        },
    };
    found.provider = Some(provider);
    Some(found)
}

/// The model that a provider's own path asks for something: `/models/m:predict`, `/model/m/count-tokens`.
fn model_of(tail: &str) -> Option<Cow<'_, str>> {
    if let Some((_, named)) = tail.rsplit_once("/models/") {
        let (model, method) = named.rsplit_once(':')?;
        let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic());
        return is_method.then(|| percent_decoded(model));
    }
    let (_, named) = tail
        .split_once("/model/")
        .or_else(|| tail.split_once("/deployments/"))?;
    let (model, _) = named.split_once('/')?;
    Some(percent_decoded(model))
}

/// A provider's own path without what the provider's address begins with anyway, unless it is a door as it stands.
pub(crate) fn below_base<'p>(path: &'p str, shared: &Shared) -> Cow<'p, str> {
    let stripped = || {
        let rest = path.strip_prefix("/passthrough/")?;
        let (name, tail) = rest.split_at(rest.find('/')?);
        let provider = shared.providers.get(&ProviderName::new(name))?;
        let base = provider.base(Dialect::OpenAi);
        let (_, host) = base.split_once("://")?;
        let begins = host.find('/').map(|at| host[at..].trim_end_matches('/'))?;
        let rest = tail.strip_prefix(begins)?;
        (rest.starts_with('/') && begins.len() > 1).then(|| format!("/passthrough/{name}{rest}"))
    };
    if !path.starts_with("/passthrough/") {
        return Cow::Borrowed(path);
    }
    match door(path).map(|door| door.surface) {
        Some(Surface::Passthrough) => stripped().map_or(Cow::Borrowed(path), Cow::Owned),
        _ => Cow::Borrowed(path),
    }
}

/// Whether a path reads otherwise once its escapes are resolved, as a provider resolves them.
fn hides_a_door(tail: &str) -> bool {
    let plain = percent_decoded(tail);
    plain != tail && (plain.contains("//") || door(&plain).is_some())
}

/// Whether a path steps out of its folder, or stays in it by a step: it would be another one at the provider.
fn leads_elsewhere(tail: &str) -> bool {
    let plain = percent_decoded(tail);
    plain.contains('\\') || plain.split('/').any(|part| matches!(part, "." | ".."))
}

/// Whether a path makes credentials or sessions with which a client goes to the provider past this gateway.
fn admits_elsewhere(tail: &str) -> bool {
    let tail = percent_decoded(tail).to_ascii_lowercase();
    let below_realtime = tail.contains("/realtime/");
    below_realtime || tail.split('/').any(|part| ADMITTING.contains(&part))
}

/// SDKs come with and without the version, and some put the dialect's name before it.
fn inner(path: &str) -> &str {
    let path = ["/anthropic/", "/openai/", "/cohere/", "/ollama/"]
        .iter()
        .find_map(|prefix| path.starts_with(prefix).then(|| &path[prefix.len() - 1..]))
        .unwrap_or(path);
    if path.starts_with("/v1/") {
        &path[3..]
    } else {
        path
    }
}

/// The door of a request.
pub(super) fn of_request<'p>(method: &http::Method, path: &'p str) -> Result<Door<'p>, Refusal> {
    let Some(door) = door(path) else {
        return Err(unknown(path));
    };
    let takes: &[http::Method] = match door.surface.kind() {
        SurfaceKind::Chat | SurfaceKind::Task => &[http::Method::POST],
        SurfaceKind::Local | SurfaceKind::Socket => &[http::Method::GET],
        SurfaceKind::Object => &[
            http::Method::GET,
            http::Method::POST,
            http::Method::DELETE,
            http::Method::PUT,
            http::Method::PATCH,
        ],
    };
    if !takes.contains(method) {
        let takes: Vec<&str> = takes.iter().map(http::Method::as_str).collect();
        let message = format!("This endpoint takes {} requests only.", takes.join(", "));
        return Err(Refusal::new(Code::MethodNotAllowed, message));
    }
    Ok(door)
}

/// How a client of this door frames its streams.
pub(crate) fn framing(door: &Door<'_>, query: Option<&str>) -> Framing {
    match door.surface {
        Surface::GenerateContent => {
            let sse = query
                .into_iter()
                .flat_map(|query| query.split('&'))
                .any(|pair| pair == "alt=sse" || pair == "%24alt=sse" || pair == "$alt=sse");
            if sse {
                Framing::Sse
            } else {
                Framing::JsonArray
            }
        }
        Surface::Converse => Framing::EventStream,
        Surface::Invoke | Surface::InvokeMessages if !door.google_cloud => Framing::Chunks,
        Surface::OllamaChat | Surface::OllamaGenerate => Framing::Ndjson,
        _ => Framing::Sse,
    }
}

/// The dialect that a door speaks.
pub(crate) const fn dialect(surface: Surface) -> Dialect {
    match surface {
        Surface::Messages | Surface::InvokeMessages | Surface::CountTokens => Dialect::Anthropic,
        Surface::Responses | Surface::ResponseTools | Surface::StoredResponses => {
            Dialect::Responses
        }
        Surface::GenerateContent | Surface::GeminiCountTokens | Surface::EmbedContent => {
            Dialect::Gemini
        }
        Surface::Converse | Surface::Invoke => Dialect::Bedrock,
        Surface::CohereChat | Surface::CohereEmbed | Surface::Rerank => Dialect::Cohere,
        Surface::OllamaChat | Surface::OllamaEmbed | Surface::OllamaGenerate => Dialect::Ollama,
        _ => Dialect::OpenAi,
    }
}

/// Folders of providers in which credentials are made: an organisation's, and short-lived ones for browsers.
const ADMITTING: [&str; 8] = [
    "organization",
    "organizations",
    "api_keys",
    "service_accounts",
    "client_secrets",
    "auth_tokens",
    "chatkit",
    "listkeys",
];

/// Doors that exist at providers and are not open here.
const CLOSED: [&str; 9] = [
    "fine_tuning",
    "assistants",
    "threads",
    "vector_stores",
    "conversations",
    "uploads",
    "containers",
    "evals",
    "realtime",
];

fn unknown(path: &str) -> Refusal {
    if path.starts_with("/passthrough/") && admits_elsewhere(path) {
        return Refusal::new(
            Code::SurfaceNotGoverned,
            "This endpoint is closed: with what it makes, calls would reach the provider past this gateway.",
        );
    }
    let first = inner(path)
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    if CLOSED.contains(&first) || path.starts_with("/v1beta/") {
        return Refusal::new(
            Code::SurfaceNotGoverned,
            "This endpoint is closed here: the gateway has no controls of its own for it. \
             Its provider's own API is governed under /passthrough/PROVIDER/…",
        );
    }
    Refusal::new(
        Code::UnknownEndpoint,
        "There is no such endpoint. Use POST /v1/chat/completions, POST /v1/responses, POST /v1/messages, \
         POST /v1beta/models/MODEL:generateContent or GET /v1/models; an SDK's base URL ends in /v1 for OpenAI clients \
         and has no path for Anthropic and Gemini clients. `marshal check --coverage` lists every door.",
    )
}

/// `%2F` in a model's name: SDKs escape the slash of `provider/model`.
pub(super) fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut rest = bytes.clone();
        let pair = (byte == b'%')
            .then(|| Some((hex(rest.next()?)?, hex(rest.next()?)?)))
            .flatten();
        if let Some((high, low)) = pair {
            out.push(high * 16 + low);
            bytes = rest;
        } else {
            out.push(byte);
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests;
