//! `approvals.yaml`: who approved what, for whom and until when, for lines whose obligation is `approval: required`.
//! An approval is a change of a file, so it is reviewed like one and stands in the bundle's digest.

use std::sync::Arc;

use marshal_types::{Civil, Place, Principal, Problem, RuleId};
use marshal_yaml::Item;

use crate::evidence::date;
use crate::obligations::ByRule;
use crate::roles::ALL;
use crate::yaml_file;

/// Every approval.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    list: Vec<Approval>,
}

#[derive(Debug)]
struct Approval {
    rule: RuleId,
    subject: Arc<str>,
    tenant: Arc<str>,
    until: Civil,
    place: Place,
}

/// An approval whose last day is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The line that it was for.
    pub rule: RuleId,
    /// For whom.
    pub subject: Arc<str>,
    /// Its last day.
    pub until: Civil,
    /// Where it stands.
    pub place: Place,
}

const SUBJECTS: &[&str] = &["k:", "u:", "t:", "s:"];

impl Approvals {
    /// Reads the file; whatever is wrong becomes a problem. `obligations`: what lines want an approval.
    pub(crate) fn read(
        file: &str,
        text: &str,
        obligations: &[&ByRule],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut approvals = Self::default();
        yaml_file::read(file, text, problems, |map, _| {
            for item in map.seq("approvals").unwrap_or_default() {
                approvals.list.extend(approval(&item, obligations));
            }
        });
        approvals
    }

    /// Those that are over, for warnings.
    pub(crate) fn ended(&self, today: Civil) -> Vec<Ended> {
        let ended = self.list.iter().filter(|approval| approval.until < today);
        ended
            .map(|approval| Ended {
                rule: approval.rule.clone(),
                subject: Arc::clone(&approval.subject),
                until: approval.until,
                place: approval.place.clone(),
            })
            .collect()
    }

    /// Whether somebody approved that this caller passes this line today.
    pub(crate) fn has(&self, rule: &RuleId, principal: &Principal, today: Civil) -> bool {
        self.list.iter().any(|approval| {
            approval.rule == *rule
                && today <= approval.until
                && (&*approval.tenant == ALL || approval.tenant == principal.domain)
                && (&*approval.subject == ALL || principal.subjects.contains(&approval.subject))
        })
    }
}

fn approval(item: &Item<'_>, obligations: &[&ByRule]) -> Option<Approval> {
    let mut map = item.map()?;
    let wants: Vec<&str> = obligations
        .iter()
        .flat_map(|by_rule| by_rule.iter())
        .filter(|(rule, obliged)| obliged.approvals.contains(*rule))
        .map(|(rule, _)| &*rule.0)
        .collect();
    let rule = map.require("rule").and_then(|item| {
        let text = item.str()?;
        if !wants.contains(&text) {
            let hint = marshal_yaml::nearest(text, wants.iter().copied())
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            item.fail(format!("no line with this id asks for an approval{hint}"));
        }
        Some(text)
    });
    let subject = map.require("subject").and_then(|item| {
        let text = item.str()?;
        let named = |kind: &&str| {
            text.strip_prefix(*kind)
                .is_some_and(|name| !name.is_empty())
        };
        if text != ALL && !SUBJECTS.iter().any(named) {
            item.fail("is no subject; write k:KEY, u:USER, t:TEAM, s:SERVICE or *");
        }
        Some(text)
    });
    let tenant = map.opt_str("tenant").unwrap_or(ALL);
    let until = date(&mut map, "until");
    // Who and why are for the reviewer and the record; that they are there is checked.
    let (by, reason) = (map.str("by"), map.str("reason"));
    map.finish();
    (by.is_some() && reason.is_some()).then_some(())?;
    Some(Approval {
        rule: RuleId(rule?.into()),
        subject: subject?.into(),
        tenant: tenant.into(),
        until: until?,
        place: item.place().clone(),
    })
}
