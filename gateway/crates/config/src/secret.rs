//! Secrets that are kept elsewhere: a file names the place, and only the place is in any message.

use marshal_types::Secret;
use marshal_yaml::{Item, Value};

use crate::load::{Context, Secrets};
use crate::{ApiKey, KeySource, check};

/// `{env: NAME}` or `{file: PATH}`. What is written instead may be a key, so it is in no message.
pub(crate) fn api_key(item: &Item<'_>, provider: &str, context: &Context<'_>) -> Option<ApiKey> {
    let variable = format!(
        "{}_API_KEY",
        provider.to_ascii_uppercase().replace(['-', '.'], "_")
    );
    secret(item, &variable, Holds::Key, context)
}

/// What a secret looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// One word, which fits into a header.
    Key,
    /// A file's text.
    Text,
}

/// The same for a header's whole value.
pub(crate) fn header(item: &Item<'_>, variable: &str, context: &Context<'_>) -> Option<ApiKey> {
    let read = secret(item, variable, Holds::Text, context)?;
    let fits = |c: char| matches!(c, ' '..='~');
    if read.secret.expose().chars().all(fits) {
        return Some(read);
    }
    item.fail("holds a line break or a character that is not ASCII, which no header may have");
    None
}

/// A secret that is kept elsewhere; `variable` is where it might be.
pub(crate) fn secret(
    item: &Item<'_>,
    variable: &str,
    holds: Holds,
    context: &Context<'_>,
) -> Option<ApiKey> {
    let Value::Map(entries) = &item.node().value else {
        item.fail(format!(
            "a key is not written here; say where it is kept: {{env: {variable}}} or {{file: PATH}}"
        ));
        return None;
    };
    let [(key, _)] = entries.as_slice() else {
        item.fail("write either {env: NAME} or {file: PATH}");
        return None;
    };
    let mut map = item.map()?;
    match key.text.as_str() {
        "env" => map
            .get("env")
            .and_then(|item| key_from_env(&item, holds, context)),
        "file" => map
            .get("file")
            .and_then(|item| key_from_file(&item, holds, context)),
        _ => {
            item.fail("write either {env: NAME} or {file: PATH}");
            None
        }
    }
}

fn key_from_env(item: &Item<'_>, holds: Holds, context: &Context<'_>) -> Option<ApiKey> {
    let name = item.str()?;
    let word = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if !name.bytes().all(word) || name.starts_with(|c: char| c.is_ascii_digit()) {
        item.fail("write the name of an environment variable in capitals, such as LOCAL_API_KEY; never the key itself");
        return None;
    }
    let source = KeySource::Env(name.to_owned());
    if context.secrets == Secrets::Unread {
        return Some(unread(item, source));
    }
    let Some(value) = (context.env)(name) else {
        item.fail(format!(
            "{name} is not set in the environment; set it or remove {}",
            place_of(item)
        ));
        return None;
    };
    let secret = usable_key(item, &value, holds, "the variable")?;
    Some(ApiKey {
        source,
        secret,
        place: item.place().clone(),
    })
}

fn key_from_file(item: &Item<'_>, holds: Holds, context: &Context<'_>) -> Option<ApiKey> {
    const LARGEST: u64 = 64 * 1024;
    if context.secrets == Secrets::Unread {
        let path = check::path(context.dir, item.str()?);
        return Some(unread(item, KeySource::File(path)));
    }
    let path = check::existing_file(context.dir, item)?;
    let small = std::fs::metadata(&path).is_ok_and(|meta| meta.len() <= LARGEST);
    let text = if small {
        std::fs::read_to_string(&path).ok()
    } else {
        None
    };
    let Some(text) = text else {
        item.fail("the file cannot be read as a key; it must be readable text of at most 64 KiB");
        return None;
    };
    let secret = usable_key(item, &text, holds, "the file")?;
    Some(ApiKey {
        source: KeySource::File(path),
        secret,
        place: item.place().clone(),
    })
}

/// Stands where a secret would, for those who ask no provider.
fn unread(item: &Item<'_>, source: KeySource) -> ApiKey {
    ApiKey {
        source,
        secret: Secret::new("unread".to_owned()),
        place: item.place().clone(),
    }
}

/// The key whose value names the secret: `api_key`.
fn place_of<'a>(item: &'a Item<'_>) -> &'a str {
    let mut parts = item.path().rsplit('.');
    parts.nth(1).unwrap_or("it")
}

/// A key must fit into a header.
fn usable_key(item: &Item<'_>, text: &str, holds: Holds, what: &str) -> Option<Secret> {
    let text = text.trim();
    if text.is_empty() {
        item.fail(format!("{what} is empty; put the key there"));
        return None;
    }
    if holds == Holds::Key && !text.chars().all(|c| c.is_ascii_graphic()) {
        item.fail(format!(
            "{what} holds more than a key: a space, a line break or a character that is not ASCII"
        ));
        return None;
    }
    Some(Secret::new(text.to_owned()))
}
