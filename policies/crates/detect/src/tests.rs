use super::*;

pub(super) fn all_on() -> Detector {
    Detector::all_built_in()
}

fn found(text: &str) -> Vec<(String, &str)> {
    all_on()
        .scan(text)
        .into_iter()
        .map(|hit| (hit.entity.to_string(), &text[hit.range]))
        .collect()
}

#[test]
fn a_value_is_found_whatever_stands_around_it() {
    for (entity, value) in [
        ("CREDIT_CARD", "4111 1111 1111 1111"),
        ("CREDIT_CARD", "5555555555554444"),
        ("CREDIT_CARD", "3782-822463-10005"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
        ("IBAN_CODE", "GB29NWBK60161331926819"),
        ("EMAIL_ADDRESS", "jane.doe+x@mail.example.com"),
        ("US_SSN", "078-05-1123"),
        ("PHONE_NUMBER", "+44 20 7946 0958"),
        ("PHONE_NUMBER", "(415) 555-0132"),
        (
            "AWS_ACCESS_KEY",
            "AKIAIOSFODNN7EXAMPLA".replace("EXAMPLA", "QZ4MPL2").leak(),
        ),
        ("GITHUB_TOKEN", "ghp_1ktP7H7v9AeCzW6cy5Sd24DZlbHnqPU8Jvmf"),
        (
            "API_KEY",
            "sk-ant-api03-uHeQ9hmv3_eAXMsoTEQ4kMlXeIiKRgmbzcNJm0",
        ),
        (
            "JWT",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        ),
        ("IP_ADDRESS", "192.168.17.4"),
    ] {
        for (before, after) in [
            ("", ""),
            ("(", ")"),
            ("\"", "\","),
            ("x: ", "."),
            ("<", ">"),
            ("='", "';"),
            ("\n", "\n"),
            ("は", "です"),
            ("a ", " b"),
            ("|", "|"),
            ("[", "]"),
        ] {
            let text = format!("{before}{value}{after}");
            assert_eq!(found(&text), [(entity.to_owned(), value)], "{text}");
        }
    }
}

#[test]
fn a_private_key_is_found_whole() {
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nsk_live_1234567890abcdef\n-----END RSA PRIVATE KEY-----";
    assert_eq!(
        found(&format!("key:\n{key}\nbye")),
        [("PRIVATE_KEY".to_owned(), key)]
    );
    let cut = "-----BEGIN PRIVATE KEY-----\nMIIEpAIB";
    assert_eq!(found(cut), [("PRIVATE_KEY".to_owned(), cut)]);
    assert_eq!(
        found("-----BEGIN PUBLIC KEY-----\nMIIEpAIB\n-----END PUBLIC KEY-----"),
        []
    );
}

#[test]
fn look_alikes_pass() {
    for text in [
        "request_id=203008de-a500-44ea-a3fa-258c42517620 took 31 ms",
        "12345678-1234-1234-1234-123456789012",
        "Cherry-pick commit f6d236d69776d491aa3b815135f7603251d04f35 onto release/2.1 please.",
        "ETag: \"0644a09d21cf0fa35d881b2119ae2546\"",
        "4111 1111 1111 1112",
        "at 1700000000000 and 1700000000000000 and 2024-01-02T03:04:05.678901Z",
        "order 10002345, invoice 2024-000123, total 1,234,567.89, 3.14159265358979",
        "SSN 000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000",
        "AKIAIOSFODNN7EXAMPLE and sk-xxxxxxxxxxxxxxxxxxxxxxxx and api_key = \"YOUR_API_KEY_HERE_12345\"",
        "let k = HashMap::<String, ApiKeyKind>::with_capacity(724); // secret_sauce",
        "git@github.com:owner/repo.git foo@1.2.3 @scope/pkg",
        "max_tokens: 4096, \"idempotency_key\": \"203008de-a500-44ea-a3fa-258c42517620\"",
        "GB29NWBK60161331926818 DE00 3704 0044 0532 0130 00",
        "10.1.2.3.4 version 1.2.3",
        "01101000 01001000 0110000101",
        "01.02.2023 10:30 and 2023-01-02 10:30:00 and 01/02/2023",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgyiZtyLHTzPUcJBUSfDh2JJ0wAxVIoSDgyAoE8D48FOUGsUmUbn0GsAcH",
    ] {
        let found: Vec<_> = found(text)
            .into_iter()
            .filter(|(entity, _)| entity != "DATE_TIME" && entity != "URL")
            .collect();
        assert_eq!(found, [], "{text}");
    }
}

#[test]
fn what_hides_behind_other_characters_is_found_where_it_stands() {
    for text in [
        "４１１１ １１１１ １１１１ １１１１",
        "4111\u{200b}1111\u{200b}11111111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "4111\u{2011}1111\u{2011}1111\u{2011}1111",
        "٤١١١١١١١١١١١١١١١",
    ] {
        assert_eq!(found(text), [("CREDIT_CARD".to_owned(), text)]);
        let within = format!("é {text} é");
        assert_eq!(
            found(&within),
            [("CREDIT_CARD".to_owned(), text)],
            "{within}"
        );
    }
}

#[test]
fn a_custom_detector_asks_its_validator_and_its_context() {
    let custom = Custom {
        entity: 0,
        pattern: r"(?-u:\b)C-\d{16}(?-u:\b)".into(),
        validator: Validator::Luhn,
        context: vec!["customer".into()],
    };
    let detector = Detector::new(
        vec!["CUSTOMER".into()],
        &[],
        vec![custom],
        vec![LEAST_SCORE],
    )
    .unwrap();
    assert_eq!(detector.scan("customer C-4111111111111111").len(), 1);
    assert_eq!(detector.scan("customer C-4111111111111112").len(), 0);
    assert_eq!(detector.scan("C-4111111111111111").len(), 0);
    assert!(custom::compile(r"(a)\1").is_err());
    assert!(custom::compile(r"(?=a)").is_err());
    assert!(custom::compile(&"a{1000}{1000}".repeat(9)).is_err());
}

#[test]
fn no_place_in_a_text_is_skipped() {
    // Whatever the block that a value starts in, it is found.
    for value in [
        "4111111111111111",
        "jane@example.com",
        "GB29NWBK60161331926819",
        "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",
        "078-05-1123",
        "ghp_1ktP7H7v9AeCzW6cy5Sd24DZlbHnqPU8Jvmf",
    ] {
        for before in 0..40 {
            let text = format!(
                "{} {value} {}",
                "word ".repeat(9).split_at(before).0,
                "and so on"
            );
            assert_eq!(found(&text).len(), 1, "{text}");
        }
    }
}

#[test]
fn what_stands_right_before_or_behind_a_value_does_not_hide_it() {
    for (text, entity, value) in [
        (
            "Card:\\n4111 1111 1111 1111",
            "CREDIT_CARD",
            "4111 1111 1111 1111",
        ),
        (
            "q=card%204111111111111111",
            "CREDIT_CARD",
            "4111111111111111",
        ),
        (
            "\\nAKIAQZW7MPLRT3BNVCHD",
            "AWS_ACCESS_KEY",
            "AKIAQZW7MPLRT3BNVCHD",
        ),
        (
            "token%3Dghp_1ktP7H7v9AeCzW6cy5Sd24DZlbHnqPU8Jvmf",
            "GITHUB_TOKEN",
            "ghp_1ktP7H7v9AeCzW6cy5Sd24DZlbHnqPU8Jvmf",
        ),
        (
            "1 2 3 4 5 6 4111 1111 1111 1111 7 8 9 10 11 12 13 14",
            "CREDIT_CARD",
            "4111 1111 1111 1111",
        ),
        (
            "contact id 7 4111 1111 1111 1111",
            "CREDIT_CARD",
            "4111 1111 1111 1111",
        ),
        (
            "key AKIAQZWXMPLRTYBNVCHD ok",
            "AWS_ACCESS_KEY",
            "AKIAQZWXMPLRTYBNVCHD",
        ),
        ("client_ip:10.0.0.1", "IP_ADDRESS", "10.0.0.1"),
        ("abc:10.0.0.1", "IP_ADDRESS", "10.0.0.1"),
        ("IP:2001:db8::1", "IP_ADDRESS", "2001:db8::1"),
        ("MAC:00:1A:2B:3C:4D:5E", "MAC_ADDRESS", "00:1A:2B:3C:4D:5E"),
        ("Swift code: DEUTDEFF500", "BIC", "DEUTDEFF500"),
    ] {
        let found = found(text);
        assert!(
            found.contains(&(entity.to_owned(), value)),
            "{text}: {found:?}"
        );
    }
    assert_eq!(
        found("3782 822463 10005 4111111111111111 5555 5555 5555 4444")
            .into_iter()
            .map(|(entity, _)| entity)
            .collect::<Vec<_>>(),
        ["CREDIT_CARD"; 3]
    );
    assert_eq!(
        found("192.168.1.10-192.168.1.20"),
        [
            ("IP_ADDRESS".to_owned(), "192.168.1.10"),
            ("IP_ADDRESS".to_owned(), "192.168.1.20")
        ]
    );
    let key = "ab12x_4111111111111111_Zx9kQ7pL2";
    let text = format!("api_key={key}");
    let found = found(&text);
    assert!(
        matches!(&found[..], [(_, whole)] if *whole == key),
        "{found:?}"
    );
}

#[test]
fn an_address_is_found_in_any_letters_and_spellings() {
    for address in [
        "rené@example.com",
        "müller@example.de",
        "jane@müller.de",
        "jane<at>example<dot>com",
        "JANE AT EXAMPLE DOT COM",
    ] {
        let found = found(address);
        assert!(
            found.contains(&("EMAIL_ADDRESS".to_owned(), address)),
            "{address}: {found:?}"
        );
    }
}

#[test]
fn a_word_speaks_for_a_value_in_capitals_of_any_script() {
    for text in [
        "ｐａｓｓｐｏｒｔ 123456789",
        "Учетный номер плательщика 200988541",
        "УЧЕТНЫЙ НОМЕР ПЛАТЕЛЬЩИКА 200988541",
        "VERGİ NO 4540536920",
        "CUPS ES1234123456789012JY1F",
    ] {
        assert_eq!(found(text).len(), 1, "{text}: {:?}", found(text));
    }
}

#[test]
fn code_and_ordinary_words_are_no_addresses() {
    for text in [
        "main :: IO ()",
        "class Bed::Face",
        "git config user.name here",
        "it works.It is",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

/// Each would take hours if any place of it were looked at again for each other.
#[test]
fn a_text_that_is_all_beginnings_comes_to_an_end() {
    let detector = all_on();
    for unit in [
        "1 ",
        "12-",
        "4111 ",
        "@",
        "a@",
        "a@b.",
        "eyJ",
        "eyJ_",
        "ZXlK/",
        "-----BEGIN ",
        "sk-",
        "AKIA",
        "key=",
        "GB29 ",
        "+1(",
        "1.2.3.4:",
        "key is ",
        "%2",
        "&#",
        "\\u00",
    ] {
        let text = unit.repeat(400_000 / unit.len());
        _ = detector.scan(&text);
    }
}
