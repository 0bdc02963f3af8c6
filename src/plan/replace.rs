//! Webhooks that differ in a field which only a create can set: they are replaced, where the manifest says so.
//!
//! Which live webhook is what another replaces must be told from the live state alone, also when a run stops between
//! the create and the delete: it is at the same URL, and has the mark or the name of what replaces it.

use crate::model::{DesiredWebhook, LiveWebhook, MaskedText, WebhookKey};

use super::{Inputs, Operation, OperationKind, Reason, Refusal, refusal::Unchangeable};

/// The fields that only a create can set and in which a live webhook is not as declared.
pub(super) fn differing(desired: &DesiredWebhook, live: &LiveWebhook) -> Vec<&'static str> {
    let fields = desired.create_only.iter();
    fields
        .filter(|(field, value)| live.create_only.get(*field) != Some(*value))
        .map(|(field, _)| *field)
        .collect()
}

/// Whether a live webhook is one that the declared one replaces, or has replaced.
pub(super) fn is_replaced(key: &WebhookKey, desired: &DesiredWebhook, live: &LiveWebhook) -> bool {
    let is_it = live.mark.as_ref() == Some(key) || live.name == desired.name;
    desired.replace && live.url == desired.url && is_it && !differing(desired, live).is_empty()
}

/// Why a live webhook that differs in such a field is not replaced; `None` where it is.
pub(super) fn objection(
    inputs: &Inputs<'_>,
    key: &WebhookKey,
    desired: &DesiredWebhook,
    live: &LiveWebhook,
) -> Option<Refusal> {
    let because = if !desired.replace {
        Unchangeable::NotAsked
    } else if !inputs.policy.is_ours(live.name.text().expose()) {
        Unchangeable::NotOurs
    } else if live.url != desired.url {
        Unchangeable::Moves
    } else if !is_replaced(key, desired, live) {
        Unchangeable::Renamed
    } else {
        return None;
    };
    let field = *differing(desired, live).first()?;
    let after = desired.create_only.get(field)?;
    Some(refusal(key, live, field, after, because))
}

/// That what is replaced has to be deleted first, and another live webhook would be taken for it then.
pub(super) fn alike(create: &Operation, delete: &Operation) -> Option<Refusal> {
    let (OperationKind::Create { webhook }, Reason::Replaces { fields }) =
        (&create.kind, &create.reason)
    else {
        return None;
    };
    let (field, after) = webhook
        .create_only
        .get_key_value(fields.first()?.as_str())?;
    let (key, live) = (create.key.as_ref()?, delete.before()?);
    Some(refusal(key, live, field, after, Unchangeable::Alike))
}

fn refusal(
    key: &WebhookKey,
    live: &LiveWebhook,
    field: &str,
    after: &MaskedText,
    because: Unchangeable,
) -> Refusal {
    Refusal::Unchangeable {
        key: key.clone(),
        webhook: live.clone(),
        field: field.to_owned(),
        before: live.create_only.get(field).cloned(),
        after: after.clone(),
        because,
    }
}
