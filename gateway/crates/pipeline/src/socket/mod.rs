//! A conversation over a WebSocket: the same recipe for its beginning, and the same controls for each message.
//!
//! What a client says is inspected event by event before the provider has it; what cannot be read stays here unless
//! the data policy lets it through. New data is put to the compliance policy again, each answer's cost to the budget's
//! hold. Surrogates are put back into what the provider says. One record is written when it ends, before the client
//! reads that it has.

mod bridge;
mod end;
mod handshake;
mod inbound;
mod leaving;
mod meter;
mod outbound;
mod side;
mod tap;
mod words;

use std::sync::Arc;

use marshal_policies::{Inspection, Obligations};
use marshal_types::{Facts, KeyId, Principal};

use crate::Governance;
use crate::answer::{AnswerBody, Ending, name_overhead, name_target};
use crate::comply::ClearedTarget;
use crate::dispatch::UpstreamBody;
use crate::step::Answer;

pub use handshake::Knock;
pub(crate) use handshake::{KEY_PROTOCOL, escaped, protocols};
pub use leaving::Leaving;

/// What governs each message: the policies that governed the call.
pub(crate) struct Rules {
    pub governance: Arc<Governance>,
    pub principal: Principal,
    pub key: KeyId,
    pub facts: Arc<Facts>,
    /// What the policies oblige the session to.
    pub obligations: Option<Arc<Obligations>>,
    /// What the call itself held.
    pub inspection: Inspection,
    pub knock: Knock,
}

impl Rules {
    /// Takes what outlives the call out of it.
    pub(crate) fn of(cleared: &crate::Cleared, target: &ClearedTarget) -> Option<Self> {
        let inspected = cleared.inspected();
        let permitted = &inspected.limited().permitted;
        let call = permitted.call();
        Some(Self {
            governance: call.governance().clone(),
            principal: call.principal().clone(),
            key: call.who().id.clone(),
            facts: target.facts.clone(),
            obligations: target.obligations.clone(),
            inspection: inspected.inspection().clone(),
            knock: permitted.ask().socket.clone()?,
        })
    }
}

/// Agrees to the client's wish, since the provider has agreed to ours, and carries what both say from here on.
pub(crate) fn answer(
    ending: Box<Ending>,
    rules: Rules,
    mut response: http::Response<UpstreamBody>,
) -> Answer {
    let upstream = hyper::upgrade::on(&mut response);
    let mut answer = http::Response::new(AnswerBody::whole(bytes::Bytes::new()));
    *answer.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    rules.knock.agree(response.headers(), headers);
    name_target(headers, &ending.target);
    name_overhead(headers, ending.overhead_us());
    // Taken before the answer is out: the process does not end between the two.
    let stay = ending.shared.leaving.stay();
    tokio::spawn(bridge::run(ending, rules, upstream, stay));
    answer
}
