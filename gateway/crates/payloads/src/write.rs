//! Keeping: encrypted where the call runs, written and synced by one thread for all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll};

use marshal_types::{CallId, Digest};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::Bucket;
use crate::keys::{Subject, SubjectId, seal};
use crate::store::{Payloads, PayloadsError};

/// A file of at least so many bytes is followed by another.
const FILE_BYTES: u64 = 256 * 1024 * 1024;

/// What of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What was sent to the provider: clean.
    Request,
    /// What the provider answered, before the caller's own values are put back.
    Response,
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// What stands before an encrypted payload in its file, on a line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) attempt: u32,
    pub(crate) bytes: u64,
    pub(crate) call: String,
    pub(crate) part: Part,
    pub(crate) subject: String,
}

/// The authenticated data.
pub(crate) fn about(
    call: CallId,
    attempt: u32,
    part: Part,
    bucket: Bucket,
    id: &SubjectId,
) -> String {
    format!("{call}\n{attempt}\n{}\n{bucket}\n{id}", part.as_str())
}

/// A payload that is encrypted: what a record says of it, and when it is durable.
#[derive(Debug)]
pub struct Sealed {
    /// Where it is kept.
    pub bucket: Bucket,
    /// Whose it is.
    pub subject: SubjectId,
    /// How many bytes it has, encrypted.
    pub bytes: u64,
    /// The SHA-256 of them.
    pub sha256: Digest,
    /// Resolves once it is on disk.
    pub kept: Kept,
}

/// Resolves once a payload is on disk, or will not be.
#[derive(Debug)]
pub struct Kept(oneshot::Receiver<Result<(), Arc<io::Error>>>);

impl Kept {
    #[cfg(test)]
    pub(crate) const fn of(kept: oneshot::Receiver<Result<(), Arc<io::Error>>>) -> Self {
        Self(kept)
    }
}

impl Future for Kept {
    type Output = Result<(), Arc<io::Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|kept| {
            kept.unwrap_or_else(|_| {
                Err(Arc::new(io::Error::other(
                    "payloads are not written any more",
                )))
            })
        })
    }
}

impl Payloads {
    /// Encrypts a payload and sends it on its way to the disk.
    ///
    /// # Errors
    /// [`PayloadsError`] if there is no key to be had.
    pub fn keep(
        &self,
        subject: &Subject,
        days: u32,
        (call, attempt, part): (CallId, u32, Part),
        plain: &[u8],
    ) -> Result<Sealed, PayloadsError> {
        let bucket = Bucket::of(self.clock.now(), days);
        let id = self.id(subject);
        let key = {
            let mut known = self.known.lock();
            match known.entry((bucket, id.clone())) {
                Entry::Occupied(key) => key.get().clone(),
                Entry::Vacant(place) => {
                    let key = self
                        .master
                        .key(&self.keys, bucket, &id, true)
                        .map_err(PayloadsError::io(&self.keys, "written"))?
                        .ok_or_else(|| PayloadsError::Wrong("no key was made".into()))?;
                    place.insert(Arc::new(key)).clone()
                }
            }
        };
        let sealed = seal(&key, &about(call, attempt, part, bucket, &id), plain)
            .ok_or_else(|| PayloadsError::Wrong("a payload cannot be encrypted".into()))?;
        let mut sha256 = Digest([0; 32]);
        sha256.0.copy_from_slice(digest(&SHA256, &sealed).as_ref());
        let head = Head {
            attempt,
            bytes: sealed.len() as u64,
            call: call.to_string(),
            part,
            subject: id.0.clone(),
        };
        let mut frame =
            serde_json::to_vec(&head).map_err(|error| PayloadsError::Wrong(error.to_string()))?;
        frame.push(b'\n');
        frame.extend_from_slice(&sealed);
        frame.push(b'\n');
        let (done, kept) = oneshot::channel();
        self.writer.send(Job {
            bucket,
            frame,
            done,
        });
        Ok(Sealed {
            bucket,
            subject: id,
            bytes: head.bytes,
            sha256,
            kept: Kept(kept),
        })
    }
}

struct Job {
    bucket: Bucket,
    frame: Vec<u8>,
    done: oneshot::Sender<Result<(), Arc<io::Error>>>,
}

/// The thread that writes; it ends with its owner.
pub(crate) struct Writer(Sender<Job>);

impl Writer {
    pub(crate) fn start(folder: PathBuf, run: String) -> Self {
        let (jobs, work) = channel();
        let write = move || {
            Disk {
                folder,
                run,
                open: HashMap::new(),
                number: 0,
            }
            .run(&work)
        };
        // Without the thread every payload fails, and with it the call that was to be kept.
        if let Err(error) = std::thread::Builder::new()
            .name("payloads".into())
            .spawn(write)
        {
            drop(error);
        }
        Self(jobs)
    }

    fn send(&self, job: Job) {
        // Nobody takes it: its waiter learns by the channel's end.
        let _ = self.0.send(job);
    }
}

struct Disk {
    folder: PathBuf,
    run: String,
    /// By bucket: a file, and how much is in it.
    open: HashMap<Bucket, (File, u64)>,
    number: u32,
}

impl Disk {
    fn run(mut self, work: &Receiver<Job>) {
        while let Ok(first) = work.recv() {
            let mut batch = vec![first];
            batch.extend(work.try_iter().take(255));
            let mut written: HashMap<Bucket, Result<(), Arc<io::Error>>> = HashMap::new();
            for job in &batch {
                let result = written.entry(job.bucket).or_insert(Ok(()));
                if result.is_ok()
                    && let Err(error) = self.append(job.bucket, &job.frame)
                {
                    *result = Err(Arc::new(error));
                }
            }
            for (bucket, result) in &mut written {
                if result.is_ok()
                    && let Some((file, _)) = self.open.get(bucket)
                    && let Err(error) = file.sync_data()
                {
                    *result = Err(Arc::new(error));
                }
                if result.is_err() {
                    // What is in it is not known: the next one goes into another file.
                    self.open.remove(bucket);
                }
            }
            for job in batch {
                let result = written.get(&job.bucket).cloned().unwrap_or(Ok(()));
                let _ = job.done.send(result);
            }
        }
    }

    fn append(&mut self, bucket: Bucket, frame: &[u8]) -> io::Result<()> {
        if self
            .open
            .get(&bucket)
            .is_some_and(|(_, bytes)| *bytes >= FILE_BYTES)
        {
            self.open.remove(&bucket);
        }
        let (file, bytes) = match self.open.entry(bucket) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(place) => {
                self.number += 1;
                let folder = self.folder.join(bucket.to_string());
                place.insert((
                    create(&folder, &format!("{}-{:06}.bin", self.run, self.number))?,
                    0,
                ))
            }
        };
        file.write_all(frame)?;
        *bytes += frame.len() as u64;
        Ok(())
    }
}

fn create(folder: &Path, name: &str) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::create_dir_all(folder)?;
    let file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(folder.join(name))?;
    File::open(folder)?.sync_all()?;
    folder
        .parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())?;
    Ok(file)
}
