//! The loop of the service: what is due is looked at, what was seen is shown and told, and what is wanted is done.

mod beginning;
mod ending;
mod leads;
mod showing;
mod wishes;

use std::{collections::BTreeMap, rc::Rc, sync::Arc, time::Duration};

use futures_util::{
    future::LocalBoxFuture,
    stream::{FuturesUnordered, StreamExt},
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    leading::{Asked, Leading},
    manifest::{Loaded, Manifest},
    round::{InSync, Refused, Rounded},
    service::Service,
    supervisor,
    telling::Level,
    unit::Unit,
};
use crate::{
    cli::error::CliError,
    manifest::{Pause, ReconcileMode},
    model::EnvironmentName,
    reconcile::{Cause, Change, KeptPause, Paused, PausedBy, Reason, RoundId, Timetable, Waiting},
    saved::ManifestRecord,
};

/// How many environments are looked at at once.
const AT_ONCE: usize = 32;
/// How many rounds of an environment are shown.
const ROUNDS: usize = 10;
/// How often a lead that another copy has is asked for.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// How long the first round waits for the word whether this copy leads.
const FIRST_ASKING: Duration = Duration::from_secs(10);
/// How long the loop sleeps at most: whoever watches it wants to see it alive.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// How soon what has changed is kept, where nothing hangs on it.
const KEEP_EVERY: Duration = Duration::from_secs(5);

/// A round that has ended.
struct Done {
    unit: Rc<Unit>,
    cause: Cause,
    /// The rounds that somebody asked for and that waited for it.
    waited: Vec<RoundId>,
    began: Instant,
    began_at: Timestamp,
    rounded: Rounded,
}

/// The loop, and what it remembers.
pub(super) struct Engine<'a> {
    service: &'a Service<'a>,
    manifest: Manifest<'a>,
    record: Arc<ManifestRecord>,
    units: BTreeMap<EnvironmentName, Rc<Unit>>,
    table: Timetable,
    leading: Leading,
    ask_at: Instant,
    /// The rounds that somebody asked for, by environment.
    waiting: Waiting,
    refused: BTreeMap<EnvironmentName, Refused>,
    /// What was in sync when it was looked at last, by the manifest in force.
    in_sync: BTreeMap<EnvironmentName, Arc<InSync>>,
    /// Conditions that have changed and could not be recorded yet.
    unrecorded: Vec<(EnvironmentName, Change)>,
    running: FuturesUnordered<LocalBoxFuture<'a, Done>>,
    /// What is being looked at, as it was when that began.
    under_way: BTreeMap<EnvironmentName, Rc<Unit>>,
    asking: FuturesUnordered<LocalBoxFuture<'a, Asked>>,
    telling: FuturesUnordered<LocalBoxFuture<'a, ()>>,
    started: Instant,
    /// Until when rounds wait for files of the manifest that are being written.
    settling: Option<Instant>,
    keep_at: Option<Instant>,
    /// Why what is to be kept is not in the state file, where it is not.
    unkept: Option<String>,
}

impl<'a> Engine<'a> {
    /// A service that begins with this manifest.
    pub(super) fn new(service: &'a Service<'a>, manifest: Manifest<'a>, loaded: Loaded) -> Self {
        let now = Instant::now();
        let mut engine = Self {
            service,
            manifest,
            record: Arc::new(ManifestRecord::of([])),
            units: BTreeMap::new(),
            table: Timetable::default(),
            leading: Leading::default(),
            ask_at: now,
            waiting: Waiting::default(),
            refused: BTreeMap::new(),
            in_sync: BTreeMap::new(),
            unrecorded: Vec::new(),
            running: FuturesUnordered::new(),
            under_way: BTreeMap::new(),
            asking: FuturesUnordered::new(),
            telling: FuturesUnordered::new(),
            started: now,
            settling: None,
            keep_at: None,
            unkept: None,
        };
        engine.take_over(loaded);
        engine
    }

    /// Looks at every environment once.
    pub(super) async fn once(mut self) -> Result<(), CliError> {
        let service = self.service;
        self.leading = Leading::default();
        for name in self.units.keys() {
            self.table.hurry(name, Duration::ZERO);
        }
        self.begin_rounds().await;
        while !self.running.is_empty() {
            tokio::select! {
                biased;
                () = service.stop.asked() => break,
                Some(done) = self.running.next() => self.ended(done),
            }
            // Those that there was no room for, and those that come after one that is in sync now.
            self.begin_rounds().await;
        }
        self.end().await
    }

    /// Works until the service is stopped: then rounds on their way come to their end.
    pub(super) async fn run(mut self) -> Result<(), CliError> {
        let service = self.service;
        self.ask_for_leads();
        // Whether this copy leads is known before it looks at anything, unless that takes long.
        let deadline = Instant::now() + FIRST_ASKING;
        while !self.asking.is_empty() {
            tokio::select! {
                biased;
                () = service.stop.asked() => break,
                () = tokio::time::sleep_until(deadline) => break,
                Some(asked) = self.asking.next() => self.asked(asked),
            }
        }
        loop {
            supervisor::tell(supervisor::State::AtWork);
            self.ask_for_leads();
            self.begin_rounds().await;
            let wake = self.wake_at();
            tokio::select! {
                biased;
                () = service.stop.asked() => break,
                Some(done) = self.running.next() => self.ended(done),
                Some(asked) = self.asking.next() => self.asked(asked),
                Some(()) = self.telling.next() => {}
                wanted = service.desk.wanted() => self.wanted(wanted),
                () = tokio::time::sleep_until(wake) => self.keep_now_and_then(),
            }
            self.let_go_what_was_lost();
        }
        self.end().await
    }

    /// Lets requests in flight finish, gives leads back, and keeps what is known.
    async fn end(mut self) -> Result<(), CliError> {
        supervisor::tell(supervisor::State::Ending);
        if self.service.stop.is_asked() {
            let text = "stopping: requests in flight finish, and no other begins";
            self.service
                .telling
                .log(Level::Info, None, "stopping", text);
        }
        for unit in self.under_way.values() {
            if let Some(session) = &unit.session {
                session.stop.now();
            }
        }
        while let Some(done) = self.running.next().await {
            self.ended(done);
        }
        while self.telling.next().await.is_some() {}
        drop(self.asking);
        self.leading.release(self.service.terminal).await;
        self.service.keeping().write()
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn wake_at(&self) -> Instant {
        let due = self.table.next().map(|due| self.started + due);
        let due = match self.settling {
            // Nothing begins before the manifest is known.
            Some(until) => due.map(|due| due.max(until)),
            None => due,
        };
        let due = due.filter(|_| self.running.len() < AT_ONCE);
        let ask = (self.asking.is_empty()).then_some(self.ask_at);
        let latest = Instant::now() + LONGEST_SLEEP;
        let times = [due, ask, self.keep_at].into_iter().flatten();
        times.min().map_or(latest, |first| first.min(latest))
    }

    /// Takes over a manifest that was read.
    fn take_over(&mut self, loaded: Loaded) {
        let service = self.service;
        let Loaded {
            record,
            units,
            warnings,
        } = loaded;
        for warning in warnings {
            service
                .telling
                .log(Level::Warning, None, "manifest", &warning);
        }
        let now = service.telling.now();
        let offset = self.now();
        let scheduled = units.iter().filter(|unit| unit.mode != ReconcileMode::Off);
        self.table
            .set(scheduled.map(|unit| (&unit.name, unit.interval)), offset);
        // What is being looked at ends with what it began with.
        let locks = units.iter().filter(|unit| unit.mode != ReconcileMode::Off);
        let locks = locks.filter_map(|unit| Some((&unit.name, unit.lock.as_ref()?)));
        let given_up = self.leading.set(locks);
        let terminal = service.terminal;
        self.telling.push(Box::pin(async move {
            for locks in given_up {
                let _ = locks.release(terminal).await;
            }
        }));
        self.ask_at = Instant::now();
        let was_invalid = service
            .desk
            .read(|status| status.manifest.invalid.is_some());
        self.show_manifest(&record, &units, now);
        self.record = Arc::new(record);
        self.in_sync.clear();
        let units = units.into_iter().map(Rc::new);
        self.units = units.map(|unit| (unit.name.clone(), unit)).collect();
        for name in self.units.keys() {
            self.show_next(name);
        }
        let table = &self.table;
        for (name, ids) in self.waiting.take_all(|name| table.is_unknown(name)) {
            self.not_looked_at(&name, &ids);
        }
        if was_invalid {
            let text = "the manifest is valid again";
            service.telling.log(Level::Info, None, "manifest", text);
            self.say_of_all(Reason::NOT_STALLED, text);
        }
    }

    fn keep_soon(&mut self) {
        self.keep_at
            .get_or_insert_with(|| Instant::now() + KEEP_EVERY);
    }

    fn keep_now_and_then(&mut self) {
        if self.keep_at.is_none_or(|at| Instant::now() < at) {
            return;
        }
        self.keep_at = None;
        let written = self.service.keeping().write();
        let Err(error) = written else {
            self.unkept = None;
            return;
        };
        let text = self.service.terminal.masked(&error.texts());
        self.keep_soon();
        if self.unkept.replace(text.clone()).is_none() {
            self.service.telling.log(Level::Error, None, "state", &text);
            self.say_of_all(Reason::NOT_RECORDED, &text);
        }
    }
}

/// Why an environment is left alone, and by whom.
fn paused(unit: &Unit, asked: Option<&KeptPause>, now: Timestamp) -> Option<Paused> {
    let lasts = |until: Option<Timestamp>| until.is_none_or(|until| now < until);
    let declared = unit.pause.clone().filter(|pause| lasts(pause.until));
    let declared = declared.map(|pause| Paused {
        pause,
        by: PausedBy::Manifest,
    });
    declared.or_else(|| {
        let asked = asked.filter(|asked| lasts(Some(asked.until)))?;
        Some(Paused {
            pause: Pause {
                reason: asked.reason.clone(),
                until: Some(asked.until),
            },
            by: PausedBy::Request,
        })
    })
}

/// The beginning of a digest, as people write it.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
