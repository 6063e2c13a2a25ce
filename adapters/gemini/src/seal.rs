//! Seals of thoughts and tool calls.
//!
//! Gemini seals with `thoughtSignature`, which its clients send back unchanged. In the canonical form a seal says who
//! set it: `google-gemini-v1:` stands before Gemini's on a thought. What another provider sealed travels there too, wrapped so that it can be told apart: base64 of `marshal::`, the seal, a line end, and the
//! thought itself, for clients may cut a streamed thought from its seal.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use marshal_wire::json::{Doc, Edits, Kind};

use crate::reader::find;

/// Nine bytes: base64 of them ends where they do.
const MARK: &[u8] = b"marshal::";
/// [`MARK`] in base64, in either alphabet.
const MARK_64: &str = "bWFyc2hhbDo6";

/// What Google documents for tool calls that no Gemini model made: it is not checked.
pub(crate) const UNCHECKED: &str = "skip_thought_signature_validator";

/// Either alphabet, padded or not: clients write bytes anew.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Before the canonical seal of a thought of this family.
const OURS: &str = "google-gemini-v1:";

/// The seal of a thought of this family, in the canonical form.
pub(crate) fn canonical(signature: &str) -> String {
    format!("{OURS}{signature}")
}

/// True for the canonical seal of a thought of this family.
pub(crate) fn is_ours(seal: &str) -> bool {
    seal.starts_with(OURS)
}

/// A thought's canonical seal as a `thoughtSignature`.
pub(crate) fn signature(seal: &str, thought: &str) -> String {
    match seal.strip_prefix(OURS) {
        Some(bare) => bare.to_owned(),
        None => wrap(seal, thought),
    }
}

/// The seal and thought of another provider, as a `thoughtSignature`.
fn wrap(seal: &str, thought: &str) -> String {
    let mut bytes = Vec::with_capacity(MARK.len() + seal.len() + 1 + thought.len());
    bytes.extend_from_slice(MARK);
    bytes.extend_from_slice(seal.as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(thought.as_bytes());
    STANDARD.encode(bytes)
}

/// The seal and thought of another provider, where a `thoughtSignature` holds them.
pub(crate) fn unwrap(signature: &str) -> Option<(String, String)> {
    if !signature.starts_with(MARK_64) {
        return None;
    }
    let bytes = LENIENT.decode(standard(signature)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (seal, thought) = text
        .strip_prefix("marshal::")
        .and_then(|rest| rest.split_once('\n'))?;
    Some((seal.to_owned(), thought.to_owned()))
}

/// Base64 in the plain alphabet.
pub(crate) fn standard(data: &str) -> String {
    data.replace('-', "+").replace('_', "/")
}

/// Takes the seals of other providers out of a request, for Gemini refuses what it did not seal.
pub(crate) fn remove_foreign(doc: Doc<'_>, edits: &mut Edits) {
    if memchr::memmem::find(doc.bytes(), MARK_64.as_bytes()).is_none() {
        return;
    }
    for node in doc.all() {
        if doc.kind(node) == Kind::Object
            && let Some(seal) = find(doc, node, "thoughtSignature")
            && doc.str(seal).is_some_and(|text| text.starts_with(MARK_64))
        {
            edits.remove_member(doc, seal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{unwrap, wrap};

    #[test]
    fn another_providers_seal_comes_back_whatever_alphabet_it_went_through() {
        let wrapped = wrap("EqQB+/==", "thought\nwith ünïcode ~~~???>>>");
        let url_safe = wrapped.replace('+', "-").replace('/', "_");
        let bare = url_safe.trim_end_matches('=');
        for signature in [wrapped.as_str(), url_safe.as_str(), bare] {
            let (seal, thought) = unwrap(signature).unwrap();
            assert_eq!(seal, "EqQB+/==");
            assert_eq!(thought, "thought\nwith ünïcode ~~~???>>>");
        }
        assert_eq!(unwrap("EqQB"), None);
    }
}
