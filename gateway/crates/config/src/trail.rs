//! The audit trail's own settings in `marshal.yaml`; what is recorded stands in the bundle's `audit.yaml`.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_yaml::{Item, MapReader};

use crate::Export;
use crate::export::exports;
use crate::fleet::{FleetSettings, fleet};
use crate::load::Context;
use crate::store::{ArchiveSettings, ObjectStore, archive, store};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// The audit trail's own settings.
#[derive(Clone, Debug)]
pub struct AuditSettings {
    /// The deployment's name in checkpoints.
    pub name: String,
    /// Disk space kept free for endings, so that a full disk stops new calls and loses no record. Bytes.
    pub reserve_bytes: u64,
    /// A second folder, for records that the data folder's disk does not take; `None` for none.
    pub spool: Option<PathBuf>,
    /// The file with the key that signs checkpoints; `None` for one in the data folder.
    pub signing_key: Option<PathBuf>,
    /// The database that several gateways bring their trails to; `None` for none.
    pub fleet: Option<FleetSettings>,
    /// Where ended segments are brought; `None` for nowhere.
    pub archive: Option<ArchiveSettings>,
    /// Where checkpoints are kept out of this machine's reach.
    pub anchors: Vec<Anchor>,
    /// How often the newest checkpoint is brought there.
    pub anchor_every: Duration,
    /// Other gateways whose checkpoints this one confirms when they ask: their origin's name and their key.
    pub witness_for: Vec<Peer>,
}

/// A place where checkpoints are kept.
#[derive(Clone, Debug)]
pub enum Anchor {
    /// A folder, best on another machine or a medium that is written once.
    File(PathBuf),
    /// A git repository: a commit each time, pushed if it has a remote.
    Git(PathBuf),
    /// A server that confirms by C2SP's tlog-witness: another gateway's control plane, say.
    Witness {
        /// Before `/add-checkpoint`.
        url: String,
        /// Its key, as verifiers take it.
        vkey: String,
    },
    /// A bucket, best with a lock: an object each time.
    Store(Box<ObjectStore>),
    /// A time stamping authority (RFC 3161).
    Timestamp {
        /// Where it is asked.
        url: String,
    },
}

/// Another gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// What its chains' origins begin with.
    pub name: String,
    /// Its public key in base64.
    pub key: String,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            name: "marshal".to_owned(),
            reserve_bytes: 16 * MIB,
            spool: None,
            signing_key: None,
            fleet: None,
            archive: None,
            anchors: Vec::new(),
            anchor_every: Duration::from_secs(60),
            witness_for: Vec::new(),
        }
    }
}

/// Reads `audit`: its own settings, and where records are brought.
pub(crate) fn audit(item: &Item<'_>, context: &Context<'_>) -> (AuditSettings, Vec<Export>) {
    let mut audit = AuditSettings::default();
    let Some(mut map) = item.map() else {
        return (audit, Vec::new());
    };
    if let Some(item) = map.get("name")
        && let Some(name) = name(&item)
    {
        audit.name = name;
    }
    if let Some(bytes) = map.opt_u64_in("reserve_bytes", MIB..=100 * GIB) {
        audit.reserve_bytes = bytes;
    }
    audit.spool = path(&mut map, "spool", context);
    audit.signing_key = path(&mut map, "signing_key", context);
    if let Some(seconds) = map.opt_u64_in("anchor_every_s", 1..=86_400) {
        audit.anchor_every = Duration::from_secs(seconds);
    }
    audit.fleet = map.get("fleet").and_then(|item| fleet(&item, context));
    if audit.fleet.is_some() && map.key("name").is_none() {
        map.fail("a gateway of a fleet has a name that no other has; add name, such as gateway-1.example.com");
    }
    audit.archive = map.get("archive").and_then(|item| archive(&item, context));
    let anchors = map.opt_seq("anchors").unwrap_or_default();
    audit.anchors = anchors
        .iter()
        .filter_map(|item| anchor(item, context))
        .collect();
    let peers = map.opt_seq("witness_for").unwrap_or_default();
    audit.witness_for = peers.iter().filter_map(peer).collect();
    let exports = exports(&mut map, context);
    if audit.archive.is_some() && exports.iter().any(|export| export.name == "archive") {
        map.fail("an export is called \"archive\", as what audit.archive does is in metrics; give it another name");
    }
    map.finish();
    (audit, exports)
}

/// A name that stands in an origin, before a slash and the chain's own name.
fn name(item: &Item<'_>) -> Option<String> {
    let text = item.str()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if text.is_empty() || text.len() > 128 || !text.chars().all(fits) {
        item.fail("a deployment's name has 1 to 128 letters, digits, dots, dashes, underscores and slashes: gateway.example.com");
        return None;
    }
    Some(text.to_owned())
}

fn path(map: &mut MapReader<'_>, key: &'static str, context: &Context<'_>) -> Option<PathBuf> {
    map.opt_str(key).map(|text| context.dir.join(text))
}

fn anchor(item: &Item<'_>, context: &Context<'_>) -> Option<Anchor> {
    let mut map = item.map()?;
    let kinds = ["file", "git", "s3", "witness", "timestamp"].map(|kind| (kind, kind));
    let kind = map.opt_one_of("kind", "a kind of anchor", &kinds);
    if kind.is_none() {
        item.fail("an anchor has a kind: file, git, s3, witness or timestamp");
    }
    let text = |map: &mut MapReader<'_>, key| {
        map.require(key)
            .and_then(|item| item.str().map(str::to_owned))
    };
    let anchor = match kind? {
        "file" => Anchor::File(context.dir.join(text(&mut map, "path")?)),
        "git" => Anchor::Git(context.dir.join(text(&mut map, "path")?)),
        "s3" => Anchor::Store(Box::new(store(&mut map, context)?)),
        "witness" => Anchor::Witness {
            url: text(&mut map, "url")?,
            vkey: vkey(&map.require("vkey")?)?,
        },
        _ => Anchor::Timestamp {
            url: text(&mut map, "url")?,
        },
    };
    map.finish();
    Some(anchor)
}

/// `name+0123abcd+base64`: whether its parts fit together is seen when it is used.
fn vkey(item: &Item<'_>) -> Option<String> {
    let text = item.str()?;
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next(), parts.next(), parts.next());
    let is_id = |id: &str| id.len() == 8 && id.bytes().all(|b| b.is_ascii_hexdigit());
    let fits = name.is_some_and(|name| !name.is_empty())
        && id.is_some_and(is_id)
        && key.is_some_and(|key| holds(key, 33));
    if !fits {
        item.fail(
            "is no witness's key, name+id+base64; `marshal audit key --witness` prints one there",
        );
    }
    fits.then(|| text.to_owned())
}

/// Whether it is so many bytes in base64.
fn holds(text: &str, bytes: usize) -> bool {
    STANDARD
        .decode(text)
        .is_ok_and(|found| found.len() == bytes)
}

fn peer(item: &Item<'_>) -> Option<Peer> {
    let mut map = item.map()?;
    let name = map.require("name").and_then(|item| name(&item));
    let key = map.require("key").and_then(|item| {
        let key = item.str()?;
        if !holds(key, 32) {
            item.fail("is no public key, 32 bytes in base64; `marshal audit key` prints one there");
            return None;
        }
        Some(key.to_owned())
    });
    map.finish();
    Some(Peer {
        name: name?,
        key: key?,
    })
}
