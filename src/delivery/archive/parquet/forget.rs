//! Forgetting days.

use jiff::Timestamp;

use super::{Day, Folders, MOST_RACES, ParquetArchive, ledger::Ledger};
use crate::delivery::archive::{ArchiveError, Attempt, EnvironmentId, StoreError};

impl ParquetArchive {
    /// See [`Archive::forget`](super::super::Archive::forget): of days that are older as a whole, so that objects are
    /// deleted and none is written anew.
    pub(in super::super) async fn forget(
        &mut self,
        environment: EnvironmentId,
        before: Timestamp,
    ) -> Result<u64, ArchiveError> {
        let forgotten = self.forget_days(environment, before).await;
        forgotten.map_err(self.failed(Attempt::Write))
    }

    async fn forget_days(
        &mut self,
        environment: EnvironmentId,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for day in self.days(environment).await? {
            // Those without a moment have no age.
            if day.span().is_some_and(|span| span.until <= before) {
                forgotten += self.forget_day(environment, day).await?;
            }
        }
        Ok(forgotten)
    }

    /// First nothing of it counts any more, then its files are deleted, and by a later run its ledger: whoever is killed in
    /// between is followed by a run that goes on there.
    async fn forget_day(
        &mut self,
        environment: EnvironmentId,
        day: Day,
    ) -> Result<u64, StoreError> {
        let folders = self.folders(environment, day)?;
        for _ in 0..MOST_RACES {
            let Some((ledger, version)) = self.ledger(&folders).await? else {
                return Ok(0);
            };
            let is_empty = ledger.files.is_empty() && ledger.payloads.is_empty();
            let mut next = Ledger::empty(day);
            next.writes = ledger.writes;
            next.removing.clone_from(&ledger.removing);
            let files = ledger.files.iter().chain(&ledger.payloads);
            next.removing.extend(files.map(|file| file.name.clone()));
            if !is_empty
                && !self
                    .seal(environment, day, &folders, next.clone(), version)
                    .await?
            {
                continue;
            }
            self.remove(&folders, &next.removing).await?;
            if is_empty {
                self.bucket.delete(&folders.ledger()).await?;
            }
            return Ok(ledger.rows);
        }
        Err(StoreError::Contended)
    }

    /// Deletes files of a day.
    pub(super) async fn remove(
        &self,
        folders: &Folders,
        names: &[String],
    ) -> Result<(), StoreError> {
        for folder in [&folders.payloads, &folders.deliveries] {
            for (name, _) in self.bucket.objects(folder).await? {
                if names.contains(&name) {
                    self.bucket.delete(&format!("{folder}/{name}")).await?;
                }
            }
        }
        Ok(())
    }
}
