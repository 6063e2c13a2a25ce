//! The run: start everything, measure in turn, write it down.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::machine::{self, Cores, Machine};
use super::plan::{Lengths, Target, WORKLOADS, Workload};
use super::process::{self, Process};
use super::report::{Memory, Results, Round, Versions};
use super::{Options, Skip, facts, http_get, marshal, nginx, table};
use crate::error::Error;
use crate::load::Report;

/// Milliseconds between the slow mock's events: 60 of them keep a stream open for 15 s.
const SLOW_MS: u32 = 250;
/// Seconds that slow streams are held open before memory is read.
const HOLD_S: u64 = 5;

/// What a run needs to know everywhere.
struct Stand<'a> {
    options: &'a Options,
    scratch: PathBuf,
    /// This program, which is the mock and the generator too.
    own: PathBuf,
    cores: Cores,
    lengths: Lengths,
    notes: Vec<String>,
}

/// Everything that was started; dropped, it is ended.
struct Started {
    targets: Vec<Target>,
    processes: Vec<Process>,
}

pub(super) async fn all(options: &Options) -> Result<(), Error> {
    process::raise_open_files();
    let scratch = options.scratch.join(std::process::id().to_string());
    fs::create_dir_all(&scratch)
        .map_err(Error::io(format!("cannot make {}", scratch.display())))?;
    let scratch =
        fs::canonicalize(&scratch).map_err(Error::io("cannot find the scratch folder"))?;
    let _cleared = Cleared {
        folder: scratch.clone(),
        keep: options.keep,
    };
    let mut stand = Stand {
        options,
        own: std::env::current_exe().map_err(Error::io("cannot find this program"))?,
        cores: Cores::find(),
        lengths: Lengths::of(options),
        scratch,
        notes: Vec::new(),
    };
    let machine = Machine::look(&stand.scratch, stand.cores);
    let started = stand.start().await?;
    for target in &started.targets {
        stand.preflight(target).await?;
    }
    let mut results = Results::new(machine, stand.lengths, stand.versions(&started));
    for target in &started.targets {
        if let Some(pid) = target.pid {
            eprintln!("memory: {}", target.name);
            results
                .memory
                .insert(target.name, stand.memory(target, pid).await?);
        }
    }
    for workload in WORKLOADS.iter().filter(|workload| stand.wanted(workload)) {
        let rounds = stand.rounds(workload, &started.targets).await?;
        results.add(workload, rounds);
    }
    drop(started);
    results.finish(std::mem::take(&mut stand.notes));
    write(&options.out, &results)
}

/// Removes the scratch folder at the end, whatever the end is.
struct Cleared {
    folder: PathBuf,
    keep: bool,
}

impl Drop for Cleared {
    fn drop(&mut self) {
        if self.keep {
            eprintln!("kept {}", self.folder.display());
        } else {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn write(out: &Path, results: &Results) -> Result<(), Error> {
    let what = || format!("cannot write to {}", out.display());
    fs::create_dir_all(out).map_err(Error::io(what()))?;
    let json =
        serde_json::to_string_pretty(results).map_err(|error| Error::io(what())(error.into()))?;
    fs::write(out.join("latest.json"), json + "\n").map_err(Error::io(what()))?;
    let table = table::render(results);
    fs::write(out.join("latest.md"), &table).map_err(Error::io(what()))?;
    println!("{table}");
    Ok(())
}

impl Stand<'_> {
    async fn start(&mut self) -> Result<Started, Error> {
        let ports = process::free_ports::<7>()?;
        let [mock, slow_mock, whole, streams, slow, data, control] = ports;
        let mut started = Started {
            targets: Vec::new(),
            processes: Vec::new(),
        };
        started.processes.push(self.mock("mock", mock, 0)?);
        started
            .processes
            .push(self.mock("slow mock", slow_mock, SLOW_MS)?);
        answers(local(mock), "the mock").await?;
        answers(local(slow_mock), "the slow mock").await?;

        if self.options.skips(Skip::Nginx) {
            self.notes
                .push("nginx was left out; there is no ratio.".to_owned());
        } else {
            let ports = nginx::Ports {
                whole,
                streams,
                slow,
                mock,
                slow_mock,
            };
            match nginx::start(&self.options.nginx, &self.scratch, self.cores, ports) {
                Ok(process) => {
                    if let Err(error) = answers(local(whole), "nginx").await {
                        let said = marshal::last_words(&self.scratch.join("nginx-errors.log"));
                        self.notes.push(format!(
                            "nginx does not run, so there is no ratio: {error} {said}"
                        ));
                    } else {
                        let target =
                            self.target("nginx", [whole, streams, slow], Some(&process), "")?;
                        started.targets.push(target);
                        started.processes.push(process);
                    }
                }
                Err(error) => self
                    .notes
                    .push(format!("nginx does not run, so there is no ratio: {error}")),
            }
        }

        if self.options.skips(Skip::Marshal) {
            self.notes.push("marshal was left out.".to_owned());
        } else {
            let ports = marshal::Ports {
                data,
                control,
                mock,
                slow_mock,
            };
            let (program, policies) = (&self.options.marshal, &self.options.policies);
            let gateway =
                marshal::start(program, policies, &self.scratch, self.cores, ports).await?;
            let target = self.target("marshal", [data; 3], Some(&gateway.process), &gateway.key)?;
            started.targets.push(target);
            started.processes.push(gateway.process);
        }
        let target = self.target("direct", [mock, mock, slow_mock], None, "")?;
        started.targets.push(target);
        Ok(started)
    }

    fn mock(&self, name: &'static str, port: u16, delay_ms: u32) -> Result<Process, Error> {
        let mut command = process::load_side(self.cores, true, &self.own);
        command.args(["mock", "--listen", &local(port).to_string()]);
        command.args(["--chunk-delay-ms", &delay_ms.to_string()]);
        let log = self.scratch.join(format!("{}.log", name.replace(' ', "-")));
        Process::start(name, command, &log)
    }

    fn target(
        &self,
        name: &'static str,
        [whole, streams, slow]: [u16; 3],
        process: Option<&Process>,
        key: &str,
    ) -> Result<Target, Error> {
        // Everyone is sent a key of the same length, so that everyone reads the same bytes.
        let key = if key.is_empty() {
            "mk_0000000000000000000000000000000000000000000"
        } else {
            key
        };
        let headers = self.scratch.join(format!("{name}.headers"));
        let line = format!("authorization: Bearer {key}\n");
        fs::write(&headers, line).map_err(Error::io("cannot write the headers file"))?;
        Ok(Target {
            name,
            whole: local(whole),
            streams: local(streams),
            slow: local(slow),
            pid: process.map(Process::pid),
            headers,
        })
    }

    /// One whole answer and one stream must come through before anything is measured.
    async fn preflight(&self, target: &Target) -> Result<(), Error> {
        let header = fs::read_to_string(&target.headers).unwrap_or_default();
        for (stream, model, address, end) in [
            (false, "mock-model", target.whole, "\"usage\""),
            (true, "mock-model", target.streams, "[DONE]"),
        ] {
            let body = format!(
                r#"{{"model":"{model}","max_tokens":256,"stream":{stream},"messages":[{{"role":"user","content":"hello"}}]}}"#
            );
            let request = format!(
                "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}\r\n\r\n{body}",
                body.len(),
                header.trim_end()
            );
            let answer = http_get::exchange(address, request.as_bytes()).await;
            let good = answer
                .as_ref()
                .is_some_and(|(status, text)| *status == 200 && text.contains(end));
            if !good {
                let said = answer.map_or_else(
                    || "nothing".to_owned(),
                    |(_, text)| text.chars().take(1200).collect(),
                );
                let name = target.name;
                return Err(Error::Bench(format!(
                    "{name} does not pass a call on (stream: {stream}); it said:\n{said}"
                )));
            }
        }
        Ok(())
    }

    fn versions(&self, started: &Started) -> Versions {
        let runs = |name| started.targets.iter().any(|target| target.name == name);
        Versions {
            marshal: runs("marshal")
                .then(|| machine::version(&self.options.marshal, "--version"))
                .flatten(),
            nginx: runs("nginx")
                .then(|| machine::version(&self.options.nginx, "-v"))
                .flatten(),
        }
    }

    fn wanted(&self, workload: &Workload) -> bool {
        let names = &self.options.workload;
        names.is_empty()
            || names
                .iter()
                .any(|name| workload.name.contains(name.as_str()))
    }

    /// Every target once a round; who begins changes, so that nobody always runs in another's wake.
    async fn rounds(
        &self,
        workload: &Workload,
        targets: &[Target],
    ) -> Result<Vec<Vec<(&'static str, Round)>>, Error> {
        let mut rounds = Vec::new();
        for round in 0..usize::try_from(self.lengths.rounds).unwrap_or(1) {
            let mut measured = Vec::new();
            for at in 0..targets.len() {
                let target = &targets[(at + round) % targets.len()];
                let one = self.measure(workload, target).await?;
                eprintln!(
                    "{} round {}: {} {:.0}/s",
                    workload.name,
                    round + 1,
                    target.name,
                    one.report.per_second
                );
                measured.push((target.name, one));
            }
            rounds.push(measured);
        }
        Ok(rounds)
    }

    async fn measure(&self, workload: &Workload, target: &Target) -> Result<Round, Error> {
        let mut arguments = vec![
            "--url".to_owned(),
            format!(
                "http://{}/v1/chat/completions",
                target.address(workload.stream)
            ),
            "--concurrency".to_owned(),
            workload.concurrency.to_string(),
            "--body-bytes".to_owned(),
            workload.body_bytes.to_string(),
            "--duration".to_owned(),
            self.lengths.seconds.to_string(),
        ];
        if workload.stream {
            arguments.push("--stream".to_owned());
        }
        if let Some(rate) = workload.rate {
            arguments.extend(["--rate".to_owned(), rate.to_string()]);
        }
        let cpu = |pid: Option<u32>| pid.map(facts::cpu_seconds);
        let busy = || self.cores.gateway.map(facts::core_seconds);
        let (start, cpu_before, busy_before) = (Instant::now(), cpu(target.pid), busy());
        let report = self.load(target, arguments, workload.saturates()).await?;
        let (cpu_after, busy_after) = (cpu(target.pid), busy());
        let delta = |after: Option<f64>, before: Option<f64>| Some(after? - before?);
        Ok(Round {
            wall_s: start.elapsed().as_secs_f64(),
            cpu_s: delta(cpu_after, cpu_before),
            core_s: delta(busy_after, busy_before),
            report,
        })
    }

    /// Memory when nothing happens, and with many slow streams open.
    async fn memory(&self, target: &Target, pid: u32) -> Result<Memory, Error> {
        let idle_kib = facts::resident_kib(pid);
        let arguments = [
            "--url".to_owned(),
            format!("http://{}/v1/chat/completions", target.slow),
            "--model".to_owned(),
            "slow-model".to_owned(),
            "--stream".to_owned(),
            "--warmup".to_owned(),
            "0".to_owned(),
            "--concurrency".to_owned(),
            self.lengths.open_streams.to_string(),
            "--duration".to_owned(),
            (HOLD_S + 1).to_string(),
        ];
        let read = async {
            tokio::time::sleep(Duration::from_secs(HOLD_S)).await;
            facts::resident_kib(pid)
        };
        let (report, streams_kib) = tokio::join!(self.load(target, arguments.into(), false), read);
        Ok(Memory::new(idle_kib, streams_kib, &report?))
    }

    /// Runs the generator as a program of its own, on its core.
    async fn load(
        &self,
        target: &Target,
        arguments: Vec<String>,
        batch: bool,
    ) -> Result<Report, Error> {
        let mut command =
            tokio::process::Command::from(process::load_side(self.cores, batch, &self.own));
        command.arg("load").args(arguments);
        command.arg("--header-file").arg(&target.headers);
        command.stdin(Stdio::null()).kill_on_drop(true);
        // A run is its duration and a little; a generator that hangs must not hang the bench.
        let patience = Duration::from_secs(u64::from(self.lengths.seconds) + HOLD_S + 30);
        let output = tokio::time::timeout(patience, command.output()).await;
        let output = output.map_err(|_| Error::Bench("the load generator hung".to_owned()))?;
        let output = output.map_err(Error::io("cannot run the load generator"))?;
        serde_json::from_slice(&output.stdout).map_err(|_| {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Error::Bench(format!("the load generator failed: {said}"))
        })
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Waits until someone answers there.
async fn answers(address: SocketAddr, who: &str) -> Result<(), Error> {
    for _ in 0..200 {
        if http_get::status(address, "/healthz").await == Some(200) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(Error::Bench(format!("{who} does not answer on {address}")))
}
