//! Whether an archive is whole: its ledgers, and the files that they name.

use std::collections::{BTreeMap, HashSet};

use object_store::Error as ObjectError;
use sha2::{Digest, Sha256};

use super::{
    Day, Folders, ParquetArchive,
    file::Opened,
    ledger::{Entry, Ledger, NAME},
    merge::Merge,
    rows::{Payload, Row, Shape},
};
use crate::delivery::archive::{
    ArchiveError, Attempt, EnvironmentId, Fault, StoreError, VerifiedEnvironment,
};

impl ParquetArchive {
    /// See [`Archive::verify`](super::super::Archive::verify): it needs no provider.
    pub(in super::super) async fn verify(
        &self,
        environment: EnvironmentId,
    ) -> Result<VerifiedEnvironment, ArchiveError> {
        let verified = self.verify_days(environment).await;
        verified.map_err(self.failed(Attempt::Read))
    }

    async fn verify_days(
        &self,
        environment: EnvironmentId,
    ) -> Result<VerifiedEnvironment, StoreError> {
        let mut verified = VerifiedEnvironment {
            name: self.kept(environment)?.name.clone(),
            ..VerifiedEnvironment::default()
        };
        let mut digests: BTreeMap<Day, (String, Ledger)> = BTreeMap::new();
        for day in self.days(environment).await? {
            let folders = self.folders(environment, day)?;
            match self.ledger(&folders).await {
                Ok(Some((ledger, _))) => {
                    self.verify_day(day, &folders, &ledger, &mut verified)
                        .await?;
                    digests.insert(day, (ledger.digest(day), ledger));
                }
                // Its files were written, and nothing says yet that they count.
                Ok(None) => {
                    self.unnamed(&folders, &HashSet::new(), &mut verified)
                        .await?
                }
                Err(StoreError::Damaged { object, problem }) => {
                    verified.faults.push(Fault { object, problem });
                }
                Err(error) => return Err(error),
            }
        }
        self.verify_chain(environment, &digests, &mut verified)?;
        Ok(verified)
    }

    async fn verify_day(
        &self,
        day: Day,
        folders: &Folders,
        ledger: &Ledger,
        verified: &mut VerifiedEnvironment,
    ) -> Result<(), StoreError> {
        verified.days += 1;
        let before = verified.faults.len();
        let (mut rows, mut identities) = (0_u64, 0_u64);
        for entry in &ledger.files {
            verified.files += 1;
            verified.bytes += entry.bytes;
            let path = format!("{}/{}", folders.deliveries, entry.name);
            match self.look_at::<Row>(day, &path, entry).await {
                Ok(()) => verified.deliveries += entry.rows,
                Err(error) => verified.faults.push(fault(path, error)?),
            }
            rows += entry.rows;
            identities = identities.wrapping_add(entry.identities);
        }
        if (rows, identities) != (ledger.rows, ledger.identities) {
            verified.fault(folders.ledger(), "its sums are not those of its files");
        }
        let faults = verified.faults.len();
        if faults == before && self.distinct(folders, ledger).await? != rows {
            verified.fault(folders.ledger(), "a delivery is in two of its files");
        }
        for entry in &ledger.payloads {
            verified.files += 1;
            verified.bytes += entry.bytes;
            let path = format!("{}/{}", folders.payloads, entry.name);
            match self.look_at::<Payload>(day, &path, entry).await {
                Ok(()) => {}
                // A rule of the bucket may delete payloads before deliveries.
                Err(StoreError::Objects(ObjectError::NotFound { .. })) => {
                    verified.payloads_gone += 1
                }
                Err(error) => verified.faults.push(fault(path, error)?),
            }
        }
        let names = ledger.files.iter().chain(&ledger.payloads);
        let named = names.map(|entry| entry.name.clone()).collect();
        self.unnamed(folders, &named, verified).await
    }

    /// Looks whether a file is as its ledger says: every byte, and every key once, in order, and of this day.
    async fn look_at<S: Shape>(
        &self,
        day: Day,
        path: &str,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let damaged = |problem: &str| Err(StoreError::damaged(path, problem));
        let Some((bytes, _)) = self.bucket.get(path).await? else {
            let source = "a ledger names it".into();
            return Err(StoreError::Objects(ObjectError::NotFound {
                path: path.to_owned(),
                source,
            }));
        };
        if bytes.len() as u64 != entry.bytes
            || base16ct::lower::encode_string(&Sha256::digest(&bytes)) != entry.sha256
        {
            return damaged("its bytes are not those that were written");
        }
        drop(bytes);
        let opened = Opened::open(&self.bucket, path.to_owned(), entry).await?;
        let (mut last, mut rows, mut identities) = (None, 0, 0_u64);
        for group in 0..opened.groups() {
            for row in opened.rows::<S>(&self.bucket, group).await? {
                let key = row.key();
                if last.replace(key).is_some_and(|last| last >= key) {
                    return damaged("its rows are not in order");
                }
                if Day::of(key.created) != day {
                    return damaged("it has rows of another day");
                }
                rows += 1;
                identities = identities.wrapping_add(key.identity.cast_unsigned());
            }
        }
        if (rows, identities) != (entry.rows, entry.identities) {
            return damaged("its rows are not those that its ledger says");
        }
        Ok(())
    }

    /// How many deliveries a day has.
    async fn distinct(&self, folders: &Folders, ledger: &Ledger) -> Result<u64, StoreError> {
        let all = i64::MIN..i64::MAX;
        let mut rows = Merge::<Row>::new(&self.bucket, &folders.deliveries, &ledger.files, all);
        let mut distinct = 0;
        while rows.next().await?.is_some() {
            distinct += 1;
        }
        Ok(distinct)
    }

    /// Counts the files that no ledger names.
    async fn unnamed(
        &self,
        folders: &Folders,
        named: &HashSet<String>,
        verified: &mut VerifiedEnvironment,
    ) -> Result<(), StoreError> {
        for folder in [&folders.deliveries, &folders.payloads] {
            let objects = self.bucket.objects(folder).await?;
            let unnamed = objects
                .iter()
                .filter(|(name, _)| name != NAME && !named.contains(name));
            verified.unnamed += unnamed.count() as u64;
        }
        Ok(())
    }

    /// Whether each day follows the day that it names.
    fn verify_chain(
        &self,
        environment: EnvironmentId,
        days: &BTreeMap<Day, (String, Ledger)>,
        verified: &mut VerifiedEnvironment,
    ) -> Result<(), StoreError> {
        let first = days.keys().copied().find(|day| day.span().is_some());
        for (day, (_, ledger)) in days {
            let (Some(previous), Some(before)) = (&ledger.previous, day.before()) else {
                continue;
            };
            let problem = match days.get(&before) {
                Some((digest, _)) if *digest == previous.digest => continue,
                Some(_) => "the day before is not as it was when this one was written",
                // Days that were forgotten are gone, the oldest first.
                None if Some(*day) == first => continue,
                None => "the day before is gone",
            };
            verified.fault(self.folders(environment, *day)?.ledger(), problem);
        }
        Ok(())
    }
}

/// What is wrong with a file, where that is known.
fn fault(path: String, error: StoreError) -> Result<Fault, StoreError> {
    match error {
        StoreError::Damaged { object, problem } => Ok(Fault { object, problem }),
        StoreError::Objects(ObjectError::NotFound { .. }) => Ok(Fault {
            object: path,
            problem: "it is gone".to_owned(),
        }),
        error => Err(error),
    }
}
