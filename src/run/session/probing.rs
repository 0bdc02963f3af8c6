//! Who probes receivers, and which are probed.

use std::future::Future;

use crate::{model::WebhookKey, run::Connected};

/// Probes receivers: sends signed events to the URL that a webhook is to have.
pub trait ProbeReceivers<T> {
    /// Probes one declared webhook; why it failed, if it did.
    fn probe(
        &self,
        environment: &Connected<T>,
        key: &WebhookKey,
    ) -> impl Future<Output = Result<(), String>>;
}

/// Who probes nothing.
#[derive(Clone, Copy, Debug)]
pub enum NotProbed {}

impl<T> ProbeReceivers<T> for NotProbed {
    async fn probe(&self, _: &Connected<T>, _: &WebhookKey) -> Result<(), String> {
        match *self {}
    }
}

/// Which receivers are probed before a plan is settled.
#[derive(Clone, Copy, Debug)]
pub enum Probing<'p, P> {
    /// None. What is to be enabled again only after a probe cannot be approved then.
    Not,
    /// Those that are to be enabled again, where their environment says `heal: probe`.
    Healed(&'p P),
    /// Those too that are created or moved.
    All(&'p P),
}

impl<'p, P> Probing<'p, P> {
    pub(super) fn prober(&self) -> Option<&'p P> {
        match self {
            Self::Not => None,
            Self::Healed(prober) | Self::All(prober) => Some(prober),
        }
    }
}
