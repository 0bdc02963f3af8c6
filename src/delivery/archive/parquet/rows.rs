//! The rows of an archive's files, and their columns.

use std::{cmp::Ordering, sync::Arc};

use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type},
    errors::Result,
    file::{
        metadata::SortingColumn,
        properties::{WriterProperties, WriterPropertiesBuilder},
        writer::SerializedRowGroupWriter,
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};

use super::columns::{Group, optional, required};

/// What tells a row from all others of its environment, in the order of files: the latest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Microseconds since 1970; the smallest number where the event has no moment.
    pub(super) created: i64,
    /// The digest of the rest.
    pub(super) identity: i64,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let created = other.created.cmp(&self.created);
        created.then(self.identity.cmp(&other.identity))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A kind of file: its columns, and how rows become columns and back.
///
/// The first two columns are always the two parts of the key.
pub(super) trait Shape: Clone {
    /// The columns, as Parquet writes them down.
    const SCHEMA: &'static str;

    /// What the rows of a row group weigh at most, about: it is in memory at once where it is read.
    const GROUP_BYTES: usize;

    /// The row's key.
    fn key(&self) -> Key;

    /// Its share of memory while it is held, in bytes.
    fn weight(&self) -> usize;

    /// Writes the columns behind the key.
    fn write(rows: &[Self], group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<()>;

    /// Reads the rows with these keys.
    fn read(keys: Vec<Key>, group: &Group<'_>) -> Result<Vec<Self>>;
}

/// How a key's columns are written: by difference, and as they are, with a filter that tells what is not there.
pub(super) fn properties(rows: usize) -> WriterPropertiesBuilder {
    let (created, identity) = (ColumnPath::from("created_at"), ColumnPath::from("identity"));
    let order = |column, descending| SortingColumn {
        column_idx: column,
        descending,
        nulls_first: false,
    };
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("hookwright ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_offset_index_disabled(true)
        .set_sorting_columns(Some(vec![order(0, true), order(1, false)]))
        .set_column_bloom_filter_enabled(identity.clone(), true)
        .set_column_bloom_filter_fpp(identity.clone(), 0.05)
        .set_column_bloom_filter_max_ndv(identity.clone(), rows as u64);
    for (column, encoding) in [
        (created, Encoding::DELTA_BINARY_PACKED),
        (identity, Encoding::PLAIN),
    ] {
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, encoding);
    }
    // Ids hardly ever come twice.
    for column in ["record_id", "object_id", "payload"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    properties
}

/// The columns of a kind of file.
pub(super) fn schema<S: Shape>() -> Result<Arc<parquet::schema::types::Type>> {
    parse_message_type(S::SCHEMA).map(Arc::new)
}

/// Writes the columns of keys.
pub(super) fn write_keys<S: Shape>(
    rows: &[S],
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
) -> Result<()> {
    let created = rows.iter().map(|row| row.key().created);
    optional::<Int64Type>(group, created.map(|at| (at != i64::MIN).then_some(at)))?;
    let identities: Vec<i64> = rows.iter().map(|row| row.key().identity).collect();
    required::<Int64Type>(group, &identities)
}

/// Reads the columns of keys.
pub(super) fn read_keys(group: &Group<'_>) -> Result<Vec<Key>> {
    let created = group.optional::<Int64Type>(0)?;
    let identities = group.required::<Int64Type>(1)?;
    let keys = created.into_iter().zip(identities);
    Ok(keys
        .map(|(created, identity)| Key {
            created: created.unwrap_or(i64::MIN),
            identity,
        })
        .collect())
}

/// The columns of a [`Row`].
pub(super) mod column {
    pub(in super::super) const CREATED: usize = 0;
    pub(in super::super) const EVENT: usize = 2;
    pub(in super::super) const URL: usize = 3;
    pub(in super::super) const URL_DIGEST: usize = 4;
    pub(in super::super) const STATUS: usize = 5;
    pub(in super::super) const ERROR: usize = 6;
    pub(in super::super) const RECORD: usize = 7;
    pub(in super::super) const OBJECT_KIND: usize = 8;
    pub(in super::super) const OBJECT: usize = 9;
}

/// A delivery, without its payload.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) event: ByteArray,
    /// The URL as it is shown.
    pub(super) url: ByteArray,
    /// The salted digest of the URL as it is, in hexadecimal digits.
    pub(super) url_digest: ByteArray,
    pub(super) status: Option<i32>,
    pub(super) error: Option<ByteArray>,
    pub(super) record: Option<ByteArray>,
    pub(super) object_kind: Option<ByteArray>,
    pub(super) object: Option<ByteArray>,
}

impl Shape for Row {
    const SCHEMA: &'static str = "message delivery {
        optional int64 created_at (timestamp(micros, true));
        required int64 identity;
        required binary event_type (string);
        required binary url (string);
        required binary url_digest (string);
        optional int32 status_code;
        optional binary error_message (string);
        optional binary record_id (string);
        optional binary object_kind (string);
        optional binary object_id (string);
    }";
    const GROUP_BYTES: usize = 16 * 1024 * 1024;

    fn key(&self) -> Key {
        self.key
    }

    fn weight(&self) -> usize {
        let ids = [&self.record, &self.object];
        let ids = ids.into_iter().flatten().map(ByteArray::len);
        size_of::<Self>() + ids.sum::<usize>()
    }

    fn write(rows: &[Self], group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<()> {
        for text in [
            |row: &Self| row.event.clone(),
            |row: &Self| row.url.clone(),
            |row: &Self| row.url_digest.clone(),
        ] {
            let values: Vec<ByteArray> = rows.iter().map(text).collect();
            required::<ByteArrayType>(group, &values)?;
        }
        optional::<Int32Type>(group, rows.iter().map(|row| row.status))?;
        for text in [
            |row: &Self| row.error.clone(),
            |row: &Self| row.record.clone(),
            |row: &Self| row.object_kind.clone(),
            |row: &Self| row.object.clone(),
        ] {
            optional::<ByteArrayType>(group, rows.iter().map(text))?;
        }
        Ok(())
    }

    fn read(keys: Vec<Key>, group: &Group<'_>) -> Result<Vec<Self>> {
        let required = |column| group.required::<ByteArrayType>(column).map(Vec::into_iter);
        let optional = |column| group.optional::<ByteArrayType>(column).map(Vec::into_iter);
        let mut events = required(column::EVENT)?;
        let mut urls = required(column::URL)?;
        let mut digests = required(column::URL_DIGEST)?;
        let mut statuses = group.optional::<Int32Type>(column::STATUS)?.into_iter();
        let mut errors = optional(column::ERROR)?;
        let mut records = optional(column::RECORD)?;
        let mut kinds = optional(column::OBJECT_KIND)?;
        let mut objects = optional(column::OBJECT)?;
        // Each column has as many values as there are keys.
        let rows = keys.into_iter().map_while(|key| {
            Some(Self {
                key,
                event: events.next()?,
                url: urls.next()?,
                url_digest: digests.next()?,
                status: statuses.next()?,
                error: errors.next()?,
                record: records.next()?,
                object_kind: kinds.next()?,
                object: objects.next()?,
            })
        });
        Ok(rows.collect())
    }
}

/// What a delivery carried.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    pub(super) key: Key,
    /// JSON.
    pub(super) payload: ByteArray,
}

impl Shape for Payload {
    const SCHEMA: &'static str = "message payload {
        optional int64 created_at (timestamp(micros, true));
        required int64 identity;
        required binary payload (string);
    }";
    // Payloads may be large.
    const GROUP_BYTES: usize = 4 * 1024 * 1024;

    fn key(&self) -> Key {
        self.key
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.payload.len()
    }

    fn write(rows: &[Self], group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<()> {
        let payloads: Vec<ByteArray> = rows.iter().map(|row| row.payload.clone()).collect();
        required::<ByteArrayType>(group, &payloads)
    }

    fn read(keys: Vec<Key>, group: &Group<'_>) -> Result<Vec<Self>> {
        let payloads = group.required::<ByteArrayType>(2)?;
        let rows = keys.into_iter().zip(payloads);
        Ok(rows.map(|(key, payload)| Self { key, payload }).collect())
    }
}
