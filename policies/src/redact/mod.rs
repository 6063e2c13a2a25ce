//! Cleans one call: finds what is sensitive, replaces it, and remembers how to put it back into the answer.

mod answers;
mod attachment;
mod ff1;
mod restore;
mod surrogate;
mod watch;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use marshal_detect::Found;
use marshal_types::{DataClass, Place};

pub use answers::{AnswerInspector, Answers};
pub use attachment::is_document;
pub use restore::{StreamRestorer, Surrogates};

use crate::data::{DataRules, Entity, Treatment};
use surrogate::Maker;

/// The key under which surrogates are made: one per tenant, derived by the caller from a secret of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct ScopeKey(pub [u8; 32]);

impl std::fmt::Debug for ScopeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScopeKey([REDACTED])")
    }
}

/// A value that may not leave at all. Names the entity and where it stood, never the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{path} holds a value of the kind {entity}, which {place} blocks; remove it and send the call again"
)]
pub struct Blocked {
    /// The entity, as `data.yaml` calls it.
    pub entity: Arc<str>,
    /// Where in the request: `messages[0].content`.
    pub path: String,
    /// The line of `data.yaml` that blocks it.
    pub place: Place,
}

/// What was found at one place of the request, by entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The entity, as `data.yaml` calls it.
    pub entity: Arc<str>,
    /// Its class.
    pub class: DataClass,
    /// Where in the request: `messages[0].content`.
    pub path: String,
    /// How many values.
    pub count: u32,
    /// What was done: `allow`, `alert`, `surrogate`, `fpe`, `tag`, `hash`, `mask` or `block`.
    pub action: &'static str,
    /// What found it: `luhn`, `stripe_access_token`, `pattern`.
    pub detector: Cow<'static, str>,
    /// How sure the surest of them is, in percent.
    pub score: u8,
    /// Keyed hashes of the values, each once, where `data.yaml` has `correlate: true`.
    pub hashes: Vec<String>,
    /// In shadow mode: recorded, not done.
    pub shadow: bool,
}

/// What the whole call held.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// The classes found, before anything was replaced. Entities in shadow mode do not count.
    pub classes: BTreeSet<DataClass>,
    /// What was found, in the order of the request.
    pub findings: Vec<Finding>,
    /// How to put the originals back.
    pub surrogates: Surrogates,
    /// How the answer is looked at.
    pub answers: Answers,
}

/// Inspects and cleans the strings and numbers of one call, one after another.
#[derive(Debug)]
pub struct Redactor<'a> {
    rules: &'a Arc<DataRules>,
    /// What is done with each entity where obligations make it stricter.
    stricter: Option<Vec<Treatment>>,
    key: ScopeKey,
    found: Vec<Found>,
    findings: Vec<Finding>,
    maker: Option<Maker>,
    /// By entity and value: what stands in its place, so that one value has one surrogate in the whole call.
    made: HashMap<(u16, Box<str>), Arc<str>>,
    /// By entity: how many tags it has.
    tags: HashMap<u16, u32>,
    /// The letters and digits of every surrogate of the call, with what they stand for: no two values may share them,
    /// but for one number that is written in two ways.
    taken: HashMap<String, Taken>,
    /// Values that go out as they are: what the model repeats of them is no news.
    known: HashSet<(u16, Box<str>)>,
    /// Bytes that the model of names has looked at.
    named: usize,
    /// What [`take`](Self::take) gave last, and of how many surrogates it was made.
    shown: (usize, Surrogates),
}

/// The class of what was not looked at: it is no value of any kind.
const UNREAD: &str = "unread";
/// The most surrogates of one call. Further values are masked: a text with more is no conversation.
const MOST_SURROGATES: usize = 10_000;
/// As many hashes of one finding are kept.
const MOST_HASHES: usize = 32;
/// As many new surrogates are looked for in the text one by one.
const FEW: usize = 16;

impl<'a> Redactor<'a> {
    pub(crate) fn new(rules: &'a Arc<DataRules>, key: &ScopeKey) -> Self {
        Self {
            rules,
            stricter: None,
            key: key.clone(),
            found: Vec::new(),
            findings: Vec::new(),
            maker: None,
            made: HashMap::new(),
            tags: HashMap::new(),
            taken: HashMap::new(),
            known: HashSet::new(),
            named: 0,
            shown: (0, Surrogates::default()),
        }
    }

    /// The same, by these profiles of `data.yaml` as well.
    pub(crate) fn by(mut self, profiles: &BTreeSet<Arc<str>>) -> Self {
        self.stricter = (!profiles.is_empty()).then(|| self.rules.treatments(profiles));
        self
    }

    fn treatment(&self, number: u16) -> Treatment {
        let stricter = self.stricter.as_ref();
        stricter
            .and_then(|all| all.get(usize::from(number)).copied())
            .unwrap_or_else(|| self.rules.entity(number).treatment)
    }

    /// Cleans a text. `None`: nothing to change. `path` is asked only where something was found.
    ///
    /// # Errors
    /// [`Blocked`] if the text holds a value whose action is `block`.
    pub fn text(
        &mut self,
        path: &dyn Fn() -> String,
        text: &str,
    ) -> Result<Option<String>, Blocked> {
        self.labelled("", path, text)
    }

    /// As [`Self::text`], for a text that stands under a label: the key of a JSON member, a field of a form.
    ///
    /// # Errors
    /// [`Blocked`] if the text holds a value whose action is `block`.
    pub fn labelled(
        &mut self,
        label: &str,
        path: &dyn Fn() -> String,
        text: &str,
    ) -> Result<Option<String>, Blocked> {
        let mut found = std::mem::take(&mut self.found);
        self.rules.find(label, text, &mut found);
        let looked = self.names(path, text, &mut found);
        let cleaned = match looked {
            Err(blocked) => Err(blocked),
            Ok(()) if found.is_empty() => Ok(None),
            Ok(()) => self.clean(path, text, &found),
        };
        self.found = found;
        cleaned
    }

    /// Adds the names of a text, as long as the call's texts are not more than the model may look at.
    fn names(
        &mut self,
        path: &dyn Fn() -> String,
        text: &str,
        found: &mut Vec<Found>,
    ) -> Result<(), Blocked> {
        // Names begin with a capital, or are written without such.
        let Some(rules) = self.rules.names().filter(|_| may_name(text)) else {
            return Ok(());
        };
        let before = self.named;
        self.named = before.saturating_add(text.len());
        if self.named <= rules.most_bytes {
            self.named = before.saturating_add(rules.finder.weight(text));
        }
        if self.named <= rules.most_bytes {
            self.rules.find_names(rules, text, found);
            return Ok(());
        }
        let first = before <= rules.most_bytes;
        if first {
            self.findings.push(Finding {
                entity: "names".into(),
                class: DataClass(UNREAD.into()),
                path: path(),
                count: 1,
                action: if rules.lets_more {
                    "failed_open"
                } else {
                    "failed_closed"
                },
                detector: "oversize".into(),
                score: 0,
                hashes: Vec::new(),
                shadow: false,
            });
        }
        if rules.lets_more {
            return Ok(());
        }
        Err(Blocked {
            entity: "more text than the model of names may look at".into(),
            path: path(),
            place: rules.place.clone(),
        })
    }

    /// Looks at a text that cannot be changed, such as an address: what would be replaced elsewhere is refused here.
    ///
    /// # Errors
    /// [`Blocked`] if the text holds a value whose action is not `allow`.
    pub fn refuse_text(&mut self, path: &dyn Fn() -> String, text: &str) -> Result<(), Blocked> {
        let Some(_) = self.text(path, text)? else {
            return Ok(());
        };
        let path = path();
        let entity = self
            .findings
            .iter()
            .rev()
            .find(|finding| {
                finding.path == path
                    && !finding.shadow
                    && !matches!(finding.action, "allow" | "alert")
            })
            .and_then(|finding| {
                let mut entities = self.rules.entities().iter();
                entities.find(|entity| entity.name == finding.entity)
            })
            .or_else(|| self.rules.entities().first());
        match entity {
            Some(entity) => Err(Blocked {
                entity: Arc::clone(&entity.name),
                path,
                place: entity.place.clone(),
            }),
            None => Ok(()),
        }
    }

    /// What was found since this was last asked, and how to put back everything so far: for conversations that go on.
    #[must_use]
    pub fn take(&mut self) -> Inspection {
        let findings = std::mem::take(&mut self.findings);
        if self.shown.0 != self.made.len() {
            let pairs = self
                .made
                .iter()
                .map(|((_, value), made)| (Arc::clone(made), value.clone()));
            self.shown = (self.made.len(), Surrogates::new(pairs));
        }
        Inspection {
            classes: classes(&findings),
            surrogates: self.shown.1.clone(),
            answers: Answers::new(self.rules, self.known.clone(), &self.shown.1),
            findings,
        }
    }

    /// What was found in all, and how to put it back.
    #[must_use]
    pub fn finish(self) -> Inspection {
        let pairs = self
            .made
            .into_iter()
            .map(|((_, value), made)| (made, value));
        let surrogates = Surrogates::new(pairs);
        Inspection {
            classes: classes(&self.findings),
            answers: Answers::new(self.rules, self.known, &surrogates),
            surrogates,
            findings: self.findings,
        }
    }

    fn clean(
        &mut self,
        path: &dyn Fn() -> String,
        text: &str,
        found: &[Found],
    ) -> Result<Option<String>, Blocked> {
        let path = path();
        let stands = self.stands(text, found);
        let mut clean = String::with_capacity(text.len() + 32);
        let mut copied = 0;
        for one in found {
            let entity = self.rules.entity(one.entity);
            let treatment = self.treatment(one.entity);
            let value = &text[one.start..one.end];
            self.record(entity, treatment, one, value, &path);
            let replacement = match treatment {
                _ if entity.shadow || treatment <= Treatment::Alert => {
                    if self.known.len() < MOST_SURROGATES {
                        self.known.insert((one.entity, value.into()));
                    }
                    continue;
                }
                Treatment::Allow | Treatment::Alert => continue,
                Treatment::Block => {
                    return Err(Blocked {
                        entity: Arc::clone(&entity.name),
                        path,
                        place: entity.place.clone(),
                    });
                }
                Treatment::Mask => mask(entity),
                Treatment::Hash => format!("[{}:{}]", entity.name, self.hash(entity, value)).into(),
                Treatment::Surrogate | Treatment::Fpe | Treatment::Tag => {
                    self.replacement(treatment, one.entity, value, text, &stands)
                }
            };
            clean.push_str(&text[copied..one.start]);
            clean.push_str(&replacement);
            copied = one.end;
        }
        if copied == 0 {
            return Ok(None);
        }
        clean.push_str(&text[copied..]);
        Ok(Some(clean))
    }

    fn record(
        &mut self,
        entity: &Entity,
        treatment: Treatment,
        one: &Found,
        value: &str,
        path: &str,
    ) {
        let hash = self.rules.correlates().then(|| self.hash(entity, value));
        let same = |finding: &&mut Finding| finding.path == path && finding.entity == entity.name;
        if let Some(finding) = self.findings.iter_mut().rev().take(16).find(same) {
            finding.count = finding.count.saturating_add(1);
            finding.score = finding.score.max(one.score);
            finding.hashes.extend(hash.filter(|hash| {
                finding.hashes.len() < MOST_HASHES && !finding.hashes.contains(hash)
            }));
            return;
        }
        self.findings.push(Finding {
            entity: Arc::clone(&entity.name),
            class: DataClass(Arc::clone(&entity.class)),
            path: path.to_owned(),
            count: 1,
            action: treatment.as_str(),
            detector: one.rule.into(),
            score: one.score,
            hashes: hash.into_iter().collect(),
            shadow: entity.shadow,
        });
    }

    fn maker(&mut self) -> &Maker {
        self.maker.get_or_insert_with(|| Maker::new(&self.key))
    }

    fn hash(&mut self, entity: &Entity, value: &str) -> String {
        self.maker().hash(entity.shape, &entity.name, value)
    }

    /// What stands in the place of a value, and is put back into the answer.
    fn replacement(
        &mut self,
        treatment: Treatment,
        number: u16,
        value: &str,
        text: &str,
        stands: &Stands,
    ) -> Arc<str> {
        if let Some(made) = self.made.get(&(number, value.into())) {
            return Arc::clone(made);
        }
        let rules = self.rules;
        let entity = rules.entity(number);
        if self.made.len() >= MOST_SURROGATES {
            return mask(entity);
        }
        let taken = std::mem::take(&mut self.taken);
        let normal = surrogate::normal(entity.shape, value);
        let free = |made: &str| {
            let other = taken.get(&letters(made));
            made != value
                && other.is_none_or(|other| other.lets(&normal, made))
                && !stands.has(text, made)
                && rules.is_quiet(entity.shape, made)
        };
        let made: Option<String> = match treatment {
            Treatment::Tag => Some(self.tag(number, &entity.name, &free)),
            Treatment::Fpe => self
                .maker()
                .encrypt(&entity.name, value)
                .filter(|made| free(made)),
            _ => None,
        };
        let made: Arc<str> = match made {
            Some(made) => made.into(),
            None => self
                .maker()
                .make(entity.shape, &entity.name, value, free)
                .into(),
        };
        self.taken = taken;
        let taken = self.taken.entry(letters(&made)).or_insert_with(|| Taken {
            normal,
            written: Vec::new(),
        });
        taken.written.push(Arc::clone(&made));
        self.made.insert((number, value.into()), Arc::clone(&made));
        made
    }

    /// The next number of an entity that the text does not have already.
    fn tag(&mut self, number: u16, name: &str, free: &impl Fn(&str) -> bool) -> String {
        let next = self.tags.entry(number).or_insert(0);
        loop {
            *next += 1;
            let made = format!("[{name}_{next}]");
            if free(&made) {
                return made;
            }
        }
    }

    /// Which surrogates stand in the text already. For many finds the text is read once for all of them.
    fn stands(&mut self, text: &str, found: &[Found]) -> Stands {
        if found.len() <= FEW {
            return Stands::Ask;
        }
        let rules = self.rules;
        let maker = self.maker();
        let mut first = HashSet::new();
        for one in found.iter().take(MOST_SURROGATES) {
            let entity = rules.entity(one.entity);
            first.insert(maker.make(
                entity.shape,
                &entity.name,
                &text[one.start..one.end],
                |_| true,
            ));
        }
        let pairs = first.into_iter().map(|made| (Arc::from(made), "".into()));
        Stands::These(Surrogates::new(pairs).standing(text))
    }
}

/// Whether a text may hold a name: a word with a capital, or letters of a script that has none.
fn may_name(text: &str) -> bool {
    text.bytes()
        .any(|byte| byte.is_ascii_uppercase() || byte >= 0x80)
}

/// A surrogate that is given, in each way that it is written.
#[derive(Debug)]
struct Taken {
    /// What it stands for, however that is written.
    normal: String,
    written: Vec<Arc<str>>,
}

impl Taken {
    /// Whether the same value may have it in another writing.
    fn lets(&self, normal: &str, made: &str) -> bool {
        self.normal == normal
            && !self
                .written
                .iter()
                .any(|one| one.eq_ignore_ascii_case(made))
    }
}

/// Which surrogates stand in a text before one is put into it.
enum Stands {
    /// The text is searched for each.
    Ask,
    /// Of the first choices, these.
    These(HashSet<Arc<str>>),
}

impl Stands {
    fn has(&self, text: &str, made: &str) -> bool {
        match self {
            Self::Ask => memchr::memmem::find(text.as_bytes(), made.as_bytes()).is_some(),
            Self::These(known) => known.contains(made),
        }
    }
}

/// By which surrogates are told apart, however an answer writes them.
fn letters(made: &str) -> String {
    made.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn classes(findings: &[Finding]) -> BTreeSet<DataClass> {
    let is_value = |finding: &&Finding| !finding.shadow && &*finding.class.0 != UNREAD;
    let enforced = findings.iter().filter(is_value);
    enforced.map(|finding| finding.class.clone()).collect()
}

fn mask(entity: &Entity) -> Arc<str> {
    format!("[{}]", entity.name).into()
}

#[cfg(test)]
mod tests;
