//! Reading from an archive.

use std::{collections::HashMap, ops::ControlFlow};

use jiff::Timestamp;
use rusqlite::{Row, params_from_iter};

use super::{SqliteArchive, write::unpacked};
use crate::{
    delivery::{
        Counted, Counter, Delivery, GroupId, ObjectId, Span, Stats, StatusFilter,
        archive::{
            ArchiveError, Attempt, EnvironmentId, KeptDeliveries, digest::salted, recent::Recent,
        },
        identity::microseconds,
    },
    model::{EndpointUrl, EventType, MaskedText, Masker},
};

impl SqliteArchive {
    /// See [`Archive::covered`](super::super::Archive::covered).
    pub(in crate::delivery::archive) fn covered(
        &self,
        environment: EnvironmentId,
    ) -> Result<Vec<Span>, ArchiveError> {
        let read = || -> rusqlite::Result<Vec<Span>> {
            let mut spans = self.connection.prepare_cached(
                "SELECT since, until FROM spans WHERE environment = ?1 ORDER BY since",
            )?;
            let spans = spans.query_map([environment.0], |row| {
                let at = |column| row.get(column).map(moment);
                Ok((at(0)?, at(1)?))
            })?;
            let spans = spans.map(|span| {
                let (since, until) = span?;
                Ok(since.zip(until))
            });
            let spans: rusqlite::Result<Vec<_>> = spans.collect();
            let spans = spans?.into_iter().flatten();
            Ok(spans
                .filter_map(|(since, until)| Span::new(since, until))
                .collect())
        };
        read().map_err(self.failed(Attempt::Read))
    }

    /// See [`Archive::each`](super::super::Archive::each).
    pub(in crate::delivery::archive) fn each(
        &self,
        wanted: &KeptDeliveries<'_>,
        mut on: impl FnMut(Delivery) -> ControlFlow<()>,
    ) -> Result<(), ArchiveError> {
        let (payload, join) = if wanted.payloads {
            (
                "payload",
                "LEFT JOIN payloads USING (environment, created, digest)",
            )
        } else {
            ("NULL", "")
        };
        let columns = format!(
            "created, event, url, status, error, record, object_kind, object, {payload}
            FROM deliveries {join}"
        );
        let order = "ORDER BY created DESC, digest";
        self.rows(wanted, &columns, order, |names, row| {
            let delivery = names.delivery(row)?;
            Ok(match wanted.filter.matches(&delivery) {
                true => on(delivery),
                false => ControlFlow::Continue(()),
            })
        })
    }

    /// See [`Archive::count`](super::super::Archive::count).
    pub(in crate::delivery::archive) fn count(
        &self,
        wanted: &KeptDeliveries<'_>,
        stats: &mut Stats,
    ) -> Result<(), ArchiveError> {
        let mut groups: Recent<(i64, i64), GroupId> = Recent::new();
        let columns = "created, event, url, status, error FROM deliveries";
        self.rows(wanted, columns, "", |names, row| {
            let (event, url) = (row.get(1)?, row.get(2)?);
            let group = groups.get((event, url), near(event, url), || {
                stats.group(&names.url(url), &names.event(event))
            });
            let error: Option<i64> = row.get(4)?;
            let error = error.and_then(|error| names.texts.get(&error));
            let counted = Counted {
                at: moment(row.get(0)?),
                status: row.get(3)?,
                error: error.map(String::as_str),
            };
            stats.count(group, counted);
            Ok(ControlFlow::Continue(()))
        })
    }

    /// See [`Archive::count_against`](super::super::Archive::count_against).
    pub(in crate::delivery::archive) fn count_against(
        &self,
        wanted: &KeptDeliveries<'_>,
        counter: &mut Counter,
    ) -> Result<(), ArchiveError> {
        let mut pairs: Recent<(i64, i64), u32> = Recent::new();
        let columns = "created, event, url FROM deliveries";
        self.rows(wanted, columns, "", |names, row| {
            let (event, url) = (row.get(1)?, row.get(2)?);
            let pair = pairs.get((event, url), near(event, url), || {
                counter.pair(&names.event(event), &names.url(url))
            });
            counter.count(pair, moment(row.get(0)?));
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Reads these columns of all deliveries that are wanted, in this order, until told to stop.
    fn rows(
        &self,
        wanted: &KeptDeliveries<'_>,
        columns: &str,
        order: &str,
        mut on: impl FnMut(&Names, &Row<'_>) -> rusqlite::Result<ControlFlow<()>>,
    ) -> Result<(), ArchiveError> {
        let mut read = || -> rusqlite::Result<()> {
            let names = Names::read(self, wanted.urls)?;
            let (clauses, values) = clauses(wanted, &names);
            let sql = format!("SELECT {columns} WHERE {clauses} {order}");
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                if on(&names, row)?.is_break() {
                    break;
                }
            }
            Ok(())
        };
        read().map_err(self.failed(Attempt::Read))
    }
}

/// A moment as the archive counts it; `None` where it was not said.
fn moment(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}

/// What of a filter SQLite looks at.
fn clauses(wanted: &KeptDeliveries<'_>, names: &Names) -> (String, Vec<i64>) {
    let filter = wanted.filter;
    let values = vec![
        wanted.environment.0,
        match filter.until {
            // Who asks for a time does not ask for what has none.
            Some(_) => microseconds(filter.since).max(i64::MIN + 1),
            None => microseconds(filter.since),
        },
        filter
            .until
            .map_or(i64::MAX, |until| microseconds(Some(until))),
    ];
    let mut clauses = "environment = ?1 AND created BETWEEN ?2 AND ?3".to_owned();
    if filter.failed {
        clauses.push_str(" AND (status IS NULL OR status NOT BETWEEN 200 AND 299)");
    }
    // Numbers that were read as such: no text of others' reaches a statement.
    let statuses = filter.statuses.iter().map(|status| match status {
        StatusFilter::Exact(status) => format!("status = {status}"),
        StatusFilter::Class(class) => format!("status / 100 = {class}"),
        StatusFilter::NoAnswer => "status IS NULL".to_owned(),
    });
    let statuses: Vec<String> = statuses.collect();
    if !statuses.is_empty() {
        clauses.push_str(&format!(" AND ({})", statuses.join(" OR ")));
    }
    // Numbers of our own: no text of others' reaches a statement.
    let mut among = |column: &str, numbers: Vec<i64>| {
        let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
        clauses.push_str(&format!(" AND {column} IN ({})", numbers.join(", ")));
    };
    if !filter.events.is_empty() {
        let matches = |text: &String| filter.events.iter().any(|event| event.matches(text));
        let events = names.texts.iter().filter(|(_, text)| matches(text));
        among("event", events.map(|(number, _)| *number).collect());
    }
    if filter.receivers.is_some() || !filter.urls.is_empty() {
        let urls = names.urls.iter();
        let urls = urls.filter(|(_, url)| filter.matches_receiver(url));
        among("url", urls.map(|(number, _)| *number).collect());
    }
    (clauses, values)
}

/// A number of a type and a URL, different for most that are in use together.
fn near(event: i64, url: i64) -> usize {
    usize::try_from(url << 4 ^ event).unwrap_or(0)
}

/// What numbers stand for.
struct Names {
    texts: HashMap<i64, String>,
    urls: HashMap<i64, EndpointUrl>,
}

impl Names {
    fn read(archive: &SqliteArchive, known: &[EndpointUrl]) -> rusqlite::Result<Self> {
        let known: HashMap<Vec<u8>, &EndpointUrl> = known
            .iter()
            .map(|url| (salted(&archive.salt, url.normal()), url))
            .collect();
        let connection = &archive.connection;
        // An archive of an earlier version may hold more than is shown now.
        let masker = Masker::default();
        let quiet = |text: String| masker.mask_foreign(&text).into_owned();
        let texts = connection
            .prepare_cached("SELECT id, text FROM texts")?
            .query_map([], |row| Ok((row.get(0)?, quiet(row.get(1)?))))?
            .collect::<rusqlite::Result<_>>()?;
        let urls = connection
            .prepare_cached("SELECT id, digest, shown FROM urls")?
            .query_map([], |row| {
                let digest: Vec<u8> = row.get(1)?;
                let url = match known.get(&digest) {
                    Some(known) => (*known).clone(),
                    None => masker.url(row.get::<_, String>(2)?),
                };
                Ok((row.get(0)?, url))
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { texts, urls })
    }

    fn event(&self, number: i64) -> EventType {
        let text = self.texts.get(&number);
        EventType::new(text.cloned().unwrap_or_default())
    }

    fn url(&self, number: i64) -> EndpointUrl {
        let nothing = || EndpointUrl::from_live(MaskedText::plain(""));
        self.urls.get(&number).cloned().unwrap_or_else(nothing)
    }

    fn delivery(&self, row: &Row<'_>) -> rusqlite::Result<Delivery> {
        let text = |column| -> rusqlite::Result<Option<&String>> {
            let number: Option<i64> = row.get(column)?;
            Ok(number.and_then(|number| self.texts.get(&number)))
        };
        let id = unpacked(row.get_ref(7)?);
        let object = text(6)?.zip(id);
        let payload: Option<String> = row.get(8)?;
        Ok(Delivery {
            webhook_id: unpacked(row.get_ref(5)?).map(String::from),
            event_type: self.event(row.get(1)?),
            event_created_at: moment(row.get(0)?),
            status_code: row.get(3)?,
            error_message: text(4)?.cloned(),
            webhook_url: self.url(row.get(2)?),
            object: object.map(|(kind, id)| ObjectId::new(kind, id)),
            payload: payload
                .and_then(|payload| serde_json::from_str(&payload).ok())
                .map(Box::new),
        })
    }
}
