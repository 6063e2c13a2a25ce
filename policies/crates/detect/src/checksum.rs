//! Check digits.

/// Luhn (ISO/IEC 7812-1) over ASCII digits.
#[must_use]
pub fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') << (index % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// ISO 7064 mod 97-10 as IBANs use it: the first four characters moved to the end, letters as 10 to 35.
pub(crate) fn mod97(characters: &[u8]) -> bool {
    if characters.len() < 5 || !characters.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let (head, tail) = characters.split_at(4);
    let rest = tail
        .iter()
        .chain(head)
        .fold(0_u32, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            letter => (rest * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
        });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        assert!(luhn("4111111111111111".bytes()));
        assert!(!luhn("4111111111111112".bytes()));
        assert!(mod97(b"GB29NWBK60161331926819"));
        assert!(!mod97(b"GB29NWBK60161331926818"));
    }
}
