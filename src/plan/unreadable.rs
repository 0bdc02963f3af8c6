//! Live webhooks that have a field which cannot be read.
//!
//! Nobody knows what such a webhook is. So it equals no declared one, counts for nothing, and is neither
//! changed nor deleted: not knowing is no permission. What would do so is refused.

use crate::model::{LiveField, LiveWebhook, WebhookKey};

use super::{Operation, Refusal, Stops, UnmanagedKind};

/// Why a live webhook that no desired one takes is left alone, where that is because it cannot be read.
pub(super) fn kind(webhook: &LiveWebhook, kind: UnmanagedKind) -> UnmanagedKind {
    let is_known_foreign =
        kind == UnmanagedKind::NotOurs && webhook.unreadable(LiveField::Name).is_none();
    if webhook.is_readable() || is_known_foreign {
        kind
    } else {
        UnmanagedKind::Unreadable
    }
}

/// Refuses to register a URL where a live webhook may be: one whose own URL cannot be read.
pub(super) fn check_urls(live: &[&LiveWebhook], operations: &[Operation]) -> Vec<Refusal> {
    let keys: Vec<WebhookKey> = operations
        .iter()
        .filter(|operation| operation.has_new_url())
        .filter_map(|operation| operation.key.clone())
        .collect();
    if keys.is_empty() {
        return Vec::new();
    }
    live.iter()
        .filter(|webhook| webhook.unreadable(LiveField::WebhookUrl).is_some())
        .map(|webhook| Refusal::Unreadable {
            webhook: (*webhook).clone(),
            stops: Stops::Urls(keys.clone()),
        })
        .collect()
}
