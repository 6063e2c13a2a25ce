//! Looking a member up without ceremony.

use marshal_wire::json::{Doc, Kind, NodeId};

/// The value at the end of `way`, one member name after the other; `null` is absent.
pub(crate) fn at(doc: Doc<'_>, from: NodeId, way: &[&str]) -> Option<NodeId> {
    let mut node = from;
    for name in way {
        node = doc.get(node, name)?;
    }
    (doc.kind(node) != Kind::Null).then_some(node)
}

/// A whole number at the end of `way`.
pub(crate) fn number(doc: Doc<'_>, from: NodeId, way: &[&str]) -> Option<u64> {
    doc.u64(at(doc, from, way)?)
}

/// A text at the end of `way` that says something.
pub(crate) fn text(doc: Doc<'_>, from: NodeId, way: &[&str]) -> Option<String> {
    let text = doc.str(at(doc, from, way)?)?;
    (!text.is_empty()).then(|| text.into_owned())
}

/// The items of an array at the end of `way`; none where there is no array.
pub(crate) fn items<'a>(
    doc: Doc<'a>,
    from: NodeId,
    way: &[&str],
) -> impl Iterator<Item = NodeId> + use<'a> {
    at(doc, from, way)
        .filter(|&node| doc.kind(node) == Kind::Array)
        .into_iter()
        .flat_map(move |node| doc.children(node))
}

/// A length of time in seconds, written as any number, in whole thousandths rounded up.
pub(crate) fn milliseconds(doc: Doc<'_>, from: NodeId, way: &[&str]) -> Option<u64> {
    let seconds = doc.f64(at(doc, from, way)?)?;
    thousandths(seconds)
}

/// Seconds in thousandths, rounded up; none for what is no length of time.
pub(crate) fn thousandths(seconds: f64) -> Option<u64> {
    const LONGEST: f64 = 1e9;
    if !(0.0..=LONGEST).contains(&seconds) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 10^12, and whole"
    )]
    Some((seconds * 1_000.0).ceil() as u64)
}
