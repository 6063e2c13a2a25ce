//! Tables of text: the text as it is, and a label for every cell with its address and the head of its column.

use std::ops::Range;

use crate::Failure;
use crate::address::column;
use crate::encoding::decode;
use crate::work::Work;

/// Reads a table of text.
pub(crate) fn read(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    let decoded = decode(bytes);
    let text = decoded.trim_matches(['\n', '\r', '\t', ' ', '\0']);
    work.step(text.len())?;
    work.part("text", text)?;
    let base = work.len().saturating_sub(text.len());
    let comma = separator(text);
    let mut heads: Vec<&str> = Vec::new();
    let mut labels = Vec::new();
    for (row, index, range) in Cells::new(text, comma) {
        if labels.len().saturating_add(1) >= work.limits.parts {
            labels.push(("further cells".to_owned(), range.start..text.len()));
            break;
        }
        let value = text.get(range.clone()).unwrap_or_default();
        if row == 0 {
            heads.push(
                value
                    .get(..value.floor_char_boundary(60))
                    .unwrap_or_default(),
            );
            labels.push((format!("{}1", column(index)), range));
            continue;
        }
        let head = heads
            .get(index)
            .copied()
            .unwrap_or_default()
            .trim_matches('"');
        let address = format!("{}{}", column(index), row.saturating_add(1));
        labels.push((
            if head.is_empty() {
                address
            } else {
                format!("{address} ({head})")
            },
            range,
        ));
    }
    work.relabel(base, labels.into_iter());
    Ok(())
}

/// The separator that the first line has most of.
pub(crate) fn separator(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    let count = |comma: u8| line.bytes().filter(|byte| *byte == comma).count();
    [b',', b';', b'\t', b'|']
        .into_iter()
        .max_by_key(|comma| (count(*comma), u8::MAX - comma))
        .unwrap_or(b',')
}

/// The cells of a table: row, column, and where the value stands.
pub(crate) struct Cells<'t> {
    text: &'t str,
    comma: u8,
    at: usize,
    row: usize,
    column: usize,
}

impl<'t> Cells<'t> {
    pub(crate) fn new(text: &'t str, comma: u8) -> Self {
        Self {
            text,
            comma,
            at: 0,
            row: 0,
            column: 0,
        }
    }
}

impl Iterator for Cells<'_> {
    type Item = (usize, usize, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        if self.at >= bytes.len() {
            return None;
        }
        let start = self.at;
        let mut quoted = false;
        let mut end = start;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' if !quoted => break,
                byte if *byte == self.comma && !quoted => break,
                _ => {}
            }
            end = end.saturating_add(1);
        }
        let found = (self.row, self.column, start..end);
        if bytes.get(end) == Some(&self.comma) {
            self.column = self.column.saturating_add(1);
        } else {
            self.row = self.row.saturating_add(1);
            self.column = 0;
        }
        self.at = end.saturating_add(1);
        Some(found)
    }
}
