//! What texts are shown and kept with.

use std::collections::BTreeMap;

use super::Text;
use crate::model::{CreateOnly, EndpointUrl, EventSet, MaskedText, RotationWord, WebhookName};

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
