use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::fuzzing;

const BODY: &str = r#"{"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},
  {"role":"user","content":[{"type":"text","text":"A \"quoted\" \u00e9\ud83d\ude00 word"},{"type":"image_url"}]}],
  "temperature":0.5,"max_tokens":100,"stream":true,"stop":null,"met\u0061":{}}"#;

fn parse(text: &str) -> Result<Index, JsonError> {
    Index::parse(text.as_bytes(), &Limits::default())
}

fn syntax_of(text: &str) -> (usize, &'static str) {
    match parse(text) {
        Err(JsonError::Syntax { offset, what }) => (offset, what),
        other => panic!("{text:?} gives {other:?}"),
    }
}

fn find<'a>(doc: Doc<'a>, keys: &[&str]) -> NodeId {
    keys.iter().fold(doc.root(), |id, key| {
        key.parse()
            .map_or_else(|_| doc.get(id, key), |number| doc.at(id, number))
            .unwrap_or_else(|| panic!("{key} is there"))
    })
}

#[test]
fn a_value_is_found_where_it_stands() {
    let index = parse(BODY).unwrap();
    let doc = index.doc(BODY.as_bytes());
    let text = find(doc, &["messages", "1", "content", "0", "text"]);
    assert_eq!(doc.str(text).unwrap(), "A \"quoted\" é😀 word");
    assert_eq!(doc.path(text), "messages[1].content[0].text");
    assert_eq!(doc.key(text).unwrap(), "text");
    assert_eq!(doc.raw(find(doc, &["temperature"])), b"0.5");
    assert_eq!(doc.u64(find(doc, &["max_tokens"])), Some(100));
    assert_eq!(doc.u64(find(doc, &["temperature"])), None);
    assert_eq!(doc.f64(find(doc, &["temperature"])), Some(0.5));
    assert_eq!(doc.bool(find(doc, &["stream"])), Some(true));
    assert_eq!(doc.kind(find(doc, &["stop"])), Kind::Null);
    assert_eq!(doc.len(find(doc, &["messages"])), 2);
    assert!(doc.get(doc.root(), "absent").is_none());
    assert!(doc.parent(doc.root()).is_none());
    assert_eq!(doc.path(doc.root()), "");
}

#[test]
fn an_escaped_key_is_found_by_the_name_that_it_spells() {
    let index = parse(BODY).unwrap();
    let doc = index.doc(BODY.as_bytes());
    let meta = doc.get(doc.root(), "meta").unwrap();
    assert_eq!(&BODY[doc.key_span(meta).unwrap()], r#""met\u0061""#);
}

#[test]
fn a_string_without_escapes_is_not_copied() {
    let index = parse(BODY).unwrap();
    let doc = index.doc(BODY.as_bytes());
    let model = doc.str(find(doc, &["model"])).unwrap();
    assert!(matches!(model, std::borrow::Cow::Borrowed("gpt-4o")));
}

#[test]
fn a_name_with_a_quote_in_it_matches_no_other_key() {
    let body = r#"{"a":"x"}"#;
    let index = parse(body).unwrap();
    let doc = index.doc(body.as_bytes());
    assert!(doc.get(doc.root(), r#"a":"#).is_none());
}

#[test]
fn a_key_that_is_no_plain_word_is_quoted_in_a_path() {
    let body = r#"{"a.b":{"":[1]}}"#;
    let index = parse(body).unwrap();
    let doc = index.doc(body.as_bytes());
    let one = find(doc, &["a.b", "", "0"]);
    assert_eq!(doc.path(one), r#"["a.b"][""][0]"#);
}

#[test]
fn a_wrong_body_is_refused_with_what_is_wrong_and_where() {
    for (text, at, what) in [
        ("", 0, "it is empty"),
        ("  ", 0, "it is empty"),
        ("\u{feff}{}", 0, "byte order mark"),
        ("{} x", 3, "after the end"),
        ("[1,]", 3, "a comma stands before"),
        (r#"{"a":1,}"#, 7, "a comma stands before"),
        ("[1 2]", 3, "a comma or ]"),
        (r#"{"a" 1}"#, 5, "a colon"),
        ("{a:1}", 1, "a key in double quotes"),
        ("[01]", 1, "does not start with a zero"),
        ("[-]", 2, "a digit"),
        ("[1.]", 3, "after the decimal point"),
        ("[1e+]", 4, "in the exponent"),
        ("[NaN]", 1, "a value"),
        ("[.5]", 1, "a value"),
        ("[+5]", 1, "a value"),
        ("[tru]", 1, "a value"),
        ("[\"a\nb\"]", 3, "a control character"),
        ("[\"a long enough line\nb\"]", 20, "a control character"),
        (r#"["\x"]"#, 2, "a backslash"),
        (r#"["\u12g4"]"#, 2, "four hexadecimal digits"),
        (r#"["\ud800"]"#, 2, "first half of a surrogate pair"),
        (r#"["\ud800\u0041"]"#, 2, "first half of a surrogate pair"),
        (r#"["\udc00"]"#, 2, "second half of a surrogate pair"),
        ("[\"abc", 1, "not closed"),
        ("[1", 2, "the body ends"),
        ("{\"a\":", 5, "the body ends"),
        ("[1}", 2, "a comma or ]"),
        ("]", 0, "a value"),
        ("[/*c*/1]", 1, "a value"),
    ] {
        let (offset, said) = syntax_of(text);
        assert!(said.contains(what), "{text:?}: {said}");
        assert_eq!(offset, at, "{text:?}: {said}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    let error = Index::parse(b"[\"\xff\"]", &Limits::default()).unwrap_err();
    assert_eq!(error, JsonError::InvalidUtf8 { offset: 2 });
}

#[test]
fn a_key_named_twice_is_refused_however_it_is_spelled() {
    for (body, at, way) in [
        (r#"{"a":1,"b":2,"a":3}"#, 13, "a"),
        (r#"{"a":1,"\u0061":3}"#, 7, "a"),
        (r#"{"m":[{},{"role":1,"role":2}]}"#, 19, "m[1].role"),
        (r#"{"x":{"/":1,"\/":2}}"#, 12, r#"x["/"]"#),
    ] {
        let error = parse(body).unwrap_err();
        let path = way.to_owned();
        assert_eq!(error, JsonError::DuplicateKey { offset: at, path });
        assert_eq!(error.refusal().code, marshal_types::Code::DuplicateKey);
    }
    assert!(parse(r#"{"a":{"a":1},"b":{"a":2}}"#).is_ok());
}

#[test]
fn a_hundred_thousand_keys_are_compared_in_no_time() {
    let mut body = String::from("{");
    for number in 0..100_000 {
        body.push_str(&format!("\"{}{number}\":0,", "same-start-".repeat(8)));
    }
    let fine = format!("{body}\"end\":0}}");
    assert!(parse(&fine).is_ok());
    let twin = format!("{body}\"{}77\":0}}", "same-start-".repeat(8));
    let Err(JsonError::DuplicateKey { offset, .. }) = parse(&twin) else {
        panic!("the twin is found");
    };
    assert_eq!(offset, body.len());
}

#[test]
fn a_key_that_may_be_a_callers_data_is_not_shown_in_a_path() {
    let body = br#"{"4111111111111111":{"ada@example.com":{"card_2":[1]}}}"#;
    let index = Index::parse(body, &Limits::default()).unwrap();
    let doc = index.doc(body);
    let last = doc.all().last().unwrap();
    assert_eq!(doc.path(last), "[\"…\"][\"…\"].card_2[0]");
}

#[test]
fn a_long_key_is_shortened_in_the_error() {
    let key = "k".repeat(100_000);
    let error = parse(&format!("{{\"{key}\":1,\"{key}\":2}}")).unwrap_err();
    assert!(error.to_string().len() < 300);
}

#[test]
fn nesting_is_limited_and_deep_nesting_costs_no_stack() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(64)).is_ok());
    let error = parse(&nested(65)).unwrap_err();
    assert_eq!(
        error,
        JsonError::TooDeep {
            offset: 64,
            limit: 64
        }
    );
    let limits = Limits {
        max_depth: usize::MAX,
        ..Limits::default()
    };
    assert!(Index::parse(nested(400_000).as_bytes(), &limits).is_ok());
}

#[test]
fn the_number_of_values_is_limited() {
    let limits = Limits {
        max_nodes: 3,
        ..Limits::default()
    };
    assert!(Index::parse(b"[1,2]", &limits).is_ok());
    let error = Index::parse(b"[1,2,3]", &limits).unwrap_err();
    assert_eq!(
        error,
        JsonError::TooManyNodes {
            offset: 5,
            limit: 3
        }
    );
}

#[test]
fn a_document_beside_the_wrong_bytes_does_not_panic() {
    let index = parse(BODY).unwrap();
    for other in ["", "{}", "\"\\", &"é\\u".repeat(200)] {
        let doc = index.doc(other.as_bytes());
        for id in doc.all() {
            let _ = (doc.str(id), doc.key(id), doc.path(id), doc.raw(id));
            let _ = (doc.u64(id), doc.get(id, "role"));
        }
    }
    let other = parse("[]").unwrap();
    let doc = other.doc(b"[]");
    let absent = index.doc(b"").all().last().unwrap();
    assert_eq!(doc.kind(absent), Kind::Null);
    assert_eq!(doc.raw(absent), b"");
}

#[test]
fn nothing_that_a_log_prints_shows_a_body() {
    let index = parse(BODY).unwrap();
    let doc = index.doc(BODY.as_bytes());
    let mut edits = Edits::new();
    edits.insert(0, "secret");
    let printed = format!("{doc:?} {edits:?} {index:?}");
    assert!(!printed.contains("quoted") && !printed.contains("secret"));
}

#[test]
fn an_edit_changes_its_place_and_no_other_byte() {
    let index = parse(BODY).unwrap();
    let doc = index.doc(BODY.as_bytes());
    let mut edits = Edits::new();
    assert!(edits.is_empty());
    edits.replace_str(doc, find(doc, &["messages", "0", "content"]), "Hi \"you\"");
    edits.replace(doc.span(find(doc, &["model"])), "\"other\"");
    let after = String::from_utf8(edits.apply(BODY.as_bytes())).unwrap();
    let expected = BODY
        .replace("\"gpt-4o\"", "\"other\"")
        .replace("\"Be brief.\"", r#""Hi \"you\"""#);
    assert_eq!(after, expected);
}

#[test]
fn insertions_at_one_place_keep_their_order_and_precede_a_replacement() {
    let mut edits = Edits::new();
    edits.replace(1..2, "B");
    edits.insert(1, "x");
    edits.insert(1, "y");
    assert_eq!(edits.apply(b"abc"), b"axyBc");
}

#[test]
fn an_edit_within_another_is_dropped_and_one_past_the_end_does_not_panic() {
    let mut edits = Edits::new();
    edits.replace(2..3, "inner");
    edits.replace(1..5, "OUTER");
    edits.replace(90..99, "far");
    edits.replace(5..99, "tail");
    assert_eq!(edits.apply(b"abcdefgh"), b"aOUTERtail");
}

#[test]
fn a_removed_member_takes_the_right_comma() {
    let body = r#"{ "a" : 1 , "b" : [1, 2 , 3] , "c" : 3 }"#;
    let index = parse(body).unwrap();
    let doc = index.doc(body.as_bytes());
    let without = |names: &[&str]| {
        let mut edits = Edits::new();
        for name in names {
            edits.remove_member(doc, find(doc, &[name]));
        }
        String::from_utf8(edits.apply(body.as_bytes())).unwrap()
    };
    assert_eq!(without(&["a"]), r#"{ "b" : [1, 2 , 3] , "c" : 3 }"#);
    assert_eq!(without(&["b"]), r#"{ "a" : 1 , "c" : 3 }"#);
    assert_eq!(without(&["c"]), r#"{ "a" : 1 , "b" : [1, 2 , 3] }"#);
    assert_eq!(without(&["c", "b"]), r#"{ "a" : 1 }"#);
    assert_eq!(without(&["a", "c", "b"]), "{  }");
}

#[test]
fn a_member_is_put_into_an_object_whether_it_has_any_or_not() {
    for (body, after) in [
        (r#"{"a":1}"#, r#"{"n":true,"m":"x","a":1}"#),
        ("{ }", r#"{"n":true,"m":"x" }"#),
    ] {
        let index = parse(body).unwrap();
        let doc = index.doc(body.as_bytes());
        let mut edits = Edits::new();
        edits.insert_member(doc, doc.root(), "n", b"true");
        edits.insert_member(doc, doc.root(), "m", b"\"x\"");
        assert_eq!(
            String::from_utf8(edits.apply(body.as_bytes())).unwrap(),
            after
        );
    }
    let body = r#"{"a":1}"#;
    let index = parse(body).unwrap();
    let doc = index.doc(body.as_bytes());
    let mut edits = Edits::new();
    edits.insert_member(doc, doc.root(), "b", b"2");
    edits.remove_member(doc, find(doc, &["a"]));
    assert_eq!(edits.apply(body.as_bytes()), br#"{"b":2}"#);
}

#[test]
fn a_written_string_escapes_what_must_be_and_no_more() {
    let mut out = Vec::new();
    write_str(&mut out, "a\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}é😀");
    let written = String::from_utf8(out).unwrap();
    assert_eq!(written, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u{7f}é😀\"");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z \"\\\\\n]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec(("[a-c\"é]{0,2}", inner), 0..20)
                .prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
}

/// JSON with one place made wrong, or not quite.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop_oneof![
        prop::sample::select(b"{}[]\",:\\u0123456789abcdefED-+. \n\ttrfln\0".to_vec()),
        any::<u8>(),
    ];
    let edit = (any::<prop::sample::Index>(), 0..3_u8, bytes);
    (value(), any::<bool>(), prop::collection::vec(edit, 0..3)).prop_map(
        |(value, pretty, edits)| {
            let text = if pretty {
                serde_json::to_vec_pretty(&value)
            } else {
                serde_json::to_vec(&value)
            };
            let mut text = text.unwrap();
            for (at, what, byte) in edits {
                let at = at.index(text.len() + 1);
                match what {
                    0 => text.insert(at, byte),
                    1 if at < text.len() => text[at] = byte,
                    2 if at < text.len() => drop(text.remove(at)),
                    _ => {}
                }
            }
            text
        },
    )
}

/// The same value, read through the index.
fn read(doc: Doc<'_>, id: NodeId) -> Value {
    match doc.kind(id) {
        Kind::Object => doc
            .children(id)
            .map(|child| (doc.key(child).unwrap().into_owned(), read(doc, child)))
            .collect(),
        Kind::Array => doc.children(id).map(|child| read(doc, child)).collect(),
        Kind::String => Value::from(doc.str(id).unwrap().into_owned()),
        Kind::Bool => Value::from(doc.bool(id).unwrap()),
        Kind::Null => Value::Null,
        Kind::Number => serde_json::from_slice(doc.raw(id)).unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn it_agrees_with_serde_json_on_what_is_json(body in nearly_json()) {
        fuzzing::json_index(&body);
        let theirs = serde_json::from_slice::<Value>(&body);
        match (Index::parse(&body, &Limits::default()), theirs) {
            (Ok(index), Ok(theirs)) => {
                let doc = index.doc(&body);
                prop_assert_eq!(read(doc, doc.root()), theirs);
            }
            // These are ours alone.
            (Err(JsonError::DuplicateKey { .. } | JsonError::TooDeep { .. }), _) => {}
            (Ok(_), Err(error)) if error.to_string().contains("number out of range") => {}
            (ours, theirs) => prop_assert_eq!(ours.is_ok(), theirs.is_ok()),
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(body: Vec<u8>) {
        fuzzing::json_index(&body);
    }

    #[test]
    fn edits_give_what_naive_replacement_gives(
        body in prop::collection::vec(any::<u8>(), 0..60),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<Vec<u8>>()), 0..6),
        shuffle in any::<prop::sample::Index>(),
    ) {
        let mut places: Vec<usize> = cuts.iter().map(|(at, _)| at.index(body.len() + 1)).collect();
        places.sort_unstable();
        places.dedup();
        let mut pairs: Vec<_> = places
            .chunks_exact(2)
            .map(|pair| pair[0]..pair[1])
            .zip(cuts.iter().map(|(_, with)| with.clone()))
            .collect();
        let mut naive = body.clone();
        for (range, with) in pairs.iter().rev() {
            naive.splice(range.clone(), with.iter().copied());
        }
        if !pairs.is_empty() {
            let by = shuffle.index(pairs.len());
            pairs.rotate_left(by);
        }
        let mut edits = Edits::new();
        for (range, with) in pairs {
            edits.replace(range, with);
        }
        prop_assert_eq!(edits.apply(&body), naive);
    }

    #[test]
    fn any_children_can_be_removed(value in value(), picks in any::<[bool; 16]>(), pretty: bool) {
        let body = if pretty {
            serde_json::to_vec_pretty(&value).unwrap()
        } else {
            serde_json::to_vec(&value).unwrap()
        };
        // As serde_json reads it: its numbers do not always survive a round.
        let value = serde_json::from_slice(&body).unwrap();
        let index = Index::parse(&body, &Limits::default()).unwrap();
        let doc = index.doc(&body);
        let mut edits = Edits::new();
        let picked = |at: usize| picks[at % picks.len()];
        for (at, child) in doc.children(doc.root()).enumerate().collect::<Vec<_>>().into_iter().rev() {
            if picked(at) {
                edits.remove_member(doc, child);
            }
        }
        let expected = match value {
            Value::Array(items) => items.into_iter().enumerate().filter(|(at, _)| !picked(*at)).map(|(_, v)| v).collect(),
            Value::Object(members) => members.into_iter().enumerate().filter(|(at, _)| !picked(*at)).map(|(_, v)| v).collect(),
            other => other,
        };
        prop_assert_eq!(serde_json::from_slice::<Value>(&edits.apply(&body)).unwrap(), expected);
    }

    #[test]
    fn a_written_string_reads_back(text: String) {
        let mut out = Vec::new();
        write_str(&mut out, &text);
        prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }
}
