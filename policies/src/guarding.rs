//! What native guards take out of a text.

use std::ops::Range;

use marshal_signatures::{Channel, exfiltration, invisible};

use crate::data::GuardKind;

/// Where a text that a tool gave, or a document, is looked at for commands to the model.
#[must_use]
pub fn guard_channel(from_tool: bool) -> Channel {
    if from_tool {
        Channel::Document
    } else {
        Channel::User
    }
}

/// What a native guard takes out of a text, in its order, and by which name.
#[must_use]
pub fn guard_spans(kind: &GuardKind, text: &str) -> Vec<(Range<usize>, &'static str)> {
    match kind {
        GuardKind::InvisibleText => {
            let found = invisible::find(text).into_iter();
            found.map(|(range, _)| (range, "invisible_text")).collect()
        }
        GuardKind::Exfiltration { hosts } => {
            let found = exfiltration::find(text, hosts).into_iter();
            found.map(|range| (range, "exfiltration")).collect()
        }
        GuardKind::Canary { words } => {
            let leaks = words
                .iter()
                .any(|word| marshal_signatures::canary::leaks(text, word));
            if leaks {
                vec![(0..text.len(), "canary")]
            } else {
                Vec::new()
            }
        }
        GuardKind::Signatures(_) | GuardKind::External(_) => Vec::new(),
    }
}
