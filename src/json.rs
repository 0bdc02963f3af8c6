//! JSON of others → values, if they fit into memory.
//!
//! A value takes far more memory than its text: ten megabytes of `[0,0,…` would take most of a gigabyte. So a text
//! is weighed before it is read.

use serde_json::Value;

/// The most that one text may weigh: some 300 MB of memory. A page of the largest size, 16 MiB, with webhooks of the
/// usual length weighs half of it.
const MOST: usize = 3_000_000;
/// What an object weighs beside its members: its table of keys.
const OBJECT: usize = 7;

/// Why a text is not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// It is no JSON.
    #[error(transparent)]
    NotJson(#[from] serde_json::Error),
    /// It has too many values.
    #[error(
        "it has more values than are read of one answer: {MOST}, where an object counts as {OBJECT}"
    )]
    TooMany,
}

/// Reads a text.
///
/// # Errors
///
/// What is no JSON, or would take too much memory.
pub(crate) fn read(text: &[u8]) -> Result<Value, Unreadable> {
    if weight(text) > MOST {
        return Err(Unreadable::TooMany);
    }
    Ok(serde_json::from_slice(text)?)
}

/// How many values a text has at most, an object as several. What is no JSON has some weight, too.
pub(crate) fn weight(text: &[u8]) -> usize {
    let (mut weight, mut rest) = (1, text.iter());
    while let Some(byte) = rest.next() {
        match byte {
            b',' | b'[' => weight += 1,
            b'{' => weight += OBJECT,
            b'"' => skip_string(&mut rest),
            _ => {}
        }
    }
    weight
}

/// Goes behind the end of a string.
fn skip_string(rest: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                rest.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What the values of a tree come to.
    fn counted(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(counted).sum::<usize>(),
            Value::Object(members) => 1 + members.values().map(counted).sum::<usize>(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
        }
    }

    #[test]
    fn a_text_of_a_few_bytes_for_each_value_is_refused() {
        for item in ["0", "[]", "{}", "\"\"", r#"{"a":1}"#] {
            let text = format!("[{}]", vec![item; 3_000_000].join(","));
            let refused = read(text.as_bytes());
            assert!(matches!(refused, Err(Unreadable::TooMany)), "{item}");
        }
        assert!(matches!(read(b"{"), Err(Unreadable::NotJson(_))));
        assert_eq!(read(br#"{"a":[1]}"#).unwrap(), json!({"a": [1]}));
    }

    #[test]
    fn a_full_page_of_webhooks_is_read() {
        let webhook = json!({
            "id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "name": "acme-loan-decisions", "env_type": "sandbox",
            "webhook_url": "https://hooks.example.com/truv/orders", "enabled": true, "custom_headers": {"a": "b"},
            "events": ["order-created", "order-status-updated", "task-status-updated"],
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        })
        .to_string();
        let many = 16 * 1024 * 1024 / webhook.len();
        let text = format!("[{}]", vec![webhook; many].join(","));
        assert_eq!(
            read(text.as_bytes()).unwrap().as_array().unwrap().len(),
            many
        );
    }

    proptest::proptest! {
        #[test]
        fn no_value_is_without_weight(texts in proptest::collection::vec(".*", 0..8), depth in 0_usize..4) {
            let mut value = json!(texts);
            for text in texts.iter().cycle().take(depth * texts.len().min(1)) {
                value = json!({ text.as_str(): value, "b": [text, {}] });
            }
            proptest::prop_assert!(weight(value.to_string().as_bytes()) >= counted(&value));
        }
    }
}
