//! Finding providers and models.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::value::RawValue;

use crate::{ModelInfo, ProviderInfo, data, providers};

static SHIPPED: LazyLock<Catalog> = LazyLock::new(read);

/// What ships with this build; read once, and each provider's models when they are first asked for.
#[must_use]
pub fn shipped() -> &'static Catalog {
    &SHIPPED
}

/// Everything that ships.
#[derive(Debug)]
pub struct Catalog {
    as_of: &'static str,
    providers: Vec<ProviderInfo>,
    models: BTreeMap<&'static str, Shelf>,
}

/// One provider's models: as written, and once they were asked for as read, sorted by name and region.
#[derive(Debug)]
struct Shelf {
    written: &'static RawValue,
    read: OnceLock<Vec<ModelInfo>>,
}

fn read() -> Catalog {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program, and a test reads it"
    )]
    let file: data::File = serde_json::from_str(data::MODELS).expect("models.json is well-formed");
    let shelf = |written| Shelf {
        written,
        read: OnceLock::new(),
    };
    Catalog {
        as_of: file.as_of,
        providers: providers::providers(),
        models: file
            .models
            .into_iter()
            .map(|(provider, written)| (provider, shelf(written)))
            .collect(),
    }
}

impl Shelf {
    fn models(&self) -> &[ModelInfo] {
        self.read.get_or_init(|| {
            // A test reads every shelf; an entry that is not understood would leave its models unpriced, so refused.
            let entries: Vec<data::Entry> =
                serde_json::from_str(self.written.get()).unwrap_or_default();
            entries.into_iter().map(ModelInfo::from).collect()
        })
    }
}

impl Catalog {
    /// The day of the prices, `YYYY-MM-DD`.
    #[must_use]
    pub fn as_of(&self) -> &'static str {
        self.as_of
    }

    /// The provider of that name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&ProviderInfo> {
        self.providers.iter().find(|info| info.name == name)
    }

    /// Every provider, the demo last.
    #[must_use]
    pub fn providers(&self) -> &[ProviderInfo] {
        &self.providers
    }

    /// A provider's model, at its price in `region` if it has one of its own there: by its own name, else by the name
    /// without what tells its copies apart (`gpt-4o-mini-2024-07-18`, `claude-opus-5@default`), because a snapshot costs
    /// what its model costs.
    #[must_use]
    pub fn model(&self, provider: &str, model: &str, region: Option<&str>) -> Option<&ModelInfo> {
        self.exact(provider, model, region)
            .or_else(|| self.exact(provider, without_snapshot(model)?, region))
    }

    /// A provider's models that can be called in `region`, by name, without the ones that were taken away before the day
    /// of the prices.
    pub fn models_of<'a>(
        &'a self,
        provider: &str,
        region: Option<&'a str>,
    ) -> impl Iterator<Item = &'a ModelInfo> {
        self.in_region(provider, region)
            .filter(|info| !self.is_gone(info))
    }

    /// A provider's models that were taken away: still priced, for a provider may give them longer than it said.
    pub fn retired_of<'a>(
        &'a self,
        provider: &str,
        region: Option<&'a str>,
    ) -> impl Iterator<Item = &'a ModelInfo> {
        self.in_region(provider, region)
            .filter(|info| self.is_gone(info))
    }

    fn is_gone(&self, info: &ModelInfo) -> bool {
        info.retires.is_some_and(|day| day < self.as_of)
    }

    fn in_region<'a>(
        &'a self,
        provider: &str,
        region: Option<&'a str>,
    ) -> impl Iterator<Item = &'a ModelInfo> {
        let of_one_name = self
            .all_of(provider)
            .chunk_by(|one, other| one.model == other.model);
        of_one_name
            .filter_map(move |infos| priced_in(infos, region))
            .filter(move |info| region.is_none_or(|region| is_served_in(info.model, region)))
    }

    fn exact(&self, provider: &str, model: &str, region: Option<&str>) -> Option<&ModelInfo> {
        let all = self.all_of(provider);
        let begin = all.partition_point(|info| info.model < model);
        let end = all.partition_point(|info| info.model <= model);
        priced_in(&all[begin..end], region)
    }

    pub(crate) fn all_of(&self, provider: &str) -> &[ModelInfo] {
        match self.models.get(provider) {
            Some(shelf) => shelf.models(),
            None if provider == providers::DEMO => providers::demo_models(),
            None => &[],
        }
    }
}

/// Of one model's entries the one for that region, else the one for every region.
fn priced_in<'a>(infos: &'a [ModelInfo], region: Option<&str>) -> Option<&'a ModelInfo> {
    let of = |wanted: Option<&str>| infos.iter().find(|info| info.region == wanted);
    region
        .and_then(|region| of(Some(region)))
        .or_else(|| of(None))
}

/// Amazon's inference profiles say in their names from which regions they can be called: `eu.anthropic.claude-…`.
fn is_served_in(model: &str, region: &str) -> bool {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| region.starts_with(prefix));
    match model.split_once('.').map(|(geography, _)| geography) {
        Some("us") => begins(&["us-", "ca-"]) && !begins(&["us-gov-"]),
        Some("us-gov") => begins(&["us-gov-"]),
        Some("eu") => begins(&["eu-"]),
        Some("apac") => begins(&["ap-"]),
        Some("jp") => begins(&["ap-northeast-"]),
        Some("au") => begins(&["ap-southeast-"]),
        Some("in") => begins(&["ap-south-"]),
        Some("global") => !begins(&["us-gov-", "cn-"]),
        _ => true,
    }
}

/// The name before `-latest`, `-2024-07-18`, `-20240718`, `-0613`, `-001` or `@…`.
fn without_snapshot(model: &str) -> Option<&str> {
    if let Some((base, _)) = model.split_once('@') {
        return Some(base);
    }
    if let Some(base) = model.strip_suffix("-latest") {
        return Some(base);
    }
    let base = model.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    // A version is part of the name (`gpt-5`, `claude-opus-4-5`): only what looks like a date is cut off.
    let tail = &model[base.len()..];
    let dates = [11, 9, 5, 4];
    dates.into_iter().find_map(|len| {
        let at = tail.len().checked_sub(len)?;
        is_date(&tail[at..]).then(|| &model[..base.len() + at])
    })
}

/// `-YYYY-MM-DD`, `-YYYYMMDD`, `-MMDD` or `-NNN`.
fn is_date(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    matches!(
        shape.as_str(),
        "-0000-00-00" | "-00000000" | "-0000" | "-000"
    )
}
