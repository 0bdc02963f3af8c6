//! Merging the small files of days that are closed, and deleting what no ledger names.

use jiff::{SignedDuration, Timestamp};

use super::{
    Bucket, Day, Folders, MOST_RACES, ParquetArchive,
    file::{GROUP_ROWS, Making},
    ledger::{Entry, Ledger, NAME},
    merge::Merge,
    rows::{Payload, Row, Shape},
};
use crate::delivery::{
    REMEMBERED,
    archive::{ArchiveError, Attempt, CompactedEnvironment, EnvironmentId, StoreError},
};

/// The most rows of a file.
const MOST_ROWS: u64 = 8 * GROUP_ROWS as u64;
/// The longest file, in bytes, as far as whole row groups go.
const LONGEST: usize = 16 * 1024 * 1024;
/// How long ago a file must have been written that no ledger names, so that no run is about to name it.
const ABANDONED: SignedDuration = SignedDuration::from_hours(24);

impl ParquetArchive {
    /// See [`Archive::compact`](super::super::Archive::compact).
    pub(in super::super) async fn compact(
        &mut self,
        environment: EnvironmentId,
        now: Timestamp,
    ) -> Result<CompactedEnvironment, ArchiveError> {
        let compacted = self.compact_days(environment, now).await;
        compacted.map_err(self.failed(Attempt::Write))
    }

    async fn compact_days(
        &mut self,
        environment: EnvironmentId,
        now: Timestamp,
    ) -> Result<CompactedEnvironment, StoreError> {
        let mut compacted = CompactedEnvironment {
            name: self.kept(environment)?.name.clone(),
            ..CompactedEnvironment::default()
        };
        for day in self.days(environment).await? {
            self.compact_day(environment, day, now, &mut compacted)
                .await?;
        }
        Ok(compacted)
    }

    async fn compact_day(
        &mut self,
        environment: EnvironmentId,
        day: Day,
        now: Timestamp,
        compacted: &mut CompactedEnvironment,
    ) -> Result<(), StoreError> {
        let folders = self.folders(environment, day)?;
        for _ in 0..MOST_RACES {
            let Some((ledger, version)) = self.ledger(&folders).await? else {
                return Ok(());
            };
            if !is_closed(day, &ledger, now) {
                return Ok(());
            }
            let mut next = ledger.clone();
            if is_worth_it(&ledger.files) {
                let rows = &folders.deliveries;
                next.files = merged::<Row>(&self.bucket, rows, &ledger.files, &ledger).await?;
            }
            if is_worth_it(&ledger.payloads) {
                let payloads = &folders.payloads;
                next.payloads =
                    merged::<Payload>(&self.bucket, payloads, &ledger.payloads, &ledger).await?;
            }
            next.removing = self.to_remove(&folders, &ledger, &next, now).await?;
            if next != ledger
                && !self
                    .seal(environment, day, &folders, next.clone(), version)
                    .await?
            {
                continue;
            }
            compacted.merged += (ledger.files.len() + ledger.payloads.len()) as u64;
            compacted.into += (next.files.len() + next.payloads.len()) as u64;
            compacted.days +=
                u64::from(next.files != ledger.files || next.payloads != ledger.payloads);
            compacted.deleted += next.removing.len() as u64;
            return self.remove(&folders, &next.removing).await;
        }
        Err(StoreError::Contended)
    }

    /// The files that are there and are not named any more, or were abandoned by a run that was killed.
    async fn to_remove(
        &self,
        folders: &Folders,
        before: &Ledger,
        after: &Ledger,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let has = |ledger: &Ledger, name: &String| {
            let mut files = ledger.files.iter().chain(&ledger.payloads);
            files.any(|file| file.name == *name)
        };
        let abandoned = now.checked_sub(ABANDONED).unwrap_or(Timestamp::MIN);
        let mut names = Vec::new();
        for folder in [&folders.deliveries, &folders.payloads] {
            for (name, written) in self.bucket.objects(folder).await? {
                if name == NAME || has(after, &name) {
                    continue;
                }
                let is_old = written < abandoned.as_millisecond();
                if has(before, &name) || before.removing.contains(&name) || is_old {
                    names.push(name);
                }
            }
        }
        names.sort();
        Ok(names)
    }
}

/// Whether no delivery can come to a day any more.
fn is_closed(day: Day, ledger: &Ledger, now: Timestamp) -> bool {
    match day.span() {
        // It has no end.
        None => false,
        Some(span) => {
            ledger.is_complete()
                || span
                    .until
                    .checked_add(REMEMBERED)
                    .is_ok_and(|end| end < now)
        }
    }
}

/// Whether merging leaves fewer files.
fn is_worth_it(files: &[Entry]) -> bool {
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let fewest = rows.div_ceil(MOST_ROWS).max(bytes.div_ceil(LONGEST as u64));
    files.len() as u64 > fewest.saturating_mul(2).max(1)
}

/// Writes the rows of these files to as few as there must be. They count once a ledger names them.
async fn merged<S: Shape>(
    bucket: &Bucket,
    folder: &str,
    files: &[Entry],
    ledger: &Ledger,
) -> Result<Vec<Entry>, StoreError> {
    let mut rows = Merge::<S>::new(bucket, folder, files, i64::MIN..i64::MAX);
    let mut written = Vec::new();
    let mut making = Making::new()?;
    loop {
        let row = rows.next().await?;
        let (count, bytes) = making.size();
        if row.is_none() || count >= MOST_ROWS || bytes >= LONGEST {
            let made = std::mem::replace(&mut making, Making::new()?).finish()?;
            if let Some((mut entry, bytes)) = made {
                entry.name = ledger.free_name(&entry.name);
                bucket
                    .put(&format!("{folder}/{}", entry.name), bytes)
                    .await?;
                written.push(entry);
            }
        }
        match row {
            Some(row) => making.push(row)?,
            None => return Ok(written),
        }
    }
}
