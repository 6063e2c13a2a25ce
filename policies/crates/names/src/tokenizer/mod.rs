//! Cuts text into tokens exactly as the pipeline's own tokenizer does.
//!
//! Text is cut at blanks; each word is looked up among the exceptions, loses signs at both ends, is left whole where
//! it is an address, and is else cut at its infixes. Last, exceptions that span several tokens are put together.
//!
//! Promise: tokens are slices of the text, in order, without overlap, and only blanks lie between them.

mod exceptions;
mod load;
mod spans;
mod word;

use std::collections::HashMap;
use std::ops::Range;

use crate::pattern::{Address, Infix, Prefix, Suffix};
use crate::pieces::{LONGEST_WORD, pieces};
use crate::unicode::is_space;

use exceptions::Exceptions;
use spans::Spans;

/// One token: `text[start..end]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The normal form that an exception gives this token.
    pub(crate) norm: Option<u64>,
}

/// The rules of one model.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    rules: Rules,
    spans: Spans,
}

/// What cuts one word.
#[derive(Debug)]
struct Rules {
    prefix: Option<Prefix>,
    suffix: Option<Suffix>,
    infix: Option<Infix>,
    address: Option<Address>,
    exceptions: Exceptions,
}

/// One part of a word: how long it is, and the normal form that an exception gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    length: usize,
    norm: Option<u64>,
}

impl Tokenizer {
    /// The tokens of `text`.
    pub(crate) fn tokens(&self, text: &str) -> Vec<Token> {
        let tokens = self.rules.tokens(text);
        self.spans
            .put_together(text, tokens, &self.rules.exceptions)
    }
}

impl Rules {
    fn tokens(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(text.len() / 4);
        // Words come again and again; each is cut once.
        let mut seen: HashMap<&str, Range<usize>> = HashMap::new();
        let mut parts: Vec<Part> = Vec::new();
        for (mut start, run) in runs(text) {
            let range = match seen.get(run) {
                Some(range) => range.clone(),
                None => {
                    let first = parts.len();
                    for (_, word) in pieces(run, LONGEST_WORD) {
                        self.cut(word, &mut parts);
                    }
                    seen.insert(run, first..parts.len());
                    first..parts.len()
                }
            };
            for part in parts.get(range).unwrap_or_default() {
                let end = start + part.length;
                tokens.push(Token {
                    start,
                    end,
                    norm: part.norm,
                });
                start = end;
            }
        }
        tokens
    }
}

/// The runs of blanks and of other characters. The space right after a word belongs to neither.
fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let mut rest = text.get(start..)?;
        let blank = is_space(rest.chars().next()?);
        let end = rest
            .find(|character| is_space(character) != blank)
            .unwrap_or(rest.len());
        rest = rest.get(..end)?;
        let found = (start, rest);
        start += end;
        if !blank && text.get(start..)?.starts_with(' ') {
            start += 1;
        }
        Some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn one_space_after_a_word_is_no_run() {
        let cut = |text| runs(text).map(|(_, run)| run).collect::<Vec<_>>();
        assert_eq!(cut("a b"), ["a", "b"]);
        assert_eq!(cut("a  b"), ["a", " ", "b"]);
        assert_eq!(cut("a\n b"), ["a", "\n ", "b"]);
        assert_eq!(cut(" a "), [" ", "a"]);
        assert_eq!(cut("  "), ["  "]);
        assert_eq!(cut(""), Vec::<&str>::new());
        assert_eq!(cut("a \u{1f}東京"), ["a", "\u{1f}", "東京"]);
    }
}
