//! From a file and the environment to a [`Config`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use marshal_types::{ModelName, Place, Problem, ProviderName, TargetName};
use marshal_yaml::{Item, MapReader, Problems, nearest, quoted};

use crate::{
    Config, KNOWN_PROVIDERS, Provider, Strategy, VirtualModel, check, config, provider, server,
};

/// The file that is read if none is named and it is there.
pub const DEFAULT_FILE: &str = "marshal.yaml";

/// Whether the secrets that a file points to are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// They are read, and one that is missing is a problem.
    Needed,
    /// They are not read: for commands that ask no provider. Whoever verifies a trail holds no provider's key.
    Unread,
}

/// What reading needs beside the file.
pub(crate) struct Context<'c> {
    pub(crate) dir: &'c Path,
    pub(crate) env: &'c dyn Fn(&str) -> Option<String>,
    pub(crate) secrets: Secrets,
    pub(crate) problems: Problems,
}

impl Context<'_> {
    /// A variable that overrides the file; an empty one does not.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn environment_problem(&self, name: &str, what: &str) {
        let place = Place {
            file: Arc::from("environment"),
            line: 1,
            column: 1,
        };
        self.problems.add(&place, name, what);
    }
}

/// Reads `path`, or `./marshal.yaml` if it is there, or nothing; then the environment's overrides, and `secrets`.
///
/// `env` looks a variable up: `MARSHAL_DATA_LISTEN`, `MARSHAL_CONTROL_LISTEN`, `MARSHAL_DATA_DIR`, and the ones that the
/// file names for keys. Relative paths in the file are relative to its folder.
///
/// # Errors
/// Every problem, in the order of the file.
pub fn load(
    path: Option<&Path>,
    env: &dyn Fn(&str) -> Option<String>,
    secrets: Secrets,
) -> Result<Config, Vec<Problem>> {
    let path = match path {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).exists() => Path::new(DEFAULT_FILE),
        None => return read("", "", None, env, secrets),
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::InvalidData => "the file is not UTF-8 text".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        };
        vec![Problem::in_file(path, what)]
    })?;
    read(&path.display().to_string(), &text, Some(path), env, secrets)
}

/// Reads the text of a file that is called `file`; relative paths in it are relative to that file's folder.
///
/// # Errors
/// Every problem, in the order of the file.
pub fn from_text(
    file: &str,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Vec<Problem>> {
    read(file, text, Some(Path::new(file)), env, Secrets::Needed)
}

fn read(
    file: &str,
    text: &str,
    path: Option<&Path>,
    env: &dyn Fn(&str) -> Option<String>,
    secrets: Secrets,
) -> Result<Config, Vec<Problem>> {
    let node = marshal_yaml::parse(file, text).map_err(|problem| vec![problem])?;
    let context = Context {
        dir: path.and_then(Path::parent).unwrap_or(Path::new("")),
        env,
        secrets,
        problems: Problems::new(),
    };
    let config = node
        .as_map(&context.problems, "")
        .map(|map| root(map, path, &context));
    context.problems.or(config)
}

fn root(mut map: MapReader<'_>, path: Option<&Path>, context: &Context<'_>) -> Config {
    let mut config = Config {
        file: path.map(Path::to_path_buf),
        listen: server::listen(map.get("listen"), context),
        tls: map.get("tls").and_then(|item| server::tls(&item, context)),
        policies: map
            .get("policies")
            .and_then(|item| check::existing_dir(context.dir, &item)),
        shadow_policies: map
            .get("shadow_policies")
            .and_then(|item| check::existing_dir(context.dir, &item)),
        threads: map
            .opt_u64_in("threads", 1..=1_024)
            .and_then(|threads| usize::try_from(threads).ok()),
        ..Config::default()
    };
    if let Some(dir) = map.opt_str("data_dir") {
        config.data_dir = check::path(context.dir, dir);
    }
    if let Some(dir) = context.variable("MARSHAL_DATA_DIR") {
        config.data_dir = PathBuf::from(dir);
    }
    if let Some(translation) = config::translation(&mut map) {
        config.translation = translation;
    }
    if let Some(item) = map.get("policy_signers") {
        config.policy_signers = config::policy_signers(&item);
    }
    let words = [("required", true), ("on_demand", false)];
    if let Some(required) = map.opt_one_of("policy_tests", "a choice", &words) {
        config.policy_tests = required;
    }
    if let Some(item) = map.get("limits") {
        config.limits = server::limits(&item);
    }
    if let Some(item) = map.get("telemetry") {
        config.telemetry = server::telemetry(&item, context);
    }
    if let Some(item) = map.get("audit") {
        (config.audit, config.exports) = crate::trail::audit(&item, context);
    }
    for (key, item) in map
        .opt_map("providers")
        .map_or_else(Vec::new, |mut map| map.entries())
    {
        config.providers.extend(provider::read(key, &item, context));
    }
    for (key, item) in map
        .opt_map("models")
        .map_or_else(Vec::new, |mut map| map.entries())
    {
        if let Err(what) = check::name(&key.text) {
            context.problems.add(&key.place, "models", what);
        }
        let model = virtual_model(&key.text, &item, &config.providers);
        config.models.extend(model);
    }
    map.finish();
    config
}

fn virtual_model(name: &str, item: &Item<'_>, providers: &[Provider]) -> Option<VirtualModel> {
    let mut map = item.map()?;
    let mut candidates = Vec::new();
    if let Some(list) = map.require("candidates")
        && let Some(items) = list.seq()
    {
        if items.is_empty() {
            list.fail("is empty; list at least one provider/model");
        }
        for item in &items {
            match candidate(item, providers) {
                Some(target) if candidates.contains(&target) => item.fail("is listed twice"),
                Some(target) => candidates.push(target),
                None => {}
            }
        }
    }
    let strategies = [
        ("ordered", Strategy::Ordered),
        ("cost", Strategy::Cost),
        ("latency", Strategy::Latency),
        ("balanced", Strategy::Balanced),
    ];
    let strategy = map.opt_one_of("strategy", "a strategy", &strategies);
    let cache_ttl_s = map.opt_u64_in("cache_ttl_s", 1..=30 * 86_400);
    map.finish();
    Some(VirtualModel {
        name: name.to_owned(),
        candidates,
        strategy: strategy.unwrap_or_default(),
        cache_ttl_s: cache_ttl_s.and_then(|ttl| u32::try_from(ttl).ok()),
        place: item.place().clone(),
    })
}

/// `provider/model`, where the provider is configured or a known one. A known provider's models are the catalog's
/// business; another's must be listed.
fn candidate(item: &Item<'_>, providers: &[Provider]) -> Option<TargetName> {
    let text = item.str()?;
    let Some((provider, model)) = text.split_once('/') else {
        item.fail(format!(
            "{} is not a target; write provider/model",
            quoted(text)
        ));
        return None;
    };
    if let Err(what) = check::model_name(model) {
        item.fail(what);
        return None;
    }
    let configured = providers
        .iter()
        .find(|other| other.name.as_str() == provider);
    let known = match configured {
        Some(configured) => configured.known_as().is_some(),
        None => KNOWN_PROVIDERS.contains(&provider),
    };
    match configured {
        None if !known => {
            let names = providers.iter().map(|other| other.name.as_str());
            let names = names.chain(KNOWN_PROVIDERS.iter().copied());
            let hint = did_you_mean(provider, names, "add it under providers");
            item.fail(format!("there is no provider {}; {hint}", quoted(provider)));
            None
        }
        Some(configured)
            if !known && !configured.models.iter().any(|m| m.name.as_str() == model) =>
        {
            let names = configured.models.iter().map(|model| model.name.as_str());
            let hint = did_you_mean(model, names, "add it to the provider's models");
            item.fail(format!("{provider} has no model {}; {hint}", quoted(model)));
            None
        }
        _ => Some(TargetName {
            provider: ProviderName::new(provider),
            model: ModelName::new(model),
        }),
    }
}

fn did_you_mean<'a>(word: &str, among: impl Iterator<Item = &'a str>, otherwise: &str) -> String {
    match nearest(word, among) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => otherwise.to_owned(),
    }
}
