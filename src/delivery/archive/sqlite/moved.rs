//! Reading all of an archive as it was kept, for another one.

use std::{collections::HashMap, ops::Range};

use rusqlite::{OptionalExtension, Row, params, types::ValueRef};

use super::{SqliteArchive, write::unpacked};
use crate::{
    delivery::archive::{
        ArchiveError, Attempt, EnvironmentId,
        moved::{MovedDelivery, MovedEnvironment},
    },
    model::Masker,
};

/// How many deliveries are read at once.
const ROWS: usize = 1000;
/// How many bytes of them, about.
const BYTES: usize = 1024 * 1024;

impl SqliteArchive {
    /// Has all that is read from now on be as it is at one moment, whatever others write meanwhile.
    pub(in crate::delivery::archive) fn hold_still(&self) -> Result<(), ArchiveError> {
        let held = self.connection.execute_batch("BEGIN");
        held.map_err(self.failed(Attempt::Read))
    }

    /// What digests are made with.
    pub(in crate::delivery::archive) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// The environments, as they are kept.
    pub(in crate::delivery::archive) fn kept(
        &self,
    ) -> Result<Vec<(EnvironmentId, MovedEnvironment)>, ArchiveError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            // The first archives hold a provider's id with a capital letter.
            let sql = "SELECT id, name, lower(provider), env_type, account FROM environments ORDER BY name";
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| {
                let environment = MovedEnvironment {
                    name: row.get(1)?,
                    provider: row.get(2)?,
                    env_type: row.get(3)?,
                    account: base16ct::lower::encode_string(&row.get::<_, Vec<u8>>(4)?),
                };
                Ok((EnvironmentId(row.get(0)?), environment))
            })?;
            rows.collect()
        };
        read().map_err(self.failed(Attempt::Read))
    }

    /// The moments between which an environment's deliveries are.
    pub(in crate::delivery::archive) fn reach(
        &self,
        environment: EnvironmentId,
    ) -> Result<Range<i64>, ArchiveError> {
        let sql = "SELECT min(created), max(created) FROM deliveries WHERE environment = ?1";
        let read = self.connection.query_row(sql, [environment.0], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
        });
        let (first, last) = read.map_err(self.failed(Attempt::Read))?;
        Ok(first.unwrap_or(0)..last.map_or(0, |last| last.saturating_add(1)))
    }

    /// Whether it has a delivery of this identity.
    pub(in crate::delivery::archive) fn has(
        &self,
        environment: EnvironmentId,
        created: i64,
        identity: i64,
    ) -> Result<bool, ArchiveError> {
        let read = || {
            let sql =
                "SELECT 1 FROM deliveries WHERE environment = ?1 AND created = ?2 AND digest = ?3";
            let mut statement = self.connection.prepare_cached(sql)?;
            statement
                .query_row(params![environment.0, created, identity], |_| Ok(()))
                .optional()
        };
        let found = read().map_err(self.failed(Attempt::Read))?;
        Ok(found.is_some())
    }

    /// The deliveries that follow one, the earliest first; the first of all where none is given. Empty at the end.
    pub(in crate::delivery::archive) fn piece(
        &self,
        environment: EnvironmentId,
        after: Option<(i64, i64)>,
    ) -> Result<Vec<MovedDelivery>, ArchiveError> {
        let read = || -> rusqlite::Result<Vec<MovedDelivery>> {
            let follows = if after.is_some() { ">" } else { ">=" };
            let (created, identity) = after.unwrap_or((i64::MIN, i64::MIN));
            // What a text is missing of is an error, and no delivery less.
            let sql = format!(
                "SELECT d.created, d.digest, event.text, urls.shown, urls.digest, d.status, error.text,
                    d.record, kind.text, d.object, payload,
                    d.error IS NOT NULL AND error.text IS NULL, d.object_kind IS NOT NULL AND kind.text IS NULL
                FROM deliveries d
                LEFT JOIN texts event ON event.id = d.event
                LEFT JOIN urls ON urls.id = d.url
                LEFT JOIN texts error ON error.id = d.error
                LEFT JOIN texts kind ON kind.id = d.object_kind
                LEFT JOIN payloads USING (environment, created, digest)
                WHERE d.environment = ?1 AND (d.created, d.digest) {follows} (?2, ?3)
                ORDER BY d.created, d.digest LIMIT {ROWS}"
            );
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![environment.0, created, identity])?;
            let mut quiet = Quiet::default();
            let (mut piece, mut bytes) = (Vec::new(), 0);
            while bytes < BYTES
                && let Some(row) = rows.next()?
            {
                let delivery = delivery(row, &mut quiet)?;
                bytes += delivery.payload.as_ref().map_or(0, String::len);
                piece.push(delivery);
            }
            Ok(piece)
        };
        read().map_err(self.failed(Attempt::Read))
    }
}

/// Texts as they may be shown: an archive of an earlier version may hold more than is shown now.
#[derive(Default)]
struct Quiet {
    masker: Masker,
    texts: HashMap<String, String>,
    urls: HashMap<String, String>,
}

impl Quiet {
    fn text(&mut self, text: &str) -> String {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let quiet = self.masker.mask_foreign(text).into_owned();
        self.texts.insert(text.to_owned(), quiet.clone());
        quiet
    }

    fn url(&mut self, url: &str) -> String {
        if let Some(known) = self.urls.get(url) {
            return known.clone();
        }
        let quiet = self.masker.url(url).text().shown().to_owned();
        self.urls.insert(url.to_owned(), quiet.clone());
        quiet
    }
}

fn delivery(row: &Row<'_>, quiet: &mut Quiet) -> rusqlite::Result<MovedDelivery> {
    let text = |value: ValueRef<'_>| unpacked(value).map(String::from);
    // Whether a text is missing: then it is read as one that must be there.
    let mut optional = |column, is_missing: usize| -> rusqlite::Result<Option<String>> {
        let found: Option<String> = match row.get(is_missing)? {
            true => Some(row.get(column)?),
            false => row.get(column)?,
        };
        Ok(found.map(|found| quiet.text(&found)))
    };
    let (error, object_kind) = (optional(6, 11)?, optional(8, 12)?);
    Ok(MovedDelivery {
        created: row.get(0)?,
        identity: row.get(1)?,
        event: quiet.text(&row.get::<_, String>(2)?),
        url: quiet.url(&row.get::<_, String>(3)?),
        url_digest: base16ct::lower::encode_string(&row.get::<_, Vec<u8>>(4)?),
        status: row.get(5)?,
        error,
        record: text(row.get_ref(7)?),
        object_kind,
        object: text(row.get_ref(9)?),
        payload: row.get(10)?,
    })
}
