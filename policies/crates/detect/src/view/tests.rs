use proptest::prelude::*;

use super::*;

fn read(text: &str) -> String {
    let views = readings(text, true);
    views
        .into_iter()
        .next_back()
        .map_or_else(|| text.to_owned(), |view| view.text)
}

#[test]
fn a_plain_text_has_no_other_reading() {
    for text in [
        "",
        "plain",
        "naïve — 日本語",
        "é",
        "50 % of all & more",
        "a b c d",
        "Россия и Польша",
        "R&D; x",
        "ἄλφα",
    ] {
        assert!(readings(text, true).is_empty(), "{text}");
    }
}

#[test]
fn what_is_written_otherwise_reads_plain() {
    for (written, plain) in [
        ("４１１１", "4111"),
        ("41\u{200b}11", "4111"),
        ("4\u{332}1\u{332}1", "411"),
        ("jоhn@ехample.com", "john@example.com"),
        ("jane＠example．com", "jane@example.com"),
        ("jane%40example.com", "jane@example.com"),
        ("jane%2540example.com", "jane@example.com"),
        ("jane&#64;example&period;com", "jane@example.com"),
        ("jane\\u0040example.com", "jane@example.com"),
        ("jane\\x40example.com", "jane@example.com"),
        ("𝟒𝟏𝟏𝟏", "4111"),
        ("4 1 1 1 1 1 1 1", "41111111"),
        ("card 4-1-1-1-1-1-1-1 and", "card 41111111 and"),
        ("jane [at] example [dot] com", "jane@example.com"),
        ("jane (AT) example(DOT)com", "jane@example.com"),
        ("jane at example dot com", "jane@example.com"),
        ("j a n e @ e x a m p l e . c o m", "jane@example.com"),
        ("\u{e0034}\u{e0031}", "41"),
        ("%D0%B6", "ж"),
    ] {
        assert_eq!(read(written), plain, "{written}");
    }
    assert_eq!(read("meet me at noon, a b c"), "meet me at noon, a b c");
}

#[test]
fn an_encoded_text_is_read() {
    assert_eq!(
        decoded("am9obkBleGFtcGxlLmNvbQ==").as_deref(),
        Some("john@example.com")
    );
    assert_eq!(
        decoded("6a6f686e406578616d706c652e636f6d").as_deref(),
        Some("john@example.com")
    );
    assert_eq!(decoded("f6d236d69776d491aa3b815135f7603251d04f35"), None);
    assert_eq!(decoded("MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi"), None);
}

proptest! {
    #[test]
    fn every_place_of_a_reading_is_known_in_the_original(text in "[a1é１\u{200b}\u{a0}日\u{2011}%40&;\\\\ux]{0,24}") {
        for view in readings(&text, true).into_iter().take(1) {
            for (at, c) in view.text.char_indices() {
                let range = view.original(at..at + c.len_utf8());
                prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end) && range.start < range.end);
                if !view.is_changed(&(at..at + c.len_utf8())) {
                    prop_assert_eq!(&text[range], &view.text[at..at + c.len_utf8()]);
                }
            }
            let windows = view.windows();
            prop_assert!(windows.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
