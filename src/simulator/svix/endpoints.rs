//! Endpoints: listed, made, changed and deleted.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::{
    body::{self, Fields, Purpose},
    object, pages,
    refusal::Refusal,
    served::{ENV_TYPE, Served, uid},
};
use crate::simulator::{
    StoredWebhook, WebhookSeed,
    answer::{self, Query},
    state::{Decision, Mutation},
};

impl Served<'_> {
    fn answer(&self, status: StatusCode, endpoint: &StoredWebhook) -> Response<Bytes> {
        answer::with_json(status, &object::answer(endpoint, &self.simulator.quirks))
    }

    pub(super) fn list(&self, account: &str, query: &Query) -> Result<Decision, Refusal> {
        let quirks = &self.simulator.quirks;
        let all = self.endpoints(account).map(|it| (it.id.as_str(), it));
        let answered = |endpoint: &StoredWebhook| object::answer(endpoint, quirks);
        pages::page(all, query, quirks, false, answered)
    }

    pub(super) fn get(&self, account: &str, named: &str) -> Result<Decision, Refusal> {
        let endpoint = self.endpoint(account, named)?;
        Ok(self.answer(StatusCode::OK, endpoint).into())
    }

    pub(super) fn create(&self, account: &str, body: &[u8]) -> Result<Decision, Refusal> {
        let fields = body::decode(body, Purpose::Create, self)?;
        self.made(account, fields)
    }

    fn made(&self, account: &str, fields: Fields) -> Result<Decision, Refusal> {
        self.check_room(account)?;
        let seed = WebhookSeed::new("", "", object::all());
        let mut endpoint = self.simulator.draft(account, ENV_TYPE, seed, self.now);
        fields.put_into(&mut endpoint);
        self.check_uid(&endpoint)?;
        Ok(Decision::change(
            self.answer(StatusCode::CREATED, &endpoint),
            Mutation::Put(endpoint),
        ))
    }

    pub(super) fn patch(
        &self,
        account: &str,
        named: &str,
        body: &[u8],
    ) -> Result<Decision, Refusal> {
        let mut endpoint = self.endpoint(account, named)?.clone();
        body::decode(body, Purpose::Patch, self)?.put_into(&mut endpoint);
        self.stored(endpoint)
    }

    /// Replaces an endpoint as a whole; what there is not is made, with a new secret.
    pub(super) fn put(&self, account: &str, named: &str, body: &[u8]) -> Result<Decision, Refusal> {
        let mut fields = body::decode(body, Purpose::Put, self)?;
        let Some(known) = self.find(account, named) else {
            if !body::is_uid(named) || named.starts_with("ep_") {
                return Err(Refusal::NotFound);
            }
            fields.uid.get_or_insert_with(|| Some(named.to_owned()));
            return self.made(account, fields);
        };
        let mut endpoint = known.clone();
        fields.whole().put_into(&mut endpoint);
        self.stored(endpoint)
    }

    fn stored(&self, mut endpoint: StoredWebhook) -> Result<Decision, Refusal> {
        endpoint.updated_at = self.now;
        self.check_uid(&endpoint)?;
        Ok(Decision::change(
            self.answer(StatusCode::OK, &endpoint),
            Mutation::Put(endpoint),
        ))
    }

    pub(super) fn delete(&self, account: &str, named: &str) -> Result<Decision, Refusal> {
        let endpoint = self.endpoint(account, named)?;
        Ok(Decision::change(
            answer::without_body(StatusCode::NO_CONTENT),
            Mutation::Delete(endpoint.id.clone()),
        ))
    }

    /// A uid is an endpoint's own within its application; a URL need not be.
    fn check_uid(&self, endpoint: &StoredWebhook) -> Result<(), Refusal> {
        let Some(own) = uid(endpoint) else {
            return Ok(());
        };
        let others = self.endpoints(&endpoint.client_id);
        let taken = others
            .filter(|other| other.serial != endpoint.serial)
            .any(|other| uid(other) == Some(own));
        match taken {
            true => Err(Refusal::Conflict),
            false => Ok(()),
        }
    }

    /// There is a limit; its number is published nowhere.
    fn check_room(&self, account: &str) -> Result<(), Refusal> {
        let limit = self.simulator.quirks.max_webhooks;
        let has_room = self.simulator.has_room(account, limit);
        has_room.then_some(()).ok_or(Refusal::LimitReached)
    }
}
