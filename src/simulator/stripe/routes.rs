//! The endpoints: what each method on each path does.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    body::{self, Fields, Metadata, Purpose},
    caller::{self, Caller},
    form::{self, Form},
    idempotency::Keyed,
    lists, object,
    refusal::Refusal,
};
use crate::{
    model::EnvType,
    simulator::{
        StoredWebhook, WebhookSeed, answer,
        state::{Decision, Mutation, Simulator},
    },
};

fn read_only(response: Response<Bytes>) -> Decision {
    Decision {
        response,
        mutation: None,
    }
}

/// Decides on a request, or refuses it.
pub(super) fn route(
    simulator: &mut Simulator,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let (profile, accepted) = (simulator.profile, &simulator.accepted);
    let caller = caller::authenticate(request.headers(), profile, accepted)?;
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
    match (request.method(), id) {
        (&Method::GET, None) => lists::list(simulator, &caller, request).map(read_only),
        (&Method::GET, Some(id)) => {
            let webhook = find(simulator, &caller, id)?;
            let body = object::answer(webhook, &simulator.quirks);
            Ok(read_only(answer::with_json(StatusCode::OK, &body)))
        }
        (&Method::DELETE, Some(id)) => {
            let webhook = find(simulator, &caller, id)?;
            Ok(Decision {
                response: answer::with_json(StatusCode::OK, &object::deleted(&webhook.id)),
                mutation: Some(Mutation::Delete(webhook.id.clone())),
            })
        }
        (&Method::POST, id) => post(simulator, &caller, id, request, now),
        _ => Err(no_route()),
    }
}

/// Creates or changes an endpoint, once for each key.
fn post(
    simulator: &Simulator,
    caller: &Caller,
    id: Option<&str>,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let keyed = Keyed::of(request, caller)?;
    if let Some(keyed) = &keyed
        && let Some(response) = keyed.replay(simulator, now)?
    {
        return Ok(read_only(response));
    }
    let form = form_of(request)?;
    let decision = match id {
        None => create(simulator, caller, &form, now)?,
        Some(id) => update(simulator, caller, id, &form, now)?,
    };
    Ok(match keyed {
        Some(keyed) => keyed.save(decision, simulator, now),
        None => decision,
    })
}

fn form_of(request: &Request<Bytes>) -> Result<Form, Refusal> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let is_form = media_type.is_none_or(|text| {
        let text = text.split(';').next().unwrap_or_default().trim();
        text.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    if !is_form {
        return Err(Refusal::of_account(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded).",
        ));
    }
    form::read(request.body())
}

fn find<'s>(
    simulator: &'s Simulator,
    caller: &Caller,
    id: &str,
) -> Result<&'s StoredWebhook, Refusal> {
    let mut found = simulator.register().of_id(id);
    let own = found.find(|it| it.client_id == caller.account && it.env_type == caller.env_type);
    own.ok_or_else(|| Refusal::no_endpoint(id, None))
}

fn create(
    simulator: &Simulator,
    caller: &Caller,
    form: &Form,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let fields = body::read(form, Purpose::Create, simulator, caller.env_type)?;
    check_count(simulator, caller)?;
    let Fields {
        url,
        events,
        description,
        metadata,
        disabled: _, // Unknown there.
        api_version,
        connect,
    } = fields;
    let seed = WebhookSeed {
        name: description.unwrap_or_default(),
        webhook_url: url.unwrap_or_default(),
        events: events.unwrap_or_default(),
        enabled: true,
    };
    let mut webhook = simulator.draft(&caller.account, caller.env_type, seed, now);
    if let Some(version) = api_version {
        webhook.own.insert("api_version".to_owned(), json!(version));
    }
    if connect == Some(true) {
        webhook
            .own
            .insert("application".to_owned(), json!("ca_1SimulatedApplication"));
    }
    set_metadata(&mut webhook, metadata);
    let body = object::created(&webhook, &simulator.quirks);
    Ok(Decision {
        response: answer::with_json(StatusCode::OK, &body),
        mutation: Some(Mutation::Put(webhook)),
    })
}

/// Whether one more endpoint is too many.
fn check_count(simulator: &Simulator, caller: &Caller) -> Result<(), Refusal> {
    let most = match simulator.quirks.max_webhooks {
        0 => simulator.profile.planning.most.unwrap_or(u32::MAX),
        most => most,
    };
    if simulator.register().count(&caller.account) < usize::try_from(most).unwrap_or(usize::MAX) {
        return Ok(());
    }
    let mode = match caller.env_type {
        EnvType::Production => "live",
        EnvType::Sandbox | EnvType::Development => "test",
    };
    Err(Refusal::of_account(format!(
        "You have reached the maximum of {most} {mode} webhook endpoints."
    )))
}

fn update(
    simulator: &Simulator,
    caller: &Caller,
    id: &str,
    form: &Form,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut webhook = find(simulator, caller, id)?.clone();
    let fields = body::read(form, Purpose::Update, simulator, caller.env_type)?;
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
    webhook.updated_at = now;
    set_metadata(&mut webhook, metadata);
    let body = object::answer(&webhook, &simulator.quirks);
    Ok(Decision {
        response: answer::with_json(StatusCode::OK, &body),
        mutation: Some(Mutation::Put(webhook)),
    })
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
