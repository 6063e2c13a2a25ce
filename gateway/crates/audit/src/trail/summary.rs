//! What became of a call, put together from its records.

use std::collections::HashSet;
use std::sync::Arc;

use marshal_types::{CallId, NanoUsd, Timestamp, Usage};
use serde::{Deserialize, Serialize};

use crate::chain::parse_time;
use crate::with;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// It has not ended.
    Open,
    /// It was answered.
    Ok,
    /// It was refused.
    Denied,
    /// The provider's error was handed on, or every attempt failed.
    UpstreamError,
    /// The answer broke off.
    UpstreamBroken,
    /// The client hung up.
    ClientGone,
    /// The data policy ended its answer.
    Blocked,
    /// Marshal's own process ended first.
    Interrupted,
}

/// One call on one line.
#[derive(Clone, Debug, Serialize)]
pub struct CallSummary {
    /// The call.
    #[serde(serialize_with = "with::text::serialize")]
    pub call: CallId,
    /// When its first record was written.
    #[serde(serialize_with = "with::text::serialize")]
    pub time: Timestamp,
    /// Whose call it is; empty if that was not recognised.
    pub tenant: Arc<str>,
    /// The key; empty if none was recognised.
    pub key: Arc<str>,
    /// The user who called, if the key is a user's.
    pub user: Option<Arc<str>>,
    /// The team, if it is a team's.
    pub team: Option<Arc<str>>,
    /// The service, if it is a service's.
    pub service: Option<Arc<str>>,
    /// The door.
    pub surface: Arc<str>,
    /// The model that the client asked for.
    pub request_model: Arc<str>,
    /// Where the last attempt went; empty if there was none.
    pub provider: Arc<str>,
    /// The provider's name of the model; empty if there was no attempt.
    pub model: Arc<str>,
    /// How it ended.
    pub result: CallResult,
    /// The HTTP status that the client got, as far as is known.
    pub status: Option<u16>,
    /// Why it was refused or why the last attempt failed.
    pub code: Option<Arc<str>>,
    /// The rule that refused it.
    pub rule: Option<Arc<str>>,
    /// How many attempts were made.
    pub attempts: u32,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether the answer came from the cache.
    pub cached: bool,
    /// What it used.
    pub usage: Usage,
    /// What it cost.
    pub cost_nano_usd: NanoUsd,
    /// How long it took, in microseconds; zero while that is not known.
    pub duration_us: u64,
    /// To the answer's first byte, in microseconds.
    pub first_byte_us: Option<u64>,
    /// What of it was Marshal's own doing, in microseconds.
    pub overhead_us: u64,
    /// The data classes found.
    pub classes: Vec<Arc<str>>,
    /// How many sensitive values were found.
    pub findings: u32,
}

/// Any record, as far as a summary needs it.
#[derive(Debug, Deserialize)]
pub struct Row {
    /// Its kind.
    pub kind: String,
    /// The call, of a record that is of one.
    pub call: Option<String>,
    time: String,
    tenant: Option<String>,
    key: Option<String>,
    surface: Option<String>,
    request_model: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    outcome: Option<CallResult>,
    status: Option<u16>,
    code: Option<String>,
    rule: Option<String>,
    #[serde(default)]
    attempt: u32,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    stream: bool,
    source: Option<crate::Source>,
    usage: Option<Usage>,
    #[serde(default)]
    cost_nano_usd: NanoUsd,
    #[serde(default)]
    duration_us: u64,
    first_byte_us: Option<u64>,
    #[serde(default)]
    overhead_us: u64,
    #[serde(default)]
    classes: Vec<String>,
    #[serde(default)]
    findings: Vec<Count>,
    #[serde(default)]
    previous: Vec<Taken>,
    question: Option<Caller>,
    #[serde(default)]
    subjects: Vec<String>,
}

/// Of the question that the policies were asked: who calls.
#[derive(Debug, Deserialize)]
struct Caller {
    subjects: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Taken {
    instance: String,
    live: bool,
}

#[derive(Debug, Deserialize)]
struct Count {
    count: u32,
}

impl Row {
    /// When it was written.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        parse_time(&self.time).unwrap_or_default()
    }

    /// The chains that this record, a `start`, links as finished.
    pub fn taken_over(&self) -> impl Iterator<Item = &str> {
        self.previous
            .iter()
            .filter(|one| !one.live)
            .map(|one| &*one.instance)
    }
}

/// The same few names stand in most records: each is kept once.
#[derive(Debug, Default)]
pub struct Names(HashSet<Arc<str>>);

impl Names {
    /// The one copy of a name.
    pub fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let name: Arc<str> = text.into();
        // Strangers choose the models they ask for, so the set is not for ever.
        if self.0.len() >= 10_000 {
            self.0.clear();
        }
        self.0.insert(name.clone());
        name
    }
}

impl CallSummary {
    /// Of a call whose first record this is; [`CallSummary::add`] takes it in.
    pub fn new(call: CallId, row: &Row, names: &mut Names) -> Self {
        let none = names.get("");
        Self {
            call,
            time: row.time(),
            tenant: none.clone(),
            key: none.clone(),
            user: None,
            team: None,
            service: None,
            surface: none.clone(),
            request_model: none.clone(),
            provider: none.clone(),
            model: none,
            result: CallResult::Open,
            status: None,
            code: None,
            rule: None,
            attempts: 0,
            stream: false,
            cached: false,
            usage: Usage::default(),
            cost_nano_usd: NanoUsd::ZERO,
            duration_us: 0,
            first_byte_us: None,
            overhead_us: 0,
            classes: Vec::new(),
            findings: 0,
        }
    }

    /// Takes in the next record of the call.
    pub fn add(&mut self, row: &Row, names: &mut Names) {
        for (to, from) in [
            (&mut self.tenant, &row.tenant),
            (&mut self.key, &row.key),
            (&mut self.surface, &row.surface),
            (&mut self.request_model, &row.request_model),
            (&mut self.provider, &row.provider),
            (&mut self.model, &row.model),
        ] {
            if let Some(from) = from {
                *to = names.get(from);
            }
        }
        let asked = row.question.iter().flat_map(|question| &question.subjects);
        for subject in asked.chain(&row.subjects) {
            let (to, name) = match subject.split_once(':') {
                Some(("u", name)) => (&mut self.user, name),
                Some(("t", name)) => (&mut self.team, name),
                Some(("s", name)) => (&mut self.service, name),
                _ => continue,
            };
            *to = Some(names.get(name));
        }
        self.found(row, names);
        self.attempts = self.attempts.max(row.attempt).max(row.attempts);
        match &*row.kind {
            "intent" => {
                self.result = CallResult::Open;
                self.stream = row.stream;
                self.cached = row.source == Some(crate::Source::Cache);
            }
            "interrupted" => self.result = CallResult::Interrupted,
            kind => self.end(kind, row, names),
        }
    }

    /// What is found in an answer comes on top of what was found in the request, which each attempt tells anew.
    fn found(&mut self, row: &Row, names: &mut Names) {
        let on_top = &*row.kind == "complete";
        if !row.classes.is_empty() {
            let known = if on_top {
                std::mem::take(&mut self.classes)
            } else {
                Vec::new()
            };
            let classes = row.classes.iter().map(|class| names.get(class));
            self.classes = known.into_iter().chain(classes).collect();
            self.classes.sort_unstable();
            self.classes.dedup();
        }
        if !row.findings.is_empty() {
            let counts = row.findings.iter().map(|one| one.count);
            let known = if on_top { self.findings } else { 0 };
            self.findings = counts.fold(known, u32::saturating_add);
        }
    }

    fn end(&mut self, kind: &str, row: &Row, names: &mut Names) {
        self.result = match kind {
            "complete" => row.outcome.unwrap_or(CallResult::Ok),
            // What the caller was told of an answer that the policy kept back.
            "deny" if self.result == CallResult::Blocked => CallResult::Blocked,
            // A refusal after attempts says that they all failed; the code says how.
            "deny" if self.attempts == 0 => CallResult::Denied,
            _ => CallResult::UpstreamError,
        };
        if kind != "abort" {
            self.status = row.status;
        }
        if self.result == CallResult::Ok {
            self.code = None;
        }
        if let Some(code) = &row.code {
            self.code = Some(names.get(code));
        }
        self.rule = row.rule.as_deref().map(|rule| names.get(rule));
        if let Some(usage) = row.usage {
            self.usage = usage;
        }
        self.cost_nano_usd = self.cost_nano_usd + row.cost_nano_usd;
        self.duration_us = self.duration_us.max(row.duration_us);
        self.first_byte_us = row.first_byte_us.or(self.first_byte_us);
        self.overhead_us = self.overhead_us.max(row.overhead_us);
    }
}
