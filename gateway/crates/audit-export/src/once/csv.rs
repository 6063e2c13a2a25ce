//! CSV (RFC 4180) that no spreadsheet takes for a formula.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::columns::{COLUMNS, Cell, cells};
use super::{Sheet, durable};
use crate::record::Record;

pub(super) struct Csv(BufWriter<File>);

impl Csv {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let mut csv = Self(BufWriter::new(file));
        let names = COLUMNS.iter().map(|(name, ..)| Cow::Borrowed(*name));
        csv.line(
            ["instance", "seq", "time"]
                .map(Cow::Borrowed)
                .into_iter()
                .chain(names),
        )?;
        Ok(csv)
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                self.0.write_all(b",")?;
            }
            self.0.write_all(field(&cell).as_bytes())?;
        }
        self.0.write_all(b"\r\n")
    }
}

/// A spreadsheet calculates what begins with one of these, whoever wrote it (OWASP, CSV injection): a quote stands before.
fn field(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let quoted = text.contains(['"', ',', '\r', '\n']);
    if !formula && !quoted {
        return text.into();
    }
    let text = text.replace('"', "\"\"");
    format!("\"{}{text}\"", if formula { "'" } else { "" }).into()
}

impl Sheet for Csv {
    fn row(&mut self, record: &Record) -> io::Result<()> {
        let envelope = [
            record.instance().to_owned(),
            record.seq.to_string(),
            record.time.to_string(),
        ];
        let cells = cells(record).into_iter().map(|cell| match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) => text,
            Cell::Number(number) => number.to_string(),
        });
        self.line(envelope.into_iter().chain(cells).map(Cow::Owned))
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        durable(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_where_it_must_be_and_never_a_formula() {
        for (text, expected) in [
            ("", ""),
            ("gpt-4o", "gpt-4o"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"\n", "\"say \"\"hi\"\"\n\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-2", "\"'-2\""),
            ("+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\""),
            ("\t=1", "\"'\t=1\""),
        ] {
            assert_eq!(field(text), expected);
        }
    }
}
