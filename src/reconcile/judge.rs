//! What a round comes to: from what was seen and done to conditions.

use super::{Ended, Reason};
use crate::{
    model::EnvironmentName,
    provider::{ProviderError, ProviderErrorKind},
    run::Outcome,
    saved::{Drift, How, MovedWebhook},
};

/// What a round saw of an environment, and did.
#[derive(Debug)]
pub enum Seen<'s> {
    /// The credentials could not be got.
    NoCredentials(String),
    /// Guards refuse the credentials: none was used.
    SecretRefused(Vec<String>),
    /// The live state was not read.
    NotRead(&'s ProviderError),
    /// The round was stopped before it had seen anything.
    Stopped,
    /// The live state was compared with what is declared.
    Compared {
        /// What differs, and who moved it.
        drift: &'s Drift,
        /// What the guards refuse of a plan that moves it back.
        refusals: Vec<String>,
        /// What was done about it.
        done: Done,
    },
}

/// What a round did about what differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing: nothing is to be done, or the service only looks.
    Nothing,
    /// Nothing, as guards refuse the plan.
    Refused,
    /// Nothing, as nothing keeps two copies of the service apart.
    NoLock,
    /// Nothing, as the plan needs more writes than the day still has.
    WritesSpent {
        /// How many it needs.
        needed: u32,
        /// How many are left.
        left: u32,
        /// How many a day has.
        most: u32,
    },
    /// Nothing, as this environment comes after one that is not in sync.
    Waits(EnvironmentName),
    /// Nothing, as the lock was not to be had.
    NotLocked(String),
    /// Nothing, as it could not be recorded.
    NotRecorded(String),
    /// The plan was applied, and what is live afterwards is what was declared.
    Applied {
        /// How many operations it had.
        operations: usize,
    },
    /// The plan was applied in part, or what is live afterwards is not what was declared.
    NotApplied {
        /// Whether anything was changed.
        changed: bool,
        /// What went wrong.
        why: String,
    },
}

/// What a round came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What holds now: at most one of each kind. What is not among them stays as it was.
    pub conditions: Vec<(Reason, String)>,
    /// How the round ended.
    pub outcome: Outcome,
    /// The same, for people.
    pub message: String,
    /// When the next round is due.
    pub ended: Ended,
}

impl Judged {
    /// Whether the round did all that it may do.
    pub fn is_success(&self) -> bool {
        self.says(|reason| reason == Reason::SUCCEEDED)
    }

    /// Whether what is live is what is declared, with nothing new of strangers.
    pub fn is_in_sync(&self) -> bool {
        self.says(|reason| reason == Reason::IN_SYNC)
    }

    /// Whether the credentials are what is wrong.
    pub fn is_about_credentials(&self) -> bool {
        self.says(|reason| matches!(reason, Reason::REJECTED | Reason::NOT_FOUND))
    }

    fn says(&self, is_it: impl Fn(Reason) -> bool) -> bool {
        self.conditions.iter().any(|(reason, _)| is_it(*reason))
    }

    /// That nothing was seen of the environment: why, and what else follows from it.
    fn unseen(why: String, reasons: &[Reason]) -> Self {
        let unseen = [Reason::NOT_COMPARED, Reason::NOT_SEEN];
        let reasons = reasons.iter().copied().chain(unseen);
        Self {
            conditions: reasons.map(|reason| (reason, why.clone())).collect(),
            outcome: Outcome::Failed,
            message: why,
            ended: Ended::Failed { retry_after: None },
        }
    }
}

/// Says what a round came to.
pub fn judge(seen: Seen<'_>) -> Judged {
    match seen {
        Seen::NoCredentials(error) => {
            Judged::unseen(error, &[Reason::NO_CREDENTIALS, Reason::NOT_FOUND])
        }
        Seen::SecretRefused(refusals) => Judged {
            outcome: Outcome::Refused,
            ..Judged::unseen(
                refusals.join("; "),
                &[Reason::NOT_READY, Reason::REFUSED, Reason::NOT_ASKED],
            )
        },
        Seen::Stopped => Judged {
            conditions: Vec::new(),
            outcome: Outcome::Failed,
            message: "the service was stopped".to_owned(),
            ended: Ended::Well,
        },
        Seen::NotRead(error) => not_read(error),
        Seen::Compared {
            drift,
            refusals,
            done,
        } => compared(drift, &refusals, done),
    }
}

fn not_read(error: &ProviderError) -> Judged {
    let why = crate::run::chain(error);
    let kind = match error.kind() {
        ProviderErrorKind::NotAgain(kind) => kind,
        kind => kind,
    };
    let (ready, credentials, retry_after) = match kind {
        ProviderErrorKind::Unauthenticated(_) | ProviderErrorKind::Forbidden(_) => {
            (Reason::NOT_AUTHORIZED, Reason::REJECTED, None)
        }
        ProviderErrorKind::RateLimited { retry_after } => {
            (Reason::RATE_LIMITED, Reason::NOT_ASKED, *retry_after)
        }
        ProviderErrorKind::Unavailable { retry_after, .. } => (
            Reason::PROVIDER_UNREACHABLE,
            Reason::NOT_ASKED,
            *retry_after,
        ),
        ProviderErrorKind::Unreachable(_) | ProviderErrorKind::TimedOut(_) => {
            (Reason::PROVIDER_UNREACHABLE, Reason::NOT_ASKED, None)
        }
        _ => (Reason::FAILED, Reason::NOT_ASKED, None),
    };
    Judged {
        ended: Ended::Failed { retry_after },
        ..Judged::unseen(why, &[ready, credentials])
    }
}

fn compared(drift: &Drift, refusals: &[String], done: Done) -> Judged {
    let mut conditions = vec![(
        Reason::ACCEPTED,
        "the provider has answered with them".to_owned(),
    )];
    conditions.push(in_sync(drift, refusals));
    conditions.push(endpoints(drift));
    let refused = || refusals.join("; ");
    let stalled = match &done {
        _ if !refusals.is_empty() => (Reason::REFUSED, refused()),
        Done::NoLock => (
            Reason::NO_LOCK,
            "the environment has `mode: apply` and no `lock`: nothing would keep two copies of the service apart; give it a `lock`, or start the service with `--unlocked`".to_owned(),
        ),
        Done::WritesSpent { needed, left, most } => (
            Reason::WRITES_SPENT,
            format!("the plan needs {needed} writes, and {left} of the {most} of today are left (`limits.max_writes_per_day`)"),
        ),
        _ => (
            Reason::NOT_STALLED,
            "nothing stands in the way".to_owned(),
        ),
    };
    let is_stalled = stalled.0 != Reason::NOT_STALLED;
    let (reason, outcome, message) = ended(drift, refusals, &done, &stalled.1);
    conditions.push(stalled);
    conditions.push((reason, message.clone()));
    let is_failed = matches!(
        done,
        Done::NotLocked(_) | Done::NotRecorded(_) | Done::NotApplied { .. }
    ) && !is_stalled;
    Judged {
        conditions,
        outcome,
        message,
        ended: match is_failed {
            true => Ended::Failed { retry_after: None },
            false => Ended::Well,
        },
    }
}

/// Whether the round did all that it may do, how it ended, and the same for people.
fn ended(
    drift: &Drift,
    refusals: &[String],
    done: &Done,
    stalled: &str,
) -> (Reason, Outcome, String) {
    match done {
        Done::Applied { operations } => (
            Reason::SUCCEEDED,
            Outcome::Applied,
            format!("applied {}, and proven", counted(*operations, "operation")),
        ),
        Done::NotApplied { changed, why } => {
            let outcome = match changed {
                true => Outcome::Partial,
                false => Outcome::Failed,
            };
            (Reason::NOT_APPLIED, outcome, why.clone())
        }
        Done::NotLocked(why) => (Reason::NOT_LOCKED, Outcome::Failed, why.clone()),
        Done::NotRecorded(why) => (Reason::NOT_RECORDED, Outcome::Failed, why.clone()),
        Done::Refused | Done::NoLock | Done::WritesSpent { .. } => {
            (Reason::NOT_READY, Outcome::Refused, stalled.to_owned())
        }
        Done::Waits(first) => (
            Reason::WAITING,
            Outcome::Changes,
            format!("waits until `{first}` is in sync"),
        ),
        Done::Nothing => {
            let moved = moved(drift);
            let (outcome, message) = match (moved.is_empty(), refusals.is_empty()) {
                (false, _) => (Outcome::Changes, moved),
                (true, false) => (Outcome::Refused, stalled.to_owned()),
                (true, true) => (
                    Outcome::Nothing,
                    "what is live is what is declared".to_owned(),
                ),
            };
            (Reason::SUCCEEDED, outcome, message)
        }
    }
}

fn in_sync(drift: &Drift, refusals: &[String]) -> (Reason, String) {
    let strangers: Vec<&str> = drift.strangers().map(|one| one.name.as_str()).collect();
    if !strangers.is_empty() {
        return (
            Reason::FOREIGN_WEBHOOK,
            format!(
                "{} that nobody declared {} been added since: {}; delete it there, declare it, or say in `ignore` that it is expected",
                counted(strangers.len(), "webhook"),
                if strangers.len() == 1 { "has" } else { "have" },
                listed(&strangers)
            ),
        );
    }
    if drift.has_moved() {
        return (Reason::LIVE_MOVED, moved(drift));
    }
    if !drift.yours.is_empty() {
        return (Reason::MANIFEST_MOVED, moved(drift));
    }
    if !refusals.is_empty() {
        return (Reason::LIVE_MOVED, refusals.join("; "));
    }
    (
        Reason::IN_SYNC,
        "what is live is what is declared".to_owned(),
    )
}

/// What keeps receivers from what they are to get. To get nothing is worse than to be unable to check it.
fn endpoints(drift: &Drift) -> (Reason, String) {
    let names = |list: &[MovedWebhook]| -> String {
        let names: Vec<&str> = list.iter().map(|one| one.name.as_str()).collect();
        format!("{}: {}", counted(names.len(), "webhook"), listed(&names))
    };
    let disabled = (!drift.disabled.is_empty()).then(|| {
        let names = names(&drift.disabled);
        format!("the provider has disabled {names}; no events are sent there")
    });
    let lost = (!drift.secret_lost.is_empty()).then(|| {
        let names = names(&drift.secret_lost);
        format!("the signing secret is lost, or perhaps lost, of {names}; a receiver without it can check nothing")
    });
    match (disabled, lost) {
        (Some(disabled), Some(lost)) => (Reason::DISABLED, format!("{disabled}; {lost}")),
        (Some(disabled), None) => (Reason::DISABLED, disabled),
        (None, Some(lost)) => (Reason::SECRET_LOST, lost),
        (None, None) => (
            Reason::ENABLED,
            "what is declared as enabled is enabled".to_owned(),
        ),
    }
}

/// What differs, in a sentence; empty where nothing does.
fn moved(drift: &Drift) -> String {
    let is = |how: fn(&How) -> bool| {
        let webhooks = drift.drift.iter().filter(move |one| how(&one.how));
        webhooks.collect::<Vec<_>>()
    };
    let lists = [
        (
            is(|how| matches!(how, How::Missing)),
            "declared and not live",
        ),
        (is(|how| matches!(how, How::Extra)), "live and not declared"),
        (
            is(|how| matches!(how, How::Changed(_) | How::Unreadable(_))),
            "changed at the provider",
        ),
        (drift.disabled.iter().collect(), "disabled by the provider"),
        (drift.unreadable.iter().collect(), "not readable"),
        (
            drift.secret_lost.iter().collect(),
            "signing secret lost, or perhaps lost",
        ),
        (
            drift.yours.iter().collect(),
            "changed in the manifest, and not applied",
        ),
    ];
    let parts = lists.iter().filter(|(list, _)| !list.is_empty());
    let parts = parts.map(|(list, how)| {
        let names: Vec<&str> = list.iter().map(|one| one.name.as_str()).collect();
        format!("{how}: {}", listed(&names))
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// How many names a sentence has.
const NAMES: usize = 5;

fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(NAMES)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests;
