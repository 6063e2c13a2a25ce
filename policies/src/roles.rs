//! Who has which role in which domain, checked when the bundle loads: no circles, no role that leads nowhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use marshal_types::Problem;

use crate::rules::{GLASS, Grant, Lines};

const ROLE: &str = "role:";
/// The role of keys that may administer.
const ADMIN: &str = "role:admin";
/// Everyone, and every domain.
pub(crate) const ALL: &str = "*";
/// Longest chain of roles. casbin's role manager stops at 10 without a word; this stops before, with one.
const MAX_CHAIN: usize = 8;
/// Far deeper than that no chain is followed: it is refused from where it is still short.
const DEEP: usize = 1_000;

/// From a subject or role to its roles.
type Links = BTreeMap<Arc<str>, BTreeSet<Arc<str>>>;

/// Links are laid out in every domain that a line names; more than this would take seconds and gigabytes.
const MOST_LINKS: usize = 1_000_000;

/// The links of every known domain, those of `*` included in each.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    domains: BTreeMap<Arc<str>, Links>,
    grants: Vec<Grant>,
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
        let everywhere = lines.grants.iter().filter(|grant| &*grant.domain == ALL);
        if let Some(grant) = everywhere.clone().next()
            && everywhere.count().saturating_mul(known.len()) > MOST_LINKS
        {
            let message = format!(
                "roles in the domain * stand in each of the {} domains that lines name, and these are more than {MOST_LINKS} links; name the domains",
                known.len()
            );
            problems.push(Problem::at(grant.place.clone(), message));
            return Self::default();
        }
        let mut roles = Self {
            domains: known
                .into_iter()
                .map(|domain| (domain, Links::new()))
                .collect(),
            grants: lines.grants.clone(),
        };
        let link = |links: &mut Links, grant: &Grant| {
            let of = links.entry(Arc::clone(&grant.subject)).or_default();
            of.insert(Arc::clone(&grant.role));
        };
        for grant in &lines.grants {
            if &*grant.domain == ALL {
                roles
                    .domains
                    .values_mut()
                    .for_each(|links| link(links, grant));
            } else if let Some(links) = roles.domains.get_mut(&grant.domain) {
                link(links, grant);
            }
        }
        let before = problems.len();
        roles.check(lines, problems);
        if problems.len() == before {
            roles.check_held(lines, problems);
        }
        if problems.len() > before {
            roles.domains.clear();
        }
        roles
    }

    /// The `g` lines.
    pub(crate) fn grants(&self) -> &[Grant] {
        &self.grants
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
        let Some(links) = self.domains.get(self.domain(domain)) else {
            return names;
        };
        let mut seen: BTreeSet<&str> = names.iter().copied().collect();
        let mut at = 0;
        while let Some(name) = names.get(at).copied() {
            for role in links.get(name).into_iter().flatten() {
                if seen.insert(role) {
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

    /// A role that nobody has makes every line about it a line that never acts.
    fn check_held(&self, lines: &Lines, problems: &mut Vec<Problem>) {
        let held: BTreeMap<&str, BTreeSet<&str>> = self
            .domains
            .iter()
            .map(|(domain, links)| (&**domain, held(links)))
            .collect();
        let has = |role: &str, domain: &str| {
            if domain == ALL {
                held.values().any(|roles| roles.contains(role))
            } else {
                held.get(domain).is_some_and(|roles| roles.contains(role))
            }
        };
        let rules = lines
            .rules
            .iter()
            .map(|rule| (&rule.subject, &rule.domain, &rule.place));
        let grants = lines
            .grants
            .iter()
            .map(|grant| (&grant.subject, &grant.domain, &grant.place));
        for (subject, domain, place) in rules.chain(grants) {
            if !subject.starts_with(ROLE) || has(subject, domain) {
                continue;
            }
            let near = held
                .values()
                .flatten()
                .copied()
                .filter(|role| *role != &**subject);
            let hint = marshal_yaml::nearest(subject, near)
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            let within = match &**domain {
                ALL => String::new(),
                tenant => format!(" in {tenant}"),
            };
            let message = format!(
                "this line can never match: nobody has {subject}{within}; a line `g, t:TEAM, {subject}, {domain}` gives it{hint}"
            );
            problems.push(Problem::at(place.clone(), message));
        }
    }

    fn check(&self, lines: &Lines, problems: &mut Vec<Problem>) {
        let ruled: BTreeSet<&str> = lines.rules.iter().map(|rule| &*rule.subject).collect();
        let granted: BTreeSet<&str> = lines.grants.iter().map(|grant| &*grant.subject).collect();
        for grant in &lines.grants {
            if !ruled.contains(&*grant.role) && !granted.contains(&*grant.role) {
                let roles = ruled
                    .iter()
                    .copied()
                    .filter(|name| name.starts_with("role:"));
                let hint = marshal_yaml::nearest(&grant.role, roles)
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                let message = format!("no p line says what {} may do{hint}", grant.role);
                problems.push(Problem::at(grant.place.clone(), message));
            }
        }
        let mut told = BTreeSet::new();
        let mut by_domain: HashMap<&str, Vec<&Grant>> = HashMap::new();
        for grant in &lines.grants {
            by_domain.entry(&grant.domain).or_default().push(grant);
        }
        for (domain, links) in &self.domains {
            let mut chains = Chains {
                links,
                lengths: HashMap::new(),
            };
            let own = by_domain.get(&**domain).into_iter().flatten();
            let everywhere = by_domain.get(ALL).filter(|_| &**domain != ALL);
            for grant in own.chain(everywhere.into_iter().flatten()) {
                let message = match chains.from(&grant.subject) {
                    Err(Circle) => format!(
                        "{} leads back to itself through {}; roles cannot be circular",
                        grant.subject, grant.role
                    ),
                    Ok(length) if length > MAX_CHAIN => format!(
                        "roles are chained more than {MAX_CHAIN} deep from here; grant a role directly"
                    ),
                    Ok(_) => continue,
                };
                if told.insert(grant.place.clone()) {
                    problems.push(Problem::at(grant.place.clone(), message));
                }
            }
        }
    }
}

/// The roles that someone has: those of keys themselves, and what `g` lines give to others than roles, on and on.
fn held(links: &Links) -> BTreeSet<&str> {
    let mut held: BTreeSet<&str> = [ADMIN, GLASS].into();
    let own = links.keys().filter(|subject| !subject.starts_with(ROLE));
    let mut open: Vec<&str> = own
        .map(|subject| &**subject)
        .chain([ADMIN, GLASS])
        .collect();
    while let Some(name) = open.pop() {
        for role in links.get(name).into_iter().flatten() {
            if held.insert(role) {
                open.push(role);
            }
        }
    }
    held
}

/// How long the chains of roles are, each measured once.
struct Chains<'a> {
    links: &'a Links,
    /// `None` while a name is being measured: to meet it again then is a circle.
    lengths: HashMap<&'a str, Option<usize>>,
}

struct Circle;

impl<'a> Chains<'a> {
    /// Links in the longest chain that starts here. A chain that is too long already is not followed further.
    fn from(&mut self, name: &str) -> Result<usize, Circle> {
        match self.links.get_key_value(name) {
            Some((name, _)) => self.measure(name, 0),
            None => Ok(0),
        }
    }

    fn measure(&mut self, name: &'a str, depth: usize) -> Result<usize, Circle> {
        match self.lengths.get(name) {
            Some(Some(length)) => return Ok(*length),
            Some(None) => return Err(Circle),
            None => {}
        }
        if depth > DEEP {
            return Ok(0);
        }
        self.lengths.insert(name, None);
        let mut most = 0;
        for next in self.links.get(name).into_iter().flatten() {
            match self.measure(next, depth + 1) {
                Ok(length) => most = most.max(length + 1),
                Err(Circle) => {
                    self.lengths.remove(name);
                    return Err(Circle);
                }
            }
        }
        self.lengths.insert(name, Some(most));
        Ok(most)
    }
}
