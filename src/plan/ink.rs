//! What texts are shown and kept with.

use std::collections::BTreeMap;

use super::form::{LiveRecord, Text, WebhookRecord};
use crate::model::{
    CreateOnly, EndpointUrl, EventSet, LiveWebhook, MaskedText, RotationWord, Unreadable,
    WebhookName,
};

/// Turns texts into what may be shown and kept.
pub trait Ink {
    /// A text that a provider, a manifest or an error had a hand in, with what is sensitive masked.
    fn plain(&self, text: &str) -> String;
    /// The name of a webhook.
    fn name(&self, name: &WebhookName) -> Text;
    /// The value of a field.
    fn text(&self, text: &MaskedText) -> Text;
    /// A URL.
    fn url(&self, url: &EndpointUrl) -> Text;
}

/// Projects with an [`Ink`].
#[derive(Clone, Copy, Debug)]
pub struct Projector<'i, I>(pub &'i I);

impl<I: Ink> Projector<'_, I> {
    /// The record of a live webhook.
    pub fn live(&self, webhook: &LiveWebhook) -> LiveRecord {
        let LiveWebhook {
            id,
            name,
            url,
            events,
            mark,
            rotated,
            create_only,
            env_type,
            enabled,
            created_at,
            unreadable,
            is_secret_lost: _, // The plan warns of it.
            updated_at: _,     // Moves without any of the fields that a plan looks at.
            other: _,          // No plan looks at them.
        } = webhook;
        let unreadable = unreadable.iter().map(|found| Unreadable {
            field: found.field,
            got: found.got.as_deref().map(|got| self.0.plain(got)),
        });
        LiveRecord {
            id: self.0.plain(id.as_received()),
            webhook: WebhookRecord {
                name: self.0.name(name),
                url: self.0.url(url),
                events: events.as_ref().map(|events| self.events(events)),
                enabled: *enabled,
                create_only: self.create_only(create_only),
            },
            mark: mark.clone(),
            rotated: rotated.as_ref().map(|word| self.word(word)),
            env_type: *env_type,
            created_at: *created_at,
            unreadable: unreadable.collect(),
        }
    }

    /// The record of a rotation's word.
    pub fn word(&self, word: &RotationWord) -> RotationWord {
        RotationWord::from_live(self.0.plain(word.as_str()))
    }

    /// The record of the fields that a webhook has from its creation on.
    pub fn create_only(&self, fields: &CreateOnly) -> BTreeMap<String, Text> {
        let fields = fields.iter();
        fields
            .map(|(field, value)| ((*field).to_owned(), self.0.text(value)))
            .collect()
    }

    /// The record of a set of events.
    pub fn events(&self, events: &EventSet) -> Vec<String> {
        events
            .iter()
            .map(|event| self.0.plain(event.as_str()))
            .collect()
    }
}
