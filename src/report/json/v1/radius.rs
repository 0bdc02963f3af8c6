//! What a plan would have done to the deliveries of a time.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    delivery::{Fates, Load},
    plan::Text,
    report::words,
    run::BlastRadius,
};

/// What a plan would have done to the deliveries of a time, in numbers. Each delivery is in one of `unchanged`, `other_host`,
/// `same_host`, `lost` and `elsewhere`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RadiusBody {
    /// How long that time is.
    window_seconds: u64,
    /// Of how much of that time nothing is known.
    unknown_seconds: u64,
    /// How many deliveries there were. None: nothing is known of what the plan would have done.
    deliveries: u64,
    #[serde(flatten)]
    fates: FatesBody,
    /// How many deliveries there would have been besides: events that would have gone to more places.
    multiplied: u64,
    /// How many events would have gone to a receiver that never had their type.
    newly: u64,
    /// By event type, where something would have been otherwise.
    events: Vec<EventBody>,
    /// The receivers that would have had to bear something else, those with the busiest minute first: at most 100.
    receivers: Vec<LoadBody>,
    /// How many more receivers there are.
    more_receivers: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FatesBody {
    /// They would have gone where they went.
    unchanged: u64,
    /// They would have gone to another host.
    other_host: u64,
    /// They would have gone to another URL of the same host.
    same_host: u64,
    /// They would have gone nowhere.
    lost: u64,
    /// They went to a place to which no live webhook sends that event type.
    elsewhere: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EventBody {
    event_type: String,
    #[serde(flatten)]
    fates: FatesBody,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LoadBody {
    url: String,
    /// The webhooks that send to it, by key or name.
    webhooks: Vec<String>,
    /// How many deliveries it got.
    deliveries: u64,
    /// How many it would have got.
    would_get: u64,
    /// The most that it got in one minute.
    busiest_minute: u64,
    /// The most that it would have got in one minute.
    would_busiest_minute: u64,
}

pub(super) fn radius(radius: &BlastRadius) -> RadiusBody {
    let (loads, more_receivers) = words::loads(radius);
    let BlastRadius {
        window,
        unknown,
        radius,
    } = radius;
    let events = radius.events.iter().map(|(event, of_event)| EventBody {
        event_type: event.as_str().to_owned(),
        fates: fates(of_event),
    });
    RadiusBody {
        window_seconds: window.as_secs(),
        unknown_seconds: unknown.as_secs(),
        deliveries: radius.fates.total(),
        fates: fates(&radius.fates),
        multiplied: radius.multiplied,
        newly: radius.newly,
        events: events.collect(),
        receivers: loads.iter().map(load).collect(),
        more_receivers,
    }
}

fn fates(found: &Fates) -> FatesBody {
    let Fates {
        unchanged,
        moved,
        other_host,
        lost,
        elsewhere,
    } = *found;
    FatesBody {
        unchanged,
        other_host,
        same_host: moved,
        lost,
        elsewhere,
    }
}

fn load(found: &Load<Text>) -> LoadBody {
    let Load {
        url,
        titles,
        deliveries,
        would,
        busiest,
        would_busiest,
    } = found;
    LoadBody {
        url: url.to_string(),
        webhooks: titles.iter().cloned().collect(),
        deliveries: *deliveries,
        would_get: *would,
        busiest_minute: *busiest,
        would_busiest_minute: *would_busiest,
    }
}
