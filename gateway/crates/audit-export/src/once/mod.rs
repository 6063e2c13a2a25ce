//! The trail once, into a file: as lines, or as a table with a row a record.

mod columns;
mod csv;
mod parquet;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use marshal_audit::{Place, segment_records};

use crate::cursor::Positions;
use crate::filter::{Filter, Selection};
use crate::record::Record;
use crate::tail::{SETTLED, Tail};

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// JSON lines: the chain's name, the number, the record as it stands in the trail.
    Jsonl,
    /// The main columns (RFC 4180).
    Csv,
    /// The main columns, and the record as it stands in the trail.
    Parquet,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// The trail cannot be read.
    #[error("the audit trail cannot be read")]
    Trail(#[source] io::Error),
    /// The file cannot be written.
    #[error("the file cannot be written")]
    File(#[source] io::Error),
}

/// Takes records, one after another.
trait Sheet {
    fn row(&mut self, record: &Record) -> io::Result<()>;
    /// Durable once it returns.
    fn close(self: Box<Self>) -> io::Result<()>;
}

/// Writes the records of the trail that are wanted; how many. Takes two seconds and more: the last records have to have
/// stood for so long.
///
/// # Errors
/// [`OnceError`]; the file then holds a part.
pub fn export_once(
    trail: &Path,
    filter: Filter,
    table: Table,
    file: File,
) -> Result<u64, OnceError> {
    let mut sheet: Box<dyn Sheet> = match table {
        Table::Jsonl => Box::new(Lines(BufWriter::new(file))),
        Table::Csv => Box::new(csv::Csv::new(file).map_err(OnceError::File)?),
        Table::Parquet => Box::new(parquet::Parquet::new(file).map_err(OnceError::File)?),
    };
    let mut selection = Selection::new(filter);
    let mut tail = Tail::new(trail.to_owned(), Positions::default());
    let mut records = 0;
    let begun = Instant::now();
    // What stands at the trail's end when all was read is looked at once more when it has stood there for long enough.
    let mut end = None;
    loop {
        let now = begun.elapsed();
        let more = tail.read(now).map_err(OnceError::Trail)?;
        for record in tail.take(usize::MAX, usize::MAX) {
            if selection.takes(&record) {
                sheet.row(&record).map_err(OnceError::File)?;
                records += 1;
            }
        }
        match end {
            _ if more => {}
            None if tail.holds_back() => end = Some(now + SETTLED),
            Some(end) if now < end => std::thread::park_timeout(end - now),
            _ => break,
        }
    }
    sheet.close().map_err(OnceError::File)?;
    Ok(records)
}

/// Writes the records of one segment that will not grow as Parquet; how many.
///
/// # Errors
/// [`OnceError`]; the file then holds a part.
pub fn export_segment(
    trail: &Path,
    chain: &str,
    segment: u32,
    file: File,
) -> Result<u64, OnceError> {
    let mut sheet: Box<dyn Sheet> = Box::new(parquet::Parquet::new(file).map_err(OnceError::File)?);
    let (mut records, mut written) = (0, Ok(()));
    let name: Arc<str> = chain.into();
    segment_records(trail, chain, segment, &mut |_, line| {
        let place = Place {
            chain: name.clone(),
            segment,
            offset: 0,
            bytes: u32::try_from(line.len()).unwrap_or(u32::MAX),
        };
        if let Some((record, _)) = Record::read(&place, line) {
            records += 1;
            written = sheet.row(&record);
        }
        written.is_ok()
    })
    .map_err(OnceError::Trail)?;
    written
        .and_then(|()| sheet.close())
        .map_err(OnceError::File)?;
    Ok(records)
}

/// JSON lines.
struct Lines(BufWriter<File>);

impl Sheet for Lines {
    fn row(&mut self, record: &Record) -> io::Result<()> {
        self.0.write_all(record.message().as_bytes())?;
        self.0.write_all(b"\n")
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        durable(self.0)
    }
}

fn durable(file: BufWriter<File>) -> io::Result<()> {
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
