//! The pages of a PDF in their order, each with what it inherits.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::file::File;
use super::object::{Dict, Object};
use crate::Failure;
use crate::work::Work;

/// A page.
pub(crate) struct Page {
    pub(crate) dict: Rc<Dict>,
    pub(crate) resources: Rc<Dict>,
}

/// All pages below the root. Where the tree is broken, pages that stand outside of it.
pub(crate) fn pages(
    root: &Dict,
    file: &mut File<'_>,
    work: &mut Work<'_>,
) -> Result<Vec<Page>, Failure> {
    let pages = tree(root, file, work)?;
    if !pages.is_empty() {
        return Ok(pages);
    }
    if !file.scanned {
        file.scan(work)?;
        let root = file
            .trailer
            .get(b"Root".as_slice())
            .cloned()
            .unwrap_or(Object::Null);
        if let Some(root) = file.resolve(&root, work)?.dict() {
            let pages = tree(root, file, work)?;
            if !pages.is_empty() {
                return Ok(pages);
            }
        }
    }
    let mut pages = Vec::new();
    for number in file.places.keys().copied().collect::<Vec<_>>() {
        let object = file.get(number, work)?;
        if let Object::Dict(dict) = &object
            && dict.get(b"Type".as_slice()).and_then(Object::name) == Some(b"Page")
        {
            pages.push(page(dict, &Rc::default(), file, work)?);
        }
    }
    Ok(pages)
}

fn page(
    dict: &Rc<Dict>,
    inherited: &Rc<Dict>,
    file: &mut File<'_>,
    work: &mut Work<'_>,
) -> Result<Page, Failure> {
    let own = file.entry(dict, b"Resources", work)?;
    Ok(Page {
        dict: Rc::clone(dict),
        resources: Rc::clone(own.dict().unwrap_or(inherited)),
    })
}

/// Walks the tree of pages; what was walked before is not walked again.
fn tree(root: &Dict, file: &mut File<'_>, work: &mut Work<'_>) -> Result<Vec<Page>, Failure> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<(Object, Rc<Dict>)> = Vec::new();
    waiting.extend(
        root.get(b"Pages".as_slice())
            .map(|pages| (pages.clone(), Rc::default())),
    );
    while let Some((node, inherited)) = waiting.pop() {
        work.step(1)?;
        if let Object::Ref(number) = node
            && !seen.insert(number)
        {
            continue;
        }
        let node = file.resolve(&node, work)?;
        let Object::Dict(dict) = &node else { continue };
        let page = page(dict, &inherited, file, work)?;
        let kids = file.entry(dict, b"Kids", work)?;
        match kids.array() {
            Some(kids) => {
                work.step(kids.len())?;
                // A list among the kids is no page, and could have lists in it without end.
                let kids = kids
                    .iter()
                    .rev()
                    .filter(|kid| matches!(kid, Object::Ref(_)));
                waiting.extend(kids.map(|kid| (kid.clone(), Rc::clone(&page.resources))));
            }
            None => found.push(page),
        }
    }
    Ok(found)
}
