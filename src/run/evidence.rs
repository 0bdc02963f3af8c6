//! What the webhooks of a plan carry, read from the request history.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;

use super::{Connected, chain};
use crate::{
    delivery::{Counter, Delivery, DeliveryQuery},
    model::EndpointUrl,
    net::{ServerTime, Transport},
    plan::{
        Draft, Operation,
        evidence::{Carried, Evidence, LIVE, LastFailure, MARGIN},
    },
    provider::{ProviderError, Reader},
};

/// How many deliveries are asked for at once.
const PAGE: u32 = 100;
/// How many of the last failures are told.
const FAILURES: usize = 3;
/// Why nothing is known where the provider's answers have no date. By this machine's clock, which may be hours off,
/// what is in use could look idle.
const UNDATED: &str = "the API does not say what time it is (its answers have no `Date`), so how old its deliveries are cannot be told";

/// How far back is asked for: 10 minutes less than the 30 days that providers remember. They refuse what is older, and clocks differ.
const REACH: Duration = Duration::from_secs(30 * 24 * 60 * 60 - 10 * 60);

/// What is to be looked at of the request history.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// How far back deliveries are counted, for people; `None`: they are not.
    pub window: Option<Duration>,
    /// Whether the guard looks, where a plan deletes or disables something.
    pub guard: bool,
    /// Whether rules of the user's own look at what webhooks carry.
    pub judged: bool,
}

impl Look {
    /// Only what the guard needs to know.
    pub const GUARD: Self = Self {
        window: None,
        guard: true,
        judged: false,
    };
}

/// What was read of a request history.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// What the webhooks of a plan carry; `None` where nobody asked.
    pub(super) evidence: Option<Evidence>,
    /// All deliveries of the window; `None` where they were not counted, or could not be.
    pub(super) counter: Option<Counter>,
}

/// Reads what a draft asks for, and what people want to see.
///
/// For the guard alone, reading ends as soon as each webhook in question is known to be in use.
pub(super) async fn read<T: Transport>(
    environment: &Connected<T>,
    draft: &Draft,
    look: Look,
) -> Looked {
    let asked = draft.questions().traffic;
    let mut wanted = BTreeSet::new();
    if look.guard {
        wanted.extend(&asked);
    }
    if look.window.is_some() || look.judged {
        let before = draft.operations().iter().filter_map(Operation::before);
        wanted.extend(before.map(|before| &before.url));
    }
    let mut counter = (look.window.is_some() && !draft.operations().is_empty()).then(Counter::new);
    if wanted.is_empty() && counter.is_none() {
        // What is created carries nothing yet.
        return Looked::default();
    }
    let enough = match look.judged {
        true => &wanted,
        false => &asked,
    };
    let enough = look.window.is_none().then_some(enough);
    let profile = environment.view.profile;
    if !profile.has_history {
        let why = format!("{} has no request history", profile.title);
        return Looked {
            evidence: Some(Evidence::NoHistory(why)),
            counter: None,
        };
    }
    let read = collect(environment, &wanted, enough, look, &mut counter).await;
    let evidence = match read {
        Ok((None, carried)) if look.window.is_some() || !carried.is_empty() => {
            Evidence::Unread(UNDATED.to_owned())
        }
        Ok((_, mut carried)) => {
            // What was looked at and carried nothing is known, too.
            for url in &wanted {
                carried.entry((*url).clone()).or_default();
            }
            Evidence::Read {
                window: look.window,
                carried,
            }
        }
        Err(error) => Evidence::Unread(chain(&error)),
    };
    Looked {
        counter: counter.filter(|_| matches!(evidence, Evidence::Read { .. })),
        evidence: Some(evidence),
    }
}

/// Goes through the deliveries, until those to `enough` were seen.
async fn collect<T: Transport>(
    environment: &Connected<T>,
    wanted: &BTreeSet<&EndpointUrl>,
    enough: Option<&BTreeSet<&EndpointUrl>>,
    look: Look,
    counter: &mut Option<Counter>,
) -> Result<(Option<Timestamp>, BTreeMap<EndpointUrl, Carried>), ProviderError> {
    let reader = Reader::new(environment.api.clone());
    // By the clock that dates the deliveries, and the earlier bound: what is looked at too far back does no harm.
    let now = reader.time().await?.map(ServerTime::earliest);
    let far = look.window.unwrap_or(LIVE);
    // The guard looks at a day, whatever is counted. Without the provider's time, at all that it remembers.
    let reach = far.max(LIVE + MARGIN).min(REACH);
    let since = now.and_then(|now| now.checked_sub(reach).ok());
    let counted_since = now.and_then(|now| now.checked_sub(far).ok());
    let mut pages = reader.deliveries(DeliveryQuery {
        since,
        page_size: Some(PAGE),
        ..DeliveryQuery::default()
    });
    let mut carried: BTreeMap<EndpointUrl, Carried> = BTreeMap::new();
    while let Some(page) = pages.next().await? {
        for delivery in page {
            let at = delivery.event_created_at;
            let is_counted = at.is_none_or(|at| counted_since.is_none_or(|since| at >= since));
            if let Some(counter) = counter.as_mut().filter(|_| is_counted) {
                let pair = counter.pair(&delivery.event_type, &delivery.webhook_url);
                counter.count(pair, at);
            }
            if wanted.contains(&delivery.webhook_url) {
                let age = now.zip(at).map(|(now, at)| now.duration_since(at));
                // What has no date, or one in the future, is as good as new.
                let ago = age.and_then(|age| Duration::try_from(age).ok());
                let there = carried.entry(delivery.webhook_url.clone()).or_default();
                add(there, delivery, ago.unwrap_or_default(), is_counted);
            }
        }
        let is_seen = |url: &&&EndpointUrl| carried.contains_key(**url);
        if enough.is_some_and(|enough| enough.iter().all(|url| is_seen(&url))) {
            break;
        }
    }
    Ok((now, carried))
}

fn add(carried: &mut Carried, delivery: Delivery, ago: Duration, is_counted: bool) {
    carried.last = Some(carried.last.map_or(ago, |last| last.min(ago)));
    if !is_counted {
        return;
    }
    carried.deliveries += 1;
    if delivery.has_succeeded() {
        carried.succeeded += 1;
        return;
    }
    let failure = LastFailure {
        ago,
        status: delivery.status_code,
        error: delivery.error_message,
    };
    let place = carried.failures.partition_point(|other| other.ago <= ago);
    carried.failures.insert(place, failure);
    carried.failures.truncate(FAILURES);
}
