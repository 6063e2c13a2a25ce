//! Listeners, TLS, HTTP in and out: the only crate that names pingora.
