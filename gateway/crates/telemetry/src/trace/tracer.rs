//! Settings of tracing, checked once, and the start of a call's span.

use std::sync::Arc;
use std::time::Duration;

use marshal_types::semconv::Conventions;
use marshal_types::{Clock, Secret};
use opentelemetry_sdk::Resource;

use super::context::TraceContext;
use super::endpoint::{exporter, headers};
use super::export::Pipe;
use super::span::CallSpan;
use crate::metrics::Metrics;

/// How long a span waits for its batch to fill.
const BATCH_DELAY: Duration = Duration::from_secs(2);
/// The longest `tracestate` that is passed on, in bytes.
const MAX_TRACESTATE: usize = 512;

/// How spans are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// Protobuf over HTTP/1.1.
    #[default]
    Http,
    /// gRPC.
    Grpc,
}

/// Where spans go, and which.
#[derive(Debug)]
pub struct TraceOptions {
    /// The collector, for example `http://otel-collector:4318`; over HTTP `/v1/traces` is added if it is missing.
    /// `None`: trace ids are made and passed on, and nothing is sent.
    pub otlp_endpoint: Option<String>,
    /// How the collector is spoken to.
    pub protocol: OtlpProtocol,
    /// `service.name` on every span.
    pub service_name: String,
    /// `service.version` on every span.
    pub service_version: String,
    /// Whom to trust where the collector's address begins with `https`.
    pub tls: Option<rustls::ClientConfig>,
    /// Headers for the collector. Their values are secrets: most are credentials.
    pub headers: Vec<(String, Secret)>,
    /// The part of traces begun here that is recorded, from 0 to 1. A caller's `traceparent` decides for its own.
    pub sample_ratio: f64,
    /// The names on spans.
    pub conventions: Conventions,
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            protocol: OtlpProtocol::default(),
            service_name: "marshal".to_owned(),
            service_version: env!("CARGO_PKG_VERSION").to_owned(),
            tls: None,
            headers: Vec::new(),
            sample_ratio: 1.0,
            conventions: Conventions::default(),
        }
    }
}

/// Why tracing could not be set up. Never shows the endpoint or a header's value: both may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The endpoint is no address.
    #[error("the OTLP endpoint is not an address; write it as in http://otel-collector:4318")]
    Endpoint,
    /// The endpoint of a gRPC collector has a path.
    #[error("an OTLP endpoint over gRPC has no path; write it as in http://otel-collector:4317")]
    EndpointPath,
    /// The endpoint holds a user and a password.
    #[error("the OTLP endpoint holds credentials; put them into a header instead")]
    EndpointCredentials,
    /// The endpoint asks for TLS, and there is none to be had.
    #[error("an https OTLP endpoint needs certificates to trust, and there are none")]
    Tls,
    /// A header is none.
    #[error(
        "{name:?} or its value cannot be an HTTP header; use letters, digits and dashes for the name and one line of ASCII for the value"
    )]
    Header {
        /// The name as it was written.
        name: String,
    },
    /// The ratio is no part of one.
    #[error("the sample ratio is from 0 (nothing) to 1 (everything)")]
    SampleRatio,
    /// The exporter did not accept its settings, or the environment's `OTEL_EXPORTER_OTLP_*`.
    #[error(
        "the OTLP exporter could not be set up; look at the OTEL_EXPORTER_OTLP_* environment variables"
    )]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
}

/// Starts the spans of calls. A clone sends to the same collector.
#[derive(Clone, Debug)]
pub struct Tracer {
    pipe: Option<Arc<Pipe>>,
    /// Of the trace id's lower 56 bits, the least that is recorded.
    threshold: u64,
}

const RANDOM_BITS: u32 = 56;

impl Tracer {
    /// Sets tracing up. Spans that reach no collector are counted in `metrics`.
    ///
    /// # Errors
    /// [`TraceError`] says what to write instead. A collector that cannot be reached is no error.
    pub fn new(
        options: TraceOptions,
        clock: Arc<dyn Clock>,
        metrics: &Metrics,
    ) -> Result<Self, TraceError> {
        let threshold = threshold(options.sample_ratio)?;
        let Some(endpoint) = &options.otlp_endpoint else {
            return Ok(Self::disabled());
        };
        let exporter = exporter(
            endpoint,
            options.protocol,
            headers(&options.headers)?,
            options.tls,
        )?;
        let resource = Resource::builder() // with OTEL_RESOURCE_ATTRIBUTES, the operator's own
            .with_service_name(options.service_name)
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                options.service_version,
            ))
            .build();
        let pipe = Pipe::new(exporter, &resource, BATCH_DELAY, clock, metrics.spans())
            .following(options.conventions);
        Ok(Self {
            pipe: Some(Arc::new(pipe)),
            threshold,
        })
    }

    /// A tracer that makes and passes on ids, and sends nothing.
    #[must_use]
    pub const fn disabled() -> Self {
        Self {
            pipe: None,
            threshold: 0,
        }
    }

    #[cfg(test)]
    pub(super) fn over(pipe: Pipe) -> Self {
        Self {
            pipe: Some(Arc::new(pipe)),
            threshold: 0,
        }
    }

    /// Starts the span of a call, in the caller's trace if `traceparent` names one and in a fresh one if not.
    /// `tracestate` counts only together with a `traceparent`.
    #[must_use]
    pub fn start_call(&self, traceparent: Option<&str>, tracestate: Option<&str>) -> CallSpan {
        let parent = traceparent.and_then(TraceContext::parse);
        let state = tracestate
            .filter(|state| parent.is_some() && !state.is_empty() && state.len() <= MAX_TRACESTATE);
        CallSpan::start(
            parent,
            state,
            |trace| self.samples(parent, trace),
            self.pipe.as_ref(),
        )
    }

    /// Sends what waits, for at most `wait`, and takes no spans after that. Blocks: call it off the runtime.
    ///
    /// Says whether everything was sent or given up in that time.
    pub fn shutdown(&self, wait: Duration) -> bool {
        self.pipe.as_ref().is_none_or(|pipe| pipe.close(wait))
    }

    fn samples(&self, parent: Option<TraceContext>, trace: super::TraceId) -> bool {
        match parent {
            Some(parent) => parent.sampled,
            None if self.pipe.is_none() => false,
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the lower bits are what is compared"
            )]
            None => (trace.0 as u64) & ((1 << RANDOM_BITS) - 1) >= self.threshold,
        }
    }
}

/// OpenTelemetry's consistent sampling: the same trace gets the same verdict everywhere.
fn threshold(ratio: f64) -> Result<u64, TraceError> {
    if !(0.0..=1.0).contains(&ratio) {
        return Err(TraceError::SampleRatio);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "from 0 to 2^56"
    )]
    Ok(((1.0 - ratio) * (1_u64 << RANDOM_BITS) as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_a_part_of_one() {
        assert_eq!(threshold(1.0).unwrap(), 0);
        assert_eq!(threshold(0.0).unwrap(), 1 << RANDOM_BITS);
        assert!(threshold(f64::NAN).is_err());
        assert!(threshold(1.5).is_err());
    }
}
