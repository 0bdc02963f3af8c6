//! What is asked of, and by whom: the endpoints of one application.

use http::StatusCode;
use serde_json::Value;

use super::{caller::Caller, refusal::Refusal};
use crate::{
    model::EnvType,
    simulator::{StoredWebhook, answer, served, state::Decision},
};

/// The environment under which everything is kept: a token's own is known to nobody but whoever made it.
pub(super) const ENV_TYPE: EnvType = EnvType::Production;

/// A simulator that is asked by somebody whom it knows.
pub(super) type Served<'s> = served::Served<'s, Caller>;

/// An answer without a change.
pub(super) fn ok(body: &Value) -> Decision {
    answer::with_json(StatusCode::OK, body).into()
}

impl Served<'_> {
    /// The endpoints of an application, the oldest first.
    pub(super) fn endpoints<'a>(
        &'a self,
        account: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a StoredWebhook> {
        self.simulator.webhooks_of(account, ENV_TYPE)
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
