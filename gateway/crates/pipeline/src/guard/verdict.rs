//! What a guard says, and what the native ones say.

use marshal_policies::GuardKind;

use super::texts::{GuardText, Role};

/// What a guard says of texts.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Nothing.
    Pass,
    /// That something is wrong, and what.
    Flagged { why: String, score: u8 },
    /// The same, and how the texts read without it; `None` for one that stays.
    Changed {
        why: String,
        texts: Vec<Option<String>>,
    },
    /// It could not say.
    Failed { why: String, passes: bool },
}

impl Verdict {
    /// Whether it gives another text for one that is no longer as it was asked about.
    pub(super) fn changes_what_differs(&self, asked: &[GuardText], now: &[GuardText]) -> bool {
        let Self::Changed { texts, .. } = self else {
            return false;
        };
        let pairs = asked.iter().zip(now).zip(texts);
        pairs
            .into_iter()
            .any(|((asked, now), new)| new.is_some() && asked.text != now.text)
    }
}

/// What a guard that needs no other service says.
pub(super) fn native(kind: &GuardKind, texts: &[GuardText]) -> Verdict {
    match kind {
        GuardKind::Signatures(signatures) => {
            // What the model said, and what the operator tells it, overrides nothing.
            let heard = texts
                .iter()
                .filter(|text| matches!(text.role, Role::User | Role::Tool));
            let flagged =
                heard.filter_map(|text| signatures.flags(&text.text, text.role == Role::Tool));
            let worst = flagged.max_by_key(|(score, _)| *score);
            worst.map_or(Verdict::Pass, |(score, why)| Verdict::Flagged {
                why,
                score: u8::try_from(score.min(100)).unwrap_or(100),
            })
        }
        kind => {
            let mut changed: Vec<Option<String>> = Vec::with_capacity(texts.len());
            let mut what = None;
            for text in texts {
                let spans = kind.spans(&text.text);
                changed.push((!spans.is_empty()).then(|| without(&text.text, &spans)));
                what = what.or(spans.first().map(|(_, name)| *name));
            }
            what.map_or(Verdict::Pass, |what| Verdict::Changed {
                why: what.to_owned(),
                texts: changed,
            })
        }
    }
}

fn without(text: &str, spans: &[(std::ops::Range<usize>, &'static str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (span, what) in spans {
        if span.start < copied {
            continue;
        }
        out.push_str(&text[copied..span.start]);
        if *what != "invisible_text" {
            out.push_str("[removed]");
        }
        copied = span.end;
    }
    out.push_str(&text[copied..]);
    out
}
