//! The end of keys: when somebody asks, and when their time is over.
//!
//! First it is said which ones, and then they are destroyed: whoever does it can write down what is about to end, and
//! go on after a crash.

use std::io;
use std::path::Path;

use crate::Bucket;
use crate::keys::{KeyName, Subject, SubjectId, destroy};
use crate::store::{Payloads, PayloadsError};

/// Keys that may be destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// Which.
    pub keys: Vec<KeyName>,
    /// Names of the holds that keep others.
    pub held_by: Vec<String>,
}

impl Payloads {
    /// Every key of a subject, but for those that a hold keeps.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn keys_of(&self, subject: &Subject) -> Result<Ending, PayloadsError> {
        let subject = self.id(subject);
        let names = self.buckets()?.into_iter().map(|bucket| KeyName {
            bucket,
            subject: subject.clone(),
        });
        self.endable(names.filter(|name| self.has(name)))
    }

    /// Every key of a bucket, but for those that a hold keeps.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn keys_in(&self, bucket: Bucket) -> Result<Ending, PayloadsError> {
        let subjects = self.subjects(bucket)?;
        self.endable(
            subjects
                .into_iter()
                .map(|subject| KeyName { bucket, subject }),
        )
    }

    /// Buckets whose time is over.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn over(&self) -> Result<Vec<Bucket>, PayloadsError> {
        let now = self.clock.now();
        let mut buckets = self.buckets()?;
        buckets.retain(|bucket| bucket.ends() <= now);
        Ok(buckets)
    }

    /// Of these keys that are there, those that may be destroyed now.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn endable_of(&self, keys: &[KeyName]) -> Result<Ending, PayloadsError> {
        self.endable(keys.iter().filter(|key| self.has(key)).cloned())
    }

    /// Whether a key is there.
    #[must_use]
    pub fn has(&self, key: &KeyName) -> bool {
        key.file(&self.keys).exists()
    }

    /// Destroys keys; those that are gone are gone.
    ///
    /// # Errors
    /// [`PayloadsError`]; what was destroyed by then stays destroyed.
    pub fn destroy(&self, keys: &[KeyName]) -> Result<(), PayloadsError> {
        // No key is made or read anew meanwhile. A call that has one already may write with it: nobody will read that.
        let _alone = self.making.lock();
        for name in keys {
            let file = name.file(&self.keys);
            self.known.lock().remove(name);
            destroy(&file).map_err(PayloadsError::io(&file, "destroyed"))?;
        }
        Ok(())
    }

    /// Removes the payloads of a bucket without keys: they are noise.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn clear(&self, bucket: Bucket) -> Result<(), PayloadsError> {
        if !self.subjects(bucket)?.is_empty() {
            return Ok(());
        }
        for folder in [&self.payloads, &self.keys] {
            let folder = folder.join(bucket.to_string());
            match std::fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(PayloadsError::io(&folder, "removed")(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn endable(&self, names: impl Iterator<Item = KeyName>) -> Result<Ending, PayloadsError> {
        let now = self.clock.now();
        let holds = self.holds()?;
        let mut ending = Ending::default();
        for name in names {
            let held: Vec<_> = holds
                .iter()
                .filter(|hold| hold.is_in_force(now) && hold.scope.covers(&name.subject))
                .collect();
            if held.is_empty() {
                ending.keys.push(name);
            }
            for hold in held {
                if !ending.held_by.contains(&hold.name) {
                    ending.held_by.push(hold.name.clone());
                }
            }
        }
        Ok(ending)
    }

    fn buckets(&self) -> Result<Vec<Bucket>, PayloadsError> {
        let names = names(&self.keys).map_err(PayloadsError::io(&self.keys, "listed"))?;
        Ok(names
            .iter()
            .filter_map(|name| Bucket::parse(name))
            .collect())
    }

    fn subjects(&self, bucket: Bucket) -> Result<Vec<SubjectId>, PayloadsError> {
        let folder = self.keys.join(bucket.to_string());
        let names = names(&folder).map_err(PayloadsError::io(&folder, "listed"))?;
        let ids = names.iter().filter_map(|name| name.strip_suffix(".key"));
        Ok(ids.filter_map(SubjectId::parse).collect())
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}
