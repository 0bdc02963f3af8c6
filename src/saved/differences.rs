//! What has moved between a saved plan and the plan that would be made now.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::record::{DesiredRecord, EnvironmentRecord};
use crate::{
    model::EventType,
    plan::{LiveRecord, PlanResult, Value, WebhookRecord},
};

/// One thing that is not as it was when a plan was saved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// It is another account.
    Account,
    /// The environment is another: its provider, its kind, its address or its rate.
    Environment {
        /// Which of these.
        what: Aspect,
    },
    /// What the manifest gives for a webhook is not what it gave: a value from outside has changed.
    Desired {
        /// The webhook's key.
        key: String,
        /// The fields.
        fields: Vec<&'static str>,
    },
    /// A live webhook has moved.
    Live {
        /// Its id.
        id: String,
        /// Its name, as it may be shown.
        name: String,
        /// What became of it.
        moved: Moved,
    },
    /// The plan is another, and none of the above says why.
    Plan,
}

/// What an environment is, besides its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Its provider.
    Provider,
    /// The provider's environment.
    EnvType,
    /// Where the API is.
    BaseUrl,
    /// How many requests a run may send.
    RateShare,
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Provider => "provider",
            Self::EnvType => "`env_type`",
            Self::BaseUrl => "`base_url`",
            Self::RateShare => "share of the rate limit",
        })
    }
}

/// What became of a live webhook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moved {
    /// It is there no more.
    Gone,
    /// It was not there.
    New,
    /// These fields changed.
    Changed(Vec<&'static str>),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("it is another account"),
            Self::Environment { what } => write!(f, "its {what} is another"),
            Self::Desired { key, fields } => write!(
                f,
                "the manifest gives another {} for `{key}` than it did, so a value from outside it has changed",
                fields.join(", ")
            ),
            Self::Live { id, name, moved } => match moved {
                Moved::Gone => write!(f, "the live webhook `{name}` (id {id}) is gone"),
                Moved::New => write!(f, "the live webhook `{name}` (id {id}) is new"),
                Moved::Changed(fields) => write!(
                    f,
                    "the live webhook `{name}` (id {id}) has changed: {}",
                    fields.join(", ")
                ),
            },
            Self::Plan => f.write_str(
                "what is planned now is another plan; perhaps another version of hookwright made it, or a value from outside became sensitive",
            ),
        }
    }
}

/// What has moved since a plan was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// What the plan touches or relies on, and is not as it was: where there is any, the plan is stale.
    pub stale: Vec<Difference>,
    /// What else has moved; only where the plan is not stale.
    pub others: Vec<Difference>,
}

/// Compares a saved plan with the one that would be made now. A plan touches what it has operations for,
/// and relies on which live webhook each declared one is, and on all that send an event type of `require`.
/// What else there is, others may change; where that makes another plan, it is stale all the same.
pub fn compare(
    saved: &EnvironmentRecord,
    now: &EnvironmentRecord,
    required: &BTreeSet<&str>,
) -> Compared {
    let (saved, now) = (&unjudged(saved), &unjudged(now));
    if saved == now {
        return Compared::default();
    }
    let others = others(saved, now, required);
    let (was, is) = (bound(saved, &others), bound(now, &others));
    if was != is {
        return Compared {
            stale: differences(&was, &is),
            others: Vec::new(),
        };
    }
    let mut others = differences(saved, now);
    others.retain(|one| matches!(one, Difference::Live { .. }));
    Compared {
        stale: Vec::new(),
        others,
    }
}

/// A record without what rules say, and without what could not be known of event types: they are asked anew, and what they
/// need to know may be known now and not before.
fn unjudged(record: &EnvironmentRecord) -> Cow<'_, EnvironmentRecord> {
    match &record.result {
        PlanResult::Planned(plan)
            if !plan.rulings.is_empty() || plan.event_types_unread.is_some() =>
        {
            let mut plan = plan.clone();
            plan.rulings.clear();
            plan.event_types_unread = None;
            Cow::Owned(EnvironmentRecord {
                result: PlanResult::Planned(plan),
                ..record.clone()
            })
        }
        _ => Cow::Borrowed(record),
    }
}

/// The ids of the live webhooks that neither plan touches or relies on.
fn others(
    saved: &EnvironmentRecord,
    now: &EnvironmentRecord,
    required: &BTreeSet<&str>,
) -> BTreeSet<String> {
    let is_all = |event: &str| event == EventType::all().as_str() && !required.is_empty();
    let is_relied_on = |one: &LiveRecord| {
        let events = one.webhook.events.iter().flatten();
        one.webhook.enabled != Some(false)
            && events
                .into_iter()
                .any(|event| required.contains(event.as_str()) || is_all(event))
    };
    let alone = |record: &EnvironmentRecord| -> BTreeSet<String> {
        let unmanaged = match &record.result {
            PlanResult::Planned(plan) => plan.unmanaged.as_slice(),
            PlanResult::Refused(_) | PlanResult::Failed { .. } => &[],
        };
        let those = unmanaged.iter().map(|one| &one.webhook);
        those
            .filter(|one| !is_relied_on(one))
            .map(|one| one.id.clone())
            .collect()
    };
    let ids = |record: &EnvironmentRecord| -> BTreeSet<String> {
        let live = record.live.iter().flatten();
        live.map(|one| one.id.clone()).collect()
    };
    let (was, is) = (alone(saved), alone(now));
    let (there, here) = (ids(saved), ids(now));
    let all = was.union(&is);
    all.filter(|id| {
        let in_saved = was.contains(*id) || !there.contains(*id);
        in_saved && (is.contains(*id) || !here.contains(*id))
    })
    .cloned()
    .collect()
}

/// A record without these live webhooks.
fn bound(record: &EnvironmentRecord, others: &BTreeSet<String>) -> EnvironmentRecord {
    let mut record = record.clone();
    if let PlanResult::Planned(plan) = &mut record.result {
        plan.unmanaged
            .retain(|one| !others.contains(&one.webhook.id));
    }
    if let Some(live) = &mut record.live {
        live.retain(|one| !others.contains(&one.id));
    }
    record
}

/// What is not as it was; empty only where both records are the same.
pub fn differences(saved: &EnvironmentRecord, now: &EnvironmentRecord) -> Vec<Difference> {
    if saved == now {
        return Vec::new();
    }
    if saved.account != now.account {
        // What another account has is of no interest.
        return vec![Difference::Account];
    }
    let aspects = not_the_same([
        (Aspect::Provider, saved.provider == now.provider),
        (Aspect::EnvType, saved.env_type == now.env_type),
        (Aspect::BaseUrl, saved.target.is(&now.target)),
        (
            Aspect::RateShare,
            (saved.requests_per_minute, saved.account_limit)
                == (now.requests_per_minute, now.account_limit),
        ),
    ]);
    let aspects = aspects.map(|what| Difference::Environment { what });
    let mut found: Vec<Difference> = aspects.collect();
    found.extend(desired(saved, now));
    found.extend(live(saved, now));
    if found.is_empty() {
        found.push(Difference::Plan);
    }
    found
}

/// Whether nothing is left to do and nothing but the live state has moved: the plan was applied, or
/// someone did the same.
pub fn is_done(saved: &EnvironmentRecord, now: &EnvironmentRecord) -> bool {
    let has_nothing = match &now.result {
        PlanResult::Planned(plan) => plan.operations.is_empty() && plan.refusals.is_empty(),
        PlanResult::Refused(_) | PlanResult::Failed { .. } => false,
    };
    let moved = differences(&unjudged(saved), &unjudged(now));
    has_nothing
        && moved
            .iter()
            .all(|one| matches!(one, Difference::Live { .. }))
}

fn desired(saved: &EnvironmentRecord, now: &EnvironmentRecord) -> Vec<Difference> {
    let keys: BTreeSet<&String> = saved.desired.keys().chain(now.desired.keys()).collect();
    let mut found: Vec<Difference> = keys
        .into_iter()
        .filter_map(|key| {
            let fields = match (saved.desired.get(key), now.desired.get(key)) {
                (Some(before), Some(after)) => desired_fields(before, after),
                _ => vec!["webhook"],
            };
            let key = key.clone();
            (!fields.is_empty()).then_some(Difference::Desired { key, fields })
        })
        .collect();
    if saved.removed != now.removed {
        let key = "removed".to_owned();
        let fields = vec!["list of names"];
        found.push(Difference::Desired { key, fields });
    }
    found
}

fn desired_fields(before: &DesiredRecord, after: &DesiredRecord) -> Vec<&'static str> {
    let mut fields = changed_fields(&before.webhook, &after.webhook);
    let others = [
        ("moved_from", before.moved_from == after.moved_from),
        ("adopt", before.adopt == after.adopt),
        ("replace", before.replace == after.replace),
        ("rotate", before.rotate == after.rotate),
        ("secret_to", before.secret_to == after.secret_to),
    ];
    fields.extend(not_the_same(others));
    fields
}

/// The names of what is not the same.
fn not_the_same<T, const N: usize>(all: [(T, bool); N]) -> impl Iterator<Item = T> {
    let others = all.into_iter().filter(|(_, is_same)| !is_same);
    others.map(|(name, _)| name)
}

/// The fields in which two webhooks differ.
pub(super) fn changed_fields(before: &WebhookRecord, after: &WebhookRecord) -> Vec<&'static str> {
    let is_same = |before: Option<Value<'_>>, after: Option<Value<'_>>| match (before, after) {
        (Some(before), Some(after)) => before.is(after),
        (before, after) => before.is_none() && after.is_none(),
    };
    let pairs = before.changeable().into_iter().zip(after.changeable());
    let changed = pairs.filter(|((_, before), (_, after))| !is_same(*before, *after));
    let changed = changed.map(|((field, _), _)| field);
    let created = (!is_created_alike(before, after)).then_some("fields of its creation");
    changed.chain(created).collect()
}

/// Whether two webhooks have the same fields from their creation on.
fn is_created_alike(before: &WebhookRecord, after: &WebhookRecord) -> bool {
    let (before, after) = (&before.create_only, &after.create_only);
    let mut pairs = before.iter().zip(after);
    before.len() == after.len()
        && pairs.all(|((field, value), (other, same))| field == other && value.is(same))
}

fn live(saved: &EnvironmentRecord, now: &EnvironmentRecord) -> Vec<Difference> {
    let by_id = |record: &EnvironmentRecord| -> BTreeMap<String, LiveRecord> {
        let webhooks = record.live.iter().flatten();
        webhooks.map(|one| (one.id.clone(), one.clone())).collect()
    };
    let (before, after) = (by_id(saved), by_id(now));
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    ids.into_iter()
        .filter_map(|id| {
            let (one, moved) = match (before.get(id), after.get(id)) {
                (Some(before), Some(after)) if before == after => return None,
                (Some(before), Some(after)) => {
                    let mut fields = changed_fields(&before.webhook, &after.webhook);
                    fields.extend(not_the_same([
                        (
                            "the time of its creation",
                            before.created_at == after.created_at,
                        ),
                        (
                            "the note of its last rotation",
                            before.rotated == after.rotated,
                        ),
                        ("its environment", before.env_type == after.env_type),
                    ]));
                    if fields.is_empty() {
                        return None;
                    }
                    (after, Moved::Changed(fields))
                }
                (Some(before), None) => (before, Moved::Gone),
                (None, after) => (after?, Moved::New),
            };
            Some(Difference::Live {
                id: id.clone(),
                name: one.webhook.name.shown.clone(),
                moved,
            })
        })
        .collect()
}
