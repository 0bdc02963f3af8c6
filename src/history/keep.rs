//! Fetching what an archive is missing.

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{
    delivery::{
        DeliveryQuery, KeptSummary, REMEMBERED, Span,
        archive::{Archive, ArchiveError, ArchivedEnvironment, EnvironmentId, Payloads},
        missing,
    },
    net::{ServerTime, Transport},
    provider::{ProviderError, Reader},
};

/// How late a record can come: an attempt takes 10 s, and three more follow, 30 s apart (both
/// providers' documentation); clocks differ. What is younger is kept, and fetched again.
const LATE: SignedDuration = SignedDuration::from_mins(10);
/// What is fetched as one: where a run is killed, no more than this has to be fetched again.
const PIECE: SignedDuration = SignedDuration::from_hours(24);

/// What is to be kept, and how.
#[derive(Clone, Copy, Debug)]
pub struct Keeping<'k> {
    /// Whose deliveries.
    pub environment: &'k ArchivedEnvironment,
    /// The present moment by this machine's clock, for providers that do not say what time it is there.
    pub here: Timestamp,
    /// For how long deliveries are kept; `None`: for ever.
    pub retention: Option<SignedDuration>,
    /// How many deliveries are asked for at once.
    pub page_size: Option<u32>,
    /// Whether payloads are kept.
    pub payloads: Payloads<'k>,
}

/// What happens meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All of a span was kept.
    Covered(Span),
    /// The provider does not say what time it is. So nothing is forgotten, and what is younger than the last record
    /// is not held to be complete.
    Undated,
}

/// Why not all could be kept. What was kept before stays.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The provider's history could not be read.
    #[error("the request history could not be read")]
    Provider(#[source] ProviderError),
    /// The archive could not be used.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Fetches what the archive is missing of what the provider remembers: the oldest first, as that is
/// forgotten first. Doing it again gives the same archive.
///
/// The archive is locked for a page at a time, so that several environments may share it.
///
/// # Errors
///
/// What could not be read or written; the archive then knows what it is missing.
pub async fn keep<T: Transport>(
    reader: &Reader<T>,
    archive: &Mutex<Archive>,
    keeping: &Keeping<'_>,
    on: impl Fn(Progress),
) -> Result<KeptSummary, KeepError> {
    // By the clock that dates the deliveries, and the earlier bound: what is called complete too early has holes.
    let there = reader.time().await.map_err(KeepError::Provider)?;
    let there = there.map(ServerTime::earliest);
    let now = there.unwrap_or(keeping.here);
    // Dates have whole seconds: so a later run has no earlier moment.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let environment = archive.lock().await.enter(keeping.environment).await?;
    let mut summary = KeptSummary::default();
    let mut oldest = now - REMEMBERED + LATE;
    if there.is_none() {
        on(Progress::Undated);
    }
    if let Some(retention) = keeping.retention.filter(|_| there.is_some()) {
        let kept_since = now.checked_sub(retention).unwrap_or(Timestamp::MIN);
        summary.forgotten = archive.lock().await.forget(environment, kept_since).await?;
        oldest = oldest.max(kept_since);
    }
    let covered = archive.lock().await.covered(environment).await?;
    let whole = Span::new(oldest, now).into_iter();
    let pieces: Vec<Span> = whole
        .flat_map(|whole| missing(&settled(&covered, now), whole))
        .flat_map(|span| span.pieces(PIECE))
        .collect();
    let mut newest = None;
    let fetching = Fetching {
        reader,
        archive,
        environment,
        keeping,
        on: &on,
    };
    for span in &pieces {
        let last = fetching.fetch(*span, &mut summary).await?;
        newest = newest.max(last.filter(|last| *last <= now));
        if there.is_some() {
            fetching.cover(*span, now, &mut summary).await?;
        }
    }
    if let (None, Some(newest)) = (there, newest) {
        // So late it is there for certain.
        for span in &pieces {
            fetching.cover(*span, newest, &mut summary).await?;
        }
    }
    summary.add(archive.lock().await.settle(environment).await?);
    summary.covered = archive.lock().await.covered(environment).await?;
    Ok(summary)
}

/// What of these spans no record can be added to any more, where it is `now`: of the last moments, more may come.
fn settled(spans: &[Span], now: Timestamp) -> Vec<Span> {
    let spans = spans.iter();
    let settled = spans.filter_map(|span| Span::new(span.since, span.until.min(now - LATE)));
    settled.collect()
}

/// What spans are fetched from, and into.
struct Fetching<'f, T, F> {
    reader: &'f Reader<T>,
    archive: &'f Mutex<Archive>,
    environment: EnvironmentId,
    keeping: &'f Keeping<'f>,
    on: &'f F,
}

impl<T: Transport, F: Fn(Progress)> Fetching<'_, T, F> {
    /// Fetches one span, page by page, and tells when its last record came to be.
    async fn fetch(
        &self,
        span: Span,
        summary: &mut KeptSummary,
    ) -> Result<Option<Timestamp>, KeepError> {
        let mut pages = self.reader.deliveries(DeliveryQuery {
            since: Some(span.since),
            until: Some(span.until),
            page_size: self.keeping.page_size,
            ..DeliveryQuery::default()
        });
        let mut last = None;
        while let Some(page) = pages.next().await.map_err(KeepError::Provider)? {
            last = last.max(page.iter().filter_map(|one| one.event_created_at).max());
            let payloads = self.keeping.payloads;
            let mut archive = self.archive.lock().await;
            summary.add(archive.keep(self.environment, page, payloads).await?);
            summary.pages += 1;
        }
        Ok(last)
    }

    /// Notes what of a span is complete, where it is `now`.
    async fn cover(
        &self,
        span: Span,
        now: Timestamp,
        summary: &mut KeptSummary,
    ) -> Result<(), KeepError> {
        if let [settled] = settled(&[span], now)[..] {
            let mut archive = self.archive.lock().await;
            summary.add(archive.cover(self.environment, settled).await?);
            (self.on)(Progress::Covered(settled));
        }
        Ok(())
    }
}
