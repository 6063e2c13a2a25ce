//! Cells of OpenDocument workbooks, with their addresses.

use super::flow::keep;
use crate::Failure;
use crate::address::column;
use crate::lines::Lines;
use crate::work::Work;
use crate::xml::{Reader, Token, attribute, unescape};

/// Where the reader stands, and the cell that is open.
#[derive(Default)]
struct Table {
    name: String,
    row: usize,
    column: usize,
    /// How many times the open row and the open cell stand.
    rows: usize,
    columns: usize,
    /// The first cell of a row begins a line.
    fresh: bool,
    cell: Option<Lines>,
    comment: Option<Lines>,
    value: String,
}

/// How many times an element stands.
fn repeated(list: &str, name: &str) -> usize {
    attribute(list, name)
        .and_then(|count| count.parse().ok())
        .unwrap_or(1)
        .clamp(1, 1 << 24)
}

/// Reads the content of a workbook.
pub(crate) fn read(source: &str, work: &mut Work<'_>) -> Result<(), Failure> {
    let mut reader = Reader::new(source, work.limits.depth);
    let mut table = Table::default();
    let mut outside = Lines::default();
    while let Some(token) = reader.next()? {
        work.step(1)?;
        match token {
            Token::Start {
                name,
                attributes: list,
            } => start(&mut table, &mut outside, name, list),
            Token::End { name } => end(&mut table, name, work)?,
            Token::Text(data) => add(&mut table, &mut outside, &unescape(data)),
            Token::Raw(data) => add(&mut table, &mut outside, data),
            Token::Comment(data) | Token::Doctype(data) => outside.aside(data),
        }
    }
    if reader.broken {
        work.incomplete();
    }
    work.part("content.xml", &outside.finish())
}

fn start(table: &mut Table, outside: &mut Lines, name: &str, list: &str) {
    keep(outside, name, list);
    match name {
        "table" => {
            table.name = attribute(list, "name").unwrap_or_default().into_owned();
            table.row = 0;
        }
        "table-row" => {
            table.rows = repeated(list, "number-rows-repeated");
            table.column = 0;
            table.fresh = true;
        }
        "table-cell" | "covered-table-cell" => {
            table.columns = repeated(list, "number-columns-repeated");
            table.cell = Some(Lines::default());
            table.value = ["string-value", "date-value", "time-value", "value"]
                .iter()
                .find_map(|name| attribute(list, name))
                .unwrap_or_default()
                .into_owned();
        }
        "annotation" => table.comment = Some(Lines::default()),
        "p" | "line-break" => within(table, outside).separate('\n'),
        "s" => within(table, outside).push(" "),
        "tab" => within(table, outside).push("\t"),
        _ => {}
    }
}

/// The lines that text goes to now.
fn within<'t>(table: &'t mut Table, outside: &'t mut Lines) -> &'t mut Lines {
    table
        .comment
        .as_mut()
        .or(table.cell.as_mut())
        .unwrap_or(outside)
}

fn add(table: &mut Table, outside: &mut Lines, data: &str) {
    if !(data.trim().is_empty() && data.contains('\n')) {
        within(table, outside).push(data);
    }
}

fn end(table: &mut Table, name: &str, work: &mut Work<'_>) -> Result<(), Failure> {
    match name {
        "table-row" => table.row = table.row.saturating_add(table.rows),
        "annotation" => {
            let place = format!(
                "{}!{}{} comment",
                table.name,
                column(table.column),
                table.row.saturating_add(1)
            );
            let comment = table.comment.take().unwrap_or_default().finish();
            work.part(&place, &comment)?;
            table.fresh = true;
        }
        "table-cell" | "covered-table-cell" => {
            let shown = table.cell.take().unwrap_or_default().finish();
            let place = format!(
                "{}!{}{}",
                table.name,
                column(table.column),
                table.row.saturating_add(1)
            );
            let value = std::mem::take(&mut table.value);
            let separator = if table.fresh { '\n' } else { '\t' };
            if !shown.trim().is_empty() || !value.is_empty() {
                table.fresh = false;
            }
            if shown.trim().is_empty() {
                work.part_after(separator, &place, &value)?;
            } else {
                work.part_after(separator, &place, &shown)?;
                // What is shown may be rounded or written in another way.
                if !value.is_empty() && value != shown {
                    work.part_after(' ', &place, &value)?;
                }
            }
            table.column = table.column.saturating_add(table.columns);
        }
        "p" => {
            if let Some(lines) = table.comment.as_mut().or(table.cell.as_mut()) {
                lines.separate('\n');
            }
        }
        _ => {}
    }
    Ok(())
}
