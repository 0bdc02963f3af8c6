//! The names of the guards.

/// Which guard refuses. The names are stable: they stand in JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalCode {
    /// A desired URL is held by a live webhook that is not ours.
    Conflict,
    /// Several webhooks could be meant by one name.
    AmbiguousName,
    /// Updates wait for each other in a circle.
    Circle,
    /// A protected webhook would be deleted.
    Protected,
    /// More deletes than allowed.
    MaxDeletes,
    /// Everything of ours would be deleted.
    Empty,
    /// Too few receivers of an event type.
    Require,
    /// A secret's prefix names another environment.
    SecretMismatch,
    /// One secret is used for two environments.
    SharedSecret,
    /// What `--target` leaves out is needed.
    LeftOut,
    /// What is in use would be deleted or disabled.
    LiveTraffic,
    /// Whether what would be deleted or disabled is in use is not known.
    TrafficUnknown,
    /// A receiver did not pass its probe.
    ProbeFailed,
    /// A live webhook that the plan is about cannot be read.
    Unreadable,
    /// A field differs that only a create can set.
    CreateOnly,
    /// A webhook would send events before it can be disabled.
    CreatedEnabled,
    /// The account would have more webhooks than it may.
    TooMany,
    /// A webhook's key would be shown once, to nobody.
    SecretSink,
    /// The account does not have an event type.
    EventType,
    /// A rule of the user's own is against the plan.
    Policy,
}

impl RefusalCode {
    /// The name as it stands in JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::AmbiguousName => "ambiguous-name",
            Self::Circle => "circle",
            Self::Protected => "protected",
            Self::MaxDeletes => "max-deletes",
            Self::Empty => "empty",
            Self::Require => "require",
            Self::SecretMismatch => "secret-mismatch",
            Self::SharedSecret => "shared-secret",
            Self::LeftOut => "left-out",
            Self::LiveTraffic => "live-traffic",
            Self::TrafficUnknown => "traffic-unknown",
            Self::ProbeFailed => "probe-failed",
            Self::Unreadable => "unreadable",
            Self::CreateOnly => "create-only",
            Self::CreatedEnabled => "created-enabled",
            Self::TooMany => "too-many",
            Self::SecretSink => "secret-sink",
            Self::EventType => "event-type",
            Self::Policy => "policy",
        }
    }
}
