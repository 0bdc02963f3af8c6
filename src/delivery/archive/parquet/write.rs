//! Writing deliveries: held back until there are many or their span is complete, then written by day.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use parquet::data_type::ByteArray;

use super::{
    Day, Folders, MOST_RACES, ParquetArchive, Previous,
    bucket::{Version, Written},
    file::{GROUP_ROWS, Making, Opened},
    ledger::{Entry, Ledger},
    rows::{Key, Payload, Row, Shape},
};
use crate::delivery::{
    Delivery, DeliveryIdentity, Span,
    archive::{
        ArchiveError, ArchivedEnvironment, Attempt, EnvironmentId, Kept, Payloads, StoreError,
    },
};

/// What is held back at most, in bytes; the rows of a row group, if they are small.
const HELD: usize = 12 * 1024 * 1024;
/// How many texts are remembered.
const REMEMBERED_TEXTS: usize = 10_000;

/// What was given and is not written yet, as it came: what came twice is here twice.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    rows: Vec<Row>,
    payloads: Vec<Payload>,
    weight: usize,
}

/// What is added to a day.
#[derive(Default)]
struct Addition {
    rows: Vec<Row>,
    payloads: Vec<Payload>,
    covered: Option<Span>,
}

/// A file that was made, and is not named by a ledger yet.
type Pending = (Entry, Bytes);

impl ParquetArchive {
    /// See [`Archive::enter`](super::super::Archive::enter).
    pub(in super::super) async fn enter(
        &mut self,
        environment: &ArchivedEnvironment,
    ) -> Result<EnvironmentId, ArchiveError> {
        for _ in 0..MOST_RACES {
            match self.environment(environment) {
                Err(ArchiveError::NoEnvironment { .. }) => {}
                known => return known,
            }
            let entered = self.enter_new(environment).await;
            entered.map_err(self.failed(Attempt::Write))?;
        }
        Err(self.failed(Attempt::Write)(StoreError::Contended))
    }

    /// Reads the head again, and enters the environment where nobody else did.
    async fn enter_new(&mut self, environment: &ArchivedEnvironment) -> Result<(), StoreError> {
        use super::head::{Found, Head, NAME};
        let Found::Archive(mut head, version) = Head::find(&self.bucket).await? else {
            return Err(StoreError::damaged(NAME, "it was there, and is gone"));
        };
        if head.find_environment(environment.name.as_str()).is_none() {
            head.add(head.kept(environment));
            if head.write(&self.bucket, version).await? == Written::Refused {
                return Ok(());
            }
        }
        self.head = head;
        Ok(())
    }

    /// See [`Archive::keep`](super::super::Archive::keep).
    pub(in super::super) async fn keep(
        &mut self,
        environment: EnvironmentId,
        page: Vec<Delivery>,
        payloads: Payloads<'_>,
    ) -> Result<Kept, ArchiveError> {
        for delivery in page {
            self.hold_delivery(environment, delivery, payloads);
        }
        self.write_if_much(environment).await
    }

    /// Writes what is held back, where it is as much as may be.
    pub(super) async fn write_if_much(
        &mut self,
        environment: EnvironmentId,
    ) -> Result<Kept, ArchiveError> {
        let held = self.buffers.get(&environment.0);
        if held.is_some_and(|held| held.weight >= HELD || held.rows.len() >= GROUP_ROWS) {
            return self.write(environment, None).await;
        }
        Ok(Kept::default())
    }

    /// See [`Archive::cover`](super::super::Archive::cover).
    pub(in super::super) async fn cover(
        &mut self,
        environment: EnvironmentId,
        span: Span,
    ) -> Result<Kept, ArchiveError> {
        self.write(environment, Some(span)).await
    }

    /// See [`Archive::settle`](super::super::Archive::settle).
    pub(in super::super) async fn settle(
        &mut self,
        environment: EnvironmentId,
    ) -> Result<Kept, ArchiveError> {
        self.write(environment, None).await
    }

    fn hold_delivery(
        &mut self,
        environment: EnvironmentId,
        delivery: Delivery,
        payloads: Payloads<'_>,
    ) {
        let identity = DeliveryIdentity::of(&delivery);
        let key = Key {
            created: identity.created,
            identity: identity.digest,
        };
        let payload = match (payloads, &delivery.payload) {
            (Payloads::Kept(masker), Some(payload)) => Some(Payload {
                key,
                payload: text(masker.mask(&payload.to_string())),
            }),
            _ => None,
        };
        let row = self.row(key, delivery);
        self.hold(environment, row, payload);
    }

    /// Holds a row back.
    pub(super) fn hold(&mut self, environment: EnvironmentId, row: Row, payload: Option<Payload>) {
        let buffer = self.buffers.entry(environment.0).or_default();
        if let Some(payload) = payload {
            buffer.weight += payload.weight();
            buffer.payloads.push(payload);
        }
        buffer.weight += row.weight();
        buffer.rows.push(row);
    }

    fn row(&mut self, key: Key, delivery: Delivery) -> Row {
        let url = &delivery.webhook_url;
        let digest = self.texts.get(url.normal()).cloned();
        let digest = digest.unwrap_or_else(|| {
            let digest = text(self.head.digest(url.normal()));
            self.texts.insert(url.normal().to_owned(), digest.clone());
            digest
        });
        let (kind, object) = match &delivery.object {
            Some(object) => (Some(self.common(object.kind())), Some(text(object.id()))),
            None => (None, None),
        };
        Row {
            key,
            event: self.common(delivery.event_type.as_str()),
            url: text(url.text().shown()),
            url_digest: digest,
            status: delivery.status_code.map(i32::from),
            error: delivery.error_message.map(|error| self.common(&error)),
            record: delivery.webhook_id.map(text),
            object_kind: kind,
            object,
        }
    }

    /// A text that comes again and again.
    pub(super) fn common(&mut self, words: &str) -> ByteArray {
        // No URL begins like that: digests of URLs are remembered beside.
        let name = format!("={words}");
        if let Some(known) = self.texts.get(&name) {
            return known.clone();
        }
        // Errors may all be different.
        if self.texts.len() >= REMEMBERED_TEXTS {
            self.texts.clear();
        }
        let common = text(words);
        self.texts.insert(name, common.clone());
        common
    }

    /// Writes what is held back, and notes that a span is complete: day by day, each as a whole.
    async fn write(
        &mut self,
        environment: EnvironmentId,
        span: Option<Span>,
    ) -> Result<Kept, ArchiveError> {
        let buffer = self.buffers.remove(&environment.0).unwrap_or_default();
        let given = buffer.rows.len();
        let rows = each_once(buffer.rows);
        let known = (given - rows.len()) as u64;
        let mut days: BTreeMap<Day, Addition> = BTreeMap::new();
        for (day, rows) in by_day(rows) {
            days.entry(day).or_default().rows = rows;
        }
        for (day, payloads) in by_day(each_once(buffer.payloads)) {
            days.entry(day).or_default().payloads = payloads;
        }
        for day in span.into_iter().flat_map(Day::within) {
            days.entry(day).or_default().covered = span;
        }
        let mut kept = Kept { new: 0, known };
        for (day, addition) in days {
            let added = self.add(environment, day, addition).await;
            kept.add(added.map_err(self.failed(Attempt::Write))?);
        }
        Ok(kept)
    }

    /// Adds to a day: files first, the ledger that names them last.
    async fn add(
        &mut self,
        environment: EnvironmentId,
        day: Day,
        mut addition: Addition,
    ) -> Result<Kept, StoreError> {
        let folders = self.folders(environment, day)?;
        let mut kept = Kept::default();
        let mut looked_at = HashSet::new();
        let mut pending: [Option<Pending>; 2] = [None, None];
        for _ in 0..MOST_RACES {
            let found = self.ledger(&folders).await?;
            let (ledger, version) = found.unwrap_or_else(|| (Ledger::empty(day), Version::Absent));
            let new = ledger.files.iter().chain(&ledger.payloads);
            let new = new.filter(|file| !looked_at.contains(&file.name)).count();
            if new > 0 || pending.iter().all(Option::is_none) {
                let (files, payloads) = (&ledger.files, &ledger.payloads);
                let known =
                    self.leave_out(&folders.deliveries, files, &looked_at, &mut addition.rows);
                kept.known += known.await?;
                let payloads = self.leave_out(
                    &folders.payloads,
                    payloads,
                    &looked_at,
                    &mut addition.payloads,
                );
                payloads.await?;
                let files = ledger.files.iter().chain(&ledger.payloads);
                looked_at.extend(files.map(|file| file.name.clone()));
                pending = [
                    Making::whole(&addition.rows)?,
                    Making::whole(&addition.payloads)?,
                ];
            }
            let mut next = ledger.clone();
            if let Some(span) = addition.covered {
                next.cover(span);
            }
            self.put_files(&folders, &mut pending, &mut next).await?;
            if next == ledger {
                return Ok(kept);
            }
            if self.seal(environment, day, &folders, next, version).await? {
                kept.new += addition.rows.len() as u64;
                return Ok(kept);
            }
        }
        Err(StoreError::Contended)
    }

    /// Leaves out the rows that files of a ledger have, and says how many these were. Rows are the latest first.
    async fn leave_out<S: Shape>(
        &self,
        folder: &str,
        files: &[Entry],
        looked_at: &HashSet<String>,
        rows: &mut Vec<S>,
    ) -> Result<u64, StoreError> {
        let (Some(last), Some(first)) = (rows.first(), rows.last()) else {
            return Ok(0);
        };
        let (first, last) = (first.key().created, last.key().created);
        let wanted: HashSet<Key> = rows.iter().map(Shape::key).collect();
        let mut known = HashSet::new();
        for file in files {
            if looked_at.contains(&file.name) || !file.reaches(first, last) {
                continue;
            }
            let path = format!("{folder}/{}", file.name);
            let opened = Opened::open(&self.bucket, path, file).await?;
            for group in 0..opened.groups() {
                if opened.reaches(group, &(first..last.saturating_add(1))) {
                    let keys = opened.keys(&self.bucket, group).await?;
                    known.extend(keys.into_iter().filter(|key| wanted.contains(key)));
                }
            }
        }
        rows.retain(|row| !known.contains(&row.key()));
        Ok(known.len() as u64)
    }

    /// Writes the files that are pending, and names them.
    async fn put_files(
        &self,
        folders: &Folders,
        pending: &mut [Option<Pending>; 2],
        next: &mut Ledger,
    ) -> Result<(), StoreError> {
        let [rows, payloads] = pending;
        for (pending, folder, is_payload) in [
            (payloads, &folders.payloads, true),
            (rows, &folders.deliveries, false),
        ] {
            let Some((entry, bytes)) = pending else {
                continue;
            };
            let free = next.free_name(&entry.name);
            let files = if is_payload {
                &mut next.payloads
            } else {
                &mut next.files
            };
            if files.iter().any(|file| file.name == entry.name) {
                continue;
            }
            entry.name.clone_from(&free);
            let path = format!("{folder}/{}", entry.name);
            self.bucket.put(&path, bytes.clone()).await?;
            files.push(entry.clone());
        }
        Ok(())
    }

    /// Writes a ledger in place of the one that was read. `false` where somebody else wrote meanwhile.
    pub(super) async fn seal(
        &mut self,
        environment: EnvironmentId,
        day: Day,
        folders: &Folders,
        mut next: Ledger,
        version: Version,
    ) -> Result<bool, StoreError> {
        next.writes += 1;
        next.writer.clone_from(&self.writer);
        next.sum_up();
        next.previous = self.previous(environment, day).await?;
        let path = folders.ledger();
        let put = self.bucket.put_if(&path, version, &next);
        match put.await {
            Ok(Written::Refused) => match self.ledger(folders).await? {
                // An earlier attempt arrived, and its answer did not.
                Some((found, _)) if found == next => {}
                _ => return Ok(false),
            },
            Ok(Written::Done) => {}
            Err(error) => match self.ledger(folders).await {
                // It arrived, and its answer did not.
                Ok(Some((found, _))) if found == next => {}
                _ => return Err(error),
            },
        }
        self.complete.remove(&(environment.0, day));
        if next.is_complete() {
            self.relink(environment, day).await?;
        }
        Ok(true)
    }

    /// The day before, as this one names it: only where it is complete.
    async fn previous(
        &mut self,
        environment: EnvironmentId,
        day: Day,
    ) -> Result<Option<Previous>, StoreError> {
        let Some(before) = day.before() else {
            return Ok(None);
        };
        if let Some(known) = self.complete.get(&(environment.0, before)) {
            return Ok(Some(known.clone()));
        }
        let folders = self.folders(environment, before)?;
        let Some((ledger, _)) = self.ledger(&folders).await? else {
            return Ok(None);
        };
        if !ledger.is_complete() {
            return Ok(None);
        }
        let Day::Of(date) = before else {
            return Ok(None);
        };
        let previous = Previous {
            date: date.to_string(),
            digest: ledger.digest(before),
        };
        self.complete
            .insert((environment.0, before), previous.clone());
        Ok(Some(previous))
    }

    /// Has the day after name this one as it is now.
    async fn relink(&mut self, environment: EnvironmentId, day: Day) -> Result<(), StoreError> {
        let Some(after) = day.after() else {
            return Ok(());
        };
        let folders = self.folders(environment, after)?;
        for _ in 0..MOST_RACES {
            let Some((mut next, version)) = self.ledger(&folders).await? else {
                return Ok(());
            };
            let previous = self.previous(environment, after).await?;
            if next.previous == previous {
                return Ok(());
            }
            next.previous = previous;
            next.writes += 1;
            next.writer.clone_from(&self.writer);
            let path = folders.ledger();
            let put = self.bucket.put_if(&path, version, &next);
            if put.await? == Written::Done {
                return Ok(());
            }
        }
        Err(StoreError::Contended)
    }
}

pub(super) fn text(text: impl AsRef<str>) -> ByteArray {
    ByteArray::from(text.as_ref())
}

/// Rows in the order of files, the last that came of each. They are sorted where they are: there may be much of them.
fn each_once<S: Shape>(mut rows: Vec<S>) -> Vec<S> {
    rows.sort_by_key(Shape::key);
    rows.dedup_by(|later, kept| {
        let is_same = later.key() == kept.key();
        if is_same {
            std::mem::swap(later, kept);
        }
        is_same
    });
    rows
}

/// Rows in the order of files, by their days. What is all of one day stays where it is.
fn by_day<S: Shape>(mut rows: Vec<S>) -> Vec<(Day, Vec<S>)> {
    let mut days = Vec::new();
    while let Some(earliest) = rows.last() {
        let day = Day::of(earliest.key().created);
        let begin = rows.partition_point(|row| Day::of(row.key().created) != day);
        days.push((
            day,
            match begin {
                0 => std::mem::take(&mut rows),
                _ => rows.split_off(begin),
            },
        ));
    }
    days
}
