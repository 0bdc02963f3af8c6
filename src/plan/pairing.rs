//! Which live webhook each desired one is.
//!
//! The provider's own key is the URL, so the URL decides first; then a URL it had before; then its
//! name; then the place that a trade left (`trade`). As what holds a desired URL is always the very
//! webhook that is updated, no step ever waits for a URL to become free.
//!
//! Maps that are only looked into may hash; what is gone through in order is ordered.

mod trade;

use std::collections::{BTreeMap, HashMap};

use crate::model::{DesiredWebhook, EndpointUrl, LiveField, LiveWebhook, WebhookKey};

use super::{Absent, Inputs, Named, PairedBy, Refusal, UnmanagedKind, replace};

/// What a desired webhook is.
#[derive(Clone, Debug)]
pub(super) enum Pair<'l> {
    /// It is this live webhook.
    Live(&'l LiveWebhook, PairedBy),
    /// There is none: it is created.
    New(Absent),
    /// It cannot be said; a refusal says why.
    Unclear,
}

/// What pairing found.
pub(super) struct Pairing<'l> {
    /// What each desired webhook is, in the order of their keys.
    pub(super) pairs: Vec<Pair<'l>>,
    /// The live webhooks that no desired one takes.
    pub(super) leftovers: Vec<(&'l LiveWebhook, UnmanagedKind)>,
    pub(super) refusals: Vec<Refusal>,
}

/// Pairs the desired webhooks with the live ones of the environment.
pub(super) fn pair<'l>(inputs: &Inputs<'_>, live: &[&'l LiveWebhook]) -> Pairing<'l> {
    let mut by_url: HashMap<&EndpointUrl, Holders> = HashMap::with_capacity(live.len());
    for (index, webhook) in live.iter().enumerate() {
        by_url
            .entry(&webhook.url)
            .and_modify(|holders| holders.others.push(index))
            .or_insert(Holders {
                first: index,
                others: Vec::new(),
            });
    }
    let mut pairer = Pairer {
        inputs,
        live,
        by_url,
        fates: vec![Fate::Free; live.len()],
        desired: inputs.desired.webhooks.iter().collect(),
        pairs: vec![None; inputs.desired.webhooks.len()],
        refusals: Vec::new(),
    };
    pairer.by_url();
    pairer.by_former_url();
    let nameless = pairer.by_name();
    pairer.by_trade(&nameless);
    pairer.create(nameless);
    pairer.finish()
}

/// Whether a desired webhook would be created if these were live.
pub(super) fn would_be_created(
    inputs: &Inputs<'_>,
    key: &WebhookKey,
    live: &[&LiveWebhook],
) -> bool {
    let keys = inputs.desired.webhooks.keys();
    let mut pairs = keys.zip(pair(inputs, live).pairs);
    pairs.any(|(other, pair)| other == key && matches!(pair, Pair::New(_)))
}

/// The live webhooks at one URL, by index. Mostly there is but one.
struct Holders {
    first: usize,
    others: Vec<usize>,
}

impl Holders {
    fn all(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
}

/// What becomes of a live webhook.
#[derive(Clone, Copy)]
enum Fate<'i> {
    /// A desired webhook may take it.
    Free,
    /// It is at the URL of this desired webhook, which took another one. Another desired webhook may
    /// take it.
    Spare(&'i WebhookKey),
    /// It is at the URL of this desired webhook, which replaces it, or has done so.
    Replaced(&'i WebhookKey),
    /// The desired webhook of this index took it, by its URL or a former one.
    AtUrl(usize),
    /// A desired webhook took it by its name, or perhaps would: a refusal asks which.
    OfName,
    /// A desired webhook took it as the place that a trade left.
    Traded,
    /// It is not ours, and at the URL of a desired webhook. Moving it away for another one would make
    /// the next run see something else than this one.
    InTheWay,
}

struct Pairer<'i, 'l> {
    inputs: &'i Inputs<'i>,
    live: &'i [&'l LiveWebhook],
    by_url: HashMap<&'l EndpointUrl, Holders>,
    fates: Vec<Fate<'i>>,
    desired: Vec<(&'i WebhookKey, &'i DesiredWebhook)>,
    /// `None` where nothing is known yet.
    pairs: Vec<Option<Pair<'l>>>,
    refusals: Vec<Refusal>,
}

impl<'i, 'l> Pairer<'i, 'l> {
    fn is_ours(&self, webhook: usize) -> bool {
        let live = self.live[webhook];
        // Whose a webhook is without a name that can be read, nobody knows.
        live.unreadable(LiveField::Name).is_none()
            && self.inputs.policy.is_ours(live.name.text().expose())
    }

    fn is_free(&self, webhook: usize) -> bool {
        matches!(self.fates[webhook], Fate::Free | Fate::Spare(_))
    }

    fn name_of(&self, webhook: usize) -> &'l str {
        self.live[webhook].name.compared()
    }

    /// Which of several at one URL it is: one of ours before others, one that was created for it before others, one of
    /// equal name before others, one that need not be replaced before others, then the oldest. What may be taken over
    /// whoever owns it is the one of equal name first.
    fn best(
        &self,
        (key, desired): (&WebhookKey, &DesiredWebhook),
        webhooks: impl Iterator<Item = usize>,
    ) -> Option<usize> {
        webhooks.min_by_key(|webhook| {
            let live = self.live[*webhook];
            let (foreign, renamed) = (!self.is_ours(*webhook), live.name != desired.name);
            (
                desired.adopt && renamed,
                foreign,
                live.mark.as_ref() != Some(key),
                renamed,
                !replace::differing(desired, live).is_empty(),
                live.created_at,
                &live.id,
            )
        })
    }

    /// The live webhook at the same URL.
    fn by_url(&mut self) {
        for index in 0..self.desired.len() {
            let (key, desired) = self.desired[index];
            let Some(holders) = self.by_url.get(&desired.url) else {
                continue;
            };
            let Some(best) = self.best((key, desired), holders.all()) else {
                continue;
            };
            for other in holders.all().filter(|other| *other != best) {
                let is_replaced = replace::is_replaced(key, desired, self.live[other]);
                self.fates[other] = match is_replaced && self.is_ours(other) {
                    true => Fate::Replaced(key),
                    false => Fate::Spare(key),
                };
            }
            self.take(index, best, PairedBy::Url);
        }
    }

    /// The live webhook at a URL it had before, the first of `moved_from` that has one.
    fn by_former_url(&mut self) {
        for index in 0..self.desired.len() {
            let (key, desired) = self.desired[index];
            if self.pairs[index].is_some() {
                continue;
            }
            let found = desired.moved_from.iter().find_map(|url| {
                let holders = self.by_url.get(url)?.all();
                let best = self.best(
                    (key, desired),
                    holders.filter(|holder| self.is_free(*holder)),
                )?;
                Some((best, url.clone()))
            });
            if let Some((webhook, url)) = found {
                self.take(index, webhook, PairedBy::MovedFrom(url));
            }
        }
    }

    /// The one live webhook of ours with the same name that no other desired webhook takes. Gives the
    /// desired webhooks for which there is none, by name.
    fn by_name(&mut self) -> BTreeMap<&'i str, Vec<usize>> {
        let mut wanted: BTreeMap<&'i str, Vec<usize>> = BTreeMap::new();
        for (index, (_, desired)) in self.desired.iter().enumerate() {
            if self.pairs[index].is_none() {
                let name = desired.name.compared();
                wanted.entry(name).or_default().push(index);
            }
        }
        if wanted.is_empty() {
            return wanted;
        }
        let mut free: HashMap<&str, Vec<usize>> = HashMap::new();
        for index in 0..self.live.len() {
            let name = self.name_of(index);
            if self.is_free(index) && wanted.contains_key(name) && self.is_ours(index) {
                free.entry(name).or_default().push(index);
            }
        }
        wanted.retain(|name, desired| {
            let live = free.remove(name).unwrap_or_default();
            match (desired.as_slice(), live.as_slice()) {
                (_, []) => return true,
                ([index], [webhook]) => self.take(*index, *webhook, PairedBy::Name),
                _ => self.ambiguous(desired, &live),
            }
            false
        });
        wanted
    }

    /// What is left is created; says what became of the live webhooks that it could have been.
    fn create(&mut self, nameless: BTreeMap<&'i str, Vec<usize>>) {
        if nameless.is_empty() {
            return;
        }
        let mut named: HashMap<&str, Named> = HashMap::new();
        for index in 0..self.live.len() {
            let name = self.name_of(index);
            if !nameless.contains_key(name) {
                continue;
            }
            let this = match self.fates[index] {
                Fate::AtUrl(by) => Named::TakenBy(self.desired[by].0.clone()),
                Fate::Replaced(by) => Named::TakenBy(by.clone()),
                _ => Named::NotOurs,
            };
            named
                .entry(name)
                .and_modify(|known| match (&known, &this) {
                    (Named::NotOurs, _) | (_, Named::NotOurs) => *known = Named::NotOurs,
                    _ => *known = Named::TakenBySeveral,
                })
                .or_insert(this);
        }
        for (name, desired) in nameless {
            for index in desired {
                if self.pairs[index].is_none() {
                    let former = &self.desired[index].1.moved_from;
                    self.pairs[index] = Some(Pair::New(Absent {
                        former_taken: former.iter().any(|url| self.by_url.contains_key(url)),
                        named: named.get(name).cloned(),
                    }));
                }
            }
        }
    }

    /// The webhooks are somebody's; which desired one's is for the user to say.
    fn ambiguous(&mut self, desired: &[usize], live: &[usize]) {
        for index in desired {
            self.pairs[*index] = Some(Pair::Unclear);
        }
        for webhook in live {
            self.fates[*webhook] = Fate::OfName;
        }
        let mut webhooks: Vec<LiveWebhook> =
            live.iter().map(|index| self.live[*index].clone()).collect();
        webhooks.sort_by(|a, b| a.id.cmp(&b.id));
        let keys = desired.iter().map(|index| self.desired[*index].0.clone());
        self.refusals.push(Refusal::AmbiguousName {
            keys: keys.collect(),
            webhooks,
        });
    }

    fn take(&mut self, index: usize, webhook: usize, by: PairedBy) {
        let (key, desired) = self.desired[index];
        let live = self.live[webhook];
        // What cannot be read is refused as that, whosever it is.
        if self.is_ours(webhook) || desired.adopt || !live.is_readable() {
            self.fates[webhook] = match by {
                PairedBy::Url | PairedBy::MovedFrom(_) => Fate::AtUrl(index),
                PairedBy::Name => Fate::OfName,
                PairedBy::Trade(_) => Fate::Traded,
            };
            self.pairs[index] = Some(Pair::Live(live, by));
        } else {
            self.fates[webhook] = Fate::InTheWay;
            self.pairs[index] = Some(Pair::Unclear);
            self.refusals.push(Refusal::Conflict {
                key: key.clone(),
                webhook: live.clone(),
                former: matches!(by, PairedBy::MovedFrom(_)),
            });
        }
    }

    fn finish(self) -> Pairing<'l> {
        let mut leftovers = Vec::new();
        for (index, webhook) in self.live.iter().enumerate() {
            let kind = match self.fates[index] {
                Fate::AtUrl(_) | Fate::OfName | Fate::Traded => continue,
                _ if !self.is_ours(index) => UnmanagedKind::NotOurs,
                Fate::Spare(of) | Fate::Replaced(of) => UnmanagedKind::Duplicate { of: of.clone() },
                Fate::Free | Fate::InTheWay => UnmanagedKind::NotDeclared,
            };
            leftovers.push((*webhook, kind));
        }
        let pairs = self.pairs.into_iter();
        Pairing {
            // What no rule pairs is created.
            pairs: pairs.map(|pair| pair.unwrap_or(Pair::Unclear)).collect(),
            leftovers,
            refusals: self.refusals,
        }
    }
}
