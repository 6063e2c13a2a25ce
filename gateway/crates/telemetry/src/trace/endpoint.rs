//! Where spans go: the endpoint and the headers as an operator writes them, and the exporter over them.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use marshal_types::Secret;
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use rustls::ClientConfig;

use super::collector::Collector;
use super::tracer::{OtlpProtocol, TraceError};

/// How long one batch may take on its way to the collector.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn exporter(
    endpoint: &str,
    protocol: OtlpProtocol,
    headers: Vec<(HeaderName, HeaderValue)>,
    tls: Option<ClientConfig>,
) -> Result<SpanExporter, TraceError> {
    let endpoint = endpoint_uri(endpoint, protocol)?;
    if endpoint.scheme_str() == Some("https") && tls.is_none() {
        return Err(TraceError::Tls);
    }
    SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new(protocol, headers, EXPORT_TIMEOUT, tls)?)
        .with_endpoint(endpoint.to_string())
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(EXPORT_TIMEOUT)
        .with_retry_policy(RetryPolicy::recommended())
        .build()
        .map_err(TraceError::Exporter)
}

fn endpoint_uri(endpoint: &str, protocol: OtlpProtocol) -> Result<Uri, TraceError> {
    let endpoint = endpoint.trim().trim_end_matches('/');
    let full = if protocol == OtlpProtocol::Grpc || endpoint.ends_with("/v1/traces") {
        endpoint.to_owned()
    } else {
        format!("{endpoint}/v1/traces")
    };
    let uri: Uri = full.parse().map_err(|_| TraceError::Endpoint)?;
    if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
        return Err(TraceError::EndpointCredentials);
    }
    if protocol == OtlpProtocol::Grpc && uri.path().len() > 1 {
        return Err(TraceError::EndpointPath);
    }
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() && uri.query().is_none() => {
            Ok(uri)
        }
        _ => Err(TraceError::Endpoint),
    }
}

pub(super) fn headers(
    from: &[(String, Secret)],
) -> Result<Vec<(HeaderName, HeaderValue)>, TraceError> {
    let header = |(name, value): &(String, Secret)| {
        let bad = || TraceError::Header { name: name.clone() };
        let key: HeaderName = name.parse().map_err(|_| bad())?;
        // Exposed here alone: the collector has to read it.
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| bad())?;
        value.set_sensitive(true);
        Ok((key, value))
    };
    from.iter().map(header).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_gets_the_path_of_traces_once() {
        for written in [
            "http://collector:4318",
            "http://collector:4318/",
            "http://collector:4318/v1/traces",
        ] {
            let uri = endpoint_uri(written, OtlpProtocol::Http).unwrap();
            assert_eq!(uri.to_string(), "http://collector:4318/v1/traces");
        }
        let under = endpoint_uri("http://[::1]:4318/otlp", OtlpProtocol::Http).unwrap();
        assert_eq!(under.to_string(), "http://[::1]:4318/otlp/v1/traces");
    }

    #[test]
    fn an_endpoint_over_grpc_has_no_path() {
        let grpc = |text| endpoint_uri(text, OtlpProtocol::Grpc);
        let uri = grpc("http://collector:4317/").unwrap();
        assert_eq!(uri.to_string(), "http://collector:4317/");
        let refused = grpc("http://collector:4317/v1/traces").unwrap_err();
        assert!(refused.to_string().contains("no path"));
    }

    #[test]
    fn an_endpoint_that_cannot_be_used_is_refused_with_what_to_write() {
        let refusal = |text| {
            let refused = endpoint_uri(text, OtlpProtocol::Http);
            refused.unwrap_err().to_string()
        };
        assert!(refusal("collector:4318").contains("http://otel-collector:4318"));
        assert!(refusal("").contains("http://otel-collector:4318"));
        assert!(refusal("grpc://collector:4317").contains("http://otel-collector:4318"));
        let with_password = refusal("http://me:hunter2@collector:4318");
        assert!(with_password.contains("header") && !with_password.contains("hunter2"));
    }

    #[test]
    fn a_bad_header_is_named_and_its_value_is_not_shown() {
        let secret = Secret::new("line\nbreak".to_owned());
        let error = headers(&[("authorization".to_owned(), secret)]).unwrap_err();
        assert!(error.to_string().contains("authorization"));
        assert!(!format!("{error:?}{error}").contains("break"));
    }
}
