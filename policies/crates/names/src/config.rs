//! Holds a pipeline directory against what this crate can run, before any weight is read.

use std::path::Path;

use crate::error::LoadError;
use crate::files;

/// What `config.cfg` has to say: section, key, value.
const NEEDED: [(&str, &str, &str); 4] = [
    ("nlp", "lang", "en"),
    (
        "components.ner.model",
        "@architectures",
        "spacy.TransitionBasedParser.v2",
    ),
    ("components.ner.model", "state_type", "ner"),
    (
        "components.ner.model.tok2vec",
        "@architectures",
        "spacy.Tok2Vec.v2",
    ),
];

/// Refuses a directory that is not an English pipeline with a named-entity recogniser of its own token vectors.
///
/// # Errors
/// [`LoadError`] naming `config.cfg` or `ner/cfg` and the setting that does not fit.
pub(crate) fn check(directory: &Path) -> Result<(), LoadError> {
    let file = directory.join("config.cfg");
    let text = files::read_text(&file)?;
    for (section, key, needed) in NEEDED {
        let found = setting(&text, section, key).map(|value| value.trim_matches('"'));
        if found != Some(needed) {
            let found = found.unwrap_or("nothing");
            return Err(LoadError::unsupported(
                &file,
                format!("[{section}] {key} is {found}, not {needed}"),
            ));
        }
    }
    let file = directory.join("ner").join("cfg");
    let cfg: serde_json::Value = serde_json::from_slice(&files::read(&file)?)
        .map_err(|error| LoadError::damaged(&file, error.to_string()))?;
    match cfg.get("beam_width").and_then(serde_json::Value::as_u64) {
        Some(1) => Ok(()),
        _ => Err(LoadError::unsupported(&file, "beam_width is not 1")),
    }
}

fn setting<'t>(text: &'t str, section: &str, key: &str) -> Option<&'t str> {
    let mut inside = false;
    for line in text.lines() {
        let line = line.trim();
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            inside = name == section;
        } else if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            return Some(value.trim());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::setting;

    #[test]
    fn a_setting_is_found_in_its_own_section_only() {
        let text = "[nlp]\nlang = \"en\"\n\n[other]\nlang = \"de\"\nx=[1,2]\n";
        assert_eq!(setting(text, "nlp", "lang"), Some("\"en\""));
        assert_eq!(setting(text, "other", "lang"), Some("\"de\""));
        assert_eq!(setting(text, "other", "x"), Some("[1,2]"));
        assert_eq!(setting(text, "nlp", "x"), None);
    }
}
