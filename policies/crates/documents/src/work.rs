//! The work on one document: the text so far, and what is left of the limits.

use std::ops::Range;

use crate::limits::{DECOMPRESSED, Limits, STEPS, TEXT};
use crate::{Extract, Failure, Type, read, sniff};

/// The label of everything after the limit of parts.
const FURTHER: &str = "further parts";

/// The text of a document as it grows. Shared by a document and all documents within it.
pub(crate) struct Work<'l> {
    pub(crate) limits: &'l Limits,
    text: String,
    parts: Vec<(String, Range<usize>)>,
    complete: bool,
    /// The text is as long as it may get.
    full: bool,
    decompressed: usize,
    steps: u64,
    level: usize,
    /// What stands before each label: the names of the documents around this one.
    prefix: String,
}

impl<'l> Work<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            text: String::new(),
            parts: Vec::new(),
            complete: true,
            full: false,
            decompressed: 0,
            steps: 0,
            level: 0,
            prefix: String::new(),
        }
    }

    /// The extract, or the failure. A text that was cut is no failure.
    pub(crate) fn finish(self, outcome: Result<(), Failure>) -> Result<Extract, Failure> {
        match outcome {
            Err(failure) if !self.full => Err(failure),
            _ => Ok(Extract {
                text: self.text,
                parts: self.parts,
                complete: self.complete,
            }),
        }
    }

    /// Counts steps of reading.
    pub(crate) fn step(&mut self, count: usize) -> Result<(), Failure> {
        self.steps = self.steps.saturating_add(count as u64);
        if self.steps > self.limits.steps {
            Err(Failure::TooLarge { limit: STEPS })
        } else {
            Ok(())
        }
    }

    /// Counts decompressed bytes.
    pub(crate) fn spend(&mut self, count: usize) -> Result<(), Failure> {
        self.decompressed = self.decompressed.saturating_add(count);
        if self.decompressed > self.limits.decompressed {
            return Err(Failure::TooLarge {
                limit: DECOMPRESSED,
            });
        }
        self.step(count)
    }

    /// How many bytes may still be decompressed.
    pub(crate) fn room(&self) -> usize {
        self.limits.decompressed.saturating_sub(self.decompressed)
    }

    /// Something that may hold text was not read.
    pub(crate) fn incomplete(&mut self) {
        self.complete = false;
    }

    /// How long the text is by now.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Adds a part on a line of its own. Blank text is left out.
    pub(crate) fn part(&mut self, label: &str, text: &str) -> Result<(), Failure> {
        self.part_after('\n', label, text)
    }

    /// Adds a part after a separator.
    pub(crate) fn part_after(
        &mut self,
        separator: char,
        label: &str,
        text: &str,
    ) -> Result<(), Failure> {
        let text = text.trim_matches(['\n', '\r', '\t', ' ', '\0']);
        if text.is_empty() {
            return Ok(());
        }
        self.step(text.len())?;
        if !self.text.is_empty() {
            if self.text.len() >= self.limits.text {
                return self.cut();
            }
            self.text.push(separator);
        }
        let start = self.text.len();
        let room = self.limits.text.saturating_sub(start);
        let kept = text.floor_char_boundary(room.min(text.len()));
        self.text.push_str(text.get(..kept).unwrap_or_default());
        self.mark(label, start..self.text.len());
        if kept < text.len() {
            self.cut()
        } else {
            Ok(())
        }
    }

    /// Labels a range of the text.
    fn mark(&mut self, label: &str, range: Range<usize>) {
        if self.parts.len() >= self.limits.parts
            && let Some((last, at)) = self.parts.last_mut()
        {
            if last != FURTHER {
                FURTHER.clone_into(last);
            }
            at.end = range.end;
            return;
        }
        self.parts.push((format!("{}{label}", self.prefix), range));
    }

    fn cut(&mut self) -> Result<(), Failure> {
        self.full = true;
        self.complete = false;
        Err(Failure::TooLarge { limit: TEXT })
    }

    /// Labels for pieces of a part that is in the text already, beginning at `base`.
    pub(crate) fn relabel(
        &mut self,
        base: usize,
        labels: impl Iterator<Item = (String, Range<usize>)>,
    ) {
        // The whole part had one label; the pieces take its place.
        if self
            .parts
            .last()
            .is_some_and(|(label, range)| range.start >= base && label != FURTHER)
        {
            self.parts.pop();
        }
        for (label, range) in labels {
            let end = base.saturating_add(range.end).min(self.text.len());
            let start = base.saturating_add(range.start).min(end);
            if start < end {
                self.mark(&label, start..end);
            }
        }
    }

    /// Reads a document within the document. What cannot be read makes the extract incomplete, and no more than that.
    /// A picture, a sound or a film is passed by; whether it was one is the answer.
    pub(crate) fn embed(
        &mut self,
        name: &str,
        media: Option<&str>,
        bytes: &[u8],
    ) -> Result<bool, Failure> {
        let kind = sniff(bytes, Some(name), media);
        if matches!(kind, Type::Image(_) | Type::Audio(_) | Type::Video(_)) {
            return Ok(true);
        }
        if self.level >= self.limits.embedded || bytes.len() > self.limits.input {
            self.incomplete();
            return Ok(false);
        }
        let before = self.prefix.len();
        self.prefix.push_str(
            name.get(..name.floor_char_boundary(200))
                .unwrap_or_default(),
        );
        self.prefix.push_str(": ");
        self.level = self.level.saturating_add(1);
        let outcome = read(bytes, kind, self);
        self.level = self.level.saturating_sub(1);
        self.prefix.truncate(before);
        match outcome {
            Err(failure @ Failure::TooLarge { .. }) => Err(failure),
            Err(_) => {
                self.incomplete();
                Ok(false)
            }
            Ok(()) => Ok(false),
        }
    }

    /// Goes on after a part that could not be read, but not past a limit.
    pub(crate) fn forgive(&mut self, outcome: Result<(), Failure>) -> Result<(), Failure> {
        match outcome {
            Err(failure @ (Failure::TooLarge { .. } | Failure::Encrypted)) => Err(failure),
            Err(_) => {
                self.incomplete();
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}
