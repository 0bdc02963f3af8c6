//! The rows of a day, in order and each once, from however many files.
//!
//! A file is opened when its turn comes, and of each open file one row group is in memory.

use std::{cmp::Reverse, collections::BinaryHeap, ops::Range, vec};

use super::{
    super::StoreError,
    bucket::Bucket,
    file::Opened,
    ledger::Entry,
    rows::{Key, Shape},
};

/// Rows of several files, the latest first.
pub(super) struct Merge<'m, S> {
    bucket: &'m Bucket,
    folder: String,
    /// The moments that are wanted, in microseconds since 1970.
    span: Range<i64>,
    /// The file whose turn comes next is the last.
    waiting: Vec<Entry>,
    open: Vec<Cursor<S>>,
    heads: BinaryHeap<Reverse<(Key, usize)>>,
    last: Option<Key>,
}

struct Cursor<S> {
    file: Opened,
    next_group: usize,
    rows: vec::IntoIter<S>,
    head: Option<S>,
}

impl<'m, S: Shape> Merge<'m, S> {
    pub(super) fn new(bucket: &'m Bucket, folder: &str, files: &[Entry], span: Range<i64>) -> Self {
        let reaches = |file: &&Entry| file.reaches(span.start, span.end.saturating_sub(1));
        let mut waiting: Vec<Entry> = files.iter().filter(reaches).cloned().collect();
        waiting.sort_by_key(|file| Reverse(file.head()));
        Self {
            bucket,
            folder: folder.to_owned(),
            span,
            waiting,
            open: Vec::new(),
            heads: BinaryHeap::new(),
            last: None,
        }
    }

    /// The next row.
    pub(super) async fn next(&mut self) -> Result<Option<S>, StoreError> {
        loop {
            self.open_what_is_due().await?;
            let Some(Reverse((key, number))) = self.heads.pop() else {
                return Ok(None);
            };
            let row = self.open[number].head.take();
            self.advance(number).await?;
            // The same delivery in two files is one.
            if self.last.replace(key) != Some(key) && self.span.contains(&key.created) {
                return Ok(row);
            }
        }
    }

    async fn open_what_is_due(&mut self) -> Result<(), StoreError> {
        loop {
            let first = self.heads.peek().map(|Reverse((key, _))| *key);
            let is_due = |file: &mut Entry| first.is_none_or(|first| file.head() <= first);
            let Some(file) = self.waiting.pop_if(is_due) else {
                return Ok(());
            };
            let path = format!("{}/{}", self.folder, file.name);
            self.open.push(Cursor {
                file: Opened::open(self.bucket, path, &file).await?,
                next_group: 0,
                rows: Vec::new().into_iter(),
                head: None,
            });
            self.advance(self.open.len() - 1).await?;
        }
    }

    /// Brings the next row of a file to its head.
    async fn advance(&mut self, number: usize) -> Result<(), StoreError> {
        let cursor = &mut self.open[number];
        loop {
            if let Some(row) = cursor.rows.next() {
                self.heads.push(Reverse((row.key(), number)));
                cursor.head = Some(row);
                return Ok(());
            }
            // A group that was read to its end would keep its memory, and so would a file.
            cursor.rows = Vec::new().into_iter();
            let group = cursor.next_group;
            if group >= cursor.file.groups() {
                return Ok(());
            }
            cursor.next_group += 1;
            if cursor.file.reaches(group, &self.span) {
                cursor.rows = cursor.file.rows(self.bucket, group).await?.into_iter();
            }
        }
    }
}
