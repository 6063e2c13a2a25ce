//! A stream of NATS JetStream. A batch is acknowledged once the server has said of each message that its stream has it.

use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::header::{HeaderMap, NATS_MESSAGE_ID};
use async_nats::jetstream::{Context, new as jetstream, stream};
use async_trait::async_trait;
use marshal_types::Secret;

use super::{Delivery, DeliveryError, Destination};
use crate::record::Record;

const CONNECT: Duration = Duration::from_secs(5);

/// Which stream.
#[derive(Clone, Debug)]
pub struct NatsOptions {
    /// `host:port`.
    pub address: String,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The stream; it is made if it is not there.
    pub stream: String,
    /// What messages' subjects begin with; the record's kind follows.
    pub subject: String,
    /// The user, where the server asks.
    pub user: Option<String>,
    /// The password, or without a user the token.
    pub password: Option<Secret>,
}

/// Speaks to JetStream by NATS's own client.
pub struct Nats {
    options: NatsOptions,
    stream: Option<Context>,
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Nats").field(&self.options).finish()
    }
}

impl Nats {
    /// To this stream.
    #[must_use]
    pub const fn new(options: NatsOptions) -> Self {
        Self {
            options,
            stream: None,
        }
    }

    fn to(&self) -> String {
        let scheme = if self.options.tls { "tls" } else { "nats" };
        format!("{scheme}://{}", self.options.address)
    }

    fn refused(&self, error: &(dyn std::error::Error + 'static)) -> DeliveryError {
        let mut why = error.to_string();
        if let Some(cause) = error.source()
            && !why.contains(&cause.to_string())
        {
            why = format!("{why}: {cause}");
        }
        DeliveryError::refused(&self.to(), why)
    }

    async fn connect(&self) -> Result<Context, DeliveryError> {
        let mut options = ConnectOptions::new()
            .name("marshal")
            .connection_timeout(CONNECT)
            // What breaks is connected anew by whoever delivers.
            .max_reconnects(1)
            .require_tls(self.options.tls);
        // Here and nowhere else does it leave the process.
        options = match (&self.options.user, &self.options.password) {
            (Some(user), Some(password)) => {
                options.user_and_password(user.clone(), password.expose().to_owned())
            }
            (None, Some(token)) => options.token(token.expose().to_owned()),
            (_, None) => options,
        };
        let client = options.connect(self.to()).await;
        let context = jetstream(client.map_err(|error| self.refused(&error))?);
        let wanted = stream::Config {
            name: self.options.stream.clone(),
            subjects: vec![format!("{}.>", self.options.subject)],
            ..stream::Config::default()
        };
        let stream = context.get_or_create_stream(wanted).await;
        stream.map_err(|error| self.refused(&error))?;
        Ok(context)
    }

    async fn publish(&self, context: &Context, batch: &[Record]) -> Result<(), DeliveryError> {
        let mut acks = Vec::with_capacity(batch.len());
        for record in batch {
            let mut headers = HeaderMap::new();
            headers.insert(NATS_MESSAGE_ID, record.name());
            let subject = format!("{}.{}", self.options.subject, record.kind);
            let sent = context
                .publish_with_headers(subject, headers, record.message().into())
                .await;
            acks.push(sent.map_err(|error| self.refused(&error))?);
        }
        for ack in acks {
            ack.await.map_err(|error| self.refused(&error))?;
        }
        Ok(())
    }
}

#[async_trait]
impl Destination for Nats {
    async fn deliver(&mut self, batch: &[Record]) -> Result<Delivery, DeliveryError> {
        let context = match self.stream.take() {
            Some(context) => context,
            None => self.connect().await?,
        };
        self.publish(&context, batch).await?;
        self.stream = Some(context);
        Ok(Delivery::default())
    }

    fn forget(&mut self) {
        self.stream = None;
    }
}
