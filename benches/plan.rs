//! How long planning takes, and how much memory, for states of 1,000 to 100,000 webhooks.
//!
//! `cargo bench --bench plan`: CPU time of the planner alone, without parsing and decoding, the least of
//! several runs, and the most memory it holds beyond the two states. An argument chooses the largest
//! number of webhooks.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a benchmark measures and prints"
)]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use hookwright::{
    model::{
        DesiredState, DesiredWebhook, EndpointUrl, EnvType, EventType, LiveState, LiveWebhook,
        MaskedText, Policy, WebhookId, WebhookKey, WebhookName,
    },
    plan::{EnvironmentPlan, Inputs, Options, draft},
    provider::truv::PROFILE as TRUV,
};

/// Which webhooks of how many differ, and how.
#[derive(Clone, Copy, Debug)]
enum Change {
    None,
    Tenth,
    AllNew,
    AllDeleted,
    /// All webhooks hand their events on in circles of two.
    Circles,
    /// All webhooks hand one event type each on, in one circle as long as the catalogue.
    LongCircle,
}

const CHANGES: [Change; 6] = [
    Change::None,
    Change::Tenth,
    Change::AllNew,
    Change::AllDeleted,
    Change::Circles,
    Change::LongCircle,
];

fn events(change: Change, index: usize, live: bool) -> [usize; 2] {
    let types = TRUV.event_types.len();
    match change {
        Change::Tenth if index.is_multiple_of(10) && live => [0, 3],
        Change::Circles if live => [index % 2, 2 + index % 2],
        Change::Circles => [1 - index % 2, 3 - index % 2],
        Change::LongCircle if live => [index % types, index % types],
        Change::LongCircle => [(index + 1) % types, (index + 1) % types],
        _ => [0, 1 + index % (types - 1)],
    }
}

fn state(change: Change, count: usize) -> (DesiredState, LiveState) {
    let catalogue: Vec<EventType> = TRUV
        .event_types
        .iter()
        .map(|event| EventType::new(*event))
        .collect();
    let set = |chosen: [usize; 2]| {
        chosen
            .into_iter()
            .map(|event| catalogue[event].clone())
            .collect()
    };
    let name = |n| WebhookName::new(MaskedText::plain(format!("acme-webhook-{n:06}"))).unwrap();
    let url = |n| {
        let text = format!("https://hooks-{n:06}.example.com/truv/orders");
        EndpointUrl::new(MaskedText::plain(text)).unwrap()
    };
    let (mut desired, mut live) = (DesiredState::default(), LiveState::default());
    for index in 0..count {
        if !matches!(change, Change::AllDeleted) {
            let webhook = DesiredWebhook {
                name: name(index),
                url: url(index),
                events: set(events(change, index, false)),
                enabled: true,
                moved_from: Vec::new(),
                adopt: false,
                create_only: BTreeMap::new(),
                secret_to: None,
                secret_from: None,
                rotate: None,
                replace: false,
            };
            desired
                .webhooks
                .insert(WebhookKey::new(format!("webhook-{index:06}")), webhook);
        }
        if !matches!(change, Change::AllNew) {
            live.webhooks.push(LiveWebhook {
                id: WebhookId::new(format!("3fa85f64-5717-4562-b3fc-2c96{index:08x}")),
                name: name(index),
                url: url(index),
                events: Some(set(events(change, index, true))),
                mark: None,
                is_secret_lost: false,
                rotated: None,
                create_only: BTreeMap::new(),
                env_type: Some(EnvType::Sandbox),
                enabled: Some(true),
                created_at: None,
                updated_at: None,
                unreadable: Vec::new(),
                other: BTreeMap::new(),
            });
        }
    }
    (desired, live)
}

/// The most resident memory of this process so far, in bytes; 0 where the system does not say.
fn peak(reset: bool) -> u64 {
    if reset {
        std::fs::write("/proc/self/clear_refs", "5").ok();
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0_u64) * 1024
}

/// The time that this thread has had a processor; wall time where the system does not say.
fn cpu(since: Instant) -> Duration {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = schedule
        .split(' ')
        .next()
        .and_then(|first| first.parse().ok());
    nanoseconds.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

fn measure(change: Change, count: usize) -> (Duration, u64, EnvironmentPlan) {
    let (desired, live) = state(change, count);
    let policy = Policy {
        prune: true,
        ..Policy::default()
    };
    let options = Options {
        allow_empty: true,
        ..Options::default()
    };
    let inputs = Inputs {
        desired: &desired,
        policy: &policy,
        profile: &TRUV,
        env_type: EnvType::Sandbox,
        options: &options,
    };
    let before = peak(true);
    let mut planned = draft(&inputs, &live).into_plan();
    let memory = peak(false).saturating_sub(before);
    let mut least = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        let before = cpu(begun);
        planned = draft(&inputs, &live).into_plan();
        least = least.min(cpu(begun).saturating_sub(before));
    }
    (least, memory, planned)
}

fn main() {
    let largest = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok());
    let largest: usize = largest.unwrap_or(100_000);
    println!(
        "{:<12} {:>8} {:>10} {:>8} {:>14}",
        "change", "webhooks", "time", "steps", "bytes/webhook"
    );
    for change in CHANGES {
        for count in [1_000, 10_000, 100_000]
            .into_iter()
            .filter(|count| *count <= largest)
        {
            let (time, memory, planned) = measure(change, count);
            assert!(planned.refusals.is_empty());
            println!(
                "{:<12} {count:>8} {:>7.1} ms {:>8} {:>14}",
                format!("{change:?}"),
                time.as_secs_f64() * 1000.0,
                planned.steps.len(),
                memory / count as u64,
            );
        }
    }
}
