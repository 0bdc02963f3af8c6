//! The guards: a second pass over a plan that refuses what is likely to be an accident.
//!
//! Each refusal names what it refuses and the exact way to say "yes, this".

use std::{collections::BTreeMap, fmt};

use crate::model::{EnvType, EnvironmentName, EventType, LiveWebhook, Secret, WebhookKey};

use super::{Action, Inputs, Operation, Reason, Step, order};

/// What the user has said yes to, on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// The number of deletes that was acknowledged.
    pub deletes: Option<u32>,
    /// Whether an environment may end up with nothing declared.
    pub empty: bool,
    /// Whether a secret may be used for an environment that its prefix does not name.
    pub secret_mismatch: bool,
}

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
        }
    }

    /// The exact way to say "yes, this", or out of it.
    pub fn way_out(&self) -> String {
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
                "apply in two runs: move {} to the new URL with its present events first, then change its events",
                keys.first()
                    .map_or_else(|| "one".to_owned(), |key| format!("`{key}`"))
            ),
            Self::Protected { removed: true, .. } => {
                "drop the name from `removed`, or from `protect`".to_owned()
            }
            Self::Protected { removed: false, .. } => {
                "declare it in the manifest, or drop the pattern from `protect`".to_owned()
            }
            Self::MaxDeletes { deletes, .. } => format!(
                "check them, then run again with `--allow-deletes {deletes}`, or raise `limits.max_deletes`"
            ),
            Self::Empty { .. } => {
                "if the environment is to be emptied, run again with `--allow-empty`".to_owned()
            }
            Self::Require { event, .. } => {
                format!("declare another enabled webhook for `{event}`, or lower `require`")
            }
            Self::SecretMismatch { .. } => {
                "use the environment's own secret, or run again with `--allow-secret-mismatch`"
                    .to_owned()
            }
            Self::SharedSecret { .. } => {
                "give each environment its own secret: the secret decides where requests run"
                    .to_owned()
            }
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
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                let webhooks: Vec<String> = webhooks
                    .iter()
                    .map(|webhook| format!("{} (id {})", webhook.url, webhook.id))
                    .collect();
                write!(
                    f,
                    "the name alone does not tell which live webhook {} is: there {} {}",
                    keys.join(" or "),
                    if webhooks.len() == 1 { "is" } else { "are" },
                    webhooks.join(", ")
                )
            }
            Self::Circle { keys } => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                write!(
                    f,
                    "{} move to other URLs and hand event types to each other: in any order some event would be sent nowhere for a moment",
                    keys.join(", ")
                )
            }
            Self::Protected {
                webhook, pattern, ..
            } => write!(
                f,
                "`{}` (id {}) would be deleted, and `protect` has `{pattern}`",
                webhook.name, webhook.id
            ),
            Self::MaxDeletes { deletes, allowed } => write!(
                f,
                "{deletes} webhooks would be deleted, and `limits.max_deletes` is {allowed}"
            ),
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

/// What the guards say of the operations of one environment.
pub(super) fn check(
    inputs: &Inputs<'_>,
    live: &[&LiveWebhook],
    operations: &[Operation],
    steps: &[Step],
) -> Vec<Refusal> {
    let policy = inputs.policy;
    let mut refusals = Vec::new();
    let deleted: Vec<(&Operation, &LiveWebhook)> = operations
        .iter()
        .filter(|operation| operation.action() == Action::Delete)
        .filter_map(|operation| operation.before().map(|before| (operation, before)))
        .collect();
    for (operation, before) in &deleted {
        if let Some(pattern) = policy.protection(before.name.text().expose()) {
            refusals.push(Refusal::Protected {
                webhook: (*before).clone(),
                pattern: pattern.to_string(),
                removed: operation.reason == Reason::Removed,
            });
        }
    }
    let deletes = deleted.len();
    if let Some(allowed) = policy.max_deletes
        && deletes > allowed as usize
        && inputs
            .acknowledged
            .deletes
            .is_none_or(|said| (said as usize) < deletes)
    {
        refusals.push(Refusal::MaxDeletes { deletes, allowed });
    }
    if deletes > 0 && inputs.desired.webhooks.is_empty() && !inputs.acknowledged.empty {
        refusals.push(Refusal::Empty { deletes });
    }
    for (event, required) in &policy.require {
        let counts = order::receivers(event, live, operations, steps);
        let after = counts.last().copied().unwrap_or_default();
        let fewest = counts.iter().skip(1).copied().min().unwrap_or(after);
        // What is already too few before the first step is for the plan to mend, not to refuse.
        let bound = (*required as usize).min(counts[0]);
        if after < *required as usize {
            refusals.push(Refusal::Require {
                event: event.clone(),
                fewest: after,
                required: *required,
                when: RequireWhen::After,
            });
        } else if fewest < bound {
            refusals.push(Refusal::Require {
                event: event.clone(),
                fewest,
                required: *required,
                when: RequireWhen::During,
            });
        }
    }
    refusals
}

/// What the guards say of the secrets of all environments of a run, before any of them is used: the
/// secret decides the environment that a request runs in.
pub fn check_secrets<'s>(
    secrets: impl IntoIterator<Item = (&'s EnvironmentName, EnvType, &'s Secret)>,
    acknowledged: &Acknowledged,
) -> BTreeMap<EnvironmentName, Vec<Refusal>> {
    let secrets: Vec<_> = secrets.into_iter().collect();
    let mut refusals: BTreeMap<EnvironmentName, Vec<Refusal>> = BTreeMap::new();
    for (name, env_type, secret) in &secrets {
        if let Some(prefix) = secret.env_type()
            && prefix != *env_type
            && !acknowledged.secret_mismatch
        {
            refusals
                .entry((*name).clone())
                .or_default()
                .push(Refusal::SecretMismatch {
                    env_type: *env_type,
                    prefix,
                });
        }
        for (other, _, same) in &secrets {
            if other != name && same == secret {
                refusals
                    .entry((*name).clone())
                    .or_default()
                    .push(Refusal::SharedSecret {
                        other: (*other).clone(),
                    });
            }
        }
    }
    refusals
}
