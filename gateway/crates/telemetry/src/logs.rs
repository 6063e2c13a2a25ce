//! Logs on standard error: fields and a constant sentence, as text or as one JSON object a line.

use std::fmt;
use std::str::FromStr;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

/// The environment variable that overrides [`LogOptions::level`] with directives such as
/// `marshal_policies=debug,warn`.
pub const LOG_ENV: &str = "MARSHAL_LOG";

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The least severe level that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Something needs a person.
    Error,
    /// Something is wrong, and Marshal carries on.
    Warn,
    /// What an operator wants to know.
    #[default]
    Info,
    /// What a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

/// What to log, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Text or JSON.
    pub format: LogFormat,
    /// For Marshal's own lines; libraries are heard from `warn` on.
    pub level: LogLevel,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LogError {
    /// The directives in the environment variable are not understood.
    #[error(
        "{LOG_ENV} is not understood; write a level such as debug, or directives such as marshal_policies=debug,warn"
    )]
    Directives,
    /// A logger was installed before.
    #[error("logging was already set up in this process")]
    AlreadySet,
}

impl LogFormat {
    /// The word in `marshal.yaml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("use text or json"),
        }
    }
}

impl LogLevel {
    /// The word in `marshal.yaml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl FromStr for LogLevel {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            "trace" => Ok(Self::Trace),
            _ => Err("use error, warn, info, debug or trace"),
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Sends this process's log lines to standard error. [`LOG_ENV`], if set, decides what is written.
///
/// Libraries that write through the `log` crate are not heard: there is no bridge.
///
/// # Errors
/// [`LogError`]: directives that are not understood, or a second call in one process.
pub fn init_logs(options: LogOptions) -> Result<(), LogError> {
    let directives = std::env::var(LOG_ENV).ok();
    let filter = filter(directives.as_deref(), options.level)?;
    subscriber(options.format, filter, std::io::stderr)
        .try_init()
        .map_err(|_| LogError::AlreadySet)
}

/// Marshal's crates at `level`, the rest from `warn` on; a bare level in `directives` means Marshal's.
fn filter(directives: Option<&str>, level: LogLevel) -> Result<EnvFilter, LogError> {
    let parse = |text: &str| EnvFilter::try_new(text).map_err(|_| LogError::Directives);
    // The span exporter's own events repeat what the tracer already says in one line.
    let ours = |level: LogLevel| format!("warn,opentelemetry=off,marshal={level}");
    match directives.map(str::trim).filter(|text| !text.is_empty()) {
        None => parse(&ours(level)),
        Some(text) => match text.parse::<LogLevel>() {
            Ok(level) => parse(&ours(level)),
            Err(_) => parse(text),
        },
    }
}

fn subscriber<W>(
    format: LogFormat,
    filter: EnvFilter,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    match format {
        LogFormat::Text => Box::new(base.finish()),
        LogFormat::Json => Box::new(
            base.json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .finish(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use std::io::Write;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, directives: Option<&str>, log: impl FnOnce()) -> String {
        let page = Page::default();
        let to = page.clone();
        let filter = filter(directives, LogLevel::Info).unwrap();
        let subscriber = subscriber(format, filter, move || to.clone());
        tracing::subscriber::with_default(subscriber, log);
        String::from_utf8(page.0.lock().clone()).unwrap()
    }

    #[test]
    fn a_json_line_has_its_fields_at_the_top() {
        let text = written(LogFormat::Json, None, || {
            tracing::info!(target: "marshal_test", budget = "research", "Budget reset.");
        });
        assert!(text.contains(r#""level":"INFO""#), "{text}");
        assert!(text.contains(r#""budget":"research""#), "{text}");
        assert!(text.contains(r#""message":"Budget reset.""#), "{text}");
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn libraries_are_heard_only_when_they_warn() {
        let text = written(LogFormat::Text, None, || {
            tracing::info!(target: "hyper", "chatter");
            tracing::warn!(target: "hyper", "trouble");
            tracing::error!(target: "opentelemetry_sdk", "noise");
            tracing::debug!(target: "marshal_edge", "detail");
        });
        assert!(!text.contains("chatter") && !text.contains("noise") && !text.contains("detail"));
        assert!(text.contains("trouble"));
    }

    #[test]
    fn one_word_in_the_environment_changes_marshals_own_level() {
        let text = written(LogFormat::Text, Some(" debug "), || {
            tracing::debug!(target: "marshal_edge", "detail");
            tracing::debug!(target: "hyper", "chatter");
        });
        assert!(text.contains("detail") && !text.contains("chatter"));
    }

    #[test]
    fn directives_that_are_not_understood_are_refused_with_an_example() {
        let error = filter(Some("marshal=loud"), LogLevel::Info).unwrap_err();
        assert_eq!(error, LogError::Directives);
        assert!(error.to_string().contains("marshal_policies=debug,warn"));
    }
}
