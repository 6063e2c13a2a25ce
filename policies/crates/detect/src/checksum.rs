//! Check digits.

/// Luhn (ISO/IEC 7812-1) over ASCII digits.
#[must_use]
pub fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    luhn_in(digits.map(|digit| i64::from(digit - b'0')), 10)
}

/// Luhn's rule over values in some base, the check digit last.
pub(crate) fn luhn_in(values: impl DoubleEndedIterator<Item = i64>, base: i64) -> bool {
    let sum: i64 = values
        .rev()
        .enumerate()
        .map(|(index, value)| {
            if index % 2 == 0 {
                value
            } else if value * 2 < base {
                value * 2
            } else {
                value * 2 - (base - 1)
            }
        })
        .sum();
    sum % base == 0
}

/// ISO 7064 mod 97-10 over digits and letters, those as 10 to 35.
pub(crate) fn mod_97_10(characters: impl Iterator<Item = u8>) -> bool {
    let rest = characters.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}

/// [`mod_97_10`] as IBANs use it: with the first four characters moved to the end.
pub(crate) fn mod97(characters: &[u8]) -> bool {
    if characters.len() < 5 || !characters.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let (head, tail) = characters.split_at(4);
    mod_97_10(tail.iter().chain(head).copied())
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
