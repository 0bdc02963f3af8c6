//! From a draft to a plan: what it must learn of the world, and what follows from the answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
};

use super::{
    EnvironmentPlan, Inputs, NoEventTypes, Operation, Options, Refusal, Warning,
    drafted::drafted,
    evidence::{Evidence, check_traffic, ends_deliveries},
    rotate,
    subscribed::{self, Subscribed},
};
use crate::model::{EndpointUrl, EventType, LiveState, Ruling, WebhookKey, WebhookName};

/// What probes of receivers showed: why each failed, if it did.
pub type Probes = BTreeMap<WebhookKey, Result<(), String>>;

/// The event types that cannot be subscribed to; or why that cannot be known, which is said and refuses nothing.
pub type EventTypes = Answer<Result<NoEventTypes, String>>;

/// A plan that does not know yet what only the world can tell.
///
/// It cannot be applied. [`Draft::questions`] says what is to be found out, and [`Draft::settle`] takes the
/// answers. What probes show of webhooks that the provider disabled decides what is planned: for that, the plan is
/// drafted again, with the answer in its [`Policy`](crate::model::Policy).
#[derive(Clone, Debug)]
pub struct Draft {
    plan: EnvironmentPlan,
    options: Options,
    /// The declared webhooks that are enabled, and created or moved.
    new_urls: Vec<WebhookKey>,
    /// The event types that the account must have.
    subscribed: Subscribed,
}

/// What a draft must learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questions<'d> {
    /// Whether there were deliveries to these URLs in the last 24 hours: to delete or disable what is in use loses
    /// events. Empty where the user has said yes to that.
    pub traffic: BTreeSet<&'d EndpointUrl>,
    /// Whether a signed probe of these declared webhooks succeeds: the provider has disabled them, and only then
    /// are they enabled again. The answer is for the next draft.
    pub healing: Vec<&'d WebhookKey>,
    /// Whether a signed probe of these declared webhooks succeeds: events will go to a URL that gets none today.
    pub new_urls: &'d [WebhookKey],
    /// Which of these event types the account does not have: it has its own, and they are about to be sent.
    pub event_types: Vec<&'d EventType>,
}

/// An answer to one of a draft's questions. That it was not asked is for the caller to say: no guard is
/// forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// Nobody looked. What the guard would refuse is not refused.
    NotAsked,
    /// What was found.
    Known(T),
}

impl<T> Answer<T> {
    fn known(&self) -> Option<&T> {
        match self {
            Self::NotAsked => None,
            Self::Known(found) => Some(found),
        }
    }
}

/// The answers to all of a draft's questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// What [`check_secrets`](super::check_secrets) refuses of the environment.
    pub secrets: Answer<Vec<Refusal>>,
    /// What goes to the webhooks of the plan.
    pub traffic: Answer<Evidence>,
    /// What probes of new URLs showed.
    pub probes: Answer<Probes>,
    /// The event types that cannot be subscribed to.
    pub event_types: EventTypes,
    /// What the user's own rules say of the plan.
    pub policies: Answer<Vec<Ruling>>,
}

impl Answers {
    /// Nothing was looked at: for who only compares, and for tests of the planner itself.
    pub const NOT_ASKED: Self = Self {
        secrets: Answer::NotAsked,
        traffic: Answer::NotAsked,
        probes: Answer::NotAsked,
        event_types: Answer::NotAsked,
        policies: Answer::NotAsked,
    };
}

/// A plan that has learned what it had to: the only kind that can be approved, and so the only one that drives a
/// write. None can be made but by [`Draft::settle`].
#[derive(Clone, Debug, PartialEq)]
pub struct Settled(EnvironmentPlan);

impl Settled {
    /// Whether a draft that was made later comes to the same. What has moved meanwhile is no matter of this plan
    /// then.
    pub fn does_the_same_as(&self, later: &Draft) -> bool {
        self.0.does_the_same_as(&later.plan)
    }

    /// The plan as data.
    pub fn into_plan(self) -> EnvironmentPlan {
        self.0
    }
}

impl Deref for Settled {
    type Target = EnvironmentPlan;

    fn deref(&self) -> &EnvironmentPlan {
        &self.0
    }
}

/// Drafts the plan from the live to the desired state of one environment.
pub fn draft(inputs: &Inputs<'_>, live: &LiveState) -> Draft {
    let plan = drafted(inputs, live);
    let moves = plan
        .operations
        .iter()
        .filter(|operation| operation.has_new_url());
    let is_enabled = |key: &&WebhookKey| {
        let desired = inputs.desired.webhooks.get(*key);
        desired.is_some_and(|webhook| webhook.enabled)
    };
    let new_urls = moves.filter_map(|operation| operation.key.as_ref());
    Draft {
        new_urls: new_urls.filter(is_enabled).cloned().collect(),
        options: inputs.options.clone(),
        subscribed: subscribed::subscribed(inputs.profile, &plan),
        plan,
    }
}

impl Draft {
    /// What the plan must learn before it can be settled.
    pub fn questions(&self) -> Questions<'_> {
        let operations = self.plan.operations.iter();
        let ending = operations.filter(|operation| ends_deliveries(operation));
        let urls = ending.filter_map(|operation| Some(&operation.before()?.url));
        Questions {
            traffic: urls.filter(|_| !self.options.allow_live_traffic).collect(),
            healing: self.plan.unprobed().collect(),
            new_urls: &self.new_urls,
            event_types: self.subscribed.keys().collect(),
        }
    }

    /// The draft as data, to look at.
    pub fn plan(&self) -> &EnvironmentPlan {
        &self.plan
    }

    /// The draft as data: for who only looks at it.
    pub fn into_plan(self) -> EnvironmentPlan {
        self.plan
    }

    /// The operations, as far as they are known.
    pub fn operations(&self) -> &[Operation] {
        &self.plan.operations
    }

    /// What the guards refuse already: no answer takes any of that back.
    pub fn refusals(&self) -> &[Refusal] {
        &self.plan.refusals
    }

    /// The webhooks that are not as declared, or of which that is not known: none where a plan that was made
    /// after a run has nothing left to do.
    pub fn differing(&self) -> Vec<WebhookName> {
        let refused = self
            .plan
            .refusals
            .iter()
            .filter_map(|refusal| match refusal {
                Refusal::Unreadable { webhook, .. } => Some(&webhook.name),
                _ => None,
            });
        let operations = &self.plan.operations;
        let (moving, rotations) = operations.split_at(rotate::first(operations));
        let moving: Vec<&WebhookName> = moving.iter().map(Operation::name).collect();
        let rotations = rotations.iter().map(Operation::name);
        let known: BTreeSet<&WebhookName> = moving.iter().copied().collect();
        let rotations = rotations.filter(|name| !known.contains(name));
        let operations = moving.iter().copied().chain(rotations);
        operations.chain(refused).cloned().collect()
    }

    /// Whether a guard refuses it, also for what is known of its traffic and of the account's event types.
    pub fn is_refused(&self, traffic: Option<&Evidence>, event_types: &EventTypes) -> bool {
        let refuses = |evidence| !check_traffic(&self.plan, evidence, &self.options).is_empty();
        let misses = matches!(event_types, Answer::Known(Ok(missing)) if !missing.is_empty());
        !self.plan.refusals.is_empty() || misses || traffic.is_some_and(refuses)
    }

    /// The plan that follows from the answers.
    pub fn settle(self, answers: &Answers) -> Settled {
        let Answers {
            secrets,
            traffic,
            probes,
            event_types,
            policies,
        } = answers;
        let mut plan = self.plan;
        let mut refusals: Vec<Refusal> = secrets.known().cloned().unwrap_or_default();
        if let Some(evidence) = traffic.known() {
            refusals.extend(check_traffic(&plan, evidence, &self.options));
        }
        if let Some(shown) = probes.known() {
            let failed = self.new_urls.into_iter().filter_map(|key| {
                let why = shown.get(&key)?.as_ref().err()?.clone();
                Some(Refusal::ProbeFailed { key, why })
            });
            refusals.extend(failed);
        }
        match event_types.known() {
            Some(Ok(missing)) => refusals.extend(subscribed::check(&self.subscribed, missing)),
            Some(Err(why)) => plan.event_types_unread = Some(why.clone()),
            None => {}
        }
        if let Some(rulings) = policies.known() {
            refusals.extend(rulings.iter().filter_map(Refusal::of_ruling));
            plan.rulings.clone_from(rulings);
        }
        plan.refusals.extend(refusals);
        plan.refusals.sort();
        Settled(plan)
    }
}

impl EnvironmentPlan {
    /// The declared webhooks that it enables only after a probe, which nobody has sent.
    pub fn unprobed(&self) -> impl Iterator<Item = &WebhookKey> {
        self.warnings.iter().filter_map(|warning| match warning {
            Warning::EnabledAfterProbe { key } => Some(key),
            _ => None,
        })
    }
}
