//! What must not be destroyed: a hold beats an erasure and a retention's end.

use std::path::{Path, PathBuf};

use marshal_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys::SubjectId;

/// What a hold is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    All,
    /// A tenant's, by its keyed hash.
    Tenant(String),
    /// A subject's, by its id.
    Subject(String),
}

impl Scope {
    pub(crate) fn covers(&self, id: &SubjectId) -> bool {
        match self {
            Self::All => true,
            Self::Tenant(tenant) => tenant == id.tenant(),
            Self::Subject(subject) => subject == id.as_str(),
        }
    }

    /// As records and lists name it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Tenant(tenant) => format!("tenant:{tenant}"),
            Self::Subject(subject) => subject.clone(),
        }
    }
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name: of a matter, a case.
    pub name: String,
    /// What it is about.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// From when on it holds no more, in microseconds since 1970; `None` until it is released.
    pub until_micros: Option<u64>,
}

impl Hold {
    pub(crate) fn is_in_force(&self, now: Timestamp) -> bool {
        self.until_micros
            .is_none_or(|until| until > now.as_micros())
    }
}

pub(crate) fn file(state: &Path) -> PathBuf {
    state.join("holds.json")
}

/// All holds; one that cannot be read is no reason to destroy anything.
pub(crate) fn read(state: &Path) -> Result<Vec<Hold>, String> {
    let file = file(state);
    let text = match std::fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
    };
    serde_json::from_slice(&text).map_err(|error| {
        format!(
            "{} is not as it was written ({error}); nothing is destroyed until it is",
            file.display()
        )
    })
}
