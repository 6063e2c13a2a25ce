//! Traces: W3C trace context in and out, one server span a call, one client span an attempt, sent by OTLP
//! over HTTP or gRPC to a collector if there is one.
//!
//! A collector that is slow or down costs spans, which are counted, and never a call its time.

mod attribute;
mod collector;
mod context;
mod endpoint;
mod export;
mod ids;
mod otlp_grpc;
mod recording;
mod span;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_names;
mod tracer;

pub use attribute::Attribute;
pub use context::{TraceContext, TraceId};
pub use span::{AttemptSpan, CallSpan, Link};
pub use tracer::{OtlpProtocol, TraceError, TraceOptions, Tracer};
