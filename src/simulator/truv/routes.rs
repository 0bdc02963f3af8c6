//! The endpoints: what each method on each path does.
//!
//! Checks come in the order in which Django REST framework makes them: path, `Accept`, credentials,
//! rate, method, content type, body.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use jiff::Timestamp;

use super::{
    body::{self, Fields, Purpose},
    credentials::{self, Caller},
    object,
    refusal::Refusal,
    served::Served,
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
    let uri = request.uri();
    let Some(route) = Route::parse(uri.path()) else {
        return Err(no_route(uri, simulator.quirks.missing_slash));
    };
    check_accept(request.headers())?;
    let (profile, accepted) = (simulator.profile, &simulator.accepted);
    let caller = credentials::authenticate(request.headers(), profile, accepted)?;
    simulator
        .rate_limit
        .admit(caller.secret.expose(), now)
        .map_err(Refusal::Throttled)?;
    simulator.learn(&caller.client_id, caller.env_type, &caller.secret);
    let served = Served(simulator);
    match (route, request.method()) {
        (Route::Webhooks, &Method::GET) => served.list(&caller, request).map(read_only),
        (Route::Webhooks, &Method::POST) => served.create(&caller, json_body(request)?, now),
        (Route::Webhook(id), &Method::GET) => {
            let webhook = served.find(&caller, id)?;
            Ok(read_only(served.object(StatusCode::OK, webhook)))
        }
        (Route::Webhook(id), &Method::PATCH) => served.patch(&caller, id, json_body(request)?, now),
        (Route::Webhook(id), &Method::DELETE) => {
            let webhook = served.find(&caller, id)?;
            Ok(Decision {
                response: answer::without_body(StatusCode::NO_CONTENT),
                mutation: Some(Mutation::Delete(webhook.id.clone())),
            })
        }
        (Route::History, &Method::GET) => served.history(&caller, request, now).map(read_only),
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
        answer::with_json(
            status,
            &object::answer(webhook, self.0.profile, &self.0.quirks),
        )
    }

    fn find(&self, caller: &Caller, id: &str) -> Result<&StoredWebhook, Refusal> {
        let webhook = self
            .0
            .register()
            .of_id(id)
            .find(|webhook| webhook.client_id == caller.client_id)
            .ok_or(Refusal::NotFound)?;
        if webhook.env_type == caller.env_type {
            Ok(webhook)
        } else {
            Err(Refusal::OtherEnvironment)
        }
    }

    fn create(&self, caller: &Caller, body: &[u8], now: Timestamp) -> Result<Decision, Refusal> {
        let fields = self.decode(body, Purpose::Create)?;
        if fields.env_type.is_some_and(|it| it != caller.env_type) {
            return Err(Refusal::OtherEnvironment);
        }
        let seed = fields.seed(|| self.absent_events());
        let webhook = self.0.draft(&caller.client_id, caller.env_type, seed, now);
        self.check_url_is_free(&webhook)?;
        self.check_account_has_room(caller)?;
        Ok(Decision {
            response: self.object(StatusCode::CREATED, &webhook),
            mutation: Some(Mutation::Put(webhook)),
        })
    }

    fn patch(
        &self,
        caller: &Caller,
        id: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        let mut webhook = self.find(caller, id)?.clone();
        let fields = self.decode(body, Purpose::Patch)?;
        let moves = fields.webhook_url.is_some() || fields.env_type.is_some();
        fields.put_into(&mut webhook);
        webhook.updated_at = now;
        if moves {
            self.check_url_is_free(&webhook)?;
        }
        Ok(Decision {
            response: self.object(StatusCode::OK, &webhook),
            mutation: Some(Mutation::Put(webhook)),
        })
    }

    /// The events of a webhook that is created without any.
    fn absent_events(&self) -> Vec<String> {
        match self.0.quirks.absent_events {
            AbsentEvents::All => self
                .0
                .profile
                .event_types
                .iter()
                .map(|&event| event.to_owned())
                .collect(),
            AbsentEvents::None | AbsentEvents::Refused => Vec::new(),
        }
    }

    /// Decodes the body of a request by this provider's rules.
    fn decode(&self, body: &[u8], purpose: Purpose) -> Result<Fields, Refusal> {
        body::decode(body, purpose, self.0)
    }

    fn check_url_is_free(&self, webhook: &StoredWebhook) -> Result<(), Refusal> {
        let comparison = self.0.quirks.url_comparison;
        let mut at_url = self.0.register().at_url(&webhook.webhook_url);
        let taken = at_url.any(|other| {
            other.serial != webhook.serial
                && other.client_id == webhook.client_id
                && other.env_type == webhook.env_type
                && same_url(&other.webhook_url, &webhook.webhook_url, comparison)
        });
        if !taken || self.0.quirks.duplicate_urls == Verdict::Accepted {
            return Ok(());
        }
        let env_type = self
            .0
            .profile
            .spelling(webhook.env_type)
            .unwrap_or_default();
        Err(Refusal::of_field(
            "env_type",
            format!("Webhook url for {env_type} already registered"),
        ))
    }

    fn check_account_has_room(&self, caller: &Caller) -> Result<(), Refusal> {
        let limit = self.0.quirks.max_webhooks;
        let count = self.0.register().count(&caller.client_id);
        if limit == 0 || u32::try_from(count).is_ok_and(|count| count < limit) {
            return Ok(());
        }
        Err(Refusal::of_field(
            "non_field_errors",
            format!("An account may have at most {limit} webhooks"),
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
    let value = request.headers().get(header::CONTENT_TYPE);
    let found = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = found.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::UnsupportedMediaType(found.to_owned()));
    }
    if request.body().len() > LARGEST_BODY {
        return Err(Refusal::TooLarge);
    }
    Ok(request.body())
}
