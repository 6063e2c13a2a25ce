//! `data.yaml`: what counts as sensitive, which class it is of, and what is done with it.

mod attachments;
mod entity;
mod guards;
mod names;
mod profiles;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_detect::{Detector, Found, Shape};
use marshal_types::{Problem, Surface};
use marshal_yaml::Problems;

pub(crate) use attachments::{Attachments, InFiles};
pub(crate) use entity::{Entity, InAnswers, Treatment};
pub use guards::{External, Guard, GuardAction, GuardKind, Protocol, Signatures};
pub(crate) use names::NameRules;

#[derive(Debug)]
pub(crate) struct DataRules {
    entities: Vec<Entity>,
    detector: Detector,
    /// Whether some entity is masked in answers, or ends them.
    changes_answers: bool,
    /// Whether keyed hashes of values are kept with what was found.
    correlate: bool,
    /// Doors that what no detector can read may pass.
    uninspected: BTreeSet<Surface>,
    guards: Vec<Guard>,
    /// Those that look at running answers by themselves.
    answer_guards: Vec<Guard>,
    names: Option<NameRules>,
    attachments: Attachments,
    /// Stricter treatments by name, for lines whose obligation is `redact`.
    profiles: BTreeMap<Arc<str>, Vec<Option<Treatment>>>,
}

impl DataRules {
    /// Reads the file; whatever is wrong becomes a problem.
    pub(crate) fn read(file: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let notes = Problems::new();
        let rules = match marshal_yaml::parse(file, text) {
            Ok(node) => node
                .as_map(&notes, "")
                .and_then(|map| read::file(&node, map, &notes)),
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
        let of_guards = self.guards.iter().filter_map(|guard| guard.class.clone());
        self.entities
            .iter()
            .map(|entity| Arc::clone(&entity.class))
            .chain(of_guards.map(|class| class.0))
            .collect()
    }

    pub(crate) fn lets_uninspected(&self, surface: Surface) -> bool {
        self.uninspected.contains(&surface)
    }

    /// Whether something in an answer is masked, or ends it.
    pub(crate) fn changes_answers(&self) -> bool {
        self.changes_answers
    }

    pub(crate) const fn correlates(&self) -> bool {
        self.correlate
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

    /// Everything that is found in a text under a label, but for what the file lets pass, into a buffer that is emptied
    /// first.
    pub(crate) fn find(&self, label: &str, text: &str, out: &mut Vec<Found>) {
        if label.is_empty() {
            self.detector.find(text, out);
        } else {
            self.detector.find_labelled(label, text, out);
        }
        out.retain(|found| {
            !self
                .entity(found.entity)
                .lets(&text[found.start..found.end])
        });
    }

    /// Whether no detector takes a surrogate of this shape for a value. Those that are addresses cannot but be found.
    pub(crate) fn is_quiet(&self, shape: Shape, made: &str) -> bool {
        if !matches!(
            shape,
            Shape::Card | Shape::Ssn | Shape::Iban | Shape::Identifier
        ) {
            return true;
        }
        let mut found = Vec::new();
        self.detector.find(made, &mut found);
        found.is_empty()
    }

    /// The names of a text, where nothing else was found in it.
    pub(crate) fn find_names(&self, rules: &NameRules, text: &str, out: &mut Vec<Found>) {
        rules.finder.find(text, out);
        out.retain(|found| {
            !self
                .entity(found.entity)
                .lets(&text[found.start..found.end])
        });
    }

    pub(crate) fn attachments(&self) -> &Attachments {
        &self.attachments
    }

    pub(crate) fn names(&self) -> Option<&NameRules> {
        self.names.as_ref()
    }

    /// The guards that look at running answers by themselves.
    pub(crate) fn answer_guards(&self) -> &[Guard] {
        &self.answer_guards
    }

    pub(crate) fn guards(&self) -> &[Guard] {
        &self.guards
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

#[cfg(test)]
mod tests;
