//! What stands outside of JSON: addresses, forms, and what nobody here can read.

use marshal_policies::{Blocked, Bundle, Redactor, is_document};
use marshal_tasks::{FileKind, FormWhat};
use marshal_types::{Code, Refusal, Surface};
use marshal_wire::multipart::{Edits, Multipart, Part};

use super::walk;
use crate::call::Ask;
use crate::decode::is_text;
use crate::dispatch::counts;

/// Whether every file of a form that is no plain text is a document whose text can be looked at.
pub(super) fn are_documents(form: &Multipart) -> bool {
    let mut binary = form
        .parts()
        .iter()
        .filter(|part| marshal_tasks::file_kind(form, part) == FileKind::Binary);
    binary.all(|part| is_document(&form.value(part), name(part)))
}

fn name(part: &Part) -> Option<&str> {
    let name = part.filename_extended.as_ref().or(part.filename.as_ref());
    name.map(|name| name.text.as_str())
}

/// Refuses what no detector can read, unless the data policy lets it through this door.
pub(super) fn readable(
    ask: &Ask,
    surface: Option<Surface>,
    bundle: &Bundle,
) -> Result<(), Refusal> {
    let Some(surface) = surface.filter(|_| !ask.unread.is_empty()) else {
        return Ok(());
    };
    if counts(surface, ask) {
        return Ok(()); // a conversation's pictures, as where the conversation itself is asked
    }
    if bundle.lets_uninspected(surface) {
        return Ok(());
    }
    let message = format!(
        "The call carries what no detector here can read ({}), and the data policy does not let that through `{surface}`. \
         The operator opens this door with `uninspected: {{{surface}: allow}}` in data.yaml.",
        ask.unread.join(", "),
        surface = surface.as_str()
    );
    Err(Refusal::new(Code::SurfaceNotGoverned, message))
}

/// Looks at the address that goes along to a provider. It cannot be cleaned: what would have to be changed is refused.
pub(super) fn texts(ask: &Ask, redactor: &mut Redactor<'_>) -> Result<(), Blocked> {
    for (name, text) in [("path", Some(&ask.tail)), ("query", ask.query.as_ref())] {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            continue;
        };
        redactor.refuse_text(&|| name.to_owned(), &decoded(text))?;
    }
    Ok(())
}

/// Looks at a body that is neither JSON nor a form: a text, cleaned as one, or a document.
pub(super) fn raw(body: &[u8], redactor: &mut Redactor<'_>) -> Result<Option<String>, Blocked> {
    let path = || "body".to_owned();
    if body.is_empty() {
        return Ok(None);
    }
    let Some(text) = std::str::from_utf8(body).ok().filter(|_| is_text(body)) else {
        if is_document(body, None) {
            redactor.attachment(&path, body, None, false)?;
        }
        return Ok(None);
    };
    // Fields of a form in the way of addresses: what their reader sees cannot be put back.
    if text.contains('=') && !text.contains(char::is_whitespace) {
        redactor.refuse_text(&path, &decoded(text))?;
    }
    let clean = if text.trim_start().starts_with(['{', '[']) {
        lines(text, &path, redactor)?
    } else {
        redactor.text(&path, text)?
    };
    Ok(clean)
}

/// As a reader at the provider sees it.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let byte = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                match (digit(high), digit(low)) {
                    (Some(high), Some(low)) => {
                        rest = after;
                        u8::try_from(high * 16 + low).unwrap_or(b'?')
                    }
                    _ => b'%',
                }
            }
            (b'+', _) => b' ',
            (byte, _) => *byte,
        };
        out.push(byte);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Looks at the texts of a form: fields, names of files, and files that are text. Adds what it changes to `edits`.
pub(super) fn form(
    form: &Multipart,
    redactor: &mut Redactor<'_>,
    edits: &mut Edits,
) -> Result<(), Blocked> {
    for part in form.parts() {
        // A field's name cannot be changed: its reader would not know it.
        redactor.refuse_text(&|| "the name of a field".to_owned(), &part.name)?;
        let bytes = form.value(part);
        let is_binary = marshal_tasks::file_kind(form, part) == FileKind::Binary;
        if is_binary && is_document(&bytes, name(part)) {
            redactor.attachment(&|| part.name.clone(), &bytes, name(part), false)?;
        }
    }
    for text in marshal_tasks::texts_of_form(form) {
        let (Some(part), Some(said)) = (form.parts().get(text.part), text.of(form)) else {
            continue;
        };
        let name = part.name.clone();
        let path = move || name.clone();
        let changed = match text.what {
            FormWhat::Value => match value(form, part, &said, &path, redactor)? {
                Some(clean) => edits.replace_value(form, text.part, clean),
                None => Ok(()),
            },
            FormWhat::FileName => match redactor.text(&path, &said)? {
                Some(clean) => edits.replace_filename(form, text.part, &clean),
                None => Ok(()),
            },
            FormWhat::ExtendedFileName => {
                redactor.refuse_text(&path, &said)?;
                Ok(())
            }
        };
        // A surrogate that holds the form's own boundary does not happen by chance.
        if changed.is_err() {
            redactor.refuse_text(&path, &said)?;
        }
    }
    Ok(())
}

/// A field, or a file that is text; JSON is looked at by its own structure.
fn value(
    form: &Multipart,
    part: &Part,
    text: &str,
    path: &dyn Fn() -> String,
    redactor: &mut Redactor<'_>,
) -> Result<Option<String>, Blocked> {
    match marshal_tasks::file_kind(form, part) {
        FileKind::Json => walk::json_text(text, path, redactor),
        FileKind::JsonLines => lines(text, path, redactor),
        _ => walk::json_text(text, path, redactor),
    }
}

fn lines(
    text: &str,
    path: &dyn Fn() -> String,
    redactor: &mut Redactor<'_>,
) -> Result<Option<String>, Blocked> {
    let mut clean = String::new();
    let mut changed = false;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let body = line.trim_end_matches(['\r', '\n']);
        let place = || format!("{}:{}", path(), number + 1);
        match walk::json_text(body, &place, redactor)? {
            Some(new) => {
                changed = true;
                clean.push_str(&new);
            }
            None => clean.push_str(body),
        }
        clean.push_str(&line[body.len()..]);
    }
    Ok(changed.then_some(clean))
}
