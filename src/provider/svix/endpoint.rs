//! An endpoint as it comes.

use serde_json::Value;

use crate::{
    model::{EventSet, LiveField, LiveWebhook},
    provider::wire::{
        Fields, events,
        field::{self, only_text},
        mark,
    },
};

/// Reads an endpoint; `None` where it is no object or has no id, without which nothing can be done to it.
pub(super) fn decode(value: Value) -> Option<LiveWebhook> {
    let mut fields = Fields::of(value)?;
    let name = fields.reported(LiveField::Name, "description", only_text);
    let url = fields.needed(LiveField::WebhookUrl, "url");
    let events = read_events(&mut fields);
    let disabled = fields.reported(LiveField::Enabled, "disabled", Value::as_bool);
    let rest = fields.rest();
    rest.remove("rateLimit");
    let marks = mark::take(rest);
    let created_at = field::take(rest, "createdAt", field::timestamp);
    let updated_at = field::take(rest, "updatedAt", field::timestamp);
    Some(LiveWebhook {
        events,
        enabled: disabled.map(|disabled| !disabled),
        created_at,
        updated_at,
        ..fields.into_webhook(name.unwrap_or_default(), url, marks)
    })
}

/// The event types, under their new name or their old one: null means all of them. That none of both came says nothing.
fn read_events(fields: &mut Fields) -> Option<EventSet> {
    let (new, old) = ("eventTypes", "filterTypes");
    let called = match fields.rest().contains_key(new) {
        true => new,
        false => old,
    };
    let is_all = fields.rest().get(called).is_some_and(Value::is_null);
    let events = fields.reported(LiveField::Events, called, events);
    fields.rest().remove(old);
    is_all.then(EventSet::all).or(events)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{EventType, WebhookKey};

    fn decoded(value: Value) -> LiveWebhook {
        decode(value).expect("an endpoint with an id decodes")
    }

    #[test]
    fn an_endpoint_is_read() {
        let endpoint = decoded(json!({
            "id": "ep_1", "uid": "orders", "url": "https://h.example/in", "description": "acme-orders",
            "disabled": true, "eventTypes": ["b", "a"], "filterTypes": ["b", "a"], "channels": ["x"],
            "rateLimit": null, "throttleRate": null, "metadata": {"hookwright": "orders", "team": "a"},
            "createdAt": "2024-07-11T21:43:08.073930Z", "updatedAt": "2024-07-11T21:43:08Z",
        }));
        assert_eq!(endpoint.id.as_received(), "ep_1");
        assert_eq!(endpoint.name.to_string(), "acme-orders");
        assert_eq!(endpoint.url.to_string(), "https://h.example/in");
        assert_eq!(
            endpoint.events,
            Some([EventType::new("a"), EventType::new("b")].into())
        );
        assert_eq!(endpoint.enabled, Some(false));
        assert_eq!(endpoint.mark, Some(WebhookKey::new("orders")));
        assert!(
            endpoint.is_readable()
                && endpoint.created_at.is_some()
                && endpoint.updated_at.is_some()
        );
        let kept: Vec<&str> = endpoint.other.keys().map(String::as_str).collect();
        assert_eq!(kept, ["channels", "metadata", "throttleRate", "uid"]);
    }

    #[test]
    fn null_is_all_events_and_absence_says_nothing() {
        let set = |types: &[&str]| Some(types.iter().map(|text| EventType::new(*text)).collect());
        for (sent, read) in [
            (json!({"eventTypes": null}), Some(EventSet::all())),
            (json!({"filterTypes": null}), Some(EventSet::all())),
            (
                json!({"eventTypes": null, "filterTypes": null}),
                Some(EventSet::all()),
            ),
            (json!({"filterTypes": ["a"]}), set(&["a"])),
            (
                json!({"eventTypes": ["a"], "filterTypes": ["b"]}),
                set(&["a"]),
            ),
            (json!({"eventTypes": []}), set(&[])),
            (json!({}), None),
        ] {
            let mut value = json!({"id": "1", "url": "https://h/"});
            value
                .as_object_mut()
                .unwrap()
                .extend(sent.as_object().unwrap().clone());
            let endpoint = decoded(value);
            assert_eq!(endpoint.events, read, "{sent}");
            assert!(endpoint.is_readable(), "{sent}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_and_a_url_without_its_content() {
        for (sent, told) in [
            (json!({"url": ["canary"]}), "`webhook_url` came as a list"),
            (json!({"url": null}), "`webhook_url` did not come"),
            (
                json!({"url": "https://h/", "eventTypes": "none"}),
                r#"`events` came as "none""#,
            ),
            (
                json!({"url": "https://h/", "eventTypes": ["a", 1]}),
                r#"`events` came as ["a",1]"#,
            ),
            (
                json!({"url": "https://h/", "disabled": "yes"}),
                r#"`enabled` came as "yes""#,
            ),
            (
                json!({"url": "https://h/", "description": 1}),
                "`name` came as 1",
            ),
        ] {
            let mut value = sent.clone();
            value["id"] = json!("1");
            let endpoint = decoded(value);
            let unreadable: Vec<String> = endpoint
                .unreadable
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(unreadable, [told], "{sent}");
        }
        assert!(decode(json!({"url": "https://h/"})).is_none());
        assert!(decode(json!([])).is_none());
    }

    #[test]
    fn no_description_is_no_name() {
        for sent in [
            json!({"id": "1", "url": "https://h/", "description": null}),
            json!({"id": "1", "url": "https://h/", "description": ""}),
            json!({"id": "1", "url": "https://h/"}),
        ] {
            let endpoint = decoded(sent.clone());
            assert_eq!(endpoint.name.text().expose(), "", "{sent}");
            assert!(endpoint.is_readable(), "{sent}");
        }
    }
}
