//! The conditions of an environment: what holds of it, why, and since when.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// What a condition says something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionKind {
    /// Whether the last round did all that it may do.
    Ready,
    /// Whether what is live is what is declared.
    InSync,
    /// Whether going on needs somebody: trying again alone changes nothing.
    Stalled,
    /// Whether the provider takes the credentials.
    CredentialsValid,
    /// Whether the provider sends events to what is declared as enabled.
    EndpointsHealthy,
}

impl ConditionKind {
    /// All of them, as they are shown.
    pub const ALL: [Self; 5] = [
        Self::Ready,
        Self::InSync,
        Self::Stalled,
        Self::CredentialsValid,
        Self::EndpointsHealthy,
    ];

    /// The word for it, the same in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::InSync => "InSync",
            Self::Stalled => "Stalled",
            Self::CredentialsValid => "CredentialsValid",
            Self::EndpointsHealthy => "EndpointsHealthy",
        }
    }

    /// Whether this status of it is as it should be; `None` where that cannot be told.
    pub fn is_well(self, status: Verdict) -> Option<bool> {
        match (self, status) {
            (_, Verdict::Unknown) => None,
            (Self::Stalled, status) => Some(status == Verdict::False),
            (_, status) => Some(status == Verdict::True),
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// That is not known.
    Unknown,
}

impl Verdict {
    /// The word for it, as Kubernetes spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// Why a condition has its status. A reason belongs to one condition and one status, so that none can contradict another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    kind: ConditionKind,
    verdict: Verdict,
    name: &'static str,
    means: &'static str,
}

macro_rules! reasons {
    ($(#[doc = $means:literal] $constant:ident: $kind:ident $verdict:ident $name:literal;)*) => {
        impl Reason {
            $(#[doc = $means]
            pub const $constant: Self = Self {
                kind: ConditionKind::$kind,
                verdict: Verdict::$verdict,
                name: $name,
                means: $means,
            };)*

            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$constant),*];
        }
    };
}

reasons! {
    /// The last round did all that it may do.
    SUCCEEDED: Ready True "Succeeded";
    /// No round has ended yet.
    PENDING: Ready Unknown "Pending";
    /// Somebody has paused the environment.
    PAUSED: Ready Unknown "Paused";
    /// Another copy of the service looks at the environment.
    STANDING_BY: Ready Unknown "StandingBy";
    /// An environment that comes before it is not in sync yet.
    WAITING: Ready Unknown "WaitingForAnother";
    /// The provider was not reached, or could not answer.
    PROVIDER_UNREACHABLE: Ready False "ProviderUnreachable";
    /// The provider does not take the credentials.
    NOT_AUTHORIZED: Ready False "CredentialsRejected";
    /// The credentials could not be got.
    NO_CREDENTIALS: Ready False "CredentialsNotFound";
    /// The provider's rate limit is used up.
    RATE_LIMITED: Ready False "RateLimited";
    /// What the environment needs cannot be done without somebody.
    NOT_READY: Ready False "Stalled";
    /// Not everything was applied, or what is live afterwards is not what was declared.
    NOT_APPLIED: Ready False "ApplyFailed";
    /// The environment's lock was not to be had.
    NOT_LOCKED: Ready False "LockNotTaken";
    /// What is about to be done could not be recorded, and so was not done.
    NOT_RECORDED: Ready False "NotRecorded";
    /// Something else failed.
    FAILED: Ready False "Failed";
    /// What is live is what is declared.
    IN_SYNC: InSync True "InSync";
    /// What is live has moved away from what is declared.
    LIVE_MOVED: InSync False "LiveMoved";
    /// The manifest has moved since what is live was last in sync.
    MANIFEST_MOVED: InSync False "ManifestMoved";
    /// Somebody has added a webhook that nobody declared.
    FOREIGN_WEBHOOK: InSync False "ForeignWebhook";
    /// The live state was not read.
    NOT_COMPARED: InSync Unknown "NotRead";
    /// Nothing stands in the way.
    NOT_STALLED: Stalled False "NotStalled";
    /// Guards refuse the plan.
    REFUSED: Stalled True "Refused";
    /// The environment may be applied, and nothing keeps two copies apart.
    NO_LOCK: Stalled True "NoLock";
    /// The plan needs more writes than the day still has.
    WRITES_SPENT: Stalled True "WritesSpent";
    /// The manifest is not valid, or cannot be read; the last valid one stays in force.
    MANIFEST_INVALID: Stalled True "ManifestInvalid";
    /// The provider has answered with the credentials.
    ACCEPTED: CredentialsValid True "Accepted";
    /// The provider does not take the credentials.
    REJECTED: CredentialsValid False "Rejected";
    /// The credentials could not be got.
    NOT_FOUND: CredentialsValid False "NotFound";
    /// The provider was not asked, or did not answer.
    NOT_ASKED: CredentialsValid Unknown "NotAsked";
    /// Everything that is declared as enabled is enabled.
    ENABLED: EndpointsHealthy True "Enabled";
    /// The provider has disabled a webhook that is declared as enabled.
    DISABLED: EndpointsHealthy False "DisabledAtProvider";
    /// A webhook's signing secret reached nobody, or nobody knows whether it did.
    SECRET_LOST: EndpointsHealthy False "SecretLost";
    /// The live state was not read.
    NOT_SEEN: EndpointsHealthy Unknown "NotRead";
}

impl Reason {
    /// The condition that it is a reason of.
    pub fn kind(self) -> ConditionKind {
        self.kind
    }

    /// The status that the condition has for this reason.
    pub fn verdict(self) -> Verdict {
        self.verdict
    }

    /// The word for it, the same in every format.
    pub fn as_str(self) -> &'static str {
        self.name
    }

    /// What it means, in a sentence.
    pub fn means(self) -> &'static str {
        self.means.trim()
    }

    /// Whether its message names webhooks, and nothing that changes by itself.
    fn is_about_webhooks(self) -> bool {
        let is_bad = self.kind.is_well(self.verdict) == Some(false);
        match self.kind {
            ConditionKind::InSync | ConditionKind::Stalled | ConditionKind::EndpointsHealthy => {
                is_bad
            }
            ConditionKind::Ready | ConditionKind::CredentialsValid => false,
        }
    }
}

/// A condition of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Why it has its status, which the reason decides.
    pub reason: Reason,
    /// The same, for people, in a sentence. It can change while the reason stays.
    pub message: String,
    /// Since when it has this status for this reason.
    pub since: Timestamp,
}

/// A condition that has another status, has it for another reason, or is about something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it was.
    pub before: Reason,
    /// What it is now.
    pub after: Condition,
}

impl Change {
    /// Whether it is news: that something waits, or was looked at for the first time and is well, is none.
    pub fn is_news(&self) -> bool {
        let kind = self.after.reason.kind();
        let well = |reason: Reason| kind.is_well(reason.verdict());
        matches!(
            (well(self.before), well(self.after.reason)),
            (_, Some(false)) | (Some(false), Some(true))
        )
    }
}

/// The conditions of an environment: one of each kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions(BTreeMap<ConditionKind, Condition>);

impl Conditions {
    /// Those of an environment that nobody has looked at.
    pub fn unknown(now: Timestamp) -> Self {
        let reasons = [
            Reason::PENDING,
            Reason::NOT_COMPARED,
            Reason::NOT_STALLED,
            Reason::NOT_ASKED,
            Reason::NOT_SEEN,
        ];
        let condition = |reason: Reason| Condition {
            reason,
            message: "no round has ended yet".to_owned(),
            since: now,
        };
        Self(
            reasons
                .map(|reason| (reason.kind, condition(reason)))
                .into(),
        )
    }

    /// What a condition is.
    pub fn get(&self, kind: ConditionKind) -> &Condition {
        &self.0[&kind]
    }

    /// All of them, in the order of [`ConditionKind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = &Condition> {
        self.0.values()
    }

    /// Puts back what held before a restart.
    pub(super) fn restore(&mut self, condition: Condition) {
        self.0.insert(condition.reason.kind, condition);
    }

    /// Takes over what a round says, and gives what has changed. A condition keeps its moment for as long as its reason stays.
    /// Where it is about webhooks, others are a change, too: a second stranger is as much news as the first.
    pub fn update(
        &mut self,
        said: impl IntoIterator<Item = (Reason, String)>,
        now: Timestamp,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        for (reason, message) in said {
            let Some(condition) = self.0.get_mut(&reason.kind) else {
                continue; // There is one of each kind.
            };
            let before = condition.reason;
            let is_same = before == reason;
            if is_same && (condition.message == message || !reason.is_about_webhooks()) {
                condition.message = message;
                continue;
            }
            *condition = Condition {
                reason,
                message,
                since: if is_same { condition.since } else { now },
            };
            changes.push(Change {
                before,
                after: condition.clone(),
            });
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn say(conditions: &mut Conditions, reason: Reason, message: &str, second: i64) -> Vec<Change> {
        conditions.update([(reason, message.to_owned())], at(second))
    }

    #[test]
    fn each_reason_is_one_of_its_condition() {
        for (index, reason) in Reason::ALL.iter().enumerate() {
            let same = |other: &Reason| other.kind == reason.kind && other.name == reason.name;
            assert!(!Reason::ALL[..index].iter().any(same), "{reason:?}");
        }
    }

    #[test]
    fn a_condition_is_said_once_for_as_long_as_it_stays() {
        let mut conditions = Conditions::unknown(at(0));
        let changes = say(&mut conditions, Reason::LIVE_MOVED, "`a`", 1);
        assert_eq!(changes.len(), 1);
        assert!(changes[0].is_news());
        assert_eq!(say(&mut conditions, Reason::LIVE_MOVED, "`a`", 2), []);
        assert_eq!(conditions.get(ConditionKind::InSync).since, at(1));
        // Another webhook is news, and the condition is as old as it was.
        let changes = say(&mut conditions, Reason::LIVE_MOVED, "`a`, `b`", 3);
        assert!(changes[0].is_news());
        assert_eq!(conditions.get(ConditionKind::InSync).since, at(1));
        let changes = say(&mut conditions, Reason::IN_SYNC, "well", 4);
        assert!(changes[0].is_news(), "recovery is told, too");
        assert_eq!(conditions.get(ConditionKind::InSync).since, at(4));
    }

    #[test]
    fn an_error_in_other_words_is_no_news() {
        let mut conditions = Conditions::unknown(at(0));
        say(
            &mut conditions,
            Reason::PROVIDER_UNREACHABLE,
            "after 30.1 s",
            1,
        );
        let changes = say(
            &mut conditions,
            Reason::PROVIDER_UNREACHABLE,
            "after 30.2 s",
            2,
        );
        assert_eq!(changes, []);
        let message = &conditions.get(ConditionKind::Ready).message;
        assert_eq!(message, "after 30.2 s");
    }

    #[test]
    fn what_is_well_from_the_beginning_is_no_news() {
        let mut conditions = Conditions::unknown(at(0));
        let changes = say(&mut conditions, Reason::IN_SYNC, "well", 1);
        assert!(!changes[0].is_news());
    }
}
