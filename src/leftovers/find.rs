//! Live webhooks → proposals, each with its evidence.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Traffic, runs};
use crate::{
    manifest::{can_be_tombstone, is_borrowed_host},
    model::{DesiredState, EnvironmentName, EventType, LiveWebhook, MASK, Policy, WebhookId},
    plan::{EnvironmentPlan, OperationKind, Reason, UnmanagedKind},
};

/// How far back providers tell of deliveries.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An environment as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'l> {
    /// The environment.
    pub environment: &'l EnvironmentName,
    /// What it should have.
    pub desired: &'l DesiredState,
    /// Whose webhooks are ours, and which are protected.
    pub policy: &'l Policy,
    /// Its live webhooks.
    pub live: &'l [LiveWebhook],
    /// What a plan says of them.
    pub plan: &'l EnvironmentPlan,
    /// What its request history says of the window.
    pub traffic: &'l Traffic,
    /// When the window ends, or earlier, by the provider's clock, which dates webhooks and deliveries; `None` where its
    /// answers do not tell: then nobody knows which webhook was there for all of the window.
    pub until: Option<Timestamp>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// The tombstones, by name.
    pub proposals: Vec<Proposal>,
    /// What looks left over and is not to be deleted, or not by a tombstone.
    pub kept: Vec<Kept>,
}

/// A tombstone, and what it would delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The name.
    pub name: String,
    /// The webhooks of that name that are ours.
    pub webhooks: Vec<Leftover>,
}

/// A webhook that looks left over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Where it is.
    pub environment: EnvironmentName,
    /// The webhook.
    pub webhook: LiveWebhook,
    /// Why it looks left over; never empty.
    pub evidence: Vec<Evidence>,
}

/// A webhook that looks left over, and for which no tombstone is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The webhook.
    pub leftover: Leftover,
    /// Why.
    pub why: Why,
}

/// Why a webhook looks left over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// It sends to a tunnel or a request bin.
    BorrowedHost {
        /// The host.
        host: String,
    },
    /// A script made it for a run, and another one since.
    EarlierRun {
        /// The newest, or the one that is declared.
        newer: String,
    },
    /// Another webhook has the same URL: events arrive twice.
    SameUrl {
        /// The other.
        other: String,
    },
    /// Everything that was sent to it within the window failed.
    Failing {
        /// How often.
        times: usize,
        /// What the last was answered with; `None` where it was not answered.
        last_status: Option<u16>,
    },
    /// Nothing was sent to it within the window, while such events were sent to others.
    Silent {
        /// Such an event type.
        event_type: EventType,
    },
    /// The provider sends nothing to it. Alone, this is no reason.
    Disabled,
}

/// Why no tombstone is proposed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It accepted events within the window.
    Accepted {
        /// How many.
        times: usize,
    },
    /// A pattern of `protect` keeps it.
    Protected,
    /// A tombstone would also delete a webhook of the same name that is not left over, or is declared.
    SharedName {
        /// Where that one is.
        environment: EnvironmentName,
    },
    /// Its name is none that a manifest can hold, or holds what must not be written down.
    NoName,
}

/// Finds what is left over.
pub fn find(looked: &[Looked<'_>]) -> Leftovers {
    let mut by_name: BTreeMap<String, Vec<Leftover>> = BTreeMap::new();
    let mut kept = Vec::new();
    for one in looked {
        for leftover in one.leftovers() {
            match one.objection(&leftover.webhook) {
                Some(why) => kept.push(Kept { leftover, why }),
                None => {
                    let name = leftover.webhook.name.text().expose().to_owned();
                    by_name.entry(name).or_default().push(leftover);
                }
            }
        }
    }
    let mut proposals = Vec::new();
    for (name, webhooks) in by_name {
        match looked.iter().find(|one| one.has_other(&name, &webhooks)) {
            Some(other) => kept.extend(webhooks.into_iter().map(|leftover| Kept {
                leftover,
                why: Why::SharedName {
                    environment: other.environment.clone(),
                },
            })),
            None => proposals.push(Proposal { name, webhooks }),
        }
    }
    let order = |one: &Kept| {
        let webhook = &one.leftover.webhook;
        (
            webhook.name.clone(),
            one.leftover.environment.clone(),
            webhook.id.clone(),
        )
    };
    kept.sort_by_cached_key(order);
    Leftovers { proposals, kept }
}

/// The newest webhook of each run's name; `None` where that cannot be said.
type Runs<'l> = BTreeMap<&'l str, Option<&'l LiveWebhook>>;

impl<'l> Looked<'l> {
    /// The live webhooks that nobody declares, and that look left over.
    fn leftovers(&self) -> Vec<Leftover> {
        let ours = self.plan.unmanaged.iter().filter(|one| match one.kind {
            UnmanagedKind::NotDeclared | UnmanagedKind::Duplicate { .. } => true,
            UnmanagedKind::NotOurs | UnmanagedKind::Unreadable => false,
        });
        let undeclared = self.undeclared();
        let runs = self.runs(&undeclared);
        let begin = self
            .until
            .map(|until| until.checked_sub(WINDOW).unwrap_or(Timestamp::MIN));
        ours.filter_map(|one| {
            let evidence = self.evidence(&one.webhook, &undeclared, &runs, begin);
            let is_reason = |one: &Evidence| *one != Evidence::Disabled;
            evidence.iter().any(is_reason).then(|| Leftover {
                environment: self.environment.clone(),
                webhook: one.webhook.clone(),
                evidence,
            })
        })
        .collect()
    }

    /// The live webhooks that no declared one stands for.
    fn undeclared(&self) -> BTreeSet<&'l WebhookId> {
        let unmanaged = self.plan.unmanaged.iter().map(|one| &one.webhook.id);
        unmanaged.chain(self.deleted()).collect()
    }

    /// What a plan deletes without any proposal.
    fn deleted(&self) -> impl Iterator<Item = &'l WebhookId> + use<'l> {
        let operations = self.plan.operations.iter();
        operations.filter_map(|operation| match &operation.kind {
            // What is replaced stands for a declared one.
            _ if matches!(operation.reason, Reason::Replaced { .. }) => None,
            OperationKind::Delete { before } => Some(&before.id),
            OperationKind::Create { .. }
            | OperationKind::Update { .. }
            | OperationKind::Rotate { .. } => None,
        })
    }

    /// Of each name that several webhooks of ours have, but for what stands for a run: a declared one,
    /// else the newest.
    fn runs(&self, undeclared: &BTreeSet<&WebhookId>) -> Runs<'l> {
        let mut all: BTreeMap<&str, Vec<&LiveWebhook>> = BTreeMap::new();
        for webhook in self
            .live
            .iter()
            .filter(|one| self.policy.is_ours(name(one)))
        {
            all.entry(runs::base(name(webhook)))
                .or_default()
                .push(webhook);
        }
        let newest = |all: Vec<&'l LiveWebhook>| {
            let declared = all.iter().find(|one| !undeclared.contains(&one.id));
            let dated = all.iter().all(|one| one.created_at.is_some());
            let newest = all.iter().max_by_key(|one| (one.created_at, &one.id));
            declared.or(newest.filter(|_| dated)).copied()
        };
        let several = all.into_iter().filter(|(_, all)| all.len() > 1);
        several.map(|(base, all)| (base, newest(all))).collect()
    }

    fn evidence(
        &self,
        webhook: &LiveWebhook,
        undeclared: &BTreeSet<&WebhookId>,
        runs: &Runs<'_>,
        begin: Option<Timestamp>,
    ) -> Vec<Evidence> {
        let host = webhook.url.host().filter(|host| is_borrowed_host(host));
        // It is written behind a tombstone, where nothing masks it.
        let host = host.map(|host| match webhook.url.text().is_sensitive() {
            true => MASK.to_owned(),
            false => host,
        });
        let newer = runs.get(runs::base(name(webhook))).copied().flatten();
        let newer = newer.filter(|newest| newest.id != webhook.id);
        let holders = self.live.iter().filter(|one| one.url == webhook.url);
        let holder = holders
            .min_by_key(|one| (undeclared.contains(&one.id), one.created_at, &one.id))
            .filter(|first| first.id != webhook.id);
        [
            host.map(|host| Evidence::BorrowedHost { host }),
            newer.map(|newer| Evidence::EarlierRun {
                newer: newer.name.text().shown().to_owned(),
            }),
            holder.map(|other| Evidence::SameUrl {
                other: other.name.text().shown().to_owned(),
            }),
            begin.and_then(|begin| self.quiet(webhook, begin)),
            (webhook.enabled == Some(false)).then_some(Evidence::Disabled),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What the request history says of a webhook that was there, as it is, for all of the window.
    fn quiet(&self, webhook: &LiveWebhook, begin: Timestamp) -> Option<Evidence> {
        let created = webhook.created_at?;
        if created.max(webhook.updated_at.unwrap_or(created)) > begin {
            return None;
        }
        let received = self.traffic.at(&webhook.url);
        match (received.accepted, received.failed) {
            (0, 0) => {
                let events = webhook.events.iter().flat_map(|events| events.iter());
                let mut sent = events.filter(|event| self.traffic.has(event));
                sent.next().map(|event| Evidence::Silent {
                    event_type: event.clone(),
                })
            }
            (0, times) => Some(Evidence::Failing {
                times,
                last_status: received.last_status,
            }),
            _ => None,
        }
    }

    /// What speaks against deleting a webhook, whatever its name's other webhooks are.
    fn objection(&self, webhook: &LiveWebhook) -> Option<Why> {
        let accepted = self.traffic.at(&webhook.url).accepted;
        if accepted > 0 {
            return Some(Why::Accepted { times: accepted });
        }
        if self.policy.protection(name(webhook)).is_some() {
            return Some(Why::Protected);
        }
        let speakable = can_be_tombstone(name(webhook)) && !webhook.name.text().is_sensitive();
        (!speakable).then_some(Why::NoName)
    }

    /// Whether a tombstone of this name would delete another webhook than these.
    fn has_other(&self, of: &str, these: &[Leftover]) -> bool {
        let deleted: BTreeSet<_> = self.deleted().collect();
        let is_known = |one: &LiveWebhook| {
            deleted.contains(&one.id)
                || these.iter().any(|known| {
                    known.environment == *self.environment && known.webhook.id == one.id
                })
        };
        let mut desired = self.desired.webhooks.values();
        let mut named = self.live.iter().filter(|one| name(one) == of);
        desired.any(|one| one.name.text().expose() == of)
            || named.any(|one| self.policy.is_ours(of) && !is_known(one))
    }
}

fn name(webhook: &LiveWebhook) -> &str {
    webhook.name.text().expose()
}
