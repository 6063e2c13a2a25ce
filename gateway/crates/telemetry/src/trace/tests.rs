use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use marshal_types::{
    CallId, Clock, Code, Digest, ManualClock, ModelName, ProviderName, Secret, SystemClock,
    Timestamp, Tokens,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use parking_lot::Mutex;
use prost::Message;

use super::export::{MAX_QUEUED, Pipe};
use super::*;
use crate::metrics::Metrics;
use crate::operation::Operation;
use crate::outcome::{AttemptOutcome, CallOutcome};

const WAIT: Duration = Duration::from_secs(30);
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A collector that takes one batch.
struct Collector {
    address: String,
    batch: JoinHandle<(String, ExportTraceServiceRequest)>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let batch = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            let (head, body_at, length) = loop {
                read_some(&mut stream, &mut bytes);
                if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                    let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
                    let length = head.split("content-length: ").nth(1).unwrap();
                    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                    break (head, at + 4, length);
                }
            };
            while bytes.len() < body_at + length {
                read_some(&mut stream, &mut bytes);
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).unwrap();
            let batch = ExportTraceServiceRequest::decode(&bytes[body_at..]).unwrap();
            (head, batch)
        });
        Self { address, batch }
    }

    fn spans(self) -> Vec<Span> {
        let (_, batch) = self.batch.join().unwrap();
        let scopes = batch.resource_spans.into_iter().flat_map(|r| r.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

fn read_some(stream: &mut std::net::TcpStream, into: &mut Vec<u8>) {
    let mut some = [0; 4_096];
    let read = stream.read(&mut some).unwrap();
    assert!(read > 0, "the exporter hung up");
    into.extend_from_slice(&some[..read]);
}

fn tracer(endpoint: &str, clock: Arc<dyn Clock>, metrics: &Metrics) -> Tracer {
    let options = TraceOptions {
        otlp_endpoint: Some(endpoint.to_owned()),
        headers: vec![("authorization".to_owned(), Secret::new("Bearer t0".into()))],
        ..TraceOptions::default()
    };
    Tracer::new(options, clock, metrics).unwrap()
}

fn text(pairs: &[KeyValue], key: &str) -> Option<String> {
    let pair = pairs.iter().find(|pair| pair.key == key)?;
    Some(match pair.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(flag) => flag.to_string(),
        other => format!("{other:?}"),
    })
}

fn names() -> (ProviderName, ModelName) {
    ("openai".into(), "gpt-4o-2024-08-06".into())
}

#[test]
fn a_call_and_its_attempts_reach_the_collector_as_one_trace() {
    let collector = Collector::start();
    let clock = ManualClock::at(Timestamp::from_micros(1_000_000));
    let metrics = Metrics::new("0.1.0");
    let tracer = tracer(&collector.address, clock.clone(), &metrics);

    let mut call = tracer.start_call(Some(PARENT), Some("vendor=1"));
    assert_eq!(call.trace_id_hex(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(call.tracestate(), Some("vendor=1"));
    let id = CallId::fresh();
    call.set(Attribute::Call(id));
    call.set_request(Operation::Chat, "smart");
    call.set(Attribute::RequestStream(true));
    call.set(Attribute::Policy(&Digest([7; 32])));
    let (provider, model) = names();
    let first = call.attempt(&provider, "openai", &model, 1);
    let first_context = first.context();
    first.end(AttemptOutcome::Failed(Code::UpstreamTimeout));
    let mut second = call.attempt(&provider, "openai", &model, 2);
    second.set(Attribute::InputTokens(Tokens(100)));
    second.set(Attribute::OutputTokens(Tokens(7)));
    clock.advance(Duration::from_millis(250));
    second.end(AttemptOutcome::Completed);
    let call_context = call.context();
    call.end(CallOutcome::Completed);
    assert!(tracer.shutdown(WAIT));

    let spans = collector.spans();
    assert_eq!(spans.len(), 3);
    let [failed, completed, server] = spans.as_slice() else {
        panic!("three spans");
    };
    for span in &spans {
        assert_eq!(
            span.trace_id,
            0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes()
        );
        assert_eq!(span.trace_state, "vendor=1");
    }
    assert_eq!(server.name, "chat smart");
    assert_eq!(server.kind, 2, "server");
    assert_eq!(
        server.parent_span_id,
        0xb7ad_6b71_6920_3331_u64.to_be_bytes()
    );
    assert_eq!(server.span_id, call_context.span_id.to_be_bytes());
    assert_eq!(server.start_time_unix_nano, 1_000_000_000);
    assert_eq!(server.end_time_unix_nano, 1_250_000_000);
    let attribute = |key| text(&server.attributes, key);
    assert_eq!(attribute("gen_ai.operation.name").unwrap(), "chat");
    assert_eq!(attribute("gen_ai.request.model").unwrap(), "smart");
    assert_eq!(attribute("gen_ai.request.stream").unwrap(), "true");
    assert_eq!(attribute("marshal.call.id").unwrap(), id.to_string());
    assert_eq!(attribute("error.type"), None);

    assert_eq!(failed.name, "chat gpt-4o-2024-08-06");
    assert_eq!(failed.kind, 3, "client");
    assert_eq!(failed.span_id, first_context.span_id.to_be_bytes());
    assert_eq!(failed.status.as_ref().unwrap().code, 2, "error");
    let attribute = |key| text(&failed.attributes, key);
    assert_eq!(attribute("error.type").unwrap(), "upstream_timeout");
    assert_eq!(attribute("marshal.attempt").unwrap(), "1");
    assert_eq!(attribute("gen_ai.provider.name").unwrap(), "openai");

    assert_eq!(completed.parent_span_id, server.span_id);
    let attribute = |key| text(&completed.attributes, key);
    assert_eq!(attribute("gen_ai.usage.input_tokens").unwrap(), "100");
    assert_eq!(attribute("gen_ai.usage.output_tokens").unwrap(), "7");
    assert!(
        metrics
            .encode()
            .contains("marshal_otlp_spans_dropped_total 0")
    );
}

#[test]
fn the_collector_learns_who_sends_and_with_which_credential() {
    let collector = Collector::start();
    let tracer = tracer(
        &collector.address,
        SystemClock::new(),
        &Metrics::new("0.1.0"),
    );
    drop(tracer.start_call(None, None));
    assert!(tracer.shutdown(WAIT));
    let (head, batch) = collector.batch.join().unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    assert!(head.contains("authorization: Bearer t0"), "{head}");
    let resource = batch.resource_spans[0].resource.as_ref().unwrap();
    let name = text(&resource.attributes, "service.name");
    assert_eq!(name.as_deref(), Some("marshal"));
}

#[test]
fn a_call_that_is_dropped_ends_as_abandoned_with_its_attempt() {
    let collector = Collector::start();
    let tracer = tracer(
        &collector.address,
        SystemClock::new(),
        &Metrics::new("0.1.0"),
    );
    let call = tracer.start_call(None, Some("kept=only-with-a-parent"));
    assert_eq!(call.tracestate(), None);
    let (provider, model) = names();
    let attempt = call.attempt(&provider, "openai", &model, 1);
    drop(call);
    drop(attempt);
    assert!(tracer.shutdown(WAIT));
    let spans = collector.spans();
    assert_eq!(spans.len(), 2);
    for span in &spans {
        let error = text(&span.attributes, "error.type");
        assert_eq!(error.as_deref(), Some("abandoned"));
    }
    assert!(spans[0].parent_span_id.is_empty(), "a trace of its own");
    assert_eq!(spans[1].parent_span_id, spans[0].span_id);
}

#[test]
fn a_refusal_names_its_code_and_is_no_error_of_the_server() {
    let collector = Collector::start();
    let tracer = tracer(
        &collector.address,
        SystemClock::new(),
        &Metrics::new("0.1.0"),
    );
    let call = tracer.start_call(None, None);
    call.end(CallOutcome::of(Code::BudgetSpent));
    assert!(tracer.shutdown(WAIT));
    let spans = collector.spans();
    let error = text(&spans[0].attributes, "error.type");
    assert_eq!(error.as_deref(), Some("budget_spent"));
    assert_eq!(spans[0].status.as_ref().map_or(0, |status| status.code), 0);
}

#[test]
fn without_a_collector_a_call_still_has_its_ids() {
    let tracer = Tracer::disabled();
    let call = tracer.start_call(Some(PARENT), None);
    assert!(!call.is_recording());
    let header = call.context().to_string();
    assert!(header.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    assert!(header.ends_with("-01") && !header.contains("b7ad6b7169203331"));
    let (provider, model) = names();
    let attempt = call.attempt(&provider, "openai", &model, 1);
    assert_eq!(attempt.context().trace_id, call.trace_id());
    assert_ne!(attempt.context().span_id, call.context().span_id);
    let fresh = [
        tracer.start_call(None, None),
        tracer.start_call(Some("junk"), None),
    ];
    assert_ne!(fresh[0].trace_id(), fresh[1].trace_id());
    assert!(fresh[0].context().to_string().ends_with("-00"));
    assert!(tracer.shutdown(Duration::ZERO));
}

#[test]
fn a_caller_decides_for_its_own_trace_and_the_ratio_for_the_rest() {
    let nowhere = TraceOptions {
        otlp_endpoint: Some("http://127.0.0.1:9".to_owned()),
        sample_ratio: 0.0,
        ..TraceOptions::default()
    };
    let tracer = Tracer::new(nowhere, SystemClock::new(), &Metrics::new("0.1.0")).unwrap();
    assert!(!tracer.start_call(None, None).is_recording());
    let unsampled = PARENT.replace("-01", "-00");
    assert!(!tracer.start_call(Some(&unsampled), None).is_recording());
    assert!(tracer.start_call(Some(PARENT), None).is_recording());
}

#[test]
fn a_collector_that_is_down_costs_spans_and_no_call_its_time() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let metrics = Metrics::new("0.1.0");
    let tracer = tracer(&format!("http://{gone}"), SystemClock::new(), &metrics);
    // If they waited for the collector, this would not end.
    for _ in 0..MAX_QUEUED.unsigned_abs() * 5 {
        tracer.start_call(None, None).end(CallOutcome::Completed);
    }
    tracer.shutdown(Duration::from_millis(1));
    let page = metrics.encode();
    assert!(!page.contains("marshal_otlp_spans_dropped_total 0"));
}

/// An exporter that waits for the test at every batch and says how large it was.
#[derive(Debug)]
struct Held {
    arrived: Sender<usize>,
    go: Mutex<Receiver<OTelSdkResult>>,
}

impl SpanExporter for Held {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.arrived.send(batch.len()).unwrap();
        self.go.lock().recv().unwrap_or(Ok(()))
    }
}

#[test]
fn spans_past_the_queue_and_spans_that_fail_are_counted_one_by_one() {
    let metrics = Metrics::new("0.1.0");
    let (arrived, arrivals) = channel();
    let (go, gone) = channel();
    let exporter = Held {
        arrived,
        go: Mutex::new(gone),
    };
    let resource = Resource::builder_empty().build();
    let never = Duration::from_secs(86_400);
    let pipe = Pipe::new(
        exporter,
        &resource,
        never,
        SystemClock::new(),
        metrics.spans(),
    );
    let tracer = Tracer::over(pipe);
    let calls = |number: i64| {
        for _ in 0..number {
            drop(tracer.start_call(None, None));
        }
    };
    calls(512);
    assert_eq!(arrivals.recv_timeout(WAIT).unwrap(), 512);
    calls(MAX_QUEUED + 100);
    assert!(
        metrics
            .encode()
            .contains("marshal_otlp_spans_dropped_total 100\n")
    );
    go.send(Err(OTelSdkError::InternalFailure("refused".into())))
        .unwrap();
    drop(go);
    assert!(tracer.shutdown(WAIT));
    assert!(
        metrics
            .encode()
            .contains("marshal_otlp_spans_dropped_total 612\n")
    );
    assert_eq!(arrivals.iter().sum::<usize>(), 2_048);
    calls(1);
    assert!(
        metrics
            .encode()
            .contains("marshal_otlp_spans_dropped_total 613\n")
    );
}

#[test]
fn a_span_can_move_to_another_thread() {
    fn movable<T: Send + 'static>() {}
    movable::<CallSpan>();
    movable::<AttemptSpan>();
    movable::<Tracer>();
}
