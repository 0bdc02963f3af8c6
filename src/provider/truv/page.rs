//! A page of a list.

use serde_json::Value;

use crate::provider::dialect::Page;

/// Reads a page, or a bare list; `None` where it is neither.
pub(super) fn decode(value: Value) -> Option<Page> {
    match value {
        Value::Array(results) => Some(Page {
            results,
            ..Page::default()
        }),
        Value::Object(mut object) => {
            let Some(Value::Array(results)) = object.remove("results") else {
                return None;
            };
            let next = match object.remove("next") {
                None | Some(Value::Null) => None,
                Some(Value::String(next)) if next.is_empty() => None,
                Some(Value::String(next)) => Some(next),
                // A page that says in an unknown way that there is more must not pass for the last.
                Some(_) => return None,
            };
            let count = object.get("count").and_then(Value::as_u64);
            Some(Page {
                results,
                next,
                count,
                ..Page::default()
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_are_read_in_every_shape() {
        let page = |results: &[u8], next: Option<&str>| {
            Some(Page {
                results: results.iter().map(|item| json!(item)).collect(),
                next: next.map(str::to_owned),
                ..Page::default()
            })
        };
        for (sent, read) in [
            (json!([1, 2]), page(&[1, 2], None)),
            (
                json!({"next": null, "previous": null, "results": []}),
                page(&[], None),
            ),
            (
                json!({"count": null, "next": "u", "results": [1]}),
                page(&[1], Some("u")),
            ),
            (json!({"next": "", "results": [1]}), page(&[1], None)),
            (json!({"results": [1]}), page(&[1], None)),
            (json!({"next": 2, "results": [1]}), None),
            (json!({"results": {}}), None),
            (json!({"detail": "x"}), None),
            (json!("text"), None),
        ] {
            assert_eq!(decode(sent.clone()), read, "{sent}");
        }
        let counted = decode(json!({"count": 9, "next": "u", "results": [1]}));
        assert_eq!(counted.and_then(|page| page.count), Some(9));
    }
}
