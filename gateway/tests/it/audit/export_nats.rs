//! A NATS server of the test's own, and what a stream in it holds.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures_util::StreamExt;

use super::export::{Name, Stream};
use crate::support::{Folder, until};

/// A server with a user, which keeps what it acknowledged.
pub(super) struct Nats {
    at: SocketAddr,
    password: String,
    folder: Folder,
    child: Option<Child>,
}

impl Nats {
    /// `None` where there is none to be started.
    pub(super) fn start(at: SocketAddr, password: &str) -> Option<Self> {
        Command::new("nats-server").arg("--version").output().ok()?;
        let mut nats = Self {
            at,
            password: password.to_owned(),
            folder: Folder::new(),
            child: None,
        };
        nats.again();
        Some(nats)
    }

    async fn fetch(&self) -> Result<Vec<(Name, String)>, async_nats::Error> {
        let client = async_nats::ConnectOptions::new()
            .user_and_password("ada".into(), self.password.clone())
            .connect(format!("nats://{}", self.at))
            .await?;
        let context = async_nats::jetstream::new(client);
        let mut stream = context.get_stream("evidence").await?;
        let count = usize::try_from(stream.info().await?.state.messages)?;
        let consumer = stream
            .create_consumer(pull::Config {
                ack_policy: AckPolicy::None,
                deliver_policy: DeliverPolicy::All,
                ..pull::Config::default()
            })
            .await?;
        let mut messages = consumer
            .fetch()
            .max_messages(count)
            .expires(Duration::from_secs(5))
            .messages()
            .await?;
        let mut all = Vec::new();
        while all.len() < count
            && let Some(message) = messages.next().await
        {
            let message = message?;
            assert!(
                message.subject.starts_with("acme.audit."),
                "{}",
                message.subject
            );
            let text = String::from_utf8(message.payload.to_vec())?;
            all.push(super::export::named(&text));
        }
        Ok(all)
    }
}

impl Stream for Nats {
    fn again(&mut self) {
        let child = Command::new("nats-server")
            .args(["--addr", "127.0.0.1", "--port", &self.at.port().to_string()])
            .args(["--user", "ada", "--pass", &self.password])
            .args(["--jetstream", "--store_dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        until("NATS listens", || TcpStream::connect(self.at).ok());
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The stream's messages, those that were sent twice within two minutes once.
    fn messages(&self) -> Vec<(Name, String)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(self.fetch()).unwrap_or_default()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.stop();
    }
}
