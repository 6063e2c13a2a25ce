//! Vectors as JSON and as base64.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_adapter_api::{Malformed, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::Encoding;

/// Reads an array of numbers, or base64 of them.
pub(super) fn read(doc: Doc<'_>, node: NodeId) -> Result<Vec<f32>, Malformed> {
    let read = match doc.kind(node) {
        Kind::Array => doc
            .children(node)
            .map(|item| single(doc.f64(item)?))
            .collect(),
        Kind::String => doc.str(node).and_then(|text| from_base64(&text)),
        _ => None,
    };
    read.ok_or_else(|| {
        malformed(
            doc,
            node,
            "must be a vector: an array of numbers, or base64 of them",
        )
    })
}

fn single(number: f64) -> Option<f32> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the nearest single-precision number is meant"
    )]
    let number = number as f32;
    number.is_finite().then_some(number)
}

/// Single-precision numbers. Some servers put small integers, bits or longer numbers into base64, and say so nowhere
/// in the answer: what cannot be a vector of single ones is refused, not misread.
fn from_base64(text: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD.decode(text).ok()?;
    let (fours, rest) = bytes.as_chunks::<4>();
    let numbers: Vec<f32> = fours.iter().map(|four| f32::from_le_bytes(*four)).collect();
    let likely = |number: &f32| *number == 0.0 || (1e-20..1e6).contains(&number.abs());
    // Double-precision numbers that were single ones have zeros in their first halves.
    let halves = numbers.len() > 1 && numbers.iter().step_by(2).all(|number| *number == 0.0);
    let fits = rest.is_empty() && !halves && numbers.iter().all(likely);
    fits.then_some(numbers)
}

/// The vector as JSON source.
pub(super) fn source(vector: &[f32], encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::with_capacity(vector.len() * 12 + 2);
    match encoding {
        Encoding::Float => {
            out.push(b'[');
            for (at, number) in vector.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                // Writing to a Vec does not fail.
                drop(write!(out, "{number}"));
            }
            out.push(b']');
        }
        Encoding::Base64 => {
            let bytes: Vec<u8> = vector
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect();
            out.push(b'"');
            out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
            out.push(b'"');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_other_numbers_is_not_misread() {
        let coded = |bytes: &[u8]| from_base64(&STANDARD.encode(bytes));
        let single: Vec<u8> = [0.5_f32, -0.25, 0.0]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        assert_eq!(coded(&single), Some(vec![0.5, -0.25, 0.0]));
        let double: Vec<u8> = [0.5_f64, -0.25]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        assert_eq!(coded(&double), None);
        let small: Vec<u8> = (0..=255).collect();
        assert_eq!(coded(&small), None);
        assert_eq!(coded(b"abc"), None);
    }
}
