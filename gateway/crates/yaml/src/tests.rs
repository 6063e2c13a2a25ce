use proptest::prelude::*;

use super::*;

fn wrong(text: &str) -> String {
    parse("f.yaml", text).map_or_else(
        |problem| problem.to_string(),
        |node| format!("accepted: {node:?}"),
    )
}

#[test]
fn every_mistake_of_a_file_is_reported_where_it_stands() {
    let text = "version: 1\nbudgets:\n  - name: research\n    period: \"weekly\"\n    limit: 5\n    limit_us: 5\n    grace: yes\n    share: 1.5.2\n";
    let node = parse("policies/limits.yaml", text).unwrap();
    let problems = Problems::new();
    let mut root = node.as_map(&problems, "").unwrap();
    assert_eq!(root.u64("version"), Some(1));
    for item in root.seq("budgets").unwrap() {
        let mut budget = item.map().unwrap();
        assert_eq!(budget.str("name"), Some("research"));
        let words = [("day", 1), ("month", 2)];
        assert_eq!(budget.one_of("period", "a period", &words), None);
        assert_eq!(budget.decimal("limit_usd"), None);
        assert_eq!(budget.bool("grace"), None);
        assert_eq!(budget.decimal("share"), None);
        budget.finish();
    }
    root.finish();
    let lines: Vec<String> = problems
        .into_vec()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "policies/limits.yaml:4:13: budgets.research.period: \"weekly\" is not a period; use \"day\" or \"month\"",
            "policies/limits.yaml:5:5: budgets.research.limit: no such key; did you mean \"limit_usd\"?",
            "policies/limits.yaml:6:5: budgets.research.limit_us: no such key; did you mean \"limit_usd\"?",
            "policies/limits.yaml:7:12: budgets.research.grace: \"yes\" is not true or false",
            "policies/limits.yaml:8:12: budgets.research.share: \"1.5.2\" is not a decimal number; write it as 25 or 0.50",
        ]
    );
}

#[test]
fn columns_count_characters_and_lines_count_any_line_end() {
    let node = parse("f.yaml", "\u{feff}é: {ü: 1, x: ok}\r\nb: [ä, c]\r\n").unwrap();
    let x = node.get("é").and_then(|map| map.get("x")).unwrap();
    assert_eq!(x.place.to_string(), "f.yaml:1:14");
    let Some(Value::Seq(items)) = node.get("b").map(|b| &b.value) else {
        panic!("a list");
    };
    assert_eq!(items[1].place.to_string(), "f.yaml:2:8");
}

#[test]
fn a_value_that_is_not_there_is_reported_at_its_key() {
    let node = parse("f.yaml", "a: 1\nname:\n\n\nb: ~\n").unwrap();
    let problems = Problems::new();
    let mut root = node.as_map(&problems, "").unwrap();
    assert_eq!(root.opt_str("name"), None);
    assert_eq!(root.opt_u64("b"), None);
    let lines: Vec<String> = problems
        .into_vec()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "f.yaml:2:1: name: has no value; write one or remove the key",
            "f.yaml:5:4: b: has no value; write one or remove the key",
        ]
    );
}

#[test]
fn what_a_reviewer_could_misread_is_refused() {
    for (text, says) in [
        (
            "a: 1\nb: 2\na: 3\n",
            "f.yaml:3:1: \"a\" is already set on line 1",
        ),
        ("a: &x 1\n", "anchors (&name) are not read"),
        ("a: &x 1\nb: *x\n", "anchors (&name) are not read"),
        ("a: !!str 1\n", "tags (!name) are not read"),
        ("<<: {a: 1}\n", "merge keys (<<) are not read"),
        (
            "a: 1\n---\nb: 2\n",
            "f.yaml:2:1: a second document starts here",
        ),
        ("? [a]\n: 1\n", "a key must be a plain word"),
        ("a: 1\n: 2\n", "f.yaml:2:1: a key is missing"),
        ("a: b: c\n", "f.yaml:1:5: not readable as YAML"),
        ("a: [1, 2\n", "not readable as YAML"),
        ("a: \"x\n", "not readable as YAML"),
        ("a:\n\t- b\n", "not readable as YAML"),
        (
            "a: 1\nb: x\0y: 2\n",
            "f.yaml:2:5: an invisible character (U+0000)",
        ),
        (
            "a: x\u{202e}y\n",
            "f.yaml:1:5: an invisible character (U+202E)",
        ),
    ] {
        assert!(wrong(text).contains(says), "{text:?}: {}", wrong(text));
    }
}

#[test]
fn depth_and_size_have_limits() {
    let ok = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert!(parse("f.yaml", &ok).is_ok());
    for deep in ["[".repeat(5_000), "- ".repeat(5_000), "{a: ".repeat(200)] {
        assert!(parse("f.yaml", &deep).is_err());
    }
    assert!(wrong(&"a".repeat(MAX_BYTES + 1)).contains("the file is larger than"));
}

#[test]
fn an_empty_file_is_an_empty_map() {
    for text in ["", "# nothing\n", "---\n", "---\n...\n", "~\n"] {
        assert_eq!(
            parse("f.yaml", text).unwrap().value,
            Value::Map(Vec::new()),
            "{text:?}"
        );
    }
}

#[test]
fn a_number_in_quotes_is_text() {
    let node = parse(
        "f.yaml",
        "a: \"1\"\nb: 'true'\nc: 007\nd: 18446744073709551616\ne: 70000\n",
    )
    .unwrap();
    let problems = Problems::new();
    let mut root = node.as_map(&problems, "").unwrap();
    assert_eq!(root.u64("a"), None);
    assert_eq!(root.bool("b"), None);
    assert_eq!(root.u64("c"), None);
    assert_eq!(root.u64("d"), None);
    assert_eq!(root.u64_in("e", 1..=65_535), None);
    root.finish();
    let lines: Vec<String> = problems
        .into_vec()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "f.yaml:1:4: a: is text; write a whole number, without quotes",
            "f.yaml:2:4: b: is text; write true or false, without quotes",
            "f.yaml:3:4: c: \"007\" is not a whole number",
            "f.yaml:4:4: d: 18446744073709551616 is out of range; write 0 or more",
            "f.yaml:5:4: e: 70000 is out of range; write 1 to 65535",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_makes_it_panic(text in "[-a0:?,{}\\[\\]#&*!|>'\"%@`~. \t\r\n\u{0}é\\\\<=x]{0,60}") {
        fuzzing::parse_and_read(text.as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        fuzzing::parse_and_read(&bytes);
    }

    #[test]
    fn a_place_points_at_its_value(words in prop::collection::vec("[a-zé]{1,8}", 1..20)) {
        let mut text = String::new();
        for (n, word) in words.iter().enumerate() {
            text.push_str(&format!("k{n}: {{v: {word}}}\n"));
        }
        let node = parse("f.yaml", &text).unwrap();
        for (n, word) in words.iter().enumerate() {
            let v = node.get(&format!("k{n}")).and_then(|map| map.get("v")).unwrap();
            let line = text.lines().nth(v.place.line as usize - 1).unwrap();
            let from: String = line.chars().skip(v.place.column as usize - 1).collect();
            prop_assert!(from.starts_with(word.as_str()));
        }
    }
}
