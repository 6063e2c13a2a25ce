//! A file of JSON lines. A batch is acknowledged once it is on the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::{Delivery, DeliveryError, Destination};
use crate::record::Record;

/// Appends to a file. One that is long enough gets a number (`audit.jsonl.000001`) and a new one is begun; none is removed.
#[derive(Clone, Debug)]
pub struct Jsonl {
    path: PathBuf,
    rotate_bytes: u64,
    /// One append at a time: one that was given up may still wait for the disk.
    writing: Arc<Mutex<()>>,
}

impl Jsonl {
    /// `rotate_bytes`: as long as a file gets, give or take a batch.
    #[must_use]
    pub fn new(path: PathBuf, rotate_bytes: u64) -> Self {
        Self {
            path,
            rotate_bytes,
            writing: Arc::default(),
        }
    }

    fn append(&self, lines: &[u8]) -> io::Result<()> {
        let _alone = self.writing.lock();
        let (mut file, mut whole) = self.open()?;
        if whole >= self.rotate_bytes {
            std::fs::rename(&self.path, self.next_name()?)?;
            (file, whole) = self.open()?;
        }
        let written = file.write_all(lines).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // It comes again, whole; best effort, for the disk may be full.
            let _ = file.set_len(whole);
            return Err(error);
        }
        if whole == 0 {
            File::open(folder(&self.path))?.sync_all()?;
        }
        Ok(())
    }

    /// The file without what a process left that ended while it wrote, and its length.
    fn open(&self) -> io::Result<(File, u64)> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.path)?;
        let whole = whole_lines(&file)?;
        Ok((file, whole))
    }

    /// The file's name with the number after the highest that there is.
    fn next_name(&self) -> io::Result<PathBuf> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let mut highest = 0;
        for entry in std::fs::read_dir(folder(&self.path))? {
            let other = entry?.file_name();
            let number = other
                .to_str()
                .and_then(|other| other.strip_prefix(&*name)?.strip_prefix('.')?.parse().ok());
            highest = highest.max(number.unwrap_or(0));
        }
        let next: u64 = highest + 1;
        Ok(self.path.with_file_name(format!("{name}.{next:06}")))
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Cuts off what a process left that ended while it wrote; gives the length.
fn whole_lines(file: &File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    let length = end;
    while end > 0 {
        let mut block = [0; 4_096];
        let from = end.saturating_sub(block.len() as u64);
        let block = &mut block[..usize::try_from(end - from).unwrap_or(0)];
        file.read_exact_at(block, from)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            end = from + at as u64 + 1;
            break;
        }
        end = from;
    }
    if end < length {
        file.set_len(end)?;
    }
    Ok(end)
}

#[async_trait]
impl Destination for Jsonl {
    async fn deliver(&mut self, batch: &[Record]) -> Result<Delivery, DeliveryError> {
        let mut lines = Vec::new();
        for record in batch {
            lines.extend_from_slice(record.message().as_bytes());
            lines.push(b'\n');
        }
        let file = self.clone();
        let appended = tokio::task::spawn_blocking(move || file.append(&lines)).await;
        appended
            .unwrap_or_else(|panic| Err(io::Error::other(panic)))
            .map_err(DeliveryError::io(&self.path.display().to_string()))?;
        Ok(Delivery::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::{Folder, records};

    #[tokio::test]
    async fn what_a_dead_process_left_is_cut_off_and_files_get_numbers() {
        let folder = Folder::new();
        let path = folder.0.join("audit.jsonl");
        std::fs::write(&path, "{\"whole\":1}\n{\"torn\":").unwrap();
        let mut jsonl = Jsonl::new(path.clone(), 100);
        let records = records(3);
        jsonl.deliver(&records[..1]).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("{{\"whole\":1}}\n{}\n", records[0].message()));
        // What is torn goes with no file that is put aside.
        std::fs::write(&path, text + "{\"torn\":").unwrap();
        jsonl.deliver(&records[1..2]).await.unwrap();
        let aside = std::fs::read_to_string(folder.0.join("audit.jsonl.000001")).unwrap();
        assert!(aside.ends_with("}\n"), "{aside}");
        jsonl.deliver(&records[2..]).await.unwrap();
        for (name, record) in [
            ("audit.jsonl.000002", &records[1]),
            ("audit.jsonl", &records[2]),
        ] {
            let text = std::fs::read_to_string(folder.0.join(name)).unwrap();
            assert_eq!(text, format!("{}\n", record.message()), "{name}");
        }
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_told_and_waited_for() {
        let folder = Folder::new();
        let mut jsonl = Jsonl::new(folder.0.join("later/audit.jsonl"), 100);
        let error = jsonl.deliver(&records(1)).await.unwrap_err();
        assert!(error.to_string().contains("later/audit.jsonl"), "{error}");
        std::fs::create_dir(folder.0.join("later")).unwrap();
        jsonl.deliver(&records(1)).await.unwrap();
    }
}
