//! Workbooks of Office Open XML: sheets with cells, hidden ones too; then every other part.

use std::ops::Range;

use super::dates;
use super::package::Package;
use super::sheet;
use crate::Failure;
use crate::work::Work;
use crate::xml::{Reader, Token, attribute, unescape};

/// What cells refer to.
#[derive(Default)]
pub(crate) struct Shared {
    text: String,
    strings: Vec<Range<usize>>,
    used: Vec<bool>,
    pub(crate) dates: Vec<bool>,
    pub(crate) from_1904: bool,
}

impl Shared {
    /// A text of the common table.
    pub(crate) fn string(&mut self, index: usize) -> &str {
        if let Some(used) = self.used.get_mut(index) {
            *used = true;
        }
        self.strings
            .get(index)
            .and_then(|range| self.text.get(range.clone()))
            .unwrap_or_default()
    }
}

/// Reads a workbook. What a part is, its first element says: a name can lie.
pub(crate) fn read_workbook(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    let mut package = Package::open(bytes, work)?;
    let mut shared = Shared::default();
    for (_, source) in package.take(work, |name, root| {
        root == "sst" || name == "xl/sharedStrings.xml"
    })? {
        strings(&source, &mut shared, work)?;
    }
    for (_, source) in package.take(work, |_, root| root == "styleSheet")? {
        shared.dates = dates::styles(&source, work)?;
    }
    let books = package.take(work, |_, root| root == "workbook")?;
    let links = package.take(work, |name, _| name.ends_with("_rels/workbook.xml.rels"))?;
    let names = match (books.first(), links.first()) {
        (Some((_, book)), Some((_, links))) => sheet_names(book, links, &mut shared, work)?,
        _ => Vec::new(),
    };
    let mut sheets = package.take(work, |name, root| {
        root == "worksheet" || name.contains("/worksheets/sheet")
    })?;
    let place = |part: &str| {
        sheet_name(part, &names).map_or((usize::MAX, part.to_owned()), |(index, name)| {
            (index, name.to_owned())
        })
    };
    sheets.sort_by_cached_key(|(part, _)| place(part));
    for (part, source) in &sheets {
        let outcome = sheet::read(&place(part).1, source, &mut shared, work);
        work.forgive(outcome)?;
    }
    // Texts that no cell refers to are often those of cells that were deleted.
    for (range, used) in shared.strings.iter().zip(&shared.used) {
        if !used {
            work.part(
                "unused text",
                shared.text.get(range.clone()).unwrap_or_default(),
            )?;
        }
    }
    for (name, source) in books.iter().chain(&links) {
        package.flowing(name, source, work)?;
    }
    package.read_rest(work, str::to_owned)
}

/// The place and the name of the sheet in a part.
fn sheet_name<'n>(part: &str, names: &'n [(String, String)]) -> Option<(usize, &'n str)> {
    let file = part.rsplit('/').next()?;
    let found = names
        .iter()
        .position(|(target, _)| target.rsplit('/').next() == Some(file))?;
    names.get(found).map(|(_, name)| (found, name.as_str()))
}

/// The table of texts.
fn strings(source: &str, shared: &mut Shared, work: &mut Work<'_>) -> Result<(), Failure> {
    let mut reader = Reader::new(source, work.limits.depth);
    let mut start = shared.text.len();
    let mut within = false;
    while let Some(token) = reader.next()? {
        work.step(1)?;
        match token {
            Token::Start { name: "si", .. } => start = shared.text.len(),
            Token::Start { name: "t", .. } => within = true,
            Token::End { name: "t" } => within = false,
            Token::End { name: "si" } => {
                shared.strings.push(start..shared.text.len());
                shared.used.push(false);
            }
            Token::Text(data) if within => shared.text.push_str(&unescape(data)),
            Token::Raw(data) if within => shared.text.push_str(data),
            _ => {}
        }
    }
    if reader.broken {
        work.incomplete();
    }
    Ok(())
}

/// The parts of the sheets and their names, in the order of the workbook.
fn sheet_names(
    book: &str,
    links: &str,
    shared: &mut Shared,
    work: &mut Work<'_>,
) -> Result<Vec<(String, String)>, Failure> {
    let mut targets = std::collections::HashMap::new();
    let mut reader = Reader::new(links, work.limits.depth);
    while let Some(token) = reader.next()? {
        work.step(1)?;
        if let Token::Start {
            name: "Relationship",
            attributes,
        } = token
            && let (Some(id), Some(target)) =
                (attribute(attributes, "Id"), attribute(attributes, "Target"))
        {
            targets.insert(id.into_owned(), target.into_owned());
        }
    }
    let mut names = Vec::new();
    let mut reader = Reader::new(book, work.limits.depth);
    while let Some(token) = reader.next()? {
        work.step(1)?;
        let Token::Start { name, attributes } = token else {
            continue;
        };
        if name == "workbookPr" {
            shared.from_1904 = attribute(attributes, "date1904")
                .is_some_and(|value| value == "1" || value == "true");
        }
        if name == "sheet"
            && names.len() < 1_000
            && let (Some(name), Some(id)) =
                (attribute(attributes, "name"), attribute(attributes, "id"))
            && let Some(target) = targets.get(id.as_ref())
        {
            names.push((target.clone(), name.into_owned()));
        }
    }
    Ok(names)
}
