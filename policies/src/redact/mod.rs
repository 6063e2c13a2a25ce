//! Cleans one call: finds what is sensitive, replaces it, and remembers how to put it back into the answer.

mod restore;
mod surrogate;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use marshal_types::{DataClass, Place};

pub use restore::{StreamRestorer, Surrogates};

use crate::data::{DataRules, Entity, Treatment};
use crate::detect::Found;
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
    /// `allow`, `mask`, `surrogate` or `block`.
    pub action: &'static str,
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
}

/// Inspects and cleans the strings and numbers of one call, one after another.
#[derive(Debug)]
pub struct Redactor<'a> {
    rules: &'a DataRules,
    /// What is done with each entity where obligations make it stricter.
    stricter: Option<Vec<Treatment>>,
    key: ScopeKey,
    found: Vec<Found>,
    findings: Vec<Finding>,
    maker: Option<Maker>,
    /// By entity and value: the surrogate, so that one value has one surrogate in the whole call.
    made: HashMap<(u16, Box<str>), Arc<str>>,
    /// Every surrogate of the call in lower case: no two values may share one.
    taken: HashSet<String>,
    /// What [`take`](Self::take) gave last, and of how many surrogates it was made.
    shown: (usize, Surrogates),
}

/// The most surrogates of one call. Further values are masked: a text with more is no conversation.
const MOST_SURROGATES: usize = 10_000;
/// As many new surrogates are looked for in the text one by one.
const FEW: usize = 16;

impl<'a> Redactor<'a> {
    pub(crate) fn new(rules: &'a DataRules, key: &ScopeKey) -> Self {
        Self {
            rules,
            stricter: None,
            key: key.clone(),
            found: Vec::new(),
            findings: Vec::new(),
            maker: None,
            made: HashMap::new(),
            taken: HashSet::new(),
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
        let mut found = std::mem::take(&mut self.found);
        self.rules.detector().find(text, &mut found);
        let cleaned = if found.is_empty() {
            Ok(None)
        } else {
            self.clean(path, text, &found)
        };
        self.found = found;
        cleaned
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
            .find(|finding| finding.path == path && !finding.shadow && finding.action != "allow")
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

    /// Cleans a number of JSON, given by its digits. The surrogate of a card number is digits again and exact in a
    /// JSON number; a replacement that is not all digits is a text, and the caller writes it in quotes. `None`: nothing
    /// to change.
    ///
    /// # Errors
    /// [`Blocked`] if the number is a value whose action is `block`.
    pub fn number(
        &mut self,
        path: &dyn Fn() -> String,
        digits: &str,
    ) -> Result<Option<String>, Blocked> {
        self.text(path, digits)
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
        Inspection {
            classes: classes(&self.findings),
            surrogates: Surrogates::new(pairs),
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
            self.record(entity, treatment, &path);
            let value = &text[one.start..one.end];
            let replacement = match treatment {
                _ if entity.shadow => continue,
                Treatment::Allow => continue,
                Treatment::Block => {
                    return Err(Blocked {
                        entity: Arc::clone(&entity.name),
                        path,
                        place: entity.place.clone(),
                    });
                }
                Treatment::Mask => mask(entity),
                Treatment::Surrogate => self.surrogate(one.entity, value, text, &stands),
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

    fn record(&mut self, entity: &Entity, treatment: Treatment, path: &str) {
        let same = |finding: &&mut Finding| finding.path == path && finding.entity == entity.name;
        if let Some(finding) = self.findings.iter_mut().rev().take(16).find(same) {
            finding.count = finding.count.saturating_add(1);
            return;
        }
        self.findings.push(Finding {
            entity: Arc::clone(&entity.name),
            class: DataClass(Arc::clone(&entity.class)),
            path: path.to_owned(),
            count: 1,
            action: treatment.as_str(),
            shadow: entity.shadow,
        });
    }

    fn surrogate(&mut self, number: u16, value: &str, text: &str, stands: &Stands) -> Arc<str> {
        if let Some(made) = self.made.get(&(number, value.into())) {
            return Arc::clone(made);
        }
        let entity = self.rules.entity(number);
        if self.made.len() >= MOST_SURROGATES {
            return mask(entity);
        }
        let maker = self.maker.get_or_insert_with(|| Maker::new(&self.key));
        let taken = &self.taken;
        let free =
            |made: &str| !stands.has(text, made) && !taken.contains(&made.to_ascii_lowercase());
        let made: Arc<str> = maker.make(entity.shape, &entity.name, value, free).into();
        self.taken.insert(made.to_ascii_lowercase());
        self.made.insert((number, value.into()), Arc::clone(&made));
        made
    }

    /// Which surrogates stand in the text already. For many finds the text is read once for all of them.
    fn stands(&mut self, text: &str, found: &[Found]) -> Stands {
        if found.len() <= FEW {
            return Stands::Ask;
        }
        let maker = self.maker.get_or_insert_with(|| Maker::new(&self.key));
        let mut first = HashSet::new();
        for one in found.iter().take(MOST_SURROGATES) {
            let entity = self.rules.entity(one.entity);
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

/// Which surrogates stand in a text before one is put into it.
enum Stands {
    /// The text is searched for each.
    Ask,
    /// Of the first choices, these; in lower case.
    These(HashSet<String>),
}

impl Stands {
    fn has(&self, text: &str, made: &str) -> bool {
        match self {
            Self::Ask => memchr::memmem::find(text.as_bytes(), made.as_bytes()).is_some(),
            Self::These(known) => known.contains(&made.to_ascii_lowercase()),
        }
    }
}

fn classes(findings: &[Finding]) -> BTreeSet<DataClass> {
    let enforced = findings.iter().filter(|finding| !finding.shadow);
    enforced.map(|finding| finding.class.clone()).collect()
}

fn mask(entity: &Entity) -> Arc<str> {
    format!("[{}]", entity.name).into()
}

#[cfg(test)]
mod tests;
