//! Records of calls, read as far as policies need them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_audit::{FactValue, Question};
use marshal_pipeline::{Recorded, RecordedTarget};
use marshal_types::{
    Action, DataClass, Fact, Facts, ModelName, Principal, ProviderName, Surface, TargetName,
};
use serde::Deserialize;

/// A line of the trail. Members that a kind does not have are absent.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub call: Option<Cow<'a, str>>,
    #[serde(default)]
    pub attempt: Option<u32>,
    #[serde(borrow, default)]
    pub code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub tenant: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub surface: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub classes: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub question: Option<Question<'a>>,
    #[serde(default)]
    pub cost_nano_usd: Option<u64>,
}

impl Line<'_> {
    /// What the policies were asked and whether they allowed it; `None` where they did not decide.
    pub(super) fn asked(&self) -> Option<(Recorded, bool)> {
        let question = self
            .question
            .as_ref()
            .filter(|question| !question.targets.is_empty())?;
        let allowed = self.kind == "intent";
        if !allowed && self.kind != "deny" {
            return None;
        }
        let looked_into = allowed || self.code.as_deref() != Some("access_denied");
        let classes = self
            .classes
            .iter()
            .map(|class| DataClass((&**class).into()));
        let recorded = Recorded {
            principal: Principal {
                subjects: question
                    .subjects
                    .iter()
                    .map(|subject| Arc::from(&**subject))
                    .collect(),
                domain: self.tenant.as_deref().unwrap_or("default").into(),
            },
            surface: surface(self.surface.as_deref()?)?,
            action: action(&question.action)?,
            classes: looked_into.then(|| classes.collect::<BTreeSet<_>>()),
            targets: question
                .targets
                .iter()
                .filter_map(|asked| {
                    Some(RecordedTarget {
                        name: target(&asked.target)?,
                        facts: facts(&asked.facts),
                        evidence: asked
                            .evidence
                            .iter()
                            .map(|name| Arc::from(&**name))
                            .collect(),
                    })
                })
                .collect(),
            method: question.method.parse().unwrap_or_default(),
        };
        Some((recorded, allowed))
    }
}

fn facts(values: &std::collections::BTreeMap<Cow<'_, str>, FactValue<'_>>) -> Facts {
    let fact = |value: &FactValue<'_>| match value {
        FactValue::Bool(value) => Fact::Bool(*value),
        FactValue::Number(number) => Fact::Number(*number),
        FactValue::Text(text) => Fact::Text((&**text).into()),
        FactValue::List(items) => Fact::List(items.iter().map(|item| Arc::from(&**item)).collect()),
    };
    Facts(
        values
            .iter()
            .map(|(name, value)| (Arc::from(&**name), fact(value)))
            .collect(),
    )
}

fn surface(word: &str) -> Option<Surface> {
    Surface::ALL
        .iter()
        .copied()
        .find(|surface| surface.as_str() == word)
}

pub(super) fn action(word: &str) -> Option<Action> {
    Action::ALL
        .iter()
        .copied()
        .find(|action| action.as_str() == word)
}

pub(super) fn target(text: &str) -> Option<TargetName> {
    let (provider, model) = text.split_once('/')?;
    Some(TargetName {
        provider: ProviderName::new(provider),
        model: ModelName::new(model),
    })
}
