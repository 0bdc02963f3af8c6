//! The names of the guards.

use crate::plan::codes::codes;

codes! {
    /// Which guard refuses. The names are stable: they stand in every format.
    RefusalCode,
    /// Every guard, in the order in which refusals are shown.
    ALL,
    /// The name as it stands in every format.
    as_str,
    /// What it refuses, in a few words.
    title;
    Conflict = "conflict", "a declared URL is held by a live webhook that is not ours";
    AmbiguousName = "ambiguous-name", "several webhooks could be meant by one name";
    Circle = "circle", "webhooks exchange URLs and events so that no order of requests loses nothing";
    Protected = "protected", "a protected webhook would be deleted";
    MaxDeletes = "max-deletes", "more webhooks would be deleted than may be";
    Empty = "empty", "everything that is ours would be deleted";
    Require = "require", "an event type would have too few receivers";
    SecretMismatch = "secret-mismatch", "the prefix of the access secret names another environment";
    SharedSecret = "shared-secret", "two environments have one access secret";
    LeftOut = "left-out", "`--target` leaves out what the targets need";
    LiveTraffic = "live-traffic", "what is in use would be deleted or disabled";
    TrafficUnknown = "traffic-unknown", "whether what would be deleted or disabled is in use is not known";
    ProbeFailed = "probe-failed", "a receiver did not pass its probe";
    Unreadable = "unreadable", "a live webhook that the plan is about cannot be read";
    CreateOnly = "create-only", "a field differs that only a create can set";
    CreatedEnabled = "created-enabled", "a webhook would send events before it can be disabled";
    TooMany = "too-many", "the account would have more webhooks than it may";
    SecretSink = "secret-sink", "a webhook's signing secret would be shown once, to nobody";
    EventType = "event-type", "the account does not have an event type";
    Policy = "policy", "a rule of the manifest's `policies` is against the plan";
}
