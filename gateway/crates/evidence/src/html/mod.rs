//! Pages that need nothing else: no script, no other file. Whatever is not written here as markup is escaped.

mod evidence;
mod inventory;
mod values;

use std::fmt::Write;

use crate::pass::TrailState;
use crate::tally::count;

pub(crate) use evidence::evidence;
pub(crate) use inventory::{fact_sheet, inventory};

const STYLE: &str = include_str!("style.css");

/// A page being written. Markup is `&'static str`, so that no text of a record can be taken for it.
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn new(title: &str) -> Self {
        let mut page = Self(String::with_capacity(64 * 1024));
        page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .raw("<meta name=\"color-scheme\" content=\"light dark\"><title>")
            .text(title)
            .raw(" · Marshal</title><style>")
            .raw(STYLE)
            .raw("</style></head><body><a class=\"skip\" href=\"#main\">Skip to content</a><main id=\"main\"><h1>")
            .text(title)
            .raw("</h1>");
        page
    }

    pub(crate) fn end(mut self) -> String {
        self.raw("</main></body></html>\n");
        self.0
    }

    /// Markup.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, within an element or within a quoted attribute.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        for part in text.split_inclusive(['&', '<', '>', '"', '\'']) {
            let (plain, escape) = match part.as_bytes().last() {
                Some(b'&') => (&part[..part.len() - 1], "&amp;"),
                Some(b'<') => (&part[..part.len() - 1], "&lt;"),
                Some(b'>') => (&part[..part.len() - 1], "&gt;"),
                Some(b'"') => (&part[..part.len() - 1], "&quot;"),
                Some(b'\'') => (&part[..part.len() - 1], "&#39;"),
                _ => (part, ""),
            };
            self.0.push_str(plain);
            self.0.push_str(escape);
        }
        self
    }

    pub(crate) fn number(&mut self, number: usize) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{number}");
        self
    }

    pub(crate) fn paragraph(&mut self, text: &str) -> &mut Self {
        self.raw("<p>").text(text).raw("</p>")
    }

    /// Names and values; an empty value is left out.
    pub(crate) fn facts<'a>(
        &mut self,
        pairs: impl IntoIterator<Item = (&'a str, String)>,
    ) -> &mut Self {
        self.raw("<dl class=\"facts\">");
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            self.raw("<div><dt>")
                .text(name)
                .raw("</dt><dd>")
                .text(&value)
                .raw("</dd></div>");
        }
        self.raw("</dl>")
    }

    /// A table; the first cell of a row names it.
    pub(crate) fn table(
        &mut self,
        caption: &str,
        columns: &[&str],
        rows: &[Vec<String>],
    ) -> &mut Self {
        self.raw("<div class=\"scroll\"><table><caption>")
            .text(caption)
            .raw("</caption><thead><tr>");
        for column in columns {
            self.raw("<th scope=\"col\">").text(column).raw("</th>");
        }
        self.raw("</tr></thead><tbody>");
        for row in rows {
            self.raw("<tr>");
            for (at, cell) in row.iter().enumerate() {
                let (open, close) = match at {
                    0 => ("<th scope=\"row\">", "</th>"),
                    _ => ("<td>", "</td>"),
                };
                self.raw(open).text(cell).raw(close);
            }
            self.raw("</tr>");
        }
        self.raw("</tbody></table></div>")
    }

    /// Whether the trail holds: every page says so before anything else.
    fn trail(&mut self, trail: &TrailState) -> &mut Self {
        let found = &trail.verification;
        match &found.first_bad {
            Some(bad) => {
                let what = format!("{}:{}: {}", bad.file, bad.line, bad.why);
                self.raw("<p class=\"problem\"><strong>The trail does not verify.</strong> Nothing below can be relied on. ")
                    .text(&what)
                    .raw("</p>");
            }
            None => {
                let what = format!(
                    "The trail verifies: {} in {}.",
                    count(found.records, "record", "records"),
                    count(found.chains, "chain", "chains")
                );
                self.paragraph(&what);
            }
        }
        if trail.unread > 0 {
            let what = format!(
                "{} could not be read, and nothing below counts them.",
                count(trail.unread, "line", "lines")
            );
            self.raw("<p class=\"problem\">").text(&what).raw("</p>");
        }
        self
    }
}

/// `2026-11-01T00:00:00.000000Z` as `2026-11-01 00:00 UTC`.
fn moment(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(clock)) => format!("{day} {clock} UTC"),
        _ => time.to_owned(),
    }
}

/// Billionths of a dollar as dollars: whole billionths, no float.
fn dollars(nano: u64) -> String {
    let (whole, rest) = (nano / 1_000_000_000, nano % 1_000_000_000);
    let rest = format!("{rest:09}");
    let rest = rest.trim_end_matches('0');
    match rest.len() {
        0 => format!("${whole}"),
        1 => format!("${whole}.{rest}0"),
        _ => format!("${whole}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let mut page = Page::new("<title>");
        page.text("a<script>alert('x')</script>&\"b\"");
        let html = page.end();
        assert!(
            html.contains("a&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;b&quot;")
        );
        assert!(!html.contains("<script"));
        assert!(html.contains("<title>&lt;title&gt; · Marshal</title>"));
    }

    #[test]
    fn money_is_written_without_a_float() {
        assert_eq!(dollars(0), "$0");
        assert_eq!(dollars(1), "$0.000000001");
        assert_eq!(dollars(1_500_000_000), "$1.50");
        assert_eq!(dollars(1_234_000_000), "$1.234");
    }
}
