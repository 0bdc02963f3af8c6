//! A machine whose clock is not the provider's: what depends on the time of deliveries goes by the provider's.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use hookwright::{model::EnvType, provider::truv::PROFILE as TRUV, simulator::SimulatorBuilder};
use jiff::{SignedDuration, Timestamp};

use crate::support::{
    Api, Run, Workspace,
    history::{Seeded, seed},
    sandbox_manifest,
};

const OLD: &str = "https://hooks.example.com/old";
const WEBHOOKS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

/// An API whose clock is so many minutes behind this machine's, and can be set.
struct Behind {
    api: Api,
    minutes: Arc<AtomicI64>,
}

impl Behind {
    fn by(minutes: i64, set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        let minutes = Arc::new(AtomicI64::new(minutes));
        let shared = Arc::clone(&minutes);
        let clock = Arc::new(move || {
            Timestamp::now() - SignedDuration::from_mins(shared.load(Ordering::SeqCst))
        });
        let api = Api::with_clock(&TRUV, clock, set_up);
        Self { api, minutes }
    }

    /// Its clock, so many minutes ago.
    fn ago(&self, minutes: i64) -> Timestamp {
        let behind = self.minutes.load(Ordering::SeqCst);
        Timestamp::now() - SignedDuration::from_mins(behind + minutes)
    }

    fn deliver(&self, url: &str, minutes_ago: i64) {
        let at = self.ago(minutes_ago);
        seed(&self.api, Seeded::new(url, "order-created", at, Some(200)));
    }

    /// With a webhook that nobody declares.
    fn pruning(&self) -> Workspace {
        for (name, url) in [
            ("acme-old", OLD),
            ("orders", "https://hooks.example.com/orders"),
        ] {
            self.api
                .seed(EnvType::Sandbox, name, url, &["order-created"]);
        }
        self.api.workspace(&sandbox_manifest(WEBHOOKS))
    }
}

const HOURS: i64 = 60;
const DAYS: i64 = 24 * HOURS;
const APPLY: [&str; 4] = ["apply", "--auto-approve", "--prune", "--allow-deletes=1"];

#[test]
fn what_is_in_use_is_not_deleted_however_far_the_clock_is_off() {
    for minutes in [
        -400 * DAYS,
        -26 * HOURS,
        0,
        2 * HOURS,
        26 * HOURS,
        400 * DAYS,
    ] {
        let behind = Behind::by(minutes, |builder| builder);
        let workspace = behind.pruning();
        behind.deliver(OLD, 5);
        let run = workspace.run(&APPLY).code(3);
        assert!(
            run.stdout.contains("refused (live-traffic)"),
            "{}",
            run.shown()
        );
        assert_eq!(behind.api.count("DELETE"), 0, "{minutes} minutes");
    }
}

#[test]
fn what_is_idle_is_deleted_however_far_the_clock_is_off() {
    for minutes in [-26 * HOURS, 26 * HOURS] {
        let behind = Behind::by(minutes, |builder| builder);
        let workspace = behind.pruning();
        behind.deliver(OLD, 25 * HOURS);
        let _ = workspace.run(&APPLY).code(0);
        assert_eq!(behind.api.count("DELETE"), 1, "{minutes} minutes");
    }
}

#[test]
fn where_the_api_does_not_say_what_time_it_is_what_ever_had_a_delivery_stays() {
    let undated = |builder: SimulatorBuilder| builder.quirks("dates=absent".parse().unwrap());
    for minutes in [0, 26 * HOURS] {
        let behind = Behind::by(minutes, undated);
        let workspace = behind.pruning();
        behind.deliver(OLD, 3 * DAYS);
        let run = workspace.run(&APPLY).code(3);
        let why = "the API does not say what time it is (its answers have no `Date`)";
        assert!(
            run.stdout.contains("refused (traffic-unknown)"),
            "{}",
            run.shown()
        );
        let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(why), "{}", run.shown());
        assert_eq!(behind.api.count("DELETE"), 0);
    }
    let behind = Behind::by(26 * HOURS, undated);
    let _ = behind.pruning().run(&APPLY).code(0);
    assert_eq!(
        behind.api.count("DELETE"),
        1,
        "nothing was ever delivered there"
    );
}

fn sync(workspace: &Workspace, more: &[&str]) -> Run {
    let sync = ["history", "sync", "--archive", "a.db"];
    workspace.run(&[&sync[..], more].concat()).code(0)
}

fn archived(workspace: &Workspace) -> usize {
    let list = [
        "history",
        "--archive",
        "a.db",
        "--limit",
        "0",
        "--format",
        "jsonl",
    ];
    workspace.run(&list).code(0).stdout.lines().count()
}

#[test]
fn an_archive_has_no_holes_where_the_clock_was_ahead_for_a_while() {
    for dates in ["sent", "absent"] {
        let quirks = format!("dates={dates}");
        let behind = Behind::by(2 * HOURS, |builder| builder.quirks(quirks.parse().unwrap()));
        let workspace = behind.api.workspace(&sandbox_manifest(WEBHOOKS));
        for days in 0..3 {
            behind.deliver(OLD, days * DAYS + 30);
        }
        let run = sync(&workspace, &[]);
        assert_eq!(
            run.stderr
                .contains("warning: sandbox: the API does not say"),
            dates == "absent"
        );
        // What the provider delivers in the next hour, after which this machine's clock is nearly right.
        for minutes in [20, 21, 22] {
            behind.deliver(OLD, -minutes);
        }
        behind.minutes.store(30, Ordering::SeqCst);
        let _ = sync(&workspace, &[]);
        assert_eq!(archived(&workspace), 6, "dates are {dates}");
    }
}

#[test]
fn what_is_kept_by_age_is_not_forgotten_where_the_clock_is_ahead() {
    for (dates, ahead) in [("sent", 800 * DAYS), ("absent", 800 * DAYS)] {
        let quirks = format!("dates={dates}");
        let behind = Behind::by(0, |builder| builder.quirks(quirks.parse().unwrap()));
        let workspace = behind.api.workspace(&sandbox_manifest(WEBHOOKS));
        behind.deliver(OLD, 30);
        let _ = sync(&workspace, &[]);
        behind.minutes.store(ahead, Ordering::SeqCst);
        let _ = sync(&workspace, &["--retention", "400d"]);
        // The record is in the provider's future now, and so not older than it may be.
        assert_eq!(archived(&workspace), 1, "dates are {dates}");
    }
}

#[test]
fn a_plan_expires_by_the_providers_clock() {
    // When it is saved, this machine is two days ahead; when it is applied, it is right.
    let behind = Behind::by(2 * DAYS, |builder| builder);
    let workspace = behind.api.workspace(&sandbox_manifest(WEBHOOKS));
    let _ = workspace
        .run(&["plan", "--out", "p", "--expires", "1h"])
        .code(0);
    behind.minutes.store(2 * DAYS - 2 * HOURS, Ordering::SeqCst);
    let run = workspace.run(&["apply", "p"]).code(3);
    assert!(
        run.stderr.starts_with("error: the saved plan expired at "),
        "{}",
        run.shown()
    );
    behind.minutes.store(2 * DAYS, Ordering::SeqCst);
    let _ = workspace.run(&["apply", "p"]).code(0);
}

#[test]
fn what_is_new_at_the_provider_is_not_called_silent_where_the_clock_is_ahead() {
    for (dates, age, proposed) in [
        ("sent", 10 * DAYS, 0),
        ("sent", 31 * DAYS, 1),
        // Nobody knows how old it is there.
        ("absent", 31 * DAYS, 0),
    ] {
        let quirks = format!("dates={dates}");
        for off in [-40 * DAYS, 40 * DAYS] {
            let behind = Behind::by(off + age, |builder| builder.quirks(quirks.parse().unwrap()));
            let workspace = behind.pruning();
            behind.minutes.store(off, Ordering::SeqCst);
            behind.deliver("https://hooks.example.com/orders", 30);
            let run = workspace.run(&["migrate", "--format", "json"]).code(0);
            let found = run.json()["proposals"].as_array().unwrap().len();
            assert_eq!(found, proposed, "{dates}, {age}, {off}: {}", run.stdout);
        }
    }
}

#[test]
fn moments_ago_are_counted_from_the_providers_time() {
    let behind = Behind::by(5 * HOURS, |builder| builder);
    let workspace = behind.api.workspace(&sandbox_manifest(WEBHOOKS));
    behind.deliver(OLD, 30);
    let run = workspace
        .run(&["history", "--since", "1h", "--format", "jsonl"])
        .code(0);
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.shown());
}

#[test]
fn doctor_says_how_far_the_clock_is_off() {
    for (behind, said) in [
        (90, "5400 s ahead of the provider's"),
        (-90, "5400 s behind the provider's"),
    ] {
        let behind = Behind::by(behind, |builder| builder);
        let workspace = behind.api.workspace(&sandbox_manifest(WEBHOOKS));
        let run = workspace.run(&["doctor", "--format", "json"]);
        let close = |found: &str| {
            let near = |off: i64| found == said.replace("5400", &(5400 + off).to_string());
            (-2..=2).any(near)
        };
        let document = run.json();
        let checks = document["environments"][0]["checks"]
            .as_array()
            .unwrap()
            .clone();
        let clock = checks
            .iter()
            .find(|check| check["check"] == "clock")
            .unwrap();
        assert!(close(clock["found"].as_str().unwrap()), "{clock}");
        assert_eq!(clock["result"], "warned", "{clock}");
    }
}
