//! The paths, and what each method on each of them does.

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

use super::{
    caller,
    idempotency::{self, Once},
    refusal::Refusal,
    served::Served,
};
use crate::simulator::{
    answer::{self, Query},
    state::{Decision, LARGEST_BODY, Simulator},
};

/// The parts of a path below `/api/v1/`.
fn parts(path: &str) -> Option<Vec<&str>> {
    let path = path.strip_prefix("/api/v1/")?;
    // Self-hosted servers take a slash at the end.
    let path = path.strip_suffix('/').unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    let is_whole = parts.iter().all(|part| !part.is_empty());
    is_whole.then_some(parts)
}

/// The methods that a path takes; `None` where there is no such path.
fn methods(parts: &[&str]) -> Option<&'static str> {
    Some(match parts {
        ["app"] | ["event-type"] | ["app", _, "endpoint"] => "GET, POST",
        ["app", _] => "GET, DELETE",
        ["event-type", _] | ["app", _, "endpoint", _] => "GET, PUT, PATCH, DELETE",
        ["app", _, "endpoint", _, "secret"] | ["app", _, "attempt", "endpoint", _] => "GET",
        ["app", _, "endpoint", _, "headers"] => "GET, PUT, PATCH",
        ["app", _, "endpoint", _, "send-example" | "recover"]
        | ["app", _, "endpoint", _, "secret", "rotate"]
        | ["app", _, "msg", _, "endpoint", _, "resend"] => "POST",
        _ => return None,
    })
}

/// Decides on a request, or refuses it.
pub(super) fn decide(
    simulator: &mut Simulator,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let parts = parts(request.uri().path()).ok_or(Refusal::NotFound)?;
    let methods = methods(&parts).ok_or(Refusal::NotFound)?;
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
        Once::Known(response) => return Ok(response.into()),
        Once::New(name) => Some(name),
        Once::Whenever => None,
    };
    let decision = served.route(&parts, request, methods)?;
    Ok(match once {
        Some(name) => idempotency::kept(name, decision, now),
        None => decision,
    })
}

impl Served<'_> {
    fn route(
        &self,
        parts: &[&str],
        request: &Request<Bytes>,
        methods: &'static str,
    ) -> Result<Decision, Refusal> {
        let query = &Query::of(request.uri());
        let body = || json_body(request);
        let account = |app| self.account(app);
        match (request.method().as_str(), parts) {
            ("POST", ["app"]) => self.create_application(body()?, query),
            ("GET", ["app"]) => self.list_applications(query),
            ("GET", ["app", app]) => self.get_application(app),
            ("GET", ["event-type"]) => self.list_event_types(query),
            ("POST", ["event-type"]) => self.create_event_type(body()?),
            ("GET", ["event-type", name]) => self.get_event_type(name),
            (method @ ("PUT" | "PATCH"), ["event-type", name]) => {
                self.change_event_type(name, body()?, method == "PUT")
            }
            ("DELETE", ["event-type", name]) => self.delete_event_type(name, query),
            (method, ["app", app, "endpoint", rest @ ..]) => match (method, rest) {
                ("GET", []) => self.list(&account(app)?, query),
                ("POST", []) => self.create(&account(app)?, body()?),
                ("GET", [named]) => self.get(&account(app)?, named),
                ("PATCH", [named]) => self.patch(&account(app)?, named, body()?),
                ("PUT", [named]) => self.put(&account(app)?, named, body()?),
                ("DELETE", [named]) => self.delete(&account(app)?, named),
                ("GET", [named, "secret"]) => self.secret(&account(app)?, named),
                ("POST", [named, "secret", "rotate"]) => {
                    self.rotate(&account(app)?, named, body()?)
                }
                ("GET", [named, "headers"]) => self.headers(&account(app)?, named),
                ("PUT" | "PATCH", [named, "headers"]) => {
                    self.set_headers(&account(app)?, named, body()?, method == "PUT")
                }
                ("POST", [named, "send-example"]) => self.example(&account(app)?, named, body()?),
                ("POST", [named, "recover"]) => self.recover(&account(app)?, named, body()?),
                _ => Err(Refusal::MethodNotAllowed(methods)),
            },
            ("GET", ["app", app, "attempt", "endpoint", named]) => {
                self.attempts(&account(app)?, named, query)
            }
            ("POST", ["app", app, "msg", message, "endpoint", named, "resend"]) => {
                self.resend(&account(app)?, named, message)
            }
            _ => Err(Refusal::MethodNotAllowed(methods)),
        }
    }
}

fn json_body(request: &Request<Bytes>) -> Result<&[u8], Refusal> {
    let found = answer::content_type(request.headers()).unwrap_or("");
    if !answer::is_media_type(found, "application/json") {
        return Err(Refusal::UnsupportedMediaType);
    }
    if request.body().len() > LARGEST_BODY {
        return Err(Refusal::TooLarge);
    }
    Ok(request.body())
}
