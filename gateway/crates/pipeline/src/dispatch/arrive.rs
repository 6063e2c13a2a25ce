//! An answer in one piece while it comes: nothing is made of it, and nobody else is asked, before its last byte is here.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use marshal_types::{Code, Refusal};

use super::{Job, Sent, UpstreamBody, UpstreamTimes};
use crate::answer::{self, Ending};

/// An answer in one piece is held in memory: more than this is refused.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// An answer on its way here. Dropped before it is whole, the client left: it is paid for as far as it came.
pub(super) struct Arriving {
    attempt: Option<(Sent, Box<Job>)>,
    status: http::StatusCode,
    request_bytes: usize,
    times: UpstreamTimes,
    /// The first piece, which is most often all there is.
    first: Bytes,
    rest: BytesMut,
}

impl Arriving {
    pub(super) fn new(
        sent: Sent,
        job: Box<Job>,
        status: http::StatusCode,
        request_bytes: usize,
    ) -> Self {
        Self {
            times: sent.provider.times,
            attempt: Some((sent, job)),
            status,
            request_bytes,
            first: Bytes::new(),
            rest: BytesMut::new(),
        }
    }

    /// Reads the answer to its end.
    ///
    /// # Errors
    /// If it breaks off, takes too long or is too large; the attempt's ending is recorded then.
    pub(super) async fn read(
        mut self,
        body: UpstreamBody,
    ) -> Result<(Sent, Box<Job>, Bytes), Refusal> {
        let slow = "The provider's answer took too long. Try again, or another model.";
        let times = self.times;
        let read = tokio::time::timeout(times.total, self.collect(body, times.idle))
            .await
            .unwrap_or_else(|_| Err(Refusal::new(Code::UpstreamTimeout, slow)));
        if let Err(refusal) = read {
            return Err(match self.ending() {
                Some(ending) => answer::broke_off(ending, refusal).await,
                None => refusal,
            });
        }
        let Some((mut sent, job)) = self.attempt.take() else {
            return Err(Refusal::new(Code::Internal, "The answer came twice."));
        };
        sent.arrived();
        let first = std::mem::take(&mut self.first);
        let rest = std::mem::take(&mut self.rest);
        let body = if rest.is_empty() {
            first
        } else {
            rest.freeze()
        };
        Ok((sent, job, body))
    }

    async fn collect(&mut self, mut body: UpstreamBody, idle: Duration) -> Result<(), Refusal> {
        let silent = "The provider fell silent midway. Try again, or another model.";
        let broken = "The provider's answer broke off. Try again, or another model.";
        loop {
            let frame = tokio::time::timeout(idle, body.frame())
                .await
                .map_err(|_| Refusal::new(Code::UpstreamTimeout, silent))?;
            let Some(frame) = frame else { return Ok(()) };
            let frame = frame.map_err(|error| {
                Refusal::new(Code::UpstreamBroken, broken).detail(error.to_string())
            })?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if self.first.len() + self.rest.len() + data.len() > MAX_ANSWER_BYTES {
                return Err(Refusal::new(
                    Code::UpstreamMalformed,
                    "The provider's answer is larger than 64 MiB.",
                ));
            }
            if self.first.is_empty() && self.rest.is_empty() {
                self.first = data;
            } else {
                self.rest
                    .extend_from_slice(&std::mem::take(&mut self.first));
                self.rest.extend_from_slice(&data);
            }
        }
    }

    /// The attempt with an answer of which no more will come.
    fn ending(&mut self) -> Option<Box<Ending>> {
        let (mut sent, job) = self.attempt.take()?;
        sent.arrived();
        let mut ending = Ending::new(sent, job.cleared, self.status.as_u16(), self.request_bytes);
        ending.received(&self.first);
        ending.received(&self.rest);
        Some(ending)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        drop(self.ending());
    }
}
