//! The edge: process, listeners, TLS and HTTP in and out. The only crate that names pingora.
//!
//! pingora owns the process (signals, listener hand-over, threads), hyper speaks HTTP/1 and HTTP/2, and
//! whatever is behind [`Serve`] answers. The edge knows no step of the pipeline. On its own account it
//! only refuses what is not well-formed HTTP/1: see [`gate`].

mod app;
mod drain;
mod error;
pub mod gate;
mod server;
mod tls;

pub use app::{Arrived, Connections, Limits, Serve, WhenStopping};
pub use drain::Drain;
pub use error::EdgeError;
pub use hyper::body::Incoming;
pub use server::{Background, Listen, Options, Takeover, TlsFiles, ensure_free, run};
