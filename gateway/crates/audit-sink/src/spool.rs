//! A second folder, for records that the trail's own disk does not take.
//!
//! What is written there is a chain like any other: it links the chain that could not go on, and once the disk takes
//! records again and nobody writes to it any more, it is brought into the trail and removed here. A short chain in the
//! trail then links it, so that it does not hang loose until the next start. A process that ends before that leaves it to
//! the next one.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use marshal_audit::proof::Signer;
use marshal_audit::{chain_folders, chain_links, chains_in_order, trail_folder};
use marshal_types::{Clock, Digest, random_bytes};
use parking_lot::Mutex;

use crate::error::OpenError;
use crate::lock::lock_chain;
use crate::open::{SinkOptions, new_instance};
use crate::sink::Sink;

/// After the second folder has failed, it is tried again so much later.
const AGAIN: Duration = Duration::from_secs(1);

/// How a spool writes.
pub struct SpoolOptions {
    /// The second folder, best on another disk.
    pub dir: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// Marshal's version, for `start` records.
    pub version: String,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// As the trail's own.
    pub signing: Option<(String, Arc<Signer>)>,
}

/// The second folder of a trail.
pub struct Spool {
    options: SpoolOptions,
    trail: Sink,
    state: Mutex<State>,
    /// Held by who brings chains into the trail; calls do not wait for it.
    settling: Mutex<()>,
}

#[derive(Default)]
struct State {
    open: Option<Arc<Sink>>,
    /// The bundle in force when it was opened.
    policy: Option<Digest>,
    /// Monotonic time at which the folder did not take a chain.
    failed_at: Option<Duration>,
    /// Chains were brought into the trail, and none links them yet.
    loose: bool,
    /// The newest checkpoint that covers what was brought into the trail.
    note: Option<Arc<str>>,
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool")
            .field("dir", &self.options.dir)
            .finish_non_exhaustive()
    }
}

impl Spool {
    /// Of a trail.
    #[must_use]
    pub fn new(options: SpoolOptions, trail: Sink) -> Arc<Self> {
        Arc::new(Self {
            options,
            trail,
            state: Mutex::default(),
            settling: Mutex::default(),
        })
    }

    /// A chain to write to while the trail takes nothing. It stays open as long as somebody holds it, so that an attempt
    /// ends where it began. `policy`: the bundle in force.
    ///
    /// Waits for the second folder's disk where no chain is open yet.
    ///
    /// # Errors
    /// [`OpenError`] if the second folder takes nothing either.
    pub fn chain(&self, policy: Digest) -> Result<Arc<Sink>, OpenError> {
        let mut state = self.state.lock();
        if let Some(open) = &state.open {
            return Ok(open.clone());
        }
        let now = self.options.clock.monotonic();
        if state
            .failed_at
            .is_some_and(|at| now.saturating_sub(at) < AGAIN)
        {
            return Err(OpenError::Unwritable {
                folder: self.options.dir.clone(),
                source: io::Error::other("it failed a moment ago"),
            });
        }
        let mut options = self.options(&self.options.dir, policy);
        options.links.push(self.trail.link(true));
        let opened = Sink::open(options);
        state.failed_at = opened.is_err().then_some(now);
        let sink = Arc::new(opened?.0);
        tracing::error!(folder = %self.options.dir.display(), "Records go to the second folder of the audit trail until its own disk takes them again.");
        state.policy = Some(policy);
        state.open = Some(sink.clone());
        Ok(sink)
    }

    fn options(&self, dir: &Path, policy: Digest) -> SinkOptions {
        let SpoolOptions {
            version,
            clock,
            signing,
            ..
        } = &self.options;
        let mut options = SinkOptions::new(dir, new_instance(&**clock), clock.clone());
        options.version.clone_from(version);
        options.policy = policy;
        options.signing.clone_from(signing);
        options.reserve_bytes = 0;
        options
    }

    /// Whether the second folder took a chain when it was last asked.
    #[must_use]
    pub fn healthy(&self) -> bool {
        let state = self.state.lock();
        state.failed_at.is_none() && state.open.as_ref().is_none_or(|open| open.healthy())
    }

    /// The newest checkpoint that covers what was brought into the trail, once there is one.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Arc<str>> {
        self.state.lock().note.clone()
    }

    /// Ends the chain that is open, if the trail takes records again and nobody writes to it, and brings what nobody writes
    /// into the trail. Gives how many chains that were. To be called now and then; waits for disks.
    ///
    /// # Errors
    /// It cannot be brought into the trail now; it is to be tried again.
    pub fn settle(&self) -> io::Result<usize> {
        if !self.trail.healthy() {
            return Ok(0);
        }
        let _alone = self.settling.lock();
        let ended = {
            let mut state = self.state.lock();
            let alone = |open: &Arc<Sink>| Arc::strong_count(open) == 1;
            state.open.take_if(|open| alone(open))
        };
        if let Some(ended) = ended {
            ended.close();
        }
        // Those of a process that was killed as well.
        let brought = bring_back(&self.options.dir, &self.options.data)?;
        if brought > 0 {
            tracing::info!(
                chains = brought,
                "What the second folder held is in the audit trail again."
            );
        }
        let mut state = self.state.lock();
        state.loose |= brought > 0;
        let policy = state.policy.unwrap_or(Digest([0; 32]));
        let loose = state.loose;
        drop(state);
        if loose {
            let options = self.options(&self.options.data, policy);
            let (link, _) = Sink::open(options).map_err(io::Error::other)?;
            link.close();
            let mut state = self.state.lock();
            state.loose = false;
            state.note = link.checkpoint();
        }
        Ok(brought)
    }

    /// Ends the chain that is open, for the process ends.
    pub fn close(&self) {
        let open = self.state.lock().open.clone();
        if let Some(open) = open {
            open.close();
        }
    }
}

/// The file that says whose second folder it is, there and in the data folder.
const OWNER: &str = "spool-of";

/// Claims a second folder for the data folder `data`: each has one of its own, apart from the data.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn claim(dir: &Path, data: &Path) -> Result<(), String> {
    let wrong = |path: &Path, error: &io::Error| format!("{}: {error}", path.display());
    let state = data.join("state");
    std::fs::create_dir_all(&state).map_err(|error| wrong(&state, &error))?;
    let whole = |path: &Path| path.canonicalize().map_err(|error| wrong(path, &error));
    let (second, first) = (whole(dir)?, whole(data)?);
    if second.starts_with(&first) || first.starts_with(&second) {
        return Err(format!(
            "the second folder {} and the data folder {} are one, or one lies in the other; name a folder apart, best on another disk",
            second.display(),
            first.display()
        ));
    }
    let (here, there) = (state.join(OWNER), dir.join(OWNER));
    let read = |path: &Path| match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(path, &error)),
    };
    let own = match read(&here)? {
        Some(own) => own,
        None => {
            let own: String = random_bytes::<16>()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            write(&here, &own).map_err(|error| wrong(&here, &error))?;
            own
        }
    };
    match read(&there)? {
        Some(owner) if owner != own => Err(format!(
            "the second folder {} is another gateway's; each needs one of its own",
            dir.display()
        )),
        Some(_) => Ok(()),
        None => write(&there, &own).map_err(|error| wrong(&there, &error)),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    std::fs::write(path, text)?;
    File::open(path)?.sync_all()
}

/// Brings what nobody writes any more in the second folder into the trail of `data`, the oldest first; how many chains. At a
/// start to be done before the trail is opened.
///
/// # Errors
/// A folder cannot be read or written.
pub fn bring_back(dir: &Path, data: &Path) -> io::Result<usize> {
    let trail = trail_folder(dir);
    // What was left of a removal that was cut off.
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(GONE) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    if chain_folders(&trail)?.is_empty() {
        return Ok(0);
    }
    let (mut brought, mut waiting) = (0, HashSet::new());
    for name in chains_in_order(&trail)? {
        // Not before those that it links: at a hand-over another process may still write one.
        let links = chain_links(&trail, &name)?;
        let follows = links.iter().any(|linked| waiting.contains(linked));
        if !follows && bring(dir, data, &name)? {
            brought += 1;
        } else {
            waiting.insert(name);
        }
    }
    Ok(brought)
}

/// What a chain is called while it is removed.
const GONE: &str = "gone-";

/// Copies a chain that nobody writes, whole or not at all, and removes it where it was. False if somebody writes it.
fn bring(dir: &Path, data: &Path, name: &str) -> io::Result<bool> {
    let from = trail_folder(dir).join(name);
    let to = trail_folder(data).join(name);
    // Held to the end: two processes at a hand-over do not copy one chain.
    let Some(_lock) = lock_chain(&from)? else {
        return Ok(false);
    };
    if !to.exists() {
        let draft = data
            .join("state")
            .join(format!("spool-{}", std::process::id()));
        let copied = copy(&from, &draft, &to);
        if copied.is_err() {
            // It may be the last room there is.
            let _ = std::fs::remove_dir_all(&draft);
        }
        copied?;
    }
    File::open(trail_folder(data))?.sync_all()?;
    for entry in std::fs::read_dir(&from)? {
        let entry = entry?;
        let there = std::fs::metadata(to.join(entry.file_name()))?;
        if there.len() != entry.metadata()?.len() {
            return Err(io::Error::other(format!(
                "{} is in the audit trail already, and is not the same there; it stays where it is",
                from.display()
            )));
        }
    }
    let gone = dir.join(format!("{GONE}{name}"));
    std::fs::rename(&from, &gone)?;
    File::open(trail_folder(dir))?.sync_all()?;
    std::fs::remove_dir_all(&gone)?;
    Ok(true)
}

fn copy(from: &Path, draft: &Path, to: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => std::fs::create_dir_all(draft)?,
    }
    for entry in std::fs::read_dir(from)? {
        let file = entry?.file_name();
        std::fs::copy(from.join(&file), draft.join(&file))?;
        File::open(draft.join(&file))?.sync_all()?;
    }
    File::open(draft)?.sync_all()?;
    if let Some(trail) = to.parent() {
        std::fs::create_dir_all(trail)?;
    }
    std::fs::rename(draft, to)
}
