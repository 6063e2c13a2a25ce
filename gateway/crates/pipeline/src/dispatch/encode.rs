//! The request for one target: the client's own bytes where the dialect is the same, translated where it is not.

use bytes::Bytes;
use marshal_adapter_api::Needs;
use marshal_routing::{Capabilities, Target};
use marshal_types::{Code, Dialect, Refusal};
use marshal_wire::json::Edits;

use crate::decode::malformed;
use crate::{Cleared, Shared};

/// A request for a target.
pub(super) struct Request {
    pub body: Bytes,
    /// Fields that the target's dialect cannot express.
    pub dropped: Vec<String>,
}

/// Encodes the clean request for `target`.
pub(super) fn request(
    shared: &Shared,
    cleared: &Cleared,
    target: &Target,
    dialect: Dialect,
) -> Result<Request, Refusal> {
    let permitted = &cleared.inspected().limited().permitted;
    let (chat, client) = (permitted.chat(), permitted.call().ctx().dialect);
    let adapter = shared.adapter(client);
    let model = target.name.model.as_str();
    if client == dialect {
        if chat.facts.model == model {
            return Ok(Request {
                body: chat.body.clone(),
                dropped: Vec::new(),
            });
        }
        let mut edits = Edits::new();
        adapter.set_model(chat.index.doc(&chat.body), model, &mut edits);
        return Ok(Request {
            body: edits.apply(&chat.body).into(),
            dropped: Vec::new(),
        });
    }
    let canonical = adapter.decode_request(&chat.body).map_err(malformed)?;
    let encoded = shared
        .adapter(dialect)
        .encode_request(&canonical, model, target.longest_answer(None))
        .map_err(|error| {
            let refusal = Refusal::new(Code::CannotTranslate, error.message);
            match error.param {
                Some(param) => refusal.param(param),
                None => refusal,
            }
        })?;
    Ok(Request {
        body: encoded.body.into(),
        dropped: encoded.dropped,
    })
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
