//! What differs between a desired and a live webhook, by meaning.

use crate::model::{DesiredWebhook, Heal, LiveWebhook, ProviderProfile, WebhookKey};

use super::{Change, Warning};

/// The fields of the live webhook that are not as desired. A field that the provider does not have is no
/// difference. Nor is `enabled` where it was not reported; events that were not are, as nothing says that
/// they are those declared.
pub(super) fn changes(
    desired: &DesiredWebhook,
    live: &LiveWebhook,
    profile: &ProviderProfile,
) -> Vec<Change> {
    let DesiredWebhook {
        name,
        url,
        events,
        enabled,
        moved_from: _,  // Says which live webhook is meant, not how it should be.
        adopt: _,       // The same.
        create_only: _, // No change of a field: no update makes it.
        replace: _,
        secret_to: _,   // Where a key goes that only a create shows.
        secret_from: _, // What only creates and rotations send.
        rotate: _,      // An operation of its own.
    } = desired;
    let mut changes = Vec::new();
    if *name != live.name {
        changes.push(Change::Name {
            before: live.name.clone(),
            after: name.clone(),
        });
    }
    if *url != live.url {
        changes.push(Change::Url {
            before: live.url.clone(),
            after: url.clone(),
        });
    }
    if live.events.as_ref() != Some(events) {
        changes.push(Change::Events {
            before: live.events.clone(),
            after: events.clone(),
        });
    }
    if let Some(before) = live
        .enabled
        .filter(|before| profile.has_enabled && before != enabled)
    {
        changes.push(Change::Enabled {
            before,
            after: *enabled,
        });
    }
    changes
}

/// That a webhook's signing secret reached nobody, or perhaps did not: whatever else becomes of it.
pub(super) fn secret_lost(key: &WebhookKey, live: &LiveWebhook) -> Option<Warning> {
    live.is_secret_lost.then(|| Warning::SecretLost {
        key: key.clone(),
        id: live.id.shown().to_owned(),
    })
}

/// What matters and is not in the comparison.
pub(super) fn unreported(
    key: &WebhookKey,
    desired: &DesiredWebhook,
    live: &LiveWebhook,
    profile: &ProviderProfile,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if live.events.is_none() {
        warnings.push(Warning::EventsNotReported { key: key.clone() });
    }
    if !desired.enabled && live.enabled.is_none() && profile.has_enabled {
        warnings.push(Warning::EnabledNotReported { key: key.clone() });
    }
    warnings
}

/// What is to be said of a webhook that the provider disabled, where a probe decides.
pub(super) fn healing(
    key: &WebhookKey,
    desired: &DesiredWebhook,
    live: &LiveWebhook,
    heal: &Heal,
) -> Option<Warning> {
    if live.enabled != Some(false) || !desired.enabled {
        return None;
    }
    let key = key.clone();
    match heal.failure(&key) {
        Some(why) => Some(Warning::LeftDisabled {
            why: why.to_owned(),
            key,
        }),
        None if heal.wants_probe(&key) => Some(Warning::EnabledAfterProbe { key }),
        None => None,
    }
}
