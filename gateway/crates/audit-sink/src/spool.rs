//! A second folder, for records that the trail's own disk does not take.
//!
//! What is written there is a chain like any other: it links the chain that could not go on, and once the disk takes
//! records again and nobody writes to it any more, it is brought into the trail and removed here. A process that ends
//! before that leaves it to the next one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use marshal_audit::proof::Signer;
use marshal_audit::{Link, chain_folders, scan_chain, trail_folder};
use marshal_types::{CallId, Clock, Digest};
use parking_lot::Mutex;

use crate::error::OpenError;
use crate::lock::lock_chain;
use crate::open::{SinkOptions, new_instance};
use crate::sink::Sink;

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
}

#[derive(Default)]
struct State {
    open: Option<Arc<Sink>>,
    /// What the next chain has to say of those before it.
    before: Before,
    /// Chains that are ended and wait to be brought into the trail.
    ended: Vec<String>,
}

/// Chains that a new one takes over beside those that it finds in its folder.
#[derive(Clone, Debug, Default)]
pub struct Before {
    pub(crate) links: Vec<Link<'static>>,
    /// Chain, call, attempt.
    pub(crate) open: Vec<(String, CallId, u32)>,
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
        })
    }

    /// A chain to write to while the trail takes nothing. It stays open as long as somebody holds it, so that an attempt
    /// ends where it began. `policy`: the bundle in force.
    ///
    /// Waits for the disk where no chain is open yet.
    ///
    /// # Errors
    /// [`OpenError`] if the second folder takes nothing either.
    pub fn chain(&self, policy: Digest) -> Result<Arc<Sink>, OpenError> {
        let mut state = self.state.lock();
        if let Some(open) = &state.open {
            return Ok(open.clone());
        }
        let SpoolOptions {
            dir,
            version,
            clock,
            signing,
            ..
        } = &self.options;
        let mut before = state.before.clone();
        before.links.push(self.trail.link(true));
        let mut options = SinkOptions::new(dir, new_instance(&**clock), clock.clone());
        options.version.clone_from(version);
        options.policy = policy;
        options.signing.clone_from(signing);
        options.reserve_bytes = 0;
        options.before = before;
        let (sink, _) = Sink::open(options)?;
        let sink = Arc::new(sink);
        tracing::error!(folder = %dir.display(), "Records go to the second folder of the audit trail until its own disk takes them again.");
        state.before = Before::default();
        state.open = Some(sink.clone());
        Ok(sink)
    }

    /// Whether records lie in the second folder.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        let state = self.state.lock();
        state.open.is_some() || !state.ended.is_empty()
    }

    /// Ends the chain that is open, if the trail takes records again and nobody writes to it, and brings what is ended
    /// into the trail. To be called now and then; waits for disks.
    ///
    /// # Errors
    /// It cannot be brought into the trail now; it is tried again.
    pub fn settle(&self) -> io::Result<()> {
        if !self.trail.healthy() {
            return Ok(());
        }
        let mut state = self.state.lock();
        let alone = |open: &Arc<Sink>| Arc::strong_count(open) == 1;
        if let Some(open) = state.open.take_if(|open| alone(open)) {
            open.close();
            let name = open.instance().to_owned();
            let scan = scan_chain(&trail_folder(&self.options.dir), &name)?;
            let left = scan.open.keys();
            let left = left.map(|(call, attempt)| (name.clone(), *call, *attempt));
            state.before = Before {
                links: vec![open.link(false)],
                open: left.collect(),
            };
            state.ended.push(name);
        }
        while let Some(name) = state.ended.last() {
            bring(&self.options.dir, &self.options.data, name)?;
            tracing::info!(chain = %name, "What the second folder held is in the audit trail again.");
            state.ended.pop();
        }
        Ok(())
    }

    /// Ends the chain that is open, for the process ends.
    pub fn close(&self) {
        if let Some(open) = &self.state.lock().open {
            open.close();
        }
    }
}

/// Brings what earlier processes left in the second folder into the trail of `data`. To be done before the trail is opened.
///
/// # Errors
/// A folder cannot be read or written.
pub fn bring_back(dir: &Path, data: &Path) -> io::Result<usize> {
    let trail = trail_folder(dir);
    let mut brought = 0;
    for name in chain_folders(&trail)? {
        // A process that lives, at a hand-over, does it itself.
        if let Some(_lock) = lock_chain(&trail.join(&name))? {
            bring(dir, data, &name)?;
            brought += 1;
        }
    }
    Ok(brought)
}

/// Copies a chain that nobody writes, whole or not at all, and removes it where it was.
fn bring(dir: &Path, data: &Path, name: &str) -> io::Result<()> {
    let from = trail_folder(dir).join(name);
    let to = trail_folder(data).join(name);
    if !to.exists() {
        let draft = data.join("state").join("spool").join(name);
        match std::fs::remove_dir_all(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => std::fs::create_dir_all(&draft)?,
        }
        for entry in std::fs::read_dir(&from)? {
            let file = entry?.file_name();
            std::fs::copy(from.join(&file), draft.join(&file))?;
            File::open(draft.join(&file))?.sync_all()?;
        }
        File::open(&draft)?.sync_all()?;
        std::fs::create_dir_all(trail_folder(data))?;
        std::fs::rename(&draft, &to)?;
        File::open(trail_folder(data))?.sync_all()?;
    }
    std::fs::remove_dir_all(&from)
}
