//! A token's shape: `Xxxxx` for Paris, `dd.d` for 10.5.

use crate::unicode::{is_alpha, is_digit, is_upper};

/// Longer tokens have one shape for all.
const LONG: usize = 100;
/// A run of the same sign is cut here.
const LONGEST_RUN: usize = 4;

/// Writes the shape of `token` into `shape`, which is emptied first.
pub(crate) fn write_shape(token: &str, shape: &mut String) {
    shape.clear();
    if token.chars().nth(LONG - 1).is_some() {
        shape.push_str("LONG");
        return;
    }
    let (mut last, mut run) = (None, 0);
    for character in token.chars() {
        let sign = match character {
            _ if is_alpha(character) => {
                if is_upper(character) {
                    'X'
                } else {
                    'x'
                }
            }
            _ if is_digit(character) => 'd',
            other => other,
        };
        run = if last == Some(sign) { run + 1 } else { 1 };
        last = Some(sign);
        if run <= LONGEST_RUN {
            shape.push(sign);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write_shape;

    #[test]
    fn shapes_are_those_of_training() {
        let mut shape = String::new();
        for (token, expected) in [
            ("John", "Xxxx"),
            ("Elizabeth", "Xxxxx"),
            ("10.50", "dd.dd"),
            ("C3PO", "XdXX"),
            ("東京", "xx"),
            ("!!!!!!", "!!!!"),
            ("x²", "xd"),
        ] {
            write_shape(token, &mut shape);
            assert_eq!(shape, expected, "{token}");
        }
        write_shape(&"a".repeat(100), &mut shape);
        assert_eq!(shape, "LONG");
        write_shape(&"a".repeat(99), &mut shape);
        assert_eq!(shape, "xxxx");
    }
}
