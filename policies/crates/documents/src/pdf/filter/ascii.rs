//! Filters that write bytes as letters, and the one that counts runs.

use crate::Failure;
use crate::pdf::lexer::digit;
use crate::work::Work;

/// Hexadecimal digits.
pub(crate) fn hexadecimal(input: &[u8], work: &mut Work<'_>) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::with_capacity(input.len() / 2);
    let mut half = None;
    for byte in input.iter().take_while(|byte| **byte != b'>') {
        let Some(value) = digit(*byte) else { continue };
        match half.take() {
            None => half = Some(value),
            Some(high) => out.push(high << 4 | value),
        }
    }
    out.extend(half.map(|high: u8| high << 4));
    work.spend(out.len())?;
    Ok(out)
}

/// Five letters for four bytes.
pub(crate) fn base85(input: &[u8], work: &mut Work<'_>) -> Result<Vec<u8>, Failure> {
    let input = input.trim_ascii_start();
    let input = input.strip_prefix(b"<~").unwrap_or(input);
    let mut out = Vec::with_capacity(input.len() / 5 * 4);
    let mut value = 0_u32;
    let mut count = 0_usize;
    for byte in input.iter().take_while(|byte| **byte != b'~') {
        match byte {
            b'z' if count == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                value = value.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    out.extend(value.to_be_bytes());
                    (value, count) = (0, 0);
                }
            }
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            value = value.wrapping_mul(85).wrapping_add(84);
        }
        out.extend(value.to_be_bytes().iter().take(count.saturating_sub(1)));
    }
    work.spend(out.len())?;
    Ok(out)
}

/// Runs of one byte, and stretches of different ones.
pub(crate) fn run_length(input: &[u8], work: &mut Work<'_>) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut rest = input;
    while let Some((length, after)) = rest.split_first() {
        let before = out.len();
        let count = usize::from(*length);
        rest = match count {
            0..=127 => {
                let (stretch, rest) = after.split_at(after.len().min(count.saturating_add(1)));
                out.extend_from_slice(stretch);
                rest
            }
            128 => break,
            _ => {
                let Some((byte, rest)) = after.split_first() else {
                    break;
                };
                out.resize(
                    before.saturating_add(257_usize.saturating_sub(count)),
                    *byte,
                );
                rest
            }
        };
        work.spend(out.len().saturating_sub(before))?;
    }
    Ok(out)
}
