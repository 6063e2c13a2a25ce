//! What native guards find in a text, and how a find of any guard is recorded.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use marshal_signatures::{Channel, canary, exfiltration, invisible};
use marshal_types::DataClass;

use crate::Finding;
use crate::data::{Guard, GuardKind, Signatures};

impl Signatures {
    /// The score and the families of a text that is flagged. `given`: a tool gave it, or it is a document, so that commands
    /// to the model are suspicious in themselves; any other text may hold a document.
    #[must_use]
    pub fn flags(&self, text: &str, given: bool) -> Option<(u16, String)> {
        let channel = if given {
            Channel::Document
        } else {
            Channel::Auto
        };
        let verdict = self.scanner.scan(text, channel);
        let families: Vec<&str> = verdict.families.iter().map(|(family, _)| *family).collect();
        verdict
            .is_flagged(self.sensitivity)
            .then(|| (verdict.score, families.join("+")))
    }
}

impl GuardKind {
    /// Whether it can say something of a part of a text: a filter. Others want whole texts.
    #[must_use]
    pub const fn looks_at_parts(&self) -> bool {
        matches!(
            self,
            Self::InvisibleText | Self::Exfiltration { .. } | Self::Canary { .. }
        )
    }

    /// Whether pictures and sound are put to it as well.
    #[must_use]
    pub const fn looks_at_media(&self) -> bool {
        matches!(self, Self::External(service) if service.media)
    }

    /// What a filter takes out of a text, in its order, and by which name. Nothing for guards that flag whole texts.
    #[must_use]
    pub fn spans(&self, text: &str) -> Vec<(Range<usize>, &'static str)> {
        match self {
            Self::InvisibleText if !text.is_ascii() => {
                let found = invisible::find(text).into_iter();
                found.map(|(range, _)| (range, "invisible_text")).collect()
            }
            Self::Exfiltration { hosts } if text.contains(['/', '<', '[']) => {
                let found = exfiltration::find(text, hosts).into_iter();
                found.map(|range| (range, "exfiltration")).collect()
            }
            Self::Canary { words } if words.iter().any(|word| canary::leaks(text, word)) => {
                vec![(0..text.len(), "canary")]
            }
            _ => Vec::new(),
        }
    }
}

impl Guard {
    /// What stands in the record of a find.
    #[must_use]
    pub fn finding(
        &self,
        action: &'static str,
        what: impl Into<Cow<'static, str>>,
        score: u8,
    ) -> Finding {
        Finding {
            entity: Arc::clone(&self.name),
            class: self
                .class
                .clone()
                .unwrap_or_else(|| DataClass("guard".into())),
            path: String::new(),
            count: 1,
            action,
            detector: what.into(),
            score,
            hashes: Vec::new(),
            shadow: self.shadow,
        }
    }
}
