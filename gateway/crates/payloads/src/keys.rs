//! One key for each subject in each bucket, wrapped by the store's own.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use marshal_types::random_bytes;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
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

    /// The key of a subject and bucket; a new one if there is none and one is to be `made`.
    pub(crate) fn key(
        &self,
        folder: &Path,
        bucket: Bucket,
        id: &SubjectId,
        made: bool,
    ) -> io::Result<Option<LessSafeKey>> {
        let file = key_file(folder, bucket, id);
        let about = format!("{bucket}/{id}");
        let wrapped = match std::fs::read(&file) {
            Ok(wrapped) => wrapped,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !made {
                    return Ok(None);
                }
                let fresh = Zeroizing::new(random_bytes::<32>());
                let wrapped = seal(&self.wrap, &about, &*fresh)
                    .ok_or_else(|| io::Error::other("a key cannot be wrapped"))?;
                write_new(&file, &wrapped)?;
                wrapped
            }
            Err(error) => return Err(error),
        };
        let opened = open(&self.wrap, &about, &wrapped).map(Zeroizing::new);
        let key = opened.and_then(|key| UnboundKey::new(&AES_256_GCM, &key).ok());
        key.map(|key| Some(LessSafeKey::new(key))).ok_or_else(|| {
            io::Error::other(format!(
                "{} is no key that state/payload-key wrapped",
                file.display()
            ))
        })
    }
}

pub(crate) fn key_file(folder: &Path, bucket: Bucket, id: &SubjectId) -> PathBuf {
    folder.join(bucket.to_string()).join(format!("{id}.key"))
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

/// Writes a file that was not there, durably, for its owner alone.
fn write_new(file: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    made.write_all(bytes)?;
    made.sync_all()?;
    File::open(folder)?.sync_all()?;
    folder
        .parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Overwrites a file and removes it, durably.
pub(crate) fn destroy(file: &Path) -> io::Result<()> {
    let length = usize::try_from(std::fs::metadata(file)?.len()).unwrap_or(0);
    let mut over = OpenOptions::new().write(true).open(file)?;
    over.write_all(&vec![0; length])?;
    over.sync_all()?;
    std::fs::remove_file(file)?;
    file.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn hex(bytes: &[u8], digits: usize) -> String {
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(digits);
    text
}
