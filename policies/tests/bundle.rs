//! What someone who writes or ships policies would notice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use marshal_policies::{Bundle, BundleSource, ScopeKey, fingerprint, fuzzing, matrix};
use marshal_types::{
    Action, DataClass, Effect, Fact, Facts, ModelName, Object, Principal, ProviderName, TargetName,
};

fn shipped() -> Bundle {
    Bundle::load(&BundleSource::Shipped).unwrap()
}

fn principal() -> Principal {
    Principal {
        subjects: ["k:1", "u:ann"].map(Arc::from).into(),
        domain: "acme".into(),
    }
}

fn target() -> TargetName {
    TargetName {
        provider: ProviderName::new("openai"),
        model: ModelName::new("gpt-4o"),
    }
}

fn comply(bundle: &Bundle, classes: &[&str], facts: &Facts) -> Effect {
    let classes: BTreeSet<DataClass> = classes
        .iter()
        .map(|class| DataClass(Arc::from(*class)))
        .collect();
    bundle
        .comply(&principal(), &classes, &target(), facts)
        .effect
}

/// A copy of the shipped bundle that a test may change, removed at its end.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let dir =
            std::env::temp_dir().join(format!("marshal-policies-{}-{name}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        for (name, text) in shipped().files() {
            fs::write(dir.join(name), &**text).unwrap();
        }
        Self(dir)
    }

    fn load(&self) -> Result<Bundle, Vec<String>> {
        Bundle::load(&BundleSource::Dir(self.0.clone()))
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    fn change(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.0.join(file)).unwrap();
        assert!(text.contains(from));
        fs::write(self.0.join(file), text.replace(from, to)).unwrap();
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_newcomer_may_use_every_model_and_no_key_administration() {
    let bundle = shipped();
    let may = |object: &str, action| {
        bundle
            .authorize(
                &principal(),
                &Object(object.into()),
                action,
                &Facts::default(),
            )
            .effect
    };
    for action in [Action::List, Action::Invoke, Action::Stream] {
        assert_eq!(may("model:openai/gpt-4o", action), Effect::Allow);
        assert_eq!(may("model:fast", action), Effect::Allow);
    }
    assert_eq!(may("admin:keys", Action::KeyIssue), Effect::Deny);
    assert_eq!(may("admin:audit", Action::AuditRead), Effect::Deny);
    let admin = Principal {
        subjects: ["k:2", "t:admins"].map(Arc::from).into(),
        domain: "acme".into(),
    };
    assert!(
        bundle
            .authorize(
                &admin,
                &Object("admin:keys".into()),
                Action::KeyIssue,
                &Facts::default()
            )
            .is_allow()
    );
}

#[test]
fn a_card_number_goes_only_to_targets_marked_pci() {
    let bundle = shipped();
    let (none, pci) = (
        Facts::default(),
        Facts::default().with("pci", Fact::Bool(true)),
    );
    assert_eq!(comply(&bundle, &[], &none), Effect::Allow);
    assert_eq!(comply(&bundle, &["pii"], &none), Effect::Allow);
    assert_eq!(comply(&bundle, &["pci"], &none), Effect::Deny);
    assert_eq!(comply(&bundle, &["pci"], &pci), Effect::Allow);
    assert_eq!(
        comply(&bundle, &["pii", "pci"], &none),
        Effect::Deny,
        "every class must be allowed"
    );
    assert_eq!(comply(&bundle, &["pci", "secret"], &pci), Effect::Deny);
    assert_eq!(comply(&bundle, &["unheard_of"], &pci), Effect::Deny);
    let demo = pci
        .with("local", Fact::Bool(true))
        .with("region", Fact::Text("local".into()));
    assert_eq!(
        comply(&bundle, &["pci", "pii", "secret", "likely_secret"], &demo),
        Effect::Allow
    );
    let denied = bundle.comply(
        &principal(),
        &[DataClass("pci".into())].into(),
        &target(),
        &none,
    );
    assert_eq!(
        &*denied.reason,
        "no line of policies/default/compliance.csv allows data:pci to be sent to model:openai/gpt-4o; the nearest line, card-data (line 19), needs pci == true"
    );
}

#[test]
fn the_matrix_of_the_shipped_bundle_is_reviewed() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/default.matrix.txt"));
    let now = matrix(&shipped());
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        fs::write(path, &now).unwrap();
    }
    let reviewed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        now == reviewed,
        "the shipped policies decide differently; look at it, and if it is meant run\n  UPDATE_MATRIX=1 cargo test -p marshal-policies matrix\n\n{now}"
    );
}

#[test]
fn a_copied_bundle_is_the_same_bundle() {
    let copy = Copy::new("same");
    let loaded = copy.load().unwrap();
    assert_eq!(loaded.digest(), shipped().digest());
    assert_eq!(loaded.label(), copy.0.display().to_string());
}

#[test]
fn every_file_that_changes_changes_the_digest_and_the_fingerprint() {
    let copy = Copy::new("digest");
    let (digest, print) = (copy.load().unwrap().digest(), fingerprint(&copy.0).unwrap());
    assert_eq!(fingerprint(&copy.0).unwrap(), print);
    copy.change("limits.yaml", "60000", "6000");
    assert_ne!(copy.load().unwrap().digest(), digest);
    assert_ne!(fingerprint(&copy.0).unwrap(), print);
    fs::write(copy.0.join("access.test.yaml"), "version: 1\n").unwrap();
    assert!(copy.load().is_ok());
}

#[test]
fn a_bundle_is_loaded_whole_or_not_at_all() {
    let copy = Copy::new("whole");
    copy.change(
        "access.csv",
        "*, *, model:*, list,   *, allow",
        "*, *, model:*, lst, *, allow",
    );
    copy.change("compliance.csv", "data:pci", "data:pcy");
    copy.change("compliance.conf", "some(where (p.eft == allow)) && ", "");
    copy.change(
        "data.yaml",
        "EMAIL_ADDRESS:  {class: pii, action: surrogate}",
        "EMAIL_ADDRESS:  {class: pii, action: surogate}",
    );
    let problems = copy.load().unwrap_err();
    let dir = copy.0.display().to_string();
    for (file, what) in [
        ("data.yaml:39", "surogate"),
        ("access.csv:19:37", "did you mean list?"),
    ] {
        assert!(
            problems
                .iter()
                .any(|told| told.starts_with(&format!("{dir}/{file}")) && told.contains(what)),
            "{file}: {problems:#?}"
        );
    }
    copy.change("data.yaml", "surogate", "surrogate");
    let problems = copy.load().unwrap_err();
    assert!(
        problems
            .iter()
            .any(|told| told.contains("did you mean data:pci?")),
        "{problems:#?}"
    );
    assert!(
        problems
            .iter()
            .any(|told| told.contains("compliance.conf:11:1: this differs")),
        "{problems:#?}"
    );
}

#[test]
fn a_missing_and_an_unknown_file_are_told() {
    let copy = Copy::new("files");
    fs::rename(copy.0.join("audit.yaml"), copy.0.join("audti.yaml")).unwrap();
    let problems = copy.load().unwrap_err();
    assert!(
        problems[0].contains("audit.yaml:1:1: this file is missing"),
        "{problems:?}"
    );
    assert!(
        problems[1]
            .contains("audti.yaml:1:1: no such file belongs in a bundle; did you mean audit.yaml?"),
        "{problems:?}"
    );
    let nowhere = Bundle::load(&BundleSource::Dir("/nonexistent/policies".into())).unwrap_err();
    assert!(nowhere[0].message.contains("cannot be read"));
}

#[test]
fn explain_says_what_and_why() {
    let told = shipped().explain_access(
        &principal(),
        &Object("model:a/b".into()),
        Action::Invoke,
        &Facts::default(),
    );
    let place = told.decision.place.unwrap();
    assert_eq!(
        &*told.decision.reason,
        format!(
            "everyone-invokes ({}:{}) allows k:1 to invoke model:a/b",
            place.file, place.line
        )
    );
    assert_eq!(told.matched.len(), 1);
    assert_eq!(told.names, ["k:1", "u:ann", "*"]);
}

#[test]
fn every_fuzzing_entry_returns() {
    let samples: [&[u8]; 7] = [
        b"",
        b"\xff\xfe\0",
        b"p, a, *, *, *, *, *, allow\n\"",
        b"!((pci) && region in [a",
        "4111111111111111 é ４".as_bytes(),
        b"version: 1\ncustom: [{name: A, class: b, action: mask, pattern: '('}]",
        b"a@b.com,+1 415 555 0132 -----BEGIN ",
    ];
    for bytes in samples {
        for entry in [
            fuzzing::condition,
            fuzzing::csv,
            fuzzing::data,
            fuzzing::scan,
            fuzzing::bundle,
        ] {
            entry(bytes);
        }
    }
}

#[test]
fn the_surrogate_of_a_tenant_tells_nothing_to_another() {
    let bundle = shipped();
    let made = |key: u8| {
        let mut redactor = bundle.redactor(&ScopeKey([key; 32]));
        redactor.text(&String::new, "a@b.com").unwrap().unwrap()
    };
    assert_ne!(made(1), made(2));
}
