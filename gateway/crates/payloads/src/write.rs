//! Keeping: encrypted where the call runs, written and synced by one thread for all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll};

use marshal_types::{CallId, Clock, Digest};
use ring::aead::LessSafeKey;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::Bucket;
use crate::keys::{KeyName, Stamp, Subject, SubjectId, seal};
use crate::store::{Payloads, PayloadsError};

/// A file of at least so many bytes is followed by another.
const FILE_BYTES: u64 = 256 * 1024 * 1024;

/// So much may wait for the disk.
const MOST_WAITING: u64 = 64 * 1024 * 1024;

/// A write that takes longer than this makes the store unhealthy.
const STALL_MICROS: u64 = 5_000_000;

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

/// The key that a subject's words are encrypted with now. Whoever has it may go on with it; once it is destroyed, nobody
/// will read what it wrote.
#[derive(Clone)]
pub struct SubjectKey {
    name: KeyName,
    key: Arc<LessSafeKey>,
}

impl std::fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SubjectKey").field(&self.name).finish()
    }
}

impl Payloads {
    /// The key of a subject for what is kept from now on for so many days, if it is at hand. Does not wait.
    #[must_use]
    pub fn key_at_hand(&self, subject: &Subject, days: u32) -> Option<SubjectKey> {
        let name = self.name(subject, days);
        // Another process may have destroyed it.
        let stamp = Stamp::of(&name.file(&self.keys))?;
        let known = self.known.lock();
        let (seen, key) = known.get(&name)?;
        (*seen == stamp).then(|| SubjectKey {
            key: key.clone(),
            name,
        })
    }

    /// As [`Payloads::key_at_hand`]; one that is not at hand is read, or made. Waits for the disk.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn key(&self, subject: &Subject, days: u32) -> Result<SubjectKey, PayloadsError> {
        let name = self.name(subject, days);
        let file = name.file(&self.keys);
        let _alone = self.making.lock();
        let read = || -> io::Result<_> {
            let stamp = Stamp::of(&file);
            Ok(stamp.zip(self.master.key(&self.keys, &name)?))
        };
        let found = read().map_err(PayloadsError::io(&file, "read"))?;
        let found = match found {
            Some(found) => Some(found),
            None => {
                self.master
                    .make(&self.keys, &name)
                    .map_err(PayloadsError::io(&file, "made"))?;
                read().map_err(PayloadsError::io(&file, "read"))?
            }
        };
        let (stamp, key) = found.ok_or_else(|| {
            PayloadsError::Wrong(format!("{} was removed as it was made", file.display()))
        })?;
        self.known.lock().insert(name.clone(), (stamp, key.clone()));
        Ok(SubjectKey { name, key })
    }

    fn name(&self, subject: &Subject, days: u32) -> KeyName {
        KeyName {
            bucket: Bucket::of(self.clock.now(), days),
            subject: self.id(subject),
        }
    }

    /// Encrypts a payload and sends it on its way to the disk.
    ///
    /// # Errors
    /// [`PayloadsError::Behind`] if too much waits for the disk already.
    pub fn keep(
        &self,
        key: &SubjectKey,
        (call, attempt, part): (CallId, u32, Part),
        plain: &[u8],
    ) -> Result<Sealed, PayloadsError> {
        if !self.healthy() {
            return Err(PayloadsError::Behind);
        }
        let KeyName { bucket, subject } = &key.name;
        let about = about(call, attempt, part, *bucket, subject);
        let sealed = seal(&key.key, &about, plain)
            .ok_or_else(|| PayloadsError::Wrong("a payload cannot be encrypted".into()))?;
        let mut sha256 = Digest([0; 32]);
        sha256.0.copy_from_slice(digest(&SHA256, &sealed).as_ref());
        let head = Head {
            attempt,
            bytes: sealed.len() as u64,
            call: call.to_string(),
            part,
            subject: subject.0.clone(),
        };
        let mut frame =
            serde_json::to_vec(&head).map_err(|error| PayloadsError::Wrong(error.to_string()))?;
        frame.push(b'\n');
        frame.extend_from_slice(&sealed);
        frame.push(b'\n');
        let (done, kept) = oneshot::channel();
        self.writer.send(Job {
            bucket: *bucket,
            frame,
            done,
        })?;
        Ok(Sealed {
            bucket: *bucket,
            subject: subject.clone(),
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
pub(crate) struct Writer {
    jobs: Sender<Job>,
    load: Arc<Load>,
}

/// How the thread is doing.
#[derive(Default)]
struct Load {
    /// Bytes that wait for the disk.
    waiting: AtomicU64,
    /// Monotonic microseconds plus one at which the running write began; 0 when none runs.
    busy_since: AtomicU64,
}

impl Writer {
    pub(crate) fn start(folder: PathBuf, run: String, clock: Arc<dyn Clock>) -> Self {
        let (jobs, work) = channel();
        let load = Arc::new(Load::default());
        let disk = Disk {
            folder,
            run,
            open: HashMap::new(),
            number: 0,
            load: load.clone(),
            clock,
        };
        // Without the thread every payload fails, and with it the call that was to be kept.
        if let Err(error) = std::thread::Builder::new()
            .name("payloads".into())
            .spawn(move || disk.run(&work))
        {
            drop(error);
        }
        Self { jobs, load }
    }

    fn send(&self, job: Job) -> Result<(), PayloadsError> {
        let bytes = job.frame.len() as u64;
        let waiting = self.load.waiting.fetch_add(bytes, Ordering::Relaxed);
        if waiting > 0 && waiting + bytes > MOST_WAITING {
            self.load.waiting.fetch_sub(bytes, Ordering::Relaxed);
            return Err(PayloadsError::Behind);
        }
        // Nobody takes it: its waiter learns by the channel's end.
        let _ = self.jobs.send(job);
        Ok(())
    }

    pub(crate) fn is_stalled(&self, clock: &dyn Clock) -> bool {
        let since = self.load.busy_since.load(Ordering::Relaxed);
        since != 0 && now(clock) > since + STALL_MICROS
    }
}

fn now(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.monotonic().as_micros())
        .unwrap_or(u64::MAX)
        .saturating_add(1)
}

struct Disk {
    folder: PathBuf,
    run: String,
    /// By bucket: a file, and how much is in it.
    open: HashMap<Bucket, (File, u64)>,
    number: u32,
    load: Arc<Load>,
    clock: Arc<dyn Clock>,
}

impl Disk {
    fn run(mut self, work: &Receiver<Job>) {
        while let Ok(first) = work.recv() {
            let mut batch = vec![first];
            batch.extend(work.try_iter().take(255));
            self.load
                .busy_since
                .store(now(&*self.clock), Ordering::Relaxed);
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
            self.load.busy_since.store(0, Ordering::Relaxed);
            for job in batch {
                let bytes = job.frame.len() as u64;
                self.load.waiting.fetch_sub(bytes, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use marshal_types::{ManualClock, Timestamp};

    use super::*;

    #[test]
    fn a_disk_that_does_not_keep_up_is_told_and_not_waited_for() {
        let (jobs, work) = channel();
        let load = Arc::new(Load::default());
        let writer = Writer {
            jobs,
            load: load.clone(),
        };
        let send = |bytes: usize| {
            writer.send(Job {
                bucket: Bucket::parse("2026-11.30d").unwrap(),
                frame: vec![0; bytes],
                done: oneshot::channel().0,
            })
        };
        let most = usize::try_from(MOST_WAITING).unwrap();
        assert!(send(most + 1).is_ok(), "alone, one of any length may wait");
        assert!(matches!(send(1), Err(PayloadsError::Behind)));
        assert_eq!(work.try_iter().count(), 1);
        load.waiting.store(0, Ordering::Relaxed);
        assert!(send(1).is_ok());

        let clock = ManualClock::at(Timestamp::default());
        load.busy_since.store(now(&*clock), Ordering::Relaxed);
        assert!(!writer.is_stalled(&*clock));
        clock.advance(Duration::from_secs(6));
        assert!(writer.is_stalled(&*clock));
        load.busy_since.store(0, Ordering::Relaxed);
        assert!(!writer.is_stalled(&*clock));
    }
}
