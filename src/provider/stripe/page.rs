//! A page of a list.

use serde_json::Value;

use crate::provider::{dialect::Page, wire::field};

/// The largest page that can be asked for.
pub(super) const LARGEST: &str = "100";

/// Reads a page, or a bare list; `None` where it is neither. The next page begins after the last endpoint of this one.
pub(super) fn decode(value: Value) -> Option<Page> {
    let mut object = match value {
        Value::Array(results) => {
            return Some(Page {
                results,
                ..Page::default()
            });
        }
        Value::Object(object) => object,
        _ => return None,
    };
    let Some(Value::Array(results)) = object.remove("data") else {
        return None;
    };
    let next = match object.get("has_more") {
        None | Some(Value::Null | Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(after(results.last()?)?),
        // A page that says in an unknown way that there is more must not pass for the last.
        Some(_) => return None,
    };
    Some(Page {
        results,
        next,
        cursor: None,
        count: object.get("total_count").and_then(Value::as_u64),
    })
}

/// Where the page is that begins after this item.
fn after(item: &Value) -> Option<String> {
    let id = field::text(item.get("id")?).filter(|id| !id.is_empty())?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", LARGEST);
    query.append_pair("starting_after", &id);
    Some(format!("?{}", query.finish()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_are_read_in_every_shape() {
        let next = |sent: Value| decode(sent).map(|page| page.next);
        let items = json!([{"id": "we_2"}, {"id": "we_1"}]);
        for (sent, read) in [
            (
                json!({"object": "list", "has_more": true, "data": items}),
                Some(Some("?limit=100&starting_after=we_1".to_owned())),
            ),
            (json!({"has_more": false, "data": items}), Some(None)),
            (json!({"has_more": null, "data": items}), Some(None)),
            (json!({"data": []}), Some(None)),
            (json!([{"id": "we_1"}]), Some(None)),
            (
                json!({"has_more": true, "data": [{"id": "we 1&limit=1"}]}),
                Some(Some(
                    "?limit=100&starting_after=we+1%26limit%3D1".to_owned(),
                )),
            ),
            // There is more, and nobody says where.
            (json!({"has_more": true, "data": []}), None),
            (json!({"has_more": true, "data": [{}]}), None),
            (json!({"has_more": "yes", "data": items}), None),
            (json!({"has_more": false, "data": {}}), None),
            (json!({"error": {}}), None),
            (json!("text"), None),
        ] {
            assert_eq!(next(sent.clone()), read, "{sent}");
        }
    }
}
