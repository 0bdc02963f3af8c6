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

/// The longest name of a field, and the most digits in it: what is longer, or has more, may be an id or a number.
const LONGEST_NAME: usize = 64;
const MOST_DIGITS: usize = 4;

/// A payload in which every value that may be personal is masked, and every name that is none of a field: a map may be from people's
/// addresses or numbers. Its shape stays: masked names of one object are numbered.
#[must_use]
pub fn without_personal(payload: &Value) -> Value {
    match payload {
        Value::Object(fields) => {
            let mut personal = 0;
            let kept = fields.iter().map(|(name, value)| {
                let value = match value {
                    Value::Object(_) | Value::Array(_) => without_personal(value),
                    value if IMPERSONAL.contains(&name.as_str()) => value.clone(),
                    value => masked(value),
                };
                if names_a_field(name) {
                    return (name.clone(), value);
                }
                personal += 1;
                let name = match personal {
                    1 => MASK.to_owned(),
                    number => format!("{MASK} {number}"),
                };
                (name, value)
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(without_personal).collect(),
        value => masked(value),
    }
}

/// Whether a name is one that programmers give: a letter, then letters, `_`, `-` and a few digits.
fn names_a_field(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(is_plain)
        && digits <= MOST_DIGITS
        && name.len() <= LONGEST_NAME
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
    use std::collections::BTreeSet;

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

    #[test]
    fn names_that_are_none_of_fields_are_masked_and_none_is_lost() {
        let payload = json!({
            "jane@example.com": {"status": "done", "form_1099": 1},
            "123-45-6789": "pending",
            "f3a1c2d4-5b6c-4d7e-8f90-a1b2c3d4e5f6": [{"Jane Doe": null}],
            "webhook-id": 1, "addressLine2": 2, "_meta": 3, "status": "done",
        });
        let masked = without_personal(&payload);
        // Which of them has which number depends on the order in which the fields of an object are kept.
        let fields = masked.as_object().unwrap();
        let names: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
        let numbered = ["•••", "••• 2", "••• 3"];
        let kept = ["_meta", "addressLine2", "status", "webhook-id"];
        assert_eq!(names, numbered.into_iter().chain(kept).collect());
        for value in [
            json!({"status": "done", "form_1099": "•••"}),
            json!("•••"),
            json!([{"•••": null}]),
        ] {
            assert!(
                numbered.iter().any(|name| fields[*name] == value),
                "{masked}"
            );
        }
        assert_eq!(
            (&fields["_meta"], &fields["status"]),
            (&json!("•••"), &json!("done"))
        );
        for (name, is_plain) in [
            ("a", true),
            ("w2", true),
            ("sha256", true),
            ("user_12345", false),
            ("jane.doe", false),
            ("+15550100", false),
            ("Müller", false),
            ("", false),
            ("2026-01-31", false),
        ] {
            assert_eq!(names_a_field(name), is_plain, "{name}");
        }
        assert!(!names_a_field(&"a".repeat(65)));
    }
}
