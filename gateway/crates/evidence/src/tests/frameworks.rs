//! The files that ship.

use std::collections::BTreeSet;

use crate::framework::{Framework, parse};
use crate::queries::QueryName;

#[test]
fn every_framework_is_read_and_found_by_its_id() {
    let ids: Vec<&str> = Framework::all().iter().map(|one| &*one.id).collect();
    assert_eq!(
        ids,
        [
            "eu-ai-act",
            "iso-42001",
            "nist-ai-rmf",
            "soc2",
            "hipaa",
            "gdpr",
            "pci",
            "owasp-llm"
        ]
    );
    for id in ids {
        assert_eq!(Framework::by_id(id).unwrap().id, id);
    }
    assert!(Framework::by_id("iso").is_none());
}

#[test]
fn every_query_is_put_by_some_control_and_has_a_name_of_its_own() {
    let put: BTreeSet<QueryName> = Framework::all()
        .iter()
        .flat_map(|framework| &framework.controls)
        .flat_map(|control| control.queries.iter().copied())
        .collect();
    let unused: Vec<&QueryName> = QueryName::ALL
        .iter()
        .filter(|name| !put.contains(name))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
    let names: BTreeSet<&str> = QueryName::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(names.len(), QueryName::ALL.len());
}

#[test]
fn no_control_stands_twice_and_each_says_what_it_asks() {
    for framework in Framework::all() {
        let ids: BTreeSet<&str> = framework.controls.iter().map(|one| &*one.id).collect();
        assert_eq!(ids.len(), framework.controls.len(), "{}", framework.id);
        for control in &framework.controls {
            assert!(
                control.asks.ends_with('.'),
                "{} {}",
                framework.id,
                control.id
            );
            let queries: BTreeSet<_> = control.queries.iter().collect();
            assert_eq!(
                queries.len(),
                control.queries.len(),
                "{} {}",
                framework.id,
                control.id
            );
        }
    }
}

#[test]
fn a_query_that_does_not_exist_is_told_with_its_place() {
    let text = "version: 1\nid: x\ntitle: X\nedition: e\nsource: s\ncontrols:\n  - {id: a, title: A, asks: B., queries: [trail_verify]}\n";
    let problems = parse("x.yaml", text).unwrap_err();
    let told = problems[0].to_string();
    assert!(
        told.starts_with("x.yaml:7:") && told.contains("trail_verify"),
        "{told}"
    );
    let empty = text.replace(", queries: [trail_verify]", "");
    let problems = parse("x.yaml", &empty).unwrap_err();
    assert!(problems[0].message.contains("has no query"), "{problems:?}");
}
