//! The paths, and what each method on each of them does.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use jiff::Timestamp;

use super::{
    caller,
    idempotency::{self, Once},
    pages::Query,
    refusal::Refusal,
    served::Served,
};
use crate::simulator::state::{Decision, LARGEST_BODY, Simulator};

/// A path below `/api/v1/`, taken apart.
enum Route<'p> {
    Applications,
    Application(&'p str),
    EventTypes,
    EventType(&'p str),
    Endpoints(&'p str),
    Endpoint(&'p str, &'p str),
    Secret(&'p str, &'p str),
    Rotate(&'p str, &'p str),
    Headers(&'p str, &'p str),
    Example(&'p str, &'p str),
    Recover(&'p str, &'p str),
    Attempts(&'p str, &'p str),
    Resend(&'p str, &'p str, &'p str),
}

impl<'p> Route<'p> {
    fn parse(path: &'p str) -> Option<Self> {
        let path = path.strip_prefix("/api/v1/")?;
        // Self-hosted servers take a slash at the end.
        let path = path.strip_suffix('/').unwrap_or(path);
        let parts: Vec<&str> = path.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        Some(match parts[..] {
            ["app"] => Self::Applications,
            ["app", app] => Self::Application(app),
            ["event-type"] => Self::EventTypes,
            ["event-type", name] => Self::EventType(name),
            ["app", app, "endpoint"] => Self::Endpoints(app),
            ["app", app, "endpoint", endpoint] => Self::Endpoint(app, endpoint),
            ["app", app, "endpoint", endpoint, "secret"] => Self::Secret(app, endpoint),
            ["app", app, "endpoint", endpoint, "secret", "rotate"] => Self::Rotate(app, endpoint),
            ["app", app, "endpoint", endpoint, "headers"] => Self::Headers(app, endpoint),
            ["app", app, "endpoint", endpoint, "send-example"] => Self::Example(app, endpoint),
            ["app", app, "endpoint", endpoint, "recover"] => Self::Recover(app, endpoint),
            ["app", app, "attempt", "endpoint", endpoint] => Self::Attempts(app, endpoint),
            ["app", app, "msg", message, "endpoint", endpoint, "resend"] => {
                Self::Resend(app, message, endpoint)
            }
            _ => return None,
        })
    }

    fn allow(&self) -> &'static str {
        match self {
            Self::Applications | Self::EventTypes | Self::Endpoints(_) => "GET, POST",
            Self::Application(_) => "GET, DELETE",
            Self::EventType(_) | Self::Endpoint(..) => "GET, PUT, PATCH, DELETE",
            Self::Secret(..) | Self::Attempts(..) => "GET",
            Self::Rotate(..) | Self::Example(..) | Self::Recover(..) | Self::Resend(..) => "POST",
            Self::Headers(..) => "GET, PUT, PATCH",
        }
    }
}

/// Decides on a request, or refuses it.
pub(super) fn decide(
    simulator: &mut Simulator,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let route = Route::parse(request.uri().path()).ok_or(Refusal::NotFound)?;
    let caller = caller::authenticate(request.headers(), &simulator.accepted)?;
    simulator
        .rate_limit
        .admit(&caller.token, now)
        .map_err(Refusal::Throttled)?;
    let served = Served {
        simulator,
        caller: &caller,
        now,
    };
    let once = match idempotency::of(&served, request) {
        Once::Known(response) => {
            return Ok(Decision {
                response,
                mutation: None,
            });
        }
        Once::New(name) => Some(name),
        Once::Whenever => None,
    };
    let decision = served.route(&route, request)?;
    Ok(match once {
        Some(name) => idempotency::kept(name, decision, now),
        None => decision,
    })
}

impl Served<'_> {
    fn route(&self, route: &Route<'_>, request: &Request<Bytes>) -> Result<Decision, Refusal> {
        let query = &Query::of(request.uri());
        let body = || json_body(request);
        let account = |app| self.account(app);
        let method = request.method();
        match (route, method) {
            (Route::Applications, &Method::POST) => self.create_application(body()?, query),
            (Route::Applications, &Method::GET) => self.list_applications(query),
            (Route::Application(app), &Method::GET) => self.get_application(app),
            (Route::EventTypes, &Method::GET) => self.list_event_types(query),
            (Route::EventTypes, &Method::POST) => self.create_event_type(body()?),
            (Route::EventType(name), &Method::GET) => self.get_event_type(name),
            (Route::EventType(name), &Method::PUT | &Method::PATCH) => {
                self.change_event_type(name, body()?, method == Method::PUT)
            }
            (Route::EventType(name), &Method::DELETE) => self.delete_event_type(name, query),
            (Route::Endpoints(app), &Method::GET) => self.list(&account(app)?, query),
            (Route::Endpoints(app), &Method::POST) => self.create(&account(app)?, body()?),
            (Route::Endpoint(app, named), &Method::GET) => self.get(&account(app)?, named),
            (Route::Endpoint(app, named), &Method::PATCH) => {
                self.patch(&account(app)?, named, body()?)
            }
            (Route::Endpoint(app, named), &Method::PUT) => self.put(&account(app)?, named, body()?),
            (Route::Endpoint(app, named), &Method::DELETE) => self.delete(&account(app)?, named),
            (Route::Secret(app, named), &Method::GET) => self.secret(&account(app)?, named),
            (Route::Rotate(app, named), &Method::POST) => {
                self.rotate(&account(app)?, named, body()?)
            }
            (Route::Headers(app, named), &Method::GET) => self.headers(&account(app)?, named),
            (Route::Headers(app, named), &Method::PUT | &Method::PATCH) => {
                self.set_headers(&account(app)?, named, body()?, method == Method::PUT)
            }
            (Route::Example(app, named), &Method::POST) => {
                self.example(&account(app)?, named, body()?)
            }
            (Route::Recover(app, named), &Method::POST) => {
                self.recover(&account(app)?, named, body()?)
            }
            (Route::Attempts(app, named), &Method::GET) => {
                self.attempts(&account(app)?, named, query)
            }
            (Route::Resend(app, message, named), &Method::POST) => {
                self.resend(&account(app)?, named, message)
            }
            _ => Err(Refusal::MethodNotAllowed(route.allow())),
        }
    }
}

fn json_body(request: &Request<Bytes>) -> Result<&[u8], Refusal> {
    if !is_json(request.headers()) {
        return Err(Refusal::UnsupportedMediaType);
    }
    if request.body().len() > LARGEST_BODY {
        return Err(Refusal::TooLarge);
    }
    Ok(request.body())
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let found = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = found.split(';').next().unwrap_or("").trim();
    kind.eq_ignore_ascii_case("application/json")
}
