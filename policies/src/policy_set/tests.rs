use proptest::prelude::*;

use super::*;
use crate::layers::Layer;
use crate::model::ACCESS;
use crate::rules::{Ids, Kind, Source, read};

fn build(text: &str) -> Result<PolicySet, Vec<String>> {
    let (mut problems, file) = (Vec::new(), Arc::from("policies/access.csv"));
    let source = Source {
        file: &file,
        kind: Kind::Access,
        layer: &Layer::Platform,
        classes: &BTreeSet::new(),
    };
    let lines = read(source, text, &mut Ids::new(), &mut problems);
    let set = PolicySet::new(&file, ACCESS, lines, &ByRule::new(), &mut problems);
    if problems.is_empty() {
        Ok(set.unwrap())
    } else {
        Err(problems.iter().map(ToString::to_string).collect())
    }
}

fn decide(
    set: &PolicySet,
    subjects: &[&str],
    domain: &str,
    object: &str,
    action: &str,
    facts: &Facts,
) -> Decision {
    let subjects: Vec<Arc<str>> = subjects.iter().map(|subject| Arc::from(*subject)).collect();
    let ask = Ask {
        subjects: &subjects,
        domain,
        object: [object, "", "", ""],
        action,
        facts,
    };
    let decision = set.decide_afresh(&ask);
    assert_eq!(set.decide(&ask), decision);
    assert_eq!(set.decide(&ask), decision, "from memory");
    let slow = set.by_casbin_alone(&ask).unwrap();
    assert_eq!(slow, decision.is_allow(), "casbin by every line");
    decision
}

const POLICY: &str = "
g, u:ann, role:dev, acme
g, t:core, role:dev, *
g, role:dev, role:reader, *
p, read, role:reader, *, model:*, list, *, allow
p, dev, role:dev, acme, model:openai/*, invoke, *, allow
p, eu, k:7, *, model:*, invoke, region == eu, allow
p, no-o1, *, *, model:openai/o1*, *, *, deny
p, try, *, *, model:*, *, *, deny, shadow
";

#[test]
fn deny_overrides_and_the_deciding_line_is_named() {
    let set = build(POLICY).unwrap();
    let none = Facts::default();
    let allowed = decide(
        &set,
        &["k:1", "u:ann"],
        "acme",
        "model:openai/gpt-4o",
        "invoke",
        &none,
    );
    assert_eq!(
        (
            allowed.effect,
            allowed.rule.unwrap().to_string(),
            allowed.place.unwrap().line
        ),
        (Effect::Allow, "dev".into(), 6)
    );
    assert_eq!(allowed.shadow.len(), 1);
    let denied = decide(
        &set,
        &["u:ann"],
        "acme",
        "model:openai/o1-mini",
        "invoke",
        &none,
    );
    assert_eq!(
        (denied.effect, denied.rule.unwrap().to_string()),
        (Effect::Deny, "no-o1".into())
    );
    assert_eq!(
        &*denied.reason,
        "no-o1 (policies/access.csv:8) does not allow u:ann to invoke model:openai/o1-mini"
    );
}

#[test]
fn roles_reach_through_domains_and_no_further() {
    let set = build(POLICY).unwrap();
    let none = Facts::default();
    let list = |subject: &str, domain: &str| {
        decide(&set, &[subject], domain, "model:x/y", "list", &none).effect
    };
    assert_eq!(list("u:ann", "acme"), Effect::Allow);
    assert_eq!(list("u:ann", "other"), Effect::Deny);
    assert_eq!(list("t:core", "other"), Effect::Allow);
    assert_eq!(list("t:core", "*"), Effect::Allow);
    assert_eq!(list("role:dev", "other"), Effect::Allow);
    assert_eq!(
        decide(
            &set,
            &["t:core"],
            "other",
            "model:openai/gpt",
            "invoke",
            &none
        )
        .effect,
        Effect::Deny
    );
}

#[test]
fn a_deny_by_default_says_the_nearest_miss() {
    let set = build(POLICY).unwrap();
    let facts = Facts::default().with("region", Fact::Text("us".into()));
    let said = |subjects: &[&str], object: &str, action: &str| {
        decide(&set, subjects, "acme", object, action, &facts)
            .reason
            .to_string()
    };
    assert_eq!(
        said(&["k:7"], "model:x/y", "invoke"),
        "no line of policies/access.csv allows k:7 to invoke model:x/y; the nearest line, eu (line 7), needs region == eu"
    );
    assert_eq!(
        said(&["u:eve"], "model:openai/x", "invoke"),
        "no line of policies/access.csv allows u:eve to invoke model:openai/x; the nearest line, dev (line 6), is for role:dev"
    );
    assert_eq!(
        said(&["u:eve"], "tool:x", "key.issue"),
        "no line of policies/access.csv allows u:eve to key.issue tool:x"
    );
}

#[test]
fn circles_dead_ends_and_long_chains_are_refused() {
    let circle =
        build("p, a, role:a, *, *, *, *, allow\ng, role:a, role:b, x\ng, role:b, role:a, *\n")
            .unwrap_err();
    assert!(
        circle[0].contains(":2:1: role:a leads back to itself"),
        "{circle:?}"
    );
    assert_eq!(
        build("p, a, role:dev, acme, *, *, *, allow\np, b, role:ops, *, *, *, *, deny\ng, u:x, role:dev, other\ng, role:directors, role:dev, acme\n").unwrap_err(),
        [
            "policies/access.csv:1:1: this line can never match: nobody has role:dev in acme; a line `g, t:TEAM, role:dev, acme` gives it",
            "policies/access.csv:2:1: this line can never match: nobody has role:ops; a line `g, t:TEAM, role:ops, *` gives it",
            "policies/access.csv:4:1: this line can never match: nobody has role:directors in acme; a line `g, t:TEAM, role:directors, acme` gives it",
        ]
    );
    let typo = build("p, a, role:admin, *, *, *, *, allow\ng, u:x, role:amdin, *\n").unwrap_err();
    assert!(
        typo[0].ends_with("no p line says what role:amdin may do; did you mean role:admin?"),
        "{typo:?}"
    );
    let chain: String = (0..12)
        .map(|n| format!("g, role:r{n}, role:r{}, *\n", n + 1))
        .collect();
    assert!(
        build(&format!("p, a, role:r12, *, *, *, *, allow\n{chain}")).unwrap_err()[0]
            .contains("more than 8 deep")
    );
    let chain: String = (0..7)
        .map(|n| format!("g, role:r{n}, role:r{}, *\n", n + 1))
        .collect();
    let set = build(&format!(
        "p, a, role:r7, *, *, *, *, allow\n{chain}g, u:x, role:r0, *\n"
    ))
    .unwrap();
    assert_eq!(
        decide(&set, &["u:x"], "d", "model:a/b", "list", &Facts::default()).effect,
        Effect::Allow
    );
}

#[test]
fn a_policy_builds_inside_an_async_runtime_and_without_one() {
    assert!(std::thread::spawn(|| build(POLICY).is_ok()).join().unwrap());
}

fn line(index: usize) -> impl Strategy<Value = String> {
    let pick = |words: &'static [&'static str]| prop::sample::select(words);
    (
        pick(&["*", "u:a", "u:b", "t:x", "role:r", "role:s"]),
        pick(&["*", "d", "e"]),
        pick(&[
            "*",
            "model:*",
            "model:p/m",
            "model:p/*",
            "provider:p",
            "model:q/m*",
        ]),
        pick(&["*", "invoke", "list"]),
        pick(&[
            "*",
            "pci == true",
            "!(pci == true)",
            "region != eu",
            "\"region in [eu, us] || max_output > 5\"",
        ]),
        pick(&["allow", "deny"]),
        pick(&["", ", shadow"]),
    )
        .prop_map(move |(s, d, o, a, c, e, m)| {
            format!("p, r{index}, {s}, {d}, {o}, {a}, {c}, {e}{m}\n")
        })
}

fn policy() -> impl Strategy<Value = String> {
    let grants = prop::collection::btree_set(
        prop::sample::select(vec![
            "g, u:a, role:r, *\n",
            "g, u:b, role:s, d\n",
            "g, t:x, role:r, e\n",
            "g, role:r, role:s, d\n",
            "g, *, role:s, e\n",
        ]),
        0..5,
    );
    (prop::collection::vec(any::<()>(), 0..6).prop_flat_map(|lines| (0..lines.len()).map(line).collect::<Vec<_>>()), grants).prop_map(|(lines, grants)| {
        let keep = "p, x1, role:r, f, tool:no, invoke, *, allow\np, x2, role:s, f, tool:no, invoke, *, allow\ng, u:z, role:r, *\ng, u:z, role:s, *\n";
        format!("{}{keep}{}", lines.concat(), grants.into_iter().collect::<String>())
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    (
        prop::option::of(any::<bool>()),
        prop::option::of(prop::sample::select(vec!["eu", "us", "jp"])),
        prop::option::of(0..10_i64),
    )
        .prop_map(|(pci, region, most)| {
            let mut facts = Facts::default().with("training", Fact::Bool(true));
            if let Some(pci) = pci {
                facts = facts.with("pci", Fact::Bool(pci));
            }
            if let Some(region) = region {
                facts = facts.with("region", Fact::Text(region.into()));
            }
            if let Some(most) = most {
                facts = facts.with("max_output", Fact::Number(most));
            }
            facts
        })
}

proptest! {
    // 64 questions a case: more than 100,000 in all.
    #![proptest_config(ProptestConfig::with_cases(1_600))]

    /// Index, memory and our own reading against casbin reading every line.
    #[test]
    fn casbin_and_our_own_reading_agree(policy in policy(), facts in facts()) {
        let built = build(&policy);
        // A line that another one always denies is refused, and that is all that can be wrong with these.
        prop_assume!(built.as_ref().is_ok_and(|_| true)
            || !built.as_ref().is_err_and(|told| told.iter().all(|one| one.contains("can never decide"))));
        let set = built.unwrap();
        for subjects in [&["u:a"][..], &["u:b", "t:x"], &["k:1", "u:a", "t:x"], &[]] {
            for domain in ["d", "e", "g", "*"] {
                for object in ["model:p/m", "model:q/m2", "model:q/other", "tool:x"] {
                    let decision = decide(&set, subjects, domain, object, "invoke", &facts);
                    prop_assert!(&*decision.reason != "policy engines disagree", "{}", policy);
                }
            }
        }
    }
}
