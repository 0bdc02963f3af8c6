//! What is refused, and how to go on, in words.

use std::{borrow::Cow, fmt, time::Duration};

use super::{Refusal, RequireWhen, Unchangeable};
use crate::{
    model::WebhookKey,
    plan::{Form, Known as _, Stops},
};

impl<F: Form> Refusal<F> {
    /// What it is called in every format: the guard's name, or `policy/` and the rule's id.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Policy { rule, .. } => Cow::Owned(format!("policy/{rule}")),
            _ => Cow::Borrowed(self.code().as_str()),
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
            Self::Mixed { .. } => "apply in two runs: first with one more webhook that has the named event types, at a URL of its own; then without it".to_owned(),
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
            Self::TrafficUnknown { never_known, .. } => {
                let with = with("--allow-live-traffic");
                match never_known {
                    true => format!(
                        "look at their last deliveries in the provider's dashboard; where nobody needs them, {with}"
                    ),
                    false => format!("wait until the history can be read, or {with}"),
                }
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
                    webhook.id()
                ),
                Stops::Delete => format!(
                    "look at webhook {} at the provider, and correct or delete it there; or add its name to `ignore`, which leaves it alone",
                    webhook.id()
                ),
                Stops::Urls(_) => format!(
                    "look at webhook {} at the provider, and correct or delete it there",
                    webhook.id()
                ),
            },
            Self::Unchangeable {
                key,
                field,
                because,
                ..
            } => match because {
                Unchangeable::NotAsked => format!(
                    "to have it replaced, say `replace: true` at `webhooks.{key}`; to leave it as it is, take `{field}` out there"
                ),
                Unchangeable::NotOurs => format!(
                    "take it over first: apply without `{field}` at `webhooks.{key}`; then give `{field}` again"
                ),
                Unchangeable::Alike => format!(
                    "delete the other webhook that has the name of `{key}` or is at its URL first, in a run of its own"
                ),
                Unchangeable::Moves | Unchangeable::Renamed => format!(
                    "apply in two runs: first without `{field}` at `webhooks.{key}`; then give `{field}` again"
                ),
            },
            Self::NoSink { key } => format!(
                "say where it is to go: `secret_to` at `webhooks.{key}`, with a `file`, or with a `command` that reads it"
            ),
            Self::NoEventType { event, archived: true, .. } => format!(
                "take `{event}` out of the manifest, or bring it back at the provider first"
            ),
            Self::NoEventType { event, near, .. } => match near {
                Some(near) => format!(
                    "write `{near}`, if that is meant; or create `{event}` at the provider first"
                ),
                None => format!(
                    "create `{event}` at the provider first, or name one that the account has"
                ),
            },
            Self::CreatedEnabled { key } => format!(
                "declare `{key}` as enabled, or leave it out until it is to be enabled"
            ),
            Self::TooMany {
                when: RequireWhen::After,
                ..
            } => "have fewer: declare fewer webhooks, or delete what nobody needs (`removed` or `prune: true`, and no `--target`); if the account may have more, say how many in `limits.max_webhooks`".to_owned(),
            Self::TooMany {
                when: RequireWhen::During,
                ..
            } => "make room first: delete a webhook that nobody needs in a run of its own (`removed`); if the account may have more, say how many in `limits.max_webhooks`".to_owned(),
            Self::Policy { rule, why, .. } => match why {
                Some(_) => format!(
                    "give the rule what it needs, or let it ask first, such as with `has(…)`: `policies.{rule}.deny`; what it sees is shown by `hookwright policy explain {chosen_by}`"
                ),
                None => format!(
                    "change what the rule is against, or except the webhook for a time, with `until` and `why`: `policies.{rule}.except`"
                ),
            },
        }
    }
}

impl<F: Form> fmt::Display for Refusal<F> {
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
                webhook.url(),
                webhook.name(),
                webhook.id()
            ),
            Self::AmbiguousName { keys, webhooks } => {
                let webhooks: Vec<String> = webhooks
                    .iter()
                    .map(|webhook| format!("{} (id {})", webhook.url(), webhook.id()))
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
            Self::Mixed { keys } => write!(
                f,
                "{} hand all event types at once and some by name to each other, and none can ask for both: in any order some event would be sent nowhere for a moment",
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
                webhook.name(),
                webhook.id()
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
            Self::SecretMismatch {
                env_type,
                prefix,
                secret,
            } => write!(
                f,
                "the {secret}'s prefix says {prefix}, and the environment is {env_type}"
            ),
            Self::SharedSecret { other, secret } => {
                write!(f, "the environment `{other}` has the same {secret}")
            }
            Self::LeftOut { event, keys } => write!(
                f,
                "`{event}` would be sent nowhere: {}, which is to send it, is left out by `--target`",
                listed(keys, "or")
            ),
            Self::ProbeFailed { key, why } => write!(f, "the probe of `{key}` failed: {why}"),
            Self::Unreadable { webhook, stops } => {
                let id = webhook.id();
                match stops {
                    Stops::Declared(key) => write!(
                        f,
                        "the live webhook of `{key}` (id {id}) cannot be read, and is left as it is"
                    ),
                    Stops::Delete => write!(
                        f,
                        "`{}` (id {id}) would be deleted, and cannot be read",
                        webhook.name()
                    ),
                    Stops::Urls(keys) => write!(
                        f,
                        "whether the webhook of id {id} is at the URL of {} is not known, as it cannot be read",
                        listed(keys, "or")
                    ),
                }?;
                write!(f, ": {}", webhook.unreadable().join(", "))
            }
            Self::Unchangeable {
                key,
                webhook,
                field,
                before,
                after,
                because,
            } => {
                write!(f, "the `{field}` of `{key}` (id {}) is ", webhook.id())?;
                match before {
                    Some(before) => write!(f, "`{before}`")?,
                    None => write!(f, "not set")?,
                }
                write!(
                    f,
                    " and not `{after}`, and only a new webhook can have another"
                )?;
                f.write_str(match because {
                    Unchangeable::NotAsked => "",
                    Unchangeable::NotOurs => {
                        "; this one is not ours, and is not replaced while it is taken over"
                    }
                    Unchangeable::Alike => "; the old one would have to go first, and another live webhook could then be taken for it",
                    Unchangeable::Moves => {
                        "; its URL changes too, and both at once could leave the old one behind"
                    }
                    Unchangeable::Renamed => {
                        "; its name changes too, and both at once could leave the old one behind"
                    }
                })
            }
            Self::NoSink { key } => write!(
                f,
                "`{key}` would be created, and nothing says where its signing secret is to go: the provider shows it once"
            ),
            Self::NoEventType {
                event,
                keys,
                archived,
                ..
            } => write!(
                f,
                "{} would ask for `{event}`, an event type that the account {}",
                listed(keys, "and"),
                if *archived {
                    "has archived"
                } else {
                    "does not have"
                }
            ),
            Self::CreatedEnabled { key } => write!(
                f,
                "`{key}` is to be disabled, and the provider creates none that is: events would be sent until it is disabled"
            ),
            Self::TooMany {
                most,
                after,
                when: RequireWhen::After,
            } => write!(
                f,
                "the account would have {after} webhooks, and may have {most}"
            ),
            Self::TooMany {
                most,
                when: RequireWhen::During,
                ..
            } => write!(
                f,
                "the account may have {most} webhooks, and has no room for a new one: in any order, events would get lost before one that goes makes room"
            ),
            Self::Policy { say, why, .. } => match why {
                None => f.write_str(say),
                Some(why) => write!(
                    f,
                    "{say} (the rule cannot be evaluated, and so refuses: {why})"
                ),
            },
            Self::LiveTraffic { webhook, last } => write!(
                f,
                "`{}` (id {}) is in use, and would get no more events: its last delivery was {} ago",
                webhook.name(),
                webhook.id(),
                Ago(*last)
            ),
            Self::TrafficUnknown {
                webhooks,
                error,
                never_known: _,
            } => {
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
