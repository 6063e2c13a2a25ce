//! Exceptions that the rules for single words cut apart, found again as runs of tokens.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::exceptions::Exceptions;
use super::{Rules, Token};

/// A tree of token texts; each path to a marked node is an exception as the rules would cut it.
#[derive(Debug)]
pub(super) struct Spans {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    next: HashMap<Box<str>, usize>,
    is_end: bool,
}

impl Spans {
    /// `bare` are the rules without exceptions.
    pub(super) fn new<'w>(words: impl Iterator<Item = &'w str>, bare: &Rules) -> Self {
        let mut nodes = vec![Node::default()];
        for word in words {
            let mut at = 0;
            for token in bare.tokens(word) {
                let text = word.get(token.start..token.end).unwrap_or_default();
                let made = nodes.len();
                let Some(node) = nodes.get_mut(at) else { break };
                at = *node.next.entry(text.into()).or_insert(made);
                if at == made {
                    nodes.push(Node::default());
                }
            }
            if let Some(node) = nodes.get_mut(at).filter(|_| at > 0) {
                node.is_end = true;
            }
        }
        Self { nodes }
    }

    /// Replaces each kept run by the exception's own tokens, where the text of the run is an exception.
    pub(super) fn put_together(
        &self,
        text: &str,
        tokens: Vec<Token>,
        exceptions: &Exceptions,
    ) -> Vec<Token> {
        let kept = self.kept(text, &tokens);
        if kept.is_empty() {
            return tokens;
        }
        let mut made = Vec::with_capacity(tokens.len());
        let mut at = 0;
        for (first, after) in kept {
            made.extend_from_slice(tokens.get(at..first).unwrap_or_default());
            let run = tokens.get(first..after).unwrap_or_default();
            at = after;
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            let mut start = first.start;
            match text
                .get(start..last.end)
                .and_then(|span| exceptions.get(span))
            {
                None => made.extend_from_slice(run),
                Some(parts) => made.extend(parts.iter().map(|part| {
                    let token = Token {
                        start,
                        end: start + part.length,
                        norm: part.norm,
                    };
                    start = token.end;
                    token
                })),
            }
        }
        made.extend_from_slice(tokens.get(at..).unwrap_or_default());
        made
    }

    /// First token and the token after, in order: the longest first, then the leftmost.
    fn kept(&self, text: &str, tokens: &[Token]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for first in 0..tokens.len() {
            self.from(text, tokens, first, &mut found);
        }
        found.sort_by_key(|(first, after)| (Reverse(after - first), *first));
        let mut taken = vec![false; if found.is_empty() { 0 } else { tokens.len() }];
        found.retain(|(first, after)| {
            let is_free = |at: usize| taken.get(at) == Some(&false);
            let kept = is_free(*first) && is_free(after - 1);
            // Also where it is not kept: so does the reference.
            taken.get_mut(*first..*after).unwrap_or_default().fill(true);
            kept
        });
        found.sort_unstable();
        found
    }

    fn from(&self, text: &str, tokens: &[Token], first: usize, found: &mut Vec<(usize, usize)>) {
        let mut at = 0;
        for (index, token) in tokens.iter().enumerate().skip(first) {
            let text = text.get(token.start..token.end).unwrap_or_default();
            let Some(next) = self.nodes.get(at).and_then(|node| node.next.get(text)) else {
                return;
            };
            at = *next;
            if self.nodes.get(at).is_some_and(|node| node.is_end) {
                found.push((first, index + 1));
            }
        }
    }
}
