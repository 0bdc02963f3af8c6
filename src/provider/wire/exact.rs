//! JSON whose whole numbers keep their digits.
//!
//! A number that no 64 bits hold would become a floating-point number, which is another number: an id would
//! name another webhook.

use serde_json::Value;

use crate::json::{self, Unreadable};

/// Reads JSON. A whole number that no 64 bits hold becomes a text with all of its digits.
///
/// # Errors
///
/// What is no JSON, or has too many values.
pub(crate) fn read(body: &[u8]) -> Result<Value, Unreadable> {
    let value = json::read(body)?;
    if !has_float(&value) {
        return Ok(value);
    }
    drop(value);
    // It is JSON, so numbers can be told from texts.
    json::read(&with_large_numbers_quoted(body))
}

fn has_float(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_float),
        Value::Object(members) => members.values().any(has_float),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// The same JSON with quotes around each whole number that no 64 bits hold.
fn with_large_numbers_quoted(json: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(json.len() + 2);
    let mut rest = json;
    while let Some(first) = rest.first() {
        let token = match first {
            b'"' => string(rest),
            b'-' | b'0'..=b'9' => number(rest),
            _ => 1,
        };
        let (token, behind) = rest.split_at(token);
        if is_large(token) {
            quoted.push(b'"');
            quoted.extend_from_slice(token);
            quoted.push(b'"');
        } else {
            quoted.extend_from_slice(token);
        }
        rest = behind;
    }
    quoted
}

/// How long the string at the beginning is, with its quotes.
fn string(json: &[u8]) -> usize {
    let mut escaped = false;
    let end = json.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// How long the number at the beginning is.
fn number(json: &[u8]) -> usize {
    let of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    json.iter()
        .position(|byte| !of_number(byte))
        .unwrap_or(json.len())
}

/// Whether a token is a whole number that no 64 bits hold.
fn is_large(token: &[u8]) -> bool {
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    std::str::from_utf8(token)
        .is_ok_and(|text| text.parse::<u64>().is_err() && text.parse::<i64>().is_err())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_keep_their_digits_wherever_they_are() {
        for (sent, read_as) in [
            ("12345678901234567890123", json!("12345678901234567890123")),
            ("18446744073709551616", json!("18446744073709551616")),
            ("-9223372036854775809", json!("-9223372036854775809")),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("9007199254740993", json!(9_007_199_254_740_993_u64)),
            ("1.5", json!(1.5)),
            ("1e30", json!(1e30)),
            (
                r#"{"a\"1":[18446744073709551616,{"b":"\\"}],"c":"x \" 18446744073709551616"}"#,
                json!({"a\"1": ["18446744073709551616", {"b": "\\"}], "c": "x \" 18446744073709551616"}),
            ),
        ] {
            assert_eq!(read(sent.as_bytes()).unwrap(), read_as, "{sent}");
        }
        assert!(read(b"{18446744073709551616: 1}").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_digit_of_a_whole_number_is_lost(number in "-?[1-9][0-9]{0,60}", text in proptest::prelude::any::<String>()) {
            let text = json!(text).to_string();
            let sent = format!(r#"{{ {text}: [{number} , 0.5], "t": {text} }}"#);
            let value = read(sent.as_bytes()).unwrap();
            let (key, list) = value.as_object().unwrap().iter().next().unwrap();
            let kept = list[0].as_str().map_or_else(|| list[0].to_string(), str::to_owned);
            if key != "t" {
                proptest::prop_assert_eq!(kept, number);
                proptest::prop_assert_eq!(value["t"].to_string(), text);
            }
        }
    }
}
