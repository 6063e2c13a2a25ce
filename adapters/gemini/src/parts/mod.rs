//! The parts of a turn, read and written.

mod decode;
mod foreign;
mod media;
mod own;

use marshal_adapter_api::{Extra, Malformed, Part};
use marshal_wire::json::{Doc, NodeId};

pub(crate) use foreign::{call, data, text, thought};
pub(crate) use own::content as own_content;

use crate::aside;
use crate::ids::Calls;
use crate::reader::{Reader, items};

/// A turn as it is read: who speaks is for the caller to understand.
pub(crate) struct Content {
    /// The role's word, where there is one.
    pub(crate) role: Option<String>,
    /// What is said.
    pub(crate) parts: Vec<Part>,
    /// Everything else.
    pub(crate) extra: Extra,
}

/// Reads `{"role", "parts"}`.
pub(crate) fn content(doc: Doc<'_>, node: NodeId, calls: &mut Calls) -> Result<Content, Malformed> {
    let mut reader = Reader::new(doc, node)?;
    let role = reader.text("role");
    let list = reader.list("parts")?;
    let parts = list
        .into_iter()
        .flat_map(|list| items(doc, list))
        .map(|part| decode::part(doc, part, calls))
        .collect::<Result<_, _>>()?;
    let mut extra = reader.rest();
    match list {
        None => aside::keep(&mut extra, "parts", "absent"),
        Some(list) if doc.kind(list) == marshal_wire::json::Kind::Object => {
            aside::keep(&mut extra, "parts", "one");
        }
        Some(_) => {}
    }
    Ok(Content { role, parts, extra })
}
