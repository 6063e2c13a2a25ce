//! The text of web pages: tags dropped, characters decoded.
//!
//! What no reader of the page sees is text too: comments, scripts, styles, and the attributes in which data hides.

mod attributes;

use crate::Failure;
use crate::encoding::decode;
use crate::entities::decode_html;
use crate::lines::Lines;
use crate::work::Work;
use attributes::attributes;

/// Elements that begin and end on a line of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "iframe",
    "input",
    "legend",
    "li",
    "main",
    "menu",
    "meta",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "textarea",
    "tfoot",
    "thead",
    "title",
    "tr",
    "ul",
];

/// Elements whose text has no tags.
const RAW: &[&str] = &["script", "style", "xmp", "noembed", "noframes"];

/// Reads a web page.
pub(crate) fn read(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    let source = decode(bytes);
    let out = text(&source, work)?;
    work.part("text", &out)
}

/// The text of a web page.
pub(crate) fn text(source: &str, work: &mut Work<'_>) -> Result<String, Failure> {
    work.step(source.len())?;
    let mut lines = Lines::default();
    let mut rest = source;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        let (before, tag) = rest.split_at_checked(at).unwrap_or((rest, ""));
        words(&mut lines, before);
        work.step(1)?;
        rest = markup(&mut lines, tag);
    }
    words(&mut lines, rest);
    Ok(lines.finish())
}

fn words(lines: &mut Lines, text: &str) {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return lines.push_words(text);
    }
    let mut decoded = String::with_capacity(text.len());
    decode_html(text, &mut decoded);
    lines.push_words(&decoded);
}

/// Takes what begins with `<`, and gives what follows it.
fn markup<'h>(lines: &mut Lines, tag: &'h str) -> &'h str {
    let inner = tag.get(1..).unwrap_or_default();
    if let Some(comment) = inner.strip_prefix("!--") {
        let end = memchr::memmem::find(comment.as_bytes(), b"-->");
        lines.aside(
            comment
                .get(..end.unwrap_or(comment.len()))
                .unwrap_or_default(),
        );
        return end
            .and_then(|end| comment.get(end.saturating_add(3)..))
            .unwrap_or_default();
    }
    if inner.starts_with(['!', '?']) {
        let end = memchr::memchr(b'>', inner.as_bytes());
        lines.aside(inner.get(1..end.unwrap_or(inner.len())).unwrap_or_default());
        return end
            .and_then(|end| inner.get(end.saturating_add(1)..))
            .unwrap_or_default();
    }
    let (closing, name_on) = inner
        .strip_prefix('/')
        .map_or((false, inner), |rest| (true, rest));
    if !name_on.starts_with(|c: char| c.is_ascii_alphabetic()) {
        lines.push("<");
        return inner;
    }
    let length = name_on
        .bytes()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
        .unwrap_or(name_on.len());
    let (name, rest) = name_on.split_at_checked(length).unwrap_or((name_on, ""));
    // No element that matters has a longer name.
    let name = name
        .get(..name.len().min(24))
        .unwrap_or_default()
        .to_ascii_lowercase();
    if matches!(name.as_str(), "td" | "th") {
        if closing {
            lines.cell()
        } else {
            lines.separate('\t')
        }
    } else if BLOCKS.contains(&name.as_str()) {
        if closing || matches!(name.as_str(), "tr" | "br") {
            lines.separate('\n')
        } else {
            lines.begin()
        }
    }
    let rest = attributes(lines, rest);
    if name == "tr" || name == "p" || name == "div" {
        lines.settle();
    }
    if !closing && RAW.contains(&name.as_str()) {
        let end = raw_end(rest, &name);
        let (body, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        lines.aside(body);
        return rest;
    }
    rest
}

/// Where the end tag of an element with raw text begins.
fn raw_end(text: &str, name: &str) -> usize {
    let bytes = text.as_bytes();
    for at in memchr::memchr_iter(b'<', bytes) {
        let begin = at.saturating_add(2);
        let found = bytes.get(begin..begin.saturating_add(name.len()));
        if bytes.get(at.saturating_add(1)) == Some(&b'/')
            && found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn everything_in_a_page_is_text() {
        let page = "<!doctype html><html><head><title>T&auml;</title><meta name=\"author\" content=\"Ann\"><style>.a{b:c}\
            </style></head><body><p>4111<b>1111</b><i title='tip'>1111</i>1111</p><!-- hidden <b> --><table><tr><td>a\
            </td><td>b</td></tr><tr><td>c</td></tr></table><a href=mailto:x@y.example data-id='77'>x &lt; y</a>\
            <script>var s = '<p>';</script><input name=ssn value=\"12&#45;3\"> 1 < 2";
        let limits = Limits::default();
        let out = text(page, &mut Work::new(&limits)).unwrap();
        for wanted in [
            "Tä",
            "author: Ann",
            ".a{b:c}",
            "4111111111111111",
            "title: tip",
            "hidden <b>",
            "a\tb\nc",
            "href: mailto:x@y.example",
            "data-id: 77",
            "x < y",
            "var s = '<p>';",
            "ssn: 12-3",
            "1 < 2",
        ] {
            assert!(out.contains(wanted), "{wanted} in {out}");
        }
    }

    #[test]
    fn broken_markup_loses_nothing() {
        let limits = Limits::default();
        for page in [
            "<p>abc <",
            "abc <!-- rest",
            "<a href='abc",
            "<script>abc",
            "abc </",
            "<a title=abc",
            "<?abc",
            "abc<!",
        ] {
            assert!(
                text(page, &mut Work::new(&limits)).unwrap().contains("abc"),
                "{page}"
            );
        }
    }
}
