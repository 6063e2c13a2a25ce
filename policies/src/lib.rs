//! Policy as files: access, compliance, data classes, redaction and restoration.
