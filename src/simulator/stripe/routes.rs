//! The endpoints: what each method on each path does.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    body::{self, Fields, Metadata, Purpose},
    caller::{self, Served},
    form::{self, Form},
    idempotency::Keyed,
    object,
    refusal::Refusal,
};
use crate::{
    model::EnvType,
    simulator::{
        StoredWebhook, WebhookSeed, answer,
        state::{Decision, Mutation, Simulator},
    },
};

/// Decides on a request, or refuses it.
pub(super) fn route(
    simulator: &mut Simulator,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let (profile, accepted) = (simulator.profile, &simulator.accepted);
    let caller = &caller::authenticate(request.headers(), profile, accepted)?;
    let admitted = simulator.rate_limit.admit(caller.key.expose(), now);
    admitted.map_err(|_| Refusal::Throttled)?;
    let path = request.uri().path();
    let no_route = || Refusal::NoRoute {
        method: request.method().to_string(),
        path: path.to_owned(),
    };
    let rest = path
        .strip_prefix("/v1/webhook_endpoints")
        .ok_or_else(no_route)?;
    let id = match rest.strip_prefix('/') {
        None if rest.is_empty() => None,
        Some(id) if !id.is_empty() && !id.contains('/') => Some(id),
        _ => return Err(no_route()),
    };
    let served = Served {
        simulator,
        caller,
        now,
    };
    match (request.method(), id) {
        (&Method::GET, None) => served.list(request),
        (&Method::GET, Some(id)) => {
            let body = object::answer(served.find(id)?, &simulator.quirks);
            Ok(ok(&body).into())
        }
        (&Method::DELETE, Some(id)) => {
            let id = served.find(id)?.id.clone();
            let response = ok(&object::deleted(&id));
            Ok(Decision::change(response, Mutation::Delete(id)))
        }
        (&Method::POST, id) => served.post(id, request),
        _ => Err(no_route()),
    }
}

fn ok(body: &Value) -> Response<Bytes> {
    answer::with_json(StatusCode::OK, body)
}

fn form_of(request: &Request<Bytes>) -> Result<Form, Refusal> {
    let is_form = answer::content_type(request.headers())
        .is_none_or(|found| answer::is_media_type(found, "application/x-www-form-urlencoded"));
    if !is_form {
        return Err(Refusal::of_account(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded).",
        ));
    }
    form::read(request.body())
}

impl Served<'_> {
    /// Creates or changes an endpoint, once for each key.
    fn post(&self, id: Option<&str>, request: &Request<Bytes>) -> Result<Decision, Refusal> {
        let keyed = Keyed::of(self, request)?;
        if let Some(keyed) = &keyed
            && let Some(response) = keyed.replay(self)?
        {
            return Ok(response.into());
        }
        let form = form_of(request)?;
        let decision = match id {
            None => self.create(&form)?,
            Some(id) => self.update(id, &form)?,
        };
        Ok(match keyed {
            Some(keyed) => keyed.save(decision, self),
            None => decision,
        })
    }

    fn find(&self, id: &str) -> Result<&StoredWebhook, Refusal> {
        let Self {
            simulator, caller, ..
        } = self;
        let mut found = simulator.register().of_id(id);
        let own = found.find(|it| it.client_id == caller.account && it.env_type == caller.env_type);
        own.ok_or_else(|| Refusal::no_endpoint(id, None))
    }

    fn create(&self, form: &Form) -> Result<Decision, Refusal> {
        let (simulator, env_type) = (self.simulator, self.caller.env_type);
        let fields = body::read(form, Purpose::Create, simulator, env_type)?;
        self.check_count()?;
        let Fields {
            url,
            events,
            description,
            metadata,
            disabled: _, // Unknown there.
            api_version,
            connect,
        } = fields;
        let (name, url) = (description.unwrap_or_default(), url.unwrap_or_default());
        let seed = WebhookSeed::new(name, url, events.unwrap_or_default());
        let mut webhook = simulator.draft(&self.caller.account, env_type, seed, self.now);
        let application = (connect == Some(true)).then(|| "ca_1SimulatedApplication".to_owned());
        for (name, value) in [("api_version", api_version), ("application", application)] {
            if let Some(value) = value {
                webhook.own.insert(name.to_owned(), json!(value));
            }
        }
        set_metadata(&mut webhook, metadata);
        let response = ok(&object::created(&webhook, &simulator.quirks));
        Ok(Decision::change(response, Mutation::Put(webhook)))
    }

    /// Whether one more endpoint is too many.
    fn check_count(&self) -> Result<(), Refusal> {
        let most = match self.simulator.quirks.max_webhooks {
            0 => self.simulator.profile.planning.most.unwrap_or(u32::MAX),
            most => most,
        };
        if self.simulator.has_room(&self.caller.account, most) {
            return Ok(());
        }
        let mode = match self.caller.env_type {
            EnvType::Production => "live",
            EnvType::Sandbox | EnvType::Development => "test",
        };
        Err(Refusal::of_account(format!(
            "You have reached the maximum of {most} {mode} webhook endpoints."
        )))
    }

    fn update(&self, id: &str, form: &Form) -> Result<Decision, Refusal> {
        let mut webhook = self.find(id)?.clone();
        let fields = body::read(form, Purpose::Update, self.simulator, self.caller.env_type)?;
        let Fields {
            url,
            events,
            description,
            metadata,
            disabled,
            api_version: _, // Unknown there, as is the next.
            connect: _,
        } = fields;
        webhook.webhook_url = url.unwrap_or(webhook.webhook_url);
        webhook.events = events.unwrap_or(webhook.events);
        webhook.name = description.unwrap_or(webhook.name);
        webhook.enabled = disabled.map_or(webhook.enabled, |disabled| !disabled);
        webhook.updated_at = self.now;
        set_metadata(&mut webhook, metadata);
        let response = ok(&object::answer(&webhook, &self.simulator.quirks));
        Ok(Decision::change(response, Mutation::Put(webhook)))
    }
}

fn set_metadata(webhook: &mut StoredWebhook, metadata: Option<Metadata>) {
    const NAME: &str = "metadata";
    let mut all = match webhook.own.remove(NAME) {
        Some(Value::Object(all)) => all,
        _ => Map::new(),
    };
    match metadata {
        None => {}
        Some(Metadata::Cleared) => all.clear(),
        Some(Metadata::Set(map)) => {
            for (key, value) in map {
                match value.is_empty() {
                    true => all.remove(&key),
                    false => all.insert(key, json!(value)),
                };
            }
        }
    }
    if !all.is_empty() {
        webhook.own.insert(NAME.to_owned(), Value::Object(all));
    }
}
