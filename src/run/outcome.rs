//! What runs come to.

use std::collections::BTreeMap;

use super::{BlastRadius, EnvironmentView};
use crate::{
    apply::Report,
    delivery::FailureReason,
    model::{EndpointUrl, EnvironmentName, LiveState, Policy, WebhookKey, WebhookName},
    plan::{EnvironmentPlan, PlanResult, Settled, Shown, Warning, evidence::Evidence},
    saved::EnvironmentRecord,
};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is something to change.
    Changes,
    /// There is nothing to change, or nothing wrong.
    Nothing,
    /// Everything was applied.
    Applied,
    /// Some operations were applied and some were not.
    Partial,
    /// A guard refuses.
    Refused,
    /// It failed, and nothing was changed.
    Failed,
    /// The command line, the manifest or the plan file is not valid.
    Invalid,
}

impl Outcome {
    /// The word for it, the same in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Nothing => "nothing",
            Self::Applied => "applied",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }

    /// Whether something is wrong.
    pub fn is_bad(self) -> bool {
        match self {
            Self::Changes | Self::Nothing | Self::Applied => false,
            Self::Partial | Self::Refused | Self::Failed | Self::Invalid => true,
        }
    }

    /// What several together come to: what could not be looked at comes first, as silence must not look like
    /// peace; then what is refused, then what changes.
    #[must_use]
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        let rank = |outcome: &Self| match outcome {
            Self::Nothing => 0,
            Self::Applied => 1,
            Self::Changes => 2,
            Self::Refused => 3,
            Self::Failed => 4,
            Self::Partial => 5,
            Self::Invalid => 6,
        };
        all.into_iter().max_by_key(rank).unwrap_or(Self::Nothing)
    }
}

/// An environment, and what planning it gave.
#[derive(Debug)]
pub struct PlannedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// What planning it gave, as it may be shown and kept.
    pub result: PlanResult,
    /// What its webhooks carry, where that was looked at.
    pub evidence: Option<Evidence<Shown>>,
    /// What the plan would have done to the deliveries of a time, where they were counted.
    pub radius: Option<BlastRadius>,
    /// The plan itself, which can be approved; `None` where there is none, and where the result was read from a file.
    pub plan: Option<Settled>,
    /// The live state that it was made from, where it was read.
    pub live: Option<LiveState>,
}

impl PlannedEnvironment {
    /// What a file says of an environment; `chosen_by` are the flags by which a command line chooses it.
    pub fn saved(record: &EnvironmentRecord, chosen_by: String) -> Self {
        Self {
            environment: EnvironmentView {
                name: EnvironmentName::new(record.name.as_str()),
                profile: record.provider,
                env_type: record.env_type,
                target: record.target.shown.clone(),
                requests_per_minute: record.requests_per_minute,
                chosen_by,
                planned_by: None,
                account_limit: record.account_limit,
            },
            result: record.result.clone(),
            evidence: None,
            radius: None,
            plan: None,
            live: None,
        }
    }

    /// Tells of each webhook of the plan that is unmanaged, by its index, whether this policy says that it is expected.
    pub fn is_expected_by<'p>(&'p self, policy: &'p Policy) -> impl Fn(usize) -> bool + 'p {
        let plan = self.plan.as_ref();
        let unmanaged = plan.map_or(&[][..], |plan| &plan.unmanaged);
        |index| {
            let webhook = unmanaged.get(index).map(|unmanaged| &unmanaged.webhook);
            webhook.is_some_and(|webhook| policy.is_ignored(webhook.name.text().expose()))
        }
    }

    /// How planning it ended.
    pub fn outcome(&self) -> Outcome {
        match &self.result {
            PlanResult::Failed { .. } => Outcome::Failed,
            result if !result.refusals().is_empty() => Outcome::Refused,
            PlanResult::Planned(plan) if !plan.operations.is_empty() => Outcome::Changes,
            PlanResult::Planned(_) | PlanResult::Refused(_) => Outcome::Nothing,
        }
    }

    /// Whether a webhook is left as it is, as its probe failed.
    pub fn stays_disabled(&self) -> bool {
        let warnings = self
            .result
            .plan()
            .map_or(&[][..], |plan| plan.warnings.as_slice());
        let is_left = |warning: &Warning| matches!(warning, Warning::LeftDisabled { .. });
        warnings.iter().any(is_left)
    }
}

/// How planning all environments ended. Where nothing changes and a webhook stays disabled, it failed: what is live
/// is not what is declared.
pub fn outcome<'p>(planned: impl IntoIterator<Item = &'p PlannedEnvironment> + Clone) -> Outcome {
    let worst = Outcome::worst(planned.clone().into_iter().map(PlannedEnvironment::outcome));
    let mut planned = planned.into_iter();
    if worst == Outcome::Nothing && planned.any(PlannedEnvironment::stays_disabled) {
        return Outcome::Failed;
    }
    worst
}

/// An environment, and what applying its plan gave.
#[derive(Debug)]
pub struct AppliedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// The plan that was applied.
    pub plan: Settled,
    /// The same, as it may be shown.
    pub record: EnvironmentPlan<Shown>,
    /// What became of its operations.
    pub report: Report,
    /// What one more list showed afterwards.
    pub proof: Proof,
    /// The new and moved webhooks whose first delivery was waited for.
    pub watched: Vec<Watched>,
}

impl AppliedEnvironment {
    /// Whether every operation was applied, and one more list showed that nothing is left to do.
    pub fn is_proven(&self) -> bool {
        self.report.is_complete() && self.proof == Proof::Converged
    }
}

/// A new or moved webhook whose first delivery was waited for.
#[derive(Debug)]
pub struct Watched {
    /// Its key.
    pub key: Option<WebhookKey>,
    /// Where it is now.
    pub url: EndpointUrl,
    /// What was seen.
    pub outcome: WatchedOutcome,
    /// Deliveries that failed, by reason.
    pub failures: BTreeMap<FailureReason, u64>,
    /// Why the history could not be read the last time, where nothing was seen.
    pub unread: Option<String>,
}

/// What was seen of a new or moved webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchedOutcome {
    /// A delivery succeeded.
    Proven,
    /// There was none.
    Unproven,
    /// There were some, and all failed.
    Failing,
}

/// Whether the live state is as desired after an apply.
#[derive(Debug, PartialEq, Eq)]
pub enum Proof {
    /// It is.
    Converged,
    /// These webhooks are not as desired.
    Differs(Vec<WebhookName>),
    /// The list could not be read.
    NotRead(String),
}

impl Proof {
    /// That none of these webhooks differs; it fails where there are any.
    pub(super) fn that_none_is(differing: Vec<WebhookName>) -> Self {
        if differing.is_empty() {
            Self::Converged
        } else {
            Self::Differs(differing)
        }
    }
}
