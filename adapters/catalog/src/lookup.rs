//! Finding providers and models.

use std::sync::LazyLock;

use crate::{Catalog, ModelInfo, ProviderInfo, data, providers};

static SHIPPED: LazyLock<Catalog> = LazyLock::new(read);

/// What ships with this build; read once.
#[must_use]
pub fn shipped() -> &'static Catalog {
    &SHIPPED
}

fn read() -> Catalog {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program, and a test reads it"
    )]
    let file: data::File = serde_json::from_str(data::MODELS).expect("models.json is well-formed");
    let mut models: Vec<ModelInfo> = file.models.into_iter().map(ModelInfo::from).collect();
    models.extend(providers::demo_models());
    models.sort_unstable_by_key(|info| (info.provider, info.model));
    Catalog {
        as_of: file.as_of,
        providers: providers::providers(),
        models,
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

    /// A provider's model: by its own name, else by the name without a date or `-latest` at its end
    /// (`gpt-4o-mini-2024-07-18`, `claude-opus-5-20260801`), because a snapshot costs what its model costs.
    #[must_use]
    pub fn model(&self, provider: &str, model: &str) -> Option<&ModelInfo> {
        self.exact(provider, model)
            .or_else(|| self.exact(provider, without_snapshot(model)?))
    }

    /// A provider's models by name, without the ones that were taken away before the day of the prices.
    pub fn models_of(&self, provider: &str) -> impl Iterator<Item = &ModelInfo> {
        let all = self.all_of(provider).iter();
        all.filter(|info| !self.is_gone(info))
    }

    /// A provider's models that were taken away: still priced, for a provider may give them longer than it said.
    pub fn retired_of(&self, provider: &str) -> impl Iterator<Item = &ModelInfo> {
        let all = self.all_of(provider).iter();
        all.filter(|info| self.is_gone(info))
    }

    fn is_gone(&self, info: &ModelInfo) -> bool {
        info.retires.is_some_and(|day| day < self.as_of)
    }

    fn all_of(&self, provider: &str) -> &[ModelInfo] {
        let begin = self.models.partition_point(|info| info.provider < provider);
        let end = self
            .models
            .partition_point(|info| info.provider <= provider);
        &self.models[begin..end]
    }

    fn exact(&self, provider: &str, model: &str) -> Option<&ModelInfo> {
        let found = self
            .models
            .binary_search_by(|info| (info.provider, info.model).cmp(&(provider, model)));
        found.ok().and_then(|index| self.models.get(index))
    }
}

/// The name before `-latest`, `-2024-07-18`, `-20240718`, `-0613` or `-001`.
fn without_snapshot(model: &str) -> Option<&str> {
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
