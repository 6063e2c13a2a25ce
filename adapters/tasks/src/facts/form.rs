//! Facts of forms: pictures to edit, sounds to write down, files to keep.

use marshal_adapter_api::{Malformed, Named};
use marshal_types::{Surface, SurfaceKind, Units};
use marshal_wire::multipart::Multipart;

use super::count;
use crate::content::{Inspectable, TaskFacts};
use crate::form::file_kind;
use crate::sound;

pub(super) fn facts(
    surface: Surface,
    form: &Multipart,
    named: Named<'_>,
) -> Result<TaskFacts, Malformed> {
    let takes_forms = matches!(surface, Surface::Transcriptions | Surface::ImageEdits);
    if surface.kind() != SurfaceKind::Object && !takes_forms {
        return Err(Malformed {
            message: "This endpoint takes JSON, no form.".to_owned(),
            param: None,
        });
    }
    let model = field(form, "model")?.filter(|model| !model.is_empty());
    let unread = form
        .parts()
        .iter()
        .filter_map(|part| file_kind(form, part).unread())
        .collect();
    let choices = match field(form, "n")? {
        Some(n) => count(n.parse().unwrap_or(0), "n")?,
        None => 1,
    };
    // What a file is for decides what is asked of it.
    field(form, "purpose")?;
    let makes_images = surface == Surface::ImageEdits;
    Ok(TaskFacts {
        model: model.or(named.model).map(str::to_owned),
        stream: flag(field(form, "stream")?)?
            .or(named.stream)
            .unwrap_or(false),
        max_output: None,
        choices,
        units: Units {
            images: if makes_images { u64::from(choices) } else { 0 },
            audio_ms: if surface == Surface::Transcriptions {
                heard(form)
            } else {
                0
            },
            ..Units::default()
        },
        inspectable: Inspectable::of(unread),
    })
}

/// A field that may stand once: of two, a provider could take the other one.
fn field<'a>(form: &'a Multipart, name: &'static str) -> Result<Option<&'a str>, Malformed> {
    let wrong = |says: &str| Malformed {
        message: format!("`{name}` {says}."),
        param: Some(name.to_owned()),
    };
    let mut found = form.named(name);
    let Some((_, part)) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(wrong("stands twice in the form; send it once"));
    }
    match form.text(part) {
        Some(text) if !part.is_file() => Ok(Some(text)),
        _ => Err(wrong("must be a field with a text")),
    }
}

fn flag(text: Option<&str>) -> Result<Option<bool>, Malformed> {
    match text.map(str::to_ascii_lowercase).as_deref() {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0" | "") => Ok(Some(false)),
        Some(_) => Err(Malformed {
            message: "`stream` must be true or false.".to_owned(),
            param: Some("stream".to_owned()),
        }),
    }
}

fn heard(form: &Multipart) -> u64 {
    let files = form.parts().iter().filter(|part| part.is_file());
    files
        .map(|part| sound::milliseconds(&form.value(part)))
        .fold(0, u64::saturating_add)
}
