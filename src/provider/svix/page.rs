//! A page of a list.

use serde_json::Value;

use crate::provider::dialect::Page;

/// Reads a page; `None` where it is none. Only `done` says that there is no more: the iterator is the last item's id on the
/// last page, too.
pub(super) fn decode(value: Value) -> Option<Page> {
    let Value::Object(mut object) = value else {
        return None;
    };
    let Some(Value::Array(results)) = object.remove("data") else {
        return None;
    };
    let done = object.get("done").and_then(Value::as_bool)?;
    let iterator = object.get("iterator").and_then(Value::as_str);
    let cursor = match (done, iterator) {
        (true, _) => None,
        (false, Some(iterator)) if !iterator.is_empty() => Some(("iterator", iterator.to_owned())),
        // A page that says that there is more, and not where, must not pass for the last.
        (false, _) => return None,
    };
    Some(Page {
        results,
        cursor,
        ..Page::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_done_ends_a_list() {
        let page = |cursor: Option<&str>| {
            Some(Page {
                results: vec![json!(1)],
                cursor: cursor.map(|cursor| ("iterator", cursor.to_owned())),
                ..Page::default()
            })
        };
        for (sent, read) in [
            (
                json!({"data": [1], "iterator": "ep_1", "prevIterator": null, "done": true}),
                page(None),
            ),
            (
                json!({"data": [1], "iterator": "ep_1", "done": false}),
                page(Some("ep_1")),
            ),
            (
                json!({"data": [1], "iterator": null, "done": true}),
                page(None),
            ),
            (json!({"data": [1], "iterator": null, "done": false}), None),
            (json!({"data": [1], "iterator": "", "done": false}), None),
            (json!({"data": [1], "iterator": "ep_1"}), None),
            (
                json!({"data": [1], "iterator": "ep_1", "done": "false"}),
                None,
            ),
            (json!({"data": {}, "iterator": "ep_1", "done": true}), None),
            (
                json!({"code": "not_found", "detail": "Entity not found"}),
                None,
            ),
            (json!([1]), None),
        ] {
            assert_eq!(decode(sent.clone()), read, "{sent}");
        }
    }
}
