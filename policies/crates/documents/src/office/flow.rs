//! The text of one XML part of an office document, as it flows on the page.
//!
//! One reader for both families: their elements have names of their own, and do the same. Runs of a paragraph are joined
//! without a blank. Text boxes, notes and comments within a paragraph are flows of their own, and do not break it; nor do
//! deleted text, field codes and attributes, which stand aside.

use super::attributes::kept;
use crate::Failure;
use crate::lines::Lines;
use crate::work::Work;
use crate::xml::{Reader, Token, attribute, attributes, unescape};

/// The text of a part, and where the pages of a drawing or of slides begin in it.
#[derive(Debug, Default)]
pub(crate) struct Flowed {
    pub(crate) text: String,
    pub(crate) pages: Vec<usize>,
}

/// Elements that begin and end a line.
fn breaks(name: &str) -> bool {
    matches!(
        name,
        "p" | "h"
            | "tr"
            | "row"
            | "table-row"
            | "br"
            | "cr"
            | "line-break"
            | "list-item"
            | "si"
            | "page"
            | "tbl"
            | "table"
            | "sp"
            | "comment"
    )
}

/// Elements within which all text is joined.
fn joins(name: &str) -> bool {
    matches!(name, "p" | "h" | "si" | "is" | "text")
}

/// Elements whose content flows apart from what is around them.
fn apart(name: &str) -> bool {
    matches!(
        name,
        "txbxContent"
            | "textbox"
            | "text-box"
            | "annotation"
            | "note"
            | "notes"
            | "changed-region"
            | "del"
    )
}

/// Elements whose text stands aside.
fn stands_aside(name: &str) -> bool {
    matches!(
        name,
        "delText"
            | "instrText"
            | "delInstrText"
            | "title"
            | "desc"
            | "posOffset"
            | "pctWidth"
            | "pctHeight"
            | "align"
    )
}

/// Elements whose text is a measure. What is too long for one is text all the same.
fn measure(name: &str, text: &str) -> bool {
    matches!(
        name,
        "posOffset"
            | "pctWidth"
            | "pctHeight"
            | "align"
            | "col"
            | "colOff"
            | "row"
            | "rowOff"
            | "Anchor"
    ) && text.len() <= 10
}

/// Reads a part.
pub(crate) fn flow(source: &str, work: &mut Work<'_>) -> Result<Flowed, Failure> {
    let mut reader = Reader::new(source, work.limits.depth);
    let mut flows = vec![Lines::default()];
    let mut pages = Vec::new();
    let mut element = "";
    // Within a paragraph all text is joined; outside of one, each text is a line.
    let mut paragraphs = 0_usize;
    while let Some(token) = reader.next()? {
        work.step(1)?;
        let depth = flows.len();
        let Some(lines) = flows.last_mut() else { break };
        match token {
            Token::Start {
                name,
                attributes: list,
            } => {
                element = name;
                if name == "page" && depth == 1 {
                    lines.settle();
                    pages.push(lines.len());
                }
                if breaks(name) || paragraphs == 0 {
                    lines.begin();
                }
                if joins(name) {
                    paragraphs = paragraphs.saturating_add(1);
                }
                mark(lines, name, list);
                keep(lines, name, list);
                if apart(name) {
                    flows.push(Lines::default());
                }
            }
            Token::End { name } => {
                element = "";
                if joins(name) {
                    paragraphs = paragraphs.saturating_sub(1);
                }
                if apart(name) && depth > 1 {
                    let inner = flows.pop().unwrap_or_default().finish();
                    if let Some(outer) = flows.last_mut() {
                        outer.aside(&inner);
                    }
                    continue;
                }
                match name {
                    "tc" | "table-cell" | "covered-table-cell" => lines.cell(),
                    "page" | "tr" | "table-row" | "sp" => {
                        lines.separate('\n');
                        lines.settle();
                    }
                    name if breaks(name) => lines.separate('\n'),
                    _ => {}
                }
            }
            Token::Text(data) => text(lines, element, &unescape(data)),
            Token::Raw(data) => text(lines, element, data),
            Token::Comment(data) | Token::Doctype(data) => lines.aside(data),
        }
    }
    if reader.broken {
        work.incomplete();
    }
    let mut text = String::new();
    while let Some(lines) = flows.pop() {
        let inner = lines.finish();
        // What was never closed comes behind; the outermost flow stays at the front, where its pages are counted.
        if text.is_empty() {
            text = inner;
        } else {
            text = inner + "\n" + &text;
        }
    }
    Ok(Flowed { text, pages })
}

/// Characters that are written as elements.
fn mark(lines: &mut Lines, name: &str, list: &str) {
    match name {
        "tab" | "ptab" if !list.contains("pos=") => lines.push("\t"),
        "noBreakHyphen" => lines.push("-"),
        // A run of blanks in OpenDocument. The same name is text in caches of pivot tables, which have `v`.
        "s" if !list.contains("v=") => {
            let count = attribute(list, "c")
                .and_then(|count| count.parse().ok())
                .unwrap_or(1_usize);
            lines.push(&" ".repeat(count.min(80)));
        }
        _ => {}
    }
}

/// Text in attributes.
pub(crate) fn keep(lines: &mut Lines, name: &str, list: &str) {
    if list.is_empty() {
        return;
    }
    let external = name == "Relationship" && list.contains("External");
    for (attribute, value) in attributes(list) {
        if kept(name, attribute, value) || external && attribute == "Target" {
            lines.aside(&unescape(value));
        }
    }
}

fn text(lines: &mut Lines, element: &str, data: &str) {
    if measure(element, data) {
        return;
    }
    if data.trim().is_empty()
        && (data.contains('\n') || !matches!(element, "t" | "span" | "p" | "a" | "h"))
    {
        return;
    }
    if stands_aside(element) {
        lines.aside(data);
    } else if data.contains('\n') {
        lines.push_words(data);
    } else {
        lines.push(data);
    }
}
