//! A store of objects that speaks as Amazon S3 does: objects are put, and locked where that is wanted.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use marshal_config::ObjectStore;
use marshal_pipeline::Transport;
use marshal_platform::{AwsCredentials, AwsService, Signable};
use marshal_types::Clock;
use ring::digest::{SHA256, digest};

use crate::upstream::ask;

/// How long an object of a few tens of megabytes may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// So much of an error is read.
const MOST_ANSWER: usize = 16 * 1024;
const DAY: Duration = Duration::from_secs(86_400);

/// A bucket that is written to.
#[derive(Clone)]
pub(crate) struct Store {
    settings: ObjectStore,
    credentials: Arc<AwsCredentials>,
    transport: Transport,
    clock: Arc<dyn Clock>,
}

impl Store {
    pub(crate) fn new(settings: &ObjectStore, transport: Transport, clock: Arc<dyn Clock>) -> Self {
        let credentials = AwsCredentials {
            access_key_id: settings.access_key_id.clone(),
            secret_access_key: settings.secret_access_key.secret.clone(),
            session_token: None,
            region: settings.region.clone(),
        };
        Self {
            settings: settings.clone(),
            credentials: Arc::new(credentials),
            transport,
            clock,
        }
    }

    /// Puts an object there, whole; the store checks its SHA-256. An object that is there is replaced, or, where it is
    /// locked, gets another version.
    ///
    /// # Errors
    /// A sentence with the store's own words.
    pub(crate) async fn put(
        &self,
        key: &str,
        media: &'static str,
        body: Bytes,
    ) -> Result<(), String> {
        let address = format!(
            "{}/{}/{}{key}",
            self.settings.endpoint, self.settings.bucket, self.settings.prefix
        );
        let put = self.request(&address, media, body)?;
        let asked = ask(self.transport.clone(), put, MOST_ANSWER);
        let answer = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(answer) => answer.map_err(|why| format!("{address}: {why}"))?,
            Err(_) => return Err(format!("{address}: no answer within {PATIENCE:?}")),
        };
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        let (status, said) = (answer.status, told(&answer.body));
        Err(format!("{address}: {status} {said}"))
    }

    fn request(
        &self,
        address: &str,
        media: &'static str,
        body: Bytes,
    ) -> Result<http::Request<Full<Bytes>>, String> {
        let uri: http::Uri = address
            .parse()
            .map_err(|_| format!("{address} is no address"))?;
        let now = self.clock.now();
        let checksum = STANDARD.encode(digest(&SHA256, &body));
        let mut headers = vec![
            ("content-type", media.to_owned()),
            ("x-amz-checksum-sha256", checksum),
            ("x-amz-sdk-checksum-algorithm", "SHA256".to_owned()),
        ];
        if let Some(days) = self.settings.lock_days {
            // To the second, as every store reads it.
            let until = now.plus(DAY * days).to_string();
            let until = format!("{}Z", until.split('.').next().unwrap_or_default());
            headers.push(("x-amz-object-lock-mode", "COMPLIANCE".to_owned()));
            headers.push(("x-amz-object-lock-retain-until-date", until));
        }
        let signed: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = Signable {
            method: "PUT",
            host: uri.authority().map_or("", http::uri::Authority::as_str),
            path: uri.path(),
            query: "",
            headers: &signed,
            body: &body,
        };
        let signature = self.credentials.sign(AwsService::S3, &request, now);
        let mut put = http::Request::put(&uri);
        for (name, value) in headers.iter().chain(&signature) {
            put = put.header(*name, value);
        }
        put.body(Full::new(body))
            .map_err(|_| format!("{address} cannot be asked: a header has a line break"))
    }
}

/// What an error says of itself: `<Code>` and `<Message>`. All else may repeat the request.
fn told(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let member = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (member, _) = rest.split_once("</")?;
        Some(member.chars().take(200).collect::<String>())
    };
    [member("Code"), member("Message")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(": ")
}
