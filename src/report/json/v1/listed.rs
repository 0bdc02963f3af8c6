//! The document of `list`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Document, Environment, environment,
    planned::{RefusalBody, refusals},
};
use crate::run::{ListResult, ListedEnvironment, ListedWebhook, Outcome};

/// What is live.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listed {
    /// The environments, in the manifest's order.
    environments: Vec<ListedBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ListedBody {
    environment: Environment,
    /// `nothing`, `refused` or `failed`.
    outcome: super::Outcome,
    /// The live webhooks, in the provider's order.
    webhooks: Vec<WebhookBody>,
    /// What the guards refuse, so that nothing was read.
    refusals: Vec<RefusalBody>,
    /// Why the live state could not be read, if it could not.
    error: Option<String>,
    /// What to do about that.
    way_out: Option<String>,
}

/// A live webhook.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookBody {
    id: String,
    name: String,
    url: String,
    /// Null where the provider did not report them.
    events: Option<Vec<String>>,
    /// Null where the provider did not report it.
    enabled: Option<bool>,
    /// Whether it is noted at the webhook that its signing secret reached nobody, or that it is not known whether it did.
    secret_lost: bool,
    /// `as-declared`, `differs`, `not-declared`, `duplicate`, `not-ours` or `unreadable`.
    standing: &'static str,
    /// The declared webhook that it is, or is a duplicate of; null where there is none.
    key: Option<String>,
    /// The fields that cannot be read, each with what came.
    unreadable: Vec<String>,
    /// When it was created; null where the provider did not report it.
    created_at: Option<String>,
    /// When it was last changed; null where the provider did not report it.
    updated_at: Option<String>,
}

/// The document of `list`.
pub fn listed(all: &[ListedEnvironment]) -> Document<Listed> {
    let outcome = Outcome::worst(all.iter().map(ListedEnvironment::outcome));
    let environments = all.iter().map(body).collect();
    Document::new(outcome, Listed { environments })
}

fn body(listed: &ListedEnvironment) -> ListedBody {
    let view = &listed.environment;
    let mut body = ListedBody {
        environment: environment(view),
        outcome: listed.outcome().into(),
        webhooks: Vec::new(),
        refusals: Vec::new(),
        error: None,
        way_out: None,
    };
    match &listed.result {
        ListResult::Listed(webhooks) => body.webhooks = webhooks.iter().map(webhook).collect(),
        ListResult::Refused(all) => body.refusals = refusals(all, view),
        ListResult::Failed { error, way_out } => {
            body.error = Some(error.clone());
            body.way_out.clone_from(way_out);
        }
    }
    body
}

fn webhook(listed: &ListedWebhook) -> WebhookBody {
    let webhook = &listed.webhook;
    let events = webhook.events.as_ref();
    WebhookBody {
        id: webhook.id.shown().to_owned(),
        name: webhook.name.text().shown().to_owned(),
        url: webhook.url.text().shown().to_owned(),
        events: events.map(|events| events.iter().map(ToString::to_string).collect()),
        enabled: webhook.enabled,
        secret_lost: webhook.is_secret_lost,
        standing: listed.standing.as_str(),
        key: listed.standing.key().map(ToString::to_string),
        unreadable: webhook.unreadable.iter().map(ToString::to_string).collect(),
        created_at: webhook.created_at.map(|at| at.to_string()),
        updated_at: webhook.updated_at.map(|at| at.to_string()),
    }
}
