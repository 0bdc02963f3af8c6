//! An endpoint as it comes.

use serde_json::{Map, Value};

use crate::{
    model::{
        CreateOnly, EndpointUrl, EventSet, EventType, LiveField, LiveWebhook, MaskedText,
        Unreadable, WebhookId, WebhookName,
    },
    provider::wire::{field, mark},
};

/// Reads an endpoint; `None` where it is no object or has no id, without which nothing can be done to it.
pub(super) fn decode(value: Value) -> Option<LiveWebhook> {
    let Value::Object(mut object) = value else {
        return None;
    };
    let id = field::take(&mut object, "id", field::text).filter(|id| !id.trim().is_empty())?;
    let mut fields = Fields {
        object,
        unreadable: Vec::new(),
    };
    let name = fields.reported(LiveField::Name, "description", text);
    let url = fields.url();
    let events = fields.events();
    let disabled = fields.reported(LiveField::Enabled, "disabled", Value::as_bool);
    let Fields {
        mut object,
        unreadable,
    } = fields;
    object.remove("rateLimit");
    let marks = mark::take(&mut object);
    Some(LiveWebhook {
        id: WebhookId::new(id),
        name: WebhookName::from_live(MaskedText::plain(name.unwrap_or_default())),
        url: EndpointUrl::from_live(MaskedText::plain(url)),
        events,
        mark: marks.key,
        is_secret_lost: marks.is_secret_lost,
        rotated: marks.rotated,
        create_only: CreateOnly::new(),
        env_type: None,
        enabled: disabled.map(|disabled| !disabled),
        created_at: field::take(&mut object, "createdAt", field::timestamp),
        updated_at: field::take(&mut object, "updatedAt", field::timestamp),
        unreadable,
        other: object.into_iter().collect(),
    })
}

/// The fields of an endpoint, and those among them that could not be read.
struct Fields {
    object: Map<String, Value>,
    unreadable: Vec<Unreadable>,
}

impl Fields {
    /// A field that a server may leave out, or send as null: then it is not reported.
    fn reported<R>(
        &mut self,
        field: LiveField,
        called: &str,
        read: impl FnOnce(&Value) -> Option<R>,
    ) -> Option<R> {
        let value = self.object.remove(called)?;
        let read_as = read(&value);
        if read_as.is_none() && !value.is_null() {
            self.unreadable(field, Some(kind(&value)));
        }
        read_as
    }

    /// The URL, which every endpoint has.
    fn url(&mut self) -> String {
        let field = LiveField::WebhookUrl;
        if self.object.get("url").is_none_or(Value::is_null) {
            self.object.remove("url");
            self.unreadable(field, None);
            return String::new();
        }
        self.reported(field, "url", text).unwrap_or_default()
    }

    /// The event types, under their new name or their old one: null means all of them. That none of both came says nothing.
    fn events(&mut self) -> Option<EventSet> {
        let new = self.object.remove("eventTypes");
        let old = self.object.remove("filterTypes");
        let value = new.or(old)?;
        if value.is_null() {
            return Some(EventSet::all());
        }
        let list = value.as_array();
        let texts =
            list.and_then(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        match texts {
            Some(texts) => Some(texts.into_iter().map(EventType::new).collect()),
            None => {
                self.unreadable(LiveField::Events, Some(kind(&value)));
                None
            }
        }
    }

    fn unreadable(&mut self, field: LiveField, got: Option<&str>) {
        let got = got.map(str::to_owned);
        self.unreadable.push(Unreadable { field, got });
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// What kind of value came where it cannot be read: a URL may hold a secret anywhere.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list that is not one of texts",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::WebhookKey;

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
    fn what_cannot_be_read_is_told_without_its_content() {
        for (sent, told) in [
            (
                json!({"url": ["canary"]}),
                "`webhook_url` came as a list that is not one of texts",
            ),
            (json!({"url": null}), "`webhook_url` did not come"),
            (
                json!({"url": "https://h/", "eventTypes": "canary"}),
                "`events` came as a text",
            ),
            (
                json!({"url": "https://h/", "eventTypes": ["a", 1]}),
                "`events` came as a list that is not one of texts",
            ),
            (
                json!({"url": "https://h/", "disabled": "canary"}),
                "`enabled` came as a text",
            ),
            (
                json!({"url": "https://h/", "description": 1}),
                "`name` came as a number",
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
