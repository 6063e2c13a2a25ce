//! Walks over every string, number and free key of a JSON document, and over JSON inside of strings.

use std::borrow::Cow;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use http::{HeaderName, HeaderValue};
use marshal_policies::{Blocked, Redactor};
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, NodeId, write_str};

/// JSON in a string in JSON in a string: deeper than this it is looked at as plain text.
const MAX_NESTED: u8 = 4;

/// A number with fewer digits is no identifier that a detector knows.
const SHORTEST_NUMBER: usize = 9;

/// A blob at least this long, in a member that holds encoded bytes, is not text.
const SHORTEST_BLOB: usize = 100;

/// Encoders break lines at 60 letters and more.
const SHORTEST_LINE: usize = 60;

/// As many letters of an encoding are looked at to tell a text from a picture; whole groups of four.
const LOOK: usize = 512;

/// Members with what a provider made for itself, and reads again.
const SEALS: [&str; 4] = [
    "signature",
    "thoughtSignature",
    "thought_signature",
    "encrypted_content",
];

/// Clients end an encoding with `=` or not.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Shows each text to the redactor; adds what it changes to `edits`.
///
/// # Errors
/// [`Blocked`] at the first finding that ends the call.
pub(super) fn walk(
    doc: Doc<'_>,
    redactor: &mut Redactor<'_>,
    edits: &mut Edits,
    nested: u8,
) -> Result<(), Blocked> {
    walk_but(doc, &[], redactor, edits, nested)
}

/// As [`walk`], but for some nodes, which the caller answers for.
///
/// # Errors
/// [`Blocked`] at the first finding that ends the call.
pub(crate) fn walk_but(
    doc: Doc<'_>,
    but: &[NodeId],
    redactor: &mut Redactor<'_>,
    edits: &mut Edits,
    nested: u8,
) -> Result<(), Blocked> {
    for node in doc.all().filter(|node| !but.contains(node)) {
        key(doc, node, redactor, edits)?;
        match doc.kind(node) {
            Kind::String => string(doc, node, redactor, edits, nested)?,
            Kind::Number => number(doc, node, redactor, edits)?,
            Kind::Object | Kind::Array | Kind::Bool | Kind::Null => {}
        }
    }
    Ok(())
}

fn string(
    doc: Doc<'_>,
    node: NodeId,
    redactor: &mut Redactor<'_>,
    edits: &mut Edits,
    nested: u8,
) -> Result<(), Blocked> {
    let Some(text) = doc.str(node) else {
        return Ok(());
    };
    if text.len() < 6 {
        return Ok(());
    }
    if let Some(clean) = encoded_text(doc, node, &text, redactor, nested)? {
        replace(doc, node, &clean, edits);
        return Ok(());
    }
    if is_blob(doc, node, &text) {
        return attached(doc, node, &text, redactor);
    }
    if let Some(clean) = json_inside(&text, redactor, nested)? {
        if let Cow::Owned(clean) = clean {
            replace(doc, node, &clean, edits);
        }
        return Ok(());
    }
    if let Some(clean) = redactor.labelled(&label(doc, node), &|| doc.path(node), &text)? {
        replace(doc, node, &clean, edits);
    }
    Ok(())
}

/// What the document calls a node: its key, or that of the list that it stands in.
fn label(doc: Doc<'_>, node: NodeId) -> Cow<'_, str> {
    let key = doc.key(node);
    key.or_else(|| doc.key(doc.parent(node)?))
        .unwrap_or_default()
}

/// A text that may be JSON, looked at as such; any other as it is.
///
/// # Errors
/// [`Blocked`] at the first finding that ends the call.
pub(super) fn json_text(
    text: &str,
    path: &dyn Fn() -> String,
    redactor: &mut Redactor<'_>,
) -> Result<Option<String>, Blocked> {
    match json_inside(text, redactor, 0)? {
        Some(Cow::Owned(clean)) => Ok(Some(clean)),
        Some(Cow::Borrowed(_)) => Ok(None),
        None => redactor.text(path, text),
    }
}

/// Looks at JSON inside of a string by its own structure: escapes of its own would hide what it holds.
fn json_inside<'t>(
    text: &'t str,
    redactor: &mut Redactor<'_>,
    nested: u8,
) -> Result<Option<Cow<'t, str>>, Blocked> {
    let looks_like_json =
        text.trim_start().starts_with(['{', '[']) && text.trim_end().ends_with(['}', ']']);
    if !looks_like_json || nested >= MAX_NESTED {
        return Ok(None);
    }
    let Ok(index) = Index::parse(text.as_bytes(), &Limits::default()) else {
        return Ok(None);
    };
    let mut edits = Edits::new();
    walk(index.doc(text.as_bytes()), redactor, &mut edits, nested + 1)?;
    if edits.is_empty() {
        return Ok(Some(Cow::Borrowed(text)));
    }
    Ok(String::from_utf8(edits.apply(text.as_bytes()))
        .ok()
        .map(Cow::Owned))
}

fn number(
    doc: Doc<'_>,
    node: NodeId,
    redactor: &mut Redactor<'_>,
    edits: &mut Edits,
) -> Result<(), Blocked> {
    let raw = doc.raw(node);
    let Some(raw) = std::str::from_utf8(raw)
        .ok()
        .filter(|raw| raw.len() >= SHORTEST_NUMBER)
    else {
        return Ok(());
    };
    // A sign or a fraction makes it no less of a card number.
    let digits = raw.trim_start_matches('-');
    let sign = raw.len() - digits.len();
    let digits = digits.split('.').next().unwrap_or_default();
    if digits.len() < SHORTEST_NUMBER || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let Some(clean) = redactor.labelled(&label(doc, node), &|| doc.path(node), digits)? else {
        return Ok(());
    };
    if clean.bytes().all(|byte| byte.is_ascii_digit()) && !clean.starts_with('0') {
        let start = doc.span(node).start + sign;
        edits.replace(start..start + digits.len(), clean);
    } else {
        replace(doc, node, &clean, edits);
    }
    Ok(())
}

/// Shows the redactor what travels along in headers, as any string of the body; gives the ones that it changes.
///
/// # Errors
/// [`Blocked`] at the first finding that ends the call.
pub(super) fn headers(
    headers: &[(HeaderName, HeaderValue)],
    redactor: &mut Redactor<'_>,
) -> Result<Vec<(usize, HeaderValue)>, Blocked> {
    let mut changed = Vec::new();
    for (at, (name, value)) in headers.iter().enumerate() {
        let text = String::from_utf8_lossy(value.as_bytes());
        let Some(clean) = redactor.labelled(name.as_str(), &|| format!("headers.{name}"), &text)?
        else {
            continue;
        };
        // An invented value has no character that a header cannot hold; if one did, the header says nothing.
        let value = HeaderValue::from_str(&clean).unwrap_or(HeaderValue::from_static(""));
        changed.push((at, value));
    }
    Ok(changed)
}

fn key(
    doc: Doc<'_>,
    node: NodeId,
    redactor: &mut Redactor<'_>,
    edits: &mut Edits,
) -> Result<(), Blocked> {
    let Some(span) = doc
        .key_span(node)
        .filter(|span| span.len() > SHORTEST_NUMBER)
    else {
        return Ok(());
    };
    let Some(key) = doc.key(node) else {
        return Ok(());
    };
    if key
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    {
        return Ok(());
    }
    if let Some(clean) = redactor.text(&|| doc.path(node), &key)? {
        let mut out = Vec::with_capacity(clean.len() + 2);
        write_str(&mut out, &clean);
        edits.replace(span, out);
    }
    Ok(())
}

fn replace(doc: Doc<'_>, node: NodeId, clean: &str, edits: &mut Edits) {
    let mut out = Vec::with_capacity(clean.len() + 2);
    write_str(&mut out, clean);
    edits.replace(doc.span(node), out);
}

/// Encoded bytes: an image, an audio clip, a provider's seal. Only where a dialect keeps such, and only if long.
fn is_blob(doc: Doc<'_>, node: NodeId, text: &str) -> bool {
    text.len() >= SHORTEST_BLOB
        && payload(doc, node, text).is_some_and(|payload| {
            let any = |kind: fn(&u8) -> bool| payload.as_bytes().iter().any(kind);
            // A list of numbers has these letters, too, and is one that detectors read.
            is_base64(payload) && any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase)
        })
}

/// Shows the redactor a file. A provider's own seal is none.
fn attached(
    doc: Doc<'_>,
    node: NodeId,
    text: &str,
    redactor: &mut Redactor<'_>,
) -> Result<(), Blocked> {
    let key = doc.key(node);
    let is_seal = key.is_some_and(|key| SEALS.contains(&&*key));
    let Some(payload) = payload(doc, node, text).filter(|_| !is_seal) else {
        return Ok(());
    };
    let path = || doc.path(node);
    let engine = engine(payload);
    // A picture is known by its first bytes, and need not be decoded whole.
    let start = engine.decode(letters(payload).take(LOOK).collect::<String>());
    let start = start.unwrap_or_default();
    if redactor.media(&path, &start)? {
        return Ok(());
    }
    match engine.decode(letters(payload).collect::<String>()) {
        Ok(bytes) => redactor.attachment(&path, &bytes, None, is_plain(&start)),
        Err(_) => redactor.undecodable(&path),
    }
}

fn engine(payload: &str) -> &'static GeneralPurpose {
    if payload.contains(['-', '_']) {
        &URL_SAFE
    } else {
        &STANDARD
    }
}

fn letters(payload: &str) -> impl Iterator<Item = char> {
    payload
        .chars()
        .filter(|letter| !matches!(letter, '\r' | '\n'))
}

/// The part of a text that may be encoded bytes.
fn payload<'t>(doc: Doc<'_>, node: NodeId, text: &'t str) -> Option<&'t str> {
    const KEYS: [&str; 4] = ["data", "bytes", "file_data", "b64_json"];
    let named = |node| doc.key(node);
    if let Some((_, payload)) = text
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"))
    {
        return Some(payload);
    }
    let is_encoded = match named(node) {
        Some(key) => KEYS.contains(&&*key) || SEALS.contains(&&*key),
        None => doc.parent(node).and_then(named).as_deref() == Some("images"),
    };
    is_encoded.then_some(text)
}

fn is_base64(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&byte);
    // Lines of a list are short, those of an encoding as long as they may be.
    let mut lines = text.trim_end().lines().rev().skip(1);
    text.bytes().all(letter) && lines.all(|line| line.len() >= SHORTEST_LINE)
}

/// The text that encoded bytes are, cleaned, and encoded again. None where they are none, or hold nothing to clean.
fn encoded_text(
    doc: Doc<'_>,
    node: NodeId,
    text: &str,
    redactor: &mut Redactor<'_>,
    nested: u8,
) -> Result<Option<String>, Blocked> {
    let Some(payload) = payload(doc, node, text) else {
        return Ok(None);
    };
    let engine = engine(payload);
    let letters = || letters(payload);
    // A picture is known by its first bytes, and need not be decoded whole.
    let start = engine.decode(letters().take(LOOK).collect::<String>());
    if !start.is_ok_and(|start| is_plain(&start)) || !is_base64(payload) {
        return Ok(None);
    }
    let letters: String = letters().collect();
    let plain = engine.decode(&letters).ok().map(String::from_utf8);
    let Some(Ok(plain)) = plain.filter(|plain| !matches!(plain, Ok(text) if text.is_empty()))
    else {
        return Ok(None);
    };
    let clean = match json_inside(&plain, redactor, nested)? {
        Some(Cow::Owned(clean)) => Some(clean),
        Some(Cow::Borrowed(_)) => None,
        None => redactor.text(&|| doc.path(node), &plain)?,
    };
    let before = &text[..text.len() - payload.len()];
    Ok(clean.map(|clean| format!("{before}{}", engine.encode(clean))))
}

/// Bytes that may be the beginning of a text; its last letter may be cut.
fn is_plain(bytes: &[u8]) -> bool {
    let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole && !bytes.starts_with(b"%PDF-") && !bytes.iter().any(control)
}
