//! Detectors over every string that would go out: system, messages, tools, arguments, results, and whatever a
//! dialect may add tomorrow. What they find is masked, replaced by a surrogate, or ends the call, as `data.yaml` says.

mod other;
mod walk;

pub(crate) use walk::walk_but;

use std::sync::Arc;

use bytes::Bytes;
use marshal_policies::{Blocked, Finding, Guard, GuardKind, Inspection, Obligations, is_document};
use marshal_telemetry::Part;
use marshal_types::{CallId, Code, Refusal};
use marshal_wire::json::{Edits, Index, Limits};
use marshal_wire::multipart::{Edits as FormEdits, Multipart};

use crate::call::Content;
use crate::guard;
use crate::step::{Answer, Next, Step};
use crate::{Limited, Shared};

/// A body longer than this is inspected on a thread of its own: other calls on this one would wait.
const INLINE_BYTES: usize = 256 * 1024;

/// The same where a model looks for names: it is some fifty times slower.
const INLINE_WITH_NAMES: usize = 4 * 1024;

/// The step.
#[derive(Clone, Debug)]
pub struct Inspect(pub Arc<Shared>);

/// A call whose bytes are clean, and of which it is known what data it held.
#[derive(Debug)]
pub struct Inspected {
    limited: Limited,
    inspection: Inspection,
}

impl Inspected {
    pub(crate) const fn limited(&self) -> &Limited {
        &self.limited
    }

    pub(crate) const fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    pub(crate) fn into_parts(self) -> (Limited, Inspection) {
        (self.limited, self.inspection)
    }
}

impl Step<Limited> for Inspect {
    type Out = Inspected;

    async fn run<N: Next<Inspected>>(&self, limited: Limited, next: N) -> Result<Answer, Refusal> {
        let bundle = &limited.permitted.call().governance().bundle;
        let inline = if bundle.looks_for_names() {
            INLINE_WITH_NAMES
        } else {
            INLINE_BYTES
        };
        let inspected = if limited.permitted.ask().body.len() > inline {
            let this = self.clone();
            let done = tokio::task::spawn_blocking(move || this.inspect(limited)).await;
            done.map_err(|error| {
                Refusal::new(
                    Code::Internal,
                    "The call could not be inspected, so it does not go out.",
                )
                .detail(error.to_string())
            })??
        } else {
            self.inspect(limited)?
        };
        let inspected = self.guard(inspected).await?;
        let call = inspected.limited().permitted.call();
        call.ctx().lap(&self.0, Part::Inspect);
        next.go(inspected).await
    }
}

impl Inspect {
    /// Asks the guards about what goes out: clean already.
    async fn guard(&self, mut inspected: Inspected) -> Result<Inspected, Refusal> {
        let call = inspected.limited.permitted.call();
        let governance = call.governance().clone();
        if governance.bundle.guards().is_empty() {
            return Ok(inspected);
        }
        let ctx = call.ctx().clone();
        let tenant = call.principal().domain.clone();
        let ask = inspected.limited.permitted.ask();
        let place = if ask.socket.is_some() {
            Some("realtime")
        } else {
            ask.facts.stream.then_some("streams")
        };
        if let Some(refusal) = place.and_then(|place| guard::unfit(&governance.bundle, place)) {
            return Err(refusal);
        }
        let (Content::Json(index), body) = (&ask.content, ask.body.clone()) else {
            return Ok(inspected);
        };
        let texts = guard::of_request(index.doc(&body));
        let wants_media =
            |guard: &Guard| matches!(&guard.kind, GuardKind::External(service) if service.media);
        let media = if governance.bundle.guards().iter().any(wants_media) {
            guard::media_of(index.doc(&body))
        } else {
            Vec::new()
        };
        let asked = guard::Asked {
            call: &ctx.id,
            tenant: &tenant,
            model: &ask.facts.model,
            media: &media,
        };
        let bundle = &governance.bundle;
        let guarded = guard::check(
            &self.0,
            bundle,
            guard::Side::Requests,
            &asked,
            &body,
            &texts,
        )
        .await;
        {
            let mut notes = ctx.notes.lock();
            notes.findings.extend(guarded.findings.iter().cloned());
            notes
                .classes
                .extend(guarded.classes.iter().map(|class| class.0.clone()));
        }
        inspected.inspection.findings.extend(guarded.findings);
        inspected.inspection.classes.extend(guarded.classes);
        if let Some(refusal) = guarded.refusal {
            return Err(refusal);
        }
        if let Some(clean) = guarded.body {
            let index =
                Index::parse(&clean, &Limits::default()).map_err(|error| error.refusal())?;
            let ask = inspected.limited.permitted.ask_mut();
            ask.content = Content::Json(index);
            ask.body = clean;
        }
        Ok(inspected)
    }

    fn inspect(&self, mut limited: Limited) -> Result<Inspected, Refusal> {
        let call = limited.permitted.call();
        let governance = call.governance().clone();
        let ask = limited.permitted.ask();
        let are_documents = match &ask.content {
            Content::Form(form) => other::are_documents(form),
            Content::Empty => is_document(&ask.body, None),
            Content::Json(_) => false,
        };
        if are_documents {
            let unread = &mut limited.permitted.ask_mut().unread;
            unread.retain(|kind| *kind != "file");
        }
        let call = limited.permitted.call();
        other::readable(
            limited.permitted.ask(),
            call.ctx().surface,
            &governance.bundle,
        )?;
        let ctx = call.ctx().clone();
        let scope = self.0.scope(&call.principal().domain);
        // What one target demands is done for all of them: nobody knows yet which is asked.
        let obligations = limited
            .permitted
            .targets()
            .iter()
            .fold(None, |all, target| {
                Obligations::joined(all, target.obligations.clone())
            });
        let mut redactor = governance
            .bundle
            .redactor_under(&scope, obligations.as_deref());
        let mut edits = Edits::new();
        let mut form_edits = FormEdits::new();
        let mut plain = None;
        let ask = limited.permitted.ask();
        let walked = other::texts(ask, &mut redactor)
            .and_then(|()| match &ask.content {
                Content::Json(index) => {
                    walk::walk(index.doc(&ask.body), &mut redactor, &mut edits, 0)
                }
                Content::Form(form) => other::form(form, &mut redactor, &mut form_edits),
                Content::Empty => other::raw(&ask.body, &mut redactor).map(|clean| plain = clean),
            })
            .and_then(|()| walk::headers(&ask.along, &mut redactor));
        let inspection = redactor.finish();
        {
            let mut notes = ctx.notes.lock();
            notes.classes = inspection
                .classes
                .iter()
                .map(|class| class.0.clone())
                .collect();
            notes.findings.clone_from(&inspection.findings);
        }
        for finding in &inspection.findings {
            self.0
                .telemetry
                .metrics
                .redacted(&finding.entity, finding.action, finding.count);
            alert(&ctx.id, finding);
        }
        let headers = walked.map_err(refuse)?;
        for (at, value) in headers {
            limited.permitted.ask_mut().along[at].1 = value;
        }
        let ask = limited.permitted.ask_mut();
        if !edits.is_empty() {
            let clean = edits.apply(&ask.body);
            // The edits put JSON strings and digits in the place of the same: what parsed before parses again.
            let index =
                Index::parse(&clean, &Limits::default()).map_err(|error| error.refusal())?;
            ask.content = Content::Json(index);
            ask.body = Bytes::from(clean);
        }
        if let Some(clean) = plain {
            ask.body = clean.into();
        }
        if let (Content::Form(form), false) = (&ask.content, form_edits.is_empty()) {
            let clean = form_edits.apply(form);
            let again = Multipart::parse(&clean, form.boundary()).map_err(|error| {
                Refusal::new(
                    Code::Internal,
                    "The form could not be cleaned, so it does not go out.",
                )
                .detail(error.to_string())
            })?;
            ask.content = Content::Form(again);
            ask.body = clean;
        }
        Ok(Inspected {
            limited,
            inspection,
        })
    }
}

/// Tells the operators of a find that the data policy wants them to know of.
pub(crate) fn alert(call: &CallId, finding: &Finding) {
    if finding.action == "alert" && !finding.shadow {
        tracing::warn!(
            call = %call, entity = %finding.entity, path = %finding.path, count = finding.count, detector = %finding.detector,
            "The data policy asks to be told of this find."
        );
    }
}

pub(crate) fn refuse(blocked: Blocked) -> Refusal {
    let message = format!(
        "The call holds what the data policy blocks: {} at {}. Take it out and send the call again.",
        blocked.entity, blocked.path
    );
    Refusal::new(Code::DataBlocked, message)
        .rule(None, Some(blocked.place))
        .param(blocked.path)
}
