//! What a dialect said beyond the canonical form.

use crate::json::Json;
use crate::writer::Object;

/// Members of one object that the canonical form has no word for, as they were written.
///
/// Encoded again in the dialect they came from; in any other, reported by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    path: String,
    members: Vec<(String, Json)>,
    known: Vec<String>,
}

impl Extra {
    /// Nothing kept aside at `path` (`messages[0].content[1]`, empty for the whole body).
    #[must_use]
    pub fn at(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            members: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Where the object stood, in the words of the dialect it came from.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path of a member of the object.
    #[must_use]
    pub fn path_of(&self, member: &str) -> String {
        if self.path.is_empty() {
            member.to_owned()
        } else {
            format!("{}.{member}", self.path)
        }
    }

    /// Keeps one more member.
    pub fn keep(&mut self, member: impl Into<String>, value: Json) {
        self.members.push((member.into(), value));
    }

    /// Notes that the canonical form already says what `member` says: it is written again as it was kept, or left
    /// out where it was left out, and never reported.
    pub fn know(&mut self, member: impl Into<String>) {
        self.known.push(member.into());
    }

    /// True where the source had no plain `member`: it was left out, or it is kept here as it was written. Whoever
    /// writes the source's dialect again writes no other in its place.
    #[must_use]
    pub fn lacks(&self, member: &str) -> bool {
        self.knows(member) || self.get(member).is_some()
    }

    /// Keeps what another object kept, under `prefix` and its own names.
    pub fn absorb(&mut self, prefix: &str, inner: Self) {
        let named = |name: String| format!("{prefix}{name}");
        let members = inner.members.into_iter();
        self.members
            .extend(members.map(|(name, value)| (named(name), value)));
        self.known.extend(inner.known.into_iter().map(named));
    }

    /// The kept value of `member`.
    #[must_use]
    pub fn get(&self, member: &str) -> Option<&Json> {
        self.members
            .iter()
            .find(|(name, _)| name == member)
            .map(|(_, value)| value)
    }

    /// Takes the kept value of `member` out.
    pub fn take(&mut self, member: &str) -> Option<Json> {
        let at = self.members.iter().position(|(name, _)| name == member)?;
        Some(self.members.remove(at).1)
    }

    /// What is kept, in the order of the source.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.members
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// True if nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether the canonical form says what `member` says: see [`Extra::know`].
    #[must_use]
    pub fn knows(&self, member: &str) -> bool {
        self.known.iter().any(|known| known == member)
    }

    /// Writes everything kept into an object of the dialect it came from.
    pub fn write(&self, object: &mut Object<'_>) {
        for (name, value) in self.members() {
            object.json(name, value);
        }
    }

    /// Reports everything kept that says something (`null` and empty values do not).
    pub fn report(&self, dropped: &mut Vec<String>) {
        self.report_except(&[], dropped);
    }

    /// As [`Extra::report`], without the members that the other side understood after all.
    pub fn report_except(&self, understood: &[&str], dropped: &mut Vec<String>) {
        for (name, value) in self.members() {
            let known = understood.contains(&name) || self.knows(name);
            if !value.is_empty() && !known {
                dropped.push(self.path_of(name));
            }
        }
    }
}
