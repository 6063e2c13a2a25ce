//! The text of XML of any kind: each text after the name of its element, each attribute after its own name.

use super::{Reader, Token, attributes, text, unescape};
use crate::Failure;
use crate::work::Work;

/// Reads an XML file.
pub(crate) fn read(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    let source = text(bytes);
    let out = lines(&source, work)?;
    work.part("text", &out)
}

/// One line for each text, attribute, comment and document type.
pub(crate) fn lines(source: &str, work: &mut Work<'_>) -> Result<String, Failure> {
    let mut reader = Reader::new(source, work.limits.depth);
    let mut out = String::new();
    let mut element = "";
    // Text that goes on after an inner comment or section belongs together.
    let mut open = false;
    while let Some(token) = reader.next()? {
        work.step(1)?;
        match token {
            Token::Start {
                name,
                attributes: list,
            } => {
                element = name;
                open = false;
                for (name, value) in attributes(list) {
                    labelled(&mut out, name, &unescape(value));
                }
            }
            Token::End { .. } => {
                element = "";
                open = false;
            }
            Token::Text(data) => add(&mut out, element, &unescape(data), &mut open),
            Token::Raw(data) => add(&mut out, element, data, &mut open),
            Token::Comment(data) | Token::Doctype(data) => {
                labelled(&mut out, "", data);
                open = false;
            }
        }
    }
    if reader.broken {
        work.incomplete();
    }
    Ok(out)
}

fn add(out: &mut String, element: &str, data: &str, open: &mut bool) {
    if *open {
        out.push_str(data);
    } else if !data.trim().is_empty() {
        labelled(out, element, data);
        *open = true;
    }
}

fn labelled(out: &mut String, label: &str, data: &str) {
    if data.trim().is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    if !label.is_empty() {
        out.push_str(label);
        out.push_str(": ");
    }
    out.push_str(data.trim_start());
}
