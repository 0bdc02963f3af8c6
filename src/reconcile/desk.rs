//! Where the service and those who ask it meet: what it shows, and what they want.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::{EnvironmentRound, EnvironmentStatus, Paused, Round, RoundId, Status};
use crate::model::EnvironmentName;

/// How many rounds that somebody asked for are remembered.
const ROUNDS: usize = 200;

/// What the service shows, and what is wanted of it. Clones are one.
#[derive(Clone, Debug)]
pub struct Desk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    board: Mutex<Board>,
    wanted: Notify,
}

#[derive(Debug)]
struct Board {
    status: Status,
    wishes: Vec<Work>,
}

/// What somebody wants of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A round of these environments.
    Round(RoundId),
    /// An environment is to be left alone.
    Pause(EnvironmentName, Paused),
    /// An environment is not to be left alone any more, as far as a request said so.
    Resume(EnvironmentName),
}

/// The manifest has no such environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no environment `{0}`")]
pub struct UnknownEnvironment(pub EnvironmentName);

impl Desk {
    /// A desk that shows this.
    pub fn new(status: Status) -> Self {
        Self(Arc::new(Inner {
            board: Mutex::new(Board {
                status,
                wishes: Vec::new(),
            }),
            wanted: Notify::new(),
        }))
    }

    /// Looks at what the service shows. Nobody else can meanwhile, so look quickly.
    pub fn read<R>(&self, look: impl FnOnce(&Status) -> R) -> R {
        look(&self.board().status)
    }

    /// Changes what the service shows.
    pub fn update<R>(&self, change: impl FnOnce(&mut Status) -> R) -> R {
        change(&mut self.board().status)
    }

    /// Changes what the service shows of an environment, where the manifest has it.
    pub fn change<R>(
        &self,
        name: &EnvironmentName,
        change: impl FnOnce(&mut EnvironmentStatus) -> R,
    ) -> Option<R> {
        let mut board = self.board();
        let mut environments = board.status.environments.iter_mut();
        environments.find(|one| one.name == *name).map(change)
    }

    /// Asks for a round of these environments, or of all where none is named. What is asked for before a round begins is
    /// one round: a storm of requests makes one, and at most one more while that is on its way.
    ///
    /// # Errors
    ///
    /// An environment that the manifest does not have. Nothing is asked for then.
    pub fn trigger(
        &self,
        environments: &BTreeSet<EnvironmentName>,
        now: Timestamp,
    ) -> Result<RoundId, UnknownEnvironment> {
        let mut board = self.board();
        let known = board.status.environments.iter().map(|one| one.name.clone());
        let known: BTreeSet<EnvironmentName> = known.collect();
        if let Some(unknown) = environments.difference(&known).next() {
            return Err(UnknownEnvironment(unknown.clone()));
        }
        let wanted = match environments.is_empty() {
            true => known,
            false => environments.clone(),
        };
        let waiting = board.status.rounds.last_mut();
        if let Some(round) = waiting.filter(|round| !round.has_begun) {
            round.requests = round.requests.saturating_add(1);
            round
                .environments
                .extend(wanted.into_iter().map(|name| (name, None)));
            return Ok(round.id.clone());
        }
        let id = RoundId(uuid::Uuid::new_v4().simple().to_string());
        board.status.rounds.push(Round {
            id: id.clone(),
            requested_at: now,
            requests: 1,
            has_begun: false,
            environments: wanted.into_iter().map(|name| (name, None)).collect(),
        });
        let over = board.status.rounds.len().saturating_sub(ROUNDS);
        board.status.rounds.drain(..over);
        board.wishes.push(Work::Round(id.clone()));
        drop(board);
        self.0.wanted.notify_one();
        Ok(id)
    }

    /// Asks for an environment to be left alone, or with `None` not to be any more.
    ///
    /// # Errors
    ///
    /// An environment that the manifest does not have.
    pub fn pause(
        &self,
        name: &EnvironmentName,
        paused: Option<Paused>,
    ) -> Result<(), UnknownEnvironment> {
        let mut board = self.board();
        if board.status.environment(name).is_none() {
            return Err(UnknownEnvironment(name.clone()));
        }
        let name = name.clone();
        board.wishes.push(match paused {
            Some(paused) => Work::Pause(name, paused),
            None => Work::Resume(name),
        });
        drop(board);
        self.0.wanted.notify_one();
        Ok(())
    }

    /// Waits until something is wanted, and gives all of it.
    pub async fn wanted(&self) -> Vec<Work> {
        loop {
            let wishes = std::mem::take(&mut self.board().wishes);
            if !wishes.is_empty() {
                return wishes;
            }
            self.0.wanted.notified().await;
        }
    }

    /// A round begins: what is asked for from now on is another. Gives its environments.
    pub fn begin(&self, id: &RoundId) -> Vec<EnvironmentName> {
        let mut board = self.board();
        let round = board.status.rounds.iter_mut().find(|round| round.id == *id);
        round.map_or_else(Vec::new, |round| {
            round.has_begun = true;
            round.environments.keys().cloned().collect()
        })
    }

    /// Notes in rounds that somebody asked for what became of an environment.
    pub fn ended(&self, ids: &[RoundId], name: &EnvironmentName, how: &EnvironmentRound) {
        let mut board = self.board();
        let rounds = board.status.rounds.iter_mut();
        for round in rounds.filter(|round| ids.contains(&round.id)) {
            if let Some(place) = round.environments.get_mut(name) {
                *place = Some(how.clone());
            }
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        // What is shown is whole between any two statements.
        self.0.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which rounds wait for which environments.
#[derive(Clone, Debug, Default)]
pub struct Waiting(BTreeMap<EnvironmentName, Vec<RoundId>>);

impl Waiting {
    /// A round waits for an environment.
    pub fn add(&mut self, name: EnvironmentName, id: RoundId) {
        self.0.entry(name).or_default().push(id);
    }

    /// Those that wait for an environment which is looked at now.
    pub fn take(&mut self, name: &EnvironmentName) -> Vec<RoundId> {
        self.0.remove(name).unwrap_or_default()
    }

    /// Those that wait for environments like these.
    pub fn take_all(
        &mut self,
        is_one: impl Fn(&EnvironmentName) -> bool,
    ) -> Vec<(EnvironmentName, Vec<RoundId>)> {
        let names = self.0.keys().filter(|name| is_one(name));
        let names: Vec<EnvironmentName> = names.cloned().collect();
        let taken = names.into_iter().map(|name| {
            let ids = self.take(&name);
            (name, ids)
        });
        taken.collect()
    }
}
