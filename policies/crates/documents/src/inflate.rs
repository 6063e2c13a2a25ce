//! Decompression within the limits.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::Failure;
use crate::limits::{DECOMPRESSED, RATIO};
use crate::work::Work;

/// Below this many bytes a high ratio does no harm: a page of blanks is no bomb.
const HARMLESS: usize = 1 << 20;

/// How the deflate stream is wrapped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// Not at all, as in zip.
    Raw,
    /// As zlib does, in PDF.
    Zlib,
}

/// Inflates, and says whether the stream was whole. A broken stream gives what came before the break.
pub(crate) fn inflate(
    bytes: &[u8],
    wrap: Wrap,
    work: &mut Work<'_>,
) -> Result<(Vec<u8>, bool), Failure> {
    let by_ratio = bytes.len().saturating_mul(work.limits.ratio).max(HARMLESS);
    let limit = if by_ratio < work.room() {
        RATIO
    } else {
        DECOMPRESSED
    };
    let most = by_ratio.min(work.room());
    let (output, status) = run(bytes, wrap, most);
    if status == TINFLStatus::HasMoreOutput {
        return Err(Failure::TooLarge { limit });
    }
    work.spend(output.len())?;
    Ok((output, status == TINFLStatus::Done))
}

/// The first bytes of a raw deflate stream.
pub(crate) fn first(bytes: &[u8], most: usize) -> Vec<u8> {
    run(bytes, Wrap::Raw, most).0
}

/// Inflates into a buffer that grows as it fills. What came before a break is kept.
fn run(bytes: &[u8], wrap: Wrap, most: usize) -> (Vec<u8>, TINFLStatus) {
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
        | if wrap == Wrap::Zlib {
            TINFL_FLAG_PARSE_ZLIB_HEADER
        } else {
            0
        };
    let mut state = Box::<DecompressorOxide>::default();
    let mut output = vec![0; bytes.len().saturating_mul(2).max(64).min(most)];
    let (mut read, mut written) = (0_usize, 0_usize);
    loop {
        let input = bytes.get(read..).unwrap_or_default();
        let (status, taken, made) = decompress(&mut state, input, &mut output, written, flags);
        read = read.saturating_add(taken);
        written = written.saturating_add(made);
        if status != TINFLStatus::HasMoreOutput || output.len() >= most {
            output.truncate(written);
            return (output, status);
        }
        output.resize(output.len().saturating_mul(2).min(most), 0);
    }
}
