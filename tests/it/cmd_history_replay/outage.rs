//! An outage as it is lived through: half an hour of the provider's time, in which the receiver is down for ten minutes.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use hookwright::{
    provider::truv::PROFILE as TRUV,
    simulator::{Dispatcher, Emit, EmittedState, Wait},
};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{REPLAY, Victim, delivery, document, workspace};
use crate::support::{
    Api, Run, SANDBOX_SECRET, Workspace,
    history::at,
    receiver::{Receiver, is_signed, with_status},
};

/// What happens, in seconds: from the first event to the last.
const STORY: Range<i64> = 0..30 * 60;
const OUTAGE: Range<i64> = 10 * 60..20 * 60;
const BETWEEN_EVENTS: usize = 8;
/// How long the provider waits before each of three retries.
const BEFORE_RETRY: i64 = 30;

/// The provider's clock: it shows another time only where somebody moves it.
#[derive(Clone)]
struct Time {
    start: Timestamp,
    seconds: Arc<AtomicI64>,
}

impl Time {
    /// The story ends a minute ago: the program has no clock but the machine's.
    fn before_now() -> Self {
        Self {
            start: at(STORY.end / 60 + 1),
            seconds: Arc::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.start + SignedDuration::from_secs(self.seconds.load(Ordering::SeqCst))
    }

    fn set(&self, seconds: i64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    fn pass(&self, seconds: i64) -> i64 {
        self.seconds.fetch_add(seconds, Ordering::SeqCst)
    }
}

/// By what the documentation tells receivers to know an event: its type, its object, and its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: Timestamp,
    event_type: String,
    order: String,
}

impl Event {
    fn of(value: &Value, order: &str) -> Self {
        let text = |name: &str| value[name].as_str().unwrap().to_owned();
        Self {
            at: text("event_created_at").parse().unwrap(),
            event_type: text("event_type"),
            order: text(order),
        }
    }

    fn in_body(body: &[u8]) -> Self {
        Self::of(&serde_json::from_slice(body).unwrap(), "order_id")
    }
}

/// A receiver's own books.
#[derive(Default)]
struct Books {
    taken: BTreeSet<Event>,
    doubles: usize,
    /// The deliveries that were sent again, and how often.
    replayed: BTreeMap<String, usize>,
}

/// A receiver that verifies signatures, drops what it has, and is down in the outage. When it first sees something
/// that is sent again, whoever sends it is killed: in turn after it was taken and before.
fn receiver(time: &Time, books: &Arc<Mutex<Books>>, sender: &Victim) -> Receiver {
    let (time, books, sender) = (time.clone(), Arc::clone(books), sender.clone());
    Receiver::start(move |request, _| {
        let is_replayed = request.headers().contains_key("x-hookwright-replay");
        if !is_replayed && OUTAGE.contains(&time.seconds.load(Ordering::SeqCst)) {
            return refuse(time.pass(BEFORE_RETRY));
        }
        if !is_signed(request, SANDBOX_SECRET) {
            return Some(with_status(401));
        }
        let mut books = books.lock().unwrap();
        if is_replayed && books.is_new(request) {
            let is_taken = books.replayed.len() % 2 == 0;
            if is_taken {
                books.take(request);
            }
            sender.kill();
            return None;
        }
        books.take(request);
        Some(with_status(200))
    })
}

/// How a receiver is down: it answers that it is, or not at all.
fn refuse(seconds: i64) -> Option<Response<Bytes>> {
    (seconds / BEFORE_RETRY % 2 == 0).then(|| with_status(503))
}

impl Books {
    fn is_new(&mut self, request: &Request<Bytes>) -> bool {
        let times = self.replayed.entry(delivery(request)).or_default();
        *times += 1;
        *times == 1
    }

    fn take(&mut self, request: &Request<Bytes>) {
        if !self.taken.insert(Event::in_body(request.body())) {
            self.doubles += 1;
        }
    }
}

/// Lets all of it happen, and gives the events with what the provider says became of them.
fn live_through(api: &Api, time: &Time) -> BTreeMap<Event, EmittedState> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // What is waited for before a retry passes on the provider's clock alone.
    let dispatcher = Dispatcher::new(api.simulator.clone()).with_pause(Duration::ZERO);
    let mut happened = BTreeMap::new();
    for (number, seconds) in STORY.step_by(BETWEEN_EVENTS).enumerate() {
        // Events come one by one, each with its retries: from the last of these, the clock goes back to the next event.
        time.set(seconds);
        let event_type = ["order-created", "order-status-updated"][number % 2];
        let emit = Emit {
            event_type: event_type.to_owned(),
            seed: Some(format!("order {}", number / 2)),
            wait: Wait::All,
            ..Emit::default()
        };
        let emission = runtime.block_on(dispatcher.emit(&emit)).unwrap();
        let [emitted] = &emission.webhooks[..] else {
            panic!("one webhook: {emission:?}")
        };
        let record = api.simulator.deliveries().pop().unwrap().record;
        let event = Event::of(&record.webhook_payload, "order_id");
        assert_eq!(event.at, time.start + SignedDuration::from_secs(seconds));
        happened.insert(event, emitted.state);
    }
    time.set(STORY.end);
    happened
}

/// What no retry could save: the last of them came 90 seconds after the event, and the receiver was still down.
#[track_caller]
fn beyond_saving(happened: &BTreeMap<Event, EmittedState>, time: &Time) -> BTreeSet<Event> {
    let is_lost = |event: &&Event| {
        let first = (event.at - time.start).get_seconds();
        OUTAGE.contains(&first) && OUTAGE.contains(&(first + 3 * BEFORE_RETRY))
    };
    let lost: BTreeSet<Event> = happened.keys().filter(is_lost).cloned().collect();
    let failed = happened
        .iter()
        .filter(|(_, state)| **state == EmittedState::Failed)
        .map(|(event, _)| event);
    assert!(failed.eq(&lost), "the provider gave up on others");
    lost
}

fn gaps(workspace: &Workspace, more: &[&str]) -> BTreeSet<Event> {
    let arguments = ["history", "gaps", "--since", "1d"];
    let Run { stdout, .. } = workspace.run(&[&arguments, more].concat()).code(0);
    let mut lost = BTreeSet::new();
    for line in stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&line["why"], &line["deliveries"]),
            (&"failed".into(), &4.into())
        );
        assert!(lost.insert(Event::of(&line, "object_id")), "{line}");
    }
    lost
}

/// An archive, and the journal of what was replayed from it.
struct Kept {
    archive: String,
    journal: &'static str,
}

impl Kept {
    fn sync(&self, workspace: &Workspace) {
        let sync = ["history", "sync", "--payload", "--quiet", "--archive"];
        let _ = workspace
            .run(&[&sync[..], &[&self.archive]].concat())
            .code(0);
    }

    fn replay(&self) -> Vec<&str> {
        let replay = REPLAY.iter().map(|argument| match *argument {
            "a.db" => self.archive.as_str(),
            argument => argument,
        });
        let more = ["--journal", self.journal, "--resend-unknown"];
        replay.chain(more).collect()
    }

    fn gaps(&self, workspace: &Workspace, journal: &str) -> BTreeSet<Event> {
        gaps(
            workspace,
            &["--archive", &self.archive, "--journal", journal],
        )
    }
}

#[test]
fn after_an_outage_every_event_arrives_once_however_often_its_sender_is_killed() {
    is_made_good(|_| Kept {
        archive: "a.db".to_owned(),
        journal: "a.db.replays",
    });
}

#[test]
fn after_an_outage_every_event_arrives_once_from_a_folder_of_parquet_files_too() {
    is_made_good(|workspace| Kept {
        archive: format!("file://{}/kept", workspace.path().display()),
        journal: "replays.jsonl",
    });
}

fn is_made_good(kept: impl Fn(&Workspace) -> Kept) {
    let (time, books, sender) = (Time::before_now(), Arc::default(), Victim::default());
    let receiver = receiver(&time, &books, &sender);
    let clock = time.clone();
    let api = Api::with_clock(&TRUV, Arc::new(move || clock.now()), |builder| builder);
    let workspace = workspace(&api, &receiver);
    let kept = kept(&workspace);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let happened = live_through(&api, &time);

    let lost = beyond_saving(&happened, &time);
    assert_eq!((happened.len(), lost.len()), (225, 64));
    kept.sync(&workspace);
    assert_eq!(kept.gaps(&workspace, kept.journal), lost);

    // Each run gets as far as the next event that was not sent yet.
    for _ in &lost {
        sender.start(workspace.command(&kept.replay()));
        sender.wait_for_end();
    }
    let last = [&kept.replay()[..], &["--format", "json"]].concat();
    let done = document(&workspace.run(&last).code(0));
    assert_eq!(
        (&done["taken"], &done["taken_before"], &done["open"]),
        (&1.into(), &(lost.len() - 1).into(), &0.into())
    );

    let books = books.lock().unwrap();
    assert!(books.taken.iter().eq(happened.keys()), "{:?}", books.taken);
    // Each was sent once when its sender was killed, and once more; half of them had been taken.
    assert_eq!(books.replayed.len(), lost.len());
    assert!(books.replayed.values().all(|times| *times == 2));
    assert_eq!(books.doubles, lost.len() / 2);

    kept.sync(&workspace);
    assert_eq!(kept.gaps(&workspace, kept.journal), BTreeSet::new());
    // The provider knows nothing of it, and neither does who has no journal.
    assert_eq!(gaps(&workspace, &[]), lost);
    assert_eq!(kept.gaps(&workspace, "none"), lost);
}
