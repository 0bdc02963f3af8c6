//! Bodies of POST and PATCH, decoded strictly: every wrong field is named, none is guessed at.

use serde_json::{Map, Value};

use super::refusal::{InvalidParam, Refusal};
use crate::{
    model::{EnvType, ExactUrl},
    simulator::{
        Simulator, StoredWebhook, WebhookSeed,
        quirks::{AbsentEvents, EnvTypePatch, Loopback, Unknown, Verdict},
    },
};

/// The longest name, in characters (the reference of the webhook object).
const LONGEST_NAME: usize = 128;
/// The longest URL, in characters (the same).
const LONGEST_URL: usize = 2048;

/// What a body is for, as fields are required in the one and optional in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Patch,
}

/// The fields of a body; `None` where it does not have them.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) name: Option<String>,
    pub(super) webhook_url: Option<String>,
    pub(super) events: Option<Vec<String>>,
    pub(super) env_type: Option<EnvType>,
    pub(super) enabled: Option<bool>,
}

impl Fields {
    /// The webhook that they create.
    pub(super) fn seed(self, absent_events: impl FnOnce() -> Vec<String>) -> WebhookSeed {
        WebhookSeed {
            name: self.name.unwrap_or_default(),
            webhook_url: self.webhook_url.unwrap_or_default(),
            events: self.events.unwrap_or_else(absent_events),
            enabled: self.enabled.unwrap_or(true),
        }
    }

    /// Gives a webhook what they have.
    pub(super) fn put_into(self, webhook: &mut StoredWebhook) {
        let Self {
            name,
            webhook_url,
            events,
            env_type,
            enabled,
        } = self;
        if let Some(name) = name {
            webhook.name = name;
        }
        if let Some(url) = webhook_url {
            webhook.webhook_url = url;
        }
        if let Some(events) = events {
            webhook.events = events;
        }
        webhook.env_type = env_type.unwrap_or(webhook.env_type);
        webhook.enabled = enabled.unwrap_or(webhook.enabled);
    }
}

/// Decodes a body and checks each field by itself.
pub(super) fn decode(
    body: &[u8],
    purpose: Purpose,
    simulator: &Simulator,
) -> Result<Fields, Refusal> {
    let object = match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => object,
        Ok(_) => {
            return Err(Refusal::UnreadableBody(
                "Invalid body. Expected a JSON object.".to_owned(),
            ));
        }
        Err(err) => return Err(Refusal::UnreadableBody(format!("JSON parse error - {err}"))),
    };
    let mut reader = Reader {
        simulator,
        purpose,
        wrong: Vec::new(),
    };
    let fields = reader.fields(&object);
    match reader.wrong.is_empty() {
        true => Ok(fields),
        false => Err(Refusal::InvalidParams(reader.wrong)),
    }
}

struct Reader<'a> {
    simulator: &'a Simulator,
    purpose: Purpose,
    wrong: Vec<InvalidParam>,
}

impl Reader<'_> {
    fn fields(&mut self, object: &Map<String, Value>) -> Fields {
        let mut fields = Fields::default();
        for (field, value) in object {
            match field.as_str() {
                "name" => fields.name = self.name(value),
                "webhook_url" => fields.webhook_url = self.url(value),
                "events" => fields.events = self.events(value),
                "env_type" => fields.env_type = self.env_type(value),
                "enabled" if self.simulator.profile.has_enabled => {
                    fields.enabled = value.as_bool();
                    if fields.enabled.is_none() {
                        self.refuse("enabled", "Must be a valid boolean.");
                    }
                }
                "id" | "created_at" | "updated_at" => {
                    self.refuse_unless_ignored(field, "This field is read-only.");
                }
                _ => self.refuse_unless_ignored(field, "Unknown field."),
            }
        }
        if self.purpose == Purpose::Create {
            self.require(object);
        }
        fields
    }

    fn require(&mut self, object: &Map<String, Value>) {
        let always = ["name", "webhook_url"].into_iter();
        let Simulator {
            quirks, profile, ..
        } = self.simulator;
        let events = (quirks.absent_events == AbsentEvents::Refused).then_some("events");
        let env_type = profile.requires_env_type.then_some("env_type");
        for field in always.chain(events).chain(env_type) {
            if !object.contains_key(field) {
                self.refuse(field, "This field is required.");
            }
        }
    }

    fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.wrong.push(InvalidParam::new(field, message));
    }

    fn refuse_unless_ignored(&mut self, field: &str, message: &str) {
        match self.simulator.quirks.unknown_fields {
            Unknown::Refused => self.refuse(field, message),
            Unknown::Ignored => {}
        }
    }

    fn text<'v>(&mut self, field: &str, value: &'v Value, longest: usize) -> Option<&'v str> {
        let Some(text) = value.as_str() else {
            self.refuse(field, "Not a valid string.");
            return None;
        };
        if text.is_empty() {
            self.refuse(field, "This field may not be blank.");
            return None;
        }
        if text.chars().count() > longest {
            self.refuse(
                field,
                format!("Ensure this field has no more than {longest} characters."),
            );
            return None;
        }
        Some(text)
    }

    fn name(&mut self, value: &Value) -> Option<String> {
        let name = self.text("name", value, LONGEST_NAME)?;
        // Providers cut such names, and the next plan would find another name for ever.
        if name.trim().is_empty() {
            self.refuse("name", "This field may not be blank.");
        } else if name.trim() != name {
            self.refuse("name", "White space at the ends is not allowed.");
        } else if name.chars().any(char::is_control) {
            self.refuse("name", "Control characters are not allowed.");
        } else {
            return Some(name.to_owned());
        }
        None
    }

    fn url(&mut self, value: &Value) -> Option<String> {
        let text = self.text("webhook_url", value, LONGEST_URL)?;
        match self.url_fault(text) {
            None => Some(text.to_owned()),
            Some(message) => {
                self.refuse("webhook_url", message);
                None
            }
        }
    }

    fn url_fault(&self, text: &str) -> Option<&'static str> {
        // A URI is ASCII, and what a parser would have to mend is none.
        let exact = ExactUrl::new(text).ok().filter(|_| text.is_ascii());
        let Some(url) = exact else {
            return Some("Enter a valid URL.");
        };
        match url.url().scheme() {
            "https" => {}
            "http" if self.simulator.quirks.plain_http == Verdict::Accepted => {}
            "http" => return Some("Webhook url must use https"),
            _ => return Some("Enter a valid URL."),
        }
        (url.is_loopback() && self.simulator.quirks.loopback_urls == Loopback::Refused)
            .then_some("Webhook url must be publicly reachable")
    }

    fn events(&mut self, value: &Value) -> Option<Vec<String>> {
        let Some(list) = value.as_array() else {
            self.refuse("events", "Expected a list of event types.");
            return None;
        };
        let mut events = Vec::with_capacity(list.len());
        for event in list {
            match event.as_str() {
                Some(event) if self.simulator.knows_event(event) => {
                    if !events.iter().any(|known| known == event) {
                        events.push(event.to_owned());
                    }
                }
                Some(event) => self.refuse("events", not_a_choice(event)),
                None => self.refuse("events", not_a_choice(&event.to_string())),
            }
        }
        Some(events)
    }

    fn env_type(&mut self, value: &Value) -> Option<EnvType> {
        if self.purpose == Purpose::Patch {
            match self.simulator.quirks.env_type_patch {
                EnvTypePatch::Accepted => {}
                EnvTypePatch::Ignored => return None,
                EnvTypePatch::Refused => {
                    self.refuse("env_type", "This field cannot be changed.");
                    return None;
                }
            }
        }
        // What is sent must have the provider's own spelling, though any spelling may be answered.
        let known = value.as_str().and_then(|text| {
            let mut own = self.simulator.profile.env_types.iter();
            own.find(|(_, spelling)| *spelling == text)
        });
        let Some((env_type, _)) = known else {
            let shown = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            self.refuse("env_type", not_a_choice(&shown));
            return None;
        };
        Some(*env_type)
    }
}

/// The words about a value that is none of those allowed.
pub(super) fn not_a_choice(value: &str) -> String {
    format!("\"{value}\" is not a valid choice.")
}
