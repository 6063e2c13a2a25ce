//! One call's records, read back into what they say.

use marshal_audit::{Abort, Complete, Deny, Intent, Interrupted, Outcome, Source};
use serde::Deserialize;

use crate::show::{count, duration};

/// A record with its place in the chain.
pub(crate) struct Record<'a> {
    pub(crate) line: &'a str,
    pub(crate) envelope: Envelope,
    pub(crate) says: Says,
}

/// What every record has.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Envelope {
    pub(crate) kind: String,
    pub(crate) seq: u64,
    pub(crate) time: String,
    pub(crate) hash: String,
    pub(crate) prev: String,
}

/// The records that a call can have.
pub(crate) enum Says {
    Intent(Box<Intent<'static>>),
    Complete(Box<Complete<'static>>),
    Abort(Box<Abort<'static>>),
    Interrupted(Box<Interrupted<'static>>),
    Deny(Box<Deny<'static>>),
    /// Written by another version: shown as it stands.
    Other,
}

impl<'a> Record<'a> {
    pub(crate) fn read(line: &'a str) -> Self {
        let envelope: Envelope = serde_json::from_str(line).unwrap_or_default();
        let says = match envelope.kind.as_str() {
            "intent" => read(line, Says::Intent),
            "complete" => read(line, Says::Complete),
            "abort" => read(line, Says::Abort),
            "interrupted" => read(line, Says::Interrupted),
            "deny" => read(line, Says::Deny),
            _ => None,
        };
        Self {
            line,
            envelope,
            says: says.unwrap_or(Says::Other),
        }
    }

    /// One sentence.
    pub(crate) fn sentence(&self) -> String {
        match &self.says {
            Says::Intent(intent) => match intent.source {
                Source::Dispatch => format!(
                    "Attempt {} to {}/{}: {} bytes cleared to go out, up to ${} held.{}",
                    intent.attempt,
                    intent.provider,
                    intent.model,
                    count(intent.request_bytes),
                    intent.reserved_nano_usd,
                    shadowed(&intent.shadow)
                ),
                Source::Gateway => "Marshal answers this by itself.".into(),
                Source::Cache => format!(
                    "An answer of {}/{} kept earlier is used.",
                    intent.provider, intent.model
                ),
            },
            Says::Complete(complete) => format!(
                "{} after {}: status {}, {} bytes, ${}.",
                ended(complete.outcome),
                duration(complete.duration_us),
                complete.status,
                count(complete.response_bytes),
                complete.cost_nano_usd
            ),
            Says::Abort(abort) => format!(
                "Attempt {} failed after {}: {}{}.",
                abort.attempt,
                duration(abort.duration_us),
                abort.code,
                abort
                    .provider_code
                    .as_ref()
                    .map_or_else(String::new, |code| format!(
                        " (the provider's code: {code})"
                    ))
            ),
            Says::Interrupted(record) => format!(
                "Attempt {} was open when the process {} ended.",
                record.attempt, record.instance
            ),
            Says::Deny(deny) => format!(
                "Refused with {} (status {}): {}",
                deny.code, deny.status, deny.message
            ),
            Says::Other => "A record of a kind that this page does not know.".into(),
        }
    }

    /// The line, spread out for reading.
    pub(crate) fn pretty(&self) -> String {
        serde_json::from_str::<serde_json::Value>(self.line)
            .and_then(|value| serde_json::to_string_pretty(&value))
            .unwrap_or_else(|_| self.line.to_owned())
    }
}

fn read<T: for<'de> Deserialize<'de>>(line: &str, says: impl Fn(Box<T>) -> Says) -> Option<Says> {
    serde_json::from_str(line)
        .ok()
        .map(|record| says(Box::new(record)))
}

/// What lines in shadow mode would have said.
fn shadowed(shadow: &[marshal_audit::Shadowed<'_>]) -> String {
    shadow
        .iter()
        .map(|line| {
            let would = match line.would {
                marshal_types::Effect::Allow => "allowed",
                marshal_types::Effect::Deny => "denied",
            };
            format!(" In shadow, {} would have {would} it.", line.rule)
        })
        .collect()
}

const fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "Answered",
        Outcome::ClientGone => "The client left",
        Outcome::UpstreamBroken => "The answer broke off",
        Outcome::UpstreamError => "The provider answered with an error",
        Outcome::Blocked => "The data policy ended the answer",
    }
}
