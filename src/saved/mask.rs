//! Texts → what may stand in a file.

use std::collections::BTreeSet;

use super::{
    key::{Key, Purpose},
    record::Text,
    write::Planned,
};
use crate::model::{EndpointUrl, EventSet, MaskedText, Masker, WebhookName};

/// Writes the texts of one environment.
pub(super) struct Writer<'w> {
    key: &'w Key,
    masker: &'w Masker,
    /// The declared URLs and names with a sensitive part.
    urls: BTreeSet<&'w EndpointUrl>,
    names: BTreeSet<&'w WebhookName>,
}

impl<'w> Writer<'w> {
    pub(super) fn new(one: &Planned<'w>) -> Self {
        let declared = || one.desired.webhooks.values();
        let urls = declared().flat_map(|one| std::iter::once(&one.url).chain(&one.moved_from));
        let names = declared().map(|one| &one.name);
        Self {
            key: one.key,
            masker: one.masker,
            urls: urls.filter(|url| url.text().is_sensitive()).collect(),
            names: names.filter(|name| name.text().is_sensitive()).collect(),
        }
    }

    /// A text that a provider or an error had a hand in.
    pub(super) fn plain(&self, text: &str) -> String {
        self.masker.mask(text).into_owned()
    }

    pub(super) fn text(&self, text: &MaskedText) -> Text {
        self.of(text, text.expose())
    }

    /// A text, and what it is compared by.
    fn of(&self, text: &MaskedText, compared: &str) -> Text {
        Text {
            shown: self.plain(text.shown()),
            digest: self.key.digest(Purpose::Text, compared.as_bytes()),
        }
    }

    /// A URL, masked as the manifest's is where both are one, however short the sensitive part is.
    pub(super) fn url(&self, url: &EndpointUrl) -> Text {
        match self.urls.get(url) {
            Some(declared) => self.of(url.shown_like(declared).text(), url.normal()),
            None => self.of(url.text(), url.normal()),
        }
    }

    /// A name, the same way.
    pub(super) fn name(&self, name: &WebhookName) -> Text {
        self.text(self.names.get(name).copied().unwrap_or(name).text())
    }

    pub(super) fn events(&self, events: &EventSet) -> Vec<String> {
        events
            .iter()
            .map(|event| self.plain(event.as_str()))
            .collect()
    }
}
