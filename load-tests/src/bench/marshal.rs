//! Marshal as it is measured: everything on, as shipped, but for limits out of the way.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http_get;
use super::machine::Cores;
use super::process::{self, Process};
use crate::error::Error;

/// How long the gateway may take to be ready.
const PATIENCE: Duration = Duration::from_secs(20);
/// Keys of `limits.yaml` and what they are raised to: shipped limits would measure themselves.
const RAISED: [(&str, &str); 4] = [
    ("requests_per_minute", "100000000"),
    ("tokens_per_minute", "1000000000000"),
    ("concurrent_calls", "100000"),
    ("limit_usd", "1000000"),
];

/// The gateway's ports, and those of the two mocks behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) data: u16,
    pub(super) control: u16,
    pub(super) mock: u16,
    pub(super) slow_mock: u16,
}

/// A gateway that is ready, and a key for it.
pub(super) struct Gateway {
    pub(super) process: Process,
    pub(super) key: String,
}

/// Starts the gateway in `scratch` and waits until it is ready.
pub(super) async fn start(
    program: &Path,
    policies: &Path,
    scratch: &Path,
    cores: Cores,
    ports: Ports,
) -> Result<Gateway, Error> {
    if !program.is_file() {
        let hint = "build it with `cargo build --release`, or say --marshal FILE or --skip marshal";
        return Err(Error::Bench(format!(
            "{} is not there; {hint}",
            program.display()
        )));
    }
    let config = scratch.join("marshal.yaml");
    fs::write(&config, configuration(scratch, ports))
        .map_err(Error::io("cannot write marshal.yaml"))?;
    let bundle = scratch.join("policies");
    copy_bundle(policies, &bundle)?;
    // Before the start on a fresh folder; a build that takes keys only while running is asked again.
    let early = create_key(program, &config);
    let mut command = process::gateway_side(cores, program);
    command
        .arg("serve")
        .arg("--config")
        .arg(&config)
        .arg("--policies")
        .arg(&bundle);
    let log = scratch.join("marshal.log");
    let mut process = Process::start("marshal", command, &log)?;
    let ready = wait_ready(&mut process, ports.control).await;
    ready
        .map_err(|error| Error::Bench(format!("{error}; its last words:\n{}", last_words(&log))))?;
    let key = early.or_else(|_| create_key(program, &config))?;
    Ok(Gateway { process, key })
}

/// The last lines of a log.
pub(super) fn last_words(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

async fn wait_ready(process: &mut Process, control: u16) -> Result<(), Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, control));
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        process.check()?;
        if http_get::status(address, "/readyz").await == Some(200) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(Error::Bench(format!(
        "marshal was not ready after {} s",
        PATIENCE.as_secs()
    )))
}

fn configuration(scratch: &Path, ports: Ports) -> String {
    let Ports {
        data,
        control,
        mock,
        slow_mock,
    } = ports;
    let data_dir = Value::String(scratch.join("data").display().to_string());
    let provider = |name: &str, port: u16| {
        format!(
            "  {name}:
    base_url: http://127.0.0.1:{port}/v1
    dialects: [openai, anthropic]
    models: [{{name: {name}-model, price: {{input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6}}}}]
    facts: {{pci: true, local: true, region: local}}
"
        )
    };
    format!(
        "listen: {{data: \"127.0.0.1:{data}\", control: \"127.0.0.1:{control}\"}}
data_dir: {data_dir}
threads: 1
providers:
{}{}",
        provider("mock", mock),
        provider("slow", slow_mock)
    )
}

/// Copies the bundle's files, the tests beside them aside, and raises the limits.
fn copy_bundle(from: &Path, to: &Path) -> Result<(), Error> {
    let what = || format!("cannot copy the policies of {}", from.display());
    fs::create_dir_all(to).map_err(Error::io(what()))?;
    for entry in fs::read_dir(from).map_err(Error::io(what()))? {
        let file: PathBuf = entry.map_err(Error::io(what()))?.path();
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if !file.is_file() || name.ends_with(".test.yaml") {
            continue;
        }
        let mut bytes = fs::read(&file).map_err(Error::io(what()))?;
        if name == "limits.yaml" {
            bytes = raise(&String::from_utf8_lossy(&bytes)).into_bytes();
        }
        fs::write(to.join(&name), bytes).map_err(Error::io(what()))?;
    }
    Ok(())
}

/// Raises every limit, wherever it stands; the rest of the file stays as it is.
fn raise(text: &str) -> String {
    let mut raised = text.to_owned();
    for (name, value) in RAISED {
        let key = format!("{name}: ");
        let mut parts = raised.split(&key);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            out.push_str(&key);
            out.push_str(value);
            out.push_str(part.trim_start_matches(|sign: char| {
                sign.is_ascii_digit() || sign == '.' || sign == '_'
            }));
        }
        raised = out;
    }
    raised
}

fn create_key(program: &Path, config: &Path) -> Result<String, Error> {
    let mut command = std::process::Command::new(program);
    command.args(["key", "create", "--config"]).arg(config);
    command
        .args(["--name", "bench", "--json"])
        .stdin(Stdio::null());
    let output = command
        .output()
        .map_err(Error::io("cannot run marshal key create"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let answer: Option<Value> = serde_json::from_str(last).ok();
    let key = answer.and_then(|answer| answer["key"].as_str().map(str::to_owned));
    key.ok_or_else(|| {
        // Standard output may hold a key in another form, so it is not repeated.
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Error::Bench(format!(
            "marshal key create gave no key ({}): {said}",
            output.status
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_raised_and_nothing_else_is_touched() {
        let text = "limits:\n  - {subject: \"*\", requests_per_minute: 60000, concurrent_calls: 1000}\nbudgets:\n  - {name: a, limit_usd: 99.50}\n  - {limit_usd: 1}\n";
        assert_eq!(
            raise(text),
            "limits:\n  - {subject: \"*\", requests_per_minute: 100000000, concurrent_calls: 100000}\nbudgets:\n  - {name: a, limit_usd: 1000000}\n  - {limit_usd: 1000000}\n"
        );
    }

    #[test]
    fn both_mocks_are_providers_of_the_configuration() {
        let ports = Ports {
            data: 1,
            control: 2,
            mock: 3,
            slow_mock: 4,
        };
        let text = configuration(Path::new("/scratch"), ports);
        assert!(text.contains("  mock:\n    base_url: http://127.0.0.1:3/v1\n"));
        assert!(text.contains("  slow:\n    base_url: http://127.0.0.1:4/v1\n"));
        assert!(text.contains("{name: slow-model, price:"));
    }
}
