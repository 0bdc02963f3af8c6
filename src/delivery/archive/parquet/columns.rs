//! Columns of Parquet files, written and read whole: one row group at a time.

use std::{ops::Range, sync::Arc};

use bytes::{Buf, Bytes};
use parquet::{
    column::reader::ColumnReaderImpl,
    data_type::DataType,
    errors::{ParquetError, Result},
    file::{
        metadata::RowGroupMetaData,
        reader::{ChunkReader, Length},
        serialized_reader::SerializedPageReader,
        writer::SerializedRowGroupWriter,
    },
};

/// Writes the next column, which has a value in each row.
pub(super) fn required<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
) -> Result<()> {
    let mut column = group.next_column()?.ok_or_else(no_column)?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

/// Writes the next column, which may lack values.
pub(super) fn optional<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let (mut there, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        there.extend(value);
    }
    let mut column = group.next_column()?.ok_or_else(no_column)?;
    column
        .typed::<T>()
        .write_batch(&there, Some(&levels), None)?;
    column.close()
}

fn no_column() -> ParquetError {
    ParquetError::General("there is no such column".to_owned())
}

/// The parts of a file that were fetched.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    length: u64,
    parts: Vec<(u64, Bytes)>,
}

impl Parts {
    /// None yet, of a file of this length.
    pub(super) fn of(length: u64) -> Self {
        Self {
            length,
            parts: Vec::new(),
        }
    }

    /// Adds what was fetched from here on.
    pub(super) fn push(&mut self, from: u64, bytes: Bytes) {
        self.parts.push((from, bytes));
    }

    /// Whether all of this is there.
    pub(super) fn has(&self, range: &Range<u64>) -> bool {
        self.slice(range.start)
            .is_some_and(|part| part.len() as u64 >= range.end - range.start)
    }

    fn slice(&self, start: u64) -> Option<Bytes> {
        let mut parts = self.parts.iter();
        parts.find_map(|(from, bytes)| {
            let skip = usize::try_from(start.checked_sub(*from)?).ok()?;
            (skip < bytes.len()).then(|| bytes.slice(skip..))
        })
    }

    fn from(&self, start: u64) -> Result<Bytes> {
        self.slice(start)
            .ok_or_else(|| ParquetError::EOF(format!("nothing was fetched at {start}")))
    }
}

impl Length for Parts {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Parts {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        self.from(start).map(Buf::reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let part = self.from(start)?;
        if part.len() >= length {
            return Ok(part.slice(..length));
        }
        Err(ParquetError::EOF(format!(
            "{length} bytes are not there at {start}"
        )))
    }
}

/// A row group whose columns were fetched.
pub(super) struct Group<'g> {
    parts: Arc<Parts>,
    metadata: &'g RowGroupMetaData,
    rows: usize,
}

impl<'g> Group<'g> {
    pub(super) fn new(parts: Parts, metadata: &'g RowGroupMetaData, rows: usize) -> Self {
        Self {
            parts: Arc::new(parts),
            metadata,
            rows,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    fn reader<T: DataType>(&self, column: usize) -> Result<ColumnReaderImpl<T>> {
        let chunk = self.metadata.column(column);
        let pages = SerializedPageReader::new(self.parts.clone(), chunk, self.rows, None)?;
        Ok(ColumnReaderImpl::new(
            chunk.column_descr_ptr(),
            Box::new(pages),
        ))
    }

    /// A column that has a value in each row.
    pub(super) fn required<T: DataType>(&self, column: usize) -> Result<Vec<T::T>> {
        let mut reader = self.reader::<T>(column)?;
        let mut values = Vec::with_capacity(self.rows);
        while values.len() < self.rows {
            let left = self.rows - values.len();
            if reader.read_records(left, None, None, &mut values)?.0 == 0 {
                return Err(short());
            }
        }
        Ok(values)
    }

    /// A column that may lack values.
    pub(super) fn optional<T: DataType>(&self, column: usize) -> Result<Vec<Option<T::T>>> {
        let mut reader = self.reader::<T>(column)?;
        let (mut values, mut levels) = (Vec::new(), Vec::with_capacity(self.rows));
        while levels.len() < self.rows {
            let left = self.rows - levels.len();
            if reader
                .read_records(left, Some(&mut levels), None, &mut values)?
                .0
                == 0
            {
                return Err(short());
            }
        }
        let mut values = values.into_iter();
        let all = levels.iter().map(|level| match level {
            0 => Ok(None),
            _ => values.next().map(Some).ok_or_else(short),
        });
        all.collect()
    }
}

fn short() -> ParquetError {
    ParquetError::EOF("a column has fewer rows than its group".to_owned())
}
