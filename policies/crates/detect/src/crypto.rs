//! Addresses of cryptocurrencies: base58 with its check sum, bech32 with its own, and Ethereum's forty hex digits.

use std::ops::Range;

use ring::digest::{SHA256, digest};

use super::{Found, Weight};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// What stands before the `1` of an address in bech32: Bitcoin, Litecoin, Cardano and others.
const CHAINS: &[&str] = &[
    "bc", "tb", "ltc", "addr", "stake", "cosmos", "osmo", "terra", "bnb", "zs",
];

/// `run` is an unbroken word. The address is all of it, or what stands between its stops and strokes, each of them.
pub(super) fn find(bytes: &[u8], run: Range<usize>, entity: u16, out: &mut Vec<Found>) {
    let part = |byte: &u8| byte.is_ascii_alphanumeric();
    let mut start = run.start;
    while start < run.end {
        let length = bytes[start..run.end]
            .iter()
            .take_while(|byte| part(byte))
            .count();
        let word = &bytes[start..start + length];
        if let Some((rule, weight)) = address(word) {
            out.push(Found {
                entity,
                start,
                end: start + length,
                weight,
                score: if weight == Weight::Checked { 95 } else { 80 },
                rule,
            });
        }
        start += length + 1;
    }
}

fn address(word: &[u8]) -> Option<(&'static str, Weight)> {
    match word.len() {
        42 if is_ether(word) => Some(("ethereum", Weight::Specific)),
        26..=35 if is_base58(word) => Some(("base58check", Weight::Checked)),
        14..=108 if is_bech32(word) => Some(("bech32", Weight::Checked)),
        _ => None,
    }
}

fn is_ether(word: &[u8]) -> bool {
    word.starts_with(b"0x")
        && word[2..].iter().all(u8::is_ascii_hexdigit)
        && word[2..].iter().any(|byte| *byte != word[2])
}

/// One byte of version, twenty of the key, four of the check sum.
fn is_base58(word: &[u8]) -> bool {
    if !matches!(
        word[0],
        b'1' | b'3' | b'2' | b'm' | b'n' | b'L' | b'M' | b'D' | b'X' | b'T'
    ) {
        return false;
    }
    let mut number = [0_u8; 25];
    for byte in word {
        let Some(digit) = BASE58.iter().position(|one| one == byte) else {
            return false;
        };
        let mut carry = digit as u32;
        for place in number.iter_mut().rev() {
            carry += u32::from(*place) * 58;
            *place = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    let twice = digest(&SHA256, digest(&SHA256, &number[..21]).as_ref());
    twice.as_ref()[..4] == number[21..]
}

fn is_bech32(word: &[u8]) -> bool {
    let mut lower = [0_u8; 108];
    for (place, byte) in lower.iter_mut().zip(word) {
        *place = byte.to_ascii_lowercase();
    }
    let lower = &lower[..word.len()];
    let mixed = word.iter().any(u8::is_ascii_lowercase) && word.iter().any(u8::is_ascii_uppercase);
    let Some(one) = lower.iter().rposition(|byte| *byte == b'1') else {
        return false;
    };
    let (chain, data) = (&lower[..one], &lower[one + 1..]);
    if mixed || data.len() < 8 || !CHAINS.iter().any(|known| known.as_bytes() == chain) {
        return false;
    }
    let mut check = 1_u32;
    let mut step = |value: u32| {
        const GENERATORS: [u32; 5] = [
            0x3b6a_57b2,
            0x2650_8e6d,
            0x1ea1_19fa,
            0x3d42_33dd,
            0x2a14_62b3,
        ];
        let top = check >> 25;
        check = (check & 0x1ff_ffff) << 5 ^ value;
        for (bit, generator) in GENERATORS.iter().enumerate() {
            if top >> bit & 1 == 1 {
                check ^= generator;
            }
        }
    };
    chain.iter().for_each(|byte| step(u32::from(byte >> 5)));
    step(0);
    chain.iter().for_each(|byte| step(u32::from(byte & 31)));
    for byte in data {
        let Some(value) = BECH32.iter().position(|one| one == byte) else {
            return false;
        };
        step(value as u32);
    }
    // BIP 173 and BIP 350; of Bitcoin's own, version nought has the first and all others the second.
    let bitcoin = matches!(chain, b"bc" | b"tb" | b"ltc");
    match check {
        1 => !bitcoin || data[0] == b'q',
        0x2bc8_30a3 => !bitcoin || data[0] != b'q',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_by_its_check_sum() {
        for good in [
            "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ",
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bc1p5d7rjq7g6rdk2yhzks9smlaqtedr4dekq08ge8ztwac72sfr9rusxg3297",
            "0x52908400098527886E0F7030069857D2E4169EE7",
        ] {
            assert!(address(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyX",
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
            "8f953371d3e85eddb89b05ed6b9e680791055315c73e1025ab5dba7bb2aee189",
            "0x0000000000000000000000000000000000000000",
        ] {
            assert!(address(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
