//! How a thing was written, remembered beside what it says.
//!
//! This dialect has several words for some things (a text may stand plain, guarded or cited). A mark is a
//! kept member that holds nothing, so no other dialect reports it; its name starts with a dot, as no member does.

use marshal_adapter_api::{Extra, Fields, Json, Object};

/// The text stood in `guardContent`.
pub(crate) const GUARD: &str = ".guard";
/// The text stood in `citationsContent`.
pub(crate) const CITED: &str = ".cited";
/// The text was a JSON value under `json`.
pub(crate) const JSON: &str = ".json";
/// The document's text stood in base64 under `bytes`.
pub(crate) const BYTES: &str = ".bytes";
/// The member that says the kind of data was not there.
pub(crate) const NO_FORMAT: &str = ".no_format";
/// The member that says who speaks was not there.
pub(crate) const NO_ROLE: &str = ".no_role";
/// `top_k` stood where Amazon's own models want it.
pub(crate) const NOVA_TOP_K: &str = ".inferenceConfig.topK";
/// The budget stood in `reasoning_config`.
pub(crate) const REASONING_CONFIG: &str = ".reasoning_config";
/// The effort stood in `reasoning_config`.
pub(crate) const EFFORT_CONFIG: &str = ".reasoning_config.effort";
/// The effort stood in `reasoningConfig`.
pub(crate) const NOVA_REASONING: &str = ".reasoningConfig";
/// The effort stood in `output_config`.
pub(crate) const OUTPUT_CONFIG: &str = ".output_config";

/// A point up to which the prompt is cached, kept with what stood before it.
pub(crate) const CACHE_POINT: &str = "cachePoint";

/// Sets a mark.
pub(crate) fn mark(extra: &mut Extra, mark: &str) {
    extra.keep(mark, Json::from_source("null"));
}

/// Whether a mark was set.
pub(crate) fn marked(extra: &Extra, mark: &str) -> bool {
    extra.get(mark).is_some()
}

/// Keeps what is left of an inner object, under its path inside the outer one.
pub(crate) fn keep_rest(inner: Fields<'_>, prefix: &str, extra: &mut Extra) {
    extra.absorb(prefix, inner.rest());
}

/// Writes what [`keep_rest`] kept under `prefix`.
pub(crate) fn write_inner(extra: &Extra, prefix: &str, to: &mut Object<'_>) {
    for (name, value) in extra.members() {
        if let Some(name) = name.strip_prefix(prefix) {
            to.json(name, value);
        }
    }
}

/// Writes what was kept of the object itself: no mark, nothing below one of `prefixes`.
pub(crate) fn write_outer(extra: &Extra, prefixes: &[&str], to: &mut Object<'_>) {
    for (name, value) in extra.members() {
        let inner = prefixes.iter().any(|prefix| name.starts_with(prefix));
        if !inner && !name.starts_with('.') {
            to.json(name, value);
        }
    }
}
