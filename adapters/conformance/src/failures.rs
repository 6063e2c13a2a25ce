//! The check of errors.

use marshal_adapter_api::{ChatEvent, ProviderErrorKind, public_sentence};
use marshal_types::{CallId, Code, Refusal};
use marshal_wire::envelope::{error_body, error_event, status};

use crate::plain::split;
use crate::recording::Recording;
use crate::spoken::all;

/// Any call; errors name theirs.
const CALL: &str = "01934d2e-7a4b-7c3d-8e5f-000000000001";

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
    served(error.kind)
}

/// The error, written for the clients of each dialect, is of the same class there: whole, and as a stream's last word.
fn served(kind: ProviderErrorKind) -> Result<(), String> {
    let code = kind.code();
    let failure = Refusal::new(code, public_sentence(kind));
    let call: CallId = CALL.parse().map_err(|_| "no call id".to_owned())?;
    for (dialect, adapter) in all() {
        let read = adapter.decode_error(status(code), &error_body(dialect, &failure, &call));
        // That the gateway's own credential was refused is no business of the client's.
        let same = read.kind.code() == code
            || code == Code::UpstreamCredential && read.kind == ProviderErrorKind::Server;
        if !same || !read.message.contains(public_sentence(kind)) {
            return Err(format!("{dialect}: {kind:?} was served as {read:?}"));
        }
        let framing = adapter.framing();
        let event = error_event(dialect, framing, &failure, &call);
        let (mut decoder, mut out) = (adapter.stream_decoder(), Vec::new());
        for event in split(framing, std::iter::once(event.as_slice()))? {
            let read = decoder.event(&event, &mut out);
            read.map_err(|error| error.message)?;
        }
        if !matches!(out.last(), Some(ChatEvent::Error(_))) {
            return Err(format!("{dialect}: {kind:?} did not end a stream: {out:?}"));
        }
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
