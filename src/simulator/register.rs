//! The webhooks that a simulator keeps, found by number, by id and by URL: an account can have 100,000.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::webhook::StoredWebhook;

/// Webhooks of all accounts and environments.
#[derive(Debug, Default)]
pub(super) struct Register {
    /// By number, which is the order of their creation.
    webhooks: BTreeMap<u64, StoredWebhook>,
    /// The numbers of each id.
    ids: HashMap<String, BTreeSet<u64>>,
    /// The numbers at each URL in its normal form.
    urls: HashMap<String, BTreeSet<u64>>,
    /// How many each account has.
    counts: HashMap<String, usize>,
}

impl Register {
    /// Every webhook, the oldest first.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &StoredWebhook> {
        self.webhooks.values()
    }

    /// The webhook of this number.
    pub(super) fn get(&self, serial: u64) -> Option<&StoredWebhook> {
        self.webhooks.get(&serial)
    }

    /// The webhooks of this id, the oldest first.
    pub(super) fn of_id(&self, id: &str) -> impl Iterator<Item = &StoredWebhook> {
        let serials = self.ids.get(id).into_iter().flatten();
        serials.filter_map(|serial| self.get(*serial))
    }

    /// The webhooks at a URL, compared in its normal form: at least those that are at it as it is written.
    pub(super) fn at_url(&self, url: &str) -> impl Iterator<Item = &StoredWebhook> {
        let serials = self.urls.get(&normal(url)).into_iter().flatten();
        serials.filter_map(|serial| self.get(*serial))
    }

    /// How many an account has.
    pub(super) fn count(&self, client_id: &str) -> usize {
        self.counts.get(client_id).copied().unwrap_or_default()
    }

    /// Puts a webhook in the place of the one of its number, where there is one.
    pub(super) fn put(&mut self, webhook: StoredWebhook) {
        self.take_out(webhook.serial);
        let serial = webhook.serial;
        let at = normal(&webhook.webhook_url);
        self.urls.entry(at).or_default().insert(serial);
        self.ids
            .entry(webhook.id.clone())
            .or_default()
            .insert(serial);
        *self.counts.entry(webhook.client_id.clone()).or_default() += 1;
        self.webhooks.insert(serial, webhook);
    }

    /// Takes out what has this id.
    pub(super) fn delete(&mut self, id: &str) {
        for serial in self.ids.get(id).cloned().unwrap_or_default() {
            self.take_out(serial);
        }
    }

    fn take_out(&mut self, serial: u64) {
        let Some(webhook) = self.webhooks.remove(&serial) else {
            return;
        };
        forget(&mut self.urls, &normal(&webhook.webhook_url), serial);
        forget(&mut self.ids, &webhook.id, serial);
        if let Some(count) = self.counts.get_mut(&webhook.client_id) {
            *count = count.saturating_sub(1);
        }
    }
}

fn forget(index: &mut HashMap<String, BTreeSet<u64>>, key: &str, serial: u64) {
    if let Some(serials) = index.get_mut(key) {
        serials.remove(&serial);
        if serials.is_empty() {
            index.remove(key);
        }
    }
}

/// A URL in the normal form in which the laxest provider compares it.
fn normal(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), String::from)
}
