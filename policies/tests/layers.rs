//! Layers, obligations, facts with evidence, approvals, and tests that lie beside the policies: as someone who writes
//! them would notice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_policies::{
    Bundle, BundleSource, ScopeKey, diff, new_signing_key, sign, signatures_file,
};
use marshal_types::{
    Action, Civil, DataClass, Effect, Fact, Facts, ModelName, Object, Principal, ProviderName,
    TargetName,
};

/// The shipped files with some changed or added.
fn files(changes: &[(&str, &str)]) -> BTreeMap<String, Arc<str>> {
    let mut files = Bundle::load(&BundleSource::Shipped)
        .unwrap()
        .files()
        .clone();
    for (name, text) in changes {
        files.insert((*name).to_owned(), Arc::from(*text));
    }
    files
}

fn load(changes: &[(&str, &str)]) -> Result<Bundle, Vec<String>> {
    let source = BundleSource::Files {
        label: "p".to_owned(),
        files: files(changes),
    };
    Bundle::load(&source).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// The shipped lines of a file, with more.
fn with(name: &str, more: &str) -> String {
    let files = files(&[]);
    format!("{}\n{more}", files[name])
}

fn who(subjects: &[&str], domain: &str) -> Principal {
    Principal {
        subjects: subjects.iter().map(|subject| Arc::from(*subject)).collect(),
        domain: domain.into(),
    }
}

fn target() -> TargetName {
    TargetName {
        provider: ProviderName::new("openai"),
        model: ModelName::new("gpt-4o"),
    }
}

fn invoke(bundle: &Bundle, who: &Principal, facts: &Facts) -> marshal_policies::Decision {
    let object = Object("model:openai/gpt-4o".into());
    bundle.authorize(who, &object, Action::Invoke, facts)
}

fn classes(words: &[&str]) -> BTreeSet<DataClass> {
    words
        .iter()
        .map(|word| DataClass(Arc::from(*word)))
        .collect()
}

fn day(text: &str) -> Civil {
    Civil::parse(text).unwrap()
}

#[test]
fn a_tenant_s_and_a_team_s_lines_are_about_them_alone() {
    let bundle = load(&[
        (
            "tenant.acme.access.csv",
            "p, acme-eu, *, *, model:*, *, !(region == eu), deny\n",
        ),
        (
            "team.core.access.csv",
            "p, core-hours, *, *, model:*, invoke, time < 800, deny\n",
        ),
        (
            "team.core.compliance.csv",
            "p, core-pii, data:pii, *, model:*, send, *, deny\n",
        ),
    ])
    .unwrap();
    let eu = Facts::default().with("region", Fact::Text("eu".into()));
    let none = Facts::default();
    assert_eq!(
        invoke(&bundle, &who(&["k:1"], "acme"), &none).effect,
        Effect::Deny
    );
    assert_eq!(
        invoke(&bundle, &who(&["k:1"], "acme"), &eu).effect,
        Effect::Allow
    );
    assert_eq!(
        invoke(&bundle, &who(&["k:1"], "other"), &none).effect,
        Effect::Allow
    );
    let early = Facts::default().with("time", Fact::Number(759));
    let denied = invoke(&bundle, &who(&["k:1", "t:core"], "other"), &early);
    assert_eq!(denied.rule.unwrap().to_string(), "core-hours");
    assert_eq!(&*denied.place.unwrap().file, "p/team.core.access.csv");
    assert_eq!(
        invoke(&bundle, &who(&["k:1", "t:x"], "other"), &early).effect,
        Effect::Allow
    );
    let of = |team: &str| {
        let facts = Facts::default().with("team", Fact::Text(team.into()));
        bundle
            .comply(
                &who(&["k:1"], "other"),
                &classes(&["pii"]),
                &target(),
                &facts,
            )
            .effect
    };
    assert_eq!((of("core"), of("x")), (Effect::Deny, Effect::Allow));
}

#[test]
fn obligations_of_every_line_that_matches_hold_and_the_stricter_of_two() {
    let access = with(
        "access.csv",
        "p, cheap, t:interns, *, model:*, *, *, allow, oblige\n",
    );
    let obligations = "version: 1\nobligations:\n  everyone-invokes: {max_tokens: 1000, region: [eu, us]}\n  cheap: {max_tokens: 100, region: [eu, local], store: false}\n";
    let bundle = load(&[("access.csv", &access), ("obligations.yaml", obligations)]).unwrap();
    let words = |subjects: &[&str]| {
        let decision = invoke(&bundle, &who(subjects, "d"), &Facts::default());
        decision.obligations.map(|obligations| obligations.words())
    };
    assert_eq!(
        words(&["k:1"]).unwrap(),
        ["max_tokens=1000", "region=eu|us"]
    );
    assert_eq!(
        words(&["k:1", "t:interns"]).unwrap(),
        ["max_tokens=100", "region=eu", "store=false"]
    );
}

#[test]
fn an_obligation_that_nobody_could_meet_is_refused_with_its_place() {
    let access = with(
        "access.csv",
        "p, no, *, *, model:x/*, *, *, deny\np, idle, *, *, model:*, *, *, allow, oblige\n",
    );
    let obligations = concat!(
        "version: 1\n",
        "obligations:\n",
        "  everyone-invoke: {max_tokens: 5}\n",
        "  no: {max_tokens: 5}\n",
        "  everyone-invokes: {region: []}\n",
        "  everyone-streams: {store: true, redact: strict, audit_level: request}\n",
        "  personal-data: {redact: strict}\n",
        "  admin-keys: {approval: required}\n",
    );
    let told = load(&[("access.csv", &access), ("obligations.yaml", obligations)]).unwrap_err();
    let text = told.join("\n");
    for part in [
        "did you mean everyone-invokes?",
        "this line denies, so there is nothing to oblige",
        "names no region",
        "use \"false\"",
        "data.yaml has no profile of this name",
        "use \"metadata\"",
        "compliance lines are asked when the call is clean already",
        "this line obliges to nothing",
        "this line is about no call that goes out",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(told.iter().all(|line| line.starts_with("p/")), "{text}");
}

#[test]
fn a_fact_counts_until_its_review_day_and_is_absent_after() {
    let facts = concat!(
        "version: 1\n",
        "facts:\n",
        "  - {target: 'provider:openai', fact: pci, value: true, evidence: AOC 2026, review_by: 2026-12-31}\n",
    );
    let bundle = load(&[("facts.yaml", facts)]).unwrap();
    let on = |today: &str| {
        let mut facts = Facts::default();
        bundle.facts_of(&target(), day(today), &mut facts);
        bundle
            .comply(&who(&["k:1"], "d"), &classes(&["pci"]), &target(), &facts)
            .effect
    };
    assert_eq!(
        (on("2026-12-31"), on("2027-01-01")),
        (Effect::Allow, Effect::Deny)
    );
    // What marshal.yaml states of the same fact does not outlive its review.
    let mut stated = Facts::default().with("pci", Fact::Bool(true));
    bundle.facts_of(&target(), day("2027-01-01"), &mut stated);
    assert_eq!(stated.get("pci"), None);
    assert_eq!(bundle.stale_facts(day("2027-01-01")).len(), 1);
    let told = load(&[(
        "facts.yaml",
        "version: 1\nfacts:\n  - {target: openai, fact: pcy, value: 1, review_by: 2026-02-30}\n",
    )])
    .unwrap_err();
    for part in [
        "is no target",
        "pcy",
        "is no day of the calendar",
        "evidence",
    ] {
        assert!(told.join("\n").contains(part), "{part} {told:#?}");
    }
}

#[test]
fn an_approval_is_for_a_subject_and_a_time() {
    let access = with(
        "access.csv",
        "p, hiring, *, *, model:*, *, purpose == hiring, allow, oblige\n",
    );
    let bundle = load(&[
        ("access.csv", &access),
        ("obligations.yaml", "version: 1\nobligations:\n  hiring: {approval: required}\n"),
        ("approvals.yaml", "version: 1\napprovals:\n  - {rule: hiring, subject: 't:hr', tenant: acme, until: 2026-12-31, by: ada, reason: DPIA 17}\n"),
    ])
    .unwrap();
    let hiring = Facts::default().with("purpose", Fact::Text("hiring".into()));
    let lacks = |subjects: &[&str], tenant: &str, today: &str| {
        let caller = who(subjects, tenant);
        let decision = invoke(&bundle, &caller, &hiring);
        let obligations = decision.obligations.unwrap();
        bundle
            .lacks_approval(&caller, &obligations, day(today))
            .is_some()
    };
    assert!(!lacks(&["k:1", "t:hr"], "acme", "2026-12-31"));
    assert!(lacks(&["k:1", "t:hr"], "acme", "2027-01-01"));
    assert!(lacks(&["k:1", "t:hr"], "other", "2026-12-31"));
    assert!(lacks(&["k:1"], "acme", "2026-12-31"));
    assert!(
        invoke(&bundle, &who(&["k:1"], "acme"), &Facts::default())
            .obligations
            .is_none()
    );
}

#[test]
fn a_profile_makes_cleaning_stricter_and_never_milder() {
    let data = with("data.yaml", "profiles:\n  strict: {EMAIL_ADDRESS: mask}\n");
    let bundle = load(&[
        ("data.yaml", &data),
        (
            "obligations.yaml",
            "version: 1\nobligations:\n  everyone-invokes: {redact: strict}\n",
        ),
    ])
    .unwrap();
    let decision = invoke(&bundle, &who(&["k:1"], "d"), &Facts::default());
    let mut redactor = bundle.redactor_under(&ScopeKey([7; 32]), decision.obligations.as_deref());
    let clean = redactor
        .text(&String::new, "to ada@example.com, 4111 1111 1111 1111")
        .unwrap()
        .unwrap();
    assert!(
        clean.starts_with("to [EMAIL_ADDRESS], ") && !clean.contains("4111 1111 1111 1111"),
        "{clean}"
    );
    let told = load(&[(
        "data.yaml",
        &with(
            "data.yaml",
            "profiles:\n  mild: {GENERIC_SECRET: surrogate, EMAIL: mask}\n",
        ),
    )])
    .unwrap_err();
    assert!(told.join("\n").contains("is milder than mask"), "{told:#?}");
    assert!(
        told.join("\n").contains("did you mean EMAIL_ADDRESS?"),
        "{told:#?}"
    );
}

#[test]
fn a_line_that_allows_too_much_is_noticed_by_a_test_that_never_heard_of_it() {
    let access = with("access.csv", "p, oops, *, *, admin:*, *, *, allow\n");
    let report = load(&[("access.csv", &access)]).unwrap().test();
    let told: Vec<String> = report.problems().iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|line| line
            .contains("k:app to key.issue admin:keys: no entry lists it, so it must be denied")
            && line.contains("oops")),
        "{told:#?}"
    );
    assert!(told[0].starts_with("p/default.test.yaml:"), "{told:#?}");
}

#[test]
fn mistakes_in_a_test_are_told_with_their_place() {
    let test = concat!(
        "version: 1\n",
        "principals:\n  a: {subjects: ['k:1']}\n",
        "access:\n  - name: x\n    principals: [b]\n    objects: ['model:a/b']\n    actions: [invok]\n    facts: {regoin: eu}\n    allow: [{principal: c, object: 'model:c/d'}]\n",
        "compliance:\n  - name: y\n    data: [pii]\n    targets: {gpt: {}}\n    allow: [{data: pci}]\n",
    );
    let told = load(&[("x.test.yaml", test)]).unwrap_err().join("\n");
    for part in [
        "no principal of this file is called \"b\"; did you mean a?",
        "invok",
        "no condition can ask for such a fact",
        "principal \"c\" is not among those of this test",
        "a target is written PROVIDER/MODEL",
        "data \"pci\" is not among those of this test",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn a_line_that_another_one_always_denies_is_refused() {
    let access = with(
        "access.csv",
        "p, none, *, *, model:openai/*, *, *, deny\np, some, t:x, *, model:openai/gpt*, invoke, *, allow\n",
    );
    let told = load(&[("access.csv", &access)]).unwrap_err();
    assert!(
        told.join("\n")
            .contains("this line can never decide: none (p/access.csv:"),
        "{told:#?}"
    );
}

#[test]
fn a_difference_names_who_gains_and_who_loses() {
    let old = load(&[]).unwrap();
    let compliance = with(
        "compliance.csv",
        "p, pii-eu, data:pii, *, model:*, send, !(region == eu), deny\n",
    );
    let test = files(&[])["default.test.yaml"]
        .replace("{region: us}", "{region: eu}")
        .replace("{pci: true}", "{pci: true, region: eu}")
        .replace("{local: true}", "{local: true, region: eu}");
    let new = load(&[
        ("compliance.csv", &compliance),
        ("default.test.yaml", &test),
    ])
    .unwrap();
    let told = diff(&old, &new, &[target()], day("2026-12-01"));
    assert!(!told.cut && told.asked > 100);
    assert!(
        told.changes
            .iter()
            .all(|change| change.who.contains("pii") && change.new.effect == Effect::Deny),
        "{:#?}",
        told.changes
    );
    assert!(
        told.changes
            .iter()
            .any(|change| change.object == "openai/gpt-4o"
                && change.new.reason.starts_with("pii-eu"))
    );
    assert!(
        !told
            .changes
            .iter()
            .any(|change| change.facts.contains("region=eu"))
    );
    assert!(diff(&old, &old, &[], day("2026-12-01")).changes.is_empty());
}

#[test]
fn a_signature_is_over_the_files_and_no_part_of_the_digest() {
    let unsigned = load(&[]).unwrap();
    let (private, _) = new_signing_key().unwrap();
    let made = sign(unsigned.digest(), "Ada", &private).unwrap();
    let text = signatures_file(&[made]);
    let signed = load(&[("signatures.yaml", &text)]).unwrap();
    assert_eq!(signed.digest(), unsigned.digest());
    assert!(signed.signatures()[0].is_good(signed.digest()));
    let changed = load(&[("signatures.yaml", &text), ("notes.md", "x")]).unwrap();
    assert!(!changed.signatures()[0].is_good(changed.digest()));
}

#[test]
fn a_layer_that_narrows_makes_no_line_above_it_wrong() {
    let access = with(
        "access.csv",
        "p, some, *, acme, model:openai/gpt-4o, invoke, *, allow\n",
    );
    load(&[
        ("access.csv", &access),
        (
            "tenant.acme.access.csv",
            "p, no-openai, *, *, model:openai/*, *, *, deny\n",
        ),
    ])
    .unwrap();
}

#[test]
fn a_difference_for_callers_of_two_names_and_data_of_two_classes_is_found() {
    let access = with(
        "access.csv",
        "p, research, t:research, *, tool:crm, invoke, *, allow\np, no-ann, u:ann, *, tool:crm, invoke, *, deny\n",
    )
    .replace("p, everyone-tools", "# p, everyone-tools");
    let both = "p, both, data:pii, *, model:*, send, 'likely_secret' in data, deny\n";
    let test = "version: 1\n";
    let old = load(&[
        ("access.csv", &access),
        ("compliance.csv", &with("compliance.csv", both)),
        ("default.test.yaml", test),
    ])
    .unwrap();
    let new = load(&[
        ("access.csv", &access.replace("p, no-ann", "# p, no-ann")),
        ("default.test.yaml", test),
    ])
    .unwrap();
    let told = diff(&old, &new, &[target()], day("2026-12-01"));
    for who in ["t:research and u:ann", "data:likely_secret+pii"] {
        assert!(
            told.changes
                .iter()
                .any(|change| change.who == who && change.new.effect == Effect::Allow),
            "{who}: {:#?}",
            told.changes
        );
    }
}
