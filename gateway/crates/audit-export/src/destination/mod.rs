//! Where records go. Each kind says what its acknowledgement is worth.

mod jsonl;
mod nats;
mod otlp;
mod redis;
mod resp;
mod syslog;
mod syslog_message;

use std::io;
use std::time::Duration;

use async_trait::async_trait;

use crate::record::Record;

pub use jsonl::Jsonl;
pub use nats::{Nats, NatsOptions};
pub use otlp::{Otlp, OtlpOptions, Post, PostError, PostRequest, Posted};
pub use redis::{Redis, RedisOptions};
pub use syslog::{Syslog, SyslogTo};

/// Takes records.
#[async_trait]
pub trait Destination: Send + Sync {
    /// Hands a batch on; returns once the destination has said that it has all of it.
    ///
    /// # Errors
    /// Some of the batch may have arrived: it will be handed on again, whole.
    async fn deliver(&mut self, batch: &[Record]) -> Result<Delivery, DeliveryError>;

    /// The last batch was given up midway: whatever connection there is cannot be used any more.
    fn forget(&mut self) {}
}

/// What a destination said to a batch that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// So many of its records it does not want, now or ever.
    pub rejected: u64,
}

/// Why a batch was not acknowledged. Nothing secret is in it.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// No connection, or one that broke.
    #[error("{to} cannot be reached")]
    Io {
        /// Where.
        to: String,
        /// Why.
        source: io::Error,
    },
    /// It answered, and will not have it.
    #[error("{to} refuses: {why:?}")]
    Refused {
        /// Where.
        to: String,
        /// Its own words.
        why: String,
    },
    /// No acknowledgement came in time.
    #[error("nothing was acknowledged within {after:?}")]
    Late {
        /// So long it was waited for.
        after: Duration,
    },
}

impl DeliveryError {
    fn io(to: &str) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            to: to.to_owned(),
            source,
        }
    }

    fn refused(to: &str, why: impl Into<String>) -> Self {
        let mut why: String = why.into();
        if let Some((cut, _)) = why.char_indices().nth(200) {
            why.truncate(cut);
        }
        Self::Refused {
            to: to.to_owned(),
            why,
        }
    }
}

/// Whether someone who watches for refusals wants to see it first.
pub(crate) fn is_warning(kind: &str) -> bool {
    matches!(kind, "deny" | "break-glass" | "interrupted")
}
