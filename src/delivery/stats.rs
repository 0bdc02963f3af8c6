//! What deliveries come to: by webhook and event type, and over time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Delivery, Receiver, Receivers, Span};
use crate::model::{EndpointUrl, EventType};

/// Into how many equal parts a window is cut.
const BUCKETS: usize = 24;

/// Deliveries in one part of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// How many there were.
    pub deliveries: u64,
    /// How many of them failed.
    pub failed: u64,
}

/// Why deliveries failed, as the provider tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureReason {
    /// What the endpoint answered; `None` where it did not.
    pub status: Option<u16>,
    /// What went wrong, in the provider's words.
    pub error: Option<String>,
}

/// What the deliveries of one event type to one webhook come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventStats {
    /// The event type.
    pub event_type: EventType,
    /// How many deliveries there were.
    pub deliveries: u64,
    /// How many of them succeeded.
    pub succeeded: u64,
    /// How many failed for which reason.
    pub failures: BTreeMap<FailureReason, u64>,
    /// When the event of the last delivery came to be.
    pub last: Option<Timestamp>,
    /// The same, of the last that succeeded.
    pub last_success: Option<Timestamp>,
    /// The window in equal parts, the earliest first.
    pub series: Vec<Bucket>,
}

/// What the deliveries to one webhook come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookStats {
    /// The webhook.
    pub receiver: Receiver,
    /// Its event types, by name.
    pub events: Vec<EventStats>,
    /// The event types that it subscribes to and that were not delivered to it in the window.
    pub silent: Vec<EventType>,
}

impl WebhookStats {
    /// All its event types together; their type is empty.
    pub fn total(&self) -> EventStats {
        let mut total = EventStats::new(EventType::default());
        for one in &self.events {
            let EventStats {
                event_type: _,
                deliveries,
                succeeded,
                failures,
                last,
                last_success,
                series,
            } = one;
            total.deliveries += deliveries;
            total.succeeded += succeeded;
            for (reason, count) in failures {
                *total.failures.entry(reason.clone()).or_default() += count;
            }
            total.last = total.last.max(*last);
            total.last_success = total.last_success.max(*last_success);
            for (sum, bucket) in total.series.iter_mut().zip(series) {
                sum.deliveries += bucket.deliveries;
                sum.failed += bucket.failed;
            }
        }
        total
    }
}

impl EventStats {
    fn new(event_type: EventType) -> Self {
        Self {
            event_type,
            deliveries: 0,
            succeeded: 0,
            failures: BTreeMap::new(),
            last: None,
            last_success: None,
            series: vec![Bucket::default(); BUCKETS],
        }
    }

    /// How many failed.
    pub fn failed(&self) -> u64 {
        self.deliveries - self.succeeded
    }

    /// The share that succeeded, from 0 to 1; `None` where there were none.
    pub fn success_share(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let share = self.succeeded as f64 / self.deliveries as f64;
        (self.deliveries > 0).then_some(share)
    }
}

/// A webhook and an event type that deliveries are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupId(usize);

/// What is counted of a delivery.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'d> {
    /// When its event came to be.
    pub at: Option<Timestamp>,
    /// What the endpoint answered.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<&'d str>,
}

/// Counts deliveries of one environment, one by one, in any order.
#[derive(Debug)]
pub struct Stats {
    window: Span,
    /// The length of a part of it, in microseconds.
    part: i64,
    receivers: Receivers,
    groups: Vec<EventStats>,
    by_name: BTreeMap<(usize, EventType), GroupId>,
}

impl Stats {
    /// Nothing counted yet, in this window.
    pub fn new(receivers: Receivers, window: Span) -> Self {
        let length = window.until.as_microsecond() - window.since.as_microsecond();
        let buckets = i64::try_from(BUCKETS).unwrap_or(1);
        Self {
            window,
            part: (length / buckets).max(1),
            receivers,
            groups: Vec::new(),
            by_name: BTreeMap::new(),
        }
    }

    /// What deliveries of this type to this URL are counted for.
    pub fn group(&mut self, url: &EndpointUrl, event_type: &EventType) -> GroupId {
        let receiver = self.receivers.at(url);
        let groups = &mut self.groups;
        *self
            .by_name
            .entry((receiver, event_type.clone()))
            .or_insert_with(|| {
                groups.push(EventStats::new(event_type.clone()));
                GroupId(groups.len() - 1)
            })
    }

    /// Counts a delivery.
    pub fn add(&mut self, delivery: &Delivery) {
        let group = self.group(&delivery.webhook_url, &delivery.event_type);
        self.count(
            group,
            Counted {
                at: delivery.event_created_at,
                status: delivery.status_code,
                error: delivery.error_message.as_deref(),
            },
        );
    }

    /// Counts a delivery of a group.
    pub fn count(&mut self, group: GroupId, counted: Counted<'_>) {
        let Counted { at, status, error } = counted;
        let bucket = at.and_then(|at| self.bucket(at));
        let group = &mut self.groups[group.0];
        let succeeded = status.is_some_and(|status| (200..300).contains(&status));
        group.deliveries += 1;
        group.last = group.last.max(at);
        if succeeded {
            group.succeeded += 1;
            group.last_success = group.last_success.max(at);
        } else {
            let reason = FailureReason {
                status,
                error: error.map(str::to_owned),
            };
            *group.failures.entry(reason).or_default() += 1;
        }
        if let Some(bucket) = bucket.and_then(|bucket| group.series.get_mut(bucket)) {
            bucket.deliveries += 1;
            bucket.failed += u64::from(!succeeded);
        }
    }

    fn bucket(&self, at: Timestamp) -> Option<usize> {
        let begun = at.as_microsecond() - self.window.since.as_microsecond();
        let buckets = i64::try_from(BUCKETS).ok()?;
        // The last moment of a window belongs to its last part.
        let bucket = (begun / self.part).min(buckets - 1);
        usize::try_from(bucket).ok()
    }

    /// The webhooks: the declared ones by key, then the others by URL.
    pub fn finish(self) -> Vec<WebhookStats> {
        let Self {
            window: _,
            part: _,
            receivers,
            groups,
            by_name,
        } = self;
        let mut webhooks: Vec<WebhookStats> = receivers
            .all()
            .iter()
            .map(|receiver| WebhookStats {
                receiver: receiver.clone(),
                events: Vec::new(),
                silent: Vec::new(),
            })
            .collect();
        for ((receiver, _), group) in by_name {
            webhooks[receiver].events.push(groups[group.0].clone());
        }
        for webhook in &mut webhooks {
            let delivered = |event: &EventType| {
                let mut events = webhook.events.iter();
                events.any(|one| one.event_type == *event)
            };
            let subscribed = webhook.receiver.subscribed.iter();
            // Of all types at once, none is the one that did not come.
            let subscribed = subscribed.filter(|one| **one != EventType::all());
            webhook.silent = subscribed.filter(|one| !delivered(one)).cloned().collect();
        }
        webhooks.sort_by(|a, b| {
            let order = |one: &WebhookStats| (one.receiver.key.is_none(), one.receiver.key.clone());
            order(a)
                .cmp(&order(b))
                .then_with(|| a.receiver.url.cmp(&b.receiver.url))
        });
        webhooks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MaskedText;

    fn at(second: i64) -> Option<Timestamp> {
        Some(Timestamp::from_second(second).unwrap())
    }

    fn counted(second: i64, status: Option<u16>, error: Option<&str>) -> Counted<'_> {
        Counted {
            at: at(second),
            status,
            error,
        }
    }

    #[test]
    fn deliveries_are_counted_by_webhook_type_reason_and_time() {
        let window = Span::new(at(0).unwrap(), at(2400).unwrap()).unwrap();
        let mut stats = Stats::new(Receivers::default(), window);
        let url = EndpointUrl::from_live(MaskedText::plain("https://h.example/"));
        let (orders, links) = (
            EventType::new("order-created"),
            EventType::new("link-deleted"),
        );
        let group = stats.group(&url, &orders);
        assert_eq!(stats.group(&url, &orders), group);
        stats.count(group, counted(0, Some(200), None));
        stats.count(group, counted(50, Some(502), Some("bad gateway")));
        stats.count(group, counted(2400, None, Some("time-out")));
        stats.count(group, counted(2399, Some(502), Some("bad gateway")));
        let group = stats.group(&url, &links);
        stats.count(group, counted(1200, Some(204), None));
        let webhooks = stats.finish();
        assert_eq!(webhooks.len(), 1);
        assert_eq!(webhooks[0].events[0].event_type, links);
        let orders = &webhooks[0].events[1];
        assert_eq!(
            (orders.deliveries, orders.succeeded, orders.failed()),
            (4, 1, 3)
        );
        assert_eq!(orders.success_share(), Some(0.25));
        assert_eq!((orders.last, orders.last_success), (at(2400), at(0)));
        let reasons: Vec<u64> = orders.failures.values().copied().collect();
        assert_eq!(reasons, [1, 2]);
        let bucket = |deliveries, failed| Bucket { deliveries, failed };
        assert_eq!(orders.series[0], bucket(2, 1));
        assert_eq!(orders.series[BUCKETS - 1], bucket(2, 2));
        let total = webhooks[0].total();
        assert_eq!((total.deliveries, total.succeeded), (5, 2));
        assert_eq!(total.series[12], bucket(1, 0));
    }

    #[test]
    fn an_empty_window_is_no_division_by_zero() {
        let window = Span::new(at(5).unwrap(), at(5).unwrap()).unwrap();
        let mut stats = Stats::new(Receivers::default(), window);
        let url = EndpointUrl::from_live(MaskedText::plain("https://h.example/"));
        let group = stats.group(&url, &EventType::new("x"));
        stats.count(group, counted(5, Some(200), None));
        assert_eq!(stats.finish()[0].events[0].deliveries, 1);
    }
}
