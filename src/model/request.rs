//! What is asked of a provider: a new webhook, or changes to one.

use super::{CreateOnly, EndpointUrl, EnvType, EventSet, RotationWord, WebhookKey, WebhookName};

/// A webhook to be created.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewWebhook {
    /// Its name.
    pub name: WebhookName,
    /// Where events are to be sent.
    pub url: EndpointUrl,
    /// Which events are to be sent; always given, as what an absent list means is documented nowhere.
    pub events: EventSet,
    /// The environment it is for.
    pub env_type: EnvType,
    /// `None` leaves it to the provider, which enables new webhooks.
    pub enabled: Option<bool>,
    /// The key of the webhook that it is for, for the provider to keep where it can keep such a mark.
    pub mark: Option<WebhookKey>,
    /// The rotation of its secret that is to be noted there as done: a new secret is new.
    pub rotated: Option<RotationWord>,
    /// Whether its secret is to be brought somewhere: the create then notes that it is stored nowhere yet, and the note is taken
    /// out once it is. Whatever ends a run in between leaves the note.
    pub unstored: bool,
    /// The fields that only a create can set.
    pub create_only: CreateOnly,
}

impl NewWebhook {
    /// One with nothing but what every webhook has.
    pub fn new(name: WebhookName, url: EndpointUrl, events: EventSet, env_type: EnvType) -> Self {
        Self {
            name,
            url,
            events,
            env_type,
            enabled: None,
            mark: None,
            rotated: None,
            unstored: false,
            create_only: CreateOnly::new(),
        }
    }
}

/// The fields of a webhook that change; `None` leaves a field as it is and is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct WebhookPatch {
    /// The new name.
    pub name: Option<WebhookName>,
    /// The new URL.
    pub url: Option<EndpointUrl>,
    /// The new set of events, as a whole.
    pub events: Option<EventSet>,
    /// Whether events are to be sent.
    pub enabled: Option<bool>,
}

impl WebhookPatch {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
