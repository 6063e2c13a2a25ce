//! An answer looked at in place: what it says of itself, and where its texts stand.

use marshal_adapter_api::{AnswerMeta, Channel, ChannelKind, TextAt};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::reader::{find, items, text, whole};
use crate::usage;
use crate::words::finish_word;

/// What an answer says about itself.
pub(crate) fn meta(doc: Doc<'_>) -> AnswerMeta {
    let root = doc.root();
    let mut meta = AnswerMeta {
        id: text(doc, root, "responseId"),
        model: text(doc, root, "modelVersion"),
        usage: usage::tokens(doc, root),
        ..AnswerMeta::default()
    };
    let candidates = find(doc, root, "candidates");
    for candidate in candidates.into_iter().flat_map(|list| items(doc, list)) {
        let word = find(doc, candidate, "finishReason").and_then(|node| finish_word(doc, node));
        meta.finish_reasons.extend(word);
    }
    if meta.finish_reasons.is_empty() {
        meta.finish_reasons.extend(block(doc).map(|(word, _)| word));
    }
    meta.finished = !meta.finish_reasons.is_empty();
    let mut found = Vec::new();
    texts(doc, &mut found);
    meta.output_chars = found
        .iter()
        .map(|text| doc.span(text.node).len().saturating_sub(2) as u64)
        .sum();
    meta
}

/// Where generated text stands in a whole answer.
pub(crate) fn texts(doc: Doc<'_>, out: &mut Vec<TextAt>) {
    each_part(doc, |choice, part, node| {
        let channel = |kind| Channel { choice, part, kind };
        part_texts(doc, node, channel, out);
    });
}

/// Calls `take` with the number of the candidate, the number of the part, and the part.
pub(crate) fn each_part(doc: Doc<'_>, mut take: impl FnMut(u32, u32, NodeId)) {
    let candidates = find(doc, doc.root(), "candidates");
    let candidates = candidates.into_iter().flat_map(|list| items(doc, list));
    for (at, candidate) in (0..).zip(candidates) {
        let choice = number(doc, candidate).unwrap_or(at);
        let parts = find(doc, candidate, "content").and_then(|node| find(doc, node, "parts"));
        let parts = parts.into_iter().flat_map(|list| items(doc, list));
        for (part, node) in (0..).zip(parts) {
            take(choice, part, node);
        }
    }
}

/// The number of a candidate.
pub(crate) fn number(doc: Doc<'_>, candidate: NodeId) -> Option<u32> {
    let node = find(doc, candidate, "index")?;
    u32::try_from(whole(doc, node)?).ok()
}

/// True for a part that is thought and not said.
pub(crate) fn is_thought(doc: Doc<'_>, part: NodeId) -> bool {
    doc.get(part, "thought").and_then(|node| doc.bool(node)) == Some(true)
}

/// The generated texts of one part.
pub(crate) fn part_texts(
    doc: Doc<'_>,
    part: NodeId,
    channel: impl Fn(ChannelKind) -> Channel,
    out: &mut Vec<TextAt>,
) {
    if let Some(node) = doc.get(part, "text")
        && doc.kind(node) == Kind::String
    {
        let kind = if is_thought(doc, part) {
            ChannelKind::Thinking
        } else {
            ChannelKind::Text
        };
        out.push(TextAt {
            channel: channel(kind),
            node,
            json_text: false,
        });
        return;
    }
    let arguments = channel(ChannelKind::Arguments);
    if let Some(call) = find(doc, part, "functionCall") {
        if let Some(args) = doc.get(call, "args") {
            leaves(doc, args, arguments, out);
        }
        let more = find(doc, call, "partialArgs");
        for piece in more.into_iter().flat_map(|list| doc.children(list)) {
            if let Some(node) = find(doc, piece, "stringValue") {
                leaves(doc, node, arguments, out);
            }
        }
    }
    // What the model runs on the provider's side.
    for (data, name) in [
        ("executableCode", "code"),
        ("codeExecutionResult", "output"),
    ] {
        if let Some(node) = find(doc, part, data).and_then(|node| doc.get(node, name)) {
            leaves(doc, node, arguments, out);
        }
    }
}

/// Every string and number at or below `node`.
fn leaves(doc: Doc<'_>, node: NodeId, channel: Channel, out: &mut Vec<TextAt>) {
    match doc.kind(node) {
        Kind::String | Kind::Number => out.push(TextAt {
            channel,
            node,
            json_text: false,
        }),
        Kind::Object | Kind::Array => {
            for child in doc.children(node) {
                leaves(doc, child, channel, out);
            }
        }
        Kind::Bool | Kind::Null => {}
    }
}

/// The word and sentence by which a prompt was not let through.
pub(crate) fn block(doc: Doc<'_>) -> Option<(String, Option<String>)> {
    let feedback = find(doc, doc.root(), "promptFeedback")?;
    let word = match find(doc, feedback, "blockReason") {
        Some(node) if doc.kind(node) == Kind::Number => "OTHER".to_owned(),
        node => doc.str(node?)?.into_owned(),
    };
    let sentence = text(doc, feedback, "blockReasonMessage").filter(|text| !text.is_empty());
    Some((word, sentence))
}
