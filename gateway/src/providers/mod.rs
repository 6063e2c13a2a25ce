//! Who answers calls: what the operator wrote, what the catalog knows, and what the environment switches on.

mod credential;
mod reach;
mod switch;
mod targets;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use marshal_catalog::{Catalog, ProviderInfo, shipped, usual_tasks};
use marshal_config::{Config, Translation};
use marshal_pipeline::{Provider, Transport, UpstreamTimes};
use marshal_platform::Quirks;
use marshal_routing::Target;
use marshal_types::{Dialect, Facts, Place, Problem, ProviderName, Surface};

use reach::Reach;

/// The provider that answers within the process.
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
        translation: config.translation,
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
        let named = config.providers.iter().any(|provider| {
            provider.name.as_str() == known.name || provider.known_as() == Some(known.name)
        });
        if !named && switch::is_on(known, config, env) {
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
    translation: Translation,
    providers: Providers,
    problems: Vec<Problem>,
}

/// A provider on its way to being gathered.
#[derive(Clone, Copy)]
struct Written<'a> {
    entry: &'a marshal_config::Provider,
    known: Option<&'static ProviderInfo>,
}

impl Written<'_> {
    fn name(&self) -> &str {
        self.entry.name.as_str()
    }
}

/// What is worked out of a provider before its targets are made.
struct Outline {
    reach: Reach,
    /// The preferred one first.
    dialects: Vec<Dialect>,
    /// The doors beside conversations.
    surfaces: Arc<[Surface]>,
    facts: Facts,
}

impl Gathered<'_> {
    fn add(&mut self, entry: &marshal_config::Provider) {
        let known = entry
            .known_as()
            .and_then(|known| self.catalog.provider(known));
        let written = Written { entry, known };
        let before = self.problems.len();
        let Some(outline) = self.outline(written) else {
            return;
        };
        let provider = self.provider(written, &outline);
        self.add_targets(written, &outline);
        if self.problems.len() == before
            && let Some(provider) = provider
        {
            self.providers.by_name.insert(entry.name.clone(), provider);
        }
    }

    fn outline(&mut self, written: Written<'_>) -> Option<Outline> {
        let reach = self.reach(written)?;
        let dialects = self.dialects(written, &reach);
        let tasks = written.known.map(|known| Arc::clone(&known.tasks));
        let surfaces = match &written.entry.tasks {
            Some(tasks) => Arc::from(tasks.as_slice()),
            None => tasks.unwrap_or_else(|| usual_tasks(&dialects)),
        };
        let facts = self.facts(written, &reach);
        Some(Outline {
            reach,
            dialects,
            surfaces,
            facts,
        })
    }

    fn provider(&mut self, written: Written<'_>, outline: &Outline) -> Option<Provider> {
        let entry = written.entry;
        let transport = if is_demo(written) {
            crate::demo::transport()
        } else {
            self.transport(written)?
        };
        let sockets = if outline.surfaces.contains(&Surface::Realtime) && !is_demo(written) {
            self.sockets(written)?
        } else {
            transport.clone()
        };
        let translation = entry.translation.unwrap_or(self.translation);
        Some(Provider {
            transport,
            sockets,
            base_url: outline.reach.base_url.clone(),
            bases: outline.reach.bases.clone(),
            platform: outline.reach.platform.clone(),
            quirks: written.known.map_or_else(Quirks::default, |known| Quirks {
                no_stream_options: known.quirks.no_stream_options,
                max_tokens: known.quirks.max_tokens,
            }),
            dialects: outline.dialects.clone(),
            surfaces: Arc::clone(&outline.surfaces),
            facts: outline.facts.clone(),
            strict: translation == Translation::Strict,
            credential: self.credential(written, outline)?,
            headers: self.headers(written),
            times: UpstreamTimes {
                first_byte: entry.timeouts.first_byte,
                idle: entry.timeouts.idle,
                total: entry.timeouts.total,
            },
        })
    }

    fn transport(&mut self, written: Written<'_>) -> Option<Transport> {
        let entry = written.entry;
        self.reached(
            written,
            crate::upstream::transport(entry.timeouts.connect, entry.tls_ca.as_deref()),
        )
    }

    fn sockets(&mut self, written: Written<'_>) -> Option<Transport> {
        let entry = written.entry;
        self.reached(
            written,
            crate::upstream::sockets(entry.timeouts.connect, entry.tls_ca.as_deref()),
        )
    }

    fn reached(
        &mut self,
        written: Written<'_>,
        transport: Result<Transport, String>,
    ) -> Option<Transport> {
        let entry = written.entry;
        match transport {
            Ok(transport) => Some(transport),
            Err(problem) => {
                self.wrong(&entry.place, format!("providers.{}.{problem}", entry.name));
                None
            }
        }
    }

    /// A variable's text, if there is any.
    fn variable(&self, name: &str) -> Option<String> {
        (self.env)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    fn wrong(&mut self, place: &Place, message: String) {
        self.problems.push(Problem::at(place.clone(), message));
    }
}

/// An address of its own makes an entry of that name somebody else's.
fn is_demo(written: Written<'_>) -> bool {
    written.known.is_some_and(|known| known.name == DEMO) && written.entry.base_url.is_none()
}
