//! What is known of a target (region, contracts, certifications) and of a call (purpose): names with typed values.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// One value that a policy condition can ask for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fact {
    /// `pci: true`
    Bool(bool),
    /// `region: eu`
    Text(Arc<str>),
    /// `max_tokens: 4096`
    Number(i64),
    /// `certifications: [iso27001, soc2]`
    List(Vec<Arc<str>>),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::List(items) => write!(f, "[{}]", items.join(", ")),
        }
    }
}

/// Facts by name. A fact that is absent is neither true nor equal to anything.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Facts(pub BTreeMap<Arc<str>, Fact>);

impl Facts {
    /// The fact of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    /// Adds or replaces a fact.
    #[must_use]
    pub fn with(mut self, name: &str, fact: Fact) -> Self {
        self.0.insert(Arc::from(name), fact);
        self
    }
}
