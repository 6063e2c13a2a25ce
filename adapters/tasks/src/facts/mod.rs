//! What governance needs of a request, read without building a tree. Unknown members pass.

mod form;
mod invoke;
mod json;

use marshal_adapter_api::{Malformed, Named};
use marshal_types::{Surface, SurfaceKind};

use crate::content::{Content, TaskFacts};

pub(crate) use json::models;

/// Reads what is asked.
///
/// # Errors
/// When a member that governance relies on has the wrong type, stands twice, or names another model than the address.
pub fn facts(
    surface: Surface,
    content: &Content<'_>,
    named: Named<'_>,
) -> Result<TaskFacts, Malformed> {
    match content {
        Content::Json(doc) => json::facts(surface, *doc, named),
        Content::Form(form) => form::facts(surface, form, named),
        Content::Empty if surface.kind() == SurfaceKind::Task => Err(Malformed {
            message: "The body is empty: send a request.".to_owned(),
            param: None,
        }),
        Content::Empty => Ok(TaskFacts {
            model: named.model.map(str::to_owned),
            stream: named.stream.unwrap_or(false),
            choices: 1,
            ..TaskFacts::default()
        }),
    }
}

/// A count of answers or pictures.
fn count(number: u64, path: &str) -> Result<u32, Malformed> {
    u32::try_from(number)
        .ok()
        .filter(|&count| count > 0)
        .ok_or_else(|| Malformed {
            message: format!("`{path}` must be a whole number from 1 up."),
            param: Some(path.to_owned()),
        })
}

/// The name of a model without the folder that Google puts before it.
pub(crate) fn bare(model: &str) -> &str {
    match model.rsplit_once("models/") {
        Some((_, bare)) => bare,
        None => model,
    }
}
