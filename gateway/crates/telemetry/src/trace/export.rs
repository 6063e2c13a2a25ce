//! The way of finished spans to the collector: a bounded queue, a thread of its own, a count of what is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use marshal_types::Clock;
use marshal_types::semconv::Conventions;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter, SpanProcessor,
};

use crate::metrics::SpanCounts;

/// Spans that wait for the collector at most; what comes on top is dropped and counted.
pub(super) const MAX_QUEUED: i64 = 2_048;
const BATCH: usize = 512;

/// Takes finished spans. Never blocks.
#[derive(Debug)]
pub(super) struct Pipe {
    processor: BatchSpanProcessor,
    counts: SpanCounts,
    closed: AtomicBool,
    clock: Arc<dyn Clock>,
    conventions: Conventions,
}

impl Pipe {
    /// Starts the exporting thread. Spans wait for `delay` or until a batch is full.
    pub(super) fn new<E: SpanExporter + 'static>(
        exporter: E,
        resource: &Resource,
        delay: Duration,
        clock: Arc<dyn Clock>,
        counts: SpanCounts,
    ) -> Self {
        let counting = Counting {
            inner: exporter,
            counts: counts.clone(),
            failing: AtomicBool::new(false),
        };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(MAX_QUEUED.unsigned_abs().try_into().unwrap_or(usize::MAX))
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(delay)
            .build();
        let mut processor = BatchSpanProcessor::new(counting, config);
        processor.set_resource(resource);
        Self {
            processor,
            counts,
            closed: AtomicBool::new(false),
            clock,
            conventions: Conventions::default(),
        }
    }

    /// Spans follow these conventions.
    pub(super) const fn following(mut self, conventions: Conventions) -> Self {
        self.conventions = conventions;
        self
    }

    pub(super) const fn conventions(&self) -> Conventions {
        self.conventions
    }

    pub(super) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.clock.now().as_micros())
    }

    /// Queues a span, or drops and counts it.
    pub(super) fn push(&self, span: SpanData) {
        // The processor's own queue drops without telling; this count is never below its length.
        let waiting = self.counts.waiting.inc();
        if waiting >= MAX_QUEUED || self.closed.load(Ordering::Acquire) {
            self.counts.waiting.dec();
            self.counts.dropped.inc();
            return;
        }
        self.processor.on_end(span);
    }

    /// Sends what waits, for at most `wait`. Says whether all of it was sent or given up in that time.
    pub(super) fn close(&self, wait: Duration) -> bool {
        if self.closed.swap(true, Ordering::AcqRel) {
            return true;
        }
        self.processor.shutdown_with_timeout(wait).is_ok()
    }
}

/// Counts what an exporter takes off the queue and what it fails to send.
#[derive(Debug)]
struct Counting<E> {
    inner: E,
    counts: SpanCounts,
    failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Counting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let taken = i64::try_from(spans).unwrap_or(i64::MAX);
        self.counts.waiting.dec_by(taken);
        let result = self.inner.export(batch).await;
        if result.is_err() {
            self.counts
                .dropped
                .inc_by(u64::try_from(spans).unwrap_or(u64::MAX));
        }
        // One line when it starts to fail and one when it works again, not one a batch.
        match (
            self.failing.swap(result.is_err(), Ordering::AcqRel),
            &result,
        ) {
            (false, Err(error)) => tracing::warn!(
                %error,
                "The OTLP collector does not take spans; they are dropped and counted until it does."
            ),
            (true, Ok(())) => tracing::info!("The OTLP collector takes spans again."),
            (false, Ok(())) | (true, Err(_)) => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
