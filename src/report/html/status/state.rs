//! How an environment is, in a word.

use crate::reconcile::{ConditionKind, EnvironmentStatus, Reason, Verdict};

/// How an environment is, the worst first: so they stand on the page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Failing,
    Stalled,
    Differs,
    Unhealthy,
    SecretLost,
    Paused,
    Waiting,
    StandingBy,
    InSync,
    Off,
}

impl State {
    pub(super) fn of(environment: &EnvironmentStatus) -> Self {
        let reason = |kind| environment.conditions.get(kind).reason;
        let is_ill = |kind: ConditionKind| kind.is_well(reason(kind).verdict()) == Some(false);
        let ready = reason(ConditionKind::Ready);
        if environment.mode.as_str() == "off" {
            Self::Off
        } else if environment.paused.is_some() {
            Self::Paused
        } else if ready == Reason::STANDING_BY {
            Self::StandingBy
        } else if is_ill(ConditionKind::Stalled) {
            Self::Stalled
        } else if is_ill(ConditionKind::Ready) || is_ill(ConditionKind::CredentialsValid) {
            Self::Failing
        } else if reason(ConditionKind::EndpointsHealthy) == Reason::SECRET_LOST {
            Self::SecretLost
        } else if is_ill(ConditionKind::EndpointsHealthy) {
            Self::Unhealthy
        } else if is_ill(ConditionKind::InSync) {
            Self::Differs
        } else if reason(ConditionKind::InSync).verdict() == Verdict::Unknown {
            Self::Waiting
        } else {
            Self::InSync
        }
    }

    /// The words for it, and how they look.
    pub(super) fn shown(self) -> (&'static str, &'static str) {
        match self {
            Self::Failing => ("failing", "bad"),
            Self::Stalled => ("stalled", "bad"),
            Self::Differs => ("differs", "careful"),
            Self::Unhealthy => ("disabled at the provider", "bad"),
            Self::SecretLost => ("signing secret perhaps lost", "bad"),
            Self::Paused => ("paused", "careful"),
            Self::Waiting => ("not looked at yet", "quiet"),
            Self::StandingBy => ("another copy looks at it", "quiet"),
            Self::InSync => ("in sync", "good"),
            Self::Off => ("off", "quiet"),
        }
    }
}
