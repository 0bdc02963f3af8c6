//! Which path is answered by what.

use std::{error::Error, fmt::Write as _, io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderValue, Method, Response, StatusCode, Uri, header},
    middleware,
    routing::{get, post},
};
use http_body_util::LengthLimitError;
use jiff::Timestamp;
use tokio::{sync::Semaphore, task, time::timeout};

use super::{
    answer::{Refused, json, not_written, or_refused, typed, with_care},
    asked,
    guard::guard,
    service::Service,
};
use crate::{
    manifest::ReconcileMode,
    model::{EnvironmentName, Secret},
    reconcile::{
        Authority, ConditionKind, EnvironmentStatus, NotAuthorized, Paused, PausedBy, Reason,
        Round, RoundId, Sender, Status, UnknownEnvironment, authority::Asked, metrics,
    },
};

/// How many bytes a body may have.
const LARGEST_BODY: usize = 1024 * 1024;
/// How long a body may take.
const BODY: Duration = Duration::from_secs(10);
/// How many pages and documents are written at once: whoever asks for many does not keep the service from its rounds.
const WRITERS: usize = 2;
/// How many bodies are read at once, so that they do not fill memory.
const READERS: usize = 16;
/// How many environments are named that `/readyz` waits for.
const NAMED: usize = 10;

/// What the routes go by.
#[derive(Clone)]
struct Shared {
    service: Service,
    authority: Option<Arc<Authority>>,
    writers: Arc<Semaphore>,
    readers: Arc<Semaphore>,
}

/// All routes.
pub(super) fn router(mut service: Service) -> Router {
    // What everybody can guess is no secret.
    let is_secret = |secret: &Secret| !secret.expose().trim().is_empty();
    service.secret = service.secret.filter(is_secret);
    let authority = service.secret.clone().map(Authority::new).map(Arc::new);
    let shared = Shared {
        service: service.clone(),
        authority,
        writers: Arc::new(Semaphore::new(WRITERS)),
        readers: Arc::new(Semaphore::new(READERS)),
    };
    let guarded = Router::new()
        .route("/", get(page))
        .route("/api/v1/environments", get(environments))
        .route("/api/v1/environments/{name}", get(environment))
        .route("/api/v1/environments/{name}/pause", post(pause))
        .route("/api/v1/environments/{name}/resume", post(resume))
        .route("/api/v1/trigger", post(trigger))
        .route("/api/v1/rounds/{id}", get(round))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(service, guard));
    Router::new()
        .route("/livez", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(measured))
        .merge(guarded)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::map_response(with_care))
        .with_state(shared)
}

async fn alive() -> Response<Body> {
    typed(StatusCode::OK, TEXT, "ok\n".to_owned())
}

const TEXT: &str = "text/plain; charset=utf-8";

async fn ready(State(shared): State<Shared>) -> Response<Body> {
    let waits_for = shared.service.desk.read(waits_for);
    if waits_for.is_empty() {
        return typed(StatusCode::OK, TEXT, "ok\n".to_owned());
    }
    let refused = Refused::new(
        StatusCode::SERVICE_UNAVAILABLE,
        format!("not ready: {waits_for}"),
        "wait for the first rounds; the log says what is in their way",
    );
    refused.answer(&*shared.service.views)
}

/// What the service waits for until it is ready; empty when it is.
fn waits_for(status: &Status) -> String {
    if status.manifest.since.is_none() {
        return "no manifest was read yet".to_owned();
    }
    let is_awaited = |environment: &&EnvironmentStatus| {
        let stands_by = environment.conditions.get(ConditionKind::Ready).reason;
        environment.mode != ReconcileMode::Off
            && environment.paused.is_none()
            && environment.last_attempt.is_none()
            && stands_by != Reason::STANDING_BY
    };
    let awaited: Vec<&str> = (status.environments.iter().filter(is_awaited))
        .map(|environment| environment.name.as_str())
        .collect();
    let Some((first, others)) = awaited.split_first() else {
        return String::new();
    };
    let mut text = format!("no round has ended yet of `{first}`");
    for name in others.iter().take(NAMED - 1) {
        let _ = write!(text, ", `{name}`");
    }
    if awaited.len() > NAMED {
        let _ = write!(text, " and {} more", awaited.len() - NAMED);
    }
    text
}

async fn measured(State(shared): State<Shared>) -> Response<Body> {
    let metrics = shared.service.metrics.clone();
    let status = shared.service.desk.read(Status::clone);
    let write = move || metrics.render(status).map_err(io::Error::other);
    let answer = shared.write("metrics", write).await;
    let answer = answer.map(|text| typed(StatusCode::OK, metrics::CONTENT_TYPE, text));
    or_refused(&shared.service, answer)
}

async fn page(State(shared): State<Shared>) -> Response<Body> {
    let (views, now) = (Arc::clone(&shared.service.views), shared.now());
    let status = shared.service.desk.read(Status::clone);
    let answer = shared
        .write("the page", move || views.page(&status, now))
        .await;
    let answer = answer.map(|text| typed(StatusCode::OK, "text/html; charset=utf-8", text));
    or_refused(&shared.service, answer)
}

async fn environments(State(shared): State<Shared>) -> Response<Body> {
    let views = Arc::clone(&shared.service.views);
    let status = shared.service.desk.read(Status::clone);
    let write = move || views.environments(&status);
    let answer = shared.write("the environments", write).await;
    or_refused(
        &shared.service,
        answer.map(|text| json(StatusCode::OK, text)),
    )
}

type Named = Result<Path<String>, PathRejection>;

async fn environment(State(shared): State<Shared>, name: Named) -> Response<Body> {
    let answer = async {
        let name = named(name)?;
        let (environment, manifest) = shared.service.desk.read(|status| {
            let found = status.environment(&name).cloned();
            let found = found.ok_or_else(|| unknown(&UnknownEnvironment(name.clone())))?;
            Ok((found, status.manifest.clone()))
        })?;
        let views = Arc::clone(&shared.service.views);
        let write = move || views.environment(&environment, &manifest);
        let text = shared.write("the environment", write).await?;
        Ok(json(StatusCode::OK, text))
    };
    or_refused(&shared.service, answer.await)
}

async fn round(State(shared): State<Shared>, id: Named) -> Response<Body> {
    let answer = async {
        let id = id.map(|Path(id)| RoundId(id)).map_err(|_| bad_path())?;
        let found = shared.find(&id).ok_or_else(|| {
            Refused::new(
                StatusCode::NOT_FOUND,
                format!("there is no round `{id}`: it was never asked for, or long ago"),
                "ask for one with `POST /api/v1/trigger`; the last 200 are remembered while the service runs",
            )
        })?;
        shared.show(StatusCode::OK, found).await
    };
    or_refused(&shared.service, answer.await)
}

async fn trigger(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let answer = async {
        let (body, sender) = shared.authorized(request, Authority::sender).await?;
        let environments = match sender {
            Sender::Own => asked::environments(&body)?,
            // What a forge's push is about says nothing of environments.
            Sender::GitHub | Sender::GitLab => Default::default(),
        };
        let desk = &shared.service.desk;
        let id = desk
            .trigger(&environments, shared.now())
            .map_err(|error| unknown(&error))?;
        let found = shared
            .find(&id)
            .ok_or_else(|| not_written("the round", &"it is gone"))?;
        let mut answer = shared.show(StatusCode::ACCEPTED, found).await?;
        if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/rounds/{id}")) {
            answer.headers_mut().insert(header::LOCATION, place);
        }
        Ok(answer)
    };
    or_refused(&shared.service, answer.await)
}

async fn pause(State(shared): State<Shared>, name: Named, request: Request) -> Response<Body> {
    let answer = async {
        let (body, ()) = shared.authorized(request, Authority::allow).await?;
        let paused = asked::pause(&body, shared.now())?;
        shared.set_pause(&named(name)?, Some(paused))
    };
    or_refused(&shared.service, answer.await)
}

async fn resume(State(shared): State<Shared>, name: Named, request: Request) -> Response<Body> {
    let answer = async {
        let (_, ()) = shared.authorized(request, Authority::allow).await?;
        shared.set_pause(&named(name)?, None)
    };
    or_refused(&shared.service, answer.await)
}

async fn not_found(State(shared): State<Shared>, uri: Uri) -> Response<Body> {
    let refused = Refused::new(
        StatusCode::NOT_FOUND,
        format!("there is nothing at {}", uri.path()),
        "see `docs/reconcile.md` for what there is; `/` is the page for people",
    );
    refused.answer(&*shared.service.views)
}

async fn wrong_method(State(shared): State<Shared>, method: Method, uri: Uri) -> Response<Body> {
    let refused = Refused::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{} cannot be asked for with {method}", uri.path()),
        "use a method that the header `Allow` of this answer names",
    );
    refused.answer(&*shared.service.views)
}

impl Shared {
    fn now(&self) -> Timestamp {
        (self.service.now)()
    }

    fn find(&self, id: &RoundId) -> Option<Round> {
        let desk = &self.service.desk;
        desk.read(|status| status.rounds.iter().find(|round| round.id == *id).cloned())
    }

    async fn show(&self, status: StatusCode, round: Round) -> Result<Response<Body>, Refused> {
        let views = Arc::clone(&self.service.views);
        let text = self.write("the round", move || views.round(&round)).await?;
        Ok(json(status, text))
    }

    /// Writes what may be long, where it keeps nobody.
    async fn write(
        &self,
        what: &str,
        write: impl FnOnce() -> io::Result<String> + Send + 'static,
    ) -> Result<String, Refused> {
        let place = self.writers.acquire().await;
        let written = task::spawn_blocking(write).await;
        drop(place);
        match written {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(error)) => Err(not_written(what, &error)),
            Err(error) => Err(not_written(what, &error)),
        }
    }

    /// The body of a request whose sender knows the secret, and what that allows.
    async fn authorized<R>(
        &self,
        request: Request,
        check: fn(&Authority, Asked<'_>, Timestamp) -> Result<R, NotAuthorized>,
    ) -> Result<(Bytes, R), Refused> {
        let path = request.uri().path().to_owned();
        let Some(authority) = &self.authority else {
            return Err(Refused::new(
                StatusCode::FORBIDDEN,
                format!(
                    "{path} is not open: the service has no secret by which it would know who asks"
                ),
                "start it with `--shared-secret-file`",
            ));
        };
        let (head, body) = request.into_parts();
        let body = self.body(&path, body).await?;
        let target = head.uri.path_and_query();
        let asked = Asked {
            method: &head.method,
            path: target.map_or("/", |target| target.as_str()),
            headers: &head.headers,
            body: &body,
        };
        let allowed = check(authority, asked, self.now()).map_err(|error| {
            Refused::new(
                match error {
                    NotAuthorized::NotForThis(_) => StatusCode::FORBIDDEN,
                    NotAuthorized::TooMany => StatusCode::TOO_MANY_REQUESTS,
                    _ => StatusCode::UNAUTHORIZED,
                },
                format!("{path} does nothing: {error}"),
                error.way_out(),
            )
        })?;
        Ok((body, allowed))
    }

    /// The whole body, within its bounds of size and time.
    async fn body(&self, path: &str, body: Body) -> Result<Bytes, Refused> {
        let read = async {
            let _place = self.readers.acquire().await;
            to_bytes(body, LARGEST_BODY).await
        };
        let Ok(read) = timeout(BODY, read).await else {
            return Err(Refused::new(
                StatusCode::REQUEST_TIMEOUT,
                format!(
                    "{path} does nothing: the body was not read within {} seconds",
                    BODY.as_secs()
                ),
                "send it at once; ask again where many others ask",
            ));
        };
        read.map_err(|error| {
            let is_too_large = error
                .source()
                .is_some_and(<dyn Error>::is::<LengthLimitError>);
            match is_too_large {
                true => Refused::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    format!("{path} does nothing: the body has more than 1 MiB"),
                    "send a smaller body",
                ),
                false => Refused::new(
                    StatusCode::BAD_REQUEST,
                    format!("{path} does nothing: the body broke off"),
                    "send it whole",
                ),
            }
        })
    }

    /// Puts onto the desk whether an environment is to be left alone.
    fn set_pause(
        &self,
        name: &EnvironmentName,
        paused: Option<Paused>,
    ) -> Result<Response<Body>, Refused> {
        let desk = &self.service.desk;
        let environment = desk.read(|status| status.environment(name).cloned());
        let is_by_manifest = |environment: &EnvironmentStatus| {
            let by = environment.paused.as_ref().map(|paused| paused.by);
            by == Some(PausedBy::Manifest)
        };
        if paused.is_none() && environment.as_ref().is_some_and(is_by_manifest) {
            return Err(Refused::new(
                StatusCode::CONFLICT,
                format!(
                    "`{name}` stays paused: the manifest pauses it, and a request cannot end that"
                ),
                "take `paused` out of the environment's `reconcile` in the manifest",
            ));
        }
        desk.pause(name, paused.clone())
            .map_err(|error| unknown(&error))?;
        let environment = environment.ok_or_else(|| unknown(&UnknownEnvironment(name.clone())))?;
        let text = self.service.views.pause(&environment, paused.as_ref());
        let text = text.map_err(|error| not_written("the pause", &error))?;
        Ok(json(StatusCode::ACCEPTED, text))
    }
}

fn named(name: Named) -> Result<EnvironmentName, Refused> {
    let name = name.map(|Path(name)| EnvironmentName::new(name));
    name.map_err(|_| bad_path())
}

fn bad_path() -> Refused {
    Refused::new(
        StatusCode::BAD_REQUEST,
        "the path cannot be read: what is percent-encoded in it is no UTF-8",
        "encode the name as UTF-8",
    )
}

fn unknown(error: &UnknownEnvironment) -> Refused {
    Refused::new(
        StatusCode::NOT_FOUND,
        error.to_string(),
        "use a name of the manifest in force; `/api/v1/environments` lists them",
    )
}
