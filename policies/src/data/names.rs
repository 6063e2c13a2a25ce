//! `names` of `data.yaml`: which model looks for people, places and organisations, and how much it may look at.

use std::path::Path;

use marshal_types::Place;
use marshal_yaml::MapReader;

use crate::names::NameFinder;

/// About two seconds of one core.
const MOST_BYTES: u64 = 262_144;

/// The section.
#[derive(Clone, Debug)]
pub(crate) struct NameRules {
    pub(crate) finder: NameFinder,
    /// Bytes of one call that the model looks at; a word counts as five at least, since its time goes by words.
    pub(crate) most_bytes: usize,
    /// What becomes of a call with more: it goes on, its names unseen.
    pub(crate) lets_more: bool,
    pub(crate) place: Place,
}

const OVERSIZE: &[(&str, bool)] = &[("block", false), ("allow", true)];

/// The section but for its entities, with the numbers that these have.
pub(super) fn rules(
    map: &mut MapReader<'_>,
    place: &Place,
    on: &[(crate::NameKind, u16)],
) -> Option<NameRules> {
    let most_bytes = map
        .opt_u64_in("max_bytes", 1..=64 * 1024 * 1024)
        .unwrap_or(MOST_BYTES);
    let lets_more = map
        .opt_one_of("oversize", "block or allow", OVERSIZE)
        .unwrap_or(false);
    let model = map.require("model")?;
    let folder = Path::new(model.str()?);
    if !folder.is_absolute() {
        model.fail("is the whole path of a folder, as in /var/lib/marshal/en_core_web_sm-3.8.0");
        return None;
    }
    match NameFinder::load(folder, on) {
        Ok(finder) => Some(NameRules {
            finder,
            most_bytes: usize::try_from(most_bytes).unwrap_or(usize::MAX),
            lets_more,
            place: place.clone(),
        }),
        Err(error) => {
            model.fail(format!(
                "holds no model that can be run: {error}. It is the folder of a spaCy pipeline, the one with config.cfg"
            ));
            None
        }
    }
}
