//! The endpoints: what each method on each path does.
//!
//! Checks come in the order in which Django REST framework makes them: path, `Accept`, credentials,
//! rate, method, content type, body.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use jiff::Timestamp;

use super::{
    body::{self, Purpose},
    credentials::{self, Served},
    object,
    refusal::Refusal,
};
use crate::simulator::{
    StoredWebhook, answer,
    quirks::{AbsentEvents, MissingSlash, Verdict},
    state::{Decision, LARGEST_BODY, Mutation, Simulator},
    webhook::same_url,
};

enum Route<'p> {
    Webhooks,
    Webhook(&'p str),
    History,
}

impl<'p> Route<'p> {
    fn parse(path: &'p str) -> Option<Self> {
        match path.strip_prefix("/v1/")?.strip_suffix('/')? {
            "webhooks" => Some(Self::Webhooks),
            "webhook-requests" => Some(Self::History),
            rest => {
                let id = rest.strip_prefix("webhooks/")?;
                (!id.is_empty() && !id.contains('/')).then_some(Self::Webhook(id))
            }
        }
    }

    fn allow(&self) -> &'static str {
        match self {
            Self::Webhooks => "GET, POST",
            Self::Webhook(_) => "GET, PATCH, DELETE",
            Self::History => "GET",
        }
    }
}

/// Decides on a request, or refuses it.
pub(super) fn route(
    simulator: &mut Simulator,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let uri = request.uri();
    let Some(route) = Route::parse(uri.path()) else {
        return Err(no_route(uri, simulator.quirks.missing_slash));
    };
    check_accept(request.headers())?;
    let (profile, accepted) = (simulator.profile, &simulator.accepted);
    let caller = &credentials::authenticate(request.headers(), profile, accepted)?;
    simulator
        .rate_limit
        .admit(caller.secret.expose(), now)
        .map_err(Refusal::Throttled)?;
    simulator.learn(&caller.client_id, caller.env_type, &caller.secret);
    let served = Served {
        simulator,
        caller,
        now,
    };
    match (route, request.method()) {
        (Route::Webhooks, &Method::GET) => served.list(request).map(Decision::from),
        (Route::Webhooks, &Method::POST) => served.create(json_body(request)?),
        (Route::Webhook(id), &Method::GET) => {
            let webhook = served.find(id)?;
            Ok(served.object(StatusCode::OK, webhook).into())
        }
        (Route::Webhook(id), &Method::PATCH) => served.patch(id, json_body(request)?),
        (Route::Webhook(id), &Method::DELETE) => {
            let webhook = served.find(id)?;
            let response = answer::without_body(StatusCode::NO_CONTENT);
            Ok(Decision::change(
                response,
                Mutation::Delete(webhook.id.clone()),
            ))
        }
        (Route::History, &Method::GET) => served.history(request).map(Decision::from),
        (route, method) => Err(Refusal::MethodNotAllowed {
            method: method.to_string(),
            allow: route.allow(),
        }),
    }
}

fn no_route(uri: &Uri, missing_slash: MissingSlash) -> Refusal {
    let slashed = format!("{}/", uri.path());
    match missing_slash {
        MissingSlash::Redirect if Route::parse(&slashed).is_some() => {
            let query = uri.query().map(|query| format!("?{query}"));
            Refusal::MissingSlash(slashed + &query.unwrap_or_default())
        }
        MissingSlash::Redirect | MissingSlash::NotFound => Refusal::NotFound,
    }
}

impl Served<'_> {
    fn object(&self, status: StatusCode, webhook: &StoredWebhook) -> Response<Bytes> {
        let Simulator {
            profile, quirks, ..
        } = self.simulator;
        answer::with_json(status, &object::answer(webhook, profile, quirks))
    }

    fn find(&self, id: &str) -> Result<&StoredWebhook, Refusal> {
        let webhook = self
            .simulator
            .register()
            .of_id(id)
            .find(|webhook| webhook.client_id == self.caller.client_id)
            .ok_or(Refusal::NotFound)?;
        if webhook.env_type == self.caller.env_type {
            Ok(webhook)
        } else {
            Err(Refusal::OtherEnvironment)
        }
    }

    fn create(&self, body: &[u8]) -> Result<Decision, Refusal> {
        let (simulator, caller) = (self.simulator, self.caller);
        let fields = body::decode(body, Purpose::Create, simulator)?;
        if fields.env_type.is_some_and(|it| it != caller.env_type) {
            return Err(Refusal::OtherEnvironment);
        }
        let seed = fields.seed(|| self.absent_events());
        let webhook = simulator.draft(&caller.client_id, caller.env_type, seed, self.now);
        self.check_url_is_free(&webhook)?;
        let limit = simulator.quirks.max_webhooks;
        if !simulator.has_room(&caller.client_id, limit) {
            let message = format!("An account may have at most {limit} webhooks");
            return Err(Refusal::of_field("non_field_errors", message));
        }
        let response = self.object(StatusCode::CREATED, &webhook);
        Ok(Decision::change(response, Mutation::Put(webhook)))
    }

    fn patch(&self, id: &str, body: &[u8]) -> Result<Decision, Refusal> {
        let mut webhook = self.find(id)?.clone();
        let fields = body::decode(body, Purpose::Patch, self.simulator)?;
        let moves = fields.webhook_url.is_some() || fields.env_type.is_some();
        fields.put_into(&mut webhook);
        webhook.updated_at = self.now;
        if moves {
            self.check_url_is_free(&webhook)?;
        }
        let response = self.object(StatusCode::OK, &webhook);
        Ok(Decision::change(response, Mutation::Put(webhook)))
    }

    /// The events of a webhook that is created without any.
    fn absent_events(&self) -> Vec<String> {
        match self.simulator.quirks.absent_events {
            AbsentEvents::All => {
                let all = self.simulator.profile.event_types.iter();
                all.map(|&event| event.to_owned()).collect()
            }
            AbsentEvents::None | AbsentEvents::Refused => Vec::new(),
        }
    }

    fn check_url_is_free(&self, webhook: &StoredWebhook) -> Result<(), Refusal> {
        let simulator = self.simulator;
        let comparison = simulator.quirks.url_comparison;
        let mut at_url = simulator.register().at_url(&webhook.webhook_url);
        let taken = at_url.any(|other| {
            other.serial != webhook.serial
                && other.client_id == webhook.client_id
                && other.env_type == webhook.env_type
                && same_url(&other.webhook_url, &webhook.webhook_url, comparison)
        });
        if !taken || simulator.quirks.duplicate_urls == Verdict::Accepted {
            return Ok(());
        }
        let env_type = simulator.profile.spelling(webhook.env_type);
        let env_type = env_type.unwrap_or_default();
        Err(Refusal::of_field(
            "env_type",
            format!("Webhook url for {env_type} already registered"),
        ))
    }
}

fn check_accept(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("").split(','))
        .peekable();
    let takes_json = ranges.peek().is_none()
        || ranges.any(|range| {
            let (kind, parameters) = range.split_once(';').unwrap_or((range, ""));
            let refused = parameters.split(';').any(|it| {
                let quality = it.trim().strip_prefix("q=");
                quality.and_then(|q| q.parse::<f32>().ok()) == Some(0.0)
            });
            !refused && matches!(kind.trim(), "*/*" | "application/*" | "application/json")
        });
    takes_json.then_some(()).ok_or(Refusal::NotAcceptable)
}

fn json_body(request: &Request<Bytes>) -> Result<&[u8], Refusal> {
    let found = answer::content_type(request.headers()).unwrap_or("");
    if !answer::is_media_type(found, "application/json") {
        return Err(Refusal::UnsupportedMediaType(found.to_owned()));
    }
    if request.body().len() > LARGEST_BODY {
        return Err(Refusal::TooLarge);
    }
    Ok(request.body())
}
