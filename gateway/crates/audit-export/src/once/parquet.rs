//! Parquet, with a row group for so many records.

use std::fs::File;
use std::io::{self, BufWriter};
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::columns::{COLUMNS, Cell, Kind, cells};
use super::{Sheet, durable};
use crate::record::Record;

/// Records in memory at a time.
const GROUP: usize = 16_384;

pub(super) struct Parquet {
    writer: SerializedFileWriter<BufWriter<File>>,
    rows: Vec<Record>,
}

impl Parquet {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let schema = schema().map_err(wrong)?;
        let writer = SerializedFileWriter::new(
            BufWriter::new(file),
            schema,
            Arc::new(WriterProperties::builder().build()),
        );
        Ok(Self {
            writer: writer.map_err(wrong)?,
            rows: Vec::new(),
        })
    }

    fn group(&mut self) -> Result<(), ParquetError> {
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.writer.next_row_group()?;
        let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        required::<ByteArrayType>(&mut group, &rows, |row| text(row.instance()))?;
        required::<Int64Type>(&mut group, &rows, |row| number(row.seq))?;
        required::<Int64Type>(&mut group, &rows, |row| number(row.time.as_micros()))?;
        let cells: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
        for (at, (_, kind, _)) in COLUMNS.iter().enumerate() {
            let column = cells.iter().map(|row| &row[at]);
            match kind {
                Kind::Text => optional::<ByteArrayType>(
                    &mut group,
                    column.map(|cell| match cell {
                        Cell::Text(found) => Some(text(found)),
                        _ => None,
                    }),
                )?,
                Kind::Number => optional::<Int64Type>(
                    &mut group,
                    column.map(|cell| match cell {
                        Cell::Number(found) => Some(number(*found)),
                        _ => None,
                    }),
                )?,
            }
        }
        required::<ByteArrayType>(&mut group, &rows, |row| text(&row.line))?;
        group.close().map(drop)
    }
}

type Group<'a> = SerializedRowGroupWriter<'a, BufWriter<File>>;

fn required<T: DataType>(
    group: &mut Group<'_>,
    rows: &[Record],
    value: impl Fn(&Record) -> T::T,
) -> Result<(), ParquetError> {
    let values: Vec<T::T> = rows.iter().map(value).collect();
    column::<T>(group, &values, None)
}

fn optional<T: DataType>(
    group: &mut Group<'_>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    column::<T>(group, &values, Some(&levels))
}

fn column<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("a column too many".to_owned()));
    };
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn schema() -> Result<TypePtr, ParquetError> {
    let text = |name, repetition| {
        Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .with_repetition(repetition)
            .build()
    };
    let number = |name, repetition| {
        Type::primitive_type_builder(name, Physical::INT64)
            .with_repetition(repetition)
            .build()
    };
    let time = Type::primitive_type_builder("time", Physical::INT64)
        .with_logical_type(Some(LogicalType::timestamp(
            true,
            parquet::basic::TimeUnit::MICROS,
        )))
        .with_repetition(Repetition::REQUIRED)
        .build()?;
    let mut fields = vec![
        text("instance", Repetition::REQUIRED)?,
        number("seq", Repetition::REQUIRED)?,
        time,
    ];
    for (name, kind, _) in COLUMNS {
        fields.push(match kind {
            Kind::Text => text(name, Repetition::OPTIONAL)?,
            Kind::Number => number(name, Repetition::OPTIONAL)?,
        });
    }
    fields.push(text("record", Repetition::REQUIRED)?);
    let fields = fields.into_iter().map(Arc::new).collect();
    let schema = Type::group_type_builder("audit")
        .with_fields(fields)
        .build()?;
    Ok(Arc::new(schema))
}

fn wrong(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

impl Sheet for Parquet {
    fn row(&mut self, record: &Record) -> io::Result<()> {
        self.rows.push(record.clone());
        if self.rows.len() == GROUP {
            self.group().map_err(wrong)?;
        }
        Ok(())
    }

    fn close(mut self: Box<Self>) -> io::Result<()> {
        if !self.rows.is_empty() {
            self.group().map_err(wrong)?;
        }
        durable(self.writer.into_inner().map_err(wrong)?)
    }
}
