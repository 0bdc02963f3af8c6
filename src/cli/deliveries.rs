//! Reading deliveries, from the provider or from an archive.

use std::{ops::ControlFlow, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    archives,
    args::ArchivePlace,
    clock::Now,
    connect::{self, Connected},
    error::CliError,
    planning::Session,
    terminal::Terminal,
    time,
};
use crate::{
    delivery::{
        Counter, Delivery, DeliveryFilter, REMEMBERED, Receivers, Span, Stats,
        archive::{Archive, ArchivedEnvironment, EnvironmentId, KeptDeliveries},
        missing,
    },
    model::EndpointUrl,
    net::ServerTime,
    provider::Reader,
    run::{Counted, Drafts, live},
};

/// How many deliveries of an archive are handed on at once.
const PIECE: usize = 500;

/// What is looked at where nobody says since when.
pub(crate) const USUAL: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Where deliveries are read from.
pub(crate) enum Source {
    /// The provider of each environment.
    Provider {
        /// How many are asked for at once.
        page_size: u32,
    },
    Archive(Box<Archive>),
}

pub(crate) struct Wanted<'w> {
    pub(crate) filter: &'w DeliveryFilter,
    /// The most that is used; 0: all.
    pub(crate) limit: usize,
    pub(crate) payloads: bool,
    pub(crate) now: Timestamp,
}

/// What is known of the deliveries that were not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Whether there are more than the limit.
    pub(crate) more: bool,
    /// The spans of which nothing is known.
    pub(crate) missing: Vec<Span>,
}

impl Source {
    pub(crate) async fn open(
        archive: Option<&ArchivePlace>,
        page_size: u32,
    ) -> Result<Self, CliError> {
        Ok(match archive {
            None => Self::Provider { page_size },
            Some(place) => Self::Archive(Box::new(archives::open_to_read(place).await?)),
        })
    }

    /// Whether what an environment's provider has can be read from here.
    ///
    /// # Errors
    ///
    /// A provider that has no request history, where it is to be asked.
    fn check(&self, one: &Connected) -> Result<(), CliError> {
        match self {
            Self::Provider { .. } => check_history(one),
            Self::Archive(_) => Ok(()),
        }
    }

    /// The present moment of what is read: the provider's. An archive has none of its own.
    ///
    /// # Errors
    ///
    /// Where the provider has to be asked and cannot be.
    pub(crate) async fn now(
        &self,
        one: &Connected,
        here: &Now,
        terminal: &Terminal,
    ) -> Result<Now, CliError> {
        self.check(one)?;
        match self {
            Self::Provider { .. } => time::of_history_or_here(one, here, terminal).await,
            Self::Archive(_) => Ok(here.clone()),
        }
    }

    /// Reads deliveries in pieces; nothing is asked for that is not needed.
    pub(crate) async fn read(
        &self,
        one: &Connected,
        wanted: &Wanted<'_>,
        mut on: impl FnMut(Vec<Delivery>) -> ControlFlow<()>,
    ) -> Result<Unread, CliError> {
        self.check(one)?;
        let mut left = match wanted.limit {
            0 => usize::MAX,
            limit => limit,
        };
        let mut unread = Unread::default();
        let mut take = |mut page: Vec<Delivery>, is_last: bool| {
            unread.more |= page.len() > left || (page.len() == left && !is_last);
            page.truncate(left);
            left -= page.len();
            let flow = on(page);
            if unread.more {
                ControlFlow::Break(())
            } else {
                flow
            }
        };
        match self {
            Self::Provider { page_size } => {
                let few = u32::try_from(wanted.limit).unwrap_or(u32::MAX);
                let query = wanted
                    .filter
                    .pushed_down(one.resolved.profile, wanted.now, None);
                let exact = wanted.limit > 0 && wanted.filter.is_pushed_down(&query);
                let page_size = if exact {
                    few.min(*page_size)
                } else {
                    *page_size
                };
                let reader = Reader::new(one.api.clone());
                let mut pages = reader.deliveries(crate::delivery::DeliveryQuery {
                    page_size: Some(page_size),
                    ..query
                });
                while let Some(mut page) = pages
                    .next()
                    .await
                    .map_err(|error| connect::history_error(one, error))?
                {
                    page.retain(|delivery| wanted.filter.matches(delivery));
                    if take(page, pages.has_ended()).is_break() {
                        break;
                    }
                }
            }
            Self::Archive(archive) => {
                let urls = urls(one);
                let kept = KeptDeliveries {
                    environment: environment(archive, one)?,
                    filter: wanted.filter,
                    urls: &urls,
                    payloads: wanted.payloads,
                };
                let mut page = Vec::new();
                let read = archive.each(&kept, |delivery| {
                    page.push(delivery);
                    if page.len() < PIECE {
                        return ControlFlow::Continue(());
                    }
                    take(std::mem::take(&mut page), true)
                });
                read.await.map_err(archives::error)?;
                // Empty where it was told to stop.
                let _ = take(page, true);
            }
        }
        // By now a provider has said what time it is there.
        unread.missing = self.missing(one, wanted).await?;
        Ok(unread)
    }

    /// Counts deliveries in an archive, without making one of each; `None` for a provider. Gives the
    /// spans of which nothing is known.
    pub(crate) async fn count(
        &self,
        one: &Connected,
        wanted: &Wanted<'_>,
        stats: &mut Stats,
    ) -> Result<Option<Vec<Span>>, CliError> {
        let Self::Archive(archive) = self else {
            return Ok(None);
        };
        let urls = urls(one);
        let kept = KeptDeliveries {
            environment: environment(archive, one)?,
            filter: wanted.filter,
            urls: &urls,
            payloads: false,
        };
        archive.count(&kept, stats).await.map_err(archives::error)?;
        self.missing(one, wanted).await.map(Some)
    }

    /// The spans of what is wanted of which this source knows nothing.
    pub(crate) async fn missing(
        &self,
        one: &Connected,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Span>, CliError> {
        let now = match self {
            Self::Provider { .. } => one.api.clock().now().map(ServerTime::earliest),
            Self::Archive(_) => None,
        };
        let now = now.unwrap_or(wanted.now);
        let until = wanted.filter.until.unwrap_or(now).min(now);
        let covered = match self {
            Self::Provider { .. } => Span::new(now - REMEMBERED, now).into_iter().collect(),
            Self::Archive(archive) => archive
                .covered(environment(archive, one)?)
                .await
                .map_err(archives::error)?,
        };
        // An archive that has nothing for certain knows nothing of what the provider remembers.
        let first = covered.first().map_or(now - REMEMBERED, |span| span.since);
        // Who does not say since when asks for what is there.
        let since = wanted.filter.since.unwrap_or(first);
        let whole = Span::new(since, until);
        Ok(whole.map_or_else(Vec::new, |whole| missing(&covered, whole)))
    }
}

/// Who deliveries go to: by the manifest, and where the provider is asked anyway, by what is live.
pub(crate) async fn receivers(one: &Connected, source: &Source) -> Result<Receivers, CliError> {
    let live = match source {
        Source::Provider { .. } => {
            let live = live(one).await.map_err(|error| {
                let name = &one.view.name;
                let asked = format!("the webhooks of environment `{name}` could not be read");
                CliError::of_provider(error, asked)
            })?;
            Some(live.webhooks)
        }
        Source::Archive(_) => None,
    };
    Ok(Receivers::new(&one.resolved.desired, live.as_deref()))
}

/// How far back an archive is counted against a plan, where nobody says so.
const COUNTED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Counts the deliveries of an archive against the plans that drafts are to become.
pub(crate) async fn count_against(
    place: &ArchivePlace,
    session: &Session,
    drafts: &mut Drafts,
    window: Option<Duration>,
    now: Timestamp,
) -> Result<(), CliError> {
    let source = Source::open(Some(place), 1).await?;
    let Source::Archive(archive) = &source else {
        return Ok(());
    };
    if !drafts.has_operations() {
        return Ok(());
    }
    let window = window.unwrap_or(COUNTED);
    let filter = DeliveryFilter {
        since: now.checked_sub(window).ok(),
        until: Some(now),
        ..DeliveryFilter::default()
    };
    let wanted = Wanted {
        filter: &filter,
        limit: 0,
        payloads: false,
        now,
    };
    let live: Vec<EndpointUrl> = drafts.urls().cloned().collect();
    for one in &session.environments {
        let mut known = urls(one);
        known.extend(live.iter().cloned());
        let kept = KeptDeliveries {
            environment: environment(archive, one)?,
            filter: &filter,
            urls: &known,
            payloads: false,
        };
        let mut counter = Counter::new();
        archive
            .count_against(&kept, &mut counter)
            .await
            .map_err(archives::error)?;
        let missing = source.missing(one, &wanted).await?;
        let unknown = missing.iter().map(Span::length);
        let unknown = unknown.filter_map(|length| Duration::try_from(length).ok());
        let counted = Counted {
            window,
            unknown: unknown.sum(),
            counter,
        };
        drafts.count(&one.view.name, counted);
    }
    Ok(())
}

/// An environment as an archive knows it.
pub(crate) fn archived(one: &Connected) -> ArchivedEnvironment {
    ArchivedEnvironment {
        name: one.resolved.name.clone(),
        provider: one.resolved.profile,
        env_type: one.resolved.env_type,
        account: one.account.clone(),
    }
}

pub(crate) fn environment(archive: &Archive, one: &Connected) -> Result<EnvironmentId, CliError> {
    archive.environment(&archived(one)).map_err(archives::error)
}

/// The URLs that the manifest knows.
pub(crate) fn urls(one: &Connected) -> Vec<EndpointUrl> {
    let receivers = Receivers::new(&one.resolved.desired, None);
    receivers.urls().cloned().collect()
}

/// Refuses an environment whose provider cannot be asked for deliveries.
pub(crate) fn check_history(one: &Connected) -> Result<(), CliError> {
    let profile = one.view.profile;
    if profile.has_history {
        return Ok(());
    }
    let title = profile.title;
    let name = &one.view.name;
    let message = format!("{title} has no request history, so environment `{name}` has none");
    Err(CliError::usage(message).hint(format!(
        "choose environments of other providers with `-e`; look at the dashboard of {title}"
    )))
}

/// Refuses environments whose secret a guard refuses: it is not used for reading either.
pub(crate) fn check_secrets(session: &Session) -> Result<(), CliError> {
    for one in &session.environments {
        if let Some((refusal, way_out)) = session.refusal(one) {
            let name = &one.view.name;
            let message = format!("environment `{name}`: {refusal}");
            return Err(CliError::refused(message).hint(way_out));
        }
    }
    Ok(())
}
