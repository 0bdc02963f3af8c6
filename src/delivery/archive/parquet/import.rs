//! Taking over what another archive keeps.

use std::ops::Range;

use super::{
    Day, Head, MOST_RACES, ParquetArchive,
    bucket::Written,
    file::Opened,
    head::{Found, NAME},
    numbered,
    rows::{Key, Payload, Row},
    write::text,
};
use crate::delivery::{
    Span,
    archive::{
        ArchiveError, Attempt, EnvironmentId, Kept, StoreError,
        moved::{MovedDelivery, MovedEnvironment},
    },
};

impl ParquetArchive {
    /// Enters an environment of another archive, which has this salt. `is_proven`: that what is kept by this name is the same.
    pub(in super::super) async fn enter_moved(
        &mut self,
        environment: &MovedEnvironment,
        salt: &[u8],
        is_proven: bool,
    ) -> Result<EnvironmentId, ArchiveError> {
        for _ in 0..MOST_RACES {
            let found = Head::find(&self.bucket).await;
            let Found::Archive(mut head, version) = found.map_err(self.failed(Attempt::Read))?
            else {
                let gone = StoreError::damaged(NAME, "it was there, and is gone");
                return Err(self.failed(Attempt::Read)(gone));
            };
            let found = self.find_moved(&head, environment, salt, is_proven)?;
            let number = found.unwrap_or_else(|| head.environments().len());
            let is_new = found.is_none();
            if is_new {
                head.add(head.moved(environment, salt));
            }
            if head.add_salt(salt) || is_new {
                let written = head.write(&self.bucket, version).await;
                if written.map_err(self.failed(Attempt::Write))? == Written::Refused {
                    continue;
                }
            }
            self.head = head;
            return Ok(numbered(number));
        }
        Err(self.failed(Attempt::Write)(StoreError::Contended))
    }

    /// Whether an environment of another archive may be entered, as far as is known of what is kept by its name.
    pub(in super::super) fn check_moved(
        &self,
        environment: &MovedEnvironment,
        salt: &[u8],
        is_proven: bool,
    ) -> Result<(), ArchiveError> {
        let found = self.find_moved(&self.head, environment, salt, is_proven);
        found.map(drop)
    }

    /// The number of the environment that is kept by the name of another archive's, and is the same; `None` where none is.
    fn find_moved(
        &self,
        head: &Head,
        environment: &MovedEnvironment,
        salt: &[u8],
        is_proven: bool,
    ) -> Result<Option<usize>, ArchiveError> {
        let Some((number, kept)) = head.find_environment(&environment.name) else {
            return Ok(None);
        };
        let (place, environment, moved) = (
            self.place.clone(),
            environment.name.clone(),
            head.moved(environment, salt),
        );
        match kept.is_one_with(&moved) {
            Some(true) => Ok(Some(number)),
            None if is_proven => Ok(Some(number)),
            None => Err(ArchiveError::UnprovenAccount { place, environment }),
            Some(false) => Err(ArchiveError::OtherAccount { place, environment }),
        }
    }

    /// Keeps a delivery of another archive, as [`Archive::keep`](super::super::Archive::keep) keeps one of a provider.
    pub(in super::super) async fn keep_moved(
        &mut self,
        environment: EnvironmentId,
        delivery: MovedDelivery,
    ) -> Result<Kept, ArchiveError> {
        let key = Key {
            created: delivery.created,
            identity: delivery.identity,
        };
        let payload = delivery.payload.map(|payload| Payload {
            key,
            payload: text(payload),
        });
        let row = Row {
            key,
            event: self.common(&delivery.event),
            url: self.common(&delivery.url),
            url_digest: self.common(&delivery.url_digest),
            status: delivery.status.map(i32::from),
            error: delivery.error.map(|error| self.common(&error)),
            record: delivery.record.map(text),
            object_kind: delivery.object_kind.map(|kind| self.common(&kind)),
            object: delivery.object.map(text),
        };
        self.hold(environment, row, payload);
        self.write_if_much(environment).await
    }

    /// Whether any delivery of an environment is one of others, which are of this span of moments.
    pub(in super::super) async fn has_any(
        &self,
        environment: &str,
        span: Range<i64>,
        mut is_other: impl FnMut(i64, i64) -> Result<bool, ArchiveError>,
    ) -> Result<bool, ArchiveError> {
        let failed = || self.failed(Attempt::Read);
        let Some((number, _)) = self.head.find_environment(environment) else {
            return Ok(false);
        };
        let days = self.ledgers(numbered(number), span.clone()).await;
        for (_, folders, ledger) in days.map_err(failed())?.into_iter().rev() {
            for file in &ledger.files {
                let path = format!("{}/{}", folders.deliveries, file.name);
                let opened = Opened::open(&self.bucket, path, file).await;
                let opened = opened.map_err(failed())?;
                for group in (0..opened.groups()).filter(|group| opened.reaches(*group, &span)) {
                    let keys = opened.keys(&self.bucket, group).await;
                    for key in keys.map_err(failed())? {
                        if is_other(key.created, key.identity)? {
                            return Ok(true);
                        }
                    }
                }
            }
        }
        Ok(false)
    }
}

/// A span cut at each midnight of UTC.
pub(in super::super) fn days(span: Span) -> Vec<Span> {
    let days = Day::within(span).into_iter().filter_map(Day::span);
    let parts =
        days.filter_map(|day| Span::new(day.since.max(span.since), day.until.min(span.until)));
    parts.collect()
}
