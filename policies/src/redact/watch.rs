//! Native guards over a running answer: what they take out, and how much text they have to wait for.

use crate::data::{Guard, GuardKind};

/// A link or a picture without an end is waited for this long, in bytes.
const LONGEST: usize = 4 * 1024;
/// Canaries are looked for in so many bytes at once: they may be written letter by letter.
const LUMP: usize = 512;
/// Bytes of text before that are looked at again for canaries.
pub(super) const BEFORE: usize = 256;

/// From where on the text has to wait for what follows. Says the same however much follows.
pub(super) fn waits(guards: &[Guard], text: &str) -> usize {
    let waits = guards.iter().map(|guard| match &guard.kind {
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

/// Where the outermost link, picture or tag begins that has not ended.
fn open_reference(text: &str) -> usize {
    // `a < b` opens nothing.
    let opens = |rest: &str| !rest.starts_with(char::is_whitespace) && !rest.contains('>');
    let tag = text.rfind('<').filter(|at| opens(&text[at + 1..]));
    let open = tag.unwrap_or(text.len());
    bracket(text).map_or(open, |at| open.min(at))
}

/// The outermost bracket that is open, or closed with an address behind it that has not ended.
fn bracket(text: &str) -> Option<usize> {
    let mut open: Vec<usize> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => open.push(at),
            b']' => {
                let Some(start) = open.pop() else { continue };
                let after = text[at + 1..].trim_start();
                if after.is_empty() || after.starts_with('(') && !after.contains(')') {
                    open.push(start);
                    break;
                }
            }
            _ => {}
        }
    }
    let first = *open.first()?;
    Some(first - usize::from(text[..first].ends_with('!')))
}
