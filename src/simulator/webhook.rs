//! Webhooks as the simulated provider keeps them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::quirks::UrlComparison;
use crate::model::EnvType;

/// A webhook as the simulated provider keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredWebhook {
    /// Counts the records of a simulator, in the order of their creation.
    pub(super) serial: u64,
    /// Its id, in the shape it was given out.
    pub id: String,
    /// The client id of the account it belongs to.
    pub client_id: String,
    /// The environment it belongs to.
    pub env_type: EnvType,
    /// Its name.
    pub name: String,
    /// Where events are sent, as it was written.
    pub webhook_url: String,
    /// Which events are sent, in the order they were given.
    pub events: Vec<String>,
    /// Whether events are sent; always `true` where the provider cannot disable webhooks.
    pub enabled: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// What only this provider's webhooks have: nothing but its folder reads it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub own: Map<String, Value>,
}

/// A webhook to be put into a simulator without a request. Nothing of it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSeed {
    /// Its name.
    pub name: String,
    /// Where events are sent.
    pub webhook_url: String,
    /// Which events are sent.
    pub events: Vec<String>,
    /// Whether events are sent.
    pub enabled: bool,
}

impl WebhookSeed {
    /// An enabled webhook.
    pub fn new(
        name: impl Into<String>,
        webhook_url: impl Into<String>,
        events: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            name: name.into(),
            webhook_url: webhook_url.into(),
            events: events.into_iter().map(Into::into).collect(),
            enabled: true,
        }
    }
}

/// Whether two URLs are one, as this provider sees it.
pub(super) fn same_url(a: &str, b: &str, comparison: UrlComparison) -> bool {
    match comparison {
        UrlComparison::Exact => a == b,
        UrlComparison::Normal => {
            a == b || matches!((url::Url::parse(a), url::Url::parse(b)), (Ok(a), Ok(b)) if a == b)
        }
    }
}
