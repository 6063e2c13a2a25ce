//! The text of a key, and its checksum.

use marshal_types::random_bytes;

pub(super) const ID: usize = 12;
const SECRET: usize = 30;
const CHECK: usize = 6;
const PREFIX: &str = "mk_";
/// Everything but the checksum: what the HMAC is over.
const SIGNED: usize = PREFIX.len() + ID + 1 + SECRET;
const LENGTH: usize = SIGNED + CHECK;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key's text, taken apart.
pub(super) struct Parts<'a> {
    pub(super) id: [u8; ID],
    /// Id and secret, without the checksum.
    pub(super) signed: &'a [u8],
}

/// Takes a well-formed key apart. Everything here is known to whoever presents it: no secret is compared.
pub(super) fn parse(text: &str) -> Option<Parts<'_>> {
    let bytes = text.as_bytes();
    if bytes.len() != LENGTH || !text.starts_with(PREFIX) || bytes[PREFIX.len() + ID] != b'_' {
        return None;
    }
    let id: [u8; ID] = bytes[PREFIX.len()..PREFIX.len() + ID].try_into().ok()?;
    let (signed, check) = bytes.split_at(SIGNED);
    let secret = &signed[SIGNED - SECRET..];
    let alphanumeric = |part: &[u8]| part.iter().all(u8::is_ascii_alphanumeric);
    if !alphanumeric(&id) || !alphanumeric(secret) || check != checksum(signed) {
        return None;
    }
    Some(Parts { id, signed })
}

/// A fresh key's whole text.
pub(super) fn fresh() -> String {
    let mut text = String::with_capacity(LENGTH);
    text.push_str(PREFIX);
    push_random(&mut text, ID);
    text.push('_');
    push_random(&mut text, SECRET);
    let check = checksum(text.as_bytes());
    text.extend(check.iter().map(|byte| char::from(*byte)));
    text
}

fn push_random(text: &mut String, mut count: usize) {
    while count > 0 {
        for byte in random_bytes::<64>() {
            // 248 is the largest multiple of 62 in a byte: above it some characters would be likelier.
            if count > 0 && byte < 248 {
                text.push(char::from(ALPHABET[usize::from(byte % 62)]));
                count -= 1;
            }
        }
    }
}

/// CRC-32 in base 62, six characters, the highest first.
fn checksum(bytes: &[u8]) -> [u8; CHECK] {
    let mut crc = crc32fast::hash(bytes);
    let mut text = [b'0'; CHECK];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[usize::try_from(crc % 62).unwrap_or(0)];
        crc /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_checksum_is_the_common_crc_32() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_fresh_key_reads_back() {
        let text = fresh();
        assert_eq!(text.len(), 52);
        let parts = parse(&text).unwrap();
        assert_eq!(&text.as_bytes()[3..15], &parts.id);
        assert_eq!(parts.signed, &text.as_bytes()[..46]);
    }

    #[test]
    fn one_wrong_character_anywhere_is_noticed() {
        let text = fresh();
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
            assert!(
                parse(std::str::from_utf8(&wrong).unwrap()).is_none(),
                "{at}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange_to_refuse(text in "(mk_)?\\PC{0,60}") {
            prop_assert!(parse(&text).is_none());
        }
    }
}
