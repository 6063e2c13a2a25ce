//! Brings checkpoints out of this machine's reach: what somebody else holds, nobody here can take back.

mod timestamp;
mod witness;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use marshal_audit::proof::Checkpoint;
use marshal_audit_sink::Sink;
use marshal_config::{Anchor, AuditSettings};
use marshal_pipeline::Transport;
use marshal_types::InstanceId;
use tower::ServiceExt;

pub(crate) use witness::{Witness, router};

/// An answer that is longer is none.
const MOST_ANSWER: usize = 64 * 1024;
/// How long another machine may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What brings checkpoints away.
pub(crate) struct Anchors {
    pub settings: AuditSettings,
    pub sink: Sink,
    pub data: PathBuf,
    pub transport: Transport,
}

impl Anchors {
    /// Runs until the process ends.
    pub(crate) async fn run(self: Arc<Self>) {
        if self.settings.anchors.is_empty() {
            return;
        }
        let mut tick = tokio::time::interval(self.settings.anchor_every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut done: Option<Arc<str>> = None;
        loop {
            tick.tick().await;
            let newest = self.sink.checkpoint();
            if newest.is_none() || newest == done {
                continue;
            }
            done = newest.clone();
            let Some(note) = newest else { continue };
            for anchor in self.settings.anchors.clone() {
                let name = name(&anchor);
                if let Err(error) = self.clone().bring(anchor, note.clone()).await {
                    // The next round tries again, with a newer one.
                    done = None;
                    tracing::error!(anchor = name, %error, "A checkpoint of the audit trail could not be brought to its anchor.");
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
            Anchor::Git(folder) => blocking(move || git(&folder, &checkpoint, &note)).await,
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
    let asked = async move {
        let answer = transport
            .oneshot(request)
            .await
            .map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let (mut answered, mut body) = (answer.into_body(), Vec::new());
        while let Some(frame) = answered.frame().await {
            let frame = frame.map_err(|error| error.to_string())?;
            if let Some(data) = frame.data_ref() {
                if body.len() + data.len() > MOST_ANSWER {
                    return Err(format!("the answer is over {MOST_ANSWER} bytes"));
                }
                body.extend_from_slice(data);
            }
        }
        Ok((status, Bytes::from(body)))
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .map_err(|_| format!("no answer within {PATIENCE:?}"))?
}

fn name(anchor: &Anchor) -> &'static str {
    match anchor {
        Anchor::File(_) => "file",
        Anchor::Git(_) => "git",
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
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, note))
        .and_then(|()| std::fs::File::open(&file)?.sync_all())
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))
}

/// A commit, pushed if there is somewhere to push to.
fn git(folder: &Path, checkpoint: &Checkpoint, note: &str) -> Result<(), String> {
    let name = format!("{}.txt", instance(checkpoint).as_str());
    std::fs::write(folder.join(&name), note)
        .map_err(|error| format!("{} cannot be written: {error}", folder.display()))?;
    let run = |arguments: &[&str]| -> Result<String, String> {
        let ran = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args([
                "-c",
                "user.name=marshal",
                "-c",
                "user.email=marshal@localhost",
            ])
            .args(arguments)
            .output()
            .map_err(|error| format!("git cannot be run: {error}"))?;
        if ran.status.success() {
            return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
        }
        let why = String::from_utf8_lossy(&ran.stderr);
        Err(format!("git {}: {}", arguments[0], why.trim()))
    };
    run(&["add", "--", &name])?;
    let message = format!("Checkpoint {} of {}", checkpoint.size, checkpoint.origin);
    run(&["commit", "--quiet", "--message", &message])?;
    if run(&["remote"])?.trim().is_empty() {
        return Ok(());
    }
    run(&["push", "--quiet"]).map(drop)
}
