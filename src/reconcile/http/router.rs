//! Which path is answered by what.

use std::{fmt::Write as _, io, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderValue, Method, Response, StatusCode, Uri, header},
    middleware,
    routing::{get, post},
};

use super::{
    answer::{Refused, json, not_written, or_refused, typed, with_care},
    asked,
    guard::guard,
    service::Service,
    shared::{Shared, unknown},
};
use crate::{
    manifest::ReconcileMode,
    model::EnvironmentName,
    reconcile::{
        Authority, ConditionKind, EnvironmentStatus, Reason, RoundId, Sender, Status,
        UnknownEnvironment, metrics,
    },
};

/// How many environments are named that `/readyz` waits for.
const NAMED: usize = 10;

pub(super) fn router(service: Service) -> Router {
    let shared = Shared::new(service);
    let service = shared.service.clone();
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
