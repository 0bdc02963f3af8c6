//! A page of a list.

use serde_json::Value;

/// One page: its items, and the next page's URL as the provider gave it.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    /// The items.
    pub(crate) results: Vec<Value>,
    /// Where the next page is; `None` on the last one.
    pub(crate) next: Option<String>,
    /// How many bytes the answer had.
    pub(crate) bytes: usize,
    /// How many items the whole list has, where the page says so.
    pub(crate) count: Option<u64>,
}

/// Reads a page, or a bare list; `None` where it is neither.
pub(crate) fn decode_page(value: Value) -> Option<Page> {
    match value {
        Value::Array(results) => Some(Page {
            results,
            next: None,
            bytes: 0,
            count: None,
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
                bytes: 0,
                count,
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
                bytes: 0,
                count: None,
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
            assert_eq!(decode_page(sent.clone()), read, "{sent}");
        }
        let counted = decode_page(json!({"count": 9, "next": "u", "results": [1]}));
        assert_eq!(counted.and_then(|page| page.count), Some(9));
    }
}
