//! One key for each subject in each bucket, wrapped by the store's own.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use marshal_types::random_bytes;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Bucket;

/// Whose words they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The tenant.
    pub tenant: String,
    /// `u:ada`, `k:KEY`.
    pub name: String,
}

/// A subject's name in files and records: two keyed hashes, of the tenant and of the subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(pub(crate) String);

impl SubjectId {
    /// Reads one from a record or a file's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let (tenant, subject) = text.split_once('-')?;
        let fits = tenant.len() == TENANT && subject.len() == SUBJECT;
        (fits && text.chars().all(|c| c == '-' || hex(c))).then(|| Self(text.to_owned()))
    }

    /// The tenant's part.
    pub(crate) fn tenant(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hexadecimal digits of both parts.
const TENANT: usize = 12;
const SUBJECT: usize = 24;

/// The store's own key.
pub(crate) struct Master {
    wrap: LessSafeKey,
    names: hmac::Key,
}

impl Master {
    pub(crate) fn of(secret: &[u8; 32]) -> Option<Self> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let wrap = hmac::sign(&root, b"marshal payload keys");
        let names = hmac::sign(&root, b"marshal payload subjects");
        Some(Self {
            wrap: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, wrap.as_ref()).ok()?),
            names: hmac::Key::new(hmac::HMAC_SHA256, names.as_ref()),
        })
    }

    pub(crate) fn tenant(&self, tenant: &str) -> String {
        hex(hmac::sign(&self.names, tenant.as_bytes()).as_ref(), TENANT)
    }

    pub(crate) fn id(&self, subject: &Subject) -> SubjectId {
        let named = format!("{}\n{}", subject.tenant, subject.name);
        let hash = hmac::sign(&self.names, named.as_bytes());
        SubjectId(format!(
            "{}-{}",
            self.tenant(&subject.tenant),
            hex(hash.as_ref(), SUBJECT)
        ))
    }

    /// The key of a subject and bucket, if there is one.
    pub(crate) fn key(
        &self,
        folder: &Path,
        name: &KeyName,
    ) -> io::Result<Option<Arc<LessSafeKey>>> {
        let file = name.file(folder);
        let wrapped = match std::fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            wrapped => wrapped?,
        };
        let opened = open(&self.wrap, &name.to_string(), &wrapped).map(Zeroizing::new);
        let key = opened.and_then(|key| UnboundKey::new(&AES_256_GCM, &key).ok());
        key.map(|key| Some(Arc::new(LessSafeKey::new(key))))
            .ok_or_else(|| {
                io::Error::other(format!(
                    "{} is no key that state/payload-key wrapped",
                    file.display()
                ))
            })
    }

    /// Makes the key of a subject and bucket, unless there is one.
    pub(crate) fn make(&self, folder: &Path, name: &KeyName) -> io::Result<()> {
        let fresh = Zeroizing::new(random_bytes::<32>());
        let wrapped = seal(&self.wrap, &name.to_string(), &*fresh)
            .ok_or_else(|| io::Error::other("a key cannot be wrapped"))?;
        write_new(&name.file(folder), &wrapped)
    }
}

/// Which key: of a bucket and a subject, `2026-11.30d/0123456789ab-0123456789abcdef01234567`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct KeyName {
    pub(crate) bucket: Bucket,
    pub(crate) subject: SubjectId,
}

impl KeyName {
    pub(crate) fn file(&self, folder: &Path) -> PathBuf {
        folder
            .join(self.bucket.to_string())
            .join(format!("{}.key", self.subject))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.subject)
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for KeyName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = text
            .split_once('/')
            .and_then(|(bucket, subject)| Bucket::parse(bucket).zip(SubjectId::parse(subject)));
        let (bucket, subject) = read.ok_or("not a bucket and a subject")?;
        Ok(Self { bucket, subject })
    }
}

/// What a key's file is known by: another one under its name has another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(u64, i64, i64);

impl Stamp {
    pub(crate) fn of(file: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let seen = std::fs::metadata(file).ok()?;
        Some(Self(seen.ino(), seen.mtime(), seen.mtime_nsec()))
    }
}

/// `nonce ‖ ciphertext ‖ tag`.
pub(crate) fn seal(key: &LessSafeKey, about: &str, plain: &[u8]) -> Option<Vec<u8>> {
    let nonce = random_bytes::<NONCE_LEN>();
    let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(plain);
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(about),
        &mut sealed,
    )
    .ok()?;
    sealed.splice(..0, nonce);
    Some(sealed)
}

pub(crate) fn open(key: &LessSafeKey, about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let mut plain = sealed.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let length = key
        .open_in_place(nonce, Aad::from(about), &mut plain)
        .ok()?
        .len();
    plain.truncate(length);
    Some(plain)
}

/// Writes a file for its owner alone, durably and whole, unless one is there: two processes that both make a key have one.
pub(crate) fn write_new(file: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".{}.new", hex(&random_bytes::<8>(), 16)));
    let write = || {
        let mut made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        made.write_all(bytes)?;
        made.sync_all()?;
        match std::fs::hard_link(&draft, file) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    };
    let written = write();
    // A draft that stays has no name that anyone reads.
    let _ = std::fs::remove_file(&draft);
    written?;
    File::open(folder)?.sync_all()?;
    folder
        .parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Removes a file and overwrites what it held, durably; one that is gone is gone. Its name goes first: whoever finds it after
/// a crash finds a key.
pub(crate) fn destroy(file: &Path) -> io::Result<()> {
    let mut over = match OpenOptions::new().write(true).open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let length = usize::try_from(over.metadata()?.len()).unwrap_or(0);
    std::fs::remove_file(file)?;
    file.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())?;
    over.write_all(&vec![0; length])?;
    over.sync_all()
}

fn hex(bytes: &[u8], digits: usize) -> String {
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(digits);
    text
}
