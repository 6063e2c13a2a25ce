//! What the client says, on its way to the provider: every event is inspected as the body of a request is.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_policies::{Answers, Finding, Inspection, Obligations, Redactor, Surrogates};
use marshal_routing::Target;
use marshal_state::Owner;
use marshal_types::{Action, Code, Effect, Fact, Facts, Object, Refusal, Surface};
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, NodeId, write_str};

use super::{Rules, words};
use crate::answer::Found;
use crate::authorize::tools;
use crate::inspect::walk_but;
use crate::{Shared, inspect, objects, obligations};

/// Findings that one record holds; more are counted in metrics alone.
const MOST_FINDINGS: usize = 1_000;

/// The way in of a session.
pub(super) struct Inbound<'a> {
    shared: &'a Shared,
    rules: &'a Rules,
    target: Arc<Target>,
    /// The model's name as the client knows it.
    model: String,
    owner: Owner,
    redactor: Redactor<'a>,
    /// What went to the provider so far.
    sent: Inspection,
    /// What was found since the session began, whatever became of it.
    pub found: Found,
}

/// What becomes of an event.
pub(super) enum Heard {
    /// The provider gets this. `found`: there may be new surrogates in it.
    Pass { clean: String, found: bool },
    /// The provider gets nothing, the client is told why.
    Refused(String),
    /// The same, and it was the session's last.
    Over(Refusal),
}

/// Why an event does not go out.
struct Stopped {
    refusal: Refusal,
    over: bool,
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            over: false,
        }
    }
}

impl<'a> Inbound<'a> {
    pub(super) fn new(
        shared: &'a Shared,
        rules: &'a Rules,
        target: Arc<Target>,
        model: String,
    ) -> Self {
        let scope = shared.scope(&rules.principal.domain);
        Self {
            shared,
            rules,
            owner: Owner {
                tenant: rules.principal.domain.clone(),
                provider: target.name.provider.clone(),
            },
            target,
            model,
            redactor: rules
                .governance
                .bundle
                .redactor_under(&scope, rules.obligations.as_deref()),
            sent: rules.inspection.clone(),
            found: Found::default(),
        }
    }

    /// Every surrogate so far.
    pub(super) const fn surrogates(&self) -> &Surrogates {
        &self.sent.surrogates
    }

    /// How what the model says is looked at.
    pub(super) const fn answers(&self) -> &Answers {
        &self.sent.answers
    }

    /// Whether sound may pass that nobody here can read.
    pub(super) fn lets_sound(&self) -> bool {
        let bundle = &self.rules.governance.bundle;
        bundle.lets_uninspected(Surface::Realtime)
    }

    /// What is said of sound that may not pass.
    pub(super) fn sound() -> Refusal {
        Refusal::new(
            Code::SurfaceNotGoverned,
            "The event carries sound, which no detector here can read, and the data policy does not let that through `realtime`. \
             The operator opens this door with `uninspected: {realtime: allow}` in data.yaml.",
        )
    }

    /// Why nothing that the client says counts any more: a session may outlive its key.
    pub(super) fn expired(&self) -> Option<Refusal> {
        let key = self.shared.keys.get(&self.rules.key);
        let now = self.shared.clock.now();
        let active = key.is_some_and(|key| key.is_active(now));
        (!active).then(|| {
            Refusal::new(
                Code::RevokedCredential,
                "This session's API key is not valid any more. Ask the operator for a new one.",
            )
        })
    }

    /// Takes one of the client's events.
    pub(super) fn event(&mut self, text: &str) -> Heard {
        let index = match Index::parse(text.as_bytes(), &Limits::default()) {
            Ok(index) => index,
            Err(error) => return Heard::Refused(words::error(&error.refusal(), None)),
        };
        let doc = index.doc(text.as_bytes());
        match self.clean(doc, text) {
            Ok((clean, found)) => Heard::Pass { clean, found },
            Err(Stopped {
                refusal,
                over: true,
            }) => Heard::Over(refusal),
            Err(Stopped { refusal, .. }) => {
                let id = doc.get(doc.root(), "event_id").and_then(|id| doc.str(id));
                Heard::Refused(words::error(&refusal, id.as_deref()))
            }
        }
    }

    fn clean(&mut self, doc: Doc<'_>, text: &str) -> Result<(String, bool), Stopped> {
        if doc
            .get(doc.root(), "type")
            .and_then(|kind| doc.str(kind))
            .is_none()
        {
            let message = "An event is a JSON object with a `type`.";
            return Err(Refusal::new(Code::InvalidRequest, message)
                .param("type")
                .into());
        }
        let mut not_text = sound(doc);
        if !not_text.is_empty() && !self.lets_sound() {
            return Err(Self::sound().into());
        }
        not_text.retain(|node| doc.raw(*node).iter().all(|byte| is_encoded(*byte)));
        objects::check_message(self.shared, &self.owner, doc, text.as_bytes())?;
        self.tools(doc)?;
        let mut edits = Edits::new();
        not_text.extend(self.model(doc, &mut edits)?);
        let walked = walk_but(doc, &not_text, &mut self.redactor, &mut edits, 0);
        let held = self.redactor.take();
        self.note(&held);
        walked.map_err(inspect::refuse)?;
        let found = !held.findings.is_empty();
        self.comply(held)?;
        if edits.is_empty() {
            return Ok((text.to_owned(), found));
        }
        match String::from_utf8(edits.apply(text.as_bytes())) {
            Ok(clean) => Ok((clean, found)),
            Err(_) => {
                let message = "The event could not be cleaned, so it does not go out.";
                Err(Refusal::new(Code::Internal, message).into())
            }
        }
    }

    /// A session may be given tools at any time: each is asked for by its name, and the model again, now that there
    /// are tools.
    fn tools(&self, doc: Doc<'_>) -> Result<(), Refusal> {
        let mut names = BTreeSet::new();
        for within in ["session", "response"]
            .iter()
            .filter_map(|name| doc.get(doc.root(), name))
        {
            tools::named(doc, within, &mut names);
        }
        if names.is_empty() {
            return Ok(());
        }
        let rules = self.rules;
        let bundle = &rules.governance.bundle;
        let facts = (*rules.facts).clone().with("tools", Fact::Bool(true));
        let demands = tools::ask_about(bundle, &rules.principal, &names, &facts)?;
        let action = match facts.get("stream") {
            Some(Fact::Bool(true)) => Action::Stream,
            _ => Action::Invoke,
        };
        let object = Object(Arc::from(format!("model:{}", self.target.name)));
        let access = bundle.authorize(&rules.principal, &object, action, &facts);
        let classes = &self.sent.classes;
        let compliance = bundle.comply(&rules.principal, classes, &self.target.name, &facts);
        let mut obligations = demands.obligations;
        for (decision, code, policy) in [
            (access, Code::AccessDenied, "access"),
            (compliance, Code::ComplianceDenied, "compliance"),
        ] {
            if decision.effect == Effect::Deny {
                let message = format!(
                    "The {policy} policy does not let this session have tools: {}",
                    decision.reason
                );
                return Err(Refusal::new(code, message)
                    .rule(decision.rule, decision.place)
                    .param("tools"));
            }
            obligations = Obligations::joined(obligations, decision.obligations);
        }
        self.fulfil(obligations.as_deref(), &facts)
    }

    /// What has to hold from now on: it must be possible, and no more than the session was begun with.
    fn fulfil(&self, obligations: Option<&Obligations>, facts: &Facts) -> Result<(), Refusal> {
        let rules = self.rules;
        if let Some(more) = obligations
            && more.adds_to(rules.obligations.as_deref())
        {
            let message = format!(
                "The policies oblige this session to more than it was begun with ({}), so this does not go out.",
                more.words().join(", ")
            );
            return Err(Refusal::new(Code::ComplianceDenied, message)
                .rule(more.lines.first().cloned(), None));
        }
        obligations::check(
            &rules.governance.bundle,
            &rules.principal,
            obligations,
            (Surface::Realtime, &http::Method::GET),
            facts,
            self.shared.clock.now().civil(),
        )
    }

    /// A session keeps its model: the one that the policies have cleared.
    fn model(&self, doc: Doc<'_>, edits: &mut Edits) -> Result<Option<NodeId>, Refusal> {
        let node = ["session", "response"].iter().find_map(|name| {
            let inner = doc.get(doc.root(), name)?;
            doc.get(inner, "model")
        });
        let Some(node) = node else {
            return Ok(None);
        };
        let named = doc.str(node).unwrap_or_default();
        if named != self.model.as_str() && *named != *self.target.id {
            let message = format!(
                "This session is with `{}` and keeps its model; connect anew for another one.",
                self.model
            );
            return Err(Refusal::new(Code::InvalidRequest, message).param(doc.path(node)));
        }
        if *named != *self.target.id {
            let mut name = Vec::new();
            write_str(&mut name, &self.target.id);
            edits.replace(doc.span(node), name);
        }
        Ok(Some(node))
    }

    /// Puts what is new in the session to the compliance policy; only what it clears goes on.
    fn comply(&mut self, held: Inspection) -> Result<(), Stopped> {
        if !held.classes.is_subset(&self.sent.classes) {
            let mut all = self.sent.classes.clone();
            all.extend(held.classes.iter().cloned());
            let rules = self.rules;
            let decision = rules.governance.bundle.comply(
                &rules.principal,
                &all,
                &self.target.name,
                &rules.facts,
            );
            if decision.effect == Effect::Deny {
                let names: Vec<&str> = all.iter().map(|class| &*class.0).collect();
                let message = format!(
                    "The compliance policy does not let {} receive this session, which now holds {}: {}",
                    self.target.name,
                    names.join(", "),
                    decision.reason
                );
                return Err(Stopped {
                    refusal: Refusal::new(Code::ComplianceDenied, message)
                        .rule(decision.rule, decision.place),
                    over: true,
                });
            }
            self.fulfil(decision.obligations.as_deref(), &rules.facts)
                .map_err(|refusal| Stopped {
                    refusal,
                    over: true,
                })?;
            self.sent.classes = all;
        }
        self.sent.surrogates = held.surrogates;
        self.sent.answers = held.answers;
        Ok(())
    }

    fn note(&mut self, held: &Inspection) {
        let metrics = &self.shared.telemetry.metrics;
        for finding in &held.findings {
            metrics.redacted(&finding.entity, finding.action, finding.count);
        }
        self.found.classes.extend(held.classes.iter().cloned());
        for finding in &held.findings {
            let known = &mut self.found.findings;
            let room = known.len() < MOST_FINDINGS;
            let same =
                |one: &&mut Finding| one.path == finding.path && one.entity == finding.entity;
            match known.iter_mut().find(same) {
                Some(same) => same.count = same.count.saturating_add(finding.count),
                None if room => known.push(finding.clone()),
                None => {}
            }
        }
    }
}

/// Base64, quoted and escaped.
fn is_encoded(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_\"\\".contains(&byte)
}

/// The strings that hold encoded sound: what is appended to the input buffer, and parts of messages.
fn sound(doc: Doc<'_>) -> Vec<NodeId> {
    let is_sound = |node: &NodeId| {
        if doc.kind(*node) != Kind::String {
            return false;
        }
        match doc.key(*node).as_deref() {
            Some("audio") => true,
            Some("data") => doc.parent(*node).is_some_and(|part| {
                let kind = doc.get(part, "type").and_then(|kind| doc.str(kind));
                kind.as_deref() == Some("input_audio")
            }),
            _ => false,
        }
    };
    doc.all().filter(is_sound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_is_found_wherever_a_session_takes_it() {
        for (event, count) in [
            (r#"{"type":"input_audio_buffer.append","audio":"AAAA"}"#, 1),
            (
                r#"{"type":"conversation.item.create","item":{"content":[{"type":"input_audio","audio":"AAAA"},{"type":"input_text","text":"x"}]}}"#,
                1,
            ),
            (
                r#"{"type":"response.create","response":{"input":[{"content":[{"type":"input_audio","data":"AAAA"}]}]}}"#,
                1,
            ),
            (
                r#"{"type":"session.update","session":{"audio":{"output":{"voice":"marin"}},"data":"x"}}"#,
                0,
            ),
        ] {
            let index = Index::parse(event.as_bytes(), &Limits::default()).unwrap();
            assert_eq!(sound(index.doc(event.as_bytes())).len(), count, "{event}");
        }
    }
}
