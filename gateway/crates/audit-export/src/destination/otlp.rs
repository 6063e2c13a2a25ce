//! OpenTelemetry logs over HTTP, in protobuf. A batch is acknowledged once the collector answers 2xx.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use marshal_types::{Secret, Timestamp};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::{Delivery, DeliveryError, Destination, is_warning};
use crate::record::Record;

/// A POST that is to be made.
#[derive(Clone, Debug)]
pub struct PostRequest {
    /// Where.
    pub url: String,
    /// What the body is.
    pub content_type: &'static str,
    /// The whole value of the header.
    pub authorization: Option<Secret>,
    /// The body.
    pub body: Bytes,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Nothing was answered.
pub type PostError = std::io::Error;

/// An HTTP client: this crate knows none.
#[async_trait]
pub trait Post: Send + Sync {
    /// Makes the request and reads the whole answer.
    ///
    /// # Errors
    /// If there is none.
    async fn post(&self, request: PostRequest) -> Result<Posted, PostError>;
}

/// Which collector.
#[derive(Clone, Debug)]
pub struct OtlpOptions {
    /// Where it listens: `http://127.0.0.1:4318`.
    pub endpoint: String,
    /// The whole value of the `authorization` header, if it wants one.
    pub authorization: Option<Secret>,
    /// `service.name`.
    pub service_name: String,
    /// `service.version`.
    pub service_version: String,
}

/// Speaks OTLP.
pub struct Otlp {
    options: OtlpOptions,
    url: String,
    http: Arc<dyn Post>,
}

impl std::fmt::Debug for Otlp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Otlp")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Otlp {
    /// By this client.
    #[must_use]
    pub fn new(options: OtlpOptions, http: Arc<dyn Post>) -> Self {
        let url = format!("{}/v1/logs", options.endpoint.trim_end_matches('/'));
        Self { options, url, http }
    }

    fn body(&self, batch: &[Record]) -> Bytes {
        let resource = Resource {
            attributes: vec![
                text("service.name", &self.options.service_name),
                text("service.version", &self.options.service_version),
            ],
            ..Resource::default()
        };
        let scope = InstrumentationScope {
            name: "marshal.audit".to_owned(),
            ..InstrumentationScope::default()
        };
        let request = ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs {
                resource: Some(resource),
                scope_logs: vec![ScopeLogs {
                    scope: Some(scope),
                    log_records: batch.iter().map(log_record).collect(),
                    ..ScopeLogs::default()
                }],
                ..ResourceLogs::default()
            }],
        };
        request.encode_to_vec().into()
    }
}

fn log_record(record: &Record) -> LogRecord {
    let (severity, word) = if is_warning(&record.kind) {
        (SeverityNumber::Warn, "WARN")
    } else {
        (SeverityNumber::Info, "INFO")
    };
    let mut attributes = vec![
        text("marshal.audit.kind", &record.kind),
        text("marshal.audit.instance", record.instance()),
        attribute(
            "marshal.audit.seq",
            Value::IntValue(i64::try_from(record.seq).unwrap_or(i64::MAX)),
        ),
    ];
    let call = record.call.as_deref();
    attributes.extend(call.map(|call| text("marshal.call.id", call)));
    let tenant = record.tenant.as_deref();
    attributes.extend(tenant.map(|tenant| text("marshal.tenant", tenant)));
    LogRecord {
        time_unix_nano: nanos(record.time),
        observed_time_unix_nano: nanos(record.time),
        severity_number: severity.into(),
        severity_text: word.to_owned(),
        body: Some(value(Value::StringValue(record.line.to_string()))),
        attributes,
        event_name: record.kind.to_string(),
        ..LogRecord::default()
    }
}

const fn nanos(time: Timestamp) -> u64 {
    time.as_micros().saturating_mul(1_000)
}

const fn value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn attribute(key: &str, of: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(value(of)),
        ..KeyValue::default()
    }
}

fn text(key: &str, of: &str) -> KeyValue {
    attribute(key, Value::StringValue(of.to_owned()))
}

#[async_trait]
impl Destination for Otlp {
    async fn deliver(&mut self, batch: &[Record]) -> Result<Delivery, DeliveryError> {
        let (mut rejected, mut from, mut most) = (0, 0, batch.len());
        while from < batch.len() {
            let part = &batch[from..(from + most).min(batch.len())];
            match self.post(part).await? {
                Some(more) => {
                    rejected += more;
                    from += part.len();
                }
                None => most = part.len().div_ceil(2),
            }
        }
        Ok(Delivery { rejected })
    }
}

/// "Content Too Large".
const TOO_LARGE: u16 = 413;

impl Otlp {
    /// Hands records on; gives how many the collector does not want, or `None` where they are too many at once.
    async fn post(&self, records: &[Record]) -> Result<Option<u64>, DeliveryError> {
        let request = PostRequest {
            url: self.url.clone(),
            content_type: "application/x-protobuf",
            authorization: self.options.authorization.clone(),
            body: self.body(records),
        };
        let answer = self.http.post(request).await;
        let answer = answer.map_err(DeliveryError::io(&self.url))?;
        if answer.status == TOO_LARGE && records.len() > 1 {
            return Ok(None);
        }
        if !(200..300).contains(&answer.status) {
            let said = String::from_utf8_lossy(&answer.body);
            let why = format!("{} {said}", answer.status);
            return Err(DeliveryError::refused(&self.url, why));
        }
        // Whoever understands its answer may say that it will never take some of them, and must not get them again.
        let partial = ExportLogsServiceResponse::decode(answer.body)
            .ok()
            .and_then(|response| response.partial_success);
        let Some(partial) = partial.filter(|partial| partial.rejected_log_records > 0) else {
            return Ok(Some(0));
        };
        let rejected = u64::try_from(partial.rejected_log_records).unwrap_or(0);
        let why: String = partial.error_message.chars().take(200).collect();
        tracing::warn!(to = %self.url, rejected, ?why, "The collector does not want some records of the audit trail.");
        Ok(Some(rejected))
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsPartialSuccess;
    use parking_lot::Mutex;

    use super::*;
    use crate::testbed::record_of;

    struct Collector(Mutex<Vec<PostRequest>>, u16, Bytes);

    #[async_trait]
    impl Post for Collector {
        async fn post(&self, request: PostRequest) -> Result<Posted, PostError> {
            self.0.lock().push(request);
            Ok(Posted {
                status: self.1,
                body: self.2.clone(),
            })
        }
    }

    /// Takes so many records at once, and no more.
    struct Narrow(Mutex<Vec<usize>>, usize);

    #[async_trait]
    impl Post for Narrow {
        async fn post(&self, request: PostRequest) -> Result<Posted, PostError> {
            let request = ExportLogsServiceRequest::decode(request.body).unwrap();
            let count = request.resource_logs[0].scope_logs[0].log_records.len();
            let fits = count <= self.1;
            if fits {
                self.0.lock().push(count);
            }
            Ok(Posted {
                status: if fits { 200 } else { 413 },
                body: Bytes::new(),
            })
        }
    }

    #[tokio::test]
    async fn a_batch_that_is_too_large_for_the_collector_goes_in_parts() {
        for (most, parts) in [(2, vec![2, 2, 2, 1]), (1, vec![1; 7]), (7, vec![7])] {
            let collector = Arc::new(Narrow(Mutex::default(), most));
            let mut otlp = Otlp::new(options(), collector.clone());
            let delivered = otlp.deliver(&crate::testbed::records(7)).await.unwrap();
            assert_eq!(delivered, Delivery::default());
            assert_eq!(*collector.0.lock(), parts);
        }
        let mut none = Otlp::new(options(), Arc::new(Narrow(Mutex::default(), 0)));
        let error = none.deliver(&crate::testbed::records(2)).await.unwrap_err();
        assert!(error.to_string().contains("413"), "{error}");
    }

    fn options() -> OtlpOptions {
        OtlpOptions {
            endpoint: "http://collector/".to_owned(),
            authorization: None,
            service_name: "marshal".to_owned(),
            service_version: "1".to_owned(),
        }
    }

    async fn deliver(
        status: u16,
        body: Bytes,
    ) -> (Result<Delivery, DeliveryError>, Vec<PostRequest>) {
        let collector = Arc::new(Collector(Mutex::default(), status, body));
        let line = r#"{"call":"c","kind":"deny","seq":7,"tenant":"a","time":"1970-01-01T00:00:01.000001Z"}"#;
        let mut otlp = Otlp::new(options(), collector.clone());
        let delivered = otlp.deliver(&[record_of(line)]).await;
        let seen = collector.0.lock().clone();
        (delivered, seen)
    }

    #[tokio::test]
    async fn a_record_is_a_log_record_with_its_line_as_the_body() {
        let (delivered, seen) = deliver(200, Bytes::new()).await;
        assert_eq!(delivered.unwrap(), Delivery::default());
        assert_eq!(seen[0].url, "http://collector/v1/logs");
        let request = ExportLogsServiceRequest::decode(seen[0].body.clone()).unwrap();
        let log = &request.resource_logs[0].scope_logs[0].log_records[0];
        assert_eq!(log.time_unix_nano, 1_000_001_000);
        assert_eq!(log.event_name, "deny");
        assert_eq!(log.severity_text, "WARN");
        let Some(Value::StringValue(line)) = &log.body.as_ref().unwrap().value else {
            panic!("{log:?}")
        };
        assert!(line.starts_with("{\"call\":\"c\""), "{line}");
        let keys: Vec<&str> = log.attributes.iter().map(|one| &*one.key).collect();
        assert_eq!(
            keys,
            [
                "marshal.audit.kind",
                "marshal.audit.instance",
                "marshal.audit.seq",
                "marshal.call.id",
                "marshal.tenant"
            ]
        );
    }

    #[tokio::test]
    async fn a_refusal_is_tried_again_and_a_rejection_is_not() {
        let (delivered, _) = deliver(503, Bytes::from_static(b"busy\n")).await;
        let error = delivered.unwrap_err().to_string();
        assert!(error.ends_with(r#"refuses: "503 busy\n""#), "{error}");
        let response = ExportLogsServiceResponse {
            partial_success: Some(ExportLogsPartialSuccess {
                rejected_log_records: 1,
                error_message: "no".to_owned(),
            }),
        };
        let (delivered, _) = deliver(200, response.encode_to_vec().into()).await;
        assert_eq!(delivered.unwrap(), Delivery { rejected: 1 });
    }
}
