//! Names as Bedrock wants them.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// The names of the documents of one request: each must be another, of few kinds of characters.
#[derive(Default)]
pub(super) struct Names {
    used: BTreeSet<String>,
}

impl Names {
    /// A name for a document, as near to its title as Bedrock allows.
    pub(super) fn take(&mut self, title: Option<&str>) -> String {
        let wanted = tidy(title.unwrap_or_default());
        let wanted = if wanted.is_empty() {
            "document".to_owned()
        } else {
            wanted
        };
        let mut name = wanted.clone();
        let mut number = 1_u32;
        while !self.used.insert(name.clone()) {
            number += 1;
            name = format!("{wanted} ({number})");
        }
        name
    }
}

/// True where a title has letters that its name cannot have.
pub(super) fn loses_letters(title: &str) -> bool {
    title
        .chars()
        .any(|c| c.is_alphanumeric() && !c.is_ascii_alphanumeric())
}

/// Letters, digits, single spaces, hyphens, parentheses and brackets; anything else becomes a hyphen.
fn tidy(title: &str) -> String {
    let mut name = String::with_capacity(title.len());
    for c in title.trim().chars().take(180) {
        match c {
            c if c.is_whitespace() => {
                if !name.ends_with(' ') {
                    name.push(' ');
                }
            }
            c if c.is_ascii_alphanumeric() || "-()[]".contains(c) => name.push(c),
            _ => name.push('-'),
        }
    }
    name
}

/// A tool call's id as Bedrock takes it: 64 letters, digits and `_.:-` at most, the same for call and result.
pub(super) fn call_id(id: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
    if !id.is_empty() && id.len() <= 64 && id.chars().all(fits) {
        return Cow::Borrowed(id);
    }
    // What no longer tells two ids apart is made up for by a hash of the whole (FNV-1a).
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let start = id.chars().map(|c| if fits(c) { c } else { '_' }).take(40);
    Cow::Owned(format!("{}-{hash:016x}", start.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_names_that_differ_and_that_bedrock_takes() {
        let mut names = Names::default();
        assert_eq!(names.take(Some("Q3 report.pdf")), "Q3 report-pdf");
        assert_eq!(names.take(Some("Q3  report.pdf")), "Q3 report-pdf (2)");
        assert_eq!(names.take(None), "document");
        assert_eq!(names.take(Some("")), "document (2)");
        assert!(loses_letters("Übersicht") && !loses_letters("a_b.c"));
    }

    #[test]
    fn ids_that_fit_stay_and_others_stay_apart() {
        assert_eq!(call_id("tooluse_a-B.1:2"), "tooluse_a-B.1:2");
        let long = "x".repeat(70);
        assert!(call_id(&long).len() <= 64);
        assert_ne!(call_id(&long), call_id(&"x".repeat(71)));
        assert_ne!(call_id("a|b"), call_id("a b"));
        assert!(!call_id("").is_empty());
    }
}
