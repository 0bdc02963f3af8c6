//! What is live in an environment, and what the manifest says of it.

use std::collections::BTreeMap;

use super::{EnvironmentView, Outcome, PlannedEnvironment};
use crate::{
    model::{DesiredState, EndpointUrl, LiveWebhook, WebhookId, WebhookKey, WebhookName},
    plan::{EnvironmentPlan, OperationKind, PlanResult, Reason, Refusal, Shown, UnmanagedKind},
};

/// An environment, and its live webhooks.
#[derive(Debug)]
pub struct ListedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// What listing gave.
    pub result: ListResult,
}

/// What listing an environment gave.
#[derive(Debug)]
pub enum ListResult {
    /// The live webhooks, in the provider's order.
    Listed(Vec<ListedWebhook>),
    /// Guards that refuse before anything is read.
    Refused(Vec<Refusal<Shown>>),
    /// The live state could not be read.
    Failed {
        /// What was attempted and what came back.
        error: String,
        /// What to do next.
        way_out: Option<String>,
    },
}

/// A live webhook, and whose it is.
#[derive(Debug)]
pub struct ListedWebhook {
    /// The webhook, masked where what the manifest says of it is sensitive.
    pub webhook: LiveWebhook,
    /// What the manifest says of it.
    pub standing: Standing,
}

/// What the manifest says of a live webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is as declared.
    AsDeclared(WebhookKey),
    /// It is declared, and differs.
    Differs(WebhookKey),
    /// It is ours, and nobody declared it.
    NotDeclared,
    /// It is ours, at the URL of a declared webhook that another live one stands for.
    Duplicate(WebhookKey),
    /// Its name is not ours.
    NotOurs,
    /// It cannot be read.
    Unreadable,
}

impl Standing {
    /// Its name in documents.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::AsDeclared(_) => "as-declared",
            Self::Differs(_) => "differs",
            Self::NotDeclared => "not-declared",
            Self::Duplicate(_) => "duplicate",
            Self::NotOurs => "not-ours",
            Self::Unreadable => "unreadable",
        }
    }

    /// The declared webhook that it is, or is a duplicate of.
    pub fn key(&self) -> Option<&WebhookKey> {
        match self {
            Self::AsDeclared(key) | Self::Differs(key) | Self::Duplicate(key) => Some(key),
            Self::NotDeclared | Self::NotOurs | Self::Unreadable => None,
        }
    }
}

impl ListedEnvironment {
    /// What was planned of an environment, as a list of what is live there.
    pub fn new(planned: PlannedEnvironment, desired: &DesiredState) -> Self {
        let result = match (planned.result, planned.plan, planned.live) {
            (PlanResult::Failed { error, way_out }, ..) => ListResult::Failed { error, way_out },
            (PlanResult::Refused(refusals), ..) => ListResult::Refused(refusals),
            (PlanResult::Planned(_), plan, live) => {
                let standings = plan.as_deref().map(|plan| Standings::of(plan, desired));
                let standings = standings.unwrap_or_default();
                let webhooks = live.into_iter().flat_map(|live| live.webhooks);
                let listed = webhooks.map(|webhook| standings.listed(webhook, desired));
                ListResult::Listed(listed.collect())
            }
        };
        Self {
            environment: planned.environment,
            result,
        }
    }

    /// How listing it ended.
    pub fn outcome(&self) -> Outcome {
        match &self.result {
            ListResult::Listed(_) => Outcome::Nothing,
            ListResult::Refused(_) => Outcome::Refused,
            ListResult::Failed { .. } => Outcome::Failed,
        }
    }
}

/// What a plan and the manifest say of live webhooks.
#[derive(Default)]
struct Standings<'p> {
    /// Of those that the plan names.
    named: BTreeMap<&'p WebhookId, Standing>,
    /// The declared ones: what no operation changes is at its declared URL, with its declared name.
    declared: BTreeMap<(&'p EndpointUrl, &'p WebhookName), &'p WebhookKey>,
}

impl<'p> Standings<'p> {
    fn of(plan: &'p EnvironmentPlan, desired: &'p DesiredState) -> Self {
        let unmanaged = plan.unmanaged.iter().map(|found| {
            let standing = match &found.kind {
                UnmanagedKind::NotDeclared => Standing::NotDeclared,
                UnmanagedKind::Duplicate { of } => Standing::Duplicate(of.clone()),
                UnmanagedKind::NotOurs => Standing::NotOurs,
                UnmanagedKind::Unreadable => Standing::Unreadable,
            };
            (&found.webhook.id, standing)
        });
        let operations = plan.operations.iter().filter_map(|operation| {
            let standing = match (&operation.kind, &operation.key, &operation.reason) {
                (OperationKind::Create { .. } | OperationKind::Rotate { .. }, ..) => return None,
                (OperationKind::Update { .. }, Some(key), _) => Standing::Differs(key.clone()),
                (_, _, Reason::Duplicate { of }) => Standing::Duplicate(of.clone()),
                (_, _, Reason::Replaced { by }) => Standing::Differs(by.clone()),
                _ => Standing::NotDeclared,
            };
            operation.before().map(|before| (&before.id, standing))
        });
        let webhooks = desired.webhooks.iter();
        Self {
            named: unmanaged.chain(operations).collect(),
            declared: webhooks
                .map(|(key, webhook)| ((&webhook.url, &webhook.name), key))
                .collect(),
        }
    }

    fn listed(&self, webhook: LiveWebhook, desired: &DesiredState) -> ListedWebhook {
        let standing = match self.named.get(&webhook.id) {
            _ if !webhook.is_readable() => Standing::Unreadable,
            Some(standing) => standing.clone(),
            None => match self.declared.get(&(&webhook.url, &webhook.name)) {
                Some(key) => Standing::AsDeclared((*key).clone()),
                None => Standing::NotDeclared,
            },
        };
        let declared = match &standing {
            Standing::AsDeclared(key) | Standing::Differs(key) => desired.webhooks.get(key),
            _ => None,
        };
        let webhook = match declared {
            Some(declared) => declared.beside(&webhook),
            None => webhook,
        };
        ListedWebhook { webhook, standing }
    }
}
