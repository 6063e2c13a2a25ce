//! The exports of the audit trail that are configured, each with its destination and its metrics.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::Full;
use marshal_audit::{Event, Exported, trail_folder};
use marshal_audit_export::{
    Destination, Export, Jsonl, Meter, Nats, NatsOptions, Otlp, OtlpOptions, Post, PostError,
    PostRequest, Posted, Redis, RedisOptions, Syslog, SyslogTo,
};
use marshal_audit_sink::Sink;
use marshal_config::{Config, ExportTo, SyslogAddress};
use marshal_pipeline::Transport;
use marshal_telemetry::{ExportMetrics, Metrics};
use marshal_types::Clock;
use parking_lot::Mutex;

use crate::assemble::chain;
use crate::paths;
use crate::upstream::{Answered, ask};

/// A collector's answer is a few bytes; what is longer is not read on.
const MOST_ANSWER: usize = 64 * 1024;

/// The exports, until they run.
pub(crate) struct Exports(Mutex<Vec<Export>>);

impl Exports {
    /// Furnishes them.
    ///
    /// # Errors
    /// A sentence if there is no HTTP client for them.
    pub(crate) fn new(
        config: &Config,
        metrics: &Metrics,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let exports = config.exports.iter().map(|export| {
            Ok(Export {
                name: export.name.clone(),
                trail: trail_folder(&config.data_dir),
                state: folder(&config.data_dir),
                destination: destination(config, &export.to)?,
                meter: Arc::new(Metered(metrics.export(&export.name))),
                clock: clock.clone(),
            })
        });
        exports
            .collect::<Result<_, String>>()
            .map(Mutex::new)
            .map(Self)
    }

    /// Runs all of them until the gateway stops; what waits then is for the next process.
    pub(crate) async fn run(&self) {
        let exports = std::mem::take(&mut *self.0.lock());
        futures_util::future::join_all(exports.into_iter().map(Export::run)).await;
    }
}

/// How something fares that brings records elsewhere and is no export: an anchor, the fleet's database.
pub(crate) struct Fares {
    metrics: ExportMetrics,
    clock: Arc<dyn Clock>,
    /// Monotonic time since which nothing came there.
    failing: Option<Duration>,
}

impl Fares {
    pub(crate) fn new(metrics: ExportMetrics, clock: Arc<dyn Clock>) -> Self {
        Self {
            metrics,
            clock,
            failing: None,
        }
    }

    /// So many records came there, if it went well.
    pub(crate) fn went(&mut self, brought: Result<u64, ()>) {
        let now = self.clock.monotonic();
        match brought {
            Ok(records) => {
                self.failing = None;
                self.metrics.exported(records);
            }
            Err(()) => {
                self.failing.get_or_insert(now);
                self.metrics.failed();
            }
        }
        let since = self.failing.unwrap_or(now);
        self.metrics.lag(now.saturating_sub(since));
    }
}

/// Says in the trail where its records go as they come: to exports, the archive and the fleet's database.
pub(crate) fn record_standing(config: &Config, sink: &Sink) {
    let mut all: Vec<(&str, String)> = config.exports.iter().map(|one| one.to.place()).collect();
    if let Some(archive) = &config.audit.archive {
        let store = &archive.store;
        let to = format!("{}/{}/{}", store.endpoint, store.bucket, store.prefix);
        all.push(("archive", to));
    }
    if let Some(fleet) = &config.audit.fleet {
        all.push(("fleet", format!("{}/{}", fleet.host, fleet.database)));
    }
    for (format, to) in all {
        let record = Exported {
            by: "marshal.yaml".into(),
            format: format.into(),
            records: 0,
            standing: true,
            to: to.into(),
        };
        if let Err(error) = sink.append(&Event::Export(record)).wait() {
            // The trail says of itself that it takes no records.
            tracing::error!(%error, "That records are exported could not be recorded.");
        }
    }
}

/// Where it is written down how far exports came.
fn folder(data: &Path) -> std::path::PathBuf {
    paths::state(data).join("exports")
}

fn destination(config: &Config, to: &ExportTo) -> Result<Box<dyn Destination>, String> {
    Ok(match to {
        ExportTo::Jsonl { path, rotate_bytes } => Box::new(Jsonl::new(path.clone(), *rotate_bytes)),
        ExportTo::Syslog(to) => {
            let to = match to {
                SyslogAddress::Tcp(to) => SyslogTo::Tcp(to.clone()),
                SyslogAddress::Udp(to) => SyslogTo::Udp(to.clone()),
                SyslogAddress::Unix(to) => SyslogTo::Unix(to.clone()),
            };
            Box::new(Syslog::new(to, config.audit.name.clone()))
        }
        ExportTo::Otlp {
            endpoint,
            authorization,
        } => {
            let options = OtlpOptions {
                endpoint: endpoint.clone(),
                authorization: authorization.as_ref().map(|key| key.secret.clone()),
                service_name: config.telemetry.service_name.clone(),
                service_version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            let transport = crate::upstream::transport(Duration::from_secs(5), None)?;
            Box::new(Otlp::new(options, Arc::new(Http(transport))))
        }
        ExportTo::Nats {
            address,
            tls,
            stream,
            subject,
            user,
            password,
        } => Box::new(Nats::new(NatsOptions {
            address: address.clone(),
            tls: *tls,
            stream: stream.clone(),
            subject: subject.clone(),
            user: user.clone(),
            password: password.as_ref().map(|key| key.secret.clone()),
        })),
        ExportTo::Redis {
            address,
            stream,
            max_records,
            database,
            user,
            password,
        } => Box::new(Redis::new(RedisOptions {
            address: address.clone(),
            stream: stream.clone(),
            max_records: *max_records,
            database: *database,
            user: user.clone(),
            password: password.as_ref().map(|key| key.secret.clone()),
        })),
    })
}

struct Metered(ExportMetrics);

impl Meter for Metered {
    fn exported(&self, records: u64) {
        self.0.exported(records);
    }

    fn failed(&self) {
        self.0.failed();
    }

    fn lag(&self, lag: Duration) {
        self.0.lag(lag);
    }
}

/// The client that providers are asked with, too.
struct Http(Transport);

#[async_trait]
impl Post for Http {
    async fn post(&self, request: PostRequest) -> Result<Posted, PostError> {
        let mut post = http::Request::post(&request.url)
            .header(http::header::CONTENT_TYPE, request.content_type);
        if let Some(authorization) = &request.authorization {
            let value = http::HeaderValue::from_str(authorization.expose());
            let mut value = value.map_err(|error| failed(&error))?;
            value.set_sensitive(true);
            post = post.header(http::header::AUTHORIZATION, value);
        }
        let post = post.body(Full::new(request.body));
        let post = post.map_err(|error| failed(&error))?;
        let answer = ask(self.0.clone(), post, MOST_ANSWER).await;
        let Answered { status, body, .. } = answer.map_err(PostError::other)?;
        Ok(Posted { status, body })
    }
}

fn failed(error: &(dyn Error + 'static)) -> PostError {
    PostError::other(chain(error))
}
