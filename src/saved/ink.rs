//! Texts → what may stand in a file.

use std::collections::BTreeSet;

use super::key::{Key, Purpose};
use crate::{
    model::{DesiredState, EndpointUrl, MaskedText, Masker, WebhookName},
    plan::{Ink, Text},
};

/// Shows the texts of one environment with what is sensitive masked, each with a digest that only its access secret
/// can make.
#[derive(Debug)]
pub struct KeyedInk<'i> {
    key: &'i Key,
    masker: &'i Masker,
    /// The declared URLs and names with a sensitive part.
    urls: BTreeSet<&'i EndpointUrl>,
    names: BTreeSet<&'i WebhookName>,
}

impl<'i> KeyedInk<'i> {
    /// For an environment that should have this; the masker knows every sensitive value of the run.
    pub fn new(desired: &'i DesiredState, key: &'i Key, masker: &'i Masker) -> Self {
        let declared = || desired.webhooks.values();
        let urls =
            declared().flat_map(|webhook| std::iter::once(&webhook.url).chain(&webhook.moved_from));
        let names = declared().map(|webhook| &webhook.name);
        Self {
            key,
            masker,
            urls: urls.filter(|url| url.text().is_sensitive()).collect(),
            names: names.filter(|name| name.text().is_sensitive()).collect(),
        }
    }

    fn compared(&self, text: &MaskedText, compared: &str) -> Text {
        Text {
            shown: self.plain(text.shown()),
            digest: self.key.digest(Purpose::Text, compared.as_bytes()),
        }
    }
}

impl Ink for KeyedInk<'_> {
    fn plain(&self, text: &str) -> String {
        self.masker.mask(text).into_owned()
    }

    fn text(&self, text: &MaskedText) -> Text {
        self.compared(text, text.expose())
    }

    /// Masked as the manifest's is where both are one, however short the sensitive part is.
    fn name(&self, name: &WebhookName) -> Text {
        self.text(self.names.get(name).copied().unwrap_or(name).text())
    }

    /// The same way; compared by its normal form.
    fn url(&self, url: &EndpointUrl) -> Text {
        match self.urls.get(url) {
            Some(declared) => self.compared(url.shown_like(declared).text(), url.normal()),
            None => self.compared(url.text(), url.normal()),
        }
    }
}
