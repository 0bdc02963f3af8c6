//! What the manifest says one environment should have.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CreateOnly, CredentialSource, EndpointUrl, EventSet, RotationWord, SecretSink, WebhookKey,
    WebhookName,
};

/// A webhook as one environment should have it: overrides applied, values resolved, patterns expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredWebhook {
    /// The name it should have.
    pub name: WebhookName,
    /// Where events should be sent.
    pub url: EndpointUrl,
    /// Which events should be sent; never empty.
    pub events: EventSet,
    /// Whether events should be sent at all.
    pub enabled: bool,
    /// URLs it had before, in the order of preference.
    pub moved_from: Vec<EndpointUrl>,
    /// Whether a live webhook at its URL that is not ours may be taken over.
    pub adopt: bool,
    /// The fields that it has from its creation on, as far as the manifest gives them.
    pub create_only: CreateOnly,
    /// Where the key goes that signs its deliveries, once its creation shows it.
    pub secret_to: Option<SecretSink>,
    /// Where the key comes from that is to sign its deliveries, where its user chooses it. Only creates and rotations
    /// send it.
    pub secret_from: Option<CredentialSource>,
    /// The rotation of its secret that is to have been done.
    pub rotate: Option<RotationWord>,
    /// Whether it may be replaced where such a field differs: no update changes one.
    pub replace: bool,
}

/// The desired state of one environment.
///
/// Invariant, kept by the manifest's checks: no two webhooks have one URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DesiredState {
    /// The webhooks by their key.
    pub webhooks: BTreeMap<WebhookKey, DesiredWebhook>,
    /// Tombstones: names, as they are compared, whose live webhooks are deleted where they are ours.
    pub removed: BTreeSet<String>,
}
