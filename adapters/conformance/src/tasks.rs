//! The checks of what is forwarded verbatim: questions that are no conversations, and passed-through calls.

use bytes::Bytes;
use marshal_adapter_api::Named;
use marshal_tasks::Content;
use marshal_types::{Dialect, Surface, SurfaceKind, Units};
use marshal_wire::json::{Index, Limits};
use marshal_wire::multipart::{Multipart, boundary};
use serde_json::Value;

use crate::compare::differences;
use crate::plain::{plain, split};
use crate::recording::Recording;
use crate::route::Task;
use crate::streams::cut_anywhere;

/// What could be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Something was.
    Something,
    /// There was neither a body nor an answer.
    Nothing,
}

/// Governance can read the request and the answer's usage, changing the model changes nothing else, and a stream is
/// cut anywhere. Without a task, the call is one that is passed through.
///
/// # Errors
/// What is wrong.
pub fn verbatim(recording: &Recording, task: Option<&Task>) -> Result<Checked, String> {
    let surface = task.map_or(Surface::Passthrough, |task| task.surface);
    let asked = asked(recording, task, surface).map_err(|why| format!("request: {why}"))?;
    let Some(answer) = recording.answer() else {
        return Ok(asked);
    };
    if recording.stream && recording.went_well() {
        cut_anywhere(recording).map_err(|why| format!("cut: {why}"))?;
        watched(recording, surface, &answer)?;
    } else {
        told(recording, task, surface, &answer).map_err(|why| format!("answer: {why}"))?;
    }
    Ok(Checked::Something)
}

fn asked(recording: &Recording, task: Option<&Task>, surface: Surface) -> Result<Checked, String> {
    let named = Named {
        model: task.and_then(|task| task.model.as_deref()),
        stream: None,
    };
    if let Some(raw) = recording.raw_request() {
        return form(recording, surface, raw, named);
    }
    if !(recording.request_body.is_object() || recording.request_body.is_array()) {
        return Ok(Checked::Nothing);
    }
    let body = Bytes::from(recording.request_body.to_string());
    let index = Index::parse(&body, &Limits::default()).map_err(|error| error.to_string())?;
    let content = Content::Json(index.doc(&body));
    match marshal_tasks::facts(surface, &content, named) {
        Ok(facts) => {
            let said = recording.request_body["model"].as_str();
            if surface.kind() == SurfaceKind::Task
                && let Some(said) = said
                && named.model.is_none()
                && facts.model.as_deref() != Some(said)
            {
                return Err(format!("facts read model {:?}", facts.model));
            }
        }
        // The provider refused it, too.
        Err(_) if (400..500).contains(&recording.status) => return Ok(Checked::Something),
        Err(error) => return Err(error.message),
    }
    if surface.kind() != SurfaceKind::Task {
        return Ok(Checked::Something);
    }
    let changed = marshal_tasks::set_model(surface, &content, &body, "another-model");
    let changed: Value = serde_json::from_slice(&changed).map_err(|error| error.to_string())?;
    let other = differences(&recording.request_body, &changed)
        .into_iter()
        .find(|path| !path.ends_with("model"));
    match other {
        Some(path) => Err(format!("setting the model changed {path}")),
        None => Ok(Checked::Something),
    }
}

/// A form is read where the recorder kept it whole.
fn form(
    recording: &Recording,
    surface: Surface,
    raw: Vec<u8>,
    named: Named<'_>,
) -> Result<Checked, String> {
    let media = recording.request_headers["content-type"]
        .as_str()
        .unwrap_or_default();
    let body = Bytes::from(raw);
    let Some(form) = boundary(media).and_then(|boundary| Multipart::parse(&body, &boundary).ok())
    else {
        return Ok(Checked::Nothing);
    };
    let content = Content::Form(&form);
    let facts = match marshal_tasks::facts(surface, &content, named) {
        Ok(facts) => facts,
        Err(_) if recording.status >= 400 => return Ok(Checked::Something),
        Err(error) => return Err(error.message),
    };
    let model = facts.model.unwrap_or_default();
    if !model.is_empty() && marshal_tasks::set_model(surface, &content, &body, &model) != body {
        return Err("setting the same model changed bytes".to_owned());
    }
    Ok(Checked::Something)
}

/// A whole answer: what is JSON can be looked into, and usage is found where there is any.
fn told(
    recording: &Recording,
    task: Option<&Task>,
    surface: Surface,
    answer: &[u8],
) -> Result<(), String> {
    let Ok(value) = serde_json::from_slice::<Value>(answer) else {
        return Ok(());
    };
    let index = Index::parse(answer, &Limits::default()).map_err(|error| error.to_string())?;
    marshal_tasks::answer_texts(surface, index.doc(answer), &mut Vec::new());
    if !recording.went_well() {
        return Ok(());
    }
    let media = recording.response_headers["content-type"]
        .as_str()
        .unwrap_or_default();
    let dialect = task.map_or(Dialect::OpenAi, |task| task.dialect);
    let meta = marshal_tasks::meta(surface, dialect, media, answer, Units::default());
    if states_usage(&value) && meta.usage.is_none() {
        return Err("its usage was not found".to_owned());
    }
    Ok(())
}

/// A stream: usage is found where an event states it.
fn watched(recording: &Recording, surface: Surface, answer: &[u8]) -> Result<(), String> {
    let events = split(recording.framing(), std::iter::once(answer))?;
    let mut tap = marshal_tasks::stream_tap(surface);
    events.iter().for_each(|event| tap.observe(event));
    let stated = plain(&events).iter().any(|event| states_usage(&event.data));
    if surface.kind() == SurfaceKind::Task && stated && tap.meta().usage.is_none() {
        return Err("tap: the stream's usage was not found".to_owned());
    }
    Ok(())
}

/// True where `usage` counts tokens.
fn states_usage(answer: &Value) -> bool {
    let counts = |(name, value): (&String, &Value)| {
        name.to_ascii_lowercase().contains("tokens")
            && value.as_u64().is_some_and(|count| count > 0)
    };
    answer["usage"]
        .as_object()
        .is_some_and(|usage| usage.iter().any(counts))
}
