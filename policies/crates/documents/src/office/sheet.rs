//! The cells of one sheet: rows as lines, cells between tabs, each with its address.

use super::dates::date;
use super::flow::keep;
use super::workbook::Shared;
use crate::Failure;
use crate::address::column;
use crate::lines::Lines;
use crate::work::Work;
use crate::xml::{Reader, Token, attribute, unescape};

/// The cell that is open.
#[derive(Default)]
struct Cell {
    address: String,
    kind: String,
    style: usize,
    value: String,
    formula: String,
    open: bool,
}

/// Reads a sheet.
pub(crate) fn read(
    sheet: &str,
    source: &str,
    shared: &mut Shared,
    work: &mut Work<'_>,
) -> Result<(), Failure> {
    let mut reader = Reader::new(source, work.limits.depth);
    let mut outside = Lines::default();
    let mut formulas = Vec::new();
    let mut cell = Cell::default();
    let (mut row, mut index, mut fresh) = (0_usize, 0_usize, true);
    let mut element = "";
    while let Some(token) = reader.next()? {
        work.step(1)?;
        match token {
            Token::Start {
                name: "row",
                attributes,
            } => {
                let number = attribute(attributes, "r").and_then(|number| number.parse().ok());
                row = number.unwrap_or(row.saturating_add(1));
                (index, fresh) = (0, true);
            }
            Token::Start {
                name: "c",
                attributes,
            } => {
                let address = attribute(attributes, "r").unwrap_or_default();
                cell = Cell {
                    address: if address.is_empty() || address.len() > 12 {
                        format!("{}{row}", column(index))
                    } else {
                        address.into_owned()
                    },
                    kind: attribute(attributes, "t").unwrap_or_default().into_owned(),
                    style: attribute(attributes, "s")
                        .and_then(|style| style.parse().ok())
                        .unwrap_or(0),
                    open: true,
                    ..Cell::default()
                };
                index = index.saturating_add(1);
            }
            Token::End { name: "c" } => {
                let cell = std::mem::take(&mut cell);
                let place = format!("{sheet}!{}", cell.address);
                // A formula with a text in it holds what its value may not show.
                if cell.formula.contains('"') && formulas.len() < work.limits.parts {
                    formulas.push((format!("{place} formula"), cell.formula.clone()));
                }
                let shown = shown(&cell, shared);
                if !shown.trim().is_empty() {
                    work.part_after(if fresh { '\n' } else { '\t' }, &place, &shown)?;
                    fresh = false;
                }
            }
            Token::Start { name, attributes } => {
                element = name;
                if !cell.open {
                    keep(&mut outside, name, attributes);
                }
            }
            Token::End { .. } => {
                element = "";
                if !cell.open {
                    outside.separate('\n');
                }
            }
            Token::Text(data) => add(&mut cell, &mut outside, element, &unescape(data)),
            Token::Raw(data) => add(&mut cell, &mut outside, element, data),
            Token::Comment(data) | Token::Doctype(data) => outside.aside(data),
        }
    }
    if reader.broken {
        work.incomplete();
    }
    for (place, formula) in formulas {
        work.part(&place, &formula)?;
    }
    work.part(&format!("{sheet} around the cells"), &outside.finish())
}

fn add(cell: &mut Cell, outside: &mut Lines, element: &str, data: &str) {
    if !cell.open {
        if !data.trim().is_empty() {
            outside.push(data);
        }
    } else if element == "f" {
        cell.formula.push_str(data);
    } else if matches!(element, "v" | "t") || !data.trim().is_empty() {
        cell.value.push_str(data);
    }
}

/// What a cell holds, as text.
fn shown(cell: &Cell, shared: &mut Shared) -> String {
    let value = cell.value.trim();
    match cell.kind.as_str() {
        "s" => value
            .parse()
            .map_or(String::new(), |index| shared.string(index).to_owned()),
        "" | "n" => {
            let Ok(number) = value.parse::<f64>() else {
                return value.to_owned();
            };
            if shared.dates.get(cell.style).copied().unwrap_or(false)
                && let Some(date) = date(number, shared.from_1904)
            {
                return date;
            }
            // A long number is one with an exponent in the file, but all digits to its reader.
            if value.contains(['e', 'E']) && number.fract() == 0.0 && number.abs() < 1e18 {
                return format!("{number:.0}");
            }
            value.to_owned()
        }
        _ => cell.value.clone(),
    }
}
