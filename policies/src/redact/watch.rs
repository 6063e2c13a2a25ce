//! Native guards over a running answer: what they take out, and how much text they have to wait for.

use std::ops::Range;

use crate::data::{DataRules, Guard, GuardAction, GuardKind};
use crate::guarding::guard_spans;

/// A link or a picture without an end is waited for this long, in bytes.
const LONGEST: usize = 16 * 1024;
/// Canaries are looked for in so many bytes at once: they may be written letter by letter.
const LUMP: usize = 512;
/// Bytes of text before that are looked at again for canaries.
pub(super) const BEFORE: usize = 256;

/// The guards that look at answers by themselves.
pub(super) fn watching(rules: &DataRules) -> impl Iterator<Item = &Guard> {
    rules.guards().iter().filter(|guard| {
        let native = matches!(
            guard.kind,
            GuardKind::InvisibleText | GuardKind::Exfiltration { .. } | GuardKind::Canary { .. }
        );
        guard.answers && native
    })
}

/// Whether one of them may change or end an answer.
pub(super) fn may_change(rules: &DataRules) -> bool {
    watching(rules).any(|guard| !guard.shadow && guard.action > GuardAction::Alert)
}

/// From where on the text has to wait for what follows. Says the same however much follows.
pub(super) fn waits(rules: &DataRules, text: &str) -> usize {
    let waits = watching(rules).map(|guard| match &guard.kind {
        GuardKind::Exfiltration { .. } => {
            let open = open_reference(text);
            if text.len() - open > LONGEST {
                text.len()
            } else {
                open
            }
        }
        GuardKind::Canary { .. } if text.len() < LUMP => 0,
        _ => text.len(),
    });
    waits.min().unwrap_or(text.len())
}

/// Where a link or a picture begins that has not ended.
fn open_reference(text: &str) -> usize {
    let tag = text.rfind('<').filter(|at| !text[*at..].contains('>'));
    let bracket = text.rfind('[').filter(|at| {
        let rest = &text[*at..];
        match rest.find(']') {
            None => true,
            Some(close) => {
                let after = rest[close + 1..].trim_start_matches([' ', '\n', '\r', '\t']);
                after.is_empty() || after.starts_with('(') && !after.contains(')')
            }
        }
    });
    let sign = |at: usize| {
        if text[..at].ends_with('!') {
            at - 1
        } else {
            at
        }
    };
    let starts = [tag, bracket.map(sign)];
    starts.into_iter().flatten().min().unwrap_or(text.len())
}

/// What a guard finds in a text, where it is worth a look.
pub(super) fn spans(guard: &Guard, text: &str) -> Vec<(Range<usize>, &'static str)> {
    let worth = match &guard.kind {
        GuardKind::InvisibleText => !text.is_ascii(),
        GuardKind::Exfiltration { .. } => text.contains("//") || text.contains('%'),
        _ => true,
    };
    if worth {
        guard_spans(&guard.kind, text)
    } else {
        Vec::new()
    }
}
