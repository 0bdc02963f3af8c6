//! Reading the request history from its first page to its last, and what is added to it.

mod merged;

use std::{
    collections::{BTreeSet, HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use self::merged::Merged;
use super::{Reader, pages::of_page};
use crate::{
    delivery::{Cursor, Delivery, DeliveryIdentity, DeliveryPage, DeliveryQuery},
    net::{ServerTime, Transport},
    provider::{ProviderError, ProviderErrorKind, ReadDeliveries},
};

/// More pages than 30 days of deliveries can have.
const MOST_PAGES: usize = 1_000_000;
/// How far back new deliveries are looked for: a record is there only once its attempt has ended, and
/// clocks differ.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// The pages of one query, one after the other: only one of them is held at a time.
#[derive(Debug)]
pub struct Deliveries<'r, T> {
    reader: &'r Reader<T>,
    query: DeliveryQuery,
    /// Where the provider has only the histories of webhooks.
    merged: Option<Merged>,
    at: Option<Cursor>,
    /// Digests of the cursors so far, as there may be many.
    seen: HashSet<u64>,
    ended: bool,
}

impl<'r, T: Transport> Deliveries<'r, T> {
    pub(super) fn new(reader: &'r Reader<T>, query: DeliveryQuery) -> Self {
        Self {
            reader,
            query,
            merged: (reader.api.requests.dialect().has_histories()).then(Merged::default),
            at: None,
            seen: HashSet::new(),
            ended: false,
        }
    }

    /// Reads the next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// A page that cannot be read, or that comes again.
    pub async fn next(&mut self) -> Result<Option<Vec<Delivery>>, ProviderError> {
        if self.ended {
            return Ok(None);
        }
        if let Some(merged) = &mut self.merged {
            let deliveries = merged.next(self.reader, &self.query).await?;
            self.ended = merged.has_ended();
            return Ok(deliveries);
        }
        let DeliveryPage { deliveries, next } =
            self.reader.page(&self.query, self.at.as_ref()).await?;
        self.ended = next.is_none();
        if let Some(next) = &next {
            let mut hasher = DefaultHasher::new();
            next.hash(&mut hasher);
            let problem = if !self.seen.insert(hasher.finish()) {
                Some(ProviderErrorKind::RepeatedPage(self.seen.len()))
            } else if self.seen.len() >= MOST_PAGES {
                Some(ProviderErrorKind::TooManyPages(MOST_PAGES))
            } else {
                None
            };
            if let Some(kind) = problem {
                return Err(self.reader.history_error(&self.query, kind));
            }
        }
        self.at = next;
        Ok(Some(deliveries))
    }

    /// Whether the last page was read.
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}

/// Deliveries as they come, each once.
#[derive(Debug)]
pub struct Following<'r, T> {
    reader: &'r Reader<T>,
    query: DeliveryQuery,
    every: Duration,
    /// When this began: by this, later looks know how much later it is at the least.
    began: (Option<Timestamp>, Instant),
    /// What was seen since the moment that the next look begins at, and what the last look gave from before that.
    seen: BTreeSet<DeliveryIdentity>,
    waits: bool,
}

impl<'r, T: Transport> Following<'r, T> {
    pub(super) fn new(reader: &'r Reader<T>, query: DeliveryQuery, every: Duration) -> Self {
        Self {
            began: (query.since, Instant::now()),
            reader,
            query,
            every,
            seen: BTreeSet::new(),
            waits: false,
        }
    }

    /// What was added since the last look, the earliest first. From the second look on, waits first.
    ///
    /// # Errors
    ///
    /// A page that cannot be read; the next look makes up for it.
    pub async fn next(&mut self) -> Result<Vec<Delivery>, ProviderError> {
        if self.waits {
            tokio::time::sleep(self.every).await;
        }
        self.waits = true;
        let mut pages = self.reader.deliveries(self.query.clone());
        let mut new = Vec::new();
        let mut read = HashSet::new();
        while let Some(page) = pages.next().await? {
            for delivery in page {
                let identity = DeliveryIdentity::of(&delivery);
                read.insert(identity);
                if !self.seen.contains(&identity) {
                    new.push((identity, delivery));
                }
            }
        }
        // Noted only once all is read: a look that fails is made again.
        new.retain(|(identity, _)| self.seen.insert(*identity));
        new.sort_by_key(|(identity, _)| *identity);
        let new: Vec<Delivery> = new.into_iter().map(|(_, delivery)| delivery).collect();
        self.advance(new.iter().filter_map(|one| one.event_created_at).max());
        self.forget(&read);
        Ok(new)
    }

    /// It is not earlier than this at the provider, as far as can be told.
    fn now(&self) -> Option<Timestamp> {
        let told = self.reader.api.clock.now().map(ServerTime::earliest);
        let (since, began) = self.began;
        told.or_else(|| since?.checked_add(began.elapsed()).ok())
    }

    /// Forgets what lies before the window that the next look asks for, but what this look gave all the same: records
    /// without a date come again and again.
    fn forget(&mut self, read: &HashSet<DeliveryIdentity>) {
        let since = self.query.since;
        let is_before =
            |identity: &DeliveryIdentity| since.is_some_and(|since| identity.is_before(since));
        self.seen
            .retain(|identity| !is_before(identity) || read.contains(identity));
    }

    /// Looks no further back than records can be late. A record that is dated in the
    /// future says nothing about the time.
    fn advance(&mut self, latest: Option<Timestamp>) {
        let since = latest.zip(self.now()).map(|(latest, now)| latest.min(now));
        let Some(since) = since.and_then(|since| since.checked_sub(LATE).ok()) else {
            return;
        };
        if self.query.since.is_none_or(|before| before < since) {
            self.query.since = Some(since);
        }
    }
}

impl<T: Transport> Reader<T> {
    /// The pages of a query, from the first on.
    pub fn deliveries(&self, query: DeliveryQuery) -> Deliveries<'_, T> {
        Deliveries::new(self, query)
    }

    /// What a query gives, and what is added to that, looked at again and again at this interval.
    pub fn follow(&self, query: DeliveryQuery, every: Duration) -> Following<'_, T> {
        Following::new(self, query, every)
    }

    fn history_error(&self, query: &DeliveryQuery, kind: ProviderErrorKind) -> ProviderError {
        let Some(url) = self.api.requests.deliveries_url(query) else {
            return super::reader::without_history(&self.api);
        };
        of_page(&self.api, &url, kind)
    }
}
