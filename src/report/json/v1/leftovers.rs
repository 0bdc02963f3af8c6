//! The document of `migrate`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Document;
use crate::{
    leftovers::{self, Evidence, Leftovers, Why},
    report::leftovers as words,
    run::Outcome,
};

/// What scripts left behind.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Migrated {
    /// The tombstones that are proposed, by name.
    proposals: Vec<Tombstone>,
    /// What looks left over, and gets no tombstone.
    kept: Vec<KeptWebhook>,
    /// The tombstones as a part of a manifest; empty where there are none.
    manifest: String,
}

/// A tombstone, and what it would delete.
#[derive(Debug, Serialize, JsonSchema)]
struct Tombstone {
    name: String,
    webhooks: Vec<LeftoverWebhook>,
}

/// A webhook that looks left over, and gets no tombstone.
#[derive(Debug, Serialize, JsonSchema)]
struct KeptWebhook {
    name: String,
    webhook: LeftoverWebhook,
    reason: KeptReason,
    /// The same in words.
    message: String,
}

/// A webhook that looks left over.
#[derive(Debug, Serialize, JsonSchema)]
struct LeftoverWebhook {
    environment: String,
    id: String,
    url: String,
    evidence: Vec<Finding>,
}

/// A piece of evidence.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LeftoverEvidence")]
struct Finding {
    kind: Kind,
    /// The same in words.
    message: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "LeftoverKind")]
enum Kind {
    /// It sends to a tunnel or a request bin.
    BorrowedHost,
    /// A script made it for a run, and another one since.
    EarlierRun,
    /// Another webhook has the same URL.
    SameUrl,
    /// Everything that was sent to it failed.
    Failing,
    /// Nothing was sent to it, while such events were sent to others.
    Silent,
    /// The provider sends nothing to it.
    Disabled,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum KeptReason {
    /// It accepted events.
    Accepted,
    /// A pattern of `protect` keeps it.
    Protected,
    /// A tombstone would also delete a webhook that stays.
    SharedName,
    /// Its name cannot be written down.
    NoName,
}

/// The document of `migrate`. `written`: the tombstones were added to the manifest.
pub fn migrated(found: &Leftovers, manifest: &str, written: bool) -> Document<Migrated> {
    let Leftovers { proposals, kept } = found;
    let outcome = match (proposals.is_empty(), written) {
        (true, _) => Outcome::Nothing,
        (false, true) => Outcome::Applied,
        (false, false) => Outcome::Changes,
    };
    let proposals = proposals.iter().map(|one| Tombstone {
        name: one.name.clone(),
        webhooks: one.webhooks.iter().map(webhook).collect(),
    });
    let kept = kept.iter().map(|one| KeptWebhook {
        name: one.leftover.webhook.name.text().shown().to_owned(),
        webhook: webhook(&one.leftover),
        reason: match one.why {
            Why::Accepted { times: _ } => KeptReason::Accepted,
            Why::Protected => KeptReason::Protected,
            Why::SharedName { environment: _ } => KeptReason::SharedName,
            Why::NoName => KeptReason::NoName,
        },
        message: words::why(&one.why),
    });
    Document::new(
        outcome,
        Migrated {
            proposals: proposals.collect(),
            kept: kept.collect(),
            manifest: manifest.to_owned(),
        },
    )
}

fn webhook(leftover: &leftovers::Leftover) -> LeftoverWebhook {
    let evidence = leftover.evidence.iter().map(|one| Finding {
        kind: match one {
            Evidence::BorrowedHost { host: _ } => Kind::BorrowedHost,
            Evidence::EarlierRun { newer: _ } => Kind::EarlierRun,
            Evidence::SameUrl { other: _ } => Kind::SameUrl,
            Evidence::Failing {
                times: _,
                last_status: _,
            } => Kind::Failing,
            Evidence::Silent { event_type: _ } => Kind::Silent,
            Evidence::Disabled => Kind::Disabled,
        },
        message: words::evidence(one),
    });
    LeftoverWebhook {
        environment: leftover.environment.to_string(),
        id: leftover.webhook.id.shown().to_owned(),
        url: leftover.webhook.url.text().shown().to_owned(),
        evidence: evidence.collect(),
    }
}
