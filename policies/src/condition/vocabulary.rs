//! The facts that conditions may ask for, with their types. An unknown name is a typing mistake, never an absent fact.

/// The type of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactType {
    /// `true` or `false`.
    Bool,
    /// A word.
    Text,
    /// A whole number.
    Number,
    /// A list of words.
    List,
}

impl FactType {
    /// In words, for messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::List => "a list",
        }
    }
}

/// Every fact by name. The first ones describe a target, the later ones the call.
pub const FACTS: &[(&str, FactType)] = &[
    ("provider", FactType::Text),
    ("model", FactType::Text),
    ("region", FactType::Text),
    ("local", FactType::Bool),
    ("pci", FactType::Bool),
    ("hipaa", FactType::Bool),
    ("baa", FactType::Bool),
    ("dpa", FactType::Bool),
    ("gdpr", FactType::Bool),
    ("zero_retention", FactType::Bool),
    ("training", FactType::Bool),
    ("retention_days", FactType::Number),
    ("certifications", FactType::List),
    ("purpose", FactType::Text),
    ("tags", FactType::List),
    ("stream", FactType::Bool),
    ("tools", FactType::Bool),
    ("surface", FactType::Text),
    ("dialect", FactType::Text),
    ("max_output", FactType::Number),
];

pub(crate) fn type_of(name: &str) -> Option<FactType> {
    FACTS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, kind)| *kind)
}
