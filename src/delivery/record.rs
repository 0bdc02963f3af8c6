//! One record of the request history.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;

use super::ObjectId;
use crate::model::{EndpointUrl, EventType, Masker};

/// One delivery as the provider recorded it. `None` means that the provider did not say.
///
/// A delivery does not name the webhook it belongs to: join on [`Self::webhook_url`].
#[derive(Clone, PartialEq)]
pub struct Delivery {
    /// The record's id: neither a webhook's id nor the one inside the payload.
    pub webhook_id: Option<String>,
    /// The type of the event; empty where none was reported.
    pub event_type: EventType,
    /// When the event came to be.
    pub event_created_at: Option<Timestamp>,
    /// What the endpoint answered; `None` where it did not answer in time.
    pub status_code: Option<u16>,
    /// What went wrong, in the provider's words.
    pub error_message: Option<String>,
    /// Where the event was sent.
    pub webhook_url: EndpointUrl,
    /// What the event is about, as far as the payload tells.
    pub object: Option<ObjectId>,
    /// What was sent. It can hold what is personal: `Debug` does not print it.
    pub payload: Option<Box<serde_json::Value>>,
}

impl Delivery {
    /// Whether the endpoint took it: it answered 2xx (both providers' documentation on deliveries).
    pub fn has_succeeded(&self) -> bool {
        self.status_code
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// The same delivery, with what is sensitive masked in its texts.
    ///
    /// The payload stays as it is: it is for machines, and shown only when asked for.
    #[must_use]
    pub fn masked(mut self, masker: &Masker) -> Self {
        let quiet = |text: String| masker.mask_foreign(&text).into_owned();
        self.webhook_id = self.webhook_id.map(quiet);
        self.webhook_url = masker.url(self.webhook_url.text().expose());
        self.error_message = self.error_message.map(quiet);
        if let Cow::Owned(event) = masker.mask(self.event_type.as_str()) {
            self.event_type = EventType::new(event);
        }
        self.object = self.object.map(|object| object.masked(masker));
        self
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            webhook_id,
            event_type,
            event_created_at,
            status_code,
            error_message,
            webhook_url,
            object,
            payload,
        } = self;
        f.debug_struct("Delivery")
            .field("webhook_id", webhook_id)
            .field("event_type", event_type)
            .field("event_created_at", event_created_at)
            .field("status_code", status_code)
            .field("error_message", error_message)
            .field("webhook_url", webhook_url)
            .field("object", &object.as_ref().map(ObjectId::kind))
            .field("payload", &payload.as_ref().map(|_| "not shown"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MaskedText;

    #[test]
    fn debug_does_not_print_the_payload() {
        let delivery = Delivery {
            webhook_id: None,
            event_type: EventType::new("order-created"),
            event_created_at: None,
            status_code: Some(200),
            error_message: None,
            webhook_url: EndpointUrl::from_live(MaskedText::plain("https://h.example/")),
            object: Some(ObjectId::new("order_id", "canary")),
            payload: Some(Box::new(serde_json::json!({"user_id": "canary"}))),
        };
        let shown = format!("{delivery:?}");
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("order-created"), "{shown}");
    }
}
