//! Which live webhook each desired one is.
//!
//! The provider's own key is the URL, so the URL decides first; then a URL it had before; then its
//! name. As what holds a desired URL is always the very webhook that is updated, no step ever waits
//! for a URL to become free.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{DesiredState, EndpointUrl, LiveWebhook, WebhookId, WebhookKey};

use super::{Inputs, PairedBy, Refusal, UnmanagedKind};

/// The live webhook that a desired one is, if there is one.
pub(super) type Pair<'l> = Option<(&'l LiveWebhook, PairedBy)>;

/// What pairing found.
pub(super) struct Pairing<'i, 'l> {
    /// Every desired webhook that can be planned for, with its live one, if it has one.
    pub(super) pairs: BTreeMap<&'i WebhookKey, Pair<'l>>,
    /// The live webhooks that no desired one takes.
    pub(super) leftovers: Vec<(&'l LiveWebhook, UnmanagedKind)>,
    pub(super) refusals: Vec<Refusal>,
}

/// Pairs the desired webhooks with the live ones of the environment.
pub(super) fn pair<'i, 'l>(inputs: &Inputs<'i>, live: &[&'l LiveWebhook]) -> Pairing<'i, 'l> {
    let mut pairer = Pairer {
        inputs: *inputs,
        by_url: BTreeMap::new(),
        taken: BTreeSet::new(),
        duplicate_of: BTreeMap::new(),
        pairs: BTreeMap::new(),
        conflicting: BTreeSet::new(),
        refusals: Vec::new(),
    };
    for webhook in live {
        pairer.by_url.entry(&webhook.url).or_default().push(webhook);
    }
    pairer.by_url();
    pairer.by_former_url();
    pairer.by_name(live);
    let leftovers = live
        .iter()
        .filter(|webhook| !pairer.taken.contains(&webhook.id))
        .map(|webhook| {
            let kind = if !inputs.policy.is_ours(webhook.name.text().expose()) {
                UnmanagedKind::NotOurs
            } else if let Some(of) = pairer.duplicate_of.get(&webhook.id) {
                UnmanagedKind::Duplicate { of: (*of).clone() }
            } else {
                UnmanagedKind::NotDeclared
            };
            (*webhook, kind)
        })
        .collect();
    Pairing {
        pairs: pairer.pairs,
        leftovers,
        refusals: pairer.refusals,
    }
}

struct Pairer<'i, 'l> {
    inputs: Inputs<'i>,
    by_url: BTreeMap<&'l EndpointUrl, Vec<&'l LiveWebhook>>,
    taken: BTreeSet<&'l WebhookId>,
    duplicate_of: BTreeMap<&'l WebhookId, &'i WebhookKey>,
    pairs: BTreeMap<&'i WebhookKey, Pair<'l>>,
    conflicting: BTreeSet<&'i WebhookKey>,
    refusals: Vec<Refusal>,
}

impl<'i, 'l> Pairer<'i, 'l> {
    fn is_ours(&self, webhook: &LiveWebhook) -> bool {
        self.inputs.policy.is_ours(webhook.name.text().expose())
    }

    /// The live webhook at the same URL. Where a provider allows several: one of ours before others,
    /// one of equal name before others, then the oldest.
    fn by_url(&mut self) {
        let desired_state: &'i DesiredState = self.inputs.desired;
        for (key, desired) in &desired_state.webhooks {
            let Some(holders) = self.by_url.get(&desired.url) else {
                continue;
            };
            let Some(first) = holders.iter().copied().min_by_key(|webhook| {
                (
                    !self.is_ours(webhook),
                    webhook.name != desired.name,
                    webhook.created_at,
                    &webhook.id,
                )
            }) else {
                continue;
            };
            for other in holders.iter().filter(|other| other.id != first.id) {
                self.duplicate_of.insert(&other.id, key);
            }
            self.take(key, first, PairedBy::Url, desired.adopt);
        }
    }

    /// The live webhook at a URL it had before, the first of `moved_from` that has one.
    fn by_former_url(&mut self) {
        let desired_state: &'i DesiredState = self.inputs.desired;
        for (key, desired) in &desired_state.webhooks {
            if self.is_settled(key) {
                continue;
            }
            let found = desired.moved_from.iter().find_map(|url| {
                let holders = self.by_url.get(url)?;
                let first = holders
                    .iter()
                    .copied()
                    .filter(|webhook| self.is_free(webhook))
                    .min_by_key(|webhook| {
                        (
                            !self.is_ours(webhook),
                            webhook.name != desired.name,
                            webhook.created_at,
                            &webhook.id,
                        )
                    })?;
                Some((first, url))
            });
            if let Some((webhook, url)) = found {
                self.take(
                    key,
                    webhook,
                    PairedBy::MovedFrom(url.clone()),
                    desired.adopt,
                );
            }
        }
    }

    /// The one live webhook of ours with the same name that no other desired webhook takes.
    fn by_name(&mut self, live: &[&'l LiveWebhook]) {
        let mut free: BTreeMap<&str, Vec<&'l LiveWebhook>> = BTreeMap::new();
        for webhook in live.iter().copied() {
            if self.is_free(webhook) && self.is_ours(webhook) {
                free.entry(webhook.name.text().expose())
                    .or_default()
                    .push(webhook);
            }
        }
        let mut wanted: BTreeMap<&str, Vec<&'i WebhookKey>> = BTreeMap::new();
        let desired_state: &'i DesiredState = self.inputs.desired;
        for (key, desired) in &desired_state.webhooks {
            if !self.is_settled(key) {
                wanted
                    .entry(desired.name.text().expose())
                    .or_default()
                    .push(key);
            }
        }
        for (name, keys) in wanted {
            match (keys.as_slice(), free.get(name).map(Vec::as_slice)) {
                (keys, None | Some([])) => {
                    for key in keys {
                        self.pairs.insert(*key, None);
                    }
                }
                ([key], Some([webhook])) => self.take(key, webhook, PairedBy::Name, false),
                (keys, Some(webhooks)) => {
                    let mut webhooks: Vec<LiveWebhook> =
                        webhooks.iter().map(|webhook| (*webhook).clone()).collect();
                    webhooks.sort_by(|a, b| a.id.cmp(&b.id));
                    self.refusals.push(Refusal::AmbiguousName {
                        keys: keys.iter().map(|key| (*key).clone()).collect(),
                        webhooks,
                    });
                    // The webhooks are somebody's; which desired one's is for the user to say.
                    self.taken
                        .extend(free[name].iter().map(|webhook| &webhook.id));
                }
            }
        }
    }

    /// Whether a desired webhook has found its live one, or never will.
    fn is_settled(&self, key: &WebhookKey) -> bool {
        self.pairs.contains_key(key) || self.conflicting.contains(key)
    }

    /// Whether a live webhook is neither taken nor a duplicate of one that is.
    fn is_free(&self, webhook: &LiveWebhook) -> bool {
        !self.taken.contains(&webhook.id) && !self.duplicate_of.contains_key(&webhook.id)
    }

    fn take(&mut self, key: &'i WebhookKey, webhook: &'l LiveWebhook, by: PairedBy, adopt: bool) {
        if self.is_ours(webhook) || adopt {
            self.taken.insert(&webhook.id);
            self.pairs.insert(key, Some((webhook, by)));
        } else {
            self.conflicting.insert(key);
            self.refusals.push(Refusal::Conflict {
                key: key.clone(),
                webhook: webhook.clone(),
                former: matches!(by, PairedBy::MovedFrom(_)),
            });
        }
    }
}
