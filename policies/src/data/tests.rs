use super::*;

fn problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    assert!(DataRules::read("data.yaml", text, &mut problems).is_none());
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn every_mistake_is_told_at_once() {
    let told = problems(concat!(
        "version: 1\n",
        "mod: shadow\n",
        "entities:\n",
        "  EMAIL: {class: pii, action: surrogate}\n",
        "  US_SSN: {class: PII, action: tokenize}\n",
        "custom:\n",
        "  - {name: EMPLOYEE_ID, class: pii, pattern: 'E-(\\d{6}', action: mask}\n",
        "  - {name: BADGE, class: pii, pattern: 'B-\\d{4}', action: mask, must_match: [B-12], must_not_match: [B-1234]}\n",
    ));
    let wants = ["2:1", "4:3", "5:19", "5:32", "7:", "8:", "8:"];
    assert_eq!(told.len(), wants.len(), "{told:#?}");
    for (told, want) in told.iter().zip(wants) {
        assert!(
            told.starts_with(&format!("data.yaml:{want}")),
            "{told} {want}"
        );
    }
    assert!(told[0].contains("did you mean \"mode\"?"), "{told:?}");
}

#[test]
fn an_example_is_not_repeated_in_a_message() {
    let told = problems(
        "version: 1\nentities: {}\ncustom:\n  - {name: A, class: b, action: mask, pattern: 'x', must_match: [hunter2]}\n",
    );
    assert!(!told[0].contains("hunter2"), "{told:?}");
}
