//! The sections of `marshal.yaml` about this process: listeners, TLS, limits, telemetry.

use marshal_types::semconv::Conventions;
use marshal_yaml::{Item, MapReader};

use crate::load::Context;
use crate::secret::header;
use crate::{
    ApiKey, Listen, LogFormat, LogLevel, Otlp, OtlpProtocol, ServerLimits, Telemetry, Tls, check,
    provider_parts,
};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;
const MILLION: u32 = 1_000_000;

/// `listen`, then the environment over it.
pub(crate) fn listen(item: Option<Item<'_>>, context: &Context<'_>) -> Listen {
    let mut listen = Listen::default();
    let place = item.as_ref().map(|item| item.place().clone());
    if let Some(mut map) = item.and_then(|item| item.map()) {
        for (key, to) in [("data", &mut listen.data), ("control", &mut listen.control)] {
            if let Some(item) = map.get(key)
                && let Some(text) = item.str()
            {
                match check::address(text) {
                    Ok(address) => *to = address,
                    Err(what) => item.fail(what),
                }
            }
        }
        map.finish();
    }
    for (name, to) in [
        ("MARSHAL_DATA_LISTEN", &mut listen.data),
        ("MARSHAL_CONTROL_LISTEN", &mut listen.control),
    ] {
        if let Some(text) = context.variable(name) {
            match check::address(&text) {
                Ok(address) => *to = address,
                Err(what) => context.environment_problem(name, &what),
            }
        }
    }
    if listen.data == listen.control && listen.data.port() != 0 {
        let what = "the data and the control plane have the same address; give each its own port";
        match place {
            Some(place) => context.problems.add(&place, "listen", what),
            None => context.environment_problem("MARSHAL_DATA_LISTEN", what),
        }
    }
    listen
}

pub(crate) fn tls(item: &Item<'_>, context: &Context<'_>) -> Option<Tls> {
    let mut map = item.map()?;
    let mut file = |key| {
        let item = map.require(key)?;
        check::existing_file(context.dir, &item)
    };
    let (cert, key) = (file("cert"), file("key"));
    map.finish();
    Some(Tls {
        cert: cert?,
        key: key?,
    })
}

pub(crate) fn limits(item: &Item<'_>) -> ServerLimits {
    let default = ServerLimits::default();
    let Some(mut map) = item.map() else {
        return default;
    };
    let map_ref = &mut map;
    let limits = ServerLimits {
        max_body_bytes: check::size(map_ref, "max_body_bytes", KIB..=GIB, default.max_body_bytes),
        max_header_bytes: check::size(
            map_ref,
            "max_header_bytes",
            KIB..=MIB,
            default.max_header_bytes,
        ),
        header_timeout: check::seconds(map_ref, "header_timeout_s", 300, default.header_timeout),
        body_timeout: check::seconds(map_ref, "body_timeout_s", 3_600, default.body_timeout),
        idle_timeout: check::seconds(map_ref, "idle_timeout_s", 86_400, default.idle_timeout),
        max_connections: check::size(
            map_ref,
            "max_connections",
            1..=1_000_000,
            default.max_connections,
        ),
        drain: check::seconds(map_ref, "drain_s", 3_600, default.drain),
        write_timeout: check::seconds(map_ref, "write_timeout_s", 3_600, default.write_timeout),
    };
    map.finish();
    limits
}

pub(crate) fn telemetry(item: &Item<'_>, context: &Context<'_>) -> Telemetry {
    let mut telemetry = Telemetry::default();
    let Some(mut map) = item.map() else {
        return telemetry;
    };
    telemetry.otlp = otlp(&mut map, context);
    if let Some(name) = map.opt_str("service_name") {
        name.clone_into(&mut telemetry.service_name);
    }
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    telemetry.log_format = word(&mut map, "log_format", "a log format", &formats);
    let levels = [
        LogLevel::Error,
        LogLevel::Warn,
        LogLevel::Info,
        LogLevel::Debug,
        LogLevel::Trace,
    ]
    .map(|level| (level.as_str(), level));
    telemetry.log_level = word(&mut map, "log_level", "a log level", &levels);
    if let Some(yes) = map.opt_bool("traceparent_to_providers") {
        telemetry.traceparent_to_providers = yes;
    }
    let conventions =
        [Conventions::Current, Conventions::Legacy].map(|which| (which.as_str(), which));
    telemetry.conventions = word(&mut map, "conventions", "a set of names", &conventions);
    map.finish();
    telemetry
}

/// `otlp`, or `otlp_endpoint`, which is its endpoint over HTTP.
fn otlp(map: &mut MapReader<'_>, context: &Context<'_>) -> Option<Otlp> {
    let endpoint = |item: &Item<'_>| {
        let url = item.str()?;
        check::base_url(url).map_err(|what| item.fail(what)).ok()
    };
    let short = map.get("otlp_endpoint");
    let Some(item) = map.get("otlp") else {
        return short.as_ref().and_then(endpoint).map(|endpoint| Otlp {
            endpoint,
            protocol: OtlpProtocol::Http,
            headers: Vec::new(),
            tls_ca: None,
            sample_millionths: MILLION,
        });
    };
    if let Some(short) = short {
        short.fail("stands beside otlp, which has an endpoint of its own; remove one of them");
    }
    let mut map = item.map()?;
    let written = map.get("endpoint");
    let at = match &written {
        Some(item) => endpoint(item),
        None => {
            item.fail("\"endpoint\" is missing");
            None
        }
    };
    let protocols = [("http", OtlpProtocol::Http), ("grpc", OtlpProtocol::Grpc)];
    let protocol = word(&mut map, "protocol", "an OTLP protocol", &protocols);
    if let (OtlpProtocol::Grpc, Some(at), Some(item)) = (protocol, &at, &written)
        && at
            .splitn(4, '/')
            .nth(3)
            .is_some_and(|path| !path.is_empty())
    {
        item.fail("has a path, which an endpoint over gRPC has not; write it as in http://otel-collector:4317");
    }
    let headers = map
        .get("headers")
        .map_or_else(Vec::new, |item| otlp_headers(&item, context));
    let tls_ca = map
        .get("tls_ca")
        .and_then(|item| check::existing_file(context.dir, &item));
    let sample_millionths = map
        .get("sample_ratio")
        .and_then(|item| {
            let ratio = item.decimal()?.parse::<f64>().ok();
            let share = ratio.filter(|ratio| (0.0..=1.0).contains(ratio));
            if share.is_none() {
                item.fail("is no share; write a number from 0 (nothing) to 1 (everything)");
            }
            share
        })
        .map_or(MILLION, millionths);
    map.finish();
    at.map(|endpoint| Otlp {
        endpoint,
        protocol,
        headers,
        tls_ca,
        sample_millionths,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to a million"
)]
fn millionths(ratio: f64) -> u32 {
    (ratio * f64::from(MILLION)).round() as u32
}

/// Most are credentials, so the value of each is kept elsewhere.
fn otlp_headers(item: &Item<'_>, context: &Context<'_>) -> Vec<(String, ApiKey)> {
    let Some(mut map) = item.map() else {
        return Vec::new();
    };
    let mut headers: Vec<(String, ApiKey)> = Vec::new();
    for (key, item) in map.entries() {
        let name = key.text.to_ascii_lowercase();
        if !provider_parts::is_header_name(&name) {
            item.fail("is not a header's name");
        } else if provider_parts::OWN_HEADERS.contains(&name.as_str()) {
            item.fail("is set by the gateway for each batch; remove it");
        } else if headers.iter().any(|(other, _)| *other == name) {
            item.fail("is already set; header names ignore case");
        } else if let Some(value) = header(&item, "OTLP_HEADER", context) {
            headers.push((name, value));
        }
    }
    headers
}

fn word<T: Clone + Default>(
    map: &mut MapReader<'_>,
    key: &'static str,
    what: &str,
    words: &[(&str, T)],
) -> T {
    map.opt_one_of(key, what, words).unwrap_or_default()
}
