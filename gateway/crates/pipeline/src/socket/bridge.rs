//! A session's two sides, and what is said between them. Neither waits for the other's reading.

use std::any::Any;
use std::pin::Pin;

use hyper::upgrade::OnUpgrade;
use marshal_audit::Outcome;
use marshal_types::{Code, Refusal};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::end::{End, finish};
use super::inbound::{Heard, Inbound};
use super::outbound::Outbound;
use super::side::Side;
use super::{Rules, words};
use crate::answer::Ending;
use crate::step::BoxFuture;

/// A provider's message is at most this long.
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Carries a session to its end.
pub(super) async fn run(
    mut ending: Box<Ending>,
    rules: Rules,
    upstream: OnUpgrade,
    stay: Box<dyn Any + Send + Sync>,
) {
    let shared = ending.shared.clone();
    let times = ending.times();
    let within = times.first_byte;
    let client = rules.knock.client.clone();
    let (client, upstream) = tokio::join!(
        Side::open(client, Role::Server, shared.max_body_bytes, within),
        Side::open(upstream, Role::Client, MAX_EVENT_BYTES, within),
    );
    let mut inbound = Inbound::new(&shared, &rules, ending.target.clone(), ending.model.clone());
    let mut outbound = Outbound::new(inbound.surrogates(), inbound.answers());
    let (client, upstream, end) = match (client, upstream) {
        (Some(client), Some(upstream)) => {
            let mut session = Session {
                client,
                upstream,
                inbound: &mut inbound,
                outbound: &mut outbound,
                ending: &mut ending,
                silence: Box::pin(tokio::time::sleep(times.idle)),
                deadline: Box::pin(tokio::time::sleep(times.total)),
                over: shared.leaving.over(),
            };
            let end = session.talk().await;
            (Some(session.client), Some(session.upstream), end)
        }
        (None, upstream) => (None, upstream, End::left()),
        (client, None) => (client, None, End::broken()),
    };
    finish(&mut ending, inbound, outbound, client, upstream, end).await;
    drop(stay);
}

struct Session<'s, 'a> {
    client: Side,
    upstream: Side,
    inbound: &'s mut Inbound<'a>,
    outbound: &'s mut Outbound,
    ending: &'s mut Ending,
    silence: Pin<Box<Sleep>>,
    deadline: Pin<Box<Sleep>>,
    over: BoxFuture<()>,
}

impl Session<'_, '_> {
    async fn talk(&mut self) -> End {
        let (to_client, to_upstream) = (self.client.say.clone(), self.upstream.say.clone());
        loop {
            let since = self.ending.shared.clock.monotonic();
            let end = tokio::select! {
                (room, message) = self.client.next(&to_upstream) => {
                    self.ending.waited(since);
                    match room {
                        Some(room) => self.heard(room, message, &to_client).await,
                        None => Some(End::broken()),
                    }
                }
                (room, message) = self.upstream.next(&to_client) => {
                    self.ending.waited(since);
                    match room {
                        Some(room) => self.said(room, message, &to_client).await,
                        None => Some(End::left()),
                    }
                }
                () = &mut self.silence => Some(self.timed_out("Nothing was said for as long as this provider's sessions may be silent (timeouts.idle_s).")),
                () = &mut self.deadline => Some(self.timed_out("The session has lasted as long as this provider's may (timeouts.total_s); connect anew.")),
                () = &mut self.over => Some(End::by(
                    Outcome::Ok,
                    Refusal::new(Code::Draining, "This gateway is shutting down; connect anew."),
                    CloseCode::Away,
                )),
            };
            if let Some(end) = end {
                return end;
            }
            let idle = self.ending.times().idle;
            self.silence.as_mut().reset(Instant::now() + idle);
        }
    }

    /// Takes what the client says.
    async fn heard(
        &mut self,
        room: mpsc::Permit<'_, Message>,
        message: Option<Result<Message, Error>>,
        to_client: &mpsc::Sender<Message>,
    ) -> Option<End> {
        if let Some(Ok(Message::Text(_) | Message::Binary(_))) = &message
            && let Some(refusal) = self.inbound.expired()
        {
            return Some(self.refused(refusal));
        }
        match message {
            Some(Ok(Message::Text(text))) => match self.inbound.event(&text) {
                Heard::Pass { clean, found } => {
                    if found {
                        self.outbound
                            .learn(self.inbound.surrogates(), self.inbound.answers());
                    }
                    self.outbound.meter.told(clean.len());
                    room.send(Message::text(clean));
                }
                Heard::Refused(event) => return tell(to_client, event).await,
                Heard::Over(refusal) => return Some(self.refused(refusal)),
            },
            Some(Ok(Message::Binary(bytes))) if self.inbound.lets_sound() => {
                room.send(Message::Binary(bytes));
            }
            Some(Ok(Message::Binary(_))) => {
                return tell(to_client, words::error(&Inbound::sound(), None)).await;
            }
            // Answered where it came from; what it carries is no one's to read.
            Some(Ok(Message::Ping(_))) => room.send(Message::Ping(Bytes::new())),
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(frame))) => return Some(End::said(code_of(frame))),
            Some(Err(Error::Capacity(_))) => {
                let max = self.ending.shared.max_body_bytes;
                let message = format!(
                    "The event is larger than the {max} bytes that this gateway accepts (limits.max_body_bytes)."
                );
                let refusal = Refusal::new(Code::BodyTooLarge, message);
                return Some(End::by(Outcome::Ok, refusal, CloseCode::Size));
            }
            Some(Err(Error::Utf8(_))) => {
                let refusal = Refusal::new(Code::InvalidJson, "The event is not UTF-8.");
                return Some(End::by(Outcome::Ok, refusal, CloseCode::Invalid));
            }
            Some(Err(_)) | None => return Some(End::left()),
        }
        None
    }

    /// Takes what the provider says.
    async fn said(
        &mut self,
        room: mpsc::Permit<'_, Message>,
        message: Option<Result<Message, Error>>,
        to_client: &mpsc::Sender<Message>,
    ) -> Option<End> {
        match message {
            Some(Ok(Message::Text(text))) => {
                self.ending.received(text.as_bytes());
                let said = self.outbound.event(&text);
                if let Some(code) = self.outbound.blocked_by() {
                    let message =
                        "The answer holds what the policy does not let out; the session ends here.";
                    return Some(self.refused(Refusal::new(code, message)));
                }
                let mut events = said.events.into_iter();
                if let Some(first) = events.next() {
                    room.send(Message::text(first));
                }
                for event in events {
                    if let Some(end) = tell(to_client, event).await {
                        return Some(end);
                    }
                }
                said.metered.then(|| self.spent()).flatten()
            }
            Some(Ok(Message::Binary(bytes))) => {
                self.ending.received(&bytes);
                room.send(Message::Binary(bytes));
                None
            }
            Some(Ok(Message::Ping(_))) => {
                room.send(Message::Ping(Bytes::new()));
                None
            }
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => None,
            Some(Ok(Message::Close(frame))) => {
                let code = code_of(frame);
                let mut end = End::said(code);
                if !matches!(code, CloseCode::Normal | CloseCode::Away) {
                    end.outcome = Outcome::UpstreamBroken;
                }
                Some(end)
            }
            Some(Err(error)) => {
                tracing::warn!(call = %self.ending.ctx.id, %error, "The provider's socket broke off.");
                Some(End::broken())
            }
            None => Some(End::broken()),
        }
    }

    /// What the session costs so far is more than what its budgets hold for it.
    fn spent(&mut self) -> Option<End> {
        let meta = self.outbound.meter.meta();
        let usage = meta.usage.unwrap_or_default();
        if !self.ending.passes_its_hold(&usage, &meta.units) {
            return None;
        }
        Some(self.refused(Refusal::new(
            Code::BudgetSpent,
            "The session has cost all that was held for it in its budget; connect anew if there is more.",
        )))
    }

    /// A policy ends the session: the client is told why, and so is the trail.
    fn refused(&mut self, refusal: Refusal) -> End {
        self.outbound.meter.finished(refusal.code.as_str());
        End::by(Outcome::Ok, refusal, CloseCode::Policy)
    }

    fn timed_out(&self, message: &'static str) -> End {
        let outcome = if self.outbound.meter.is_open() {
            Outcome::UpstreamBroken
        } else {
            Outcome::Ok
        };
        End::by(
            outcome,
            Refusal::new(Code::UpstreamTimeout, message),
            CloseCode::Away,
        )
    }
}

/// Tells the client something; if it has left, that is the end.
async fn tell(to_client: &mpsc::Sender<Message>, event: String) -> Option<End> {
    let told = to_client.send(Message::text(event)).await;
    told.is_err().then(End::left)
}

fn code_of(frame: Option<CloseFrame>) -> CloseCode {
    frame.map_or(CloseCode::Normal, |frame| frame.code)
}
