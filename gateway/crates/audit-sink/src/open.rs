//! The way into a trail: lock, recover, begin.

use std::path::PathBuf;
use std::sync::Arc;

use marshal_audit::proof::Signer;
use marshal_audit::{
    Bad, Draft, Event, Interrupted, LOCK_FILE, Link, Start, Torn, segment_file, trail_folder,
};
use marshal_types::{Clock, Digest, InstanceId, random_bytes};

use crate::error::OpenError;
use crate::fs::{Fs, RealFs};
use crate::lock::lock_chain;
use crate::queue::{Mode, Shared};
use crate::recovery::{Found, find};
use crate::reserve::Reserve;
use crate::sink::Sink;
use crate::store::{Signing, Store};
use crate::writer::Writer;

/// How to open a trail.
pub struct SinkOptions {
    /// The data folder; the trail is `audit` in it.
    pub dir: PathBuf,
    /// This process: a new name at every start, see [`new_instance`].
    pub instance: InstanceId,
    /// Marshal's version, for the `start` record.
    pub version: String,
    /// The policy bundle in force, for the `start` record.
    pub policy: Digest,
    /// Whether this process takes over from one that still runs, for the `start` record.
    pub handover: bool,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// The disk.
    pub fs: Arc<dyn Fs>,
    /// A segment of at least so many bytes is followed by a new one.
    pub segment_bytes: u64,
    /// How much space is kept back for refusals and endings; 0 for none.
    pub reserve_bytes: u64,
    /// The deployment's name in checkpoints, and the key that signs them; `None` for a trail without checkpoints.
    pub signing: Option<(String, Arc<Signer>)>,
    /// Chains elsewhere that this one links as well.
    pub links: Vec<Link<'static>>,
}

impl SinkOptions {
    /// The machine's disk, segments of 64 MiB, a reserve of 8 MiB, no hand-over.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, instance: InstanceId, clock: Arc<dyn Clock>) -> Self {
        Self {
            dir: dir.into(),
            instance,
            version: String::new(),
            policy: Digest([0; 32]),
            handover: false,
            clock,
            fs: Arc::new(RealFs),
            segment_bytes: 64 * 1024 * 1024,
            reserve_bytes: 8 * 1024 * 1024,
            signing: None,
            links: Vec::new(),
        }
    }
}

impl SinkOptions {
    fn signing(&self) -> Option<Signing> {
        let (name, key) = self.signing.as_ref()?;
        Some(Signing {
            origin: format!("{name}/{}", self.instance.as_str()),
            key: key.clone(),
        })
    }
}

impl std::fmt::Debug for SinkOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SinkOptions")
            .field("dir", &self.dir)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

/// What opening found of earlier processes.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// Chains that this one links.
    pub chains: usize,
    /// Attempts that were left open and are ended now.
    pub interrupted: usize,
    /// Ends that were cut off in writing.
    pub torn: Vec<Torn>,
    /// Chains that are not as they were written. The gateway starts all the same; `verify` will say the same.
    pub problems: Vec<Bad>,
}

/// A name for this run of the gateway, which sorts by time: `20261122T200544-9f86d081`.
#[must_use]
pub fn new_instance(clock: &dyn Clock) -> InstanceId {
    let time: String = clock
        .now()
        .to_string()
        .chars()
        .take(19)
        .filter(|c| !matches!(c, '-' | ':'))
        .collect();
    let random = random_bytes::<4>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    InstanceId::new(format!("{time}-{random}"))
}

pub(crate) fn open(options: SinkOptions) -> Result<(Sink, Recovered), OpenError> {
    let trail = trail_folder(&options.dir);
    let folder = claim(&options)?;
    let unwritable = |source| OpenError::Unwritable {
        folder: folder.clone(),
        source,
    };
    let lock =
        lock_chain(&folder)
            .map_err(unwritable)?
            .ok_or_else(|| OpenError::InstanceTaken {
                folder: folder.clone(),
            })?;
    let mut found = find(
        &options.dir,
        &trail,
        options.instance.as_str(),
        &*options.fs,
    )
    .map_err(|source| OpenError::Unreadable {
        folder: trail,
        source,
    })?;
    found.links.extend(options.links.iter().cloned());
    let reserve = Reserve::new(
        options.fs.clone(),
        options.dir.join("reserve"),
        options.reserve_bytes,
    );
    let full = !reserve.restore();
    if full {
        tracing::error!(folder = %options.dir.display(), bytes = options.reserve_bytes, "The disk has no room for the reserve of the audit trail: calls are refused until it has.");
    }
    let drafts = first_records(&options, &found);
    let mut store = Store::create(
        options.fs.clone(),
        options.clock.clone(),
        folder.clone(),
        options.segment_bytes,
        options.signing(),
        lock,
    )
    .and_then(|mut store| store.commit(drafts.iter()).map(|_| store))
    .map_err(|source| {
        // Nothing was promised yet: leave no empty chain behind.
        let _ = options.fs.remove(&folder.join(segment_file(1)));
        let _ = std::fs::remove_file(folder.join(LOCK_FILE));
        let _ = std::fs::remove_dir(&folder);
        unwritable(source)
    })?;
    let recovered = Recovered {
        chains: found.links.len(),
        interrupted: found.open.len(),
        torn: found.torn.clone(),
        problems: found.problems.clone(),
    };
    found.mark(&*options.fs);
    let mode = if full { Mode::Full } else { Mode::Healthy };
    let shared = Shared::new(options.clock, mode);
    if let Some(note) = store.take_note() {
        shared.set_note(note);
    }
    shared.set_tail(store.tail());
    let writer = Writer {
        store,
        reserve,
        full,
        shared: shared.clone(),
    };
    let thread = std::thread::Builder::new()
        .name("audit".into())
        .spawn(move || writer.run())
        .map_err(unwritable)?;
    Ok((Sink::new(options.instance, shared, thread), recovered))
}

/// Makes the chain's folder.
fn claim(options: &SinkOptions) -> Result<PathBuf, OpenError> {
    let instance = options.instance.as_str();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if instance.is_empty()
        || instance.starts_with('.')
        || instance.len() > 128
        || !instance.chars().all(fits)
    {
        return Err(OpenError::BadInstance {
            instance: instance.to_owned(),
        });
    }
    let folder = trail_folder(&options.dir).join(instance);
    if folder.join(segment_file(1)).exists() {
        return Err(OpenError::InstanceTaken { folder });
    }
    options
        .fs
        .create_folder(&folder)
        .map_err(|source| OpenError::Unwritable {
            folder: folder.clone(),
            source,
        })?;
    Ok(folder)
}

fn first_records(options: &SinkOptions, found: &Found) -> Vec<Draft> {
    let start = Event::Start(Start {
        handover: options.handover,
        instance: options.instance.as_str().into(),
        policy_digest: options.policy,
        previous: found.links.clone(),
        version: options.version.as_str().into(),
        vkey: options
            .signing()
            .map(|signing| signing.key.vkey(&signing.origin).to_string().into()),
    });
    let interrupted = found.open.iter().map(|(instance, call, attempt)| {
        Draft::of(&Event::Interrupted(Interrupted {
            attempt: *attempt,
            call: *call,
            instance: instance.as_str().into(),
        }))
    });
    std::iter::once(Draft::of(&start))
        .chain(interrupted)
        .collect()
}
