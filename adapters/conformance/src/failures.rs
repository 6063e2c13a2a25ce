//! The check of errors.

use marshal_adapter_api::ProviderErrorKind;

use crate::recording::Recording;
use crate::spoken::all;

/// An error is understood, by the reader of its dialect and, where none is, by every one: its kind fits the
/// status, and its words are kept for the record.
///
/// # Errors
/// What was misunderstood.
pub fn errors(
    recording: &Recording,
    adapter: Option<&dyn marshal_adapter_api::Adapter>,
) -> Result<(), String> {
    match adapter {
        Some(adapter) => understood(recording, adapter),
        None => all().try_for_each(|(dialect, adapter)| {
            understood(recording, adapter).map_err(|why| format!("{dialect}: {why}"))
        }),
    }
}

fn understood(
    recording: &Recording,
    adapter: &dyn marshal_adapter_api::Adapter,
) -> Result<(), String> {
    let answer = recording.answer().unwrap_or_default();
    let error = adapter.decode_error(recording.status, &answer);
    if !fits(recording.status, error.kind) {
        return Err(format!(
            "status {} was read as {:?}",
            recording.status, error.kind
        ));
    }
    if error.message.is_empty() && !answer.trim_ascii().is_empty() {
        return Err("the provider's words were not kept".to_owned());
    }
    Ok(())
}

/// What a status allows: a body may say more than its status, not something else.
const fn fits(status: u16, kind: ProviderErrorKind) -> bool {
    use ProviderErrorKind::{
        Credential, InvalidRequest, NotFound, Overloaded, RateLimited, Server, Timeout, TooLarge,
    };
    match status {
        401..=403 => matches!(kind, Credential | RateLimited),
        404 => matches!(kind, NotFound),
        408 | 504 => matches!(kind, Timeout),
        413 => matches!(kind, TooLarge | RateLimited), // Groq's word for a minute's tokens in one request
        // Amazon: the model failed, or was not ready.
        424 => matches!(kind, Server | InvalidRequest | Overloaded),
        429 => matches!(kind, RateLimited | Overloaded),
        503 | 529 => matches!(kind, Overloaded | RateLimited | Server),
        400..=499 => true,
        _ => !matches!(kind, InvalidRequest),
    }
}
