//! Writing to an archive.

use std::borrow::Cow;

use jiff::Timestamp;
use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior, params,
    types::{ToSqlOutput, Value, ValueRef},
};

use super::SqliteArchive;
use crate::{
    delivery::{
        Delivery, DeliveryIdentity, Span,
        archive::{
            ArchiveError, ArchivedEnvironment, Attempt, EnvironmentId, Kept, Payloads, Place,
            digest::salted,
        },
    },
    model::EndpointUrl,
};

impl SqliteArchive {
    /// See [`Archive::enter`](super::super::Archive::enter).
    pub(in crate::delivery::archive) fn enter(
        &mut self,
        environment: &ArchivedEnvironment,
    ) -> Result<EnvironmentId, ArchiveError> {
        let ArchivedEnvironment {
            name,
            provider,
            env_type,
            account,
        } = environment;
        let provider = provider.id;
        let env_type = env_type.to_string();
        let account = salted(&self.salt, account);
        self.connection
            .execute(
                "INSERT OR IGNORE INTO environments (name, provider, env_type, account)
                VALUES (?1, ?2, ?3, ?4)",
                params![name.as_str(), provider, env_type, account],
            )
            .map_err(self.failed(Attempt::Write))?;
        self.environment(environment)
    }

    /// See [`Archive::environment`](super::super::Archive::environment).
    pub(in crate::delivery::archive) fn environment(
        &self,
        environment: &ArchivedEnvironment,
    ) -> Result<EnvironmentId, ArchiveError> {
        let ArchivedEnvironment {
            name,
            provider,
            env_type,
            account,
        } = environment;
        let found = self
            .connection
            .query_row(
                // The first archives hold a provider's id with a capital letter.
                "SELECT id, lower(provider) = ?2 AND env_type = ?3 AND account = ?4
                FROM environments WHERE name = ?1",
                params![
                    name.as_str(),
                    provider.id,
                    env_type.to_string(),
                    salted(&self.salt, account)
                ],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(self.failed(Attempt::Read))?;
        let (place, environment) = (Place::File(self.path.clone()), name.to_string());
        match found {
            None => Err(ArchiveError::NoEnvironment { place, environment }),
            Some((_, false)) => Err(ArchiveError::OtherAccount { place, environment }),
            Some((id, true)) => Ok(EnvironmentId(id)),
        }
    }

    /// See [`Archive::keep`](super::super::Archive::keep): all of a page, or none.
    pub(in crate::delivery::archive) fn keep(
        &mut self,
        environment: EnvironmentId,
        page: &[Delivery],
        payloads: Payloads<'_>,
    ) -> Result<Kept, ArchiveError> {
        let numbered = self.numbers(page);
        let numbered = numbered.map_err(self.failed(Attempt::Write))?;
        let rows = page.iter().zip(&numbered);
        let write = |transaction: &Transaction<'_>| {
            let mut kept = Kept::default();
            for (delivery, numbers) in rows {
                if keep_one(transaction, environment, delivery, numbers, payloads)? {
                    kept.new += 1;
                } else {
                    kept.known += 1;
                }
            }
            Ok(kept)
        };
        let kept = whole(&mut self.connection, write);
        kept.map_err(self.failed(Attempt::Write))
    }

    /// See [`Archive::cover`](super::super::Archive::cover).
    pub(in crate::delivery::archive) fn cover(
        &mut self,
        environment: EnvironmentId,
        span: Span,
    ) -> Result<Kept, ArchiveError> {
        let mut since = span.since.as_microsecond();
        let mut until = span.until.as_microsecond();
        let written = whole(&mut self.connection, |transaction| {
            // Spans that touch become one, so that there are few.
            let touching = "FROM spans WHERE environment = ?1 AND since <= ?3 AND until >= ?2";
            let (first, last): (Option<i64>, Option<i64>) = transaction.query_row(
                &format!("SELECT min(since), max(until) {touching}"),
                params![environment.0, since, until],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let delete = format!("DELETE {touching}");
            transaction.execute(&delete, params![environment.0, since, until])?;
            since = first.map_or(since, |first| first.min(since));
            until = last.map_or(until, |last| last.max(until));
            transaction.execute(
                "INSERT INTO spans VALUES (?1, ?2, ?3)",
                params![environment.0, since, until],
            )
        });
        let written = written.map_err(self.failed(Attempt::Write));
        written.map(|_| Kept::default())
    }

    /// See [`Archive::forget`](super::super::Archive::forget).
    pub(in crate::delivery::archive) fn forget(
        &mut self,
        environment: EnvironmentId,
        before: Timestamp,
    ) -> Result<u64, ArchiveError> {
        let before = before.as_microsecond();
        let forgotten = whole(&mut self.connection, |transaction| {
            let these = params![environment.0, before];
            transaction.execute(
                "DELETE FROM spans WHERE environment = ?1 AND until <= ?2",
                these,
            )?;
            transaction.execute(
                "UPDATE spans SET since = ?2 WHERE environment = ?1 AND since < ?2",
                these,
            )?;
            // Those without a time have no age.
            let delete = "DELETE FROM deliveries
                WHERE environment = ?1 AND created < ?2 AND created > ?3";
            transaction.execute(delete, params![environment.0, before, i64::MIN])
        })
        .map_err(self.failed(Attempt::Write))?;
        if forgotten > 0 {
            self.connection
                .execute_batch("PRAGMA incremental_vacuum")
                .map_err(self.failed(Attempt::Write))?;
        }
        Ok(forgotten as u64)
    }

    /// The numbers of what a page names: urls and texts are kept once.
    fn numbers(&mut self, page: &[Delivery]) -> rusqlite::Result<Vec<Numbers>> {
        let mut all = Vec::with_capacity(page.len());
        for delivery in page {
            all.push(Numbers {
                event: self.text(delivery.event_type.as_str())?,
                url: self.url(&delivery.webhook_url)?,
                error: match &delivery.error_message {
                    Some(error) => Some(self.text(error)?),
                    None => None,
                },
                object_kind: match &delivery.object {
                    Some(object) => Some(self.text(object.kind())?),
                    None => None,
                },
            });
        }
        Ok(all)
    }

    fn text(&mut self, text: &str) -> rusqlite::Result<i64> {
        if let Some(known) = self.texts.get(text) {
            return Ok(*known);
        }
        let connection = &self.connection;
        connection
            .prepare_cached("INSERT OR IGNORE INTO texts (text) VALUES (?1)")?
            .execute([text])?;
        let number = connection
            .prepare_cached("SELECT id FROM texts WHERE text = ?1")?
            .query_row([text], |row| row.get(0))?;
        // Errors may all be different: what is remembered is bounded, not the archive's size.
        if self.texts.len() >= REMEMBERED_TEXTS {
            self.texts.clear();
        }
        self.texts.insert(text.to_owned(), number);
        Ok(number)
    }

    fn url(&mut self, url: &EndpointUrl) -> rusqlite::Result<i64> {
        if let Some(known) = self.urls.get(url.normal()) {
            return Ok(*known);
        }
        let digest = salted(&self.salt, url.normal());
        self.connection.execute(
            "INSERT OR IGNORE INTO urls (digest, shown) VALUES (?1, ?2)",
            params![digest, url.text().shown()],
        )?;
        let number = self.connection.query_row(
            "SELECT id FROM urls WHERE digest = ?1",
            params![digest],
            |row| row.get(0),
        )?;
        self.urls.insert(url.normal().to_owned(), number);
        Ok(number)
    }
}

/// How many texts are remembered with their numbers.
const REMEMBERED_TEXTS: usize = 10_000;

/// The numbers of what a delivery names.
struct Numbers {
    event: i64,
    url: i64,
    error: Option<i64>,
    object_kind: Option<i64>,
}

/// Does all of it, or nothing.
fn whole<R>(
    connection: &mut Connection,
    write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = write(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

/// Whether the delivery was new.
fn keep_one(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    delivery: &Delivery,
    numbers: &Numbers,
    payloads: Payloads<'_>,
) -> rusqlite::Result<bool> {
    let identity = DeliveryIdentity::of(delivery);
    let new = transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO deliveries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            environment.0,
            identity.created,
            identity.digest,
            numbers.event,
            numbers.url,
            delivery.status_code,
            numbers.error,
            delivery.webhook_id.as_deref().map(packed),
            numbers.object_kind,
            delivery.object.as_ref().map(|object| packed(object.id())),
        ])?;
    if let (Payloads::Kept(masker), Some(payload)) = (payloads, &delivery.payload) {
        let text = payload.to_string();
        transaction
            .prepare_cached("INSERT OR IGNORE INTO payloads VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                environment.0,
                identity.created,
                identity.digest,
                masker.mask(&text)
            ])?;
    }
    Ok(new > 0)
}

/// An id as it is kept: 32 hex digits, which most are, take half the space as bytes.
fn packed(id: &str) -> ToSqlOutput<'_> {
    let is_packable = id.len() == 32
        && id
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_packable {
        return ToSqlOutput::Borrowed(ValueRef::Text(id.as_bytes()));
    }
    let bytes = id.as_bytes().chunks(2).filter_map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    ToSqlOutput::Owned(Value::Blob(bytes.collect()))
}

/// The id that was kept.
pub(super) fn unpacked(kept: ValueRef<'_>) -> Option<Cow<'_, str>> {
    match kept {
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => Some(base16ct::lower::encode_string(bytes).into()),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
    }
}
