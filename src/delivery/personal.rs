//! Payloads without what is personal.

use serde_json::{Map, Value};

use crate::model::MASK;

/// The fields of payloads that say nothing about a person, in both providers' documentation. What is
/// not named here is masked: payloads grow fields.
const IMPERSONAL: &[&str] = &[
    "data_source",
    "event",
    "event_created_at",
    "event_type",
    "objects_count",
    "product",
    "status",
    "template_id",
    "timestamp",
    "updated_at",
    "webhook_id",
];

/// A payload in which every value that may be personal is masked; its shape stays.
#[must_use]
pub fn without_personal(payload: &Value) -> Value {
    match payload {
        Value::Object(fields) => {
            let kept = fields.iter().map(|(name, value)| {
                let value = match value {
                    Value::Object(_) | Value::Array(_) => without_personal(value),
                    value if IMPERSONAL.contains(&name.as_str()) => value.clone(),
                    value => masked(value),
                };
                (name.clone(), value)
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(without_personal).collect(),
        value => masked(value),
    }
}

/// That there is nothing says nothing.
fn masked(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ => MASK.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_but_what_is_known_to_be_impersonal_is_masked() {
        let payload = json!({
            "event_type": "order-created", "status": "pending", "user_id": "u", "order_number": 7,
            "employer_id": null, "new_field": "x", "tags": ["a"],
            "data": {"verification_id": "v", "status": "done", "people": [{"name": "n"}]},
        });
        assert_eq!(
            without_personal(&payload),
            json!({
                "event_type": "order-created", "status": "pending", "user_id": "•••",
                "order_number": "•••", "employer_id": null, "new_field": "•••", "tags": ["•••"],
                "data": {"verification_id": "•••", "status": "done", "people": [{"name": "•••"}]},
            })
        );
        assert_eq!(without_personal(&json!("text")), json!("•••"));
    }
}
