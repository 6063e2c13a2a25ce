//! Filters of streams, one after another.

mod ascii;
mod lzw;
mod predictor;

use crate::Failure;
use crate::inflate::{Wrap, inflate};
use crate::work::Work;

/// What a filter is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub(crate) columns: usize,
    pub(crate) bits: usize,
    pub(crate) colors: usize,
    pub(crate) predictor: usize,
    pub(crate) early: bool,
}

impl From<[usize; 5]> for Parameters {
    fn from([columns, bits, colors, predictor, early]: [usize; 5]) -> Self {
        Self {
            columns,
            bits,
            colors,
            predictor,
            early: early != 0,
        }
    }
}

/// Decodes a stream. Nothing where a filter is for pictures, or is not known.
pub(crate) fn decode(
    raw: &[u8],
    chain: &[(Vec<u8>, Parameters)],
    work: &mut Work<'_>,
) -> Result<Option<Vec<u8>>, Failure> {
    let mut data = None;
    for (name, parameters) in chain {
        let input = data.as_deref().unwrap_or(raw);
        let output = match name.as_slice() {
            b"FlateDecode" | b"Fl" => predictor::undo(flate(input, work)?, *parameters, work)?,
            b"LZWDecode" | b"LZW" => predictor::undo(
                lzw::decode(input, parameters.early, work)?,
                *parameters,
                work,
            )?,
            b"ASCIIHexDecode" | b"AHx" => ascii::hexadecimal(input, work)?,
            b"ASCII85Decode" | b"A85" => ascii::base85(input, work)?,
            b"RunLengthDecode" | b"RL" => ascii::run_length(input, work)?,
            b"Crypt" => continue,
            _ => return Ok(None),
        };
        data = Some(output);
    }
    if let Some(data) = data {
        return Ok(Some(data));
    }
    work.spend(raw.len())?;
    Ok(Some(raw.to_vec()))
}

/// Inflates; a stream without the frame of zlib is tried without it.
fn flate(input: &[u8], work: &mut Work<'_>) -> Result<Vec<u8>, Failure> {
    let start = input.len().saturating_sub(input.trim_ascii_start().len());
    let (output, whole) = inflate(input, Wrap::Zlib, work)?;
    if whole || !output.is_empty() {
        if !whole && output.len() < input.len() {
            work.incomplete();
        }
        return Ok(output);
    }
    for (from, wrap) in [(start, Wrap::Zlib), (0, Wrap::Raw), (2, Wrap::Raw)] {
        let (output, _) = inflate(input.get(from..).unwrap_or_default(), wrap, work)?;
        if !output.is_empty() {
            return Ok(output);
        }
    }
    if !input.is_empty() {
        work.incomplete();
    }
    Ok(Vec::new())
}
