//! What is sent: exactly the documented fields, in the provider's own spelling.

use serde::Serialize;

use crate::model::{EventSet, NewWebhook, ProviderProfile, WebhookPatch};

/// The body that creates a webhook.
#[derive(Serialize)]
pub(super) struct CreateBody<'a> {
    name: &'a str,
    webhook_url: &'a str,
    /// Always sent: what an absent list means is documented nowhere.
    events: &'a EventSet,
    env_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

impl<'a> CreateBody<'a> {
    /// The body for `new`; `None` where the provider has no such environment.
    pub(super) fn new(new: &'a NewWebhook, profile: &ProviderProfile) -> Option<Self> {
        let NewWebhook {
            name,
            url,
            events,
            env_type,
            enabled,
            mark: _,        // There is no field that could keep it.
            rotated: _,     // It rotates none.
            unstored: _,    // It makes no secret for a webhook.
            create_only: _, // It has no such field.
        } = new;
        Some(Self {
            name: name.text().expose(),
            webhook_url: url.text().expose(),
            events,
            env_type: profile.spelling(*env_type)?,
            enabled: *enabled,
        })
    }
}

/// The body that changes a webhook: the changed fields alone.
#[derive(Serialize)]
pub(super) struct UpdateBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a EventSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

impl<'a> UpdateBody<'a> {
    /// The body for `patch`.
    pub(super) fn new(patch: &'a WebhookPatch) -> Self {
        let WebhookPatch {
            name,
            url,
            events,
            enabled,
        } = patch;
        Self {
            name: name.as_ref().map(|name| name.text().expose()),
            webhook_url: url.as_ref().map(|url| url.text().expose()),
            events: events.as_ref(),
            enabled: *enabled,
        }
    }
}
