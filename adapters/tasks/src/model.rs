//! Putting the target's name of a model where the client's stood.

use bytes::Bytes;
use marshal_types::{Surface, SurfaceKind};
use marshal_wire::json::{Edits, Kind};
use marshal_wire::multipart;

use crate::content::Content;
use crate::facts::{bare, models};

/// The body with `model` in the place of the model's name, every other byte as it was; the body itself where that is
/// the name already, or where the address alone names the model. A door's request that names none gets one.
#[must_use]
pub fn set_model(surface: Surface, content: &Content<'_>, body: &Bytes, model: &str) -> Bytes {
    match content {
        Content::Json(doc) => {
            let mut edits = Edits::new();
            let root = doc.root();
            match surface {
                Surface::Invoke => {}
                Surface::EmbedContent | Surface::GeminiCountTokens => {
                    for node in models(*doc) {
                        let name = format!("models/{}", bare(model));
                        if doc.str(node).is_some_and(|old| old != name) {
                            edits.replace_str(*doc, node, &name);
                        }
                    }
                }
                _ => match doc.get(root, "model") {
                    Some(node) if doc.str(node).is_some_and(|old| old == model) => {}
                    Some(node) => edits.replace_str(*doc, node, model),
                    None if surface.kind() == SurfaceKind::Task
                        && doc.kind(root) == Kind::Object =>
                    {
                        let name = marshal_adapter_api::Json::string(model);
                        edits.insert_member(*doc, root, "model", name.as_str().as_bytes());
                    }
                    None => {}
                },
            }
            if edits.is_empty() {
                body.clone()
            } else {
                edits.apply(body).into()
            }
        }
        Content::Form(form) => in_form(surface, form, model),
        Content::Empty => body.clone(),
    }
}

fn in_form(surface: Surface, form: &multipart::Multipart, model: &str) -> Bytes {
    let mut edits = multipart::Edits::new();
    let found = form.named("model").next();
    let done = match found {
        Some((_, part)) if form.text(part) == Some(model) => Ok(()),
        Some((number, _)) => edits.replace_value(form, number, model),
        None if surface.kind() == SurfaceKind::Task => edits.insert_field(form, "model", model),
        None => Ok(()),
    };
    // A model's name that holds this form's boundary: the provider would refuse a form cut by it, and so do we.
    if done.is_err() {
        return Bytes::new();
    }
    edits.apply(form)
}
