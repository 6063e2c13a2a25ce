use std::sync::Arc;

use marshal_types::{DataClass, NanoUsd, Principal, Problem};

use super::*;

fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn principal(subjects: &[&str], tenant: &str) -> Principal {
    Principal {
        subjects: subjects.iter().map(|s| Arc::from(*s)).collect(),
        domain: Arc::from(tenant),
    }
}

const LIMITS: &str = r#"
version: 1
limits:
  - {subject: "t:batch", requests_per_minute: 60, concurrent_calls: 4}
  - {subject: "tenant:acme", tokens_per_minute: 100000, per: key}
  - {subject: "*", requests_per_minute: 600}
budgets:
  - {name: everyone, subject: "*", per: all, period: month, limit_usd: 1000}
  - {name: research, subject: "t:research", period: day, limit_usd: 12.50}
  - {name: trial, subject: "*", period: total, limit_usd: 0.000000001}
"#;

#[test]
fn the_first_limit_that_fits_applies_and_every_budget_that_fits() {
    let file = limits("limits.yaml", LIMITS).unwrap();
    let alice = principal(&["k:1", "u:alice", "t:research"], "acme");
    let limit = file.limit_for(&alice).unwrap();
    assert_eq!(limit.tokens_per_minute, Some(100_000));
    assert_eq!(limit.requests_per_minute, None);
    let names: Vec<&str> = file.budgets_for(&alice).map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["everyone", "research", "trial"]);
    assert_eq!(file.budgets[1].limit, NanoUsd(12_500_000_000));
    assert_eq!(file.on_store_failure, OnStoreFailure::Closed);
    let job = principal(&["k:2", "t:batch"], "acme");
    assert_eq!(file.limit_for(&job).unwrap().concurrent_calls, Some(4));
}

#[test]
fn who_shares_a_count_follows_from_the_subject_unless_it_is_said() {
    let file = limits("limits.yaml", LIMITS).unwrap();
    let one = principal(&["k:1", "t:batch"], "acme");
    let two = principal(&["k:2", "t:batch"], "acme");
    let elsewhere = principal(&["k:3", "t:batch"], "other");
    assert_eq!(file.limits[0].bucket(&one), file.limits[0].bucket(&two));
    assert_ne!(
        file.limits[0].bucket(&one),
        file.limits[0].bucket(&elsewhere)
    );
    assert_ne!(file.limits[1].bucket(&one), file.limits[1].bucket(&two));
    assert_eq!(
        file.budgets[0].account(&one),
        file.budgets[0].account(&elsewhere)
    );
    assert_ne!(file.budgets[2].account(&one), file.budgets[2].account(&two));
}

#[test]
fn mistakes_in_limits_are_said_where_they_stand() {
    let text = r#"version: 2
limits:
  - {subject: "*", requests_per_minute: 600}
  - {subject: "t:batch", requests_per_minute: 60}
  - {subject: research, tokens_per_minute: 0}
  - {subject: "k:1", per: key}
budgets:
  - name: research
    subject: "t:research"
    period: "weekly"
    limit: 12
  - {name: research, subject: "*", period: day, limit_usd: -1, grace_s: 5}
  - {name: fine, subject: "k:", period: day, limit_usd: 1}
on_store_failure: maybe
"#;
    assert_eq!(
        said(&limits("policies/limits.yaml", text).unwrap_err()),
        [
            "policies/limits.yaml:1:10: version: only version 1 is known; write version: 1",
            "policies/limits.yaml:4:5: limits[1]: never applies: \"*\" on line 3 comes first; put this one above it",
            "policies/limits.yaml:5:15: limits[2].subject: \"research\" is not a subject; use \"*\", \"k:KEY\", \"u:USER\", \"t:TEAM\", \"s:SERVICE\" or \"tenant:TENANT\"",
            "policies/limits.yaml:5:44: limits[2].tokens_per_minute: 0 is out of range; write 1 to 1000000000000",
            "policies/limits.yaml:6:5: limits[3]: limits nothing; set requests_per_minute, tokens_per_minute or concurrent_calls",
            "policies/limits.yaml:6:5: limits[3]: never applies: \"*\" on line 3 comes first; put this one above it",
            "policies/limits.yaml:10:13: budgets.research.period: \"weekly\" is not a period; use \"day\", \"month\" or \"total\"",
            "policies/limits.yaml:11:5: budgets.research.limit: no such key; did you mean \"limit_usd\"?",
            "policies/limits.yaml:12:60: budgets.research.limit_usd: \"-1\" is not a decimal number; write it as 25 or 0.50",
            "policies/limits.yaml:12:64: budgets.research.grace_s: no such key; known here: \"name\", \"subject\", \"per\", \"period\", \"limit_usd\"",
            "policies/limits.yaml:13:27: budgets.fine.subject: \"k:\" is not a subject; use \"*\", \"k:KEY\", \"u:USER\", \"t:TEAM\", \"s:SERVICE\" or \"tenant:TENANT\"",
            "policies/limits.yaml:14:19: on_store_failure: \"maybe\" is not a choice; use \"open\" or \"closed\"",
        ]
    );
}

#[test]
fn the_first_rule_that_fits_says_how_much_is_recorded() {
    let text = "version: 1\nmode: required\nretention_days: 365\npayload_days: 90\nlevels:\n  - {subject: \"*\", class: pci, level: metadata}\n  - {subject: \"u:ada\", level: full, payload_days: 7}\n  - {subject: \"s:probe\", level: none}\n  - {subject: \"*\", level: request, mode: best_effort}\n";
    let file = audit("audit.yaml", text).unwrap();
    assert_eq!(file.retention_days, Some(365));
    let of = |subjects: &[&str], classes: &[&str]| {
        let classes = classes.iter().map(|class| DataClass(Arc::from(*class)));
        file.level_for(&principal(subjects, "acme"), &classes.collect())
    };
    assert_eq!(
        of(&["k:1", "u:ada"], &["pci"]),
        (AuditLevel::Metadata, 90, AuditMode::Required)
    );
    assert_eq!(
        of(&["k:1", "u:ada"], &["pii"]),
        (AuditLevel::Full, 7, AuditMode::Required)
    );
    assert_eq!(
        of(&["k:1", "s:probe"], &[]),
        (AuditLevel::None, 90, AuditMode::Required)
    );
    assert_eq!(
        of(&["k:1"], &[]),
        (AuditLevel::Request, 90, AuditMode::BestEffort)
    );
    let text = "mode: maybe\nlevels: [{subject: \"*\", level: all}]\n";
    assert_eq!(
        said(&audit("audit.yaml", text).unwrap_err()),
        [
            "audit.yaml:1:1: \"version\" is missing; begin the file with `version: 1`",
            "audit.yaml:1:7: mode: \"maybe\" is not a mode; use \"required\", \"spool\" or \"best_effort\"",
            "audit.yaml:2:32: levels[0].level: \"all\" is not an audit level; use \"none\", \"metadata\", \"request\" (what was sent) or \"full\" (what was sent and answered)",
        ]
    );
}
