//! Batches ask many models at once, later: each of them is asked of the access policy now.

use std::collections::BTreeSet;

use marshal_policies::ShadowHit;
use marshal_tasks::batch_lines;
use marshal_types::{Action, Code, ProviderName, Refusal, Surface};
use marshal_wire::json::{Index, Limits};

use super::tools::named;
use super::{BatchedModel, permit};
use crate::call::{Ask, Content};
use crate::facts::with_target;
use crate::{Authenticated, Shared};

/// The models that a batch will ask, by the provider's own names.
///
/// # Errors
/// A line that is no request.
pub(super) fn models(surface: Surface, ask: &Ask) -> Result<BTreeSet<String>, Refusal> {
    match (surface, &ask.content) {
        (Surface::Files, Content::Form(form)) => {
            let is_batch = form
                .named("purpose")
                .any(|(_, part)| form.text(part) == Some("batch"));
            let mut models = BTreeSet::new();
            if is_batch {
                for (_, part) in form.named("file") {
                    of_file(&form.value(part), &mut models)?;
                }
            }
            Ok(models)
        }
        (Surface::Batches, Content::Json(_)) => Ok(of_requests(ask)),
        _ => Ok(BTreeSet::new()),
    }
}

/// The tools that the requests of a batch bring along. A line that is no request is told of by [`models`].
pub(super) fn tools(surface: Surface, ask: &Ask, names: &mut BTreeSet<String>) {
    match (surface, &ask.content) {
        (Surface::Files, Content::Form(form)) => {
            for (_, part) in form.named("file") {
                let file = form.value(part);
                for line in batch_lines(&file).map_while(Result::ok) {
                    let body = file.get(line.body).unwrap_or_default();
                    if let Ok(index) = Index::parse(body, &Limits::default()) {
                        let doc = index.doc(body);
                        named(doc, doc.root(), names);
                    }
                }
            }
        }
        (Surface::Batches, Content::Json(_)) => {
            let Some(doc) = ask.doc() else { return };
            let list = doc.get(doc.root(), "requests");
            for request in list.into_iter().flat_map(|list| doc.children(list)) {
                if let Some(params) = doc.get(request, "params") {
                    named(doc, params, names);
                }
            }
        }
        _ => {}
    }
}

fn of_file(file: &[u8], models: &mut BTreeSet<String>) -> Result<(), Refusal> {
    for line in batch_lines(file) {
        let line = line
            .map_err(|error| Refusal::new(Code::InvalidRequest, error.to_string()).param("file"))?;
        let body = file.get(line.body.clone()).unwrap_or_default();
        let index = Index::parse(body, &Limits::default()).map_err(|error| error.refusal())?;
        let doc = index.doc(body);
        let model = doc
            .get(doc.root(), "model")
            .and_then(|model| doc.str(model))
            .ok_or_else(|| {
                let message = format!("Line {} of the batch file names no model.", line.number);
                Refusal::new(Code::InvalidRequest, message).param("file")
            })?;
        models.insert(model.into_owned());
    }
    Ok(())
}

/// Anthropic's batches carry their requests themselves.
fn of_requests(ask: &Ask) -> BTreeSet<String> {
    let Some(doc) = ask.doc() else {
        return BTreeSet::new();
    };
    let Some(list) = doc.get(doc.root(), "requests") else {
        return BTreeSet::new();
    };
    doc.children(list)
        .filter_map(|request| {
            let model = doc.get(doc.get(request, "params")?, "model")?;
            doc.str(model).map(std::borrow::Cow::into_owned)
        })
        .collect()
}

/// What a batch will ask at a provider.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub models: Vec<BatchedModel>,
    /// What lines in shadow mode would have said of them.
    pub shadow: Vec<ShadowHit>,
}

/// Asks about each model of a batch at this provider.
///
/// # Errors
/// The first that the key may not use there, or that is not known there.
pub(super) fn allowed(
    shared: &Shared,
    call: &Authenticated<Box<Ask>>,
    provider: &ProviderName,
    models: &BTreeSet<String>,
) -> Result<Batch, Refusal> {
    let mut batch = Batch::default();
    for model in models {
        let resolved = shared.directory.resolve(&format!("{provider}/{model}"));
        let target = resolved.and_then(|resolved| {
            let mut candidates = resolved.candidates.iter();
            candidates
                .find(|target| target.name.provider == *provider)
                .cloned()
        });
        let Some(target) = target else {
            let message = format!(
                "The batch asks a model that `{provider}` is not configured for; write the provider's own names in it."
            );
            return Err(Refusal::new(Code::UnknownModel, message).param("model"));
        };
        let bundle = &call.governance().bundle;
        let now = shared.clock.now();
        let facts = with_target(bundle, now, &call.inner().known, &target);
        let decision = permit(call, &target, Action::Invoke, &facts)?;
        batch.shadow.extend(decision.shadow);
        batch.models.push(BatchedModel {
            name: target.name.clone(),
            facts,
            obligations: decision.obligations,
        });
    }
    Ok(batch)
}
