//! Who a line of `limits.yaml` or `audit.yaml` is about, and who shares one count.

use std::fmt;
use std::sync::Arc;

use marshal_types::Principal;
use marshal_yaml::{Item, quoted};

/// Who a line is about.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Subject {
    /// `*`: every caller.
    Everyone,
    /// `tenant:NAME`: every caller of a tenant.
    Tenant(Arc<str>),
    /// `k:KEY`, `u:USER` or `t:TEAM`, with the prefix, as policies write it.
    Named(Arc<str>),
}

impl Subject {
    /// Whether the line is about this caller.
    #[must_use]
    pub fn matches(&self, principal: &Principal) -> bool {
        match self {
            Self::Everyone => true,
            Self::Tenant(tenant) => *tenant == principal.domain,
            Self::Named(name) => principal.subjects.contains(name),
        }
    }

    /// Whether every caller that `other` is about, this is about too, as far as names tell.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        *self == Self::Everyone || self == other
    }

    /// Who shares one count where the line does not say.
    pub(crate) fn usual_per(&self) -> Per {
        match self {
            Self::Everyone => Per::Key,
            Self::Tenant(_) => Per::Tenant,
            Self::Named(name) if name.starts_with("t:") => Per::Team,
            Self::Named(name) if name.starts_with("u:") => Per::User,
            Self::Named(name) if name.starts_with("s:") => Per::Service,
            Self::Named(_) => Per::Key,
        }
    }

    pub(crate) fn read(item: &Item<'_>) -> Option<Self> {
        let text = item.str()?;
        let named = |prefix: &str| {
            text.strip_prefix(prefix)
                .is_some_and(|name| !name.is_empty())
        };
        if text == "*" {
            return Some(Self::Everyone);
        }
        if named("tenant:") {
            return Some(Self::Tenant(Arc::from(&text["tenant:".len()..])));
        }
        if ["k:", "u:", "t:", "s:"].into_iter().any(named) {
            return Some(Self::Named(Arc::from(text)));
        }
        item.fail(format!(
            "{} is not a subject; use \"*\", \"k:KEY\", \"u:USER\", \"t:TEAM\", \"s:SERVICE\" or \"tenant:TENANT\"",
            quoted(text)
        ));
        None
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("*"),
            Self::Tenant(tenant) => write!(f, "tenant:{tenant}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Who shares one count of a limit, or one account of a budget.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Per {
    /// Each key has its own.
    Key,
    /// All keys of a user.
    User,
    /// All keys of a team.
    Team,
    /// All keys of a service.
    Service,
    /// All keys of a tenant.
    Tenant,
    /// Everyone whom the line is about.
    All,
}

impl Per {
    pub(crate) const WORDS: &'static [(&'static str, Self)] = &[
        ("key", Self::Key),
        ("user", Self::User),
        ("team", Self::Team),
        ("service", Self::Service),
        ("tenant", Self::Tenant),
        ("all", Self::All),
    ];

    /// The name of the count or account that this caller shares, below `line`, which names the line.
    ///
    /// Tenants never share by accident: teams, users and services of the same name in two tenants count apart. A caller
    /// without one counts by key.
    pub(crate) fn account(self, line: &str, principal: &Principal) -> String {
        let of = |prefix: &str| {
            let mut subjects = principal.subjects.iter();
            subjects.find(|subject| subject.starts_with(prefix))
        };
        let who = match self {
            Self::Key => of("k:"),
            Self::User => of("u:").or_else(|| of("k:")),
            Self::Team => of("t:").or_else(|| of("k:")),
            Self::Service => of("s:").or_else(|| of("k:")),
            Self::Tenant => None,
            Self::All => return line.to_owned(),
        };
        let who = who.map_or("", |who| who);
        format!("{line}|{}|{who}", principal.domain)
    }
}
