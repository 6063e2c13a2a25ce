//! `audit.exports`: where the trail's records are brought as they come.

use std::path::{Path, PathBuf};

use marshal_yaml::{Item, MapReader};

use crate::load::Context;
use crate::secret::{Holds, header, secret};
use crate::{ApiKey, check};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// An export of the audit trail.
#[derive(Clone, Debug)]
pub struct Export {
    /// What the operator calls it: of its own, and part of a file's name.
    pub name: String,
    /// Where to.
    pub to: ExportTo,
}

/// Where an export goes.
#[derive(Clone, Debug)]
pub enum ExportTo {
    /// A file of JSON lines.
    Jsonl {
        /// The file.
        path: PathBuf,
        /// How long it gets before a new one is begun. Bytes.
        rotate_bytes: u64,
    },
    /// Syslog.
    Syslog(SyslogAddress),
    /// OpenTelemetry logs over HTTP.
    Otlp {
        /// Before `/v1/logs`.
        endpoint: String,
        /// The whole value of the `authorization` header.
        authorization: Option<ApiKey>,
    },
    /// A stream of NATS JetStream.
    Nats {
        /// `host:port`.
        address: String,
        /// Whether the connection is encrypted.
        tls: bool,
        /// The stream's name.
        stream: String,
        /// What subjects begin with.
        subject: String,
        /// The user.
        user: Option<String>,
        /// The password, or without a user the token.
        password: Option<ApiKey>,
    },
    /// A Redis stream.
    Redis {
        /// `host:port`.
        address: String,
        /// The stream's key.
        stream: String,
        /// About so many entries are kept; `None` for all.
        max_records: Option<u64>,
        /// The database's number.
        database: u32,
        /// The user, where it is not the default one.
        user: Option<String>,
        /// The password.
        password: Option<ApiKey>,
    },
}

impl ExportTo {
    /// What it is, as `kind` says it, and where that is: nothing secret.
    #[must_use]
    pub fn place(&self) -> (&'static str, String) {
        match self {
            Self::Jsonl { path, .. } => ("jsonl", path.display().to_string()),
            Self::Syslog(SyslogAddress::Tcp(at)) => ("syslog", format!("tcp://{at}")),
            Self::Syslog(SyslogAddress::Udp(at)) => ("syslog", format!("udp://{at}")),
            Self::Syslog(SyslogAddress::Unix(path)) => {
                ("syslog", format!("unix://{}", path.display()))
            }
            Self::Otlp { endpoint, .. } => ("otlp", endpoint.clone()),
            Self::Nats {
                address, stream, ..
            } => ("nats", format!("{address}/{stream}")),
            Self::Redis {
                address, stream, ..
            } => ("redis", format!("{address}/{stream}")),
        }
    }

    fn file(&self) -> Option<&Path> {
        match self {
            Self::Jsonl { path, .. } => Some(path),
            Self::Syslog(_) | Self::Otlp { .. } | Self::Nats { .. } | Self::Redis { .. } => None,
        }
    }
}

/// Where syslog listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SyslogAddress {
    /// `host:port`.
    Tcp(String),
    /// `host:port`.
    Udp(String),
    /// A datagram socket.
    Unix(PathBuf),
}

/// Reads the list.
pub(crate) fn exports(map: &mut MapReader<'_>, context: &Context<'_>) -> Vec<Export> {
    let mut exports: Vec<Export> = Vec::new();
    for item in map.opt_seq("exports").unwrap_or_default() {
        let Some(export) = export(&item, context) else {
            continue;
        };
        if export.name == "fleet" || export.name.starts_with("anchor-") {
            item.fail(format!(
                "\"{}\" is what a metric calls something else; give the export another name",
                export.name
            ));
        }
        if exports.iter().any(|other| other.name == export.name) {
            item.fail(format!(
                "another export is called \"{}\" too; what one has brought away would count for the other",
                export.name
            ));
        }
        if let Some(path) = export.to.file()
            && let Some(other) = exports.iter().find(|other| other.to.file() == Some(path))
        {
            item.fail(format!(
                "export \"{}\" writes the file {} already; each needs one of its own",
                other.name,
                path.display()
            ));
        }
        exports.push(export);
    }
    exports
}

fn export(item: &Item<'_>, context: &Context<'_>) -> Option<Export> {
    let mut map = item.map()?;
    let name = map.require("name").and_then(|item| {
        let name = item.str()?;
        check::name(name).map_err(|what| item.fail(what)).ok()?;
        Some(name.to_owned())
    });
    let kinds = ["jsonl", "syslog", "otlp", "nats", "redis"].map(|kind| (kind, kind));
    let to = match map.one_of("kind", "a kind of export", &kinds) {
        Some("jsonl") => jsonl(&mut map, context),
        Some("syslog") => syslog(&mut map),
        Some("otlp") => otlp(&mut map, context),
        Some("nats") => nats(&mut map, context),
        Some(_) => redis(&mut map, context),
        // What the other keys mean is not known.
        None => return None,
    };
    map.finish();
    Some(Export {
        name: name?,
        to: to?,
    })
}

fn jsonl(map: &mut MapReader<'_>, context: &Context<'_>) -> Option<ExportTo> {
    let path = map.str("path").map(|path| check::path(context.dir, path));
    let rotate_bytes = map.opt_u64_in("rotate_bytes", MIB..=1024 * GIB);
    Some(ExportTo::Jsonl {
        path: path?,
        rotate_bytes: rotate_bytes.unwrap_or(256 * MIB),
    })
}

fn syslog(map: &mut MapReader<'_>) -> Option<ExportTo> {
    let item = map.require("to")?;
    let text = item.str()?;
    let at = |rest: &str| check::is_host_with_port(rest).then(|| rest.to_owned());
    let address = match text.split_once("://") {
        Some(("tcp", rest)) => at(rest).map(SyslogAddress::Tcp),
        Some(("udp", rest)) => at(rest).map(SyslogAddress::Udp),
        Some(("unix", path)) if path.starts_with('/') => Some(SyslogAddress::Unix(path.into())),
        _ => None,
    };
    if address.is_none() {
        item.fail(
            "is no address of syslog; write tcp://HOST:PORT, udp://HOST:PORT or unix:///dev/log",
        );
    }
    address.map(ExportTo::Syslog)
}

fn otlp(map: &mut MapReader<'_>, context: &Context<'_>) -> Option<ExportTo> {
    let endpoint = map.require("endpoint").and_then(|item| {
        let url = check::base_url(item.str()?);
        url.map_err(|what| item.fail(what)).ok()
    });
    let authorization = map
        .get("authorization")
        .and_then(|item| header(&item, "OTLP_AUTHORIZATION", context));
    Some(ExportTo::Otlp {
        endpoint: endpoint?,
        authorization,
    })
}

/// `host:port`; people put more into it, which is not repeated, for it may be a password.
fn address(map: &mut MapReader<'_>, wrong: &str) -> Option<String> {
    let item = map.require("address")?;
    let text = item.str()?;
    if check::is_host_with_port(text) {
        return Some(text.to_owned());
    }
    item.fail(wrong);
    None
}

fn nats(map: &mut MapReader<'_>, context: &Context<'_>) -> Option<ExportTo> {
    let address = address(
        map,
        "is no host and port, such as 127.0.0.1:4222; user and password have keys of their own, and encryption is tls: true",
    );
    let mut name = |key, default: &str, more: char| {
        let Some(item) = map.get(key) else {
            return Some(default.to_owned());
        };
        let text = item.str()?;
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == more;
        let ends = text.starts_with('.') || text.ends_with('.') || text.contains("..");
        if text.is_empty() || text.len() > 128 || ends || !text.chars().all(fits) {
            item.fail("is none that NATS takes; use letters, digits, dashes and underscores, in subjects also single dots between them");
            return None;
        }
        Some(text.to_owned())
    };
    let stream = name("stream", "marshal-audit", '-');
    let subject = name("subject", "marshal.audit", '.');
    let tls = map.get("tls").and_then(|item| item.bool()).unwrap_or(false);
    let user = map.opt_str("user").map(str::to_owned);
    let password = map
        .get("password")
        .and_then(|item| secret(&item, "NATS_PASSWORD", Holds::Text, context));
    if user.is_some() && password.is_none() && map.key("password").is_none() {
        map.fail("a user without a password cannot sign in; add password");
    }
    Some(ExportTo::Nats {
        address: address?,
        tls,
        stream: stream?,
        subject: subject?,
        user,
        password,
    })
}

fn redis(map: &mut MapReader<'_>, context: &Context<'_>) -> Option<ExportTo> {
    let address = address(
        map,
        "is no host and port, such as 127.0.0.1:6379; database, user and password have keys of their own",
    );
    let stream = map.opt_str("stream").unwrap_or("marshal:audit").to_owned();
    let max_records = map.opt_u64_in("max_records", 1..=u64::MAX);
    let database = map.opt_u64_in("database", 0..=65_535);
    let user = map.opt_str("user").map(str::to_owned);
    let password = map
        .get("password")
        .and_then(|item| secret(&item, "REDIS_PASSWORD", Holds::Text, context));
    if user.is_some() && password.is_none() && map.key("password").is_none() {
        map.fail("a user without a password cannot sign in; add password");
    }
    Some(ExportTo::Redis {
        address: address?,
        stream,
        max_records,
        database: database
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(0),
        user,
        password,
    })
}
