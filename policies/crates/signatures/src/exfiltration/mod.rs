//! Finds URLs in Markdown and HTML that carry data to a foreign host.
//!
//! A model that was talked into it writes a secret into the address of an image, and whoever shows the answer sends the
//! secret off without a click. So what is loaded by itself (images, frames, scripts, style sheets) is found wherever its
//! host is not allowed. Links need a click: they are found if a query value, a path segment or a label of the host holds
//! 32 characters or more of base64, hexadecimal or percent-encoded data. Digests of the usual lengths, UUIDs and titles
//! in other scripts are no data; long random names are, such as those of shared documents: allow their hosts.
//!
//! Code blocks count like any text, since it is not known how the answer will be shown.

mod data;
mod html;
mod markdown;
mod url;

use std::ops::Range;

use memchr::memmem;

use url::Url;

/// What makes a program fetch a URL.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fetched {
    /// Showing the text is enough.
    AtOnce,
    OnClick,
}

/// A URL as a text holds it.
struct Reference {
    range: Range<usize>,
    url: String,
    fetched: Fetched,
}

/// The stretches of `text` that carry data to a host outside `allowed_hosts`, in order and none within another.
///
/// An allowed host is a name, which allows that host alone, or `*.` and a name, which allows all hosts below it. URLs
/// without a host stay where the text is shown and are never found. Linear in the text.
pub fn find(text: &str, allowed_hosts: &[impl AsRef<str>]) -> Vec<Range<usize>> {
    let mut references = markdown::references(text);
    references.extend(html::references(text));
    references.extend(bare(text));
    let mut found: Vec<Range<usize>> = references
        .into_iter()
        .filter(|reference| {
            Url::read(&reference.url).is_some_and(|url| {
                !allowed_hosts.iter().any(|host| url.is_on(host.as_ref()))
                    && (reference.fetched == Fetched::AtOnce || data::is_in(&url))
            })
        })
        .map(|reference| reference.range)
        .collect();
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    found.dedup_by(|inner, outer| inner.end <= outer.end);
    found
}

/// URLs that stand in the text as they are.
fn bare(text: &str) -> Vec<Reference> {
    let mut all = Vec::new();
    let mut done = 0;
    for colon in memmem::find_iter(text.as_bytes(), "://") {
        let scheme = text[..colon]
            .bytes()
            .rev()
            .take(5)
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let start = colon - scheme;
        if start < done {
            continue;
        }
        let ends = |letter: char| {
            letter.is_whitespace()
                || matches!(letter, '<' | '>' | '"' | '\'' | '`' | ')' | ']' | '}' | '|')
        };
        let end = text[colon..]
            .find(ends)
            .map_or(text.len(), |length| colon + length);
        let url = text[start..end].trim_end_matches(['.', ',', ';', '!', '?']);
        all.push(Reference {
            range: start..start + url.len(),
            url: url.to_owned(),
            fetched: Fetched::OnClick,
        });
        done = end;
    }
    all
}

#[cfg(test)]
mod tests;
