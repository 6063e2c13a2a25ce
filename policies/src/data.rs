//! `data.yaml`: what counts as sensitive, which class it is of, and what is done with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::{Place, Problem, Surface};
use marshal_yaml::{Item, MapReader, Problems};

use crate::detect::{Builtin, Custom, Detector, Shape, Validator};

/// What is done with a value before the call leaves, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Treatment {
    /// It is recorded that it was there.
    Allow,
    /// A value of the same shape stands in its place, and the answer gets the original back.
    Surrogate,
    /// `[EMAIL_ADDRESS]` stands in its place.
    Mask,
    /// The call is refused.
    Block,
}

impl Treatment {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Mask => "mask",
            Self::Surrogate => "surrogate",
            Self::Block => "block",
        }
    }
}

/// One entity of the file.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub(crate) name: Arc<str>,
    pub(crate) class: Arc<str>,
    pub(crate) treatment: Treatment,
    pub(crate) shadow: bool,
    pub(crate) shape: Shape,
    pub(crate) place: Place,
}

#[derive(Debug)]
pub(crate) struct DataRules {
    entities: Vec<Entity>,
    detector: Detector,
    /// Doors that what no detector can read may pass.
    uninspected: BTreeSet<Surface>,
    /// Stricter treatments by name, for lines whose obligation is `redact`.
    profiles: BTreeMap<Arc<str>, Vec<Option<Treatment>>>,
}

const TREATMENTS: &[(&str, Treatment)] = &[
    ("allow", Treatment::Allow),
    ("mask", Treatment::Mask),
    ("surrogate", Treatment::Surrogate),
    ("block", Treatment::Block),
];
/// What becomes of sound, pictures and files that no detector can read.
const UNINSPECTED: &[(&str, bool)] = &[("allow", true), ("block", false)];
const MODES: &[(&str, bool)] = &[("enforce", false), ("shadow", true)];
const VALIDATORS: &[(&str, Validator)] = &[
    ("none", Validator::None),
    ("luhn", Validator::Luhn),
    ("mod97", Validator::Mod97),
];

impl DataRules {
    /// Reads the file; whatever is wrong becomes a problem.
    pub(crate) fn read(file: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let notes = Problems::new();
        let rules = match marshal_yaml::parse(file, text) {
            Ok(node) => node
                .as_map(&notes, "")
                .and_then(|map| read_file(map, &notes)),
            Err(problem) => {
                problems.push(problem);
                return None;
            }
        };
        match notes.or(rules) {
            Ok(rules) => Some(rules),
            Err(found) => {
                problems.extend(found);
                None
            }
        }
    }

    /// Every class that some entity is of.
    pub(crate) fn classes(&self) -> BTreeSet<Arc<str>> {
        self.entities
            .iter()
            .map(|entity| Arc::clone(&entity.class))
            .collect()
    }

    pub(crate) fn lets_uninspected(&self, surface: Surface) -> bool {
        self.uninspected.contains(&surface)
    }

    /// The names of the profiles.
    pub(crate) fn profiles(&self) -> BTreeSet<Arc<str>> {
        self.profiles.keys().cloned().collect()
    }

    /// What is done with each entity under all of these profiles: the strictest that it or one of them says.
    pub(crate) fn treatments(&self, profiles: &BTreeSet<Arc<str>>) -> Vec<Treatment> {
        let base = self.entities.iter().map(|entity| entity.treatment);
        let mut treatments: Vec<Treatment> = base.collect();
        for profile in profiles.iter().filter_map(|name| self.profiles.get(name)) {
            for (treatment, stricter) in treatments.iter_mut().zip(profile) {
                *treatment = stricter.map_or(*treatment, |stricter| stricter.max(*treatment));
            }
        }
        treatments
    }

    pub(crate) fn detector(&self) -> &Detector {
        &self.detector
    }

    pub(crate) fn entities(&self) -> &[Entity] {
        &self.entities
    }

    pub(crate) fn entity(&self, number: u16) -> &Entity {
        &self.entities[usize::from(number)]
    }
}

fn read_file(mut map: MapReader<'_>, notes: &Problems) -> Option<DataRules> {
    map.u64_in("version", 1..=1);
    let shadow = map.opt_one_of("mode", "a mode", MODES).unwrap_or(false);
    let mut reader = Reader {
        shadow,
        entities: Vec::new(),
        builtins: Vec::new(),
        customs: Vec::new(),
        names: BTreeMap::new(),
    };
    if let Some(mut entities) = map.map("entities") {
        for (key, item) in entities.entries() {
            reader.builtin(&key.text, &key.place, &item, notes);
        }
        entities.finish();
    }
    for item in map.opt_seq("custom").unwrap_or_default() {
        reader.custom(&item);
    }
    let uninspected = uninspected(&mut map, notes);
    let profiles = profiles(&mut map, &reader.entities, notes);
    map.finish();
    let names = reader
        .entities
        .iter()
        .map(|entity| Arc::clone(&entity.name))
        .collect();
    notes.is_empty().then_some(())?;
    match Detector::new(names, &reader.builtins, reader.customs) {
        Ok(detector) => Some(DataRules {
            entities: reader.entities,
            detector,
            uninspected,
            profiles,
        }),
        Err(error) => {
            let place = reader.entities.last().map(|entity| entity.place.clone())?;
            notes.add(
                &place,
                "custom",
                format!("the patterns cannot be combined: {error}"),
            );
            None
        }
    }
}

/// `uninspected: {transcriptions: allow}`: what is not named is blocked.
fn uninspected(map: &mut MapReader<'_>, notes: &Problems) -> BTreeSet<Surface> {
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
fn profiles(
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

struct Reader {
    shadow: bool,
    entities: Vec<Entity>,
    builtins: Vec<(Builtin, u16)>,
    customs: Vec<Custom>,
    names: BTreeMap<String, ()>,
}

impl Reader {
    fn builtin(&mut self, name: &str, place: &Place, item: &Item<'_>, notes: &Problems) {
        let Some(builtin) = Builtin::by_name(name) else {
            let hint = marshal_yaml::nearest(name, Builtin::ALL.iter().map(|known| known.name()))
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            notes.add(place, item.path(), format!("no built-in entity has this name{hint} (an entity of your own belongs under custom)"));
            return;
        };
        let Some(mut map) = item.map() else { return };
        let entity = self.common(&mut map, name, place, builtin.shape());
        map.finish();
        if let Some((entity, number)) = entity {
            self.builtins.push((builtin, number));
            self.entities.push(entity);
        }
    }

    fn custom(&mut self, item: &Item<'_>) {
        let Some(mut map) = item.map() else { return };
        let name = map.require("name").and_then(|name| {
            let text = name.str()?;
            let good = text.len() <= 64
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
            if !good {
                name.fail("is written in capitals, digits and '_', as in EMPLOYEE_ID");
            } else if Builtin::by_name(text).is_some() {
                name.fail("is the name of a built-in entity; choose another");
            } else if self.names.insert(text.to_owned(), ()).is_some() {
                name.fail("is the name of two custom entities; choose another");
            }
            Some(text)
        });
        let place = item.place().clone();
        let entity = self.common(&mut map, name.unwrap_or_default(), &place, Shape::Token);
        let custom = Self::pattern(&mut map, entity.as_ref().map_or(0, |(_, number)| *number));
        map.finish();
        if let (Some(custom), Some((entity, _)), Some(_)) = (custom, entity, name) {
            self.customs.push(custom);
            self.entities.push(entity);
        }
    }

    fn common(
        &mut self,
        map: &mut MapReader<'_>,
        name: &str,
        place: &Place,
        shape: Shape,
    ) -> Option<(Entity, u16)> {
        let class = map.require("class").and_then(|item| {
            let class = item.str()?;
            let good = class != "none"
                && class
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            if !good {
                item.fail("is a word in small letters, digits and '_', and not none");
            }
            Some(class)
        });
        let treatment = map.one_of("action", "an action", TREATMENTS);
        let shadow = map
            .opt_one_of("mode", "a mode", MODES)
            .unwrap_or(self.shadow);
        let entity = Entity {
            name: name.into(),
            class: class?.into(),
            treatment: treatment?,
            shadow,
            shape,
            place: place.clone(),
        };
        let number = u16::try_from(self.entities.len()).ok();
        if number.is_none() {
            map.fail("there are too many entities");
        }
        Some((entity, number?))
    }

    fn pattern(map: &mut MapReader<'_>, entity: u16) -> Option<Custom> {
        let pattern = map.require("pattern");
        let validator = map
            .opt_one_of("validator", "a validator", VALIDATORS)
            .unwrap_or(Validator::None);
        let context = map.opt_strs("context").unwrap_or_default();
        let (matching, others) = (map.get("must_match"), map.get("must_not_match"));
        let pattern = pattern?;
        let custom = Custom {
            entity,
            pattern: pattern.str()?.to_owned(),
            validator,
            context: context.into_iter().map(str::to_lowercase).collect(),
        };
        match custom.matches("") {
            Ok(_) => {}
            Err(error) => {
                pattern.fail(format!("cannot be read: {error}"));
                return None;
            }
        }
        for (examples, want) in [(matching, true), (others, false)] {
            for example in examples.as_ref().and_then(Item::seq).unwrap_or_default() {
                check_example(&custom, &example, want);
            }
        }
        Some(custom)
    }
}

fn check_example(custom: &Custom, example: &Item<'_>, want: bool) {
    let Some(text) = example.str() else { return };
    // The example itself may be someone's real number: the message does not repeat it.
    if custom.matches(text).is_ok_and(|found| found != want) {
        example.fail(if want {
            "must be found by the pattern and its validator, and is not"
        } else {
            "must not be found by the pattern and its validator, and is"
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        assert!(DataRules::read("data.yaml", text, &mut problems).is_none());
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let told = problems(concat!(
            "version: 1\n",
            "mod: shadow\n",
            "entities:\n",
            "  EMAIL: {class: pii, action: surrogate}\n",
            "  US_SSN: {class: PII, action: tokenize}\n",
            "custom:\n",
            "  - {name: EMPLOYEE_ID, class: pii, pattern: 'E-(\\d{6}', action: mask}\n",
            "  - {name: BADGE, class: pii, pattern: 'B-\\d{4}', action: mask, must_match: [B-12], must_not_match: [B-1234]}\n",
        ));
        let wants = ["2:1", "4:3", "5:19", "5:32", "7:", "8:", "8:"];
        assert_eq!(told.len(), wants.len(), "{told:#?}");
        for (told, want) in told.iter().zip(wants) {
            assert!(
                told.starts_with(&format!("data.yaml:{want}")),
                "{told} {want}"
            );
        }
        assert!(told[0].contains("did you mean \"mode\"?"), "{told:?}");
    }

    #[test]
    fn an_example_is_not_repeated_in_a_message() {
        let told = problems(
            "version: 1\nentities: {}\ncustom:\n  - {name: A, class: b, action: mask, pattern: 'x', must_match: [hunter2]}\n",
        );
        assert!(!told[0].contains("hunter2"), "{told:?}");
    }
}
