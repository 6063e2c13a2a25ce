//! Signed notes (C2SP signed-note): a text, and lines with signatures of Ed25519 keys that have names.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// What begins a line with a signature.
const DASH: &str = "\u{2014} ";
/// The kinds of signatures that are known here (C2SP signed-note, section "Signature types").
const PLAIN: u8 = 1;
const COSIGNATURE: u8 = 4;

/// A public key: 32 bytes of Ed25519.
pub type PublicKey = [u8; 32];

/// A key that signs trees of its own.
pub struct Signer {
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Signer").field(&self.public_text()).finish()
    }
}

impl Signer {
    /// From 32 secret bytes. `None`: they are no seed.
    #[must_use]
    pub fn from_seed(seed: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        Some(Self { pair })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        key
    }

    /// The public half in base64, as people compare it.
    #[must_use]
    pub fn public_text(&self) -> String {
        STANDARD.encode(self.public())
    }

    /// The public half under a name, for verifiers.
    #[must_use]
    pub fn vkey(&self, name: &str) -> Vkey {
        Vkey::new(name, PLAIN, self.public())
    }

    /// `text`, which ends with a newline, with a signature under it.
    #[must_use]
    pub fn sign(&self, name: &str, text: &str) -> String {
        let mut bytes = self.vkey(name).id().to_vec();
        bytes.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n{DASH}{name} {}\n", STANDARD.encode(bytes))
    }
}

/// A key that confirms other logs' checkpoints (C2SP tlog-cosignature).
#[derive(Debug)]
pub struct Cosigner {
    /// As verifiers know it.
    pub name: String,
    /// The key.
    pub key: Arc<Signer>,
}

impl Cosigner {
    /// The public half, for verifiers.
    #[must_use]
    pub fn vkey(&self) -> Vkey {
        Vkey::new(&self.name, COSIGNATURE, self.key.public())
    }

    /// The line that confirms a note's text at a time, in seconds since 1970.
    #[must_use]
    pub fn line(&self, text: &str, seconds: u64) -> String {
        let signed = self.key.pair.sign(cosigned(text, seconds).as_bytes());
        let mut bytes = self.vkey().id().to_vec();
        bytes.extend_from_slice(&seconds.to_be_bytes());
        bytes.extend_from_slice(signed.as_ref());
        format!("{DASH}{} {}\n", self.name, STANDARD.encode(bytes))
    }
}

fn cosigned(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// A verifier's key: a name, a kind of signature, a public key. Its text is that of C2SP: `name+0123abcd+base64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vkey {
    /// Whose.
    pub name: String,
    kind: u8,
    /// The key.
    pub key: PublicKey,
}

impl Vkey {
    fn new(name: &str, kind: u8, key: PublicKey) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            key,
        }
    }

    /// Of a log, which signs under its own name.
    #[must_use]
    pub fn of_log(origin: &str, key: PublicKey) -> Self {
        Self::new(origin, PLAIN, key)
    }

    /// Whether it confirms what others sign.
    #[must_use]
    pub const fn is_cosigner(&self) -> bool {
        self.kind == COSIGNATURE
    }

    /// Four bytes that tell keys of one name apart.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let named = [self.name.as_bytes(), b"\n", &[self.kind], &self.key].concat();
        let hash = digest(&SHA256, &named);
        let mut id = [0; 4];
        id.copy_from_slice(&hash.as_ref()[..4]);
        id
    }

    /// Reads `name+id+base64`. `None`: it is none, or its id is another key's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = STANDARD.decode(key).ok()?;
        let (kind, key) = bytes.split_first()?;
        let read = Self::new(name, *kind, key.try_into().ok()?);
        let known = matches!(*kind, PLAIN | COSIGNATURE) && is_name(name);
        (known && read.id_text() == id).then_some(read)
    }

    fn id_text(&self) -> String {
        self.id().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Display for Vkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [&[self.kind][..], &self.key].concat();
        write!(
            f,
            "{}+{}+{}",
            self.name,
            self.id_text(),
            STANDARD.encode(bytes)
        )
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// A note, read. Nothing about it is believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// What is signed, newline included.
    pub text: &'a str,
    /// Names, and what stands behind them: key id and signature.
    signatures: Vec<(&'a str, Vec<u8>)>,
}

impl<'a> Note<'a> {
    /// `None`: it is no note.
    #[must_use]
    pub fn parse(note: &'a str) -> Option<Self> {
        let at = note.rfind("\n\n")?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        let lines = lines.strip_suffix('\n')?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            let (name, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
            let bytes = STANDARD.decode(signature).ok()?;
            if !is_name(name) || bytes.len() < 5 {
                return None;
            }
            signatures.push((name, bytes));
        }
        let plain = |c: char| c == '\n' || !c.is_control();
        note.chars().all(plain).then_some(Self { text, signatures })
    }

    /// Whether this key signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &Vkey) -> bool {
        let id = key.id();
        let mut own = self
            .signatures
            .iter()
            .filter(|(name, bytes)| *name == key.name && bytes.starts_with(&id));
        // Twice by the same key is once too often: one of them may be false.
        let (Some((_, bytes)), None) = (own.next(), own.next()) else {
            return false;
        };
        let is_signature = |message: &str, signature: &[u8]| {
            UnparsedPublicKey::new(&ED25519, key.key)
                .verify(message.as_bytes(), signature)
                .is_ok()
        };
        match (key.kind, &bytes[4..]) {
            (PLAIN, signature) => is_signature(self.text, signature),
            (_, dated) => dated
                .split_first_chunk::<8>()
                .is_some_and(|(time, signature)| {
                    is_signature(&cosigned(self.text, u64::from_be_bytes(*time)), signature)
                }),
        }
    }
}
