use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{Bundle, BundleSource};

const KEY: ScopeKey = ScopeKey([7; 32]);

fn shipped() -> Bundle {
    Bundle::load(&BundleSource::Shipped).unwrap()
}

fn clean(bundle: &Bundle, key: &ScopeKey, text: &str) -> (String, Inspection) {
    let mut redactor = bundle.redactor(key);
    let cleaned = redactor
        .text(&|| "messages[0].content".to_owned(), text)
        .unwrap();
    (
        cleaned.unwrap_or_else(|| text.to_owned()),
        redactor.finish(),
    )
}

#[test]
fn a_value_leaves_as_an_invented_one_of_its_shape_and_comes_back() {
    let bundle = shipped();
    let text = "jane@example.com paid with 4111-1111-1111-1111 from DE89 3704 0044 0532 0130 00, SSN 078-05-1123, call +44 20 7946 0958 or (415) 555-0132";
    let (cleaned, inspection) = clean(&bundle, &KEY, text);
    for original in [
        "jane@example.com",
        "4111-1111",
        "DE89",
        "078-05-1123",
        "7946",
        "555-0132",
    ] {
        assert!(!cleaned.contains(original), "{cleaned}");
    }
    for shape in [
        "@surrogate.invalid paid with 8999-",
        " from XX",
        ", SSN 9",
        ", call +99 9",
        " or (000) ",
    ] {
        assert!(cleaned.contains(shape), "{shape}: {cleaned}");
    }
    assert_eq!(
        inspection.surrogates.restore(&cleaned).as_deref(),
        Some(text)
    );
    assert_eq!(
        inspection
            .surrogates
            .restore(&cleaned.to_uppercase())
            .unwrap(),
        text.to_uppercase()
            .replace("JANE@EXAMPLE.COM", "jane@example.com")
    );
    let classes: Vec<_> = inspection.classes.iter().map(ToString::to_string).collect();
    assert_eq!(classes, ["pci", "pii"]);
    assert_eq!(inspection.findings.len(), 5);
    assert_eq!(
        (inspection.findings[4].count, &*inspection.findings[4].path),
        (2, "messages[0].content")
    );
}

#[test]
fn one_value_has_one_surrogate_in_a_scope_and_another_in_another() {
    let bundle = shipped();
    let text = "4111 1111 1111 1111 and 4111111111111111 and a@b.com A@B.com";
    let (first, inspection) = clean(&bundle, &KEY, text);
    let (again, _) = clean(&bundle, &KEY, text);
    let (other, _) = clean(&bundle, &ScopeKey([8; 32]), text);
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(inspection.surrogates.restore(&first).as_deref(), Some(text));
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .take(16)
            .collect::<String>()
    };
    assert!(
        first.contains(&digits(&first)),
        "however it is grouped: {first}"
    );
}

#[test]
fn a_surrogate_is_nobodys_and_is_not_found_as_a_card_or_an_account() {
    let bundle = shipped();
    for n in 0..300_u32 {
        let key = ScopeKey(std::array::from_fn(|i| (n as usize * 31 + i) as u8));
        let (cleaned, _) = clean(
            &bundle,
            &key,
            "4111-1111-1111-1111, DE89370400440532013000, 378282246310005, 078-05-1123",
        );
        let found: Vec<_> = bundle
            .scan(&cleaned)
            .into_iter()
            .map(|hit| hit.entity)
            .collect();
        assert_eq!(found, Vec::<Arc<str>>::new(), "{cleaned}");
    }
}

#[test]
fn a_json_number_stays_a_number_that_is_exact() {
    let bundle = shipped();
    let mut redactor = bundle.redactor(&KEY);
    let path = || "input.card".to_owned();
    let made = redactor.text(&path, "4111111111111111").unwrap().unwrap();
    assert!(
        made.len() == 16 && made.parse::<u64>().unwrap() < 1 << 53,
        "{made}"
    );
    for other in ["1700000000000", "42", "0", "4111111111111112"] {
        assert_eq!(redactor.text(&path, other).unwrap(), None);
    }
    assert_eq!(
        redactor.finish().surrogates.restore(&made).as_deref(),
        Some("4111111111111111")
    );
}

#[test]
fn a_blocked_value_is_named_by_kind_and_place_never_by_content() {
    let bundle = shipped();
    let mut redactor = bundle.redactor(&KEY);
    let blocked = redactor
        .text(
            &|| "messages[2].content".to_owned(),
            "-----BEGIN PRIVATE KEY-----\nMIIEhunter2\n-----END PRIVATE KEY-----",
        )
        .unwrap_err();
    let text = format!("{blocked} {blocked:?}");
    assert!(
        text.contains("PRIVATE_KEY")
            && text.contains("messages[2].content")
            && text.contains("policies/default/data.yaml:"),
        "{text}"
    );
    assert!(!text.contains("MIIE"));
}

#[test]
fn a_secret_is_masked_and_does_not_come_back() {
    let (cleaned, inspection) = clean(
        &shipped(),
        &KEY,
        "export T=ghp_1ktP7H7v9AeCzW6cy5Sd24DZlbHnqPU8Jvmf;",
    );
    assert_eq!(cleaned, "export T=[GITHUB_TOKEN];");
    assert!(inspection.surrogates.is_empty());
}

#[test]
fn a_clean_text_passes_untouched() {
    let bundle = shipped();
    let mut redactor = bundle.redactor(&KEY);
    let unasked = || -> String { panic!("the path is asked only where something was found") };
    assert_eq!(
        redactor
            .text(&unasked, "Nothing here, at 10:30 on 2024-01-02.")
            .unwrap(),
        None
    );
    assert!(redactor.finish().findings.is_empty());
}

#[test]
fn shadow_records_and_changes_nothing() {
    let mut problems = Vec::new();
    let rules = DataRules::read(
        "data.yaml",
        "version: 1\nmode: shadow\nentities:\n  EMAIL_ADDRESS: {class: pii, action: block}\n",
        &mut problems,
    )
    .unwrap();
    let rules = Arc::new(rules);
    let mut redactor = Redactor::new(&rules, &KEY);
    assert_eq!(redactor.text(&String::new, "a@b.com").unwrap(), None);
    let inspection = redactor.finish();
    assert!(inspection.classes.is_empty() && inspection.findings[0].shadow);
}

#[test]
fn only_what_may_become_a_surrogate_is_held_back() {
    let live = surrogates(&["user-abc@surrogate.invalid", "user-abd@surrogate.invalid"]);
    let mut stream = live.stream();
    let mut out = String::new();
    stream.push("Hello user", &mut out);
    assert_eq!(out, "Hello ");
    assert!(stream.is_holding());
    stream.push("s, use", &mut out);
    assert_eq!(out, "Hello users, ");
    stream.push("r-abd@surrogate.invalid!", &mut out);
    assert_eq!(out, "Hello users, <1>!");
    assert!(!stream.is_holding());
    stream.push("USER-ABC@", &mut out);
    stream.finish(&mut out);
    assert_eq!(out, "Hello users, <1>!USER-ABC@");
}

#[test]
fn an_original_is_escaped_where_it_goes_into_json() {
    let live = Surrogates::new([(Arc::from("mrsh_x_abc"), "a\"b\\c\n".into())]);
    let restored = live.for_json().restore(r#"{"x": "mrsh_x_abc"}"#);
    assert_eq!(restored.as_deref(), Some(r#"{"x": "a\"b\\c\u000a"}"#));
}

#[test]
fn nothing_is_held_where_nothing_was_replaced() {
    let (mut stream, mut out) = (Surrogates::default().stream(), String::new());
    stream.push("user-", &mut out);
    assert_eq!((&*out, stream.is_holding()), ("user-", false));
}

#[test]
fn ten_thousand_values_in_one_text_cost_linear_time_and_come_back() {
    let text: String = (0..12_000).map(|n| format!("u{n}@example.com ")).collect();
    let (cleaned, inspection) = clean(&shipped(), &KEY, &text);
    assert!(
        cleaned.contains("[EMAIL_ADDRESS]"),
        "past the most that are remembered, values are masked"
    );
    assert!(
        inspection
            .surrogates
            .restore(&cleaned)
            .unwrap()
            .starts_with("u0@example.com u1@example.com")
    );
}

fn surrogates(made: &[&str]) -> Surrogates {
    let numbered = made.iter().enumerate();
    Surrogates::new(numbered.map(|(i, made)| (Arc::from(*made), format!("<{i}>").into())))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_cut_of_any_text_restores_alike(made in prop::collection::btree_set("[+(]?[ab1]{2,5}-?[a1]{0,2}[/]?", 1..5), text in "[abAB1c é*\\\\u%&#;0(+/-]{0,60}", cuts in prop::collection::vec(0_usize..12, 0..40)) {
        let live = surrogates(&made.iter().map(String::as_str).collect::<Vec<_>>());
        let whole = live.restore(&text).unwrap_or_else(|| text.clone());
        let (mut stream, mut out, mut rest) = (live.stream(), String::new(), &*text);
        for cut in cuts {
            let at = rest.floor_char_boundary(cut.min(rest.len()));
            stream.push(&rest[..at], &mut out);
            rest = &rest[at..];
        }
        stream.push(rest, &mut out);
        stream.finish(&mut out);
        prop_assert_eq!(out, whole);
    }

    #[test]
    fn whatever_is_replaced_comes_back(words in prop::collection::vec(prop_oneof![
        Just("4111-1111-1111-1111".to_owned()), Just("4111111111111111".to_owned()), Just("a@b.example".to_owned()), Just("+49 30 901820".to_owned()),
        Just("DE89 3704 0044 0532 0130 00".to_owned()), Just("４１１１１１１１１１１１１１１１".to_owned()), "[a-z@.0-9 -]{0,12}",
    ], 0..12)) {
        let bundle = &*SHIPPED;
        let text = words.join(", ");
        let (cleaned, inspection) = clean(bundle, &KEY, &text);
        prop_assert_eq!(inspection.surrogates.restore(&cleaned).unwrap_or(cleaned), text);
    }
}

static SHIPPED: std::sync::LazyLock<Bundle> = std::sync::LazyLock::new(shipped);

/// What models do to a surrogate when they repeat it.
type Alter = fn(&str) -> String;

const WAYS: &[(&str, Alter)] = &[
    ("capitals", |made| made.to_uppercase()),
    ("small letters", |made| made.to_lowercase()),
    ("title case", |made| {
        let mut start = true;
        let title = |c: char| {
            let c = if start {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            };
            start = !c.is_alphanumeric();
            c
        };
        made.chars().map(title).collect()
    }),
    ("bold", |made| format!("**{made}**")),
    ("code", |made| format!("`{made}`")),
    ("bold within", |made| {
        let (head, tail) = made.split_at(made.len() / 2);
        format!("{head}**{tail}")
    }),
    ("escaped markdown", |made| {
        made.replace('-', "\\-")
            .replace('_', "\\_")
            .replace('.', "\\.")
    }),
    ("other hyphens", |made| made.replace('-', "\u{2011}")),
    ("without hyphens", |made| made.replace(['-', ' '], "")),
    ("other blanks", |made| {
        made.replace(' ', "\u{a0}").replace('-', " - ")
    }),
    ("wrapped", |made| {
        let (head, tail) = made.split_at(made.len() / 2);
        format!("{head}\n  {tail}")
    }),
    ("JSON escapes", |made| {
        made.replace('@', "\\u0040")
            .replace('-', "\\u002d")
            .replace('/', "\\/")
    }),
    ("percent", |made| {
        made.replace('@', "%40")
            .replace(' ', "%20")
            .replace('+', "%2B")
    }),
    ("HTML", |made| {
        made.replace('@', "&#64;").replace('-', "&#x2d;")
    }),
    ("invisible characters", |made| {
        let (head, tail) = made.split_at(made.len() / 3);
        format!("{head}\u{200b}{tail}")
    }),
    ("full width", |made| {
        made.chars()
            .map(|c| {
                char::from_u32(u32::from(c) + 0xfee0)
                    .filter(|_| c > ' ')
                    .unwrap_or(c)
            })
            .collect()
    }),
    ("a link", |made| format!("[{made}](mailto:{made})")),
    ("possessive", |made| format!("{made}'s")),
];

const VALUES: &[&str] = &[
    "jane@example.com",
    "4111-1111-1111-1111",
    "4111 1111 1111 1111",
    "378282246310005",
    "DE89 3704 0044 0532 0130 00",
    "078-05-1123",
    "+44 20 7946 0958",
    "(415) 555-0132",
    "NHS number 943 476 5870",
    "CPF 529.982.247-25",
];

#[test]
fn a_surrogate_comes_back_however_a_model_writes_it() {
    let bundle = &*SHIPPED;
    let (mut tried, mut restored) = (0, 0);
    let mut lost = Vec::new();
    for seed in 0..100_u8 {
        for value in VALUES {
            let (cleaned, inspection) = clean(bundle, &ScopeKey([seed; 32]), value);
            assert_ne!(cleaned, *value);
            let live = &inspection.surrogates;
            let place = live.places(&cleaned).remove(0);
            let (made, original) = (
                cleaned[place.clone()].to_owned(),
                live.restore(&cleaned[place]).unwrap(),
            );
            for (way, alter) in WAYS {
                let answer = format!("Sure: {} is it.", alter(&made));
                let back = live.restore(&answer).unwrap_or_default();
                tried += 1;
                if back.contains(&original) {
                    restored += 1;
                } else {
                    lost.push(format!("{way}: {answer:?} -> {back:?}"));
                }
                // However it is cut.
                for cut in (0..answer.len()).filter(|cut| answer.is_char_boundary(*cut)) {
                    let (mut stream, mut out) = (live.stream(), String::new());
                    stream.push(&answer[..cut], &mut out);
                    stream.push(&answer[cut..], &mut out);
                    stream.finish(&mut out);
                    assert_eq!(
                        out,
                        live.restore(&answer).unwrap_or_else(|| answer.clone()),
                        "{way} {cut}"
                    );
                }
            }
        }
    }
    println!("{restored} of {tried} restored");
    assert!(
        restored * 100 >= tried * 99,
        "{restored} of {tried}: {:#?}",
        &lost[..lost.len().min(20)]
    );
}

#[test]
fn what_is_nearly_a_surrogate_stays_as_it_is() {
    let bundle = &*SHIPPED;
    for seed in 0..50_u8 {
        for value in VALUES {
            let (cleaned, inspection) = clean(bundle, &ScopeKey([seed; 32]), value);
            let live = &inspection.surrogates;
            let made = cleaned[live.places(&cleaned).remove(0)].to_owned();
            let digits: Vec<usize> = made
                .char_indices()
                .filter(|(_, c)| c.is_ascii_alphanumeric())
                .map(|(at, _)| at)
                .collect();
            for at in &digits {
                // One letter or digit is another one, or missing, or stands twice.
                let c = made[*at..].chars().next().unwrap();
                let other = if c.is_ascii_digit() {
                    char::from(b'0' + (c as u8 - b'0' + 1) % 10)
                } else {
                    char::from(b'a' + (c.to_ascii_lowercase() as u8 - b'a' + 1) % 26)
                };
                let changed = format!("{}{other}{}", &made[..*at], &made[at + 1..]);
                assert_eq!(live.restore(&changed), None, "{made} {changed}");
                let less = format!("{}{}", &made[..*at], &made[at + 1..]);
                assert_eq!(live.restore(&less), None, "{made} {less}");
            }
            if made.ends_with(|c: char| c.is_ascii_digit()) {
                assert_eq!(live.restore(&format!("{made}7")), None, "{made}");
            }
        }
    }
}

/// What goes out of a conversation, message by message, as one call.
fn turns(bundle: &Bundle, key: &ScopeKey, said: &[String]) -> Vec<String> {
    let mut redactor = bundle.redactor(key);
    said.iter()
        .map(|text| {
            let cleaned = redactor.text(&String::new, text).unwrap();
            cleaned.unwrap_or_else(|| text.clone())
        })
        .collect()
}

/// One value of each of several kinds, by number.
fn value(kind: u8, number: u32) -> String {
    match kind % 6 {
        0 => format!("user{number}@example.com"),
        1 => {
            let body = format!("411111{:09}", number);
            let digit =
                (0..10).find(|digit| marshal_detect::luhn(format!("{body}{digit}").bytes()));
            format!("{body}{}", digit.unwrap_or(0))
        }
        2 => format!(
            "SSN {:03}-{:02}-{:04}",
            100 + number % 500,
            10 + number % 80,
            1000 + number % 8000
        ),
        3 => format!("+44 20 7946 {:04}", number % 10_000),
        4 => format!("(415) 555-{:04}", number % 10_000),
        _ => format!("no value {number}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A provider caches by prefix: what a turn sent, the next one sends again, byte for byte.
    #[test]
    fn a_turn_is_a_prefix_of_the_next(
        said in proptest::collection::vec(proptest::collection::vec((0_u8..6, 0_u32..40), 0..6), 1..8),
        tags in any::<bool>(),
    ) {
        let mut problems = Vec::new();
        let tagged = "version: 1\ngroups:\n  CONTACT: {class: pii, action: tag}\n  PAYMENT: {class: pci, action: tag}\n  PERSONAL_IDS: {class: pii, action: tag}\nentities: {}\n";
        let rules = tags.then(|| Arc::new(DataRules::read("data.yaml", tagged, &mut problems).unwrap()));
        let bundle = shipped();
        let said: Vec<String> = said
            .iter()
            .map(|values| values.iter().map(|(kind, number)| format!("and {} ", value(*kind, *number))).collect())
            .collect();
        let sent = |said: &[String]| match &rules {
            None => turns(&bundle, &KEY, said),
            Some(rules) => {
                let mut redactor = Redactor::new(rules, &KEY);
                said.iter().map(|text| redactor.text(&String::new, text).unwrap().unwrap_or_else(|| text.clone())).collect()
            }
        };
        let whole = sent(&said);
        for turn in 0..said.len() {
            let earlier = sent(&said[..turn]);
            prop_assert_eq!(&earlier[..], &whole[..turn]);
        }
    }
}

#[test]
fn no_two_tenants_have_a_surrogate_in_common() {
    let bundle = shipped();
    let made = |key: [u8; 32]| -> HashSet<String> {
        let key = ScopeKey(key);
        let values = (0..5_u8).flat_map(|kind| (0..400).map(move |number| value(kind, number)));
        let cleaned = values.map(|text| {
            let (cleaned, _) = clean(&bundle, &key, &text);
            assert_ne!(cleaned, text, "found");
            cleaned
        });
        cleaned.collect()
    };
    let (one, other) = (made([1; 32]), made([2; 32]));
    assert!(
        one.len() > 1_500,
        "values of one tenant have surrogates of their own"
    );
    assert_eq!(one.intersection(&other).count(), 0);
}
