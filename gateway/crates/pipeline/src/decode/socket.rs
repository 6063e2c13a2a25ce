//! What a client asks for that wants a socket: its head says all of it, what it will say is looked at when it comes.

use std::borrow::Cow;

use bytes::Bytes;
use marshal_adapter_api::ChatFacts;
use marshal_types::{Code, Refusal, Timestamp, Units};

use super::door::{Door, percent_decoded};
use super::{along, claims, no_model, pinned};
use crate::call::{Ask, Content};
use crate::facts::{Known, of_call};
use crate::socket::Knock;
use crate::{Authenticated, Ctx};

/// A session may hold many answers: as many of the longest are held in budgets when it begins.
const ANSWERS: u32 = 16;

/// Reads the head of a call that asks for a socket.
pub(super) fn ask(
    input: &Authenticated<()>,
    head: &mut http::request::Parts,
    door: &Door<'_>,
    now: Timestamp,
) -> Result<Ask, Refusal> {
    let ctx: &Ctx = input.ctx();
    let knock = Knock::of(head)?;
    let model = model(door, head.uri.query().unwrap_or_default())?;
    ctx.notes.lock().request_model = Some(super::shown(input.governance(), &model));
    let facts = ChatFacts {
        model,
        stream: true,
        choices: ANSWERS,
        ..no_model()
    };
    let claims = claims::read(&head.headers, &input.governance().bundle)?;
    let (along, _) = along(head, door.surface);
    // Without the operator's word sound is refused when it comes; with it, it may come.
    let lets_sound = input.governance().bundle.lets_uninspected(door.surface);
    let unread = lets_sound.then_some("audio").into_iter().collect();
    let known = Known {
        who: input.who(),
        surface: ctx.surface,
        dialect: ctx.dialect,
        chat: &facts,
        length: 0,
        now,
    };
    Ok(Ask {
        body: Bytes::new(),
        content: Content::Empty,
        known: of_call(claims.facts, &known),
        facts,
        // That there may be sound is enough for its dearer tokens.
        units: Units {
            audio_ms: 1,
            ..Units::default()
        },
        unread,
        pinned: pinned(head, door)?,
        method: head.method.clone(),
        tail: String::new(),
        query: None,
        along,
        purpose: claims.purpose,
        tags: claims.tags,
        strategy: claims.strategy,
        wants_cost: false,
        socket: Some(knock),
    })
}

/// The model that the address names; Azure's clients call it a deployment.
fn model(door: &Door<'_>, query: &str) -> Result<String, Refusal> {
    let mut model = door.model.as_deref().map(str::to_owned);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "model" | "deployment" => model = Some(percent_decoded(value).into_owned()),
            // It is the provider's configuration that says it.
            "api-version" => {}
            _ => {
                let message = "This endpoint takes `model` in its address and nothing else: what else is there could not be governed.";
                let name: Cow<'_, str> = name.chars().take(40).collect();
                return Err(Refusal::new(Code::InvalidRequest, message).param(name));
            }
        }
    }
    model.filter(|model| !model.is_empty()).ok_or_else(|| {
        Refusal::new(
            Code::InvalidRequest,
            "`model` is missing: name it in the address, /v1/realtime?model=MODEL.",
        )
        .param("model")
    })
}

#[cfg(test)]
mod tests {
    use marshal_types::Surface;

    use super::*;

    #[test]
    fn the_address_names_the_model_and_carries_nothing_else() {
        let door = super::super::door("/v1/realtime").unwrap();
        assert_eq!(door.surface, Surface::Realtime);
        let named = |query| model(&door, query).ok();
        assert_eq!(
            named("model=openai%2Fgpt-realtime").as_deref(),
            Some("openai/gpt-realtime")
        );
        assert_eq!(
            named("api-version=2025-04-01-preview&deployment=rt").as_deref(),
            Some("rt")
        );
        for query in [
            "",
            "model=",
            "model=m&call_id=rtc_1",
            "intent=transcription",
        ] {
            assert_eq!(named(query), None, "{query}");
        }
    }
}
