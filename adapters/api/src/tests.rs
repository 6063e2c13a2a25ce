use crate::{
    Fields, Json, Object, ProviderErrorKind, index, kind_of_status, kind_of_word, text_bytes,
};

#[test]
fn what_nobody_reads_is_kept_and_written_again_as_it_was() {
    let body = br#"{"a": 1, "b": null, "c": {"x":  1e2}, "d": []}"#;
    let index = index(body).unwrap();
    let mut fields = Fields::new(index.doc(body), index.doc(body).root()).unwrap();
    assert_eq!(fields.u64("a").unwrap(), Some(1));
    assert_eq!(fields.str("b").unwrap(), None);
    let extra = fields.rest();
    let mut out = Vec::new();
    extra.write(&mut Object::new(&mut out));
    assert_eq!(out, br#"{"b":null,"c":{"x":  1e2},"d":[]}"#);
    let mut dropped = Vec::new();
    extra.report(&mut dropped);
    assert_eq!(dropped, ["c"]);
}

#[test]
fn a_complaint_names_the_place_and_what_to_write() {
    let body = br#"{"m": [{"n": "x"}]}"#;
    let index = index(body).unwrap();
    let doc = index.doc(body);
    let first = doc.at(doc.get(doc.root(), "m").unwrap(), 0).unwrap();
    let mut fields = Fields::new(doc, first).unwrap();
    let wrong = fields.u64("n").unwrap_err();
    assert_eq!(wrong.param.as_deref(), Some("m[0].n"));
    let missing = fields.need_str("k").unwrap_err();
    assert_eq!(missing.message, "`m[0].k` is missing: write a string.");
}

#[test]
fn a_body_that_is_not_json_is_refused_without_repeating_it() {
    let Err(malformed) = index(b"{\"key\": secret}") else {
        panic!("not JSON");
    };
    assert!(!malformed.message.contains("secret"), "{malformed}");
}

#[test]
fn only_what_says_something_counts_as_dropped() {
    for empty in ["null", "[]", "{ }", "\"\"", " [ ] "] {
        assert!(Json::from_source(empty).is_empty(), "{empty}");
    }
    for full in ["0", "false", "[1]", "{\"a\":1}", "\"a\""] {
        assert!(!Json::from_source(full).is_empty(), "{full}");
    }
    assert_eq!(Json::string("a\"b").as_str(), r#""a\"b""#);
}

#[test]
fn text_is_measured_without_parsing() {
    let delta = br#"{"content":"ab\"c","role":"assistant","n":1,"list":["x"],"content":"#;
    assert_eq!(text_bytes(delta, &[b"content"]), 5);
    assert_eq!(text_bytes(b"\"open", &[b"content"]), 0);
    assert_eq!(text_bytes(b"\"content\":\"a\\", &[b"content"]), 0);
}

#[test]
fn a_provider_without_capacity_is_not_a_broken_one() {
    assert_eq!(kind_of_status(529), ProviderErrorKind::Overloaded);
    assert_eq!(kind_of_status(500), ProviderErrorKind::Server);
    assert_eq!(
        kind_of_word("overloaded_error"),
        Some(ProviderErrorKind::Overloaded)
    );
    assert_eq!(kind_of_word("something_new"), None);
}
