//! Bodies, decoded strictly: every wrong field is named, none is guessed at.

use serde_json::{Map, Value};

use super::{
    keys, object,
    refusal::{Item, Refusal},
    served::Served,
};
use crate::simulator::{
    StoredWebhook,
    quirks::{Unknown, Verdict},
};

/// The longest URL, in characters.
const LONGEST_URL: usize = 65_536;

/// What a body is for: what is absent stays as it is in one, and gets its default in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Put,
    Patch,
}

/// The fields of a body; `None` where it does not have them. Within, null is `None` too.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) url: Option<String>,
    pub(super) description: Option<String>,
    pub(super) uid: Option<Option<String>>,
    pub(super) disabled: Option<bool>,
    pub(super) events: Option<Vec<String>>,
    pub(super) own: Map<String, Value>,
}

impl Fields {
    /// The same, with the defaults of what is absent.
    pub(super) fn whole(mut self) -> Self {
        self.description.get_or_insert_default();
        self.uid.get_or_insert_default();
        self.disabled.get_or_insert_default();
        self.events.get_or_insert_with(object::all);
        for field in ["channels", "throttleRate", "metadata"] {
            self.own.entry(field).or_insert(Value::Null);
        }
        self
    }

    /// Puts what there is into an endpoint.
    pub(super) fn put_into(self, endpoint: &mut StoredWebhook) {
        let Self {
            url,
            description,
            uid,
            disabled,
            events,
            own,
        } = self;
        if let Some(url) = url {
            endpoint.webhook_url = url;
        }
        if let Some(description) = description {
            endpoint.name = description;
        }
        if let Some(disabled) = disabled {
            endpoint.enabled = !disabled;
        }
        if let Some(events) = events {
            endpoint.events = events;
        }
        let uid = uid.map(|uid| ("uid".to_owned(), uid.map_or(Value::Null, Value::from)));
        for (field, value) in own.into_iter().chain(uid) {
            match value {
                Value::Null => endpoint.own.remove(&field),
                value => endpoint.own.insert(field, value),
            };
        }
    }
}

/// A body that is an object.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::NotJson("Expected a JSON object".to_owned())),
        Err(err) => Err(Refusal::NotJson(format!("Failed to parse the body: {err}"))),
    }
}

/// Decodes the body of an endpoint and checks each field by itself.
pub(super) fn decode(
    body: &[u8],
    purpose: Purpose,
    served: &Served<'_>,
) -> Result<Fields, Refusal> {
    let object = object(body)?;
    let mut reader = Reader {
        served,
        purpose,
        wrong: Vec::new(),
    };
    let fields = reader.fields(&object);
    match reader.wrong.is_empty() {
        true => Ok(fields),
        false => Err(Refusal::Invalid(reader.wrong)),
    }
}

struct Reader<'a> {
    served: &'a Served<'a>,
    purpose: Purpose,
    wrong: Vec<Item>,
}

impl Reader<'_> {
    fn fields(&mut self, object: &Map<String, Value>) -> Fields {
        let mut fields = Fields::default();
        for (old, new) in [("filterTypes", "eventTypes"), ("rateLimit", "throttleRate")] {
            if object.contains_key(old) && object.contains_key(new) {
                self.refuse(new, format!("duplicate field `{new}`"));
            }
        }
        for (field, value) in object {
            match field.as_str() {
                "url" => fields.url = self.url(value),
                "description" => fields.description = self.description(value),
                "uid" => fields.uid = self.uid(value),
                "disabled" => fields.disabled = self.disabled(value),
                "eventTypes" | "filterTypes" => fields.events = self.events(value),
                "channels" => self.channels(value, &mut fields.own),
                "throttleRate" | "rateLimit" => self.throttle(value, &mut fields.own),
                "metadata" => self.texts("metadata", value, &mut fields.own),
                "secret" if self.purpose == Purpose::Create => {
                    self.secret(value, &mut fields.own);
                }
                "headers" if self.purpose == Purpose::Create => {
                    self.texts("headers", value, &mut fields.own);
                }
                // Every client before 2.0 sends it.
                "version" => {}
                _ => self.unknown(field),
            }
        }
        if self.purpose != Purpose::Patch && !object.contains_key("url") {
            self.refuse("url", "missing field `url`");
        }
        fields
    }

    fn refuse(&mut self, field: &'static str, message: impl Into<String>) {
        self.wrong.push(Item::of_field(field, message));
    }

    fn unknown(&mut self, field: &str) {
        match self.served.simulator.quirks.unknown_fields {
            Unknown::Refused => self.refuse("", format!("unknown field `{field}`")),
            Unknown::Ignored => {}
        }
    }

    fn url(&mut self, value: &Value) -> Option<String> {
        let text = value.as_str().filter(|text| !text.is_empty());
        let Some(text) = text.filter(|text| text.chars().count() <= LONGEST_URL) else {
            self.refuse("url", "Endpoint URLs must be valid");
            return None;
        };
        let fault = match url::Url::parse(text) {
            Err(_) => Some("Endpoint URLs must be valid"),
            Ok(url) => match url.scheme() {
                "https" => None,
                "http" if self.served.simulator.quirks.plain_http == Verdict::Accepted => None,
                "http" => {
                    Some("Endpoint URL schemes must be https when endpoint_https_only is set.")
                }
                _ => Some("Endpoint URL schemes must be http or https"),
            },
        };
        match fault {
            Some(message) => {
                self.refuse("url", message);
                None
            }
            None => Some(text.to_owned()),
        }
    }

    fn description(&mut self, value: &Value) -> Option<String> {
        match value.as_str() {
            Some(text) if !text.chars().any(char::is_control) => Some(text.to_owned()),
            Some(_) => {
                self.refuse(
                    "description",
                    "Control characters 0x00-0x1F, 0x7F are not allowed.",
                );
                None
            }
            None => {
                self.refuse("description", "invalid type, expected a string");
                None
            }
        }
    }

    fn uid(&mut self, value: &Value) -> Option<Option<String>> {
        match value {
            Value::Null => Some(None),
            Value::String(text) if is_uid(text) => Some(Some(text.clone())),
            _ => {
                let message = "String must match the following pattern: [a-zA-Z0-9\\-_.]+.";
                self.refuse("uid", message);
                None
            }
        }
    }

    fn disabled(&mut self, value: &Value) -> Option<bool> {
        let disabled = value.as_bool();
        if disabled.is_none() {
            self.refuse("disabled", "invalid type, expected a boolean");
        }
        disabled
    }

    fn events(&mut self, value: &Value) -> Option<Vec<String>> {
        if value.is_null() {
            return Some(object::all());
        }
        let list = value.as_array();
        let texts = list.and_then(|list| {
            let texts = list.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<String>>>()
        });
        let Some(mut events) = texts else {
            self.refuse("eventTypes", "invalid type, expected a list of strings");
            return None;
        };
        events.sort_unstable();
        events.dedup();
        if events.is_empty() {
            let message = "eventTypes can't be empty, it must have at least one item.";
            self.refuse("eventTypes", message);
            return None;
        }
        let missing = self.served.missing_event_types(&events);
        if !missing.is_empty() {
            let message = format!(
                "The following event types don't exist: {}",
                missing.join(", ")
            );
            self.refuse("eventTypes", message);
            return None;
        }
        Some(events)
    }

    fn channels(&mut self, value: &Value, own: &mut Map<String, Value>) {
        let is_channel = |item: &Value| {
            item.as_str()
                .is_some_and(|text| (1..=128).contains(&text.len()))
        };
        let fits = match value {
            Value::Null => true,
            Value::Array(list) => (1..=10).contains(&list.len()) && list.iter().all(is_channel),
            _ => false,
        };
        if !fits {
            let message = "Channels must have at least 1 and at most 10 items, or be set to null.";
            return self.refuse("channels", message);
        }
        own.insert("channels".to_owned(), value.clone());
    }

    fn throttle(&mut self, value: &Value, own: &mut Map<String, Value>) {
        let fits = value.is_null()
            || value
                .as_u64()
                .is_some_and(|rate| (1..=u64::from(u16::MAX)).contains(&rate));
        if !fits {
            let message = "Endpoint rate limits must be at least one if set";
            return self.refuse("throttleRate", message);
        }
        own.insert("throttleRate".to_owned(), value.clone());
    }

    /// A map of texts. Null is none where it is made, and no value where it is changed.
    fn texts(&mut self, field: &'static str, value: &Value, own: &mut Map<String, Value>) {
        let fits = match value {
            Value::Object(map) => map.values().all(Value::is_string),
            Value::Null => self.purpose != Purpose::Patch,
            _ => false,
        };
        if !fits {
            return self.refuse(field, "invalid type, expected a map of strings");
        }
        own.insert(field.to_owned(), value.clone());
    }

    fn secret(&mut self, value: &Value, own: &mut Map<String, Value>) {
        let Some(text) = value.as_str() else {
            if !value.is_null() {
                self.refuse("secret", "invalid type, expected a string");
            }
            return;
        };
        match keys::fault(text) {
            Some(message) => self.refuse("secret", message),
            None => {
                own.insert("secret".to_owned(), value.clone());
            }
        }
    }
}

/// Whether a text can be a uid.
pub(super) fn is_uid(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
