//! What sections of `data.yaml` say of doors and of obligations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::Surface;
use marshal_yaml::{MapReader, Problems};

use super::entity::{Entity, TREATMENTS, Treatment};

/// What becomes of sound, pictures and files that no detector can read.
const UNINSPECTED: &[(&str, bool)] = &[("allow", true), ("block", false)];

/// `uninspected: {transcriptions: allow}`: what is not named is blocked.
pub(super) fn uninspected(map: &mut MapReader<'_>, notes: &Problems) -> BTreeSet<Surface> {
    let mut open = BTreeSet::new();
    let Some(mut doors) = map.opt_map("uninspected") else {
        return open;
    };
    for (key, item) in doors.entries() {
        let known = Surface::ALL
            .iter()
            .find(|surface| surface.as_str() == key.text);
        let allowed = item.one_of("allow or block", UNINSPECTED);
        match known {
            Some(surface) if allowed == Some(true) => {
                open.insert(*surface);
            }
            Some(_) => {}
            None => {
                let words = Surface::ALL.iter().map(|surface| surface.as_str());
                let hint = marshal_yaml::nearest(&key.text, words)
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                notes.add(&key.place, item.path(), format!("no such door{hint}"));
            }
        }
    }
    doors.finish();
    open
}

/// `profiles: {strict: {EMAIL_ADDRESS: mask}}`: a profile can make what is done stricter, never milder.
pub(super) fn profiles(
    map: &mut MapReader<'_>,
    entities: &[Entity],
    notes: &Problems,
) -> BTreeMap<Arc<str>, Vec<Option<Treatment>>> {
    let mut profiles = BTreeMap::new();
    let Some(mut named) = map.opt_map("profiles") else {
        return profiles;
    };
    for (name, item) in named.entries() {
        let mut treatments = vec![None; entities.len()];
        let Some(mut entries) = item.map() else {
            continue;
        };
        for (key, item) in entries.entries() {
            let treatment = item.one_of("an action", TREATMENTS);
            let Some(number) = entities.iter().position(|entity| *entity.name == *key.text) else {
                let hint = marshal_yaml::nearest(&key.text, entities.iter().map(|one| &*one.name))
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                notes.add(
                    &key.place,
                    item.path(),
                    format!("this file looks for no such entity{hint}"),
                );
                continue;
            };
            if treatment.is_some_and(|treatment| treatment < entities[number].treatment) {
                let already = entities[number].treatment.as_str();
                item.fail(format!(
                    "is milder than {already}, which {} has anyway; a profile can only be stricter",
                    key.text
                ));
            }
            treatments[number] = treatment;
        }
        entries.finish();
        profiles.insert(Arc::from(name.text.as_str()), treatments);
    }
    named.finish();
    profiles
}
