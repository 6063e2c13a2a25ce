//! How a session ends, and what is still owed then.

use marshal_audit::Outcome;
use marshal_types::{Code, Refusal};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::inbound::Inbound;
use super::outbound::Outbound;
use super::side::{CLOSING, Side};
use super::words;
use crate::answer::Ending;

/// How a session ends.
pub(super) struct End {
    pub outcome: Outcome,
    /// What the client is told before the socket closes.
    event: Option<Refusal>,
    code: CloseCode,
    /// Whether the client is still there.
    client: bool,
}

impl End {
    /// One side said so, in order.
    pub(super) const fn said(code: CloseCode) -> Self {
        Self {
            outcome: Outcome::Ok,
            event: None,
            code,
            client: true,
        }
    }

    pub(super) const fn left() -> Self {
        Self {
            outcome: Outcome::ClientGone,
            event: None,
            code: CloseCode::Away,
            client: false,
        }
    }

    pub(super) const fn by(outcome: Outcome, event: Refusal, code: CloseCode) -> Self {
        Self {
            outcome,
            event: Some(event),
            code,
            client: true,
        }
    }

    pub(super) fn broken() -> Self {
        let refusal = Refusal::new(
            Code::UpstreamBroken,
            "The provider's connection broke off; connect again.",
        );
        Self::by(Outcome::UpstreamBroken, refusal, CloseCode::Error)
    }
}

/// Closes the provider's side at once, writes the ending down, and then lets the client know.
pub(super) async fn finish(
    ending: &mut Ending,
    inbound: Inbound<'_>,
    mut outbound: Outbound,
    client: Option<Side>,
    upstream: Option<Side>,
    end: End,
) {
    let closing =
        upstream.map(|upstream| tokio::spawn(upstream.close(Some(frame(CloseCode::Normal)))));
    if let Some(client) = client.as_ref().filter(|_| end.client) {
        let mut last = outbound.end();
        last.extend(
            end.event
                .as_ref()
                .map(|refusal| words::error(refusal, None)),
        );
        for event in last {
            let said = client.say.send(Message::text(event));
            let _ = timeout(CLOSING, said).await;
        }
    }
    let outcome = match outbound.blocked_by() {
        // What was held back to the end was not let out.
        Some(_) if end.outcome == Outcome::Ok => Outcome::Blocked,
        _ => end.outcome,
    };
    ending.restored = outbound.restored();
    ending.found = inbound.found;
    let said = outbound.take_findings();
    ending.note_answer(said);
    let ended = ending.end(outcome, &outbound.meter.meta());
    let mut code = end.code;
    if let Err(error) = ended.ack.await {
        tracing::error!(call = %ending.ctx.id, %error, "A session's ending could not be written to the trail.");
        code = CloseCode::Error;
    }
    if let Some(client) = client {
        client.close(Some(frame(code))).await;
    }
    if let Some(closing) = closing {
        let _ = closing.await;
    }
}

fn frame(code: CloseCode) -> CloseFrame {
    // What is told of the end without a code is not sent.
    let code = match code {
        CloseCode::Status | CloseCode::Abnormal | CloseCode::Tls => CloseCode::Normal,
        code if code.is_allowed() => code,
        _ => CloseCode::Normal,
    };
    CloseFrame {
        code,
        reason: "".into(),
    }
}
