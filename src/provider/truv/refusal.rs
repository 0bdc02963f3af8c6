//! What it says when it does not do what it was asked.

use serde_json::Value;

use crate::provider::{InvalidParam, Refusal};

/// Reads `{"error": {…}}`, or a text under `error` or `detail`.
pub(super) fn decode(value: &Value) -> Option<Refusal> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match value.get("error").or_else(|| value.get("detail"))? {
        Value::Object(error) => Some(Refusal {
            code: error.get("code").and_then(text),
            message: error
                .get("message")
                .or_else(|| error.get("detail"))
                .and_then(text),
            params: value
                .pointer("/error/extra/invalid-params")
                .and_then(Value::as_array)
                .map(|params| params.iter().map(param).collect())
                .unwrap_or_default(),
        }),
        Value::String(message) => Some(Refusal {
            code: value.get("code").and_then(text),
            message: Some(message.clone()),
            params: Vec::new(),
        }),
        _ => None,
    }
}

fn param(param: &Value) -> InvalidParam {
    let member = |name: &str| match param.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    InvalidParam {
        field: member("field"),
        message: member("message"),
    }
}
