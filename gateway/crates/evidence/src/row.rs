//! Any record, as far as the queries need it. Sources of the members: `marshal_audit::Event` and its structs.
//!
//! A member that a record does not have is empty here, and words are kept as words: older versions wrote fewer of both,
//! newer ones may write more, and a record that is half understood counts for more than one that is left out. The kinds
//! `erase`, `hold`, `export` and `checkpoint` are read by [`Row::value`], since their members mean other things.

use std::collections::BTreeMap;

use marshal_types::{NanoUsd, Usage};
use serde::Deserialize;
use serde_json::Value;

/// A record.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) time: String,
    pub(crate) seq: u64,
    pub(crate) call: Option<String>,
    pub(crate) attempt: u32,
    // Who, what, where to.
    pub(crate) tenant: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) surface: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) purpose: Option<String>,
    // Decisions.
    pub(crate) policy: Option<String>,
    pub(crate) access_rule: Option<String>,
    pub(crate) compliance_rule: Option<String>,
    pub(crate) rule: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) plan: Option<Plan>,
    pub(crate) question: Option<Question>,
    pub(crate) obligations: Vec<String>,
    pub(crate) retention_days: Option<u64>,
    pub(crate) shadow: Vec<Shadowed>,
    pub(crate) shadow_bundle: Option<Shadowed>,
    // Data.
    pub(crate) classes: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) uninspected: Vec<String>,
    // The ending.
    pub(crate) outcome: Option<String>,
    pub(crate) usage: Option<Usage>,
    pub(crate) cost_nano_usd: NanoUsd,
    pub(crate) unpriced: bool,
    pub(crate) duration_us: u64,
    // Deeds.
    pub(crate) action: Option<String>,
    pub(crate) who: Option<String>,
    pub(crate) by: Option<String>,
    pub(crate) change: Option<String>,
    pub(crate) expires: Option<String>,
    pub(crate) break_glass: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) approvers: Vec<String>,
    pub(crate) ok: Option<bool>,
    pub(crate) problems: Vec<String>,
    pub(crate) label: Option<String>,
    // The chain.
    pub(crate) previous: Vec<Taken>,
    pub(crate) version: Option<String>,
    /// The line itself, of the kinds that [`Row::value`] is for.
    #[serde(skip)]
    pub(crate) json: String,
}

/// Something found, in a call or an answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Finding {
    pub(crate) entity: String,
    /// Empty where the record does not say it: [`Row::class_of`].
    class: String,
    pub(crate) action: String,
    pub(crate) count: u32,
    pub(crate) detector: String,
    pub(crate) path: String,
    pub(crate) shadow: bool,
}

/// What a file is called in a finding that says it was not looked at.
const FILES: [&str; 5] = ["image", "audio", "video", "document", "file"];

impl Finding {
    /// What to look with could not.
    pub(crate) fn failed(&self) -> bool {
        self.action == "failed_open" || self.action == "failed_closed"
    }

    /// A file that was let through unread.
    pub(crate) fn unread_file(&self) -> bool {
        FILES.contains(&&*self.entity) && matches!(&*self.action, "allow" | "alert")
    }

    /// A guard's finding is about a call as a whole and has no path; what was not looked at is no value either.
    pub(crate) fn of_a_guard(&self) -> bool {
        self.path.is_empty() || self.class == "guard"
    }

    /// A value that was found.
    pub(crate) fn is_value(&self) -> bool {
        !self.of_a_guard() && !self.failed() && !FILES.contains(&&*self.entity)
    }
}

/// The classes that the shipped bundle (policies/default/data.yaml) gives to well-known entities.
const USUAL: [(&str, &str); 12] = [
    ("CREDIT_CARD", "pci"),
    ("IBAN_CODE", "pci"),
    ("EMAIL_ADDRESS", "pii"),
    ("PHONE_NUMBER", "pii"),
    ("US_SSN", "pii"),
    ("AWS_ACCESS_KEY", "secret"),
    ("GITHUB_TOKEN", "secret"),
    ("API_KEY", "secret"),
    ("JWT", "secret"),
    ("CREDENTIAL_URL", "secret"),
    ("PRIVATE_KEY", "secret"),
    ("GENERIC_SECRET", "likely_secret"),
];

/// The end of an earlier chain, as a `start` names it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Taken {
    pub(crate) instance: String,
    pub(crate) seq: u64,
}

/// The targets of a call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Plan {
    pub(crate) removed: Vec<Removed>,
}

/// A target that a call could not go to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Removed {
    pub(crate) by_policy: bool,
    pub(crate) target: String,
    pub(crate) why: String,
}

/// What the policies were asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Question {
    pub(crate) subjects: Vec<String>,
    pub(crate) targets: Vec<Asked>,
}

/// A target that was asked for, with what was known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) evidence: Vec<String>,
    facts: BTreeMap<String, Value>,
    pub(crate) target: String,
}

impl Asked {
    /// A fact as text: lists with commas.
    pub(crate) fn fact(&self, name: &str) -> Option<String> {
        Some(match self.facts.get(name)? {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let texts = items.iter().filter_map(Value::as_str);
                texts.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        })
    }
}

/// A line or a bundle in shadow mode, and what it would have said: `allow` or `deny`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shadowed {
    pub(crate) rule: Option<String>,
    pub(crate) would: String,
}

/// The kinds whose members are not those of [`Row`].
const APART: [&str; 4] = ["erase", "hold", "export", "checkpoint"];

impl Row {
    /// Reads a line; `None` if it is no record.
    pub(crate) fn of(line: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Head {
            kind: String,
            time: String,
            seq: u64,
        }
        let head: Head = serde_json::from_slice(line).ok()?;
        if !APART.contains(&&*head.kind) {
            return serde_json::from_slice(line).ok();
        }
        Some(Self {
            json: std::str::from_utf8(line).ok()?.to_owned(),
            kind: head.kind,
            time: head.time,
            seq: head.seq,
            ..Self::default()
        })
    }

    /// All members of an `erase`, `hold`, `export` or `checkpoint`.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.json).unwrap_or_default()
    }

    /// An attempt that went to a provider.
    pub(crate) fn is_dispatch(&self) -> bool {
        self.kind == "intent" && text(&self.source) == "dispatch"
    }

    /// `provider/model`, of an intent.
    pub(crate) fn target(&self) -> String {
        format!("{}/{}", text(&self.provider), text(&self.model))
    }

    /// The class of a finding: as the record says it, else the one class that the record has, else the one that its
    /// entity usually has, else nothing.
    pub(crate) fn class_of<'a>(&'a self, finding: &'a Finding) -> &'a str {
        let usual = USUAL.iter().find(|(entity, _)| *entity == finding.entity);
        let has = |class: &str| self.classes.iter().any(|one| one == class);
        match (&*finding.class, &*self.classes, usual) {
            ("", [one], _) => one,
            ("", _, Some((_, class))) if has(class) || self.classes.is_empty() => class,
            (stated, ..) => stated,
        }
    }

    /// The targets that the policies were asked about.
    pub(crate) fn asked(&self) -> &[Asked] {
        self.question.as_ref().map_or(&[], |asked| &asked.targets)
    }

    /// The target that an intent goes to, as the policies were asked about it.
    pub(crate) fn asked_target(&self) -> Option<&Asked> {
        let same = |asked: &&Asked| {
            let (provider, model) = asked.target.split_once('/').unwrap_or_default();
            provider == text(&self.provider) && model == text(&self.model)
        };
        self.asked().iter().find(same)
    }

    /// A fact of the target that the call went to; of a refusal, of the first target that was asked for.
    pub(crate) fn fact(&self, name: &str) -> Option<String> {
        match &*self.kind {
            "deny" => self.asked().first()?.fact(name),
            _ => self.asked_target()?.fact(name),
        }
    }
}

/// The text, or nothing.
pub(crate) fn text(of: &Option<String>) -> &str {
    of.as_deref().unwrap_or_default()
}
