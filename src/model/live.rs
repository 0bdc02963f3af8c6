//! What the provider has.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{EndpointUrl, EnvType, EventSet, Masker, WebhookId, WebhookName};

/// A webhook as the provider reported it. `None` means that the provider did not report the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveWebhook {
    /// The provider's id.
    pub id: WebhookId,
    /// Its name; empty where none was reported.
    pub name: WebhookName,
    /// Where events are sent.
    pub url: EndpointUrl,
    /// Which events are sent.
    pub events: Option<EventSet>,
    /// The provider's environment it belongs to.
    pub env_type: Option<EnvType>,
    /// Whether events are sent. Truv disables a production endpoint that keeps failing.
    pub enabled: Option<bool>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Fields this version does not know, kept for readers; never sent back.
    pub other: BTreeMap<String, serde_json::Value>,
}

impl LiveWebhook {
    /// The same webhook, with known sensitive values masked in its texts.
    pub fn masked(mut self, masker: &Masker) -> Self {
        self.name = WebhookName::from_live(masker.text(self.name.text().expose()));
        self.url = EndpointUrl::from_live(masker.text(self.url.text().expose()));
        self
    }
}

/// The live state of one environment: every webhook there, ours or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveState {
    /// The webhooks, in whatever order the provider listed them.
    pub webhooks: Vec<LiveWebhook>,
}
