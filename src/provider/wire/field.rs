//! Reading one field of an object, whatever was sent in it.
//!
//! Each function takes the field out of the object where it can read it. What it cannot read stays
//! there, and so ends up among the fields that are kept for readers.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// Takes a field that `read` understands. `null` is taken and is nothing.
pub(crate) fn take<R>(
    object: &mut Map<String, Value>,
    field: &str,
    read: impl FnOnce(&Value) -> Option<R>,
) -> Option<R> {
    let value = object.get(field)?;
    let read_as = read(value);
    if read_as.is_some() || value.is_null() {
        object.remove(field);
    }
    read_as
}

/// Text, or a whole number's digits. Other numbers have more than one spelling, and none is known to be
/// the provider's.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        Value::Number(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// A text, and nothing else.
pub(crate) fn only_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A moment in ISO 8601, with or without a fraction, with `Z` or an offset.
pub(crate) fn timestamp(value: &Value) -> Option<Timestamp> {
    value.as_str()?.trim().parse().ok()
}

/// A status code, as a number or as text.
pub(crate) fn status_code(value: &Value) -> Option<u16> {
    match value {
        Value::Number(number) => number.as_u64()?.try_into().ok(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
