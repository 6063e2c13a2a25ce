//! Configuration in, gateway out: every room of the house is furnished here, and only here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use marshal_admin::{Logins, Readiness};
use marshal_audit::KeyChangeKind;
use marshal_audit_sink::{DataLock, Sink, Spool, SpoolOptions, bring_back, claim, new_instance};
use marshal_config::{ApiKey, Config, LogFormat, LogLevel, OtlpProtocol, Secrets, Strategy};
use marshal_payloads::Payloads;
use marshal_pipeline::{
    Adapters, Audit, Authenticate, Authorize, Cache, Comply, Decode, Governance, Governed, Inspect,
    Leaving, Limit, Observe, Reserve, Route, Scopes, Shared, StepLayer, Steps, Telemetry, governed,
};
use marshal_routing::{Directory, Router, VirtualModel};
use marshal_state::{Concurrency, Embedded, Keys, NewKey, Objects, write_atomic};
use marshal_telemetry::{LogOptions, Metrics, TraceOptions, Tracer};
use marshal_types::{Clock, Problem, Secret, SystemClock, random_bytes};
use parking_lot::{Mutex, RwLock};

use crate::anchors::{Anchors, Witness};
use crate::cold::{Archive, Store};
use crate::control::ControlParts;
use crate::exports::Exports;
use crate::fleet::Everywhere;
use crate::governance::{Demands, Seen};
use crate::housekeeping::{Housekeeping, PolicyNews, key_change};
use crate::paths;
use crate::providers::{Providers, gather};

/// What was configured, checked whole.
pub(crate) struct Checked {
    pub config: Config,
    pub policies: Option<PathBuf>,
    pub seen: Seen,
    pub governance: Governance,
    pub providers: Providers,
    pub directory: Directory,
}

/// Loads configuration and policies.
///
/// # Errors
/// Every problem, in all files.
pub(crate) fn check(
    config: Option<&Path>,
    policies: Option<&Path>,
    secrets: Secrets,
) -> Result<Checked, Vec<Problem>> {
    let env = |name: &str| std::env::var(name).ok();
    let config = marshal_config::load(config, &env, secrets);
    let folder = policies.map(Path::to_owned).or_else(|| {
        config
            .as_ref()
            .ok()
            .and_then(|config| config.policies.clone())
    });
    // Where the configuration cannot be read, its own mistakes are told and no demands of its.
    let demands = config.as_ref().map(Demands::of).unwrap_or_default();
    let seen = Seen::of(folder.as_deref(), &demands);
    let source = crate::governance::source(folder.as_deref());
    let governance = crate::governance::load(&source, &demands);
    let (config, governance) = both(config, governance)?;
    let providers = gather(&config, &env)?;
    let directory = directory(&config, &providers)?;
    Ok(Checked {
        config,
        policies: folder,
        seen,
        governance,
        providers,
        directory,
    })
}

/// Both, or the problems of both.
fn both<A, B>(
    a: Result<A, Vec<Problem>>,
    b: Result<B, Vec<Problem>>,
) -> Result<(A, B), Vec<Problem>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(mut a), Err(b)) => {
            a.extend(b);
            Err(a)
        }
        (Err(problems), _) | (_, Err(problems)) => Err(problems),
    }
}

fn directory(config: &Config, providers: &Providers) -> Result<Directory, Vec<Problem>> {
    let virtuals = config.models.iter().map(|model| VirtualModel {
        name: model.name.clone(),
        candidates: model.candidates.clone(),
        strategy: match model.strategy {
            Strategy::Ordered => marshal_routing::Strategy::Ordered,
            Strategy::Cost => marshal_routing::Strategy::Cost,
            Strategy::Latency => marshal_routing::Strategy::Latency,
            Strategy::Balanced => marshal_routing::Strategy::Balanced,
        },
        cache_ttl_s: model.cache_ttl_s,
    });
    let file = config
        .file
        .clone()
        .unwrap_or_else(|| marshal_config::DEFAULT_FILE.into());
    let place_of = |sentence: &str| {
        config
            .models
            .iter()
            .find(|model| sentence.contains(&model.name))
            .map(|model| model.place.clone())
    };
    Directory::new(providers.targets.clone(), virtuals.collect()).map_err(|sentences| {
        sentences
            .into_iter()
            .map(|sentence| match place_of(&sentence) {
                Some(place) => Problem::at(place, sentence),
                None => Problem::in_file(file.clone(), sentence),
            })
            .collect()
    })
}

/// The gateway, ready to be served.
pub(crate) struct Gateway {
    pub config: Config,
    pub governed: Governed,
    pub control: axum::Router,
    pub housekeeping: Arc<Housekeeping>,
    pub exports: Arc<Exports>,
    pub readiness: Arc<Readiness>,
    pub sink: Sink,
    pub spool: Option<Arc<Spool>>,
    pub store: Arc<Embedded>,
    pub tracer: Tracer,
    pub metrics: Arc<Metrics>,
    pub first_key: Option<Secret>,
    pub login: Option<Secret>,
    pub model: String,
    pub lock: DataLock,
}

/// Furnishes the gateway. `upgrade`: another process serves this data folder still and hands over to this one.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn assemble(
    checked: Checked,
    upgrade: bool,
    leaving: Arc<dyn Leaving>,
) -> Result<Gateway, String> {
    let Checked {
        config,
        policies,
        seen,
        governance,
        providers,
        directory,
    } = checked;
    let data = config.data_dir.clone();
    make_private(&data)?;
    let lock = DataLock::acquire(&data, upgrade).map_err(|error| error.to_string())?;
    let clock: Arc<dyn Clock> = SystemClock::new();
    let state = paths::state(&data);
    make_private(&state)?;
    let keys = Arc::new(Keys::open(&state, clock.clone()).map_err(|error| chain(&error))?);
    let store = Arc::new(Embedded::open(&state, clock.clone()).map_err(|error| chain(&error))?);
    let logins = Arc::new(Logins::open(&state, clock.clone()).map_err(|error| chain(&error))?);
    crate::revisions::keep(&data, &governance.bundle)?;
    let sink = open_trail(&config, &governance, upgrade, &clock)?;
    let spool = open_spool(&config, &sink, &clock)?;
    let recorded: BTreeMap<_, _> = keys
        .list()
        .iter()
        .map(|key| (key.id.clone(), key.revoked.is_some()))
        .collect();
    let recorded = Arc::new(RwLock::new(recorded));
    let first_key = first_key(&keys, &sink, &recorded)?;
    let login = if first_key.is_some() {
        Some(logins.issue().map_err(|error| chain(&error))?)
    } else {
        None
    };

    let version = env!("CARGO_PKG_VERSION");
    let conventions = config.telemetry.conventions;
    let metrics = Arc::new(Metrics::following(version, conventions));
    let max_calls = u32::try_from(config.limits.max_connections).unwrap_or(u32::MAX);
    metrics.calls_limit(max_calls);
    for provider in &config.providers {
        if let Some(known) = provider.known_as() {
            metrics.provider_is(&provider.name, known);
        }
    }
    metrics.admit_targets(providers.targets.iter().map(|target| &target.name));
    metrics.policy_in_force(&governance.digest);
    metrics.audit_healthy(true);
    let tracer = tracer(&config, &clock, &metrics)?;
    let model = directory
        .models()
        .next()
        .map(|listed| listed.id.to_string())
        .unwrap_or_default();
    let governance = Arc::new(ArcSwap::from_pointee(governance));
    let news = Arc::new(RwLock::new(PolicyNews {
        loaded: clock.now(),
        problems: Vec::new(),
    }));
    let targets = Arc::new(Router::new(clock.clone()));
    let readiness = Arc::new(Readiness::new());
    // With a second folder that takes records there are calls that go on.
    let (trail, second) = (sink.clone(), spool.clone());
    let goes_on = move || second.as_ref().is_some_and(|spool| spool.healthy());
    let spooled = goes_on.clone();
    readiness.check(move || {
        (!trail.healthy() && !spooled()).then(|| "the audit trail cannot be written".to_owned())
    });

    let payloads = Payloads::open(&data, new_instance(&*clock).as_str(), clock.clone())
        .map_err(|error| chain(&error))?;
    let kept = payloads.clone();
    readiness.check(move || {
        (!kept.healthy() && !goes_on())
            .then(|| "what calls say cannot be kept: the disk does not answer".to_owned())
    });
    let shared = Arc::new(Shared {
        clock: clock.clone(),
        sink: sink.clone(),
        spool: spool.clone(),
        payloads: payloads.clone(),
        telemetry: Telemetry {
            metrics: metrics.clone(),
            tracer: tracer.clone(),
            traceparent_to_providers: config.telemetry.traceparent_to_providers,
            scheme: if config.tls.is_some() {
                "https"
            } else {
                "http"
            },
        },
        store: store.clone(),
        concurrency: Concurrency::new(),
        keys: keys.clone(),
        objects: Objects::open(&paths::state(&data)).map_err(|error| chain(&error))?,
        governance: governance.clone(),
        directory,
        router: targets.clone(),
        providers: providers
            .by_name
            .into_iter()
            .map(|(name, provider)| (name, Arc::new(provider)))
            .collect(),
        adapters: Adapters {
            openai: Arc::new(marshal_openai::OpenAi),
            anthropic: Arc::new(marshal_anthropic::Anthropic),
            responses: Arc::new(marshal_responses::Responses),
            gemini: Arc::new(marshal_gemini::Gemini),
            bedrock: Arc::new(marshal_bedrock::Bedrock),
            cohere: Arc::new(marshal_cohere::Cohere),
            ollama: Arc::new(marshal_ollama::Ollama),
        },
        scopes: Scopes::new(&surrogate_root(&data)?),
        guards: crate::upstream::transport(Duration::from_secs(2), None)?,
        max_calls,
        max_body_bytes: config.limits.max_body_bytes,
        body_timeout: config.limits.body_timeout,
        leaving,
    });
    let index = crate::trail::open_index(&data)?;
    let fleet = crate::fleet::open(&config)?;
    let control = crate::control::router(ControlParts {
        keys: keys.clone(),
        logins,
        audit: match &fleet {
            Some(fleet) => Arc::new(Everywhere {
                fleet: fleet.clone(),
                here: index.clone(),
                alone: Mutex::new(None),
            }),
            None => index.clone(),
        },
        readiness: readiness.clone(),
        metrics: metrics.clone(),
        governance: governance.clone(),
        news: news.clone(),
        targets,
        sink: sink.clone(),
        recorded: recorded.clone(),
        clock: clock.clone(),
        data_url: format!(
            "{}://{}",
            if config.tls.is_some() {
                "https"
            } else {
                "http"
            },
            config.listen.data
        ),
    });
    let gauges = metrics.clone();
    let witness = Witness::open(
        &config.audit.witness_for,
        &config.audit.name,
        crate::signing::signer(&config)?,
        paths::state(&data),
        clock.clone(),
    )?;
    let control = control.merge(crate::anchors::router(Arc::new(witness)));
    let anchors = Arc::new(Anchors {
        settings: config.audit.clone(),
        sink: sink.clone(),
        spool: spool.clone(),
        data: data.clone(),
        transport: crate::upstream::transport(Duration::from_secs(2), None)?,
        clock: clock.clone(),
        metrics: metrics.clone(),
    });
    let archive = archive(&config, &metrics, &clock)?;
    let exports = Arc::new(Exports::new(&config, &metrics, &clock)?);
    crate::exports::record_standing(&config, &sink);
    let housekeeping = Arc::new(Housekeeping {
        anchors,
        archive,
        fleet,
        data: data.clone(),
        payloads,
        index,
        policies,
        seen,
        demands: Demands::of(&config),
        governance,
        news,
        keys,
        store: store.clone(),
        sink: sink.clone(),
        spool: spool.clone(),
        metrics,
        clock,
        told: Mutex::new(Ok(())),
        forgotten: Mutex::new(crate::deeds::newest(&data)),
        recorded,
    });
    let governed = governed(steps(&shared), Route(shared));
    Ok(Gateway {
        config,
        governed,
        control,
        housekeeping,
        exports,
        readiness,
        sink,
        spool,
        store,
        tracer,
        metrics: gauges,
        first_key,
        login,
        model,
        lock,
    })
}

fn steps(shared: &Arc<Shared>) -> Steps {
    Steps {
        observe: StepLayer(Observe(shared.clone())),
        audit: StepLayer(Audit(shared.clone())),
        authenticate: StepLayer(Authenticate(shared.clone())),
        decode: StepLayer(Decode(shared.clone())),
        authorize: StepLayer(Authorize(shared.clone())),
        limit: StepLayer(Limit(shared.clone())),
        inspect: StepLayer(Inspect(shared.clone())),
        comply: StepLayer(Comply(shared.clone())),
        cache: StepLayer(Cache(shared.clone())),
        budget: StepLayer(Reserve(shared.clone())),
    }
}

fn open_trail(
    config: &Config,
    governance: &Governance,
    upgrade: bool,
    clock: &Arc<dyn Clock>,
) -> Result<Sink, String> {
    let mut options = crate::trail::options(config, clock)?;
    options.policy = governance.digest;
    options.handover = upgrade;
    if let Some(folder) = &config.audit.spool {
        make_private(folder)?;
        claim(folder, &config.data_dir)?;
        let brought = bring_back(folder, &config.data_dir).map_err(|error| {
            format!(
                "what an earlier process recorded in the second folder {} cannot be brought into the audit trail: {error}",
                folder.display()
            )
        })?;
        if brought > 0 {
            tracing::warn!(
                chains = brought,
                "Records that an earlier process had to put into the second folder are in the audit trail again."
            );
        }
    }
    let (sink, recovered) = Sink::open(options).map_err(|error| chain(&error))?;
    if recovered.interrupted > 0 {
        tracing::warn!(
            attempts = recovered.interrupted,
            "An earlier process ended midway; its open attempts are recorded as interrupted."
        );
    }
    for problem in &recovered.problems {
        tracing::error!(
            ?problem,
            "The audit trail is not as it was written; `marshal audit verify` says more."
        );
    }
    Ok(sink)
}

fn archive(
    config: &Config,
    metrics: &Metrics,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<Archive>>, String> {
    let Some(settings) = &config.audit.archive else {
        return Ok(None);
    };
    let transport = crate::upstream::transport(Duration::from_secs(5), None)?;
    Ok(Some(Arc::new(Archive {
        store: Store::new(&settings.store, transport, clock.clone()),
        every: settings.every,
        trail: marshal_audit::trail_folder(&config.data_dir),
        data: config.data_dir.clone(),
        metrics: metrics.export("archive"),
    })))
}

fn open_spool(
    config: &Config,
    sink: &Sink,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<Spool>>, String> {
    let Some(dir) = config.audit.spool.clone() else {
        return Ok(None);
    };
    let options = crate::trail::options(config, clock)?;
    let spool = SpoolOptions {
        dir,
        data: config.data_dir.clone(),
        version: options.version,
        clock: clock.clone(),
        signing: options.signing,
    };
    Ok(Some(Spool::new(spool, sink.clone())))
}

/// The first start makes one key, durable before the gateway is ready.
fn first_key(
    keys: &Keys,
    sink: &Sink,
    recorded: &RwLock<BTreeMap<marshal_types::KeyId, bool>>,
) -> Result<Option<Secret>, String> {
    if !keys.is_empty() {
        return Ok(None);
    }
    let (info, secret) = keys
        .create(NewKey::named("first key"))
        .map_err(|error| chain(&error))?;
    recorded.write().insert(info.id.clone(), false);
    sink.append(&key_change(&info, KeyChangeKind::Created, "first start"))
        .wait()
        .map_err(|error| chain(&error))?;
    Ok(Some(secret))
}

fn tracer(config: &Config, clock: &Arc<dyn Clock>, metrics: &Metrics) -> Result<Tracer, String> {
    let otlp = config.telemetry.otlp.as_ref();
    let options = TraceOptions {
        otlp_endpoint: otlp.map(|otlp| otlp.endpoint.clone()),
        protocol: match otlp.map(|otlp| otlp.protocol) {
            Some(OtlpProtocol::Grpc) => marshal_telemetry::OtlpProtocol::Grpc,
            Some(OtlpProtocol::Http) | None => marshal_telemetry::OtlpProtocol::Http,
        },
        service_name: config.telemetry.service_name.clone(),
        service_version: env!("CARGO_PKG_VERSION").to_owned(),
        tls: otlp
            .map(|otlp| crate::upstream::tls(otlp.tls_ca.as_deref()))
            .transpose()?,
        headers: otlp.map_or_else(Vec::new, |otlp| {
            let header = |(name, value): &(String, ApiKey)| (name.clone(), value.secret.clone());
            otlp.headers.iter().map(header).collect()
        }),
        sample_ratio: otlp.map_or(1.0, |otlp| f64::from(otlp.sample_millionths) / 1_000_000.0),
        conventions: config.telemetry.conventions,
    };
    Tracer::new(options, clock.clone(), metrics)
        .map_err(|error| format!("telemetry.otlp: {}", chain(&error)))
}

/// Sets the log up, once a process.
///
/// # Errors
/// A sentence if `MARSHAL_LOG` is not understood.
pub(crate) fn init_logs(config: &Config) -> Result<(), String> {
    let format = match config.telemetry.log_format {
        LogFormat::Text => marshal_telemetry::LogFormat::Text,
        LogFormat::Json => marshal_telemetry::LogFormat::Json,
    };
    let level = match config.telemetry.log_level {
        LogLevel::Error => marshal_telemetry::LogLevel::Error,
        LogLevel::Warn => marshal_telemetry::LogLevel::Warn,
        LogLevel::Info => marshal_telemetry::LogLevel::Info,
        LogLevel::Debug => marshal_telemetry::LogLevel::Debug,
        LogLevel::Trace => marshal_telemetry::LogLevel::Trace,
    };
    marshal_telemetry::init_logs(LogOptions { format, level }).map_err(|error| chain(&error))
}

/// Surrogates stay the same over restarts, so that providers' prompt caches keep hitting.
fn surrogate_root(data: &Path) -> Result<Secret, String> {
    let folder = paths::state(data);
    if let Ok(text) = std::fs::read_to_string(folder.join(paths::SURROGATE_ROOT))
        && text.len() >= 64
    {
        return Ok(Secret::new(text));
    }
    let root: String = random_bytes::<32>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    write_atomic(&folder, paths::SURROGATE_ROOT, root.as_bytes()).map_err(|error| chain(&error))?;
    Ok(Secret::new(root))
}

/// Makes a folder that only its owner may look into.
fn make_private(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| format!("cannot make the folder {}: {error}; choose another with data_dir or MARSHAL_DATA_DIR", folder.display()))
}

/// An error with its causes, once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_is_edited_while_the_gateway_starts_is_read_again() {
        let folder = std::env::temp_dir().join(format!("marshal-assemble-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let shipped = marshal_policies::Bundle::load(&crate::governance::source(None)).unwrap();
        for (name, text) in shipped.files() {
            std::fs::write(folder.join(name), text.as_bytes()).unwrap();
        }

        let Ok(checked) = check(None, Some(&folder), Secrets::Unread) else {
            panic!("the shipped policies are good");
        };
        let looked = || Seen::of(Some(&folder), &Demands::default());
        assert_eq!(looked(), checked.seen, "nothing changed");
        std::fs::write(folder.join("limits.yaml"), "version: 1\nlimits: {}\n").unwrap();
        assert_ne!(looked(), checked.seen, "the edit came after the look");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
