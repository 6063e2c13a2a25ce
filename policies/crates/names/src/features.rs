//! What the network is told about a token: four numbers.

use crate::norms::Norms;
use crate::shape::write_shape;
use crate::symbols::Symbols;

/// The columns that `extract_features` must name, in this order.
pub(crate) const COLUMNS: [&str; 4] = ["NORM", "PREFIX", "SUFFIX", "SHAPE"];

/// One number a column.
pub(crate) type Features = [u64; COLUMNS.len()];

/// Computes the features of `token`; `shape` is only there to be used again.
pub(crate) fn features(
    token: &str,
    norm: Option<u64>,
    symbols: &Symbols,
    norms: &Norms,
    shape: &mut String,
) -> Features {
    let first = token.chars().next().map_or(0, char::len_utf8);
    let prefix = token.get(..first).unwrap_or_default();
    let last = token
        .char_indices()
        .rev()
        .nth(2)
        .map_or(0, |(start, _)| start);
    let suffix = token.get(last..).unwrap_or_default();
    write_shape(token, shape);
    [
        norm.unwrap_or_else(|| norms.number(token, symbols)),
        symbols.number(prefix),
        symbols.number(suffix),
        symbols.number(shape),
    ]
}
