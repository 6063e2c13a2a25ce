//! The packs that ship, each with the proof that it does what it says: its tests pass, and a changed line is noticed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeMap;
use std::sync::Arc;

use marshal_policies::{Bundle, BundleSource, matrix};

const PACKS: [(&str, &str); 5] = [
    (
        "gdpr-residency@1",
        include_str!("packs/gdpr-residency.test.yaml"),
    ),
    ("hipaa@1", include_str!("packs/hipaa.test.yaml")),
    ("pci@1", include_str!("packs/pci.test.yaml")),
    ("eu-ai-act@1", include_str!("packs/eu-ai-act.test.yaml")),
    (
        "owasp-llm-2026@1",
        include_str!("packs/owasp-llm-2026.test.yaml"),
    ),
];

/// A bundle that allows everything, so that whatever is denied is the pack's doing.
fn open(packs: &str, tests: &str) -> BTreeMap<String, Arc<str>> {
    let mut files = Bundle::load(&BundleSource::Shipped)
        .unwrap()
        .files()
        .clone();
    files.remove("default.test.yaml");
    let health = format!(
        "{}\n  - {{name: PATIENT_ID, class: health, action: surrogate, pattern: '(?-u:\\b)P-\\d{{8}}(?-u:\\b)'}}\n",
        files["data.yaml"].replace("custom: []", "custom:")
    );
    for (name, text) in [
        ("access.csv", "p, all, *, *, *, *, *, allow\n"),
        (
            "compliance.csv",
            "p, all-data, data:*, *, model:*, send, *, allow\n",
        ),
        ("data.yaml", &health),
        ("packs.yaml", &format!("version: 1\npacks: [{packs}]\n")),
        ("pack.test.yaml", tests),
    ] {
        files.insert(name.to_owned(), text.into());
    }
    files
}

fn load(files: BTreeMap<String, Arc<str>>) -> Result<Bundle, Vec<String>> {
    let source = BundleSource::Files {
        label: "p".to_owned(),
        files,
    };
    Bundle::load(&source).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn each_pack_does_what_it_says_and_its_tests_would_notice_a_change() {
    let (mut tried, mut survived) = (0, Vec::new());
    for (pack, tests) in PACKS {
        let bundle = load(open(pack, tests)).unwrap_or_else(|told| panic!("{pack}: {told:#?}"));
        let report = bundle.test();
        let own = |id: &str| !["all", "all-data"].contains(&id);
        let uncovered: Vec<String> = report
            .uncovered
            .iter()
            .map(|(rule, _)| rule.to_string())
            .filter(|id| own(id))
            .collect();
        assert!(
            uncovered.is_empty(),
            "{pack}: no test reaches {uncovered:?}"
        );
        let mutants = bundle.mutate();
        tried += mutants.tried;
        let survivors = mutants.survivors.into_iter().filter(|one| own(&one.rule.0));
        survived.extend(survivors.map(|one| format!("{pack} {}: {}", one.rule, one.change)));
    }
    let killed = (tried - survived.len()) * 100 / tried;
    assert!(killed >= 90, "{killed} % of {tried}: {survived:#?}");
}

#[test]
fn the_shipped_bundle_s_tests_would_notice_a_change() {
    let bundle = Bundle::load(&BundleSource::Shipped).unwrap();
    let report = bundle.test();
    assert!(report.failures.is_empty() && report.asked > 50);
    assert_eq!(report.uncovered, []);
    let mutants = bundle.mutate();
    assert!(mutants.killed_percent() >= 90, "{:#?}", mutants.survivors);
}

#[test]
fn all_packs_go_together_and_their_matrix_is_reviewed() {
    let all: Vec<&str> = PACKS.iter().map(|(pack, _)| *pack).collect();
    let bundle = load(open(&all.join(", "), "version: 1\n")).unwrap();
    insta_like(&matrix(&bundle), include_str!("packs/matrix.txt"));
}

/// The committed table; `UPDATE_MATRIX=1` writes it anew, and its diff is the review.
fn insta_like(seen: &str, committed: &str) {
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packs/matrix.txt");
        std::fs::write(path, seen).unwrap();
        return;
    }
    assert_eq!(
        seen, committed,
        "look at the difference, then UPDATE_MATRIX=1 cargo test -p marshal-policies"
    );
}

#[test]
fn a_pack_that_asks_for_a_class_nobody_finds_or_is_none_is_refused() {
    let mut files = open("hipaa@1", "version: 1\n");
    let shipped = Bundle::load(&BundleSource::Shipped).unwrap();
    files.insert("data.yaml".to_owned(), shipped.files()["data.yaml"].clone());
    let told = load(files).unwrap_err().join("\n");
    assert!(told.contains("data.yaml has no class \"health\""), "{told}");
    for (packs, part) in [
        ("hipaa", "one of gdpr-residency@1, hipaa@1"),
        ("hipaa@9", "is no pack that ships"),
        ("pci@1, pci@1", "is taken twice"),
    ] {
        let told = load(open(packs, "version: 1\n")).unwrap_err().join("\n");
        assert!(
            told.contains(part) && told.starts_with("p/packs.yaml:2:"),
            "{told}"
        );
    }
}
