//! Which lines can be about a question at all: found by tenant, subject and the beginning of the object, so that a
//! decision costs the same in a policy of a hundred lines and of ten thousand.
//!
//! The index leaves lines out, it never decides: what it gives is put to casbin, line by line.

use std::collections::HashMap;
use std::sync::Arc;

use crate::glob::object_matches;
use crate::roles::ALL;
use crate::rules::{ANY_CLASS, Rule};

/// By domain, then by subject, as the lines write them.
#[derive(Debug, Default)]
pub(crate) struct Index {
    domains: HashMap<Arc<str>, HashMap<Arc<str>, Objects>>,
}

/// The lines of one domain and subject, by what their objects begin with.
#[derive(Debug, Default)]
struct Objects {
    /// Objects without a `*`.
    whole: HashMap<Box<str>, Vec<u32>>,
    /// What stands before the first `*`.
    heads: HashMap<Box<str>, Vec<u32>>,
    /// The lengths in bytes of those beginnings, each once.
    lengths: Vec<usize>,
}

impl Index {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        for (number, rule) in (0..).zip(rules) {
            let objects = index
                .domains
                .entry(Arc::clone(&rule.domain))
                .or_default()
                .entry(Arc::clone(&rule.subject))
                .or_default();
            objects.add(&rule.object, number);
        }
        index
    }

    /// The numbers of all lines whose subject, domain, object and action fit, in the order of the files. Conditions
    /// are not looked at.
    pub(crate) fn candidates(
        &self,
        rules: &[Rule],
        names: &[&str],
        domain: &str,
        object: &str,
        action: &str,
        out: &mut Vec<u32>,
    ) {
        self.near(names, domain, object, out);
        out.retain(|number| {
            rules.get(*number as usize).is_some_and(|rule| {
                (&*rule.action == ALL || *rule.action == *action)
                    && object_matches(&rule.object, object)
            })
        });
        out.sort_unstable();
        out.dedup();
    }

    /// The numbers of all lines of this tenant and these subjects whose object begins like this one: an object pattern
    /// may still not fit, nor an action.
    pub(crate) fn near(&self, names: &[&str], domain: &str, object: &str, out: &mut Vec<u32>) {
        let own = self.domains.get(domain).filter(|_| domain != ALL);
        for subjects in own.into_iter().chain(self.domains.get(ALL)) {
            for name in names.iter().copied().chain([ANY_CLASS]) {
                if let Some(objects) = subjects.get(name) {
                    objects.find(object, out);
                }
            }
        }
    }
}

impl Objects {
    fn add(&mut self, pattern: &str, number: u32) {
        match pattern.find('*') {
            // A provider stands for itself and for all its models.
            None => {
                if let Some(name) = pattern.strip_prefix("provider:") {
                    self.head(&format!("model:{name}/"), number);
                }
                self.whole.entry(pattern.into()).or_default().push(number);
            }
            Some(at) if pattern.starts_with("provider:") => {
                let name = pattern.get("provider:".len()..at).unwrap_or_default();
                self.head(&format!("model:{name}"), number);
                self.head(&pattern[..at], number);
            }
            Some(at) => self.head(&pattern[..at], number),
        }
    }

    fn head(&mut self, head: &str, number: u32) {
        if !self.lengths.contains(&head.len()) {
            self.lengths.push(head.len());
        }
        self.heads.entry(head.into()).or_default().push(number);
    }

    fn find(&self, object: &str, out: &mut Vec<u32>) {
        out.extend(self.whole.get(object).into_iter().flatten());
        for length in &self.lengths {
            if let Some(head) = object.get(..*length) {
                out.extend(self.heads.get(head).into_iter().flatten());
            }
        }
    }
}
