//! What it says when it does not do what it was asked.

use serde_json::Value;

use crate::provider::{InvalidParam, Refusal};

/// Reads `{"error": {"type", "code", "message", "param"}}`, of which only the type is always there, or a text under `error`.
pub(super) fn decode(value: &Value) -> Option<Refusal> {
    let error = match value.get("error")? {
        Value::String(message) => {
            return Some(Refusal {
                message: Some(message.clone()),
                ..Refusal::default()
            });
        }
        error => error.as_object()?,
    };
    let text = |name: &str| Some(error.get(name)?.as_str()?.to_owned());
    let message = text("message");
    let code = text("code").or_else(|| text("type"));
    Some(match (text("param"), message) {
        (Some(field), Some(message)) => Refusal {
            code,
            message: None,
            params: vec![InvalidParam { field, message }],
        },
        (_, message) => Refusal {
            code,
            message,
            params: Vec::new(),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refusals_are_read_in_every_shape() {
        for (sent, read) in [
            (
                json!({"error": {"type": "invalid_request_error", "code": "url_invalid",
                    "message": "Not a valid URL", "param": "url", "doc_url": "https://x.example"}}),
                "url_invalid; `url`: Not a valid URL",
            ),
            (
                json!({"error": {"type": "invalid_request_error",
                    "message": "You have reached the maximum of 16 test webhook endpoints."}}),
                "invalid_request_error; You have reached the maximum of 16 test webhook endpoints.",
            ),
            (json!({"error": {"type": "api_error"}}), "api_error"),
            (json!({"error": "plain"}), "plain"),
            (json!({"error": {}}), "no reason given"),
        ] {
            let refusal = decode(&sent).expect("it is in the API's own form");
            assert_eq!(refusal.to_string(), read, "{sent}");
        }
        for other in [json!({"detail": "x"}), json!([]), json!({"error": 1})] {
            assert_eq!(decode(&other), None, "{other}");
        }
    }
}
