//! What an event is about.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::{EventType, Masker, interned};

/// The fields of payloads that name an object, in the providers' documentation.
const KINDS: &[&str] = &[
    "object_id",
    "order_id",
    "task_id",
    "employment_id",
    "link_id",
    "verification_id",
];

/// The object that an event is about: which field of the payload names it, and its id there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    kind: Cow<'static, str>,
    id: String,
}

impl ObjectId {
    /// The object that this field names by this id.
    pub fn new(kind: impl AsRef<str> + Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: interned(kind),
            id: id.into(),
        }
    }

    /// The object that a payload of this event type names.
    pub fn of(event_type: &EventType, payload: &Value) -> Option<Self> {
        let family = event_type.as_str().split('-').next().unwrap_or_default();
        let kinds: &[&str] = match family {
            "task" => &["task_id"],
            "order" | "certification" => &["order_id"],
            "link" => &["link_id"],
            "employment" | "profile" => &["object_id"],
            "statements" | "shifts" | "bank" => &["employment_id", "task_id"],
            // Transcrypts' instant verifications have a shape of their own.
            "instant" => &["verification_id"],
            _ => KINDS,
        };
        let places = [Some(payload), payload.get("data")];
        kinds.iter().find_map(|kind| {
            let mut places = places.iter().flatten();
            let id = places.find_map(|place| match place.get(kind)? {
                Value::String(id) if !id.is_empty() => Some(id.clone()),
                Value::Number(id) if !id.is_f64() => Some(id.to_string()),
                _ => None,
            })?;
            Some(Self::new(*kind, id))
        })
    }

    /// The same object, with what is sensitive masked in its id.
    pub(super) fn masked(self, masker: &Masker) -> Self {
        Self {
            kind: self.kind,
            id: masker.mask_foreign(&self.id).into_owned(),
        }
    }

    /// The payload's field that names it, such as `order_id`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its id there.
    pub fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(event_type: &str, payload: &Value) -> Option<String> {
        let object = ObjectId::of(&EventType::new(event_type), payload)?;
        Some(format!("{} {}", object.kind(), object.id()))
    }

    #[test]
    fn each_family_of_events_names_its_object() {
        let payload = json!({"task_id": "t", "link_id": "l", "order_id": "o", "object_id": "b",
            "employment_id": "e", "user_id": "u"});
        for (event_type, object) in [
            ("task-status-updated", "task_id t"),
            ("order-finalized", "order_id o"),
            ("certification-completed", "order_id o"),
            ("link-deleted", "link_id l"),
            ("profile-updated", "object_id b"),
            ("bank-accounts-created", "employment_id e"),
            ("something-new", "object_id b"),
        ] {
            assert_eq!(of(event_type, &payload).as_deref(), Some(object));
        }
        let verification = json!({"data": {"verification_id": "v"}});
        let event = "instant-verification-completed";
        assert_eq!(
            of(event, &verification).as_deref(),
            Some("verification_id v")
        );
        assert_eq!(of("order-created", &json!({"order_id": null})), None);
        assert_eq!(of("order-created", &json!("text")), None);
    }
}
