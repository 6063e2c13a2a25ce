//! What is asked for: size limit first, then the client's dialect. The body is parsed once and its bytes are kept.

mod body;
mod claims;
mod surface;

use std::sync::Arc;

use marshal_adapter_api::Malformed;
use marshal_types::{Code, Refusal, Surface};
use marshal_wire::json::{Index, Limits};

pub(crate) use surface::surface_of;

use crate::call::{Along, Chat};
use crate::facts::of_call;
use crate::step::{Answer, Next, Step};
use crate::{Authenticated, RequestBody, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Decode(pub Arc<Shared>);

/// What a caller asks for.
#[derive(Debug)]
pub enum Asked {
    /// An answer to a conversation.
    Chat(Box<Chat>),
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
        let (parts, body) = {
            let (input, request) = input.swap(());
            let (parts, body) = request.into_parts();
            ((input, parts), body)
        };
        let (input, parts) = parts;
        let (surface, id) = surface::of_request(&parts.method, parts.uri.path())?;
        let asked = match surface {
            Surface::Models => Asked::Models { id },
            Surface::ChatCompletions | Surface::Messages => {
                Asked::Chat(Box::new(self.chat(&input, &parts, body).await?))
            }
        };
        let (input, ()) = input.swap(asked);
        next.go(input).await
    }
}

impl Decode {
    async fn chat(
        &self,
        input: &Authenticated<()>,
        head: &http::request::Parts,
        body: RequestBody,
    ) -> Result<Chat, Refusal> {
        body::check_head(&head.headers, self.0.max_body_bytes)?;
        let body = body::read(body, self.0.max_body_bytes, self.0.body_timeout).await?;
        let index = Index::parse(&body, &Limits::default()).map_err(|error| error.refusal())?;
        let adapter = self.0.adapter(input.ctx().dialect);
        let facts = adapter.facts(index.doc(&body)).map_err(malformed)?;
        input.ctx().notes.lock().request_model = Some(facts.model.clone());
        let claims = claims::read(&head.headers)?;
        let ctx = input.ctx();
        let known = of_call(claims.facts, ctx.surface, ctx.dialect, &facts);
        Ok(Chat {
            body,
            index,
            facts,
            along: along(head),
            known,
            purpose: claims.purpose,
            tags: claims.tags,
            strategy: claims.strategy,
            wants_cost: claims.wants_cost,
        })
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

fn along(head: &http::request::Parts) -> Along {
    let headers = ALONG
        .iter()
        .filter_map(|name| {
            let value = head.headers.get(*name)?;
            Some((http::HeaderName::from_static(name), value.clone()))
        })
        .collect();
    // The only query that a client of these surfaces sends; any other could carry what no one has looked at.
    let query = head
        .uri
        .query()
        .filter(|query| *query == "beta=true")
        .map(str::to_owned);
    Along { headers, query }
}
