//! The keys of a folder: made, listed, revoked, and checked on every call.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use marshal_types::{Clock, KeyId, Secret};
use parking_lot::{Mutex, RwLock};
use ring::hmac;

use super::file::{self, Stamp, Stored};
use super::format::{self, ID};
use super::{KeyError, KeyInfo, NewKey};
use crate::durable::private_dir;
use crate::{LockedDir, StateError};

type Map = HashMap<[u8; ID], Entry>;

struct Entry {
    /// Its place in the file: keys made in the same microsecond stay in order.
    place: usize,
    info: Arc<KeyInfo>,
    tag: Vec<u8>,
}

/// All keys of one folder. Safe to share; a check takes a short read lock and one HMAC.
pub struct Keys {
    dir: PathBuf,
    clock: Arc<dyn Clock>,
    pepper: hmac::Key,
    map: RwLock<Map>,
    seen: Mutex<Seen>,
}

/// What of the file is in memory.
#[derive(Default)]
struct Seen {
    stamp: Option<Stamp>,
    problem: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// Opens the folder, making it and its pepper if needed.
    ///
    /// # Errors
    /// [`StateError::Io`] or [`StateError::Damaged`].
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StateError> {
        private_dir(dir)?;
        let lock = LockedDir::lock(dir, file::LOCK)?;
        let pepper = file::pepper(&lock, dir)?;
        let (stored, stamp) = file::read(dir)?;
        drop(lock);
        Ok(Self {
            dir: dir.to_path_buf(),
            clock,
            pepper: hmac::Key::new(hmac::HMAC_SHA256, &pepper),
            map: RwLock::new(map_of(stored)),
            seen: Mutex::new(Seen {
                stamp,
                problem: None,
            }),
        })
    }

    /// Makes a key, on disk before it returns. The secret is given here and never again.
    ///
    /// # Errors
    /// [`StateError::Invalid`] names the field at fault; [`StateError::Io`] or [`StateError::Damaged`] if the folder fails.
    pub fn create(&self, key: NewKey) -> Result<(Arc<KeyInfo>, Secret), StateError> {
        key.check(self.clock.now())?;
        self.change(|stored| Ok(self.push(stored, key)))
    }

    /// Revokes a key, on disk before it returns. Revoking twice keeps the first time.
    ///
    /// # Errors
    /// [`StateError::NoSuchKey`], or the folder's failures.
    pub fn revoke(&self, id: &KeyId) -> Result<Arc<KeyInfo>, StateError> {
        let now = self.clock.now();
        self.change(|stored| {
            let info = find(stored, id)?;
            info.revoked.get_or_insert(now);
            Ok(Arc::new(info.clone()))
        })
    }

    /// Makes a successor with the same name, tenant, team, user and service; the old key works for `overlap` more.
    ///
    /// # Errors
    /// [`StateError::NoSuchKey`], [`StateError::Invalid`] for a key that works no more, or the folder's failures.
    pub fn rotate(
        &self,
        id: &KeyId,
        overlap: Duration,
    ) -> Result<(Arc<KeyInfo>, Secret), StateError> {
        let now = self.clock.now();
        self.change(|stored| {
            let old = find(stored, id)?;
            if !old.is_active(now) {
                return Err(StateError::Invalid {
                    field: "state",
                    why: "is revoked or expired, so it has no successor; make a new key",
                });
            }
            if old.break_glass.is_some() {
                return Err(StateError::Invalid {
                    field: "state",
                    why: "is for one emergency, so it has no successor; make a new key with a reason of its own",
                });
            }
            old.expire_within(overlap, now);
            let successor = old.as_new();
            Ok(self.push(stored, successor))
        })
    }

    /// Every key there is, revoked ones too, the oldest first. No secrets.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<KeyInfo>> {
        let map = self.map.read();
        let mut all: Vec<_> = map
            .values()
            .map(|entry| (entry.place, Arc::clone(&entry.info)))
            .collect();
        drop(map);
        all.sort_unstable_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, info)| info).collect()
    }

    /// The key of that id, revoked or not.
    #[must_use]
    pub fn get(&self, id: &KeyId) -> Option<Arc<KeyInfo>> {
        let id: [u8; ID] = id.as_str().as_bytes().try_into().ok()?;
        self.map
            .read()
            .get(&id)
            .map(|entry| Arc::clone(&entry.info))
    }

    /// Whether no key was ever made here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.read().is_empty()
    }

    /// Who presents this key. Revocation and expiry are told only to someone who has the secret.
    ///
    /// # Errors
    /// [`KeyError`] says why it does not work.
    pub fn verify(&self, presented: &str) -> Result<Arc<KeyInfo>, KeyError> {
        let parts = format::parse(presented).ok_or(KeyError::Malformed)?;
        let map = self.map.read();
        let entry = map.get(&parts.id).ok_or(KeyError::Unknown)?;
        hmac::verify(&self.pepper, parts.signed, &entry.tag).map_err(|_| KeyError::Unknown)?;
        let info = &entry.info;
        if info.revoked.is_some() {
            return Err(KeyError::Revoked);
        }
        match info.expires {
            Some(expires) if expires <= self.clock.now() => Err(KeyError::Expired),
            _ => Ok(Arc::clone(info)),
        }
    }

    /// Takes over what another process has changed; cheap if nothing has. Says whether keys changed.
    ///
    /// A file that cannot be read leaves the known keys in force; [`problem`](Self::problem) then says why.
    pub fn reload_if_changed(&self) -> bool {
        let mut seen = self.seen.lock();
        let stamp = match file::stamp(&self.dir) {
            Ok(stamp) => stamp,
            Err(error) => {
                let error = StateError::io(file::path(&self.dir), "read")(error);
                seen.problem = Some(error.to_string());
                return false;
            }
        };
        if stamp == seen.stamp {
            return false;
        }
        match file::read(&self.dir) {
            Ok((stored, stamp)) => {
                *self.map.write() = map_of(stored);
                *seen = Seen {
                    stamp,
                    problem: None,
                };
                true
            }
            Err(error) => {
                seen.problem = Some(error.to_string());
                false
            }
        }
    }

    /// Why the last reload did not succeed.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.seen.lock().problem.clone()
    }

    /// Reads the file under its lock, changes it, writes it, and takes over the result.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<Stored>) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        let lock = LockedDir::lock(&self.dir, file::LOCK)?;
        let (mut stored, _) = file::read(&self.dir)?;
        let result = change(&mut stored)?;
        file::write(&lock, &self.dir, &stored)?;
        let mut seen = self.seen.lock();
        let stamp =
            file::stamp(&self.dir).map_err(StateError::io(file::path(&self.dir), "read"))?;
        *self.map.write() = map_of(stored);
        *seen = Seen {
            stamp,
            problem: None,
        };
        Ok(result)
    }

    fn push(&self, stored: &mut Vec<Stored>, key: NewKey) -> (Arc<KeyInfo>, Secret) {
        loop {
            let text = format::fresh();
            let Some(parts) = format::parse(&text) else {
                continue;
            };
            let id = KeyId::new(String::from_utf8_lossy(&parts.id));
            if stored.iter().any(|known| known.info.id == id) {
                continue;
            }
            let tag = hmac::sign(&self.pepper, parts.signed).as_ref().to_vec();
            let info = KeyInfo::new(id, key, self.clock.now());
            stored.push(Stored {
                info: info.clone(),
                tag,
            });
            return (Arc::new(info), Secret::new(text));
        }
    }
}

fn find<'a>(stored: &'a mut [Stored], id: &KeyId) -> Result<&'a mut KeyInfo, StateError> {
    stored
        .iter_mut()
        .map(|known| &mut known.info)
        .find(|info| info.id == *id)
        .ok_or_else(|| StateError::NoSuchKey { id: id.clone() })
}

fn map_of(stored: Vec<Stored>) -> Map {
    stored
        .into_iter()
        .enumerate()
        .filter_map(|(place, Stored { info, tag })| {
            let id = info.id.as_str().as_bytes().try_into().ok()?;
            let info = Arc::new(info);
            Some((id, Entry { place, info, tag }))
        })
        .collect()
}
