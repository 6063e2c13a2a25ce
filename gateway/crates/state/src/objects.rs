//! Who owns what providers keep for them: files, batches, stored responses.
//!
//! All tenants share the gateway's own account at a provider. There, everything belongs to the account; here it belongs
//! to the tenant who made it, and nobody else learns that it is there.

use std::collections::{HashMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use marshal_types::ProviderName;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::{StateError, private_dir};

/// The file in the state folder: a JSON line for each change.
const FILE: &str = "objects.jsonl";

/// As many are remembered of each sort; the oldest are forgotten first, and are then nobody's.
const MOST: usize = 500_000;

/// Whose an object is, and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The tenant.
    pub tenant: Arc<str>,
    /// The provider that keeps it.
    pub provider: ProviderName,
}

/// The register of owners. Survives a restart.
#[derive(Debug)]
pub struct Objects {
    path: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    owners: HashMap<Box<str>, Owner>,
    /// In the order of their making: what is kept until it is deleted, and what is kept for a while.
    orders: [VecDeque<Box<str>>; 2],
    file: Option<File>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    passing: bool,
}

impl Objects {
    /// The register of a state folder. A line that a crash tore is passed over.
    ///
    /// # Errors
    /// [`StateError::Io`] if the file cannot be opened.
    pub fn open(dir: &Path) -> Result<Self, StateError> {
        private_dir(dir)?;
        let path = dir.join(FILE);
        let mut inner = Inner::default();
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(StateError::io(&path, "opened"))?;
        let mut torn = false;
        for line in BufReader::new(&file).split(b'\n') {
            let line = line.map_err(StateError::io(&path, "read"))?;
            let read = serde_json::from_slice::<Line>(&line);
            torn = read.is_err();
            let Ok(line) = read else {
                continue;
            };
            match (line.tenant, line.provider) {
                (Some(tenant), Some(provider)) => inner.put(
                    &line.id,
                    Owner {
                        tenant: tenant.into(),
                        provider: ProviderName::new(&provider),
                    },
                    line.passing,
                ),
                _ => inner.forget(&line.id),
            }
        }
        if torn {
            // The next line shall not be part of the torn one.
            file.write_all(b"\n")
                .map_err(StateError::io(&path, "written"))?;
        }
        inner.file = Some(file);
        Ok(Self {
            path,
            inner: Mutex::new(inner),
        })
    }

    /// Whose the object is; `None` where nobody made it through this gateway.
    #[must_use]
    pub fn owner(&self, id: &str) -> Option<Owner> {
        self.inner.lock().owners.get(id).cloned()
    }

    /// Remembers whose an object is. The first claim stands.
    ///
    /// # Errors
    /// [`StateError::Io`] if it cannot be written; it is then remembered until the next start.
    pub fn claim(&self, id: &str, owner: &Owner) -> Result<(), StateError> {
        self.put(id, owner, false)
    }

    /// As [`Objects::claim`], of what comes with every answer and is soon of no use: it does not crowd out the rest.
    ///
    /// # Errors
    /// [`StateError::Io`] if it cannot be written; it is then remembered until the next start.
    pub fn claim_passing(&self, id: &str, owner: &Owner) -> Result<(), StateError> {
        self.put(id, owner, true)
    }

    fn put(&self, id: &str, owner: &Owner, passing: bool) -> Result<(), StateError> {
        let mut inner = self.inner.lock();
        if id.is_empty() || inner.owners.contains_key(id) {
            return Ok(());
        }
        inner.put(id, owner.clone(), passing);
        let line = Line {
            id: id.to_owned(),
            tenant: Some(owner.tenant.to_string()),
            provider: Some(owner.provider.to_string()),
            passing,
        };
        self.write(&mut inner, &line)
    }

    /// The object is gone at its provider.
    ///
    /// # Errors
    /// [`StateError::Io`] if it cannot be written.
    pub fn forget(&self, id: &str) -> Result<(), StateError> {
        let mut inner = self.inner.lock();
        inner.forget(id);
        let line = Line {
            id: id.to_owned(),
            tenant: None,
            provider: None,
            passing: false,
        };
        self.write(&mut inner, &line)
    }

    fn write(&self, inner: &mut Inner, line: &Line) -> Result<(), StateError> {
        let mut bytes = serde_json::to_vec(line)
            .map_err(|error| StateError::io(&self.path, "written")(std::io::Error::other(error)))?;
        bytes.push(b'\n');
        match &mut inner.file {
            Some(file) => file
                .write_all(&bytes)
                .map_err(StateError::io(&self.path, "written")),
            None => Ok(()),
        }
    }
}

impl Inner {
    fn put(&mut self, id: &str, owner: Owner, passing: bool) {
        let order = &mut self.orders[usize::from(passing)];
        if self.owners.insert(id.into(), owner).is_none() {
            order.push_back(id.into());
        }
        // What was forgotten stands in its order still, which is bounded itself.
        while order.len() > MOST
            && let Some(oldest) = order.pop_front()
        {
            self.owners.remove(&oldest);
        }
    }

    fn forget(&mut self, id: &str) {
        self.owners.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(tenant: &str) -> Owner {
        Owner {
            tenant: tenant.into(),
            provider: ProviderName::new("p"),
        }
    }

    #[test]
    fn what_one_made_is_ones_own_after_a_restart_too() {
        let dir = std::env::temp_dir().join(format!("marshal-objects-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let objects = Objects::open(&dir).unwrap();
        objects.claim("file-1", &owner("a")).unwrap();
        objects.claim("file-1", &owner("b")).unwrap();
        objects.claim("file-2", &owner("b")).unwrap();
        objects.forget("file-2").unwrap();
        drop(objects);
        std::fs::OpenOptions::new()
            .append(true)
            .open(dir.join(FILE))
            .unwrap()
            .write_all(b"{\"id\":\"torn")
            .unwrap();
        let objects = Objects::open(&dir).unwrap();
        assert_eq!(objects.owner("file-1"), Some(owner("a")));
        assert_eq!(objects.owner("file-2"), None);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
