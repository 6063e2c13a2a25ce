//! Who answers calls: what the operator wrote, what the catalog knows, and what the environment switches on.

use std::collections::HashMap;
use std::sync::Arc;

use marshal_catalog::{AuthScheme, Capabilities, Catalog, ModelPrice, ProviderInfo, shipped};
use marshal_config::{Auth, Config};
use marshal_pipeline::{Provider, UpstreamCredential, UpstreamTimes};
use marshal_policies::{FACTS, FactType};
use marshal_routing::Target;
use marshal_types::{
    Dialect, Fact, ModelName, Place, Price, Problem, ProviderName, Secret, TargetName,
};

/// The provider that needs no key.
const DEMO: &str = "demo";

/// Targets in the order of the configuration, and how each provider is reached.
pub(crate) struct Providers {
    pub targets: Vec<Arc<Target>>,
    pub by_name: HashMap<ProviderName, Provider>,
}

/// Puts the providers together.
///
/// # Errors
/// Every problem, each where it stands.
pub(crate) fn gather(
    config: &Config,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Providers, Vec<Problem>> {
    let catalog = shipped();
    let mut gathered = Gathered {
        catalog,
        env,
        providers: Providers {
            targets: Vec::new(),
            by_name: HashMap::new(),
        },
        problems: Vec::new(),
    };
    for provider in &config.providers {
        gathered.add(provider);
    }
    for known in catalog.providers() {
        let named = config
            .providers
            .iter()
            .any(|provider| provider.name.as_str() == known.name);
        let switched_on = match known.env_key {
            Some(variable) => env(variable).is_some_and(|key| !key.trim().is_empty()),
            // The demo is there until someone configures the gateway.
            None => config.file.is_none(),
        };
        if !named && switched_on {
            gathered.add(&marshal_config::Provider::known(known.name));
        }
    }
    if gathered.providers.targets.is_empty() && gathered.problems.is_empty() {
        let file = config
            .file
            .clone()
            .unwrap_or_else(|| marshal_config::DEFAULT_FILE.into());
        gathered.problems.push(Problem::in_file(
            file,
            "providers: none is configured; add one, or `demo: {}` to try the gateway out",
        ));
    }
    if gathered.problems.is_empty() {
        Ok(gathered.providers)
    } else {
        Err(gathered.problems)
    }
}

struct Gathered<'a> {
    catalog: &'static Catalog,
    env: &'a dyn Fn(&str) -> Option<String>,
    providers: Providers,
    problems: Vec<Problem>,
}

impl Gathered<'_> {
    fn add(&mut self, written: &marshal_config::Provider) {
        let name = written.name.as_str();
        let known = self.catalog.provider(name);
        let dialects = written
            .dialects
            .clone()
            .or_else(|| known.map(|known| known.dialects.clone()))
            .unwrap_or_else(|| vec![Dialect::OpenAi]);
        let before = self.problems.len();
        let Some(provider) = self.provider(written, known, &dialects) else {
            return;
        };
        self.add_targets(written, known, &dialects);
        if self.problems.len() == before {
            self.providers
                .by_name
                .insert(written.name.clone(), provider);
        }
    }

    fn provider(
        &mut self,
        written: &marshal_config::Provider,
        known: Option<&ProviderInfo>,
        dialects: &[Dialect],
    ) -> Option<Provider> {
        let name = written.name.as_str();
        let is_demo = name == DEMO && written.base_url.is_none();
        let base_url = written
            .base_url
            .clone()
            .or_else(|| known.and_then(|known| known.base_url).map(str::to_owned));
        let Some(base_url) =
            base_url.or_else(|| is_demo.then(|| "http://demo.invalid/v1".to_owned()))
        else {
            self.wrong(&written.place, format!("providers.{name}.base_url: is missing; write where the provider's API begins, with its version: http://127.0.0.1:8000/v1"));
            return None;
        };
        let transport = if is_demo {
            crate::demo::transport()
        } else {
            match crate::upstream::transport(written.timeouts.connect, written.tls_ca.as_deref()) {
                Ok(transport) => transport,
                Err(problem) => {
                    self.wrong(&written.place, format!("providers.{name}.{problem}"));
                    return None;
                }
            }
        };
        Some(Provider {
            transport,
            base_url: base_url.trim_end_matches('/').to_owned(),
            credential: self.credential(written, known, dialects)?,
            headers: self.headers(written, known),
            times: UpstreamTimes {
                first_byte: written.timeouts.first_byte,
                idle: written.timeouts.idle,
                total: written.timeouts.total,
            },
        })
    }

    fn credential(
        &mut self,
        written: &marshal_config::Provider,
        known: Option<&ProviderInfo>,
        dialects: &[Dialect],
    ) -> Option<UpstreamCredential> {
        let name = written.name.as_str();
        let variable = known.and_then(|known| known.env_key);
        let from_env = || {
            variable
                .and_then(|variable| (self.env)(variable))
                .map(|key| Secret::new(key.trim().to_owned()))
        };
        let Some(key) = written
            .api_key
            .as_ref()
            .map(|key| key.secret.clone())
            .or_else(from_env)
        else {
            if let (Some(variable), None) = (variable, &written.base_url) {
                self.wrong(&written.place, format!("providers.{name}.api_key: is missing; set {variable} in the environment, or write `api_key: {{env: NAME}}`"));
                return None;
            }
            return Some(UpstreamCredential::None);
        };
        let usual = known.map_or_else(
            || AuthScheme::usual(dialects.first().copied().unwrap_or(Dialect::OpenAi)),
            |known| known.auth,
        );
        match (&written.auth, usual) {
            (Some(Auth::Bearer), _) | (None, AuthScheme::Bearer) => {
                Some(UpstreamCredential::Bearer(key))
            }
            (Some(Auth::Header(header)), _) => self
                .header_name(written, header)
                .map(|header| UpstreamCredential::Header(header, key)),
            (None, AuthScheme::Header(header)) => self
                .header_name(written, header)
                .map(|header| UpstreamCredential::Header(header, key)),
        }
    }

    fn headers(
        &mut self,
        written: &marshal_config::Provider,
        known: Option<&ProviderInfo>,
    ) -> Vec<(http::HeaderName, http::HeaderValue)> {
        let known = known.map_or(&[][..], |known| &known.headers[..]);
        let usual = known.iter().map(|(name, value)| (*name, *value));
        let own = written
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut headers = Vec::new();
        for (header, value) in usual.chain(own) {
            let Some(header) = self.header_name(written, header) else {
                continue;
            };
            match http::HeaderValue::from_str(value) {
                Ok(value) => {
                    headers.retain(|(other, _)| *other != header);
                    headers.push((header, value));
                }
                Err(_) => self.wrong(
                    &written.place,
                    format!(
                        "providers.{}.headers.{header}: the value is no header value",
                        written.name
                    ),
                ),
            }
        }
        headers
    }

    fn header_name(
        &mut self,
        written: &marshal_config::Provider,
        name: &str,
    ) -> Option<http::HeaderName> {
        let header = http::HeaderName::try_from(name).ok();
        if header.is_none() {
            self.wrong(
                &written.place,
                format!("providers.{}: `{name}` is no header name", written.name),
            );
        }
        header
    }

    fn add_targets(
        &mut self,
        written: &marshal_config::Provider,
        known: Option<&ProviderInfo>,
        dialects: &[Dialect],
    ) {
        let provider = written.name.as_str();
        let mut facts = known.map(|known| known.facts.clone()).unwrap_or_default();
        self.check_facts(written);
        facts.0.extend(written.facts.0.clone());
        let named = |model: &marshal_catalog::ModelInfo| marshal_config::Model::named(model.model);
        let models: Vec<(marshal_config::Model, bool)> = if written.models.is_empty() {
            let offered = self
                .catalog
                .models_of(provider)
                .map(|info| (named(info), true));
            let retired = self
                .catalog
                .retired_of(provider)
                .map(|info| (named(info), false));
            offered.chain(retired).collect()
        } else {
            written
                .models
                .iter()
                .map(|model| (model.clone(), true))
                .collect()
        };
        if models.is_empty() {
            self.wrong(&written.place, format!("providers.{provider}.models: is missing; name at least one model: [{{name: MODEL, price: free}}]"));
        }
        for (model, listed) in models {
            let info = self.catalog.model(provider, model.name.as_str());
            let price = match (&model.price, info) {
                (Some(price), _) => Some(priced(price)),
                (None, Some(info)) => Some(info.price),
                (None, None) => None,
            };
            if price.is_none() && written.unpriced != Some(marshal_config::Unpriced::Allow) {
                self.wrong(&model.place, format!(
                    "providers.{provider}.models.{}: has no price, so no budget could hold it; write `price: {{input_usd_per_mtok: …, output_usd_per_mtok: …}}`, `price: free`, or `unpriced: allow` for the provider",
                    model.name
                ));
                continue;
            }
            self.providers.targets.push(Arc::new(Target {
                name: TargetName {
                    provider: written.name.clone(),
                    model: ModelName::new(model.name.as_str()),
                },
                dialects: dialects.to_vec(),
                capabilities: capabilities(&model, info.map(|info| info.capabilities)),
                price,
                max_output: model
                    .max_output_tokens
                    .or_else(|| info.and_then(|info| info.max_output)),
                context_window: model
                    .context_window
                    .or_else(|| info.and_then(|info| info.context_window)),
                facts: facts
                    .clone()
                    .with("provider", Fact::Text(Arc::from(provider)))
                    .with("model", Fact::Text(Arc::from(model.name.as_str()))),
                chat: true,
                listed,
            }));
        }
    }

    /// A fact that no condition can ask for is a slip of the pen, and a deny line that asks for the right one would not fire.
    fn check_facts(&mut self, written: &marshal_config::Provider) {
        for (name, fact) in &written.facts.0 {
            let known = FACTS.iter().find(|(known, _)| **known == **name);
            let problem = match (known, fact) {
                (Some((_, FactType::Bool)), Fact::Bool(_))
                | (Some((_, FactType::Text)), Fact::Text(_))
                | (Some((_, FactType::Number)), Fact::Number(_))
                | (Some((_, FactType::List)), Fact::List(_)) => continue,
                (Some((_, wanted)), _) => format!("takes {}", wanted.as_str()),
                (None, _) => {
                    let names = FACTS.iter().map(|(known, _)| *known);
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

    fn wrong(&mut self, place: &Place, message: String) {
        self.problems.push(Problem::at(place.clone(), message));
    }
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
        marshal_config::ModelPrice::Free => {
            ModelPrice::flat(Price::per_mtok(0), Price::per_mtok(0))
        }
        marshal_config::ModelPrice::PerMtok {
            input,
            output,
            cache_read,
            cache_write,
        } => ModelPrice {
            cache_read: *cache_read,
            cache_write: *cache_write,
            ..ModelPrice::flat(*input, *output)
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_and_the_catalog_know_the_same_providers() {
        let mut configured = marshal_config::KNOWN_PROVIDERS.to_vec();
        let known = shipped().providers().iter();
        let mut catalogued: Vec<_> = known.map(|known| known.name).collect();
        configured.sort_unstable();
        catalogued.sort_unstable();
        assert_eq!(configured, catalogued);
    }

    #[test]
    fn a_model_that_its_provider_takes_away_is_served_and_not_offered() {
        let env = |name: &str| (name == "OPENAI_API_KEY").then(|| "key".to_owned());
        let Ok(providers) = gather(&Config::default(), &env) else {
            panic!("a key is all that a known provider needs");
        };
        let target = |model: &str| {
            let mut targets = providers.targets.iter();
            targets.find(|target| target.name.model.as_str() == model)
        };
        assert!(target("gpt-4o-mini").is_some_and(|target| target.listed));
        assert!(target("gpt-3.5-turbo").is_some_and(|target| !target.listed));
    }
}
