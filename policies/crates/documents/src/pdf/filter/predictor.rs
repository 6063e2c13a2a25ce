//! Predictors: bytes that were written as differences from their neighbours.

use super::Parameters;
use crate::Failure;
use crate::work::Work;

/// Undoes a predictor. One whose measures make no sense leaves the bytes as they are.
pub(crate) fn undo(
    data: Vec<u8>,
    parameters: Parameters,
    work: &mut Work<'_>,
) -> Result<Vec<u8>, Failure> {
    let Parameters {
        columns,
        bits,
        colors,
        predictor,
        ..
    } = parameters;
    if predictor < 2 {
        return Ok(data);
    }
    let sane = (1..=1 << 24).contains(&columns)
        && matches!(bits, 1 | 2 | 4 | 8 | 16)
        && (1..=32).contains(&colors);
    let row = columns
        .saturating_mul(bits)
        .saturating_mul(colors)
        .div_ceil(8);
    let pixel = bits.saturating_mul(colors).div_ceil(8);
    if !sane || predictor == 2 && bits != 8 || predictor > 2 && predictor < 10 {
        work.incomplete();
        return Ok(data);
    }
    work.step(data.len())?;
    Ok(if predictor == 2 {
        tiff(data, row, pixel)
    } else {
        png(&data, row, pixel)
    })
}

fn tiff(mut data: Vec<u8>, row: usize, pixel: usize) -> Vec<u8> {
    for line in data.chunks_mut(row) {
        for at in pixel..line.len() {
            let left = line.get(at.saturating_sub(pixel)).copied().unwrap_or(0);
            if let Some(byte) = line.get_mut(at) {
                *byte = byte.wrapping_add(left);
            }
        }
    }
    data
}

/// Every row says for itself which neighbours it was written from.
fn png(data: &[u8], row: usize, pixel: usize) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above: Option<usize> = None;
    for line in data.chunks(row.saturating_add(1)) {
        let Some((kind, line)) = line.split_first() else {
            break;
        };
        let start = out.len();
        for (at, byte) in line.iter().enumerate() {
            let here = start.saturating_add(at);
            let left = if at < pixel {
                0
            } else {
                get(&out, here.saturating_sub(pixel))
            };
            let up = above.map_or(0, |above| get(&out, above.saturating_add(at)));
            let corner = match above {
                Some(above) if at >= pixel => {
                    get(&out, above.saturating_add(at).saturating_sub(pixel))
                }
                _ => 0,
            };
            let guess = match kind {
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => 0,
            };
            out.push(byte.wrapping_add(guess));
        }
        above = Some(start);
    }
    out
}

fn get(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The neighbour that is nearest to left plus up less corner.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let guess = a + b - c;
    let (to_left, to_up, to_corner) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}
