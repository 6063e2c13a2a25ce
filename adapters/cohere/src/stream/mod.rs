//! Streams: read into canonical events and written from them.

mod blocks;
mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;

/// Where an event's words are: `delta.message`.
pub(crate) fn delta_message(
    doc: marshal_wire::json::Doc<'_>,
) -> Option<marshal_wire::json::NodeId> {
    doc.get(doc.get(doc.root(), "delta")?, "message")
}

/// The one tool call of an event; a list of one means the same.
pub(crate) fn call_of(
    doc: marshal_wire::json::Doc<'_>,
    message: marshal_wire::json::NodeId,
) -> Option<marshal_wire::json::NodeId> {
    let node = doc.get(message, "tool_calls")?;
    match doc.kind(node) {
        marshal_wire::json::Kind::Array => doc.at(node, 0),
        _ => Some(node),
    }
}

/// The `index` of an event.
pub(crate) fn index_of(doc: marshal_wire::json::Doc<'_>) -> u32 {
    doc.get(doc.root(), "index")
        .and_then(|node| doc.u64(node))
        .and_then(|index| u32::try_from(index).ok())
        .unwrap_or(0)
}
