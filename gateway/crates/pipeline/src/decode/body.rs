//! Reads a body whole, within bounds of size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use marshal_types::{Code, Refusal, Surface, SurfaceKind};

use crate::RequestBody;

/// What a body says it is.
pub(super) enum Media {
    /// JSON, or nothing is said.
    Json,
    /// A form, with its boundary.
    Form(String),
    /// Bytes that no detector can read.
    Unread,
}

/// Whether a body is plain text, which detectors read whatever its sender calls it.
pub(crate) fn is_text(body: &[u8]) -> bool {
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    std::str::from_utf8(body).is_ok_and(|text| !text.contains(control))
}

/// Refuses from the head alone what could not be governed: too large, compressed, of a kind that the door does not take.
pub(super) fn check_head(
    headers: &http::HeaderMap,
    surface: Surface,
    max: usize,
) -> Result<Media, Refusal> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    if text(CONTENT_LENGTH)
        .and_then(|length| length.parse::<u64>().ok())
        .is_some_and(|length| length > max as u64)
    {
        return Err(too_large(max));
    }
    if text(CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(Refusal::new(
            Code::UnsupportedMediaType,
            "Send the body uncompressed: it has to be inspected.",
        ));
    }
    let Some(media) = headers.get(CONTENT_TYPE) else {
        return Ok(Media::Json);
    };
    let media = media.to_str().unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json")
        || essence.to_ascii_lowercase().ends_with("+json")
    {
        return Ok(Media::Json);
    }
    if surface.kind() == SurfaceKind::Chat {
        return Err(Refusal::new(
            Code::UnsupportedMediaType,
            "Send JSON, with `content-type: application/json`.",
        ));
    }
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        return match marshal_wire::multipart::boundary(media) {
            Some(boundary) => Ok(Media::Form(boundary)),
            None => Err(Refusal::new(
                Code::UnsupportedMediaType,
                "The form's content type names no boundary; let the HTTP library write it.",
            )),
        };
    }
    if surface.kind() == SurfaceKind::Object {
        return Ok(Media::Unread);
    }
    Err(Refusal::new(
        Code::UnsupportedMediaType,
        "Send JSON, with `content-type: application/json`, or a form where the endpoint takes files.",
    ))
}

/// Reads the body.
pub(crate) async fn read(
    body: RequestBody,
    max: usize,
    within: Duration,
) -> Result<Bytes, Refusal> {
    tokio::time::timeout(within, collect(body, max))
        .await
        .unwrap_or_else(|_| {
            Err(Refusal::new(
                Code::RequestTimeout,
                "The request's body did not arrive in time; send it faster.",
            ))
        })
}

async fn collect(mut body: RequestBody, max: usize) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let message = "The request's body broke off, or its framing is wrong; send it again.";
            Refusal::new(Code::BodyIncomplete, message).detail(error.to_string())
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > max {
            return Err(too_large(max));
        }
        if first.is_empty() && all.is_empty() {
            // Most bodies come in one piece, and need no copy.
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

fn too_large(max: usize) -> Refusal {
    let message = format!(
        "The request's body is larger than the {max} bytes that this gateway accepts (limits.max_body_bytes)."
    );
    Refusal::new(Code::BodyTooLarge, message)
}
