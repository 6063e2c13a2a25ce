//! `keys.json` and `pepper`: what of keys is on disk.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use marshal_types::{KeyId, Timestamp, random_bytes};
use serde::{Deserialize, Serialize};

use super::{KeyInfo, NewKey};
use crate::{LockedDir, StateError};

pub(super) const KEYS: &str = "keys.json";
pub(super) const LOCK: &str = "keys.lock";
const PEPPER: &str = "pepper";
const VERSION: u32 = 1;

/// Tells one state of the file from every other. The file only ever grows: keys are added, ends are set, nothing is
/// taken away. So its length alone tells two states apart even where an inode or a coarse time came round again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: (i64, i64),
    length: u64,
    inode: u64,
}

/// A key and the HMAC of its text.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) info: KeyInfo,
    pub(super) tag: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    keys: Vec<Record>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    id: String,
    name: String,
    tenant: String,
    team: Option<String>,
    user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    admin: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    break_glass: Option<String>,
    created_us: u64,
    expires_us: Option<u64>,
    revoked_us: Option<u64>,
    hmac_sha256: String,
}

/// The stamp of the file as it is now; `None` if there is none.
pub(super) fn stamp(dir: &Path) -> std::io::Result<Option<Stamp>> {
    match std::fs::metadata(dir.join(KEYS)) {
        Ok(metadata) => Ok(Some(Stamp::of(&metadata))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// All keys and the stamp of exactly what was read.
pub(super) fn read(dir: &Path) -> Result<(Vec<Stored>, Option<Stamp>), StateError> {
    let path = dir.join(KEYS);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((vec![], None)),
        Err(error) => return Err(StateError::io(path, "read")(error)),
    };
    let mut bytes = Vec::new();
    let stamp = file
        .metadata()
        .and_then(|metadata| file.read_to_end(&mut bytes).map(|_| Stamp::of(&metadata)))
        .map_err(StateError::io(&path, "read"))?;
    let damaged = |why: String| StateError::Damaged {
        path: path.clone(),
        why,
    };
    // serde's own words may quote content, so only the place is told.
    let content: Content = serde_json::from_slice(&bytes).map_err(|error| {
        damaged(format!(
            "line {}, column {} is not what Marshal writes",
            error.line(),
            error.column()
        ))
    })?;
    if content.version != VERSION {
        return Err(damaged(format!(
            "version {} is not known here",
            content.version
        )));
    }
    let keys: Option<Vec<Stored>> = content.keys.into_iter().map(Record::into_stored).collect();
    let keys = keys.ok_or_else(|| damaged("a key's id or hmac is not well formed".into()))?;
    Ok((keys, Some(stamp)))
}

/// Writes all keys; durable once it returns.
pub(super) fn write(lock: &LockedDir, dir: &Path, keys: &[Stored]) -> Result<(), StateError> {
    let content = Content {
        version: VERSION,
        keys: keys.iter().map(Record::from_stored).collect(),
    };
    let bytes = serde_json::to_vec_pretty(&content)
        .map_err(|error| StateError::io(dir.join(KEYS), "written")(error.into()))?;
    lock.write(KEYS, &bytes)
}

/// The pepper; made at the first start.
pub(super) fn pepper(lock: &LockedDir, dir: &Path) -> Result<[u8; 32], StateError> {
    let path = dir.join(PEPPER);
    match std::fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| StateError::Damaged {
            path,
            why: "it is not 32 bytes long".into(),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if dir.join(KEYS).exists() {
                // A new one would make every key unknown, silently.
                return Err(StateError::Damaged {
                    path,
                    why: "it is missing, but there are keys made with it".into(),
                });
            }
            let pepper = random_bytes();
            lock.write(PEPPER, &pepper)?;
            Ok(pepper)
        }
        Err(error) => Err(StateError::io(path, "read")(error)),
    }
}

/// The path of the file of keys, for messages.
pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join(KEYS)
}

impl Stamp {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            length: metadata.len(),
            inode: metadata.ino(),
        }
    }
}

impl Record {
    fn into_stored(self) -> Option<Stored> {
        let tag = URL_SAFE_NO_PAD.decode(&self.hmac_sha256).ok()?;
        if tag.len() != 32 || self.id.len() != super::format::ID {
            return None;
        }
        let new = NewKey {
            name: self.name,
            tenant: self.tenant,
            team: self.team,
            user: self.user,
            service: self.service,
            expires: self.expires_us.map(Timestamp::from_micros),
            admin: self.admin,
            break_glass: self.break_glass,
        };
        let created = Timestamp::from_micros(self.created_us);
        let mut info = KeyInfo::new(KeyId::new(&self.id), new, created);
        info.revoked = self.revoked_us.map(Timestamp::from_micros);
        Some(Stored { info, tag })
    }

    fn from_stored(stored: &Stored) -> Self {
        let info = &stored.info;
        Self {
            id: info.id.to_string(),
            name: info.name.clone(),
            tenant: info.tenant.clone(),
            team: info.team.clone(),
            user: info.user.clone(),
            service: info.service.clone(),
            admin: info.admin,
            break_glass: info.break_glass.clone(),
            created_us: info.created.as_micros(),
            expires_us: info.expires.map(Timestamp::as_micros),
            revoked_us: info.revoked.map(Timestamp::as_micros),
            hmac_sha256: URL_SAFE_NO_PAD.encode(&stored.tag),
        }
    }
}
