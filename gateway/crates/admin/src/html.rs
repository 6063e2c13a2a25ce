//! The one way that text gets into a page, and the two pages that need no sign-in.

use std::borrow::Cow;

/// Text as it must stand in HTML, in an element or in a quoted attribute.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    if !text.bytes().any(special) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

/// A page with one card in the middle. `title` is text, `body` is HTML.
pub(crate) fn card(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\
         <title>{title} · Marshal</title><link rel=\"stylesheet\" href=\"/assets/style.css\"></head>\
         <body class=\"lone\"><main class=\"card\"><p class=\"brand\">Marshal</p><h1>{title}</h1>{body}</main></body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_html_reads_gets_through() {
        assert_eq!(
            escape(r#"<script>alert("x&y'z")</script>"#),
            "&lt;script&gt;alert(&quot;x&amp;y&#39;z&quot;)&lt;/script&gt;"
        );
        assert!(matches!(escape("gpt-4o ü"), Cow::Borrowed(_)));
    }
}
