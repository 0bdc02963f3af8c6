//! A simulator that knows who asks, and for which application.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::{caller::Caller, refusal::Refusal};
use crate::{
    model::EnvType,
    simulator::{
        StoredWebhook,
        state::{Decision, Mutation, Simulator},
    },
};

/// The environment under which everything is kept: a token's own is known to nobody but whoever made it.
pub(super) const ENV_TYPE: EnvType = EnvType::Production;

/// A simulator that is asked by somebody whom it knows.
pub(super) struct Served<'s> {
    pub(super) simulator: &'s Simulator,
    pub(super) caller: &'s Caller,
    pub(super) now: Timestamp,
}

/// An answer without a change.
pub(super) fn read_only(response: Response<Bytes>) -> Decision {
    Decision {
        response,
        mutation: None,
    }
}

/// An answer to a change.
pub(super) fn changed(response: Response<Bytes>, mutation: Mutation) -> Decision {
    Decision {
        response,
        mutation: Some(mutation),
    }
}

impl Served<'_> {
    /// The endpoints of an application, the oldest first.
    pub(super) fn endpoints<'a>(
        &'a self,
        account: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a StoredWebhook> {
        self.simulator
            .webhooks()
            .filter(move |webhook| webhook.client_id == account && webhook.env_type == ENV_TYPE)
    }

    /// The endpoint of this id or uid.
    pub(super) fn endpoint(&self, account: &str, named: &str) -> Result<&StoredWebhook, Refusal> {
        self.find(account, named).ok_or(Refusal::NotFound)
    }

    /// The same, `None` where there is none.
    pub(super) fn find(&self, account: &str, named: &str) -> Option<&StoredWebhook> {
        let is_theirs = |webhook: &&StoredWebhook| webhook.client_id == account;
        let by_id = self.simulator.register().of_id(named).find(is_theirs);
        by_id.or_else(|| {
            let mut all = self.simulator.webhooks().filter(is_theirs);
            all.find(|webhook| uid(webhook) == Some(named))
        })
    }
}

/// The id that whoever made an endpoint chose for it.
pub(super) fn uid(webhook: &StoredWebhook) -> Option<&str> {
    webhook.own.get("uid")?.as_str()
}
