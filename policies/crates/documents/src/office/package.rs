//! The parts of an office document, whatever they are called: what a part is, its first bytes say.

use super::flow::flow;
use crate::sniff;
use crate::work::Work;
use crate::xml;
use crate::zip::{Entry, Zip};
use crate::{Failure, Type};

/// An open document, and the parts that are not read yet.
pub(crate) struct Package<'b> {
    zip: Zip<'b>,
    left: Vec<Entry>,
}

/// Parts that hold no text, by the ends of their names: fonts, settings of printers.
const WITHOUT_TEXT: &[&str] = &[".odttf", ".fntdata", ".ttf", ".otf", ".rels.sig"];

impl<'b> Package<'b> {
    pub(crate) fn open(bytes: &'b [u8], work: &mut Work<'_>) -> Result<Self, Failure> {
        work.step(bytes.len() / 16)?;
        let zip = Zip::open(bytes, work.limits.entries)?;
        let left = zip
            .entries
            .iter()
            .filter(|entry| !entry.name.ends_with('/'))
            .cloned()
            .collect();
        Ok(Self { zip, left })
    }

    /// Puts the parts into an order.
    pub(crate) fn order(&mut self, rank: impl Fn(&str) -> usize) {
        self.left
            .sort_by_cached_key(|entry| (rank(&entry.name), entry.name.clone()));
    }

    /// Takes the parts for which `wanted` says so of the name and the first bytes, as text of XML.
    pub(crate) fn take(
        &mut self,
        work: &mut Work<'_>,
        wanted: impl Fn(&str, &str) -> bool,
    ) -> Result<Vec<(String, String)>, Failure> {
        let mut taken = Vec::new();
        let mut left = Vec::new();
        for entry in std::mem::take(&mut self.left) {
            let head = self.zip.peek(&entry, 2048);
            work.step(head.len())?;
            let fits = wanted(&entry.name, xml::root(&xml::text(&head)));
            if !fits {
                left.push(entry);
                continue;
            }
            match self.zip.read(&entry, work) {
                Ok(bytes) => taken.push((entry.name, xml::text(&bytes).into_owned())),
                Err(failure) => work.forgive(Err(failure))?,
            }
        }
        self.left = left;
        Ok(taken)
    }

    /// Reads all parts that are left.
    pub(crate) fn read_rest(
        &mut self,
        work: &mut Work<'_>,
        label: impl Fn(&str) -> String,
    ) -> Result<(), Failure> {
        for entry in std::mem::take(&mut self.left) {
            let outcome = self.part(&entry, &label(&entry.name), work);
            work.forgive(outcome)?;
        }
        Ok(())
    }

    /// Reads the text of one part; slides in it have labels of their own.
    pub(crate) fn flowing(
        &self,
        label: &str,
        source: &str,
        work: &mut Work<'_>,
    ) -> Result<(), Failure> {
        let flowed = flow(source, work)?;
        let base = work.len();
        work.part(label, &flowed.text)?;
        if !flowed.pages.is_empty() {
            relabel(base, &flowed.text, &flowed.pages, label, work);
        }
        Ok(())
    }

    fn part(&self, entry: &Entry, label: &str, work: &mut Work<'_>) -> Result<(), Failure> {
        let name = entry.name.as_str();
        if name == "[Content_Types].xml" || WITHOUT_TEXT.iter().any(|end| name.ends_with(end)) {
            return Ok(());
        }
        let head = self.zip.peek(entry, 512);
        work.step(head.len())?;
        if matches!(
            sniff(&head, None, None),
            Type::Image(_) | Type::Audio(_) | Type::Video(_)
        ) {
            return Ok(());
        }
        let bytes = self.zip.read(entry, work)?;
        let source = xml::text(&bytes);
        let start = source.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
        if start.starts_with("<") && !matches!(sniff(&bytes, None, None), Type::Html) {
            return self.flowing(label, &source, work);
        }
        if name.ends_with(".bin") && name.contains("printerSettings") {
            return Ok(());
        }
        work.embed(name, None, &bytes).map(|_| ())
    }
}

/// Labels for the slides of one part.
fn relabel(base: usize, text: &str, pages: &[usize], label: &str, work: &mut Work<'_>) {
    // The part begins behind its separator, and without the blanks at its front.
    let separator = usize::from(base > 0);
    let blanks = text
        .len()
        .saturating_sub(text.trim_start_matches(['\n', '\r', '\t', ' ', '\0']).len());
    let place = |at: usize| at.saturating_sub(blanks).saturating_add(separator);
    let first = pages.first().copied().unwrap_or_default();
    let mut labels = vec![(label.to_owned(), place(0)..place(first))];
    for (number, start) in pages.iter().enumerate() {
        let end = pages
            .get(number.saturating_add(1))
            .copied()
            .unwrap_or(text.len());
        labels.push((
            format!("slide {}", number.saturating_add(1)),
            place(*start)..place(end),
        ));
    }
    work.relabel(base, labels.into_iter());
}
