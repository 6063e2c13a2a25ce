//! What `marshal.yaml` says, as plain data, and what holds where it says nothing.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_types::semconv::Conventions;
use marshal_types::{Place, TargetName};
use marshal_yaml::{Item, MapReader};

use crate::{ApiKey, AuditSettings, Export, Provider};

/// The whole of `marshal.yaml`. `Default` is what ships.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that this came from; `None` if there was none.
    pub file: Option<PathBuf>,
    /// Where to listen.
    pub listen: Listen,
    /// Where state and the audit trail live.
    pub data_dir: PathBuf,
    /// The policy bundle's folder; `None` for the shipped one.
    pub policies: Option<PathBuf>,
    /// Who has to sign the bundle; nobody, where the file does not say.
    pub policy_signers: PolicySigners,
    /// The folder of a bundle that decides nothing: what it would have said is recorded.
    pub shadow_policies: Option<PathBuf>,
    /// Whether a bundle that its own tests fail is refused.
    pub policy_tests: bool,
    /// TLS of the data plane; `None` for cleartext.
    pub tls: Option<Tls>,
    /// What a client may take up.
    pub limits: ServerLimits,
    /// Worker threads of the data plane; `None` for as many as there are cores.
    pub threads: Option<usize>,
    /// Providers, in the order of the file.
    pub providers: Vec<Provider>,
    /// Virtual models, in the order of the file.
    pub models: Vec<VirtualModel>,
    /// What becomes of what cannot be said in a provider's dialect, where the provider's entry does not say.
    pub translation: Translation,
    /// Logs and traces.
    pub telemetry: Telemetry,
    /// The audit trail's own settings.
    pub audit: AuditSettings,
    /// Where its records are brought as they come.
    pub exports: Vec<Export>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: None,
            listen: Listen::default(),
            data_dir: PathBuf::from("./marshal-data"),
            policies: None,
            policy_signers: PolicySigners::default(),
            shadow_policies: None,
            policy_tests: false,
            tls: None,
            limits: ServerLimits::default(),
            threads: None,
            providers: Vec::new(),
            models: Vec::new(),
            translation: Translation::default(),
            telemetry: Telemetry::default(),
            audit: AuditSettings::default(),
            exports: Vec::new(),
        }
    }
}

/// Whose signatures a policy bundle needs to come into force.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PolicySigners {
    /// How many different ones; zero for none.
    pub required: usize,
    /// Each approver's public key: Ed25519, 32 bytes.
    pub keys: BTreeMap<String, Vec<u8>>,
}

/// Reads `policy_signers`.
pub(crate) fn policy_signers(item: &Item<'_>) -> PolicySigners {
    let Some(mut map) = item.map() else {
        return PolicySigners::default();
    };
    let mut keys = BTreeMap::new();
    if let Some(mut named) = map.map("keys") {
        for (name, item) in named.entries() {
            let key = item.str().and_then(|text| STANDARD.decode(text).ok());
            match key.filter(|key| key.len() == 32) {
                Some(key) if keys.values().any(|other| *other == key) => {
                    item.fail("is another approver's key; two names for one person approve nothing twice");
                }
                Some(key) => {
                    keys.insert(name.text.clone(), key);
                }
                None => item.fail("is no public key; `marshal policy keygen FILE` prints one (32 bytes in base64)"),
            }
        }
        named.finish();
    }
    let most = keys.len().max(1) as u64;
    let required = map.opt_u64_in("required", 1..=most).unwrap_or(1);
    map.finish();
    if keys.is_empty() {
        item.fail("names no key, so no bundle could ever come into force");
    }
    PolicySigners {
        required: usize::try_from(required).unwrap_or(usize::MAX),
        keys,
    }
}

/// The two planes' addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listen {
    /// What applications call.
    pub data: SocketAddr,
    /// Dashboards, admin API, metrics.
    pub control: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            data: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            control: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
        }
    }
}

/// Certificate chain and key, both PEM files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// What one client, and all of them together, may take up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerLimits {
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// The largest request head, in bytes.
    pub max_header_bytes: usize,
    /// How long a client may take to send a request's head.
    pub header_timeout: Duration,
    /// How long a client may take to send a request's body.
    pub body_timeout: Duration,
    /// How long a connection may stay open without a request.
    pub idle_timeout: Duration,
    /// How many connections may be open at a time.
    pub max_connections: usize,
    /// How long streams may go on after SIGTERM.
    pub drain: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub write_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_body_bytes: 32 * 1024 * 1024,
            max_header_bytes: 64 * 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
            max_connections: 10_000,
            drain: Duration::from_secs(30),
            write_timeout: Duration::from_secs(60),
        }
    }
}

/// A model name of the operator's own that stands for others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VirtualModel {
    /// The name clients use.
    pub name: String,
    /// What it may be answered by; each provider is configured or a known one.
    pub candidates: Vec<TargetName>,
    /// How one is chosen.
    pub strategy: Strategy,
    /// How long an answer may be used again, in seconds; `None` for never.
    pub cache_ttl_s: Option<u32>,
    /// Where it is defined.
    pub place: Place,
}

/// How one of several candidates is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strategy {
    /// The first that can.
    #[default]
    Ordered,
    /// The cheapest that can.
    Cost,
    /// The fastest that can.
    Latency,
    /// Cost and latency together.
    Balanced,
}

/// What becomes of a call of which something cannot be said in the provider's dialect, and its meaning stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Translation {
    /// It goes without, and the answer and the record name what was left out.
    #[default]
    Lenient,
    /// It is refused.
    Strict,
}

/// Reads `translation`, if it is there.
pub(crate) fn translation(map: &mut MapReader<'_>) -> Option<Translation> {
    let words = [
        ("lenient", Translation::Lenient),
        ("strict", Translation::Strict),
    ];
    map.opt_one_of("translation", "a way to translate", &words)
}

/// Logs and traces.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// The collector of traces; `None` for none.
    pub otlp: Option<Otlp>,
    /// The `service.name` of traces.
    pub service_name: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// The least important line that is written.
    pub log_level: LogLevel,
    /// Whether providers see the caller's `traceparent`.
    pub traceparent_to_providers: bool,
    /// The names on spans and metrics.
    pub conventions: Conventions,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp: None,
            service_name: "marshal".to_owned(),
            log_format: LogFormat::default(),
            log_level: LogLevel::default(),
            traceparent_to_providers: false,
            conventions: Conventions::default(),
        }
    }
}

/// A collector of traces.
#[derive(Clone, Debug)]
pub struct Otlp {
    /// Where it listens, such as `http://127.0.0.1:4318`.
    pub endpoint: String,
    /// What it speaks there.
    pub protocol: OtlpProtocol,
    /// Headers that go along, in small letters.
    pub headers: Vec<(String, ApiKey)>,
    /// A file of certificates that it is trusted by, beside the usual ones.
    pub tls_ca: Option<PathBuf>,
    /// Of a million traces that begin here, so many are recorded.
    pub sample_millionths: u32,
}

/// How OTLP is spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OtlpProtocol {
    /// Protobuf over HTTP.
    #[default]
    Http,
    /// gRPC.
    Grpc,
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The least important line that is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum LogLevel {
    /// What needs someone now.
    Error,
    /// What will need someone.
    Warn,
    /// What an operator wants to know.
    #[default]
    Info,
    /// What a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word in the file, which is also what log filters understand.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
