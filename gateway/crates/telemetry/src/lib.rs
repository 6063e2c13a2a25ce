//! Logs, metrics and traces, from a typed allow list of attributes.
