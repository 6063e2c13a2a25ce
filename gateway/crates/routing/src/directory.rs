//! From the `model` that a client asks for to the targets that may answer.

use std::collections::HashMap;
use std::sync::Arc;

use marshal_types::{Mode, TargetName};

use crate::{Strategy, Target};

/// A name of the operator's own for several targets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VirtualModel {
    /// The name clients use.
    pub name: String,
    /// The targets, each of which is in the directory.
    pub candidates: Vec<TargetName>,
    /// How one is chosen.
    pub strategy: Strategy,
    /// How long an answer may be used again, in seconds; `None` for never.
    pub cache_ttl_s: Option<u32>,
}

/// What a model's name stands for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The virtual model's name, or `provider/model`.
    pub name: Arc<str>,
    /// The targets that may answer, in the configured order.
    pub candidates: Arc<[Arc<Target>]>,
    /// How one is chosen.
    pub strategy: Strategy,
    /// How long an answer may be used again, in seconds; `None` for never.
    pub cache_ttl_s: Option<u32>,
}

/// A line of the list of models.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// What a client writes as `model`.
    pub id: Arc<str>,
    /// The provider, or `marshal` for a virtual model.
    pub owned_by: Arc<str>,
    /// It holds conversations.
    pub chat: bool,
}

/// Every model by every name it has. Made once for a configuration; asking it allocates nothing.
#[derive(Debug, Default)]
pub struct Directory {
    names: HashMap<Arc<str>, Resolved>,
    listed: Vec<Listed>,
}

impl Directory {
    /// A directory of these targets, in the order of the configuration, and of these virtual models.
    ///
    /// # Errors
    /// A sentence for each target or name that stands twice, and for each candidate that is not there.
    pub fn new(
        targets: Vec<Arc<Target>>,
        virtuals: Vec<VirtualModel>,
    ) -> Result<Self, Vec<String>> {
        let mut directory = Self::default();
        let mut wrong = Vec::new();
        let mut by_name: HashMap<TargetName, Arc<Target>> = HashMap::new();
        for target in &targets {
            if by_name
                .insert(target.name.clone(), Arc::clone(target))
                .is_some()
            {
                wrong.push(format!("the target {} is configured twice", target.name));
            }
        }
        for model in virtuals {
            directory.add_virtual(model, &by_name, &mut wrong);
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        for target in &targets {
            directory.add_target(target);
        }
        // After every full name: a provider may call a model "openai/gpt-4o" that is another's full name.
        for target in &targets {
            directory.add_bare_name(target);
        }
        // A client that takes the first of the list should get an answer.
        directory.listed.sort_by_key(|listed| !listed.chat);
        Ok(directory)
    }

    /// What a name stands for: a virtual model, else `provider/model`, else a bare model name, which is the first
    /// configured provider's that has it.
    #[must_use]
    pub fn resolve(&self, model: &str) -> Option<Resolved> {
        self.names.get(model).cloned()
    }

    /// The known name that `model` is most likely a slip of. It is for the caller to check that the client may know it.
    #[must_use]
    pub fn nearest(&self, model: &str) -> Option<String> {
        let allowed = (model.chars().count() / 3).clamp(1, 4);
        self.names
            .keys()
            .filter_map(|name| within(model, name, allowed).map(|edits| (edits, name)))
            .min()
            .map(|(_, name)| name.to_string())
    }

    /// Every model once: virtual ones first, and the ones that hold conversations before the others.
    pub fn models(&self) -> impl Iterator<Item = &Listed> {
        self.listed.iter()
    }

    fn add_virtual(
        &mut self,
        model: VirtualModel,
        by_name: &HashMap<TargetName, Arc<Target>>,
        wrong: &mut Vec<String>,
    ) {
        let mut candidates = Vec::with_capacity(model.candidates.len());
        for name in &model.candidates {
            match by_name.get(name) {
                Some(target) => candidates.push(Arc::clone(target)),
                None => wrong.push(format!(
                    "the virtual model {} names {name}, which no provider offers; remove it or configure it",
                    model.name
                )),
            }
        }
        if model.candidates.is_empty() {
            wrong.push(format!(
                "the virtual model {} has no candidates",
                model.name
            ));
        }
        let name: Arc<str> = Arc::from(model.name.as_str());
        let listed = Listed {
            id: Arc::clone(&name),
            owned_by: Arc::from("marshal"),
            chat: candidates
                .iter()
                .any(|target| target.mode.serves(Mode::Chat)),
        };
        let resolved = Resolved {
            name: Arc::clone(&name),
            candidates: candidates.into(),
            strategy: model.strategy,
            cache_ttl_s: model.cache_ttl_s,
        };
        if self.names.insert(name, resolved).is_some() {
            wrong.push(format!("the virtual model {} is defined twice", model.name));
        }
        self.listed.push(listed);
    }

    /// Virtual names stand already, and stay.
    fn add_target(&mut self, target: &Arc<Target>) {
        let id: Arc<str> = Arc::from(target.name.to_string());
        let resolved = Resolved {
            name: Arc::clone(&id),
            candidates: Arc::from([Arc::clone(target)]),
            strategy: Strategy::Ordered,
            cache_ttl_s: None,
        };
        self.names.entry(Arc::clone(&id)).or_insert(resolved);
        if target.listed {
            self.listed.push(Listed {
                id,
                owned_by: Arc::from(target.name.provider.as_str()),
                chat: target.mode.serves(Mode::Chat),
            });
        }
    }

    /// Of two providers' models of the same name, the first keeps it.
    fn add_bare_name(&mut self, target: &Arc<Target>) {
        if let Some(resolved) = self.names.get(target.name.to_string().as_str()).cloned() {
            let bare = Arc::from(target.name.model.as_str());
            self.names.entry(bare).or_insert(resolved);
        }
    }
}

/// The number of edits between two words if there are at most `limit`. Long words are not looked at.
fn within(a: &str, b: &str, limit: usize) -> Option<usize> {
    const LONGEST: usize = 100;
    let a: Vec<char> = a.chars().take(LONGEST).collect();
    let b: Vec<char> = b.chars().take(LONGEST).collect();
    if a.len().abs_diff(b.len()) > limit || a.len() == LONGEST {
        return None;
    }
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = std::mem::replace(&mut last[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let edit = (corner + usize::from(x != y))
                .min(last[j] + 1)
                .min(last[j + 1] + 1);
            corner = std::mem::replace(&mut last[j + 1], edit);
        }
    }
    last.last().copied().filter(|edits| *edits <= limit)
}
