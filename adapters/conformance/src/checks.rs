//! The checks of requests, whole answers and errors.

use marshal_adapter_api::Adapter;
use marshal_adapter_api::ProviderErrorKind;
use marshal_anthropic::Anthropic;
use marshal_openai::OpenAi;
use marshal_types::Dialect;
use marshal_wire::json::{Edits, Index, Limits};
use serde_json::Value;

use crate::compare::differences;
use crate::recording::Recording;
use crate::reviewed::Reviewed;
use crate::said::Said;

/// The adapter of a dialect.
pub(crate) fn adapter(dialect: Dialect) -> &'static dyn Adapter {
    match dialect {
        Dialect::OpenAi => &OpenAi,
        Dialect::Anthropic => &Anthropic,
    }
}

/// The dialect on the other side.
pub(crate) const fn other(dialect: Dialect) -> Dialect {
    match dialect {
        Dialect::OpenAi => Dialect::Anthropic,
        Dialect::Anthropic => Dialect::OpenAi,
    }
}

fn parse(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("what was written is not JSON: {error}"))
}

/// Governance understands the request, and changing its model changes nothing else.
///
/// # Errors
/// What is wrong.
pub fn facts_and_edit(recording: &Recording, dialect: Dialect) -> Result<(), String> {
    let Some(body) = recording.request() else {
        return Ok(());
    };
    let index = Index::parse(&body, &Limits::default()).map_err(|error| error.to_string())?;
    let doc = index.doc(&body);
    let adapter = adapter(dialect);
    let facts = adapter.facts(doc).map_err(|error| error.message)?;
    if recording.request_body["model"] != facts.model.as_str() {
        return Err(format!("facts read model {:?}", facts.model));
    }
    if recording.request_body["stream"].as_bool().unwrap_or(false) != facts.stream {
        return Err("facts read `stream` wrongly".to_owned());
    }
    let changed = |name: &str| {
        let mut edits = Edits::new();
        adapter.set_model(doc, name, &mut edits);
        edits.apply(&body)
    };
    if changed(&facts.model) != body {
        return Err("setting the same model changed bytes".to_owned());
    }
    let mut wanted = recording.request_body.clone();
    wanted["model"] = Value::from("another/model \"x\"");
    if parse(&changed("another/model \"x\""))? == wanted {
        Ok(())
    } else {
        Err("setting the model changed something else".to_owned())
    }
}

/// A request read and written in its own dialect is the same value.
///
/// # Errors
/// The differences that are not reviewed.
pub fn request_round_trip(
    recording: &Recording,
    dialect: Dialect,
    reviewed: &Reviewed,
) -> Result<(), String> {
    let Some(body) = recording.request() else {
        return Ok(());
    };
    let adapter = adapter(dialect);
    let request = adapter
        .decode_request(&body)
        .map_err(|error| error.message)?;
    let encoded = adapter
        .encode_request(&request, &request.model, 4_096)
        .map_err(|error| error.message)?;
    if !encoded.dropped.is_empty() {
        return Err(format!("dropped {:?}", encoded.dropped));
    }
    unreviewed(
        "request",
        recording,
        reviewed,
        &differences(&recording.request_body, &parse(&encoded.body)?),
    )
}

/// An answer read and written in its own dialect is the same value.
///
/// # Errors
/// The differences that are not reviewed.
pub fn response_round_trip(
    recording: &Recording,
    dialect: Dialect,
    reviewed: &Reviewed,
) -> Result<(), String> {
    let Some(answer) = recording.answer() else {
        return Ok(());
    };
    let adapter = adapter(dialect);
    let response = adapter
        .decode_response(answer.as_bytes())
        .map_err(|error| error.message)?;
    let value = parse(answer.as_bytes())?;
    let wanted = Said::of_answer(dialect, &value);
    let heard = Said::of_canonical(&response);
    if heard != wanted {
        return Err(format!("read {heard:?}, it says {wanted:?}"));
    }
    let index = Index::parse(answer.as_bytes(), &Limits::default()).map_err(|e| e.to_string())?;
    let meta = adapter.meta(index.doc(answer.as_bytes()));
    let counted = meta
        .usage
        .map(|usage| (usage.input.0, usage.output.0, usage.cache_read.0));
    if counted != wanted.usage {
        return Err(format!("meta counted {counted:?}, not {:?}", wanted.usage));
    }
    let encoded = adapter.encode_response(&response);
    if !encoded.dropped.is_empty() {
        return Err(format!("dropped {:?}", encoded.dropped));
    }
    unreviewed(
        "response",
        recording,
        reviewed,
        &differences(&value, &parse(&encoded.body)?),
    )
}

/// A whole answer served in the other dialect says the same.
///
/// # Errors
/// What is said otherwise.
pub fn across(recording: &Recording, dialect: Dialect) -> Result<(), String> {
    let Some(answer) = recording.answer() else {
        return Ok(());
    };
    let response = adapter(dialect)
        .decode_response(answer.as_bytes())
        .map_err(|error| error.message)?;
    let foreign = other(dialect);
    let encoded = adapter(foreign).encode_response(&response);
    let heard = Said::of_answer(foreign, &parse(&encoded.body)?);
    let mut wanted = Said::of_answer(dialect, &parse(answer.as_bytes())?);
    if foreign == Dialect::Anthropic {
        wanted = wanted.stated();
    }
    adapter(foreign)
        .decode_response(&encoded.body)
        .map_err(|error| format!("its own reader refuses it: {}", error.message))?;
    if heard == wanted {
        Ok(())
    } else {
        Err(format!("says {heard:?}, should say {wanted:?}"))
    }
}

/// An error is understood: its kind fits the status, and its words are kept for the record.
///
/// # Errors
/// What was misunderstood.
pub fn errors(recording: &Recording, dialect: Dialect) -> Result<(), String> {
    let answer = recording.answer().unwrap_or_default();
    let error = adapter(dialect).decode_error(recording.status, answer.as_bytes());
    let fits = match recording.status {
        401..=403 => error.kind == ProviderErrorKind::Credential,
        404 => error.kind == ProviderErrorKind::NotFound,
        429 => error.kind == ProviderErrorKind::RateLimited,
        400..=499 => true,
        _ => error.kind != ProviderErrorKind::InvalidRequest,
    };
    if !fits {
        return Err(format!(
            "status {} was read as {:?}",
            recording.status, error.kind
        ));
    }
    if error.message.is_empty() && !answer.trim().is_empty() {
        return Err("the provider's words were not kept".to_owned());
    }
    Ok(())
}

fn unreviewed(
    check: &str,
    recording: &Recording,
    reviewed: &Reviewed,
    differences: &[String],
) -> Result<(), String> {
    let left: Vec<&String> = differences
        .iter()
        .filter(|what| !reviewed.holds(check, &recording.api, what))
        .collect();
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!("differs at {left:?}"))
    }
}
