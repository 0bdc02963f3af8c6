//! The fields of a webhook, and those among them that cannot be read.
//!
//! The rule is one at all providers: what did not come, or came as null, is not reported; what came and cannot be read is told.

use serde_json::{Map, Value};

use super::{
    field::{self, only_text},
    mark::Marks,
};
use crate::model::{
    EndpointUrl, EventSet, EventType, LiveField, LiveWebhook, MaskedText, Unreadable, WebhookId,
    WebhookName,
};

/// The fields of a webhook as it came: each is read once, and what nobody asks for is left.
#[derive(Debug)]
pub(crate) struct Fields {
    id: String,
    object: Map<String, Value>,
    unreadable: Vec<Unreadable>,
}

impl Fields {
    /// The fields of a webhook; `None` where it is no object or has no id, without which nothing can be done to it.
    pub(crate) fn of(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else {
            return None;
        };
        let id = field::take(&mut object, "id", field::text).filter(|id| !id.trim().is_empty())?;
        Some(Self {
            id,
            object,
            unreadable: Vec::new(),
        })
    }

    /// The fields that nobody asked for yet.
    pub(crate) fn rest(&mut self) -> &mut Map<String, Value> {
        &mut self.object
    }

    /// The webhook of this name and URL, with what is noted at it, what could not be read, and what is left. What else was read
    /// of it is for whoever read it to say.
    pub(crate) fn into_webhook(self, name: String, url: String, marks: Marks) -> LiveWebhook {
        let Marks {
            key,
            is_secret_lost,
            rotated,
        } = marks;
        let name = WebhookName::from_live(MaskedText::plain(name));
        let url = EndpointUrl::from_live(MaskedText::plain(url));
        LiveWebhook {
            mark: key,
            is_secret_lost,
            rotated,
            unreadable: self.unreadable,
            other: self.object.into_iter().collect(),
            ..LiveWebhook::new(WebhookId::new(self.id), name, url)
        }
    }

    /// A field that a provider calls so, and that it may leave out, or send as null: then it is not reported.
    pub(crate) fn reported<R>(
        &mut self,
        field: LiveField,
        called: &str,
        read: impl FnOnce(&Value) -> Option<R>,
    ) -> Option<R> {
        let value = self.object.remove(called)?;
        let read_as = read(&value);
        if read_as.is_none() && !value.is_null() {
            self.unreadable(field, Some(shown(field, &value)));
        }
        read_as
    }

    /// A text that every webhook has.
    pub(crate) fn needed(&mut self, field: LiveField, called: &str) -> String {
        if self.object.get(called).is_none_or(Value::is_null) {
            self.object.remove(called);
            self.unreadable(field, None);
            return String::new();
        }
        self.reported(field, called, only_text).unwrap_or_default()
    }

    /// Says of a field that it cannot be read, with what came.
    fn unreadable(&mut self, field: LiveField, got: Option<String>) {
        self.unreadable.push(Unreadable { field, got });
    }
}

/// A list of event types.
pub(crate) fn events(value: &Value) -> Option<EventSet> {
    let items = value.as_array()?.iter();
    items
        .map(|item| item.as_str().map(EventType::new))
        .collect()
}

/// What came where it cannot be read. A URL may hold a secret anywhere, so that only what kind of value it is may be said.
fn shown(field: LiveField, value: &Value) -> String {
    let kind = match value {
        _ if field != LiveField::WebhookUrl => return value.to_string(),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    kind.to_owned()
}
