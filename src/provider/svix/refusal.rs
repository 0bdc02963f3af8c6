//! What it says when it does not do what it was asked.

use serde_json::Value;

use crate::provider::{InvalidParam, Refusal};

/// Reads `{"code", "detail"}`, or a `detail` that lists what is wrong and where.
pub(super) fn decode(value: &Value) -> Option<Refusal> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let code = value.get("code").and_then(text);
    match value.get("detail")? {
        Value::String(detail) => Some(Refusal {
            code,
            message: Some(detail.clone()),
            params: Vec::new(),
        }),
        Value::Array(items) => Some(Refusal {
            code,
            message: None,
            params: items.iter().map(param).collect(),
        }),
        _ => None,
    }
}

fn param(item: &Value) -> InvalidParam {
    let parts = item.get("loc").and_then(Value::as_array);
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|part| {
            part.as_str()
                .map_or_else(|| part.to_string(), str::to_owned)
        })
        .collect();
    let field = match parts.split_first() {
        Some((part, rest)) if part == "body" && !rest.is_empty() => rest.join("."),
        _ => parts.join("."),
    };
    InvalidParam {
        field,
        message: item
            .get("msg")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refusals_are_read_in_both_forms() {
        for (sent, read) in [
            (
                json!({"code": "authentication_failed", "detail": "Invalid token"}),
                "authentication_failed; Invalid token",
            ),
            (
                json!({"detail": [{"loc": ["body", "eventTypes"], "msg": "The following event types don't exist: a",
                    "type": "value_error"}]}),
                "`eventTypes`: The following event types don't exist: a",
            ),
            (
                json!({"detail": [{"loc": ["query", "limit"], "msg": "too large", "type": "value_error"}]}),
                "`query.limit`: too large",
            ),
            (
                json!({"detail": [{"loc": ["body", "channels", 0], "msg": "odd"}, {}]}),
                "`channels.0`: odd; ``: ",
            ),
        ] {
            let refusal = decode(&sent).unwrap();
            assert_eq!(refusal.to_string(), read, "{sent}");
        }
        for sent in [json!({}), json!({"detail": 1}), json!("text")] {
            assert_eq!(decode(&sent), None, "{sent}");
        }
    }
}
