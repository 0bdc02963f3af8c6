//! Fetching what an archive is missing.

use std::cell::RefCell;

use jiff::{SignedDuration, Timestamp, Unit};

use crate::{
    delivery::{
        DeliveryQuery, KeptSummary, REMEMBERED, Span,
        archive::{Archive, ArchiveError, ArchivedEnvironment, EnvironmentId, Payloads},
        missing,
    },
    net::Transport,
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
    /// The present moment.
    pub now: Timestamp,
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
    /// A page was kept.
    Page {
        /// The span it is of.
        span: Span,
        /// How many new deliveries it had.
        new: u64,
    },
    /// All of a span was kept.
    Covered(Span),
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
/// The archive is borrowed for a page at a time, so that several environments may share it.
///
/// # Errors
///
/// What could not be read or written; the archive then knows what it is missing.
pub async fn keep<T: Transport>(
    reader: &Reader<T>,
    archive: &RefCell<Archive>,
    keeping: &Keeping<'_>,
    on: impl Fn(Progress),
) -> Result<KeptSummary, KeepError> {
    let now = keeping.now.round(Unit::Microsecond).unwrap_or(keeping.now);
    let environment = archive.borrow_mut().enter(keeping.environment)?;
    let mut summary = KeptSummary::default();
    let mut oldest = now - REMEMBERED + LATE;
    if let Some(retention) = keeping.retention {
        let kept_since = now.checked_sub(retention).unwrap_or(Timestamp::MIN);
        summary.forgotten = archive.borrow_mut().forget(environment, kept_since)? as u64;
        oldest = oldest.max(kept_since);
    }
    let covered = archive.borrow().covered(environment)?;
    let whole = Span::new(oldest, now).into_iter();
    let pieces: Vec<Span> = whole
        .flat_map(|whole| missing(&covered, whole))
        .flat_map(|span| span.pieces(PIECE))
        .collect();
    for span in pieces {
        fetch(
            reader,
            archive,
            environment,
            keeping,
            span,
            &mut summary,
            &on,
        )
        .await?;
        // Of the last moments, more may come.
        let settled = span.until.min(now - LATE);
        if let Some(settled) = Span::new(span.since, settled) {
            archive.borrow_mut().cover(environment, settled)?;
            on(Progress::Covered(settled));
        }
    }
    summary.covered = archive.borrow().covered(environment)?;
    Ok(summary)
}

/// Fetches one span, page by page.
async fn fetch<T: Transport>(
    reader: &Reader<T>,
    archive: &RefCell<Archive>,
    environment: EnvironmentId,
    keeping: &Keeping<'_>,
    span: Span,
    summary: &mut KeptSummary,
    on: &impl Fn(Progress),
) -> Result<(), KeepError> {
    let mut pages = reader.deliveries(DeliveryQuery {
        since: Some(span.since),
        until: Some(span.until),
        page_size: keeping.page_size,
        ..DeliveryQuery::default()
    });
    while let Some(page) = pages.next().await.map_err(KeepError::Provider)? {
        let kept = archive
            .borrow_mut()
            .keep(environment, &page, keeping.payloads)?;
        summary.new += kept.new;
        summary.known += kept.known;
        summary.pages += 1;
        on(Progress::Page {
            span,
            new: kept.new,
        });
    }
    Ok(())
}
