//! The end of keys: when somebody asks, and when their time is over.

use std::io;

use crate::Bucket;
use crate::keys::{Subject, SubjectId, destroy};
use crate::store::{Payloads, PayloadsError};

/// What came of an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Keys that are no more.
    pub keys: u64,
    /// Names of the holds that kept others.
    pub held_by: Vec<String>,
}

impl Payloads {
    /// Destroys every key of a subject, unless a hold keeps them.
    ///
    /// # Errors
    /// [`PayloadsError`]; what was destroyed by then stays destroyed.
    pub fn erase(&self, subject: &Subject) -> Result<Erased, PayloadsError> {
        let id = self.id(subject);
        let mut erased = Erased::default();
        for bucket in self.buckets()? {
            if crate::keys::key_file(&self.keys, bucket, &id).exists() {
                self.end(bucket, &id, &mut erased)?;
            }
        }
        Ok(erased)
    }

    /// Destroys the keys of buckets whose time is over, with their payloads; gives what came of each.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn expire(&self) -> Result<Vec<(Bucket, Erased)>, PayloadsError> {
        let now = self.clock.now();
        let mut all = Vec::new();
        for bucket in self.buckets()? {
            if bucket.ends() > now {
                continue;
            }
            let mut erased = Erased::default();
            for id in self.subjects(bucket)? {
                self.end(bucket, &id, &mut erased)?;
            }
            if self.subjects(bucket)?.is_empty() {
                for folder in [&self.payloads, &self.keys] {
                    let folder = folder.join(bucket.to_string());
                    match std::fs::remove_dir_all(&folder) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => {
                            return Err(PayloadsError::io(&folder, "removed")(error));
                        }
                        _ => {}
                    }
                }
            }
            if erased.keys > 0 {
                all.push((bucket, erased));
            }
        }
        Ok(all)
    }

    fn end(
        &self,
        bucket: Bucket,
        id: &SubjectId,
        erased: &mut Erased,
    ) -> Result<(), PayloadsError> {
        let now = self.clock.now();
        let holds = self.holds()?;
        let held: Vec<_> = holds
            .iter()
            .filter(|hold| hold.is_in_force(now) && hold.scope.covers(id))
            .collect();
        if !held.is_empty() {
            for hold in held {
                if !erased.held_by.contains(&hold.name) {
                    erased.held_by.push(hold.name.clone());
                }
            }
            return Ok(());
        }
        // A call that is under way may have taken it: what it still writes nobody will read.
        self.known.lock().remove(&(bucket, id.clone()));
        let file = crate::keys::key_file(&self.keys, bucket, id);
        destroy(&file).map_err(PayloadsError::io(&file, "destroyed"))?;
        erased.keys += 1;
        Ok(())
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

fn names(folder: &std::path::Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}
