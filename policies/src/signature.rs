//! Signed bundles: who approved exactly these files. `signatures.yaml` stands beside them and is no part of the digest.
//!
//! A signature is Ed25519 over `marshal-bundle-v1`, the bundle's digest in hex and the approver's name, a line each.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_types::{Digest, Problem};
use marshal_yaml::Item;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::yaml_file;

/// The file's name.
pub const SIGNATURES: &str = "signatures.yaml";

/// One signature, not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name that the approver signed with.
    pub approver: String,
    /// The public key that made it: 32 bytes.
    pub key: Vec<u8>,
    bytes: Vec<u8>,
}

/// Why a signature cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key is none.
    #[error("this is no private key of `marshal policy keygen`")]
    Key,
    /// The approver's name would not stand on one line.
    #[error("an approver's name is 1 to 100 characters on one line")]
    Approver,
    /// No key could be made.
    #[error("no key could be made: the system has no randomness")]
    Random,
}

impl Signature {
    /// Whether it was made by its key over this digest and name.
    #[must_use]
    pub fn is_good(&self, digest: Digest) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.key)
            .verify(message(digest, &self.approver).as_bytes(), &self.bytes)
            .is_ok()
    }
}

/// A new private key (PKCS #8, base64) and its public half (32 bytes, base64).
///
/// # Errors
/// [`SignError::Random`].
pub fn new_signing_key() -> Result<(String, String), SignError> {
    let pkcs8 =
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| SignError::Random)?;
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).map_err(|_| SignError::Key)?;
    Ok((
        STANDARD.encode(pkcs8.as_ref()),
        STANDARD.encode(pair.public_key().as_ref()),
    ))
}

/// Signs a digest; the private key as [`new_signing_key`] gave it.
///
/// # Errors
/// Not such a key, or a name that cannot stand in the file.
pub fn sign(digest: Digest, approver: &str, private: &str) -> Result<Signature, SignError> {
    let length = approver.chars().count();
    if length == 0 || length > 100 || approver.chars().any(char::is_control) {
        return Err(SignError::Approver);
    }
    let pkcs8 = STANDARD
        .decode(private.trim())
        .map_err(|_| SignError::Key)?;
    let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| SignError::Key)?;
    Ok(Signature {
        approver: approver.to_owned(),
        key: pair.public_key().as_ref().to_vec(),
        bytes: pair
            .sign(message(digest, approver).as_bytes())
            .as_ref()
            .to_vec(),
    })
}

/// The file with these signatures in it.
#[must_use]
pub fn signatures_file(signatures: &[Signature]) -> String {
    let mut text = "# Made by `marshal policy sign`. Each signs all other files of this folder as they are.\nversion: 1\nsignatures:\n".to_owned();
    for signature in signatures {
        let approver = signature.approver.replace('\'', "''");
        _ = writeln!(
            text,
            "  - {{approver: '{approver}', key: {}, signature: {}}}",
            STANDARD.encode(&signature.key),
            STANDARD.encode(&signature.bytes)
        );
    }
    text
}

/// Reads the file; whatever is wrong becomes a problem.
pub(crate) fn read(file: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<Signature> {
    let mut signatures = Vec::new();
    yaml_file::read(file, text, problems, |map, _| {
        let items = map.seq("signatures").unwrap_or_default();
        signatures.extend(items.iter().filter_map(one));
    });
    signatures
}

fn one(item: &Item<'_>) -> Option<Signature> {
    let mut map = item.map()?;
    let approver = map.str("approver").map(str::to_owned);
    let mut bytes = |key: &'static str| {
        let item = map.require(key)?;
        let decoded = STANDARD.decode(item.str()?).ok();
        if decoded.is_none() {
            item.fail("is no base64");
        }
        decoded
    };
    let (key, signature) = (bytes("key"), bytes("signature"));
    map.finish();
    Some(Signature {
        approver: approver?,
        key: key?,
        bytes: signature?,
    })
}

fn message(digest: Digest, approver: &str) -> String {
    format!("marshal-bundle-v1\n{digest}\n{approver}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_digest_and_name_alone() {
        let (private, public) = new_signing_key().unwrap();
        let digest = Digest([7; 32]);
        let made = sign(digest, "Ada O'Hara", &private).unwrap();
        let mut problems = Vec::new();
        let read = read(
            "s.yaml",
            &signatures_file(std::slice::from_ref(&made)),
            &mut problems,
        );
        assert_eq!((read.as_slice(), problems.len()), (&[made.clone()][..], 0));
        assert_eq!(STANDARD.encode(&made.key), public);
        assert!(made.is_good(digest));
        assert!(!made.is_good(Digest([8; 32])));
        let other = Signature {
            approver: "Eve".to_owned(),
            ..made
        };
        assert!(!other.is_good(digest));
        assert!(sign(digest, "a\nb", &private).is_err() && sign(digest, "a", "x").is_err());
    }
}
