//! The checks of requests and of whole answers.

use marshal_adapter_api::{Adapter, ChatResponse};
use marshal_types::Dialect;
use marshal_wire::json::{Edits, Index, Limits};
use serde_json::Value;

use crate::carried::answer_carried;
use crate::compare::differences;
use crate::recording::Recording;
use crate::reviewed::Reviewed;
use crate::route::Chat;
use crate::said::Said;
use crate::spoken::{Holds, all, holds};

/// What a check of a conversation needs.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// What was recorded.
    pub recording: &'a Recording,
    /// Where it belongs.
    pub chat: &'a Chat,
    /// Who speaks its dialect.
    pub adapter: &'static dyn Adapter,
}

impl Exchange<'_> {
    /// The dialect of the exchange.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.chat.dialect
    }
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let not_json = |error: &dyn std::fmt::Display| format!("what was written is not JSON: {error}");
    // Stricter than the reader below: no key twice.
    Index::parse(bytes, &Limits::default()).map_err(|error| not_json(&error))?;
    serde_json::from_slice(bytes).map_err(|error| not_json(&error))
}

/// Governance understands the request, and changing its model changes nothing else.
///
/// # Errors
/// What is wrong.
pub fn facts_and_edit(exchange: Exchange<'_>) -> Result<(), String> {
    let Exchange {
        recording,
        chat,
        adapter,
    } = exchange;
    let Some(body) = recording.request() else {
        return Ok(());
    };
    let index = Index::parse(&body, &Limits::default()).map_err(|error| error.to_string())?;
    let doc = index.doc(&body);
    let facts = adapter
        .facts(doc, chat.named())
        .map_err(|error| error.message)?;
    if chat.wanted_model(recording) != Some(facts.model.as_str()) {
        return Err(format!("facts read model {:?}", facts.model));
    }
    if chat.wants_stream(recording) != facts.stream {
        return Err("facts read `stream` wrongly".to_owned());
    }
    let changed = |name: &str| {
        let mut edits = Edits::new();
        adapter.set_model(doc, name, &mut edits);
        edits.apply(&body)
    };
    if changed(&facts.model) != body && recording.request_body["model"] == facts.model.as_str() {
        return Err("setting the same model changed bytes".to_owned());
    }
    let mut wanted = recording.request_body.clone();
    if recording.request_body["model"].is_string() {
        wanted["model"] = Value::from("another/model \"x\"");
    }
    let written = parse(&changed("another/model \"x\""))?;
    // Where the address names the model, a body's word for it means nothing.
    if written == wanted || chat.model.is_some() && written == recording.request_body {
        Ok(())
    } else {
        Err("setting the model changed something else".to_owned())
    }
}

/// A request read and written in its own dialect is the same value.
///
/// # Errors
/// The differences that are not reviewed.
pub fn request_round_trip(exchange: Exchange<'_>, reviewed: &Reviewed) -> Result<(), String> {
    let Exchange {
        recording,
        chat,
        adapter,
    } = exchange;
    let Some(body) = recording.request() else {
        return Ok(());
    };
    let request = adapter
        .decode_request(&body, chat.named())
        .map_err(|error| error.message)?;
    let encoded = adapter
        .encode_request(&request, &request.model, 4_096)
        .map_err(|error| error.message)?;
    if !encoded.dropped.is_empty() {
        return Err(format!("dropped {:?}", encoded.dropped));
    }
    let mut written = parse(&encoded.body)?;
    // What the address says is not the body's to repeat.
    if let Some(members) = written.as_object_mut() {
        for (name, said) in [
            ("model", chat.model.is_some()),
            ("stream", chat.stream.is_some()),
        ] {
            if said && recording.request_body.get(name).is_none() {
                members.remove(name);
            }
        }
    }
    let found = differences(&recording.request_body, &written);
    unreviewed("request", recording, reviewed, &found)
}

/// An answer read and written in its own dialect is the same value.
///
/// # Errors
/// The differences that are not reviewed.
pub fn response_round_trip(exchange: Exchange<'_>, reviewed: &Reviewed) -> Result<(), String> {
    let Exchange {
        recording, adapter, ..
    } = exchange;
    let Some(answer) = recording.answer() else {
        return Ok(());
    };
    let response = adapter
        .decode_response(&answer)
        .map_err(|error| error.message)?;
    let value = parse(&answer)?;
    let wanted = Said::of_answer(exchange.dialect(), &value);
    Said::of_canonical(&response)
        .says(&wanted, Holds::ALL)
        .map_err(|why| format!("read: {why}"))?;
    let index = Index::parse(&answer, &Limits::default()).map_err(|error| error.to_string())?;
    let meta = adapter.meta(index.doc(&answer));
    let counted = meta
        .usage
        .map(|usage| (usage.input.0, usage.output.0, usage.cache_read.0));
    if counted.unwrap_or_default() != wanted.usage.unwrap_or_default() {
        return Err(format!("meta counted {counted:?}, not {:?}", wanted.usage));
    }
    if meta.output_chars == 0 && !wanted.text.is_empty() {
        return Err("meta saw no text".to_owned());
    }
    let encoded = adapter.encode_response(&response);
    if !encoded.dropped.is_empty() {
        return Err(format!("dropped {:?}", encoded.dropped));
    }
    let found = differences(&value, &parse(&encoded.body)?);
    unreviewed("response", recording, reviewed, &found)
}

/// A whole answer served in every other dialect says the same.
///
/// # Errors
/// What is said otherwise, and where.
pub fn across(exchange: Exchange<'_>) -> Result<(), String> {
    let Some(answer) = exchange.recording.answer() else {
        return Ok(());
    };
    let response = exchange
        .adapter
        .decode_response(&answer)
        .map_err(|error| error.message)?;
    let wanted = Said::of_answer(exchange.dialect(), &parse(&answer)?);
    served(&response, &wanted, exchange.dialect())
}

/// The answer, written whole in every dialect but `not`, says what is wanted.
pub(crate) fn served(response: &ChatResponse, wanted: &Said, not: Dialect) -> Result<(), String> {
    for (to, adapter) in all().filter(|(to, _)| *to != not) {
        let encoded = adapter.encode_response(response);
        let written = parse(&encoded.body)?;
        Said::of_answer(to, &written)
            .says(wanted, holds(to))
            .map_err(|why| format!("{to}: {why}"))?;
        answer_carried(response, &written, &encoded.dropped)
            .map_err(|why| format!("{to}: {why}"))?;
        let again = adapter
            .decode_response(&encoded.body)
            .map_err(|error| format!("{to}: its own reader refuses it: {}", error.message))?;
        Said::of_canonical(&again)
            .says(wanted, holds(to))
            .map_err(|why| format!("{to}, read again: {why}"))?;
        let own = adapter.encode_response(&again);
        let found = differences(&written, &parse(&own.body)?);
        if !(found.is_empty() && own.dropped.is_empty()) {
            let dropped = &own.dropped;
            return Err(format!(
                "{to}: written again it differs at {found:?}, reports {dropped:?}"
            ));
        }
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
