//! One Parquet file: made in memory, read by parts.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;
use parquet::{
    DecodeResult,
    errors::ParquetError,
    file::{
        metadata::{
            PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder, RowGroupMetaData,
        },
        statistics::Statistics,
        writer::SerializedFileWriter,
    },
};
use sha2::{Digest, Sha256};

use super::{
    super::StoreError,
    bucket::Bucket,
    columns::{Group, Parts},
    ledger::Entry,
    rows::{Key, Shape, properties, read_keys, schema, write_keys},
};

/// The rows of a row group: what is in memory at once of each file that is read.
pub(super) const GROUP_ROWS: usize = 32 * 1024;
/// The largest row group that is read: no file of an archive has a larger one.
const LARGEST_GROUP: i64 = 1024 * 1024;
/// What is fetched of a file's end, where its description is.
const TAIL: u64 = 64 * 1024;

/// A file that is being made.
pub(super) struct Making<S> {
    writer: SerializedFileWriter<Vec<u8>>,
    waiting: Vec<S>,
    /// What they weigh.
    weight: usize,
    rows: u64,
    identities: u64,
    newest: Option<Key>,
    oldest: Option<Key>,
}

impl<S: Shape> Making<S> {
    /// An empty file.
    pub(super) fn new() -> Result<Self, StoreError> {
        let properties = Arc::new(properties(GROUP_ROWS).build());
        Ok(Self {
            writer: SerializedFileWriter::new(Vec::new(), schema::<S>()?, properties)?,
            waiting: Vec::new(),
            weight: 0,
            rows: 0,
            identities: 0,
            newest: None,
            oldest: None,
        })
    }

    /// The whole file of these rows, of which nothing is copied.
    pub(super) fn whole(rows: &[S]) -> Result<Option<(Entry, Bytes)>, StoreError> {
        let mut making = Self::new()?;
        let mut rest = rows;
        while !rest.is_empty() {
            let (group, others) = rest.split_at(group_of(rest));
            group.iter().for_each(|row| making.count(row.key()));
            making.write_group(group)?;
            rest = others;
        }
        making.finish()
    }

    /// Adds a row, which comes after those before.
    pub(super) fn push(&mut self, row: S) -> Result<(), StoreError> {
        self.count(row.key());
        self.weight += row.weight();
        self.waiting.push(row);
        if self.waiting.len() >= GROUP_ROWS || self.weight >= S::GROUP_BYTES {
            self.write_waiting()?;
        }
        Ok(())
    }

    fn count(&mut self, key: Key) {
        self.rows += 1;
        self.identities = self.identities.wrapping_add(key.identity.cast_unsigned());
        self.newest = self.newest.or(Some(key));
        self.oldest = Some(key);
    }

    fn write_waiting(&mut self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.waiting);
        self.weight = 0;
        self.write_group(&rows)
    }

    fn write_group(&mut self, rows: &[S]) -> Result<(), StoreError> {
        let mut group = self.writer.next_row_group()?;
        write_keys(rows, &mut group)?;
        S::write(rows, &mut group)?;
        group.close()?;
        Ok(())
    }

    /// How many rows it has, and how long it is so far.
    pub(super) fn size(&self) -> (u64, usize) {
        (self.rows, self.writer.bytes_written())
    }

    /// The file, and what a ledger says of it; `None` where it has no row.
    pub(super) fn finish(mut self) -> Result<Option<(Entry, Bytes)>, StoreError> {
        if !self.waiting.is_empty() {
            self.write_waiting()?;
        }
        let (Some(newest), Some(oldest)) = (self.newest, self.oldest) else {
            return Ok(None);
        };
        let bytes = Bytes::from(self.writer.into_inner()?);
        let sha256 = base16ct::lower::encode_string(&Sha256::digest(&bytes));
        let moment = |key: Key| Timestamp::from_microsecond(key.created).ok();
        let (since, until) = (moment(oldest), moment(newest));
        let entry = Entry {
            name: name(since, until, &sha256),
            rows: self.rows,
            bytes: bytes.len() as u64,
            sha256,
            identities: self.identities,
            since,
            until,
        };
        Ok(Some((entry, bytes)))
    }
}

/// How many of these rows are the first row group: at least one.
fn group_of<S: Shape>(rows: &[S]) -> usize {
    let mut weight = 0;
    let fits = |row: &&S| {
        let is_there_room = weight < S::GROUP_BYTES;
        weight += row.weight();
        is_there_room
    };
    rows.iter().take(GROUP_ROWS).take_while(fits).count()
}

/// The name of a file: its span and what is in it. So what is written again is the same object.
fn name(since: Option<Timestamp>, until: Option<Timestamp>, sha256: &str) -> String {
    let digest = sha256.get(..32).unwrap_or(sha256);
    let text = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    match since.zip(until) {
        Some((since, until)) => format!("{}-{}-{digest}.parquet", text(since), text(until)),
        None => format!("undated-{digest}.parquet"),
    }
}

/// A file that is read.
pub(super) struct Opened {
    path: String,
    metadata: ParquetMetaData,
    parts: Parts,
}

impl Opened {
    /// Fetches the description of a file.
    pub(super) async fn open(
        bucket: &Bucket,
        path: String,
        entry: &Entry,
    ) -> Result<Self, StoreError> {
        let damaged = |error: ParquetError| StoreError::damaged(&path, error);
        let mut decoder = ParquetMetaDataPushDecoder::try_new(entry.bytes).map_err(damaged)?;
        decoder = decoder.with_page_index_policy(PageIndexPolicy::Skip);
        let mut parts = Parts::of(entry.bytes);
        let tail = entry.bytes.saturating_sub(TAIL)..entry.bytes;
        let mut wanted = Vec::from([tail]);
        let metadata = loop {
            let fetched = bucket.ranges(&path, &wanted).await?;
            for (range, bytes) in wanted.iter().zip(&fetched) {
                parts.push(range.start, bytes.clone());
            }
            decoder.push_ranges(wanted, fetched).map_err(damaged)?;
            match decoder.try_decode().map_err(damaged)? {
                DecodeResult::NeedsData(more) => wanted = more,
                DecodeResult::Data(metadata) => break metadata,
                DecodeResult::Finished => {
                    return Err(StoreError::damaged(&path, "it has no description"));
                }
            }
        };
        let rows = metadata.file_metadata().num_rows();
        let groups = metadata.row_groups().iter();
        let too_large = |group: &RowGroupMetaData| !(0..=LARGEST_GROUP).contains(&group.num_rows());
        if u64::try_from(rows) != Ok(entry.rows) || groups.clone().any(too_large) {
            return Err(StoreError::damaged(
                &path,
                "it has not the rows that its ledger says",
            ));
        }
        Ok(Self {
            path,
            metadata,
            parts,
        })
    }

    pub(super) fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// Whether a row group may have rows of a span, in microseconds since 1970.
    pub(super) fn reaches(&self, group: usize, span: &Range<i64>) -> bool {
        let statistics = self.metadata.row_group(group).column(0).statistics();
        match statistics {
            Some(Statistics::Int64(of)) => match (of.min_opt(), of.max_opt()) {
                (Some(min), Some(max)) => *max >= span.start && *min < span.end,
                _ => true,
            },
            _ => true,
        }
    }

    /// Fetches some columns of a row group.
    pub(super) async fn group(
        &self,
        bucket: &Bucket,
        group: usize,
        columns: &[usize],
    ) -> Result<Group<'_>, StoreError> {
        let metadata = self.metadata.row_group(group);
        let mut wanted = Vec::new();
        for column in columns {
            let chunk = metadata.columns().get(*column);
            let chunk = chunk.ok_or_else(|| self.damaged("it lacks a column"))?;
            if chunk.compressed_size() < 0
                || chunk.data_page_offset() < 0
                || chunk.dictionary_page_offset().is_some_and(|at| at < 0)
            {
                return Err(self.damaged("a column is nowhere"));
            }
            let (start, length) = chunk.byte_range();
            let range = start..start.saturating_add(length);
            if !self.parts.has(&range) {
                wanted.push(range);
            }
        }
        let mut parts = self.parts.clone();
        if !wanted.is_empty() {
            let fetched = bucket.ranges(&self.path, &wanted).await?;
            for (range, bytes) in wanted.into_iter().zip(fetched) {
                parts.push(range.start, bytes);
            }
        }
        // Looked at when it was opened.
        let rows = usize::try_from(metadata.num_rows()).unwrap_or(0);
        Ok(Group::new(parts, metadata, rows))
    }

    pub(super) async fn keys(&self, bucket: &Bucket, group: usize) -> Result<Vec<Key>, StoreError> {
        let group = self.group(bucket, group, &[0, 1]).await?;
        read_keys(&group).map_err(|error| StoreError::damaged(&self.path, error))
    }

    pub(super) async fn rows<S: Shape>(
        &self,
        bucket: &Bucket,
        group: usize,
    ) -> Result<Vec<S>, StoreError> {
        let columns: Vec<usize> = (0..self.metadata.row_group(group).num_columns()).collect();
        let group = self.group(bucket, group, &columns).await?;
        let rows = read_keys(&group).and_then(|keys| S::read(keys, &group));
        rows.map_err(|error| StoreError::damaged(&self.path, error))
    }

    /// What is wrong with this file, as an error.
    pub(super) fn damaged(&self, problem: impl ToString) -> StoreError {
        StoreError::damaged(&self.path, problem)
    }
}
