//! The words of a policy decision: casbin's subject, domain, object, action and effect.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The id in the first column of a policy line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleId(pub Arc<str>);

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a file, for a person to go to. Lines and columns start at 1; columns count characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The file as the user knows it (`policies/access.csv`).
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Something wrong in a file: where it stands, what is wrong, what to write instead.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    /// A problem at a place.
    #[must_use]
    pub fn at(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
        }
    }

    /// A problem with a file as a whole (missing, unreadable): line 1, column 1.
    #[must_use]
    pub fn in_file(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        let file = file.into().display().to_string();
        Self {
            place: Place {
                file: file.into(),
                line: 1,
                column: 1,
            },
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// What a policy line, or the whole policy, says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Allowed.
    Allow,
    /// Denied. Deny overrides allow.
    Deny,
}

/// Who calls, as policies see it: every subject name that stands for the caller, and the tenant.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Principal {
    /// Casbin subjects, the most specific first: `k:KEY`, `u:USER`, `t:TEAM`.
    pub subjects: Arc<[Arc<str>]>,
    /// Casbin domain: the tenant.
    pub domain: Arc<str>,
}

/// What is asked for: `model:openai/gpt-4o`, `api:chat`, `tool:search`, `admin:keys`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Object(pub Arc<str>);

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is to be done with the object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Action {
    /// Ask a model, whole answer.
    Invoke,
    /// Ask a model, streamed answer.
    Stream,
    /// See that a model is there.
    List,
    /// Read the audit trail.
    AuditRead,
    /// Create, rotate or revoke keys.
    KeyIssue,
}

impl Action {
    /// Every action, for vocabularies and tests.
    pub const ALL: &'static [Self] = &[
        Self::Invoke,
        Self::Stream,
        Self::List,
        Self::AuditRead,
        Self::KeyIssue,
    ];

    /// The word in policy files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Stream => "stream",
            Self::List => "list",
            Self::AuditRead => "audit.read",
            Self::KeyIssue => "key.issue",
        }
    }
}

/// A class of data that policies speak of: `pci`, `pii`, `secret`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DataClass(pub Arc<str>);

impl fmt::Display for DataClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}
