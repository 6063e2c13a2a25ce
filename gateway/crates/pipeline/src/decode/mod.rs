//! What is asked for: size limit first, then the client's dialect. The body is parsed once and its bytes are kept.

mod body;
mod claims;
mod door;
mod query;
mod socket;

use std::sync::Arc;

use bytes::Bytes;
use marshal_adapter_api::{ChatFacts, Malformed, Named, Needs};
use marshal_tasks::Inspectable;
use marshal_telemetry::Part;
use marshal_types::{Code, ProviderName, Refusal, Surface, SurfaceKind, Units};
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, write_str};
use marshal_wire::multipart::Multipart;

pub(crate) use body::is_text;
pub(crate) use door::{Door, below_base, dialect, door, framing};

use crate::call::{Ask, Content};
use crate::facts::{Known, of_call};
use crate::step::{Answer, Next, Step};
use crate::{Authenticated, Governance, RequestBody, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Decode(pub Arc<Shared>);

/// What a caller asks for.
#[derive(Debug)]
pub enum Asked {
    /// Something of a model or of a provider.
    Ask(Box<Ask>),
    /// The models that may be used, or one of them.
    Models {
        /// The one that is asked for.
        id: Option<String>,
    },
}

impl Step<Authenticated> for Decode {
    type Out = Authenticated<Asked>;

    async fn run<N: Next<Authenticated<Asked>>>(
        &self,
        input: Authenticated,
        next: N,
    ) -> Result<Answer, Refusal> {
        let (input, request) = input.swap(());
        let (mut head, body) = request.into_parts();
        let uri = head.uri.clone();
        let path = below_base(uri.path(), &self.0);
        let door = door::of_request(&head.method, &path)?;
        let asked = match door.surface.kind() {
            SurfaceKind::Local => Asked::Models {
                id: door.model.map(std::borrow::Cow::into_owned),
            },
            SurfaceKind::Socket => {
                let now = self.0.clock.now();
                Asked::Ask(Box::new(socket::ask(&input, &mut head, &door, now)?))
            }
            SurfaceKind::Chat | SurfaceKind::Task | SurfaceKind::Object => {
                Asked::Ask(Box::new(self.ask(&input, &head, &door, body).await?))
            }
        };
        let (input, ()) = input.swap(asked);
        input.ctx().lap(&self.0, Part::Parse);
        next.go(input).await
    }
}

/// What a body turned out to be.
struct Read {
    body: Bytes,
    content: Content,
    facts: ChatFacts,
    units: Units,
    unread: Vec<&'static str>,
    /// Beta features that the body names, where the dialect's own place for them is a header.
    betas: Vec<String>,
}

impl Decode {
    async fn ask(
        &self,
        input: &Authenticated<()>,
        head: &http::request::Parts,
        door: &Door<'_>,
        body: RequestBody,
    ) -> Result<Ask, Refusal> {
        let ctx = input.ctx();
        let media = body::check_head(&head.headers, door.surface, self.0.max_body_bytes)?;
        let body = body::read(body, self.0.max_body_bytes, self.0.body_timeout).await?;
        ctx.lap(&self.0, Part::Receive);
        let read = match door.surface.kind() {
            SurfaceKind::Chat => self.conversation(door, body)?,
            _ => other(door, &media, body)?,
        };
        if !read.facts.model.is_empty() {
            ctx.notes.lock().request_model = Some(shown(input.governance(), &read.facts.model));
        }
        let claims = claims::read(&head.headers, &input.governance().bundle)?;
        let known = of_call(
            claims.facts,
            &Known {
                who: input.who(),
                surface: ctx.surface,
                dialect: ctx.dialect,
                chat: &read.facts,
                length: read.body.len(),
                now: self.0.clock.now(),
            },
        );
        let (mut along, query) = along(head, door.surface);
        if !matches!(read.content, Content::Json(_) | Content::Empty)
            && let Some(media) = head.headers.get(http::header::CONTENT_TYPE)
        {
            along.push((http::header::CONTENT_TYPE, media.clone()));
        }
        if let Ok(betas) = http::HeaderValue::from_str(&read.betas.join(","))
            && !betas.is_empty()
        {
            along.push((http::HeaderName::from_static("anthropic-beta"), betas));
        }
        Ok(Ask {
            body: read.body,
            content: read.content,
            facts: read.facts,
            units: read.units,
            unread: read.unread,
            pinned: pinned(head, door)?,
            method: head.method.clone(),
            tail: door.tail.to_owned(),
            query,
            along,
            known,
            purpose: claims.purpose,
            tags: claims.tags,
            strategy: claims.strategy,
            wants_cost: claims.wants_cost,
            socket: None,
        })
    }

    fn conversation(&self, door: &Door<'_>, mut body: Bytes) -> Result<Read, Refusal> {
        let model = door.model.as_deref();
        let mut betas = Vec::new();
        if let (Surface::InvokeMessages, Some(model)) = (door.surface, model) {
            let plain = marshal_platform::unwrap_invoke(&body, model, door.stream.unwrap_or(false))
                .map_err(|error| Refusal::new(Code::InvalidRequest, error.to_string()))?;
            (body, betas) = (plain.body, plain.betas);
        }
        let mut index = parse(&body)?;
        let names_none = |doc: Doc<'_>| {
            doc.kind(doc.root()) == Kind::Object && doc.get(doc.root(), "model").is_none()
        };
        if let Some(model) = model
            && dialect(door.surface).names_model_in_body()
            && names_none(index.doc(&body))
        {
            // Azure's clients name the model in the address alone.
            let doc = index.doc(&body);
            let (mut edits, mut name) = (Edits::new(), Vec::new());
            write_str(&mut name, model);
            edits.insert_member(doc, doc.root(), "model", &name);
            body = edits.apply(&body).into();
            index = parse(&body)?;
        }
        let named = Named {
            model,
            stream: door.stream,
        };
        let adapter = self.0.adapter(dialect(door.surface));
        let facts = adapter.facts(index.doc(&body), named).map_err(malformed)?;
        Ok(Read {
            body,
            content: Content::Json(index),
            // That there is sound is enough for its dearer tokens; how long it is only the provider knows.
            units: Units {
                audio_ms: u64::from(facts.needs.audio),
                ..Units::default()
            },
            facts,
            unread: Vec::new(),
            betas,
        })
    }
}

/// What is no conversation: JSON, a form, nothing, or bytes that nobody here can read.
fn other(door: &Door<'_>, media: &body::Media, body: Bytes) -> Result<Read, Refusal> {
    let content = match media {
        _ if body.is_empty() => Content::Empty,
        body::Media::Json => Content::Json(parse(&body)?),
        body::Media::Form(boundary) => {
            let form = Multipart::parse(&body, boundary).map_err(|error| {
                Refusal::new(
                    Code::InvalidRequest,
                    format!("The form cannot be read: {error}."),
                )
            })?;
            Content::Form(form)
        }
        body::Media::Unread => {
            let unread = (!body::is_text(&body)).then_some("file");
            return Ok(Read {
                body,
                content: Content::Empty,
                facts: ChatFacts {
                    model: door.model.as_deref().unwrap_or_default().to_owned(),
                    ..no_model()
                },
                units: Units::default(),
                unread: unread.into_iter().collect(),
                betas: Vec::new(),
            });
        }
    };
    let named = Named {
        model: door.model.as_deref(),
        stream: door.stream,
    };
    let task = {
        let content = match &content {
            Content::Json(index) => marshal_tasks::Content::Json(index.doc(&body)),
            Content::Form(form) => marshal_tasks::Content::Form(form),
            Content::Empty => marshal_tasks::Content::Empty,
        };
        marshal_tasks::facts(door.surface, &content, named).map_err(malformed)?
    };
    let facts = ChatFacts {
        model: task.model.unwrap_or_default(),
        stream: task.stream,
        max_output: task.max_output,
        choices: task.choices,
        needs: Needs::default(),
    };
    if facts.model.is_empty() && door.surface.kind() == SurfaceKind::Task {
        return Err(Refusal::new(
            Code::InvalidRequest,
            "`model` is missing: name the model that is asked. GET /v1/models lists those that this key may use.",
        )
        .param("model"));
    }
    Ok(Read {
        body,
        content,
        facts,
        units: task.units,
        unread: match task.inspectable {
            Inspectable::Whole => Vec::new(),
            Inspectable::Partly(kinds) => kinds,
        },
        betas: Vec::new(),
    })
}

/// The model as records have it: whatever stands where its name should, it is not repeated if it looks like data.
pub(crate) fn shown(governance: &Governance, model: &str) -> String {
    if governance.bundle.scan(model).is_empty() {
        model.to_owned()
    } else {
        "(withheld)".to_owned()
    }
}

fn no_model() -> ChatFacts {
    ChatFacts {
        model: String::new(),
        stream: false,
        max_output: None,
        choices: 1,
        needs: Needs::default(),
    }
}

fn parse(body: &Bytes) -> Result<Index, Refusal> {
    Index::parse(body, &Limits::default()).map_err(|error| error.refusal())
}

/// The provider that the address names, or `x-marshal-provider`: a caller may narrow where its call may go.
fn pinned(head: &http::request::Parts, door: &Door<'_>) -> Result<Option<ProviderName>, Refusal> {
    if let Some(provider) = door.provider {
        return Ok(Some(ProviderName::new(provider)));
    }
    let Some(value) = head.headers.get("x-marshal-provider") else {
        return Ok(None);
    };
    let name = value.to_str().ok().filter(|name| {
        !name.is_empty()
            && name.len() <= 64
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    });
    match name {
        Some(name) => Ok(Some(ProviderName::new(name))),
        None => Err(Refusal::new(
            Code::InvalidRequest,
            "x-marshal-provider takes the name of one configured provider.",
        )
        .param("x-marshal-provider")),
    }
}

/// What the dialect's rules were broken by, as a refusal.
pub(crate) fn malformed(malformed: Malformed) -> Refusal {
    let refusal = Refusal::new(Code::InvalidRequest, malformed.message);
    match malformed.param {
        Some(param) => refusal.param(param),
        None => refusal,
    }
}

/// Client headers that mean something to a provider of the same dialect; everything else stays here.
const ALONG: [&str; 4] = [
    "anthropic-version",
    "anthropic-beta",
    "openai-beta",
    "idempotency-key",
];

/// What goes along, still to be inspected: headers, and the query.
fn along(
    head: &http::request::Parts,
    surface: Surface,
) -> (Vec<(http::HeaderName, http::HeaderValue)>, Option<String>) {
    let headers = ALONG
        .iter()
        .filter_map(|name| {
            let value = head.headers.get(*name)?;
            Some((http::HeaderName::from_static(name), value.clone()))
        })
        .collect();
    let query = head.uri.query();
    let query = match surface.kind() {
        // What is asked of a provider itself may depend on its query; credentials in it are ours.
        SurfaceKind::Object => query.map(query::without_credentials),
        // The only query that a client of these surfaces sends; any other could carry what no one has looked at.
        _ => query
            .filter(|query| *query == "beta=true")
            .map(str::to_owned),
    };
    (headers, query.filter(|query| !query.is_empty()))
}
