//! A provider's models as targets: what each costs, can do and is known of.

use std::sync::Arc;

use marshal_catalog::{Capabilities, ModelInfo, ModelPrice, UnitPrices};
use marshal_config::Unpriced;
use marshal_policies::{FactType, TARGET_FACTS};
use marshal_routing::Target;
use marshal_types::{Dialect, Fact, Facts, Mode, ModelName, TargetName};

use super::reach::Reach;
use super::{Gathered, Outline, Written, is_demo};

impl Gathered<'_> {
    pub(super) fn add_targets(&mut self, written: Written<'_>, outline: &Outline) {
        let provider = written.name();
        let models = self.models(written, outline);
        if models.is_empty() {
            self.wrong(&written.entry.place, format!("providers.{provider}.models: is missing; name at least one model: [{{name: MODEL, price: free}}]"));
        }
        for (model, listed) in models {
            let info = self.info(written, outline, &model);
            let price = match (&model.price, info) {
                (Some(price), _) => Some(priced(price)),
                (None, Some(info)) => Some(info.price),
                // Nobody sends a bill for what runs here.
                (None, None) => is_own_server(written, &outline.reach).then(ModelPrice::default),
            };
            if price.is_none() && written.entry.unpriced != Some(Unpriced::Allow) {
                self.wrong(&model.place, format!(
                    "providers.{provider}.models.{}: has no price, so no budget could hold it; write `price: {{input_usd_per_mtok: …, output_usd_per_mtok: …}}`, `price: free`, or `unpriced: allow` for the provider",
                    model.name
                ));
                continue;
            }
            self.providers.targets.push(Arc::new(target(
                written, outline, &model, info, price, listed,
            )));
        }
    }

    /// The models that are written, or else the catalog's: each, and whether it is offered.
    fn models(
        &self,
        written: Written<'_>,
        outline: &Outline,
    ) -> Vec<(marshal_config::Model, bool)> {
        if !written.entry.models.is_empty() {
            let models = written.entry.models.iter();
            return models.map(|model| (model.clone(), true)).collect();
        }
        let Some(known) = written.known.filter(|known| !known.own_models) else {
            return Vec::new();
        };
        let region = outline.reach.region.as_deref();
        let named = |info: &ModelInfo| marshal_config::Model::named(info.model);
        let offered = self.catalog.models_of(known.name, region);
        let retired = self.catalog.retired_of(known.name, region);
        offered
            .map(|info| (named(info), true))
            .chain(retired.map(|info| (named(info), false)))
            .collect()
    }

    fn info(
        &self,
        written: Written<'_>,
        outline: &Outline,
        model: &marshal_config::Model,
    ) -> Option<&'static ModelInfo> {
        let known = written.known?.name;
        let region = outline.reach.region.as_deref();
        let find = |name: &str| self.catalog.model(known, name, region);
        find(model.name.as_str()).or_else(|| find(model.id.as_deref()?))
    }

    /// What compliance policies may ask of the provider.
    pub(super) fn facts(&mut self, written: Written<'_>, reach: &Reach) -> Facts {
        self.check_facts(written.entry);
        let own_address = written.entry.base_url.is_none() && written.entry.base_urls.is_empty();
        let known = written
            .known
            .filter(|_| own_address || is_demo(written) || reach.loopback);
        let mut facts = known.map(|known| known.facts.clone()).unwrap_or_default();
        facts.0.extend(written.entry.facts.0.clone());
        facts.with("provider", Fact::Text(Arc::from(written.name())))
    }

    /// A fact that no condition can ask for is a slip of the pen, and a deny line that asks for the right one would not fire.
    fn check_facts(&mut self, written: &marshal_config::Provider) {
        for (name, fact) in &written.facts.0 {
            let known = TARGET_FACTS.iter().find(|(known, _)| **known == **name);
            let problem = match (known, fact) {
                (Some((_, FactType::Bool)), Fact::Bool(_))
                | (Some((_, FactType::Text)), Fact::Text(_))
                | (Some((_, FactType::Number)), Fact::Number(_))
                | (Some((_, FactType::List)), Fact::List(_)) => continue,
                (Some((_, wanted)), _) => format!("takes {}", wanted.as_str()),
                (None, _) => {
                    let names = TARGET_FACTS.iter().map(|(known, _)| *known);
                    match marshal_yaml::nearest(name, names) {
                        Some(nearest) => format!("no such fact; did you mean \"{nearest}\"?"),
                        None => "no such fact; docs/policies.md lists them".to_owned(),
                    }
                }
            };
            let message = format!("providers.{}.facts.{name}: {problem}", written.name);
            self.wrong(&written.place, message);
        }
    }
}

fn target(
    written: Written<'_>,
    outline: &Outline,
    model: &marshal_config::Model,
    info: Option<&ModelInfo>,
    price: Option<ModelPrice>,
    listed: bool,
) -> Target {
    let name = model.name.as_str();
    Target {
        name: TargetName {
            provider: written.entry.name.clone(),
            model: ModelName::new(name),
        },
        id: Arc::from(model.id.as_deref().unwrap_or(name)),
        dialects: dialects(written, outline, model, info),
        capabilities: capabilities(model, info.map(|info| info.capabilities)),
        price,
        max_output: model
            .max_output_tokens
            .or_else(|| info.and_then(|info| info.max_output)),
        context_window: model
            .context_window
            .or_else(|| info.and_then(|info| info.context_window)),
        facts: outline
            .facts
            .clone()
            .with("model", Fact::Text(Arc::from(name))),
        mode: model
            .mode
            .unwrap_or_else(|| info.map_or(Mode::Any, |info| info.mode)),
        surfaces: Arc::clone(&outline.surfaces),
        listed,
    }
}

/// A model's own dialects where it has some; the operator's choice among them, if he made one for the provider.
fn dialects(
    written: Written<'_>,
    outline: &Outline,
    model: &marshal_config::Model,
    info: Option<&ModelInfo>,
) -> Vec<Dialect> {
    if let Some(dialects) = &model.dialects {
        return dialects.clone();
    }
    let Some(own) = info.and_then(|info| info.dialects.as_ref()) else {
        return outline.dialects.clone();
    };
    let chosen: Vec<Dialect> = match &written.entry.dialects {
        Some(chosen) => chosen
            .iter()
            .copied()
            .filter(|dialect| own.contains(dialect))
            .collect(),
        None => Vec::new(),
    };
    if chosen.is_empty() {
        own.clone()
    } else {
        chosen
    }
}

fn is_own_server(written: Written<'_>, reach: &Reach) -> bool {
    reach.loopback && written.known.is_some_and(|known| known.local)
}

/// What the operator did not say and the catalog does not know is taken to be there: the provider knows best.
fn capabilities(model: &marshal_config::Model, known: Option<Capabilities>) -> Capabilities {
    match &model.capabilities {
        Some(words) => words
            .iter()
            .fold(Capabilities::default(), |all, word| all.with(word.as_str())),
        None => known.unwrap_or(Capabilities::ALL),
    }
}

fn priced(price: &marshal_config::ModelPrice) -> ModelPrice {
    match price {
        marshal_config::ModelPrice::Free => ModelPrice::default(),
        marshal_config::ModelPrice::Stated(stated) => ModelPrice {
            input: stated.input.unwrap_or_default(),
            output: stated.output.unwrap_or_default(),
            cache_read: stated.cache_read,
            cache_write: stated.cache_write,
            reasoning: stated.reasoning,
            audio_input: stated.audio_input,
            audio_output: stated.audio_output,
            units: UnitPrices {
                image: stated.image,
                second: stated.second,
                character: stated.character,
                request: stated.request,
                search: stated.search,
            },
            long: &[],
        },
    }
}
