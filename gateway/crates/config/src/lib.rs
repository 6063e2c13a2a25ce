//! The file format: marshal.yaml, limits.yaml and audit.yaml, checked whole.
