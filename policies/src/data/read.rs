//! Reads the entities of `data.yaml`: groups, single ones, and patterns of the user's own.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_detect::{Builtin, Custom, Detector, Group, LEAST_SCORE, Shape, Validator};
use marshal_types::Place;
use marshal_yaml::{Item, Key, MapReader, Node, Problems, Value};

use super::entity::{Entity, IN_ANSWERS, InAnswers, TREATMENTS};
use super::names::{self, NameRules};
use super::{DataRules, GuardAction, attachments, guards, profiles};
use crate::NameKind;

const MODES: &[(&str, bool)] = &[("enforce", false), ("shadow", true)];

pub(super) fn file(node: &Node, mut map: MapReader<'_>, notes: &Problems) -> Option<DataRules> {
    map.u64_in("version", 1..=1);
    let shadow = map.opt_one_of("mode", "a mode", MODES).unwrap_or(false);
    let correlate = map.opt_bool("correlate").unwrap_or(false);
    let mut reader = Reader {
        shadow,
        entities: Vec::new(),
        builtins: Vec::new(),
        customs: Vec::new(),
        names: BTreeSet::new(),
    };
    // A group's own entities first: what is said of one of them alone comes after, and counts.
    let named: BTreeSet<&str> = node.get("entities").map(keys).unwrap_or_default();
    if let Some(mut groups) = map.opt_map("groups") {
        for (key, item) in groups.entries() {
            reader.group(key, &item, &named, notes);
        }
        groups.finish();
    }
    if let Some(mut entities) = map.map("entities") {
        for (key, item) in entities.entries() {
            reader.builtin(key, &item, notes);
        }
        entities.finish();
    }
    for item in map.opt_seq("custom").unwrap_or_default() {
        reader.custom(&item);
    }
    let name_rules = map.get("names").and_then(|item| reader.names(&item, notes));
    let guards = guards::guards(&mut map);
    let attachments = attachments::attachments(&mut map);
    let uninspected = profiles::uninspected(&mut map, notes);
    let profiles = profiles::profiles(&mut map, &reader.entities, notes);
    map.finish();
    let names = reader
        .entities
        .iter()
        .map(|entity| Arc::clone(&entity.name))
        .collect();
    let least = reader
        .entities
        .iter()
        .map(|entity| entity.min_score)
        .collect();
    notes.is_empty().then_some(())?;
    let answer_guards: Vec<_> = guards
        .iter()
        .filter(|guard| guard.answers && guard.kind.looks_at_parts())
        .cloned()
        .collect();
    let changes_answers = reader
        .entities
        .iter()
        .any(|entity| !entity.shadow && entity.answers >= InAnswers::Mask)
        || answer_guards
            .iter()
            .any(|guard| !guard.shadow && guard.action > GuardAction::Alert);
    match Detector::new(names, &reader.builtins, reader.customs, least) {
        Ok(detector) => Some(DataRules {
            changes_answers,
            entities: reader.entities,
            detector,
            correlate,
            answer_guards,
            guards,
            names: name_rules,
            attachments,
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

/// The keys of a map, as they are written.
fn keys(node: &Node) -> BTreeSet<&str> {
    match &node.value {
        Value::Map(entries) => entries.iter().map(|(key, _)| key.text.as_str()).collect(),
        _ => BTreeSet::new(),
    }
}

struct Reader {
    shadow: bool,
    entities: Vec<Entity>,
    builtins: Vec<(Builtin, u16)>,
    customs: Vec<Custom>,
    names: BTreeSet<String>,
}

impl Reader {
    /// A group stands for each of its entities that the file does not name itself.
    fn group(&mut self, key: &Key, item: &Item<'_>, named: &BTreeSet<&str>, notes: &Problems) {
        let Some(group) = Group::ALL
            .into_iter()
            .find(|group| group.name() == key.text)
        else {
            let hint = nearest(&key.text, Group::ALL.iter().map(|group| group.name()));
            notes.add(
                &key.place,
                item.path(),
                format!("no group of entities has this name{hint}"),
            );
            return;
        };
        let Some(mut map) = item.map() else { return };
        let common = self.common(&mut map, &key.place);
        let except = map.opt_strs("except").unwrap_or_default();
        let members = || {
            Builtin::ALL
                .iter()
                .copied()
                .filter(|builtin| builtin.group() == group)
        };
        for name in &except {
            if !members().any(|member| member.name() == *name) {
                let hint = nearest(name, members().map(Builtin::name));
                map.fail(format!(
                    "{name} under except is no entity of this group{hint}"
                ));
            }
        }
        map.finish();
        let Some(common) = common else { return };
        let members = members()
            .filter(|member| !except.contains(&member.name()) && !named.contains(member.name()));
        for builtin in members {
            self.add(builtin, common.clone(), notes);
        }
    }

    fn builtin(&mut self, key: &Key, item: &Item<'_>, notes: &Problems) {
        let Some(builtin) = Builtin::by_name(&key.text) else {
            let hint = nearest(&key.text, Builtin::ALL.iter().map(|known| known.name()));
            notes.add(&key.place, item.path(), format!("no built-in entity has this name{hint} (an entity of your own belongs under custom)"));
            return;
        };
        let Some(mut map) = item.map() else { return };
        let common = self.common(&mut map, &key.place);
        map.finish();
        if let Some(common) = common {
            self.add(builtin, common, notes);
        }
    }

    fn add(&mut self, builtin: Builtin, common: Entity, notes: &Problems) {
        let Some(number) = self.number(&common.place, notes) else {
            return;
        };
        self.builtins.push((builtin, number));
        self.entities.push(Entity {
            name: builtin.name().into(),
            shape: builtin.shape(),
            ..common
        });
    }

    fn number(&self, place: &Place, notes: &Problems) -> Option<u16> {
        let number = u16::try_from(self.entities.len()).ok();
        if number.is_none() {
            notes.add(place, "", "there are too many entities");
        }
        number
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
            } else if !self.names.insert(text.to_owned()) {
                name.fail("is the name of two custom entities; choose another");
            }
            Some(text)
        });
        let place = item.place().clone();
        let common = self.common(&mut map, &place);
        let number = u16::try_from(self.entities.len());
        let custom = pattern(&mut map, number.unwrap_or_default());
        if number.is_err() {
            map.fail("there are too many entities");
        }
        map.finish();
        if let (Some(custom), Some(common), Some(name), Ok(_)) = (custom, common, name, number) {
            self.customs.push(custom);
            self.entities.push(Entity {
                name: name.into(),
                ..common
            });
        }
    }

    fn names(&mut self, item: &Item<'_>, notes: &Problems) -> Option<NameRules> {
        let mut map = item.map()?;
        let mut on = Vec::new();
        if let Some(mut entities) = map.map("entities") {
            for (key, item) in entities.entries() {
                let known = NameKind::ALL
                    .into_iter()
                    .find(|kind| kind.name() == key.text);
                let Some(kind) = known else {
                    let hint = nearest(&key.text, NameKind::ALL.iter().map(|kind| kind.name()));
                    notes.add(
                        &key.place,
                        item.path(),
                        format!("the model finds no such names{hint}"),
                    );
                    continue;
                };
                let Some(mut map) = item.map() else { continue };
                let common = self.common(&mut map, &key.place);
                map.finish();
                let (Some(common), Some(number)) = (common, self.number(&key.place, notes)) else {
                    continue;
                };
                on.push((kind, number));
                self.entities.push(Entity {
                    name: kind.name().into(),
                    shape: Shape::Name,
                    ..common
                });
            }
            entities.finish();
        }
        let rules = names::rules(&mut map, item.place(), &on);
        map.finish();
        rules
    }

    /// What groups, entities and patterns have in common. The name and the shape come later.
    fn common(&self, map: &mut MapReader<'_>, place: &Place) -> Option<Entity> {
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
        let answers = map.opt_one_of("answers", "an action for answers", IN_ANSWERS);
        let shadow = map
            .opt_one_of("mode", "a mode", MODES)
            .unwrap_or(self.shadow);
        let min_score = map
            .opt_u64_in("min_score", 1..=99)
            .and_then(|score| u8::try_from(score).ok());
        let allow = map.opt_strs("allow").unwrap_or_default();
        Some(Entity {
            name: Arc::default(),
            class: class?.into(),
            treatment: treatment?,
            answers: answers.unwrap_or(InAnswers::Allow),
            shadow,
            min_score: min_score.unwrap_or(LEAST_SCORE),
            allow: allow
                .into_iter()
                .map(|value| value.to_lowercase().into())
                .collect(),
            shape: Shape::Token,
            place: place.clone(),
        })
    }
}

fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> String {
    marshal_yaml::nearest(word, among)
        .map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

fn pattern(map: &mut MapReader<'_>, entity: u16) -> Option<Custom> {
    let pattern = map.require("pattern");
    let validator = validator(map);
    let context = map.opt_strs("context").unwrap_or_default();
    let (matching, others) = (map.get("must_match"), map.get("must_not_match"));
    let pattern = pattern?;
    let custom = Custom {
        entity,
        pattern: pattern.str()?.to_owned(),
        validator,
        context: context.into_iter().map(str::to_lowercase).collect(),
    };
    if let Err(error) = custom.matches("") {
        pattern.fail(format!("cannot be read: {error}"));
        return None;
    }
    for (examples, want) in [(matching, true), (others, false)] {
        for example in examples.as_ref().and_then(Item::seq).unwrap_or_default() {
            check_example(&custom, &example, want);
        }
    }
    Some(custom)
}

/// `luhn`, `mod97`, `verhoeff`, `mod11_10`, or the name of an entity whose rule has check digits.
fn validator(map: &mut MapReader<'_>) -> Validator {
    let Some(item) = map.get("validator") else {
        return Validator::None;
    };
    let Some(name) = item.str() else {
        return Validator::None;
    };
    Validator::by_name(name).unwrap_or_else(|| {
        let hint = nearest(name, Validator::names());
        item.fail(format!(
            "no validator has this name{hint}; there are {} and the names of built-in identifiers",
            Validator::NAMES.join(", ")
        ));
        Validator::None
    })
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
