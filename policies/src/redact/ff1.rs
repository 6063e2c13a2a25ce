//! Format-preserving encryption of digits: FF1 of NIST SP 800-38G, with AES-128.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Block};

/// Fewer digits than this are guessed too easily (NIST SP 800-38G revision 1: at least a million texts).
pub(super) const FEWEST: usize = 6;
/// More are no identifier, and would not fit the arithmetic here.
pub(super) const MOST: usize = 36;
const ROUNDS: u8 = 10;
const RADIX: u128 = 10;

/// Encrypts digits under a key; the tweak keeps the numbers of one kind apart from those of another.
pub(super) fn encrypt(key: &[u8; 16], tweak: &[u8], digits: &mut [u8]) {
    let cipher = Aes128::new(&(*key).into());
    let (u, v) = (digits.len() / 2, digits.len() - digits.len() / 2);
    let bytes = bytes_of(v);
    let taken = 4 * bytes.div_ceil(4) + 4;
    let mut head = Block::default();
    head[..6].copy_from_slice(&[1, 2, 1, 0, 0, RADIX as u8]);
    head[6] = ROUNDS;
    head[7] = u as u8;
    head[8..12].copy_from_slice(&(digits.len() as u32).to_be_bytes());
    head[12..].copy_from_slice(&(tweak.len() as u32).to_be_bytes());
    let (mut left, mut right) = (number(&digits[..u]), number(&digits[u..]));
    for round in 0..ROUNDS {
        let mut tail = tweak.to_vec();
        let pad = (16 - (tweak.len() + bytes + 1) % 16) % 16;
        tail.resize(tail.len() + pad, 0);
        tail.push(round);
        tail.extend_from_slice(&right.to_be_bytes()[16 - bytes..]);
        let mac = mac(&cipher, &head, &tail);
        let mut stream = mac.to_vec();
        if taken > 16 {
            let mut next = mac;
            next[15] ^= 1;
            cipher.encrypt_block(&mut next);
            stream.extend_from_slice(&next);
        }
        let modulus = RADIX.pow(if round % 2 == 0 { u } else { v } as u32);
        let drawn = stream[..taken].iter().fold(0_u128, |rest, byte| {
            (rest * 256 + u128::from(*byte)) % modulus
        });
        let sum = (left + drawn) % modulus;
        left = right;
        right = sum;
    }
    write(&mut digits[..u], left);
    write(&mut digits[u..], right);
}

/// The bytes that as many digits need.
fn bytes_of(digits: usize) -> usize {
    let most = RADIX.pow(digits as u32) - 1;
    (128 - most.leading_zeros() as usize).div_ceil(8)
}

/// CBC-MAC.
fn mac(cipher: &Aes128, head: &Block, tail: &[u8]) -> Block {
    let mut block = *head;
    cipher.encrypt_block(&mut block);
    for part in tail.chunks(16) {
        for (place, byte) in block.iter_mut().zip(part) {
            *place ^= byte;
        }
        cipher.encrypt_block(&mut block);
    }
    block
}

fn number(digits: &[u8]) -> u128 {
    digits
        .iter()
        .fold(0, |number, digit| number * RADIX + u128::from(digit - b'0'))
}

fn write(digits: &mut [u8], mut number: u128) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % RADIX) as u8;
        number /= RADIX;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 16] = [
        0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
        0x3c,
    ];

    /// NIST's samples for FF1 with AES-128 and radix 10.
    #[test]
    fn the_samples_of_the_standard_come_out() {
        for (tweak, want) in [(&b""[..], b"2433477484"), (b"9876543210", b"6124200773")] {
            let mut digits = *b"0123456789";
            encrypt(&KEY, tweak, &mut digits);
            assert_eq!(&digits, want);
        }
    }

    #[test]
    fn different_numbers_stay_different() {
        let mut seen = std::collections::HashSet::new();
        for number in 0..20_000 {
            let mut digits = format!("{number:06}").into_bytes();
            encrypt(&KEY, b"US_SSN", &mut digits);
            assert!(seen.insert(digits));
        }
    }
}
