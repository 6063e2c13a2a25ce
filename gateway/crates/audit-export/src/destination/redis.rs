//! A Redis stream. A batch is acknowledged once Redis has an id for each of its entries; whether that survives Redis's own
//! end is for its `appendfsync` to say.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use marshal_types::Secret;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::resp::{Reply, command, reply};
use super::{Delivery, DeliveryError, Destination};
use crate::record::Record;

const CONNECT: Duration = Duration::from_secs(5);

/// Which stream.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    /// `host:port`.
    pub address: String,
    /// The stream's key.
    pub stream: String,
    /// About so many entries are kept (`MAXLEN ~`); `None` for all.
    pub max_records: Option<u64>,
    /// The database's number.
    pub database: u32,
    /// The user, where it is not Redis's default one.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
}

/// Speaks Redis's protocol.
#[derive(Debug)]
pub struct Redis {
    options: RedisOptions,
    connection: Option<BufReader<TcpStream>>,
}

impl Redis {
    /// To this stream.
    #[must_use]
    pub const fn new(options: RedisOptions) -> Self {
        Self {
            options,
            connection: None,
        }
    }

    fn to(&self) -> String {
        format!("redis://{}", self.options.address)
    }

    async fn connect(&self) -> Result<BufReader<TcpStream>, DeliveryError> {
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        let stream = tokio::time::timeout(CONNECT, TcpStream::connect(&self.options.address)).await;
        let io = |error| DeliveryError::io(&self.to())(error);
        let stream = stream.map_err(late).map_err(io)?.map_err(io)?;
        stream.set_nodelay(true).map_err(io)?;
        let mut connection = BufReader::new(stream);
        let mut greeting = Vec::new();
        let mut commands = 0;
        if let Some(password) = &self.options.password {
            // Here and nowhere else does it leave the process.
            let password = password.expose().as_bytes();
            match &self.options.user {
                Some(user) => command(&mut greeting, &[b"AUTH", user.as_bytes(), password]),
                None => command(&mut greeting, &[b"AUTH", password]),
            }
            commands += 1;
        }
        if self.options.database != 0 {
            let database = self.options.database.to_string();
            command(&mut greeting, &[b"SELECT", database.as_bytes()]);
            commands += 1;
        }
        connection.write_all(&greeting).await.map_err(io)?;
        for _ in 0..commands {
            if let Reply::Error(words) = reply(&mut connection).await.map_err(io)? {
                // A server that does not know AUTH repeats what it was told with it: of its words the first is enough.
                let code = words.split(' ').next().unwrap_or_default();
                return Err(DeliveryError::refused(&self.to(), code));
            }
        }
        Ok(connection)
    }

    fn commands(&self, batch: &[Record]) -> Vec<u8> {
        let most = self.options.max_records.map(|most| most.to_string());
        let mut bytes = Vec::new();
        for record in batch {
            let seq = record.seq.to_string();
            let mut words: Vec<&[u8]> = vec![b"XADD", self.options.stream.as_bytes()];
            if let Some(most) = &most {
                words.extend([&b"MAXLEN"[..], b"~", most.as_bytes()]);
            }
            words.push(b"*");
            for (name, value) in [
                ("instance", Some(record.instance())),
                ("seq", Some(&*seq)),
                ("kind", Some(&*record.kind)),
                ("call", record.call.as_deref()),
                ("tenant", record.tenant.as_deref()),
                ("record", Some(&*record.line)),
            ] {
                if let Some(value) = value {
                    words.extend([name.as_bytes(), value.as_bytes()]);
                }
            }
            command(&mut bytes, &words);
        }
        bytes
    }

    async fn send(
        &self,
        connection: &mut BufReader<TcpStream>,
        batch: &[Record],
    ) -> Result<(), DeliveryError> {
        let io = |error| DeliveryError::io(&self.to())(error);
        let sent = connection.write_all(&self.commands(batch)).await;
        sent.map_err(io)?;
        for _ in batch {
            if let Reply::Error(words) = reply(connection).await.map_err(io)? {
                return Err(DeliveryError::refused(&self.to(), words));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Destination for Redis {
    async fn deliver(&mut self, batch: &[Record]) -> Result<Delivery, DeliveryError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        self.send(&mut connection, batch).await?;
        // Only what ended well is used again: on any other, answers may still be on their way.
        self.connection = Some(connection);
        Ok(Delivery::default())
    }

    fn forget(&mut self) {
        self.connection = None;
    }
}

#[cfg(test)]
#[path = "redis_tests.rs"]
mod tests;
