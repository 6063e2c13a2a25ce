//! A streamed answer. Bytes pass as they come; the last of them wait until the completion is durable.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use marshal_adapter_api::{StreamShape, StreamTap};
use marshal_audit::Outcome;
use marshal_audit_sink::Ack;
use marshal_types::{Code, Refusal};
use marshal_wire::envelope;
use marshal_wire::frame::{Framing, RawEvent, Splitter, Writer};
use tokio::time::{Instant, Sleep};

use super::body::AnswerBody;
use super::ending::Ending;
use super::restore::StreamRestore;
use super::transcode::Transcode;
use super::{failure, headers, join};
use crate::BoxError;
use crate::dispatch::{UpstreamBody, UpstreamTimes};
use crate::step::Answer;
use crate::voice::Voice;

/// One event of a provider is at most this long.
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// After its terminal event a provider has this long to end the stream, so that the connection can be used again.
const TRAILING: Duration = Duration::from_secs(1);

/// Makes the client's answer of a provider's stream.
pub(super) fn answer(
    ending: Box<Ending>,
    head: &http::response::Parts,
    body: UpstreamBody,
    voice: Voice,
    framing: Option<Framing>,
) -> Answer {
    let mut names = headers::forward_headers(&head.headers);
    let same = voice.dialect() == ending.ctx.dialect;
    if framing.is_some_and(|framing| !same || framing != ending.ctx.framing) {
        headers::of_stream(&mut names, ending.ctx.framing);
    }
    headers::name_target(&mut names, &ending.target);
    headers::name_overhead(&mut names, ending.overhead_us());
    let mut answer = http::Response::new(AnswerBody::stream(Stream::new(
        ending, body, voice, framing,
    )));
    *answer.status_mut() = head.status;
    *answer.headers_mut() = names;
    answer
}

/// The stream on its way.
pub(crate) struct Stream {
    upstream: UpstreamBody,
    /// None where the answer is passed on as it comes.
    splitter: Option<Splitter>,
    tap: Box<dyn StreamTap>,
    /// Where the client wants the same events in another framing.
    reframe: Option<Writer>,
    /// What waits for the stream's end: the last piece of bytes, or what follows a finish without a marker.
    held: Bytes,
    /// The answer broke off and has no words to say so.
    cut: bool,
    restore: Option<StreamRestore>,
    transcode: Option<Transcode>,
    voice: Voice,
    ending: Box<Ending>,
    phase: Phase,
    times: UpstreamTimes,
    silence: Pin<Box<Sleep>>,
    /// When the answer was last left to provider and client: what they take is not Marshal's time.
    away_since: Option<Duration>,
    deadline: Instant,
    /// Bytes that the splitter holds because their event is not whole yet.
    partial: usize,
}

enum Phase {
    /// The provider speaks.
    Reading,
    /// The answer is complete; its last bytes wait for the trail.
    Committing {
        ack: Ack,
        last: Bytes,
        then_drain: bool,
    },
    /// The terminal event is out; the provider may still end its stream in order.
    Draining,
    /// Nothing more.
    Done,
}

impl Stream {
    fn new(
        ending: Box<Ending>,
        upstream: UpstreamBody,
        voice: Voice,
        framing: Option<Framing>,
    ) -> Self {
        let times = ending.times();
        let (dialect, client) = (voice.dialect(), ending.ctx.framing);
        let foreign = matches!(voice, Voice::Chat(_)) && dialect != ending.ctx.dialect;
        let transcode = foreign.then(|| {
            let shape = StreamShape {
                include_usage: ending.include_usage,
                model: ending.model.clone(),
                created: ending.shared.clock.now().as_secs(),
            };
            let from = ending.shared.adapter(dialect);
            let to = ending.shared.adapter(ending.ctx.dialect);
            Transcode::new(&**from, &**to, shape, client, ending.ctx.id.to_string())
        });
        let reframe = framing
            .filter(|framing| !foreign && *framing != client)
            .map(|_| Writer::new(client));
        Self {
            upstream,
            splitter: framing.map(|framing| Splitter::new(framing, MAX_EVENT_BYTES)),
            tap: voice.tap(&ending.shared),
            restore: StreamRestore::new(
                &ending.surrogates,
                &ending.answers,
                framing.unwrap_or(Framing::Ndjson),
            ),
            reframe,
            held: Bytes::new(),
            cut: false,
            transcode,
            voice,
            phase: Phase::Reading,
            silence: Box::pin(tokio::time::sleep(times.idle)),
            deadline: Instant::now() + times.total,
            away_since: None,
            times,
            ending,
            partial: 0,
        }
    }

    /// The next bytes for the client.
    ///
    /// # Errors
    /// Where sound or a file broke off: it has no words to say so, and must not look whole.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        loop {
            match &mut self.phase {
                Phase::Reading => {
                    if let Some(since) = self.away_since.take() {
                        self.ending.waited(since);
                    }
                    let Poll::Ready(read) = self.poll_upstream(cx) else {
                        self.away_since = Some(self.ending.shared.clock.monotonic());
                        return Poll::Pending;
                    };
                    let bytes = match read {
                        Ok(Some(bytes)) => self.take(bytes),
                        Ok(None) => self.ended(),
                        Err(code) => self.broken(code),
                    };
                    if !bytes.is_empty() {
                        self.away_since = Some(self.ending.shared.clock.monotonic());
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Phase::Committing {
                    ack,
                    last,
                    then_drain,
                } => {
                    let (durable, drain) = (ready!(Pin::new(ack).poll(cx)), *then_drain);
                    let last = match durable {
                        Ok(_) => std::mem::take(last),
                        Err(error) => self.error_event(&crate::audit::unavailable(&error)),
                    };
                    self.phase = if drain { Phase::Draining } else { Phase::Done };
                    self.deadline = Instant::now() + TRAILING;
                    self.silence.as_mut().reset(self.deadline);
                    if !last.is_empty() {
                        return Poll::Ready(Some(Ok(last)));
                    }
                }
                Phase::Draining => match ready!(self.poll_upstream(cx)) {
                    Ok(Some(bytes)) if self.is_verbatim() => return Poll::Ready(Some(Ok(bytes))),
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => self.phase = Phase::Done,
                },
                Phase::Done if self.cut => {
                    self.cut = false;
                    return Poll::Ready(Some(Err("the provider's answer broke off".into())));
                }
                Phase::Done => return Poll::Ready(None),
            }
        }
    }

    fn poll_upstream(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Code>> {
        loop {
            match Pin::new(&mut self.upstream).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    let Ok(bytes) = frame.into_data() else {
                        continue;
                    };
                    let now = Instant::now();
                    if now >= self.deadline {
                        // A provider that never pauses never meets the timer.
                        return Poll::Ready(Err(Code::UpstreamTimeout));
                    }
                    if matches!(self.phase, Phase::Reading) {
                        let silent = now + self.times.idle;
                        self.silence.as_mut().reset(silent.min(self.deadline));
                        if self.splitter.is_some() {
                            self.ending.piece();
                        }
                    }
                    return Poll::Ready(Ok(Some(bytes)));
                }
                Poll::Ready(Some(Err(error))) => {
                    tracing::warn!(call = %self.ending.ctx.id, %error, "The provider's stream broke off.");
                    return Poll::Ready(Err(Code::UpstreamBroken));
                }
                Poll::Ready(None) => return Poll::Ready(Ok(None)),
                Poll::Pending => {
                    ready!(self.silence.as_mut().poll(cx));
                    return Poll::Ready(Err(Code::UpstreamTimeout));
                }
            }
        }
    }

    /// Takes a piece of the provider's stream; gives what may go to the client now.
    fn take(&mut self, bytes: Bytes) -> Bytes {
        self.ending.received(&bytes);
        let held_before = self.partial;
        let Some(splitter) = &mut self.splitter else {
            let Some(restore) = &mut self.restore else {
                // The last piece waits until the completion is durable.
                return std::mem::replace(&mut self.held, bytes);
            };
            let looked = restore.piece(&bytes).into();
            self.ending.restored = restore.restored;
            return match restore.blocked_by() {
                Some(code) => self.broken(code),
                None => std::mem::replace(&mut self.held, looked),
            };
        };
        self.partial += bytes.len();
        splitter.push(bytes.clone());
        let mut out = Vec::new();
        let mut seen = 0;
        loop {
            let event = match self.splitter.as_mut().map(Splitter::next) {
                Some(Ok(Some(event))) => event,
                Some(Ok(None)) | None => break,
                Some(Err(_)) => return join(out.into(), self.broken(Code::UpstreamMalformed)),
            };
            let start = seen;
            seen += event.raw.len();
            self.partial -= event.raw.len();
            if event.framing == Framing::Chunks && event.is_exception() {
                // The wrapping itself reports the failure, in words that are not the dialect's.
                self.note_failure(&event);
                return join(out.into(), self.broken(Code::UpstreamBroken));
            }
            self.tap.observe(&event);
            if self.transcode.is_none() {
                self.note_failure(&event);
                let ending = &self.ending;
                let provider = &ending.target.name.provider;
                crate::objects::streamed(&ending.shared, &ending.ctx, provider, &event);
            }
            let terminal = self.tap.is_terminal(&event);
            if !self.is_verbatim() {
                let before = out.len();
                if let Err(code) = self.rewrite(&event, &mut out) {
                    return join(out.into(), self.broken(code));
                }
                if terminal {
                    return self.terminal(out, before);
                }
                continue;
            }
            self.watch(&event);
            if terminal {
                // Whatever of the terminal event lies in this piece waits; at least its end does.
                let from = start.saturating_sub(held_before);
                let outcome = self.said_so();
                return self.commit(bytes.slice(..from), bytes.slice(from..), outcome, true);
            }
        }
        let ready = if self.is_verbatim() {
            bytes
        } else {
            out.into()
        };
        if self.tap.has_terminal() || !self.tap.meta().finished {
            return ready;
        }
        // The answer is finished and no marker will say so: the last that comes waits for the stream's end.
        if ready.is_empty() {
            return ready;
        }
        std::mem::replace(&mut self.held, ready)
    }

    /// How a stream ended that has its terminal event: by it some dialects say that the answer failed.
    fn said_so(&self) -> Outcome {
        if self.tap.meta().finished && self.ending.failure.is_none() {
            Outcome::Ok
        } else {
            Outcome::UpstreamBroken
        }
    }

    /// Keeps the provider's own words for a failure, for the record.
    fn note_failure(&mut self, event: &RawEvent) {
        if self.ending.failure.is_none() {
            self.ending.failure = failure::in_event(&self.ending.shared, self.voice, event);
        }
    }

    fn is_verbatim(&self) -> bool {
        let restores = self.restore.as_ref().is_some_and(StreamRestore::may_change);
        !restores && self.transcode.is_none() && self.reframe.is_none()
    }

    /// Looks at an event that passes as it came.
    fn watch(&mut self, event: &RawEvent) {
        if let Some(restore) = &mut self.restore {
            restore.event(event, &*self.tap, &mut Vec::new());
        }
    }

    /// Appends what an event becomes for this client.
    fn rewrite(&mut self, event: &RawEvent, out: &mut Vec<u8>) -> Result<(), Code> {
        let mut events = Vec::with_capacity(2);
        match &mut self.restore {
            Some(restore) => {
                restore.event(event, &*self.tap, &mut events);
                if restore.may_change() {
                    self.ending.restored = restore.restored;
                } else {
                    events = vec![event.clone()];
                }
            }
            None => events.push(event.clone()),
        }
        self.write(&events, out)?;
        match &self.restore {
            Some(restore) => restore.blocked_by().map_or(Ok(()), Err),
            None => Ok(()),
        }
    }

    fn write(&mut self, events: &[RawEvent], out: &mut Vec<u8>) -> Result<(), Code> {
        for event in events {
            match &mut self.transcode {
                Some(transcode) => transcode.event(event, out).map_err(|malformed| {
                    tracing::warn!(call = %self.ending.ctx.id, problem = %malformed.message, "The provider's event is not in its dialect.");
                    Code::UpstreamMalformed
                })?,
                None => match &mut self.reframe {
                    Some(writer) => {
                        writer.event(event.name().as_deref(), &event.data(), out);
                    }
                    None => out.extend_from_slice(&event.raw),
                },
            }
        }
        Ok(())
    }

    /// The terminal event was rewritten into the bytes from `before` on: they wait.
    fn terminal(&mut self, mut out: Vec<u8>, before: usize) -> Bytes {
        let mut outcome = self.said_so();
        if let Some(transcode) = &mut self.transcode {
            transcode.end(&mut out);
            if transcode.failed {
                outcome = Outcome::UpstreamBroken;
            }
        }
        let out = Bytes::from(out);
        self.commit(out.slice(..before), out.slice(before..), outcome, true)
    }

    /// The provider ended its stream without a terminal event.
    fn ended(&mut self) -> Bytes {
        let mut out = std::mem::take(&mut self.held).to_vec();
        if self.splitter.is_none() {
            if let Some(restore) = &mut self.restore {
                out.append(&mut restore.rest_of_file());
                if let Some(code) = restore.blocked_by() {
                    return self.broken(code);
                }
            }
            return self.commit(Bytes::new(), out.into(), Outcome::Ok, false);
        }
        while let Some(rest) = self.splitter.as_mut().and_then(Splitter::finish) {
            self.tap.observe(&rest);
            if self.transcode.is_none() {
                self.note_failure(&rest);
            }
            // What was passed on as it came is out already.
            if self.is_verbatim() {
                self.watch(&rest);
            } else if let Err(code) = self.rewrite(&rest, &mut out) {
                return join(out.into(), self.broken(code));
            }
        }
        if let Some(restore) = self.restore.as_mut().filter(|restore| restore.may_change()) {
            let mut events = Vec::new();
            restore.end(&*self.tap, &mut events);
            let blocked = restore.blocked_by();
            if self.write(&events, &mut out).is_err() {
                return join(out.into(), self.broken(Code::UpstreamMalformed));
            }
            if let Some(code) = blocked {
                return join(out.into(), self.broken(code));
            }
        }
        let mut whole = self.tap.meta().finished && self.ending.failure.is_none();
        if let Some(transcode) = &mut self.transcode {
            transcode.end(&mut out);
            whole &= !transcode.failed;
        }
        let outcome = if whole {
            Outcome::Ok
        } else {
            Outcome::UpstreamBroken
        };
        if let Some(writer) = &mut self.reframe {
            writer.end(&mut out);
        }
        self.commit(Bytes::new(), out.into(), outcome, false)
    }

    /// The provider failed midway: the client is told in its own dialect.
    fn broken(&mut self, code: Code) -> Bytes {
        let message = match code {
            Code::DataBlocked => {
                "The answer holds what the data policy does not let out; it ends here."
            }
            Code::GuardBlocked => "A guard does not let the rest of the answer pass; it ends here.",
            Code::UpstreamTimeout => "The provider fell silent midway.",
            Code::UpstreamMalformed => "The provider's stream is not in its own dialect.",
            _ => "The provider's stream broke off.",
        };
        let held = std::mem::take(&mut self.held);
        let event = match self.splitter {
            Some(_) => self.error_event(&Refusal::new(code, message)),
            None => {
                self.cut = true;
                Bytes::new()
            }
        };
        let outcome = match code {
            Code::DataBlocked | Code::GuardBlocked => Outcome::Blocked,
            _ => Outcome::UpstreamBroken,
        };
        self.commit(held, event, outcome, false)
    }

    /// What was found in the answer goes into its record.
    fn note_findings(&mut self) {
        if let Some(restore) = &mut self.restore {
            let findings = restore.take_findings();
            self.ending.note_answer(findings);
        }
    }

    fn error_event(&self, refusal: &Refusal) -> Bytes {
        let ctx = &self.ending.ctx;
        envelope::error_event(ctx.error_dialect(), ctx.framing, refusal, &ctx.id).into()
    }

    /// Ends the attempt; `now` may go out, `last` waits until that is durable.
    fn commit(&mut self, now: Bytes, last: Bytes, outcome: Outcome, then_drain: bool) -> Bytes {
        if let Some(transcode) = &mut self.transcode {
            self.ending.dropped = transcode.dropped().to_vec();
            if let Some(failure) = transcode.failure.take() {
                self.ending.failure = Some(failure);
            }
        }
        self.note_findings();
        let ended = self.ending.end(outcome, self.tap.meta());
        let last = if self.ending.wants_cost && self.ending.ctx.framing == Framing::Sse {
            // Readers of event streams skip comments.
            let comment = format!(": x-marshal-cost-usd {}\n\n", ended.cost);
            join(last, comment.into())
        } else {
            last
        };
        self.phase = Phase::Committing {
            ack: ended.ack,
            last,
            then_drain,
        };
        now
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if !self.ending.is_done() {
            // The client left midway: the record is on its way, and dropping the provider's body ends its work.
            self.ending.failure =
                (self.ending.failure.take()).or_else(|| self.transcode.as_mut()?.failure.take());
            // Whoever leaves because the provider said that it failed has not given up by itself.
            let failed = self.ending.failure.is_some()
                || self.transcode.as_ref().is_some_and(|one| one.failed);
            let outcome = if failed {
                Outcome::UpstreamBroken
            } else {
                Outcome::ClientGone
            };
            self.note_findings();
            drop(self.ending.end(outcome, self.tap.meta()));
        }
    }
}
