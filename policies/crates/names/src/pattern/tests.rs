use super::{Address, Infix, Prefix, Suffix};

fn infixes<'w>(infix: &Infix, word: &'w str) -> Vec<(usize, &'w str)> {
    let mut found = Vec::new();
    infix.for_each(word, |start, end| found.push((start, &word[start..end])));
    found
}

#[test]
fn the_first_prefix_that_fits_is_taken_and_look_ahead_is_not_part_of_it() {
    let prefix =
        Prefix::new(r#"^§|^\+(?![0-9])|^\.\.+|^US\$|^[\u00A6\U0001F000-\U0001F02B]"#).unwrap();
    assert_eq!(prefix.length("§5"), "§".len());
    assert_eq!(prefix.length("+x"), 1);
    assert_eq!(prefix.length("+"), 1);
    assert_eq!(prefix.length("+5"), 0);
    assert_eq!(prefix.length("....x"), 4);
    assert_eq!(prefix.length("US$5"), 3);
    assert_eq!(prefix.length("\u{1F001}"), 4);
    assert_eq!(prefix.length("x§"), 0);
    assert_eq!(prefix.length(""), 0);
}

#[test]
fn the_longest_suffix_whose_look_behind_holds_is_taken() {
    let suffix = Suffix::new(
        r"\)$|\.\.+$|(?<=[0-9])(?:km²|km|m)$|(?<=°[FC])\.$|(?<=[A-Z][A-Z])\.$|(?<=[a-z%²\-\+)])\.$",
    )
    .unwrap();
    assert_eq!(suffix.length("(a)"), 1);
    assert_eq!(suffix.length("a..."), 3);
    assert_eq!(suffix.length("5km²"), "km²".len());
    assert_eq!(suffix.length("km²"), 0);
    assert_eq!(suffix.length("5m"), 1);
    assert_eq!(suffix.length("20°C."), 1);
    assert_eq!(suffix.length("20C."), 0);
    assert_eq!(suffix.length("USA."), 1);
    assert_eq!(suffix.length("end."), 1);
}

#[test]
fn infixes_do_not_overlap_and_see_what_is_around_them() {
    let infix = Infix::new(r"\.\.+|…|(?<=[0-9])[+\-\*^](?=[0-9-])|(?<=[a-z])(?:-|--|~)(?=[a-z])|(?<=[a-z])[:<>=/](?=[a-z])").unwrap();
    assert_eq!(infixes(&infix, "1-2-3+x"), [(1, "-"), (3, "-")]);
    assert_eq!(infixes(&infix, "1--2"), [(1, "-")]);
    assert_eq!(
        infixes(&infix, "a--b...c/d:e"),
        [(1, "--"), (4, "..."), (8, "/"), (10, ":")]
    );
    assert_eq!(infixes(&infix, "-a-"), []);
    assert_eq!(infixes(&infix, "a…b"), [(1, "…")]);
    assert!(infix.is_match("a-b") && !infix.is_match("a-5"));
}

#[test]
fn addresses_are_matched_unless_their_look_ahead_forbids() {
    let pattern = r"(?u)^(?:(?:[\w\+\-\.]{2,})://)?(?:\S+(?::\S*)?@)?(?:(?!(?:10|127)(?:\.\d{1,3}){3})(?!192\.168(?:\.\d{1,3}){2})(?:[1-9]\d?|1\d\d|2[01]\d|22[0-3])(?:\.(?:1?\d{1,2}|2[0-4]\d|25[0-5])){2}(?:\.(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4]))|(?:(?:[A-Za-z0-9_-]{0,62})?[A-Za-z0-9]\.)+(?:[a-z]{2,63}))(?::\d{2,5})?(?:[/?#]\S*)?$";
    let address = Address::new(pattern).unwrap();
    for word in [
        "example.org",
        "http://example.org:80/a?b#c",
        "a@b.example",
        "8.8.8.8",
        "u:p@8.8.8.8/x",
        "110.0.0.1",
        "x@10.0.0.1@8.8.4.4",
    ] {
        assert!(address.is_match(word), "{word}");
    }
    for word in [
        "",
        "word",
        "10.0.0.1",
        "http://127.0.0.1/x",
        "192.168.0.1",
        "8.8.8",
        "a@",
        "example.org!",
        "x@10.0.0.1",
    ] {
        assert!(!address.is_match(word), "{word}");
    }
}

#[test]
fn what_has_no_translation_is_refused() {
    for pattern in [
        "^a(?=b)c", "^a(?!bc)", "^a(?!b+)", "a", "^(", "^)", "^[a", r"^\1", "^a\\", "^a*", "",
        "^a|", r"^\u12", "^(?x",
    ] {
        assert!(Prefix::new(pattern).is_err(), "{pattern}");
    }
    assert!(
        Suffix::new("(?<=a+)b$")
            .unwrap_err()
            .contains("fixed width")
    );
    assert!(Suffix::new("(?<!a)b$").is_err());
    assert!(Infix::new("^a").is_err());
    assert!(Address::new("a(?!b)c").is_err());
    assert!(Address::new("^(?:(?!b)c)+$").is_err());
    assert!(Address::new("^(?:a(?!b)c|d)$").is_err());
}

#[test]
fn brackets_and_doubled_signs_inside_a_class_are_text() {
    let prefix = Prefix::new(r"^[a[&&~~\]\-]|^[]x]").unwrap();
    for word in ["a", "[", "&", "~", "]", "-", "x"] {
        assert_eq!(prefix.length(word), 1, "{word}");
    }
    assert_eq!(prefix.length("b"), 0);
}
