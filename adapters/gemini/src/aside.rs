//! What only this dialect's own writer needs to know, kept where no other dialect reports it.
//!
//! Which spelling a member had, whether a list was written as its one item, what a schema looked like before it
//! was translated: nothing of it is lost elsewhere. It stands in an [`Extra`] as a member whose name says it all
//! and whose value is `null`, for what says nothing is not reported.

use marshal_adapter_api::{Extra, Json, Object};

const MARK: char = '~';

/// Keeps `value` under `key`.
pub(crate) fn keep(extra: &mut Extra, key: &str, value: &str) {
    extra.keep(format!("{MARK}{key}={value}"), Json::from_source("null"));
}

/// What is kept under `key`.
pub(crate) fn get<'e>(extra: &'e Extra, key: &str) -> Option<&'e str> {
    extra.members().find_map(|(name, _)| {
        name.strip_prefix(MARK)?
            .strip_prefix(key)?
            .strip_prefix('=')
    })
}

/// True if `value` is kept under `key`.
pub(crate) fn has(extra: &Extra, key: &str, value: &str) -> bool {
    get(extra, key) == Some(value)
}

/// The last word of the dotted `path`, as the client spelled it.
pub(crate) fn spelled<'e>(extra: &'e Extra, path: &'e str) -> &'e str {
    get(extra, path).unwrap_or_else(|| path.rsplit('.').next().unwrap_or(path))
}

/// The members that the client wrote.
pub(crate) fn members(extra: &Extra) -> impl Iterator<Item = (&str, &Json)> {
    extra
        .members()
        .filter(|(name, value)| !(name.starts_with(MARK) && value.as_str() == "null"))
}

/// Writes the members whose name is `prefix.` and a word that starts with none of `except`, under that word.
pub(crate) fn write_below(extra: &Extra, prefix: &str, except: &[&str], to: &mut Object<'_>) {
    for (name, value) in members(extra) {
        let word = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('.'));
        if let Some(word) = word
            && !starts(word, except)
        {
            to.json(get(extra, name).unwrap_or(word), value);
        }
    }
}

/// Writes the members whose name starts with none of `except`.
pub(crate) fn write(extra: &Extra, except: &[&str], to: &mut Object<'_>) {
    for (name, value) in members(extra).filter(|(name, _)| !starts(name, except)) {
        to.json(name, value);
    }
}

fn starts(name: &str, with: &[&str]) -> bool {
    with.iter().any(|start| name.starts_with(start))
}

/// True where the object at `path` stood there with nothing in it.
pub(crate) fn was_empty(extra: &Extra, path: &str) -> bool {
    has(extra, &format!("{path}.is"), "empty")
}

#[cfg(test)]
mod tests {
    use super::{get, keep, members, spelled};
    use marshal_adapter_api::Extra;

    #[test]
    fn what_stands_aside_is_neither_written_nor_reported() {
        let mut extra = Extra::at("contents[0]");
        keep(&mut extra, "config.topK", "top_k");
        assert_eq!(get(&extra, "config.topK"), Some("top_k"));
        assert_eq!(spelled(&extra, "config.topK"), "top_k");
        assert_eq!(spelled(&extra, "config.topP"), "topP");
        let mut dropped = Vec::new();
        extra.report(&mut dropped);
        assert!(dropped.is_empty() && members(&extra).next().is_none());
    }
}
