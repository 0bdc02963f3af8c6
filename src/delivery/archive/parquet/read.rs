//! Reading deliveries: of the days that are asked for, what their ledgers name.

use std::{
    collections::HashMap,
    ops::{ControlFlow, Range},
    str,
};

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use parquet::{
    data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type},
    errors::ParquetError,
};

use super::{
    Day, Folders, ParquetArchive,
    file::Opened,
    ledger::Ledger,
    merge::Merge,
    rows::{Payload, Row, column},
};
use crate::{
    delivery::{
        Counted, Counter, Delivery, DeliveryFilter, GroupId, ObjectId, Span, Stats,
        archive::{
            ArchiveError, Attempt, EnvironmentId, KeptDeliveries, StoreError, recent::Recent,
        },
        identity::microseconds,
        span::joined,
    },
    model::{EndpointUrl, EventType, Masker},
};

/// How many texts are remembered.
const REMEMBERED: usize = 10_000;
/// How many ledgers are asked for at once.
const AT_ONCE: usize = 16;

impl ParquetArchive {
    /// See [`Archive::covered`](super::super::Archive::covered).
    pub(in super::super) async fn covered(
        &self,
        environment: EnvironmentId,
    ) -> Result<Vec<Span>, ArchiveError> {
        let days = self.ledgers(environment, i64::MIN..i64::MAX).await;
        let days = days.map_err(self.failed(Attempt::Read))?;
        let spans = days
            .iter()
            .flat_map(|(day, _, ledger)| ledger.covered(*day));
        Ok(joined(spans.collect()))
    }

    /// See [`Archive::each`](super::super::Archive::each).
    pub(in super::super) async fn each(
        &self,
        wanted: &KeptDeliveries<'_>,
        on: impl FnMut(Delivery) -> ControlFlow<()>,
    ) -> Result<(), ArchiveError> {
        let read = self.read_each(wanted, on).await;
        read.map_err(self.failed(Attempt::Read))
    }

    async fn read_each(
        &self,
        wanted: &KeptDeliveries<'_>,
        mut on: impl FnMut(Delivery) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let span = moments(wanted.filter);
        let mut names = Names::of(self, wanted.urls);
        let days = self.ledgers(wanted.environment, span.clone()).await?;
        for (_, folders, ledger) in days.into_iter().rev() {
            let (deliveries, payloads) = (&folders.deliveries, &folders.payloads);
            let mut rows = Merge::<Row>::new(&self.bucket, deliveries, &ledger.files, span.clone());
            let files: &[_] = if wanted.payloads {
                &ledger.payloads
            } else {
                &[]
            };
            let mut payloads = Merge::<Payload>::new(&self.bucket, payloads, files, span.clone());
            let mut payload = payloads.next().await?;
            while let Some(row) = rows.next().await? {
                while payload
                    .as_ref()
                    .is_some_and(|payload| payload.key < row.key)
                {
                    payload = payloads.next().await?;
                }
                let its_own = payload.as_ref().filter(|payload| payload.key == row.key);
                let delivery = names.delivery(&row, its_own);
                if wanted.filter.matches(&delivery) && on(delivery).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// See [`Archive::count`](super::super::Archive::count).
    pub(in super::super) async fn count(
        &self,
        wanted: &KeptDeliveries<'_>,
        stats: &mut Stats,
    ) -> Result<(), ArchiveError> {
        let mut names = Names::of(self, wanted.urls);
        let mut groups: Recent<(u32, u32), Option<GroupId>> = Recent::new();
        let filter = wanted.filter;
        let columns = [column::STATUS, column::ERROR];
        let read = self.scan(wanted, &columns, &mut names, |names, row| {
            if !filter.matches_status(row.status) {
                return;
            }
            let group = groups.get(row.pair(), row.near(), || {
                let (event, url) = (names.event(row.event), names.url(row.url));
                let is_wanted = filter.matches_type(&event) && filter.matches_receiver(&url);
                is_wanted.then(|| stats.group(&url, &event))
            });
            if let Some(group) = group {
                let counted = Counted {
                    at: Timestamp::from_microsecond(row.created).ok(),
                    status: row.status,
                    error: row.error.map(|error| names.error(error)),
                };
                stats.count(group, counted);
            }
        });
        read.await.map_err(self.failed(Attempt::Read))
    }

    /// See [`Archive::count_against`](super::super::Archive::count_against).
    pub(in super::super) async fn count_against(
        &self,
        wanted: &KeptDeliveries<'_>,
        counter: &mut Counter,
    ) -> Result<(), ArchiveError> {
        let mut names = Names::of(self, wanted.urls);
        let mut pairs: Recent<(u32, u32), u32> = Recent::new();
        let read = self.scan(wanted, &[], &mut names, |names, row| {
            let pair = pairs.get(row.pair(), row.near(), || {
                counter.pair(&names.event(row.event), &names.url(row.url))
            });
            counter.count(pair, Timestamp::from_microsecond(row.created).ok());
        });
        read.await.map_err(self.failed(Attempt::Read))
    }

    /// Reads the columns that are counted by, row group by row group, in no order.
    async fn scan(
        &self,
        wanted: &KeptDeliveries<'_>,
        columns: &[usize],
        names: &mut Names<'_>,
        mut on: impl FnMut(&Names<'_>, &ScannedRow),
    ) -> Result<(), StoreError> {
        let span = moments(wanted.filter);
        let always = [column::CREATED, column::EVENT, column::URL_DIGEST];
        let columns = [&always[..], columns].concat();
        for (_, folders, ledger) in self.ledgers(wanted.environment, span.clone()).await? {
            for file in &ledger.files {
                if !file.reaches(span.start, span.end.saturating_sub(1)) {
                    continue;
                }
                let path = format!("{}/{}", folders.deliveries, file.name);
                let opened = Opened::open(&self.bucket, path, file).await?;
                for group in 0..opened.groups() {
                    if opened.reaches(group, &span) {
                        let read = Scanned::read(self, &opened, group, &columns, &span);
                        let scanned = read.await?;
                        scanned.name_urls(self, &opened, group, names).await?;
                        scanned.each(names, &mut on);
                    }
                }
            }
        }
        Ok(())
    }

    /// The ledgers of the days that have moments of a span, the earliest first.
    pub(super) async fn ledgers(
        &self,
        environment: EnvironmentId,
        span: Range<i64>,
    ) -> Result<Vec<(Day, Folders, Ledger)>, StoreError> {
        let has_part = |day: &Day| match day.span() {
            None => span.contains(&i64::MIN),
            Some(of) => {
                of.since.as_microsecond() < span.end && of.until.as_microsecond() > span.start
            }
        };
        let days = self.days(environment).await?;
        let days: Vec<Day> = days.into_iter().filter(has_part).collect();
        let ledgers = days.into_iter().map(async |day| {
            let folders = self.folders(environment, day)?;
            let ledger = self.ledger(&folders).await?;
            Ok::<_, StoreError>(ledger.map(|(ledger, _)| (day, folders, ledger)))
        });
        let ledgers = stream::iter(ledgers).buffered(AT_ONCE);
        ledgers
            .try_filter_map(async |day| Ok(day))
            .try_collect()
            .await
    }
}

/// The moments that a filter asks for, in microseconds since 1970; what has no moment is before all others.
fn moments(filter: &DeliveryFilter) -> Range<i64> {
    let since = match (filter.since, filter.until) {
        // Who asks for a time does not ask for what has none.
        (None, Some(_)) => i64::MIN + 1,
        (since, _) => microseconds(since),
    };
    let until = filter.until.map_or(i64::MAX, Timestamp::as_microsecond);
    since..until.saturating_add(1)
}

/// The columns of a row group that are counted by.
struct Scanned {
    created: Vec<Option<i64>>,
    events: Vec<ByteArray>,
    digests: Vec<ByteArray>,
    statuses: Vec<Option<i32>>,
    errors: Vec<Option<ByteArray>>,
    span: Range<i64>,
}

/// What is counted of a delivery.
struct ScannedRow {
    created: i64,
    event: u32,
    url: u32,
    status: Option<u16>,
    error: Option<u32>,
}

impl Scanned {
    async fn read(
        archive: &ParquetArchive,
        file: &Opened,
        group: usize,
        columns: &[usize],
        span: &Range<i64>,
    ) -> Result<Self, StoreError> {
        let group = file.group(&archive.bucket, group, columns).await?;
        let has = |column| columns.contains(&column);
        let read = || {
            Ok::<_, ParquetError>(Self {
                created: group.optional::<Int64Type>(column::CREATED)?,
                events: group.required::<ByteArrayType>(column::EVENT)?,
                digests: group.required::<ByteArrayType>(column::URL_DIGEST)?,
                statuses: if has(column::STATUS) {
                    group.optional::<Int32Type>(column::STATUS)?
                } else {
                    vec![None; group.rows()]
                },
                errors: if has(column::ERROR) {
                    group.optional::<ByteArrayType>(column::ERROR)?
                } else {
                    vec![None; group.rows()]
                },
                span: span.clone(),
            })
        };
        read().map_err(|error| file.damaged(error))
    }

    /// Gives numbers to the URLs that have none yet: only for them is the column of what is shown read.
    async fn name_urls(
        &self,
        archive: &ParquetArchive,
        file: &Opened,
        group: usize,
        names: &mut Names<'_>,
    ) -> Result<(), StoreError> {
        let mut digests = Places::new();
        let is_unknown = |digest| {
            digests
                .number(digest, |_| names.known_url(digest))
                .is_none()
        };
        if !self.digests.iter().any(is_unknown) {
            return Ok(());
        }
        let group = file.group(&archive.bucket, group, &[column::URL]).await?;
        let urls = group.required::<ByteArrayType>(column::URL);
        let urls = urls.map_err(|error| file.damaged(error))?;
        for url in self.digests.iter().zip(&urls) {
            names.number_of_url(url);
        }
        Ok(())
    }

    /// The rows that are of the span, with numbers for texts.
    fn each(&self, names: &mut Names<'_>, on: &mut impl FnMut(&Names<'_>, &ScannedRow)) {
        let (mut events, mut urls, mut errors) = (Places::new(), Places::new(), Places::new());
        for (row, created) in self.created.iter().enumerate() {
            let created = created.unwrap_or(i64::MIN);
            if !self.span.contains(&created) {
                continue;
            }
            let digest = &self.digests[row];
            let scanned = ScannedRow {
                created,
                event: events.number(&self.events[row], |text| names.number_of(text)),
                // All of them have a number by now.
                url: urls.number(digest, |digest| names.known_url(digest).unwrap_or(u32::MAX)),
                status: self.statuses[row].and_then(|status| u16::try_from(status).ok()),
                error: self.errors[row]
                    .as_ref()
                    .map(|error| errors.number(error, |text| names.number_of(text))),
            };
            on(names, &scanned);
        }
    }
}

impl ScannedRow {
    /// What is counted by.
    fn pair(&self) -> (u32, u32) {
        (self.event, self.url)
    }

    /// A number of that, different for most that are in use together.
    fn near(&self) -> usize {
        (self.url as usize) << 4 ^ self.event as usize
    }
}

/// What is known of texts by where they are in memory: a column's dictionary has each once.
struct Places<V>(Recent<(usize, usize), V>);

impl<V: Copy> Places<V> {
    fn new() -> Self {
        Self(Recent::new())
    }

    fn number(&mut self, text: &ByteArray, find: impl FnOnce(&ByteArray) -> V) -> V {
        let at = text.data().as_ptr().addr();
        self.0.get((at, text.len()), at ^ (at >> 10), || find(text))
    }
}

/// What the texts and URLs of an archive are to be shown as.
struct Names<'n> {
    masker: Masker,
    known: HashMap<String, &'n EndpointUrl>,
    numbers: HashMap<Vec<u8>, u32>,
    texts: Vec<String>,
    url_numbers: HashMap<Vec<u8>, u32>,
    urls: Vec<EndpointUrl>,
}

impl<'n> Names<'n> {
    fn of(archive: &ParquetArchive, urls: &'n [EndpointUrl]) -> Self {
        let known = urls.iter();
        Self {
            // An archive of an earlier version may hold more than is shown now.
            masker: Masker::default(),
            known: known
                .flat_map(|url| {
                    let digests = archive.head.digests(url.normal());
                    digests.map(move |digest| (digest, url))
                })
                .collect(),
            numbers: HashMap::new(),
            texts: Vec::new(),
            url_numbers: HashMap::new(),
            urls: Vec::new(),
        }
    }

    fn number_of(&mut self, text: &ByteArray) -> u32 {
        if let Some(number) = self.numbers.get(text.data()) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let shown = String::from_utf8_lossy(text.data());
        self.texts
            .push(self.masker.mask_foreign(&shown).into_owned());
        self.numbers.insert(text.data().to_vec(), number);
        number
    }

    fn known_url(&self, digest: &ByteArray) -> Option<u32> {
        self.url_numbers.get(digest.data()).copied()
    }

    fn number_of_url(&mut self, (digest, shown): (&ByteArray, &ByteArray)) -> u32 {
        if let Some(number) = self.url_numbers.get(digest.data()) {
            return *number;
        }
        let number = u32::try_from(self.urls.len()).unwrap_or(u32::MAX);
        let known = str::from_utf8(digest.data()).ok();
        let known = known.and_then(|digest| self.known.get(digest));
        self.urls.push(match known {
            Some(known) => (*known).clone(),
            None => self.masker.url(String::from_utf8_lossy(shown.data())),
        });
        self.url_numbers.insert(digest.data().to_vec(), number);
        number
    }

    fn event(&self, number: u32) -> EventType {
        EventType::new(self.error(number))
    }

    fn error(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }

    fn url(&self, number: u32) -> EndpointUrl {
        // Only numbers that were given out come here.
        let nothing = || self.masker.url("");
        self.urls
            .get(number as usize)
            .cloned()
            .unwrap_or_else(nothing)
    }

    fn delivery(&mut self, row: &Row, payload: Option<&Payload>) -> Delivery {
        // Errors may all be different.
        if self.texts.len() >= REMEMBERED {
            self.numbers.clear();
            self.texts.clear();
        }
        let event = self.number_of(&row.event);
        let url = self.number_of_url((&row.url_digest, &row.url));
        let error = row.error.as_ref().map(|error| self.number_of(error));
        let kind = row.object_kind.as_ref().map(|kind| self.number_of(kind));
        let text = |text: &ByteArray| String::from_utf8_lossy(text.data()).into_owned();
        let object = kind.zip(row.object.as_ref());
        Delivery {
            webhook_id: row.record.as_ref().map(text),
            event_type: self.event(event),
            event_created_at: Timestamp::from_microsecond(row.key.created).ok(),
            status_code: row.status.and_then(|status| u16::try_from(status).ok()),
            error_message: error.map(|error| self.error(error).to_owned()),
            webhook_url: self.url(url),
            object: object.map(|(kind, id)| ObjectId::new(self.error(kind), text(id))),
            payload: payload
                .and_then(|payload| serde_json::from_slice(payload.payload.data()).ok())
                .map(Box::new),
        }
    }
}
