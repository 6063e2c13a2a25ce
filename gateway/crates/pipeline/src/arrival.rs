//! What comes in from the edge.

use std::error::Error;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use marshal_types::Refusal;

/// Any error of a body.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A request's body, not read yet.
pub type RequestBody = UnsyncBoxBody<Bytes, BoxError>;

/// A request as it came in.
#[derive(Debug)]
pub struct Arrival {
    /// The request.
    pub request: http::Request<RequestBody>,
    /// Set if the edge already knows that the call cannot be served.
    pub refused: Option<Refusal>,
}
