//! A time stamping authority's word for a checkpoint (RFC 3161): that it was there at that time.

use std::sync::Arc;

use marshal_audit::proof::Checkpoint;
use marshal_types::random_bytes;
use ring::digest::{SHA256, digest};

use super::{Anchors, ask, instance};

/// Has the note stamped; what the authority says is kept beside it, as `openssl ts -verify` takes it.
pub(super) async fn stamp(
    anchors: Arc<Anchors>,
    url: String,
    note: Arc<str>,
    checkpoint: Checkpoint,
) -> Result<(), String> {
    let media = "application/timestamp-query";
    let transport = anchors.transport.clone();
    let (status, answer) = ask(transport, url.clone(), media, query(&note)).await?;
    if status != 200 {
        return Err(format!("{url} answered with status {status}"));
    }
    if !is_granted(&answer) {
        return Err(format!("{url} did not grant a time stamp"));
    }
    let name = format!("{}-{}", instance(&checkpoint).as_str(), checkpoint.size);
    anchors.keep(&format!("{name}.txt"), note.as_bytes())?;
    anchors.keep(&format!("{name}.tsr"), &answer)
}

/// `TimeStampReq` (RFC 3161, section 2.4.1): version 1, SHA-256 of the note, a nonce, and the certificate wanted.
fn query(note: &str) -> Vec<u8> {
    const SHA256_OID: [u8; 15] = [
        0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    ];
    let hash = digest(&SHA256, note.as_bytes());
    let mut nonce = random_bytes::<8>();
    // A positive number without a zero before it: one encoding.
    nonce[0] = nonce[0] & 0x3f | 0x40;
    let imprint = [&SHA256_OID[..], &[0x04, 0x20], hash.as_ref()].concat();
    let imprint = [&[0x30, 0x31][..], &imprint].concat();
    let body = [
        &[0x02, 0x01, 0x01][..],
        &imprint,
        &[0x02, 0x08],
        &nonce,
        &[0x01, 0x01, 0xff],
    ]
    .concat();
    let length = u8::try_from(body.len()).unwrap_or(0);
    [&[0x30, length][..], &body].concat()
}

/// Whether the answer's status is `granted` (0) or `grantedWithMods` (1).
fn is_granted(answer: &[u8]) -> bool {
    let inner = sequence(answer).and_then(sequence);
    matches!(inner, Some([0x02, 0x01, 0 | 1, ..]))
}

/// What is in the DER sequence at the beginning of `bytes`.
fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    if *tag != 0x30 {
        return None;
    }
    let long = usize::from(first & 0x7f);
    if first & 0x80 == 0 {
        return rest.get(..long);
    }
    let (length, rest) = rest.split_at_checked(long.min(8))?;
    let length = length
        .iter()
        .fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    rest.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_der_and_an_answer_says_whether_it_is_granted() {
        let query = query("note");
        assert_eq!(sequence(&query).map(<[u8]>::len), Some(query.len() - 2));
        assert!(is_granted(&[0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00]));
        assert!(!is_granted(&[0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02]));
        for none in [
            &b""[..],
            b"\x30",
            b"\x30\x82",
            b"<html>",
            &[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            assert!(!is_granted(none));
        }
    }
}
