//! The filter of Lempel, Ziv and Welch.

use crate::Failure;
use crate::limits::RATIO;
use crate::work::Work;

const CLEAR: usize = 256;
const END: usize = 257;

/// Decodes. `early` says that codes get longer one code too early, which is usual.
pub(crate) fn decode(input: &[u8], early: bool, work: &mut Work<'_>) -> Result<Vec<u8>, Failure> {
    let most = input.len().saturating_mul(work.limits.ratio).max(1 << 20);
    let mut out: Vec<u8> = Vec::new();
    // Each code beyond the letters is a stretch of what was written: where it begins, and how long it is.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<(usize, usize)> = None;
    let (mut held, mut bits) = (0_usize, 0_usize);
    let mut bytes = input.iter();
    loop {
        let next = table.len() + 258 + usize::from(early);
        let width = match next {
            0..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
        while bits < width {
            let Some(byte) = bytes.next() else {
                return Ok(out);
            };
            held = (held << 8 | usize::from(*byte)) & 0xff_ffff;
            bits += 8;
        }
        let code = held >> (bits - width) & ((1 << width) - 1);
        bits -= width;
        if code == CLEAR {
            table.clear();
            previous = None;
            continue;
        }
        if code == END {
            return Ok(out);
        }
        let start = out.len();
        if let Some(before) = previous
            && table.len() < 4096 - 258
        {
            // The stretch before, and the first byte of this one, which is written just behind it.
            table.push((before.0, before.1.saturating_add(1)));
        }
        if let Ok(byte) = u8::try_from(code) {
            out.push(byte);
        } else {
            let Some((from, length)) = table.get(code.saturating_sub(258)).copied() else {
                return Ok(out);
            };
            for at in from..from.saturating_add(length) {
                let Some(byte) = out.get(at).copied() else {
                    return Ok(out);
                };
                out.push(byte);
            }
        }
        previous = Some((start, out.len().saturating_sub(start)));
        work.spend(out.len().saturating_sub(start))?;
        if out.len() > most {
            return Err(Failure::TooLarge { limit: RATIO });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn the_example_of_the_standard() {
        let limits = Limits::default();
        let input = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
        let out = decode(&input, true, &mut Work::new(&limits)).unwrap();
        assert_eq!(out, [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
    }
}
