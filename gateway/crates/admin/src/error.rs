//! What the admin interface answers when it does not do what was asked.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use marshal_state::StateError;
use marshal_types::Code;

/// A refusal or a failure, with a sentence for the person at the other end.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// The request is not acceptable.
    #[error("{0}")]
    Invalid(String),
    /// Nobody is signed in.
    #[error("{1}")]
    Unauthenticated(Code, String),
    /// Whoever asks may not.
    #[error("{0}")]
    Forbidden(String),
    /// The audit trail did not take the record of a change.
    #[error("{0}")]
    Unrecorded(String),
    /// Marshal itself failed.
    #[error("{0}")]
    Failed(String),
}

impl AdminError {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated(..) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Unrecorded(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code in the body.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Invalid(_) => Code::InvalidRequest.as_str(),
            Self::Unauthenticated(code, _) => code.as_str(),
            Self::Forbidden(_) => Code::AccessDenied.as_str(),
            Self::Unrecorded(_) => Code::AuditUnavailable.as_str(),
            Self::Failed(_) => Code::Internal.as_str(),
        }
    }
}

impl From<StateError> for AdminError {
    fn from(error: StateError) -> Self {
        let message = error.to_string();
        match error {
            StateError::Invalid { .. } => Self::Invalid(message),
            StateError::NoSuchKey { .. } => Self::NotFound(message),
            StateError::Io { .. } | StateError::Damaged { .. } => Self::Failed(message),
        }
    }
}

/// `{"error": {"code", "message"}}`
impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "error": { "code": self.code(), "message": self.to_string() }
        });
        let mut response = (self.status(), Json(body)).into_response();
        if self.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                axum::http::header::WWW_AUTHENTICATE,
                axum::http::HeaderValue::from_static("Bearer realm=\"marshal\""),
            );
        }
        response
    }
}
