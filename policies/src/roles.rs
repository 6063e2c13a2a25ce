//! Who has which role in which domain, checked when the bundle loads: no circles, no role that leads nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::Problem;

use crate::rules::{Grant, Lines};

/// Everyone, and every domain.
pub(crate) const ALL: &str = "*";
/// Longest chain of roles. casbin's role manager stops at 10 without a word; this stops before, with one.
const MAX_CHAIN: usize = 8;

/// From a subject or role to its roles.
type Links = BTreeMap<Arc<str>, BTreeSet<Arc<str>>>;

/// The links of every known domain, those of `*` included in each.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    domains: BTreeMap<Arc<str>, Links>,
}

impl Roles {
    /// Checks the `g` lines and lays them out by domain.
    pub(crate) fn new(lines: &Lines, problems: &mut Vec<Problem>) -> Self {
        let rules = lines.rules.iter().map(|rule| &rule.domain);
        let known: BTreeSet<Arc<str>> = rules
            .chain(lines.grants.iter().map(|grant| &grant.domain))
            .cloned()
            .chain([Arc::from(ALL)])
            .collect();
        let mut roles = Self::default();
        for domain in known {
            let mut links: Links = BTreeMap::new();
            for grant in lines.grants.iter().filter(|grant| applies(grant, &domain)) {
                links
                    .entry(Arc::clone(&grant.subject))
                    .or_default()
                    .insert(Arc::clone(&grant.role));
            }
            roles.domains.insert(domain, links);
        }
        let before = problems.len();
        for grant in &lines.grants {
            roles.check(grant, lines, problems);
        }
        if problems.len() > before {
            roles.domains.clear();
        }
        roles
    }

    /// The domain under which this one's links stand: itself, or `*` where no line names it.
    pub(crate) fn domain<'a>(&self, domain: &'a str) -> &'a str {
        if self.domains.contains_key(domain) {
            domain
        } else {
            ALL
        }
    }

    /// Every name that these subjects go by in the domain: themselves, everyone, and all roles.
    pub(crate) fn names<'a>(&'a self, subjects: &'a [Arc<str>], domain: &str) -> Vec<&'a str> {
        let mut names: Vec<&str> = subjects
            .iter()
            .map(|subject| &**subject)
            .chain([ALL])
            .collect();
        let links = self.domains.get(self.domain(domain));
        let mut at = 0;
        while let (Some(name), Some(links)) = (names.get(at).copied(), links) {
            for role in links.get(name).into_iter().flatten() {
                if !names.contains(&&**role) {
                    names.push(role);
                }
            }
            at += 1;
        }
        names
    }

    /// Every link, for casbin's role manager.
    pub(crate) fn links(&self) -> impl Iterator<Item = [&str; 3]> {
        self.domains.iter().flat_map(|(domain, links)| {
            links.iter().flat_map(move |(subject, roles)| {
                roles
                    .iter()
                    .map(move |role| [&**subject, &**role, &**domain])
            })
        })
    }

    fn check(&self, grant: &Grant, lines: &Lines, problems: &mut Vec<Problem>) {
        let mut report = |message: String| problems.push(Problem::at(grant.place.clone(), message));
        let leads = lines.rules.iter().any(|rule| rule.subject == grant.role)
            || lines.grants.iter().any(|other| other.subject == grant.role);
        if !leads {
            let roles = lines
                .rules
                .iter()
                .map(|rule| &*rule.subject)
                .filter(|name| name.starts_with("role:"));
            let hint = marshal_yaml::nearest(&grant.role, roles)
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            report(format!("no p line says what {} may do{hint}", grant.role));
        }
        for links in self
            .domains
            .iter()
            .filter(|(domain, _)| applies(grant, domain))
            .map(|(_, links)| links)
        {
            let longest = longest(links, &grant.role, &grant.subject, 1);
            match longest {
                None => {
                    return report(format!(
                        "{} leads back to itself through {}; roles cannot be circular",
                        grant.subject, grant.role
                    ));
                }
                Some(length) if length > MAX_CHAIN => {
                    return report(format!(
                        "roles are chained more than {MAX_CHAIN} deep from here; grant a role directly"
                    ));
                }
                Some(_) => {}
            }
        }
    }
}

fn applies(grant: &Grant, domain: &str) -> bool {
    &*grant.domain == ALL || &*grant.domain == domain
}

/// The longest chain from `from`, or `None` if it comes back to `origin`. Stops once it is too long.
fn longest(links: &Links, from: &str, origin: &str, length: usize) -> Option<usize> {
    if from == origin {
        return None;
    }
    if length > MAX_CHAIN {
        return Some(length);
    }
    let mut most = length;
    for next in links.get(from).into_iter().flatten() {
        most = most.max(longest(links, next, origin, length + 1)?);
    }
    Some(most)
}
