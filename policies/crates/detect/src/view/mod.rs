//! Other readings of a text: what a reader, a browser or a decoder would make of it, with the way back to where it stands.
//!
//! A value that is written in full-width digits, cut by invisible characters, spaced out, percent-encoded or packed into
//! base64 is still the value. Each reading is made only where something calls for it, and only what such a place
//! touches is looked at again.

mod encoded;
mod escapes;
mod fold;
mod glyphs;
mod spaced;

use std::ops::Range;

pub(crate) use encoded::{decoded, long_enough};
pub use glyphs::plain_char;
pub(crate) use spaced::is_spaced;

/// How often one encoding may stand in another.
pub(crate) const DEPTH: u8 = 3;
/// Bytes around a changed place that are looked at again: context words stand no further.
const AROUND: usize = 2 * crate::words::BEFORE;
/// A window ends at a blank, if one comes this soon.
const TO_BLANK: usize = 512;

/// A reading of a text and the way back.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) text: String,
    pieces: Vec<Piece>,
}

/// From `plain` on: copied from `from`, or in the place of `from..to`, until the next piece.
#[derive(Clone, Copy, Debug)]
struct Piece {
    plain: usize,
    from: usize,
    to: usize,
    copied: bool,
}

/// Writes a reading.
struct Writer<'a> {
    source: &'a str,
    view: View,
    /// Of the source, so much is written.
    done: usize,
}

impl<'a> Writer<'a> {
    fn new(source: &'a str) -> Self {
        let view = View {
            text: String::with_capacity(source.len()),
            pieces: Vec::new(),
        };
        Self {
            source,
            view,
            done: 0,
        }
    }

    /// What stands at `range` reads as `with`.
    fn replace(&mut self, range: Range<usize>, with: &str) {
        self.copy(range.start);
        self.view.pieces.push(Piece {
            plain: self.view.text.len(),
            from: range.start,
            to: range.end,
            copied: false,
        });
        self.view.text.push_str(with);
        self.done = range.end;
    }

    fn replace_char(&mut self, range: Range<usize>, with: char) {
        self.replace(range, with.encode_utf8(&mut [0; 4]));
    }

    fn copy(&mut self, to: usize) {
        if self.done < to {
            self.view.pieces.push(Piece {
                plain: self.view.text.len(),
                from: self.done,
                to,
                copied: true,
            });
            self.view.text.push_str(&self.source[self.done..to]);
            self.done = to;
        }
    }

    /// `None` where nothing reads otherwise.
    fn finish(mut self) -> Option<View> {
        if self.view.pieces.is_empty() {
            return None;
        }
        self.copy(self.source.len());
        Some(self.view)
    }
}

impl View {
    /// Where a range of this reading stands in the source: from where its first byte's piece starts to where its last
    /// one's ends. What was dropped at either end stays outside.
    pub(crate) fn original(&self, range: Range<usize>) -> Range<usize> {
        let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else {
            let at = self.place(range.start).start;
            return at..at;
        };
        self.place(range.start).start..self.place(last).end
    }

    fn place(&self, at: usize) -> Range<usize> {
        let index = self.pieces.partition_point(|piece| piece.plain <= at);
        let Some(mut index) = index.checked_sub(1) else {
            return at..at + 1;
        };
        // A piece that was dropped stands where the next one begins, and holds nothing.
        while self.is_dropped(index) && index > 0 {
            index -= 1;
        }
        let piece = self.pieces[index];
        if piece.copied {
            let from = piece.from + (at - piece.plain);
            from..from + 1
        } else {
            piece.from..piece.to
        }
    }

    fn is_dropped(&self, index: usize) -> bool {
        let piece = self.pieces[index];
        let next = self.pieces.get(index + 1);
        !piece.copied && next.map_or(self.text.len(), |next| next.plain) == piece.plain
    }

    /// Whether a range of a window may go on outside of it.
    pub(crate) fn is_cut(&self, window: &Range<usize>, range: &Range<usize>) -> bool {
        let bytes = self.text.as_bytes();
        let joined = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_whitespace());
        let head = range.start == window.start;
        let tail = range.end == window.end;
        head && joined(window.start.checked_sub(1).and_then(|at| bytes.get(at)))
            || tail && joined(bytes.get(window.end))
    }

    /// Whether the range reads otherwise than it is written, at some place in it.
    pub(crate) fn is_changed(&self, range: &Range<usize>) -> bool {
        let first = self
            .pieces
            .partition_point(|piece| piece.plain < range.start);
        let first = first.saturating_sub(1);
        let mut changed = (first..self.pieces.len())
            .take_while(|index| self.pieces[*index].plain < range.end)
            .filter(|index| !self.pieces[*index].copied);
        changed.any(|index| {
            let from = self.pieces[index].plain;
            let to = self
                .pieces
                .get(index + 1)
                .map_or(self.text.len(), |next| next.plain);
            // Something dropped within it, or something replaced that it touches.
            if from == to {
                range.start < from && from < range.end
            } else {
                from < range.end && range.start < to
            }
        })
    }

    /// The parts that have to be looked at again, in order, apart from each other, and ending at blanks where there are some.
    pub(crate) fn windows(&self) -> Vec<Range<usize>> {
        let mut windows: Vec<Range<usize>> = Vec::new();
        let bytes = self.text.as_bytes();
        for (index, piece) in self.pieces.iter().enumerate() {
            if piece.copied {
                continue;
            }
            let next = self.pieces.get(index + 1);
            let end = next.map_or(self.text.len(), |next| next.plain);
            if let Some(last) = windows.last_mut()
                && end + AROUND <= last.end
            {
                continue;
            }
            let start = before(bytes, piece.plain.saturating_sub(AROUND));
            let end = behind(bytes, (end + AROUND).min(bytes.len()));
            let (start, end) = (
                self.text.floor_char_boundary(start),
                self.text.ceil_char_boundary(end),
            );
            match windows.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => windows.push(start..end),
            }
        }
        windows
    }
}

fn before(bytes: &[u8], at: usize) -> usize {
    let back = bytes[..at].iter().rev().take(TO_BLANK);
    at - back.take_while(|byte| !byte.is_ascii_whitespace()).count()
}

fn behind(bytes: &[u8], at: usize) -> usize {
    let on = bytes[at..].iter().take(TO_BLANK);
    at + on.take_while(|byte| !byte.is_ascii_whitespace()).count()
}

/// The plain reading of a text: look-alike characters folded and escapes decoded, as deep as [`DEPTH`]; one view a
/// step, each over the one before it. `spaced`: somewhere single characters stand apart.
pub(crate) fn readings(text: &str, spaced: bool) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    let latest = |views: &[View]| -> Option<View> {
        let text = views.last().map_or(text, |view| &view.text);
        fold::fold(text)
    };
    if let Some(view) = latest(&views) {
        views.push(view);
    }
    for _ in 0..DEPTH {
        let current = views.last().map_or(text, |view| &view.text);
        let Some(view) = escapes::decode(current) else {
            break;
        };
        let folded = fold::fold(&view.text);
        views.push(view);
        views.extend(folded);
    }
    let current = views.last().map_or(text, |view| &view.text);
    if (spaced || !views.is_empty() || spaced::has_words(current.as_bytes()))
        && let Some(view) = spaced::close_up(current)
    {
        views.push(view);
    }
    views
}

#[cfg(test)]
mod tests;
