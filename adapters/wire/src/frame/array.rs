//! Elements of one JSON array that arrives piece by piece.

use std::ops::Range;

/// Where in the array the last byte looked at left us.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scan {
    depth: u32,
    text: bool,
    escaped: bool,
}

impl Scan {
    /// Looks at `bytes` from `at` on; `at` moves past what was looked at. True if an element, or the array, ends there.
    pub(super) fn ends(&mut self, bytes: &[u8], at: &mut usize) -> bool {
        while let Some(&byte) = bytes.get(*at) {
            *at += 1;
            if self.text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.text = true,
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth <= 1 && byte == b'}' || self.depth == 0 {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }
}

/// The element in a piece of an array: from its first brace to its last.
pub(super) fn element_range(raw: &[u8]) -> Range<usize> {
    let start = raw.iter().position(|byte| *byte == b'{');
    let end = raw.iter().rposition(|byte| *byte == b'}');
    match (start, end) {
        (Some(start), Some(end)) if start < end => start..end + 1,
        _ => 0..0,
    }
}

/// The same, as bytes.
pub(super) fn element(raw: &[u8]) -> &[u8] {
    &raw[element_range(raw)]
}
