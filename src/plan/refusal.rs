//! What the guards refuse, in words.

use std::{fmt, time::Duration};

use crate::model::{EnvType, EnvironmentName, EventType, LiveWebhook, WebhookKey, WebhookName};

use super::Stops;

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
        }
    }
}

/// What is refused. `Display` says what and why; [`Refusal::way_out`] says how to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A desired URL, or one it had before, is held by a live webhook that is not ours.
    Conflict {
        /// The desired webhook.
        key: WebhookKey,
        /// What holds the URL.
        webhook: LiveWebhook,
        /// Whether it is a URL of `moved_from`.
        former: bool,
    },
    /// Several desired or live webhooks have one name, and nothing else tells which is which.
    AmbiguousName {
        /// The desired webhooks.
        keys: Vec<WebhookKey>,
        /// The live webhooks.
        webhooks: Vec<LiveWebhook>,
    },
    /// Updates move to other URLs and hand event types to each other in a circle.
    Circle {
        /// The desired webhooks.
        keys: Vec<WebhookKey>,
    },
    /// A protected webhook would be deleted.
    Protected {
        /// The webhook.
        webhook: LiveWebhook,
        /// The pattern that protects it.
        pattern: String,
        /// Whether `removed` names it.
        removed: bool,
    },
    /// More webhooks would be deleted than `limits.max_deletes` allows.
    MaxDeletes {
        /// How many would be.
        deletes: usize,
        /// How many may be.
        allowed: u32,
    },
    /// Every webhook of ours would be deleted, and none declared.
    Empty {
        /// How many would be deleted.
        deletes: usize,
    },
    /// Fewer enabled webhooks than required would receive an event type.
    Require {
        /// The event type.
        event: EventType,
        /// The fewest there would be.
        fewest: usize,
        /// How many are required.
        required: u32,
        /// When.
        when: RequireWhen,
    },
    /// A secret's prefix names another environment than the one it is used for.
    SecretMismatch {
        /// The environment it is used for.
        env_type: EnvType,
        /// The environment its prefix names.
        prefix: EnvType,
    },
    /// One secret is used for two environments.
    SharedSecret {
        /// The other environment.
        other: EnvironmentName,
    },
    /// An event type would be sent nowhere any more, as `--target` leaves out what is to send it.
    LeftOut {
        /// The event type.
        event: EventType,
        /// The desired webhooks that are left out and are to send it.
        keys: Vec<WebhookKey>,
    },
    /// The place that a trade left would be forgotten, as `--target` leaves out what is to take it.
    LeftBehind {
        /// The desired webhook that is left out.
        key: WebhookKey,
        /// Those that change the names which tell its place.
        takers: Vec<WebhookKey>,
    },
    /// A webhook that had deliveries in the last 24 hours would be deleted or disabled.
    LiveTraffic {
        /// The webhook.
        webhook: LiveWebhook,
        /// How long ago the event of the last delivery came to be.
        last: Duration,
    },
    /// Webhooks would be deleted or disabled of which it is not known whether they are in use.
    TrafficUnknown {
        /// Their names.
        webhooks: Vec<WebhookName>,
        /// Why the request history could not be read.
        error: String,
    },
    /// A webhook would be created or moved to a URL where events would get lost, or forged ones taken.
    ProbeFailed {
        /// The desired webhook.
        key: WebhookKey,
        /// What the probe showed.
        why: String,
    },
    /// A live webhook has a field that cannot be read, and the plan would change or delete it, or register
    /// a URL at which it may be.
    Unreadable {
        /// The live webhook.
        webhook: LiveWebhook,
        /// What is refused for that.
        stops: Stops,
    },
}

/// When a requirement is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequireWhen {
    /// While the plan is applied.
    During,
    /// Once it is applied, or, where the plan is empty, now.
    After,
}

impl Refusal {
    /// Which guard this is.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::Conflict { .. } => RefusalCode::Conflict,
            Self::AmbiguousName { .. } => RefusalCode::AmbiguousName,
            Self::Circle { .. } => RefusalCode::Circle,
            Self::Protected { .. } => RefusalCode::Protected,
            Self::MaxDeletes { .. } => RefusalCode::MaxDeletes,
            Self::Empty { .. } => RefusalCode::Empty,
            Self::Require { .. } => RefusalCode::Require,
            Self::SecretMismatch { .. } => RefusalCode::SecretMismatch,
            Self::SharedSecret { .. } => RefusalCode::SharedSecret,
            Self::LeftOut { .. } | Self::LeftBehind { .. } => RefusalCode::LeftOut,
            Self::LiveTraffic { .. } => RefusalCode::LiveTraffic,
            Self::TrafficUnknown { .. } => RefusalCode::TrafficUnknown,
            Self::ProbeFailed { .. } => RefusalCode::ProbeFailed,
            Self::Unreadable { .. } => RefusalCode::Unreadable,
        }
    }

    /// The exact way to say "yes, this", or out of it. `chosen_by` are the flags by which a command line
    /// chooses the environment: what is told to type works as it stands.
    pub fn way_out(&self, chosen_by: &str) -> String {
        self.to_go_on(chosen_by, &|flag| format!("run again with `{flag}`"))
    }

    /// The same where the flags are not those of the run itself, but of the command that makes the plan.
    pub fn way_out_by(&self, plan: &str, chosen_by: &str) -> String {
        self.to_go_on(chosen_by, &|flag| format!("run `{plan} {flag}`"))
    }

    fn to_go_on(&self, chosen_by: &str, with: &dyn Fn(&str) -> String) -> String {
        match self {
            Self::Conflict {
                key, former: false, ..
            } => format!(
                "take it over with `adopt: true` at `webhooks.{key}`, or give `{key}` another URL"
            ),
            Self::Conflict {
                key, former: true, ..
            } => format!(
                "take it over with `adopt: true` at `webhooks.{key}`, or drop the URL from its `moved_from`"
            ),
            Self::AmbiguousName { .. } => {
                "say which is meant: put the live URL into that webhook's `moved_from`".to_owned()
            }
            Self::Circle { keys } => format!(
                "apply in two runs: first move all of them with the events and `enabled` that they have now, with {}; then change their events",
                targets(keys)
            ),
            Self::Protected { removed: true, .. } => {
                "drop the name from `removed`, or from `protect`".to_owned()
            }
            Self::Protected { removed: false, .. } => {
                "declare it in the manifest, or drop the pattern from `protect`".to_owned()
            }
            Self::MaxDeletes { deletes, .. } => format!(
                "check them, then {}, or raise `limits.max_deletes`",
                with(&format!("--allow-deletes {deletes}"))
            ),
            Self::Empty { .. } => {
                format!(
                    "if the environment is to be emptied, {}",
                    with("--allow-empty")
                )
            }
            Self::Require {
                event,
                fewest,
                required,
                when: _,
            } => {
                let more = (*required as usize).saturating_sub(*fewest);
                let lower = match fewest {
                    0 => format!("take `{event}` out of `require`"),
                    fewest => format!("lower it to {fewest} in `require`"),
                };
                match more {
                    ..=1 => format!("declare another enabled webhook for `{event}`, or {lower}"),
                    more => {
                        format!("declare {more} more enabled webhooks for `{event}`, or {lower}")
                    }
                }
            }
            Self::SecretMismatch { .. } => {
                let with = with("--allow-secret-mismatch");
                format!("use the environment's own secret, or {with}")
            }
            Self::SharedSecret { .. } => {
                "give each environment its own secret: the secret decides where requests run"
                    .to_owned()
            }
            Self::LiveTraffic { .. } => {
                let with = with("--allow-live-traffic");
                format!("make sure that nobody needs it, then {with}")
            }
            Self::TrafficUnknown { .. } => {
                let with = with("--allow-live-traffic");
                format!("wait until the history can be read, or {with}")
            }
            Self::LeftOut { keys, .. } => format!(
                "add `--target {}`, or plan without `--target`",
                keys.first().map_or("KEY", WebhookKey::as_str)
            ),
            Self::LeftBehind { key, .. } => {
                format!("add `--target {key}`, or plan without `--target`")
            }
            Self::ProbeFailed { key, .. } => {
                format!(
                    "look closer with `hookwright test {key} {chosen_by}`, and mend the receiver"
                )
            }
            Self::Unreadable { webhook, stops } => match stops {
                Stops::Declared(_) => format!(
                    "look at webhook {} at the provider, and correct or delete it there; until then, `--target` names the webhooks to go on with",
                    webhook.id
                ),
                Stops::Delete => format!(
                    "look at webhook {} at the provider, and correct or delete it there; or add its name to `ignore`, which leaves it alone",
                    webhook.id
                ),
                Stops::Urls(_) => format!(
                    "look at webhook {} at the provider, and correct or delete it there",
                    webhook.id
                ),
            },
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict {
                key,
                webhook,
                former,
            } => write!(
                f,
                "the {} of `{key}`, {}, is held by `{}` (id {}), which is not ours",
                if *former { "former URL" } else { "URL" },
                webhook.url,
                webhook.name,
                webhook.id
            ),
            Self::AmbiguousName { keys, webhooks } => {
                let webhooks: Vec<String> = webhooks
                    .iter()
                    .map(|webhook| format!("{} (id {})", webhook.url, webhook.id))
                    .collect();
                write!(
                    f,
                    "the name alone does not tell which live webhook {} is: there {} {}",
                    listed(keys, "or"),
                    if webhooks.len() == 1 { "is" } else { "are" },
                    webhooks.join(", ")
                )
            }
            Self::Circle { keys } => write!(
                f,
                "{} move to other URLs and hand event types to each other: in any order some event would be sent nowhere for a moment",
                listed(keys, "and")
            ),
            Self::LeftBehind { key, takers } => write!(
                f,
                "{} {} a name that tells which live webhook is to be `{key}`, and `{key}` is left out by `--target`: a later run would create it anew",
                listed(takers, "and"),
                if takers.len() == 1 {
                    "changes"
                } else {
                    "change"
                },
            ),
            Self::Protected {
                webhook, pattern, ..
            } => write!(
                f,
                "`{}` (id {}) would be deleted, and `protect` has `{pattern}`",
                webhook.name, webhook.id
            ),
            Self::MaxDeletes { deletes, allowed } => write!(
                f,
                "{deletes} {} would be deleted, and `limits.max_deletes` is {allowed}",
                if *deletes == 1 { "webhook" } else { "webhooks" }
            ),
            Self::Empty { deletes: 1 } => {
                write!(
                    f,
                    "no webhook is declared, and the only one that is ours would be deleted"
                )
            }
            Self::Empty { deletes } => write!(
                f,
                "no webhook is declared, and all {deletes} that are ours would be deleted"
            ),
            Self::Require {
                event,
                fewest,
                required,
                when,
            } => write!(
                f,
                "`{event}` would have {fewest} enabled {} {}, and `require` asks for {required}",
                if *fewest == 1 {
                    "receiver"
                } else {
                    "receivers"
                },
                match when {
                    RequireWhen::During => "on the way",
                    RequireWhen::After => "afterwards",
                }
            ),
            Self::SecretMismatch { env_type, prefix } => write!(
                f,
                "the access secret's prefix says {prefix}, and the environment is {env_type}"
            ),
            Self::SharedSecret { other } => {
                write!(f, "the environment `{other}` has the same access secret")
            }
            Self::LeftOut { event, keys } => write!(
                f,
                "`{event}` would be sent nowhere: {}, which is to send it, is left out by `--target`",
                listed(keys, "or")
            ),
            Self::ProbeFailed { key, why } => write!(f, "the probe of `{key}` failed: {why}"),
            Self::Unreadable { webhook, stops } => {
                let id = &webhook.id;
                match stops {
                    Stops::Declared(key) => write!(
                        f,
                        "the live webhook of `{key}` (id {id}) cannot be read, and is left as it is"
                    ),
                    Stops::Delete => write!(
                        f,
                        "`{}` (id {id}) would be deleted, and cannot be read",
                        webhook.name
                    ),
                    Stops::Urls(keys) => write!(
                        f,
                        "whether the webhook of id {id} is at the URL of {} is not known, as it cannot be read",
                        listed(keys, "or")
                    ),
                }?;
                let fields: Vec<String> =
                    webhook.unreadable.iter().map(ToString::to_string).collect();
                write!(f, ": {}", fields.join(", "))
            }
            Self::LiveTraffic { webhook, last } => write!(
                f,
                "`{}` (id {}) is in use, and would get no more events: its last delivery was {} ago",
                webhook.name,
                webhook.id,
                Ago(*last)
            ),
            Self::TrafficUnknown { webhooks, error } => {
                let names: Vec<String> = webhooks.iter().map(|name| format!("`{name}`")).collect();
                write!(
                    f,
                    "whether {} had deliveries in the last 24 hours is not known, and no more events would be sent there: {error}",
                    names.join(", ")
                )
            }
        }
    }
}

/// A length of time in its largest unit: `12 s`, `3 min`, `5 h`, `2 days`.
pub(crate) struct Ago(pub(crate) Duration);

impl fmt::Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ ..60 => write!(f, "{seconds} s"),
            seconds @ 60..3_600 => write!(f, "{} min", seconds / 60),
            seconds @ 3_600..172_800 => write!(f, "{} h", seconds / 3_600),
            seconds => write!(f, "{} days", seconds / 86_400),
        }
    }
}

impl Ord for Refusal {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.code(), self.to_string()).cmp(&(other.code(), other.to_string()))
    }
}

impl PartialOrd for Refusal {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// `--target a --target b`.
fn targets(keys: &[WebhookKey]) -> String {
    let flags: Vec<String> = keys.iter().map(|key| format!("--target {key}")).collect();
    format!("`{}`", flags.join(" "))
}

/// `a`, `b` and `c`.
fn listed(keys: &[WebhookKey], last: &str) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match keys.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}
