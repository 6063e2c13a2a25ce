//! People, places and organisations: found by a model that the user supplies, where no pattern could know them.

mod said;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Weak};

use marshal_detect::{Found, Hit, Weight, resolve};
use marshal_names::{LoadError, Names};
use parking_lot::Mutex;

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A person.
    Person,
    /// A country, a city, a river, a building.
    Location,
    /// A company, an office, a club.
    Organization,
    /// A nationality, a religion, a political group.
    Nrp,
}

impl NameKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Person, Self::Location, Self::Organization, Self::Nrp];

    /// The entity's name in `data.yaml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "PERSON",
            Self::Location => "LOCATION",
            Self::Organization => "ORGANIZATION",
            Self::Nrp => "NRP",
        }
    }

    /// What the labels of spaCy's pipelines say.
    fn of_label(label: &str) -> Option<Self> {
        Some(match label {
            "PERSON" | "PER" => Self::Person,
            "GPE" | "LOC" | "FAC" => Self::Location,
            "ORG" => Self::Organization,
            "NORP" => Self::Nrp,
            _ => return None,
        })
    }
}

/// How sure a find of the model is, in percent: it gives no figure of its own.
const SCORE: u8 = 70;

/// Models that some bundle uses, so that a new bundle need not load them again.
static LOADED: LazyLock<Mutex<BTreeMap<PathBuf, Weak<Names>>>> = LazyLock::new(Mutex::default);

/// Looks for names.
#[derive(Clone, Debug)]
pub struct NameFinder {
    model: Arc<Names>,
    /// By kind: the entity's number.
    on: [Option<u16>; NameKind::ALL.len()],
}

impl NameFinder {
    /// Loads the model of a folder, the one that holds `config.cfg`. `on` says under which number each kind is found.
    ///
    /// # Errors
    /// [`LoadError`] if the folder has no model that can be run.
    pub(crate) fn load(folder: &Path, on: &[(NameKind, u16)]) -> Result<Self, LoadError> {
        let mut loaded = LOADED.lock();
        let model = match loaded.get(folder).and_then(Weak::upgrade) {
            Some(model) => model,
            None => {
                let model = Arc::new(Names::load(folder)?);
                loaded.retain(|_, model| model.strong_count() > 0);
                loaded.insert(folder.to_owned(), Arc::downgrade(&model));
                model
            }
        };
        let mut numbers = [None; NameKind::ALL.len()];
        for (kind, number) in on {
            numbers[*kind as usize] = Some(*number);
        }
        Ok(Self { model, on: numbers })
    }

    /// What a text costs, in bytes of ordinary prose: the model's time goes by words, and signs are words, too.
    pub(crate) fn weight(&self, text: &str) -> usize {
        text.len()
            .max(self.model.count_tokens(text).saturating_mul(5))
    }

    /// Looks for every kind of name, as its own entity.
    ///
    /// # Errors
    /// [`LoadError`] if the folder has no model that can be run.
    pub fn of_all(folder: &Path) -> Result<Self, LoadError> {
        let on: Vec<_> = NameKind::ALL.into_iter().zip(0..).collect();
        Self::load(folder, &on)
    }

    /// Adds the names of a text to what was found of built-in entities, where nothing else was found. For
    /// [`Self::of_all`].
    pub fn add(&self, text: &str, hits: &mut Vec<Hit>) {
        let taken = hits.iter().map(|hit| Found {
            entity: u16::MAX,
            start: hit.range.start,
            end: hit.range.end,
            weight: Weight::Checked,
            score: hit.score,
            rule: hit.rule,
        });
        let mut found: Vec<Found> = taken.collect();
        self.find(text, &mut found);
        let named = found.into_iter().filter_map(|one| {
            let kind = NameKind::ALL.get(usize::from(one.entity))?;
            Some(Hit {
                entity: kind.name().into(),
                range: one.start..one.end,
                rule: one.rule,
                score: one.score,
            })
        });
        hits.extend(named);
        hits.sort_by_key(|hit| hit.range.start);
    }

    /// Adds the names of a text where nothing else was found.
    pub(crate) fn find(&self, text: &str, found: &mut Vec<Found>) {
        let mut names = said::said(text);
        for one in found
            .iter()
            .filter(|one| text[one.start..one.end].contains('@'))
        {
            let bracketed = [" <", " ("]
                .iter()
                .any(|open| text[..one.start].ends_with(open));
            let name = bracketed.then(|| said::before(text, one.start - 2));
            names.extend(name.flatten().map(|name| (NameKind::Person, name)));
        }
        let mut guessed = Vec::new();
        self.model.find(text, &mut guessed);
        for name in guessed {
            if let Some(kind) = NameKind::of_label(&name.label) {
                let tidied = tidied(text, name.start, name.end).map(|(start, end)| start..end);
                let kept = tidied.filter(|range| !is_label(text, range.clone()));
                names.extend(kept.map(|range| (kind, range)));
            }
        }
        for (kind, range) in names {
            found.extend(self.on[kind as usize].map(|entity| Found {
                entity,
                start: range.start,
                end: range.end,
                weight: Weight::Guess,
                score: SCORE,
                rule: "names",
            }));
        }
        resolve(found);
    }
}

/// `SSN 078-05-1120`, `IBAN:`: a word in capitals before a number or a colon says what follows, and is no name.
fn is_label(text: &str, range: std::ops::Range<usize>) -> bool {
    let name = &text[range.clone()];
    let short = name.len() <= 5 && name.bytes().all(|byte| byte.is_ascii_uppercase());
    let rest = text[range.end..].trim_start_matches([' ', '#']);
    let number = rest.bytes().take(6).any(|byte| byte.is_ascii_digit());
    short && (rest.starts_with([':', '=']) || number)
}

/// The name without what the model takes along: one for each line, without blanks, signs and a genitive at its ends.
fn tidied(text: &str, start: usize, end: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = start;
    text[start..end]
        .split_inclusive(['\n', '\r', '\t', '|', '<', '>'])
        .filter_map(move |line| {
            let from = at;
            at += line.len();
            let sign = |c: char| !c.is_alphanumeric() && !matches!(c, '.' | ')' | '(');
            let head = line.trim_start_matches(sign);
            let start = from + (line.len() - head.len());
            let mut name = head.trim_end_matches(sign);
            for genitive in ["'s", "’s"] {
                name = name.strip_suffix(genitive).unwrap_or(name);
            }
            let letters = name.chars().filter(|c| c.is_alphabetic()).count();
            (letters >= 2).then_some((start, start + name.len()))
        })
}

#[cfg(test)]
mod tests;
