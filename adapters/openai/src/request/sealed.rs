//! Thoughts with their seal: `reasoning_details`, as OpenRouter names them.
//!
//! Some providers want a turn that called tools back with its sealed thoughts. Clients of this dialect send
//! the assistant's message back as they got it, so the seal travels in a member of that message:
//! `{"type": "reasoning.text", "text", "signature", "format": "anthropic-claude-v1", "index"}`. The format says
//! who sealed it; in the canonical form it stands before the seal, but for Claude's, which is bare.

use marshal_adapter_api::{Array, Fields, Object, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

/// The word of thinking that stands in `reasoning_details`.
pub(super) const DETAILS: &str = "reasoning_details";
const TYPE: &str = "reasoning.text";
const CLAUDE: &str = "anthropic-claude-v1";
/// Whose seals stand behind their format in the canonical form.
const OTHERS: [&str; 3] = [
    "openai-responses-v1",
    "google-gemini-v1",
    "xai-responses-v1",
];

/// Takes the details where one is a sealed thought of a known format; any others stay as they are.
pub(super) fn decode(fields: &mut Fields<'_>) -> Option<Vec<Part>> {
    let doc = fields.doc();
    let list = fields.peek(DETAILS)?;
    if doc.kind(list) != Kind::Array {
        return None;
    }
    let thoughts = doc
        .children(list)
        .filter_map(|node| thought(doc, node))
        .collect::<Vec<Part>>();
    let sealed = |part: &Part| {
        matches!(
            part,
            Part::Thinking {
                signature: Some(_),
                ..
            }
        )
    };
    if !thoughts.iter().any(sealed) {
        return None;
    }
    // What else the list holds keeps all of it aside, to be written again.
    if thoughts.len() == doc.len(list) {
        fields.take(DETAILS);
    }
    Some(thoughts)
}

fn thought(doc: Doc<'_>, node: NodeId) -> Option<Part> {
    let mut fields = Fields::new(doc, node).ok()?;
    let kind = fields.str("type").ok()??;
    let format = fields.str("format").ok()??;
    let text = fields.str("text").ok()??;
    let signature = fields.str("signature").ok()?;
    let known = format == CLAUDE || OTHERS.contains(&format.as_str());
    // An unsealed thought has Claude's format, by which it is written again.
    let fits = match &signature {
        Some(seal) => !seal.is_empty(),
        None => format == CLAUDE,
    };
    (kind == TYPE && known && fits).then(|| Part::Thinking {
        text,
        signature: signature.map(|seal| canonical(&format, seal)),
        word: Some(DETAILS),
        extra: fields.rest(),
    })
}

/// A seal with what says who made it.
pub(crate) fn canonical(format: &str, seal: String) -> String {
    if OTHERS.contains(&format) {
        format!("{format}:{seal}")
    } else {
        seal
    }
}

/// Whether a seal of this format is understood.
pub(crate) fn is_known(format: &str) -> bool {
    format == CLAUDE || OTHERS.contains(&format)
}

/// Writes the thoughts of an answer once more where one of them is sealed.
pub(crate) fn write_all(parts: &[Part], to: &mut Object<'_>) {
    let thought = |part: &'_ Part| match part {
        Part::Thinking {
            text, signature, ..
        } => Some((
            text.clone(),
            signature.clone().filter(|seal| !seal.is_empty()),
        )),
        _ => None,
    };
    let all: Vec<(String, Option<String>)> = parts.iter().filter_map(thought).collect();
    if !all.iter().any(|(_, seal)| seal.is_some()) {
        return;
    }
    let mut list = to.array(DETAILS);
    for (index, (text, seal)) in (0..).zip(&all) {
        write(text, seal.as_deref(), Some(index), &mut list);
    }
}

/// Writes one thought; `index` where it does not bring its own.
pub(crate) fn write(text: &str, seal: Option<&str>, index: Option<u64>, list: &mut Array<'_>) {
    let mut to = list.object();
    fill(text, seal, &mut to);
    if let Some(index) = index {
        to.u64("index", index);
    }
}

/// Writes a thought that came in this dialect.
pub(super) fn write_own(part: &Part, list: &mut Array<'_>) {
    if let Part::Thinking {
        text,
        signature,
        extra,
        ..
    } = part
    {
        let mut to = list.object();
        fill(text, signature.as_deref(), &mut to);
        extra.write(&mut to);
    }
}

fn fill(text: &str, seal: Option<&str>, to: &mut Object<'_>) {
    let (format, seal) = match seal.and_then(|seal| seal.split_once(':')) {
        Some((format, bare)) if OTHERS.contains(&format) => (format, Some(bare)),
        _ => (CLAUDE, seal),
    };
    to.str("type", TYPE);
    to.str("text", text);
    to.opt_str("signature", seal);
    to.str("format", format);
}
