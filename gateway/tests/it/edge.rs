//! What stands between a stranger's bytes and the pipeline: HTTP in every form that clients speak is served, every
//! form that two readers could understand differently is refused, and both are on record.

mod http;
mod providers;
mod slow;
mod smuggling;
mod tls;
pub(crate) mod wire;
