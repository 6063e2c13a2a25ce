//! Reading a payload back.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use marshal_types::{CallId, Digest};
use ring::digest::{SHA256, digest};

use crate::Bucket;
use crate::keys::{KeyName, SubjectId, open};
use crate::store::{Payloads, PayloadsError};
use crate::write::{Head, Part, about};

impl Payloads {
    /// A payload that a record names; `None` if its key was destroyed, or it was never written whole.
    ///
    /// # Errors
    /// [`PayloadsError`] if what is there is not what the record says.
    pub fn read(
        &self,
        bucket: Bucket,
        id: &SubjectId,
        (call, attempt, part): (CallId, u32, Part),
        sha256: Digest,
    ) -> Result<Option<Vec<u8>>, PayloadsError> {
        let folder = self.payloads.join(bucket.to_string());
        let name = KeyName {
            bucket,
            subject: id.clone(),
        };
        let key = self
            .master
            .key(&self.keys, &name)
            .map_err(PayloadsError::io(&self.keys, "read"))?;
        let Some(key) = key else { return Ok(None) };
        let sealed = find(&folder, &call.to_string(), attempt, part, sha256)
            .map_err(PayloadsError::io(&folder, "read"))?;
        let sealed = match sealed {
            Found::Nothing => return Ok(None),
            Found::Another => {
                return Err(PayloadsError::Wrong(format!(
                    "what is kept of call {call} is not what its record says: it was changed"
                )));
            }
            Found::This(sealed) => sealed,
        };
        open(&key, &about(call, attempt, part, bucket, id), &sealed)
            .map(Some)
            .ok_or_else(|| {
                PayloadsError::Wrong(format!(
                    "what is kept of call {call} was not written under it"
                ))
            })
    }
}

enum Found {
    Nothing,
    /// Under the right name, and not what is wanted: an intent that had to be written twice has two.
    Another,
    This(Vec<u8>),
}

fn find(folder: &Path, call: &str, attempt: u32, part: Part, sha256: Digest) -> io::Result<Found> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        entries => entries?,
    };
    let mut found = Found::Nothing;
    for entry in entries {
        let mut file = BufReader::new(File::open(entry?.path())?);
        let mut line = String::new();
        loop {
            line.clear();
            if file.by_ref().take(4_096).read_line(&mut line).unwrap_or(0) == 0 {
                break;
            }
            // What follows a write that failed is not known: another file goes on.
            let Ok(head) = serde_json::from_str::<Head>(&line) else {
                break;
            };
            if head.call == call && head.attempt == attempt && head.part == part {
                let mut sealed = Vec::new();
                file.by_ref().take(head.bytes).read_to_end(&mut sealed)?;
                if sealed.len() as u64 != head.bytes {
                    break;
                }
                if digest(&SHA256, &sealed).as_ref() == sha256.0 {
                    return Ok(Found::This(sealed));
                }
                found = Found::Another;
                file.seek(SeekFrom::Current(1))?;
                continue;
            }
            let skip = i64::try_from(head.bytes)
                .unwrap_or(i64::MAX)
                .saturating_add(1);
            file.seek(SeekFrom::Current(skip))?;
        }
    }
    Ok(found)
}
