//! Logs, metrics and traces, from a typed allow list of attributes.
//!
//! Telemetry may drop, audit may not: nothing here blocks a call, fails a call or grows without bound,
//! and nothing here can hold what a client or a model wrote.

mod logs;
pub mod metrics;
pub mod names;
mod operation;
mod outcome;
mod route;
pub mod trace;

pub use logs::{LOG_ENV, LogError, LogFormat, LogLevel, LogOptions, init_logs};
pub use metrics::{
    ExportMetrics, Metrics, Ongoing, OperationMetrics, Part, PolicyReload, ShadowResult,
    TargetMetrics,
};
pub use operation::Operation;
pub use outcome::{AttemptOutcome, CallOutcome, ProviderFault};
pub use route::route;
pub use trace::{
    AttemptSpan, Attribute, CallSpan, Link, OtlpProtocol, TraceContext, TraceError, TraceId,
    TraceOptions, Tracer,
};
