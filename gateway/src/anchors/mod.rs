//! Brings checkpoints out of this machine's reach: what somebody else holds, nobody here can take back.

mod timestamp;
mod witness;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use marshal_audit::proof::Checkpoint;
use marshal_audit_sink::{Sink, Spool};
use marshal_config::{Anchor, AuditSettings};
use marshal_pipeline::Transport;
use marshal_telemetry::Metrics;
use marshal_types::{Clock, InstanceId};

use crate::cold::Store;
use crate::exports::Fares;
use crate::upstream;

pub(crate) use witness::{Witness, router};

/// An answer that is longer is none.
const MOST_ANSWER: usize = 64 * 1024;
/// How long another machine may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a step of git may take.
const GIT_PATIENCE: Duration = Duration::from_secs(60);

/// What brings checkpoints away.
pub(crate) struct Anchors {
    pub settings: AuditSettings,
    pub sink: Sink,
    /// What came back from a second folder stands in no tree of the sink's.
    pub spool: Option<Arc<Spool>>,
    pub data: PathBuf,
    pub transport: Transport,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<Metrics>,
}

impl Anchors {
    /// Runs until the process ends.
    pub(crate) async fn run(self: Arc<Self>) {
        if self.settings.anchors.is_empty() {
            return;
        }
        let mut tick = tokio::time::interval(self.settings.anchor_every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let anchors = &self.settings.anchors;
        // What each was brought last, of each source.
        let mut brought: Vec<[Option<Arc<str>>; 2]> = vec![[None, None]; anchors.len()];
        let fares = anchors.iter().enumerate().map(|(at, anchor)| {
            let before = anchors[..at].iter();
            let number = 1 + before.filter(|one| name(one) == name(anchor)).count();
            let name = match number {
                1 => format!("anchor-{}", name(anchor)),
                _ => format!("anchor-{}-{number}", name(anchor)),
            };
            Fares::new(self.metrics.export(&name), self.clock.clone())
        });
        let mut fares: Vec<Fares> = fares.collect();
        loop {
            tick.tick().await;
            let newest = [
                self.sink.checkpoint(),
                self.spool.as_ref().and_then(|spool| spool.checkpoint()),
            ];
            for ((anchor, brought), fares) in anchors.iter().zip(&mut brought).zip(&mut fares) {
                for (newest, brought) in newest.iter().zip(brought) {
                    let Some(note) = newest.clone().filter(|_| newest != brought) else {
                        continue;
                    };
                    match self.clone().bring(anchor.clone(), note).await {
                        Ok(()) => {
                            brought.clone_from(newest);
                            fares.went(Ok(1));
                        }
                        // The next round tries again, with a newer one.
                        Err(error) => {
                            fares.went(Err(()));
                            tracing::error!(anchor = name(anchor), %error, "A checkpoint of the audit trail could not be brought to its anchor.");
                        }
                    }
                }
            }
        }
    }

    async fn bring(self: Arc<Self>, anchor: Anchor, note: Arc<str>) -> Result<(), String> {
        let checkpoint = Checkpoint::read(&note)
            .map_err(|error| error.to_string())?
            .0;
        match anchor {
            Anchor::File(folder) => blocking(move || file(&folder, &checkpoint, &note)).await,
            Anchor::Git(folder) => git(&folder, &checkpoint, &note).await,
            Anchor::Store(store) => {
                let store = Store::new(&store, self.transport.clone(), self.clock.clone());
                let name = format!("{}-{}", instance(&checkpoint).as_str(), checkpoint.size);
                let body = Bytes::copy_from_slice(note.as_bytes());
                store
                    .put(&format!("checkpoints/{name}.txt"), "text/plain", body)
                    .await
            }
            Anchor::Witness { url, vkey } => {
                witness::confirm(self, url, vkey, note, checkpoint).await
            }
            Anchor::Timestamp { url } => timestamp::stamp(self, url, note, checkpoint).await,
        }
    }

    /// Keeps what an anchor gave back, for who verifies.
    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let folder = self.data.join("anchors");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join(name), bytes))
            .map_err(|error| format!("{} cannot be written: {error}", folder.display()))
    }
}

/// Asks another machine: status and body.
async fn ask(
    transport: Transport,
    url: String,
    media: &'static str,
    body: Vec<u8>,
) -> Result<(u16, Bytes), String> {
    let request = http::Request::post(&url)
        .header(http::header::CONTENT_TYPE, media)
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| format!("{url} is no address"))?;
    let asked = upstream::ask(transport, request, MOST_ANSWER);
    let answer = tokio::time::timeout(PATIENCE, asked)
        .await
        .map_err(|_| format!("no answer within {PATIENCE:?}"))??;
    if !answer.whole {
        return Err(format!(
            "the answer broke off, or is over {MOST_ANSWER} bytes"
        ));
    }
    Ok((answer.status, answer.body))
}

fn name(anchor: &Anchor) -> &'static str {
    match anchor {
        Anchor::File(_) => "file",
        Anchor::Git(_) => "git",
        Anchor::Store(_) => "s3",
        Anchor::Witness { .. } => "witness",
        Anchor::Timestamp { .. } => "timestamp",
    }
}

async fn blocking(
    work: impl FnOnce() -> Result<(), String> + Send + 'static,
) -> Result<(), String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| error.to_string())?
}

/// The chain that a checkpoint is of.
fn instance(checkpoint: &Checkpoint) -> InstanceId {
    InstanceId::new(checkpoint.origin.rsplit('/').next().unwrap_or_default())
}

/// A new file each time, so that a medium that is written once will do.
fn file(folder: &Path, checkpoint: &Checkpoint, note: &str) -> Result<(), String> {
    let file = folder.join(format!(
        "{}-{}.txt",
        instance(checkpoint).as_str(),
        checkpoint.size
    ));
    if std::fs::read_to_string(&file).is_ok_and(|there| there == note) {
        return Ok(());
    }
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, note))
        .and_then(|()| std::fs::File::open(&file)?.sync_all())
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))
}

/// A commit, pushed if there is somewhere to push to.
async fn git(folder: &Path, checkpoint: &Checkpoint, note: &str) -> Result<(), String> {
    let name = format!("{}.txt", instance(checkpoint).as_str());
    let (file, text) = (folder.join(&name), note.to_owned());
    let shown = folder.display().to_string();
    if !folder.join(".git").exists() {
        return Err(format!(
            "{shown} is no git repository; run `git init {shown}` once, or clone one there"
        ));
    }
    blocking(move || {
        std::fs::write(file, text).map_err(|error| format!("{shown} cannot be written: {error}"))
    })
    .await?;
    let run = |arguments: Vec<String>| ran(folder, arguments);
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    run(words(&["add", "--", &name])).await?;
    // An earlier round may have got so far and not been able to push.
    if !run(words(&["status", "--porcelain", "--", &name]))
        .await?
        .is_empty()
    {
        let message = format!("Checkpoint {} of {}", checkpoint.size, checkpoint.origin);
        run(words(&[
            "commit",
            "--quiet",
            "--message",
            &message,
            "--",
            &name,
        ]))
        .await?;
    }
    let remotes = run(words(&["remote"])).await?;
    match remotes.lines().next() {
        None => Ok(()),
        Some(remote) => run(words(&["push", "--quiet", remote, "HEAD"]))
            .await
            .map(drop),
    }
}

/// Runs git, which asks nobody anything and has its time.
async fn ran(folder: &Path, arguments: Vec<String>) -> Result<String, String> {
    let what = arguments.first().cloned().unwrap_or_default();
    let running = tokio::process::Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=marshal"])
        .args(["-c", "user.email=marshal@localhost"])
        .args(["-c", "commit.gpgsign=false"])
        .args(&arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ran = tokio::time::timeout(GIT_PATIENCE, running)
        .await
        .map_err(|_| format!("git {what} takes longer than {GIT_PATIENCE:?}"))?
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if ran.status.success() {
        return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
    }
    let why = String::from_utf8_lossy(&ran.stderr);
    Err(format!("git {what}: {}", why.trim()))
}
