//! What all routes have in common: writing answers, reading bodies, and whether a sender knows the secret.

use std::{error::Error, io, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{Response, StatusCode},
};
use http_body_util::LengthLimitError;
use jiff::Timestamp;
use tokio::{sync::Semaphore, task, time::timeout};

use super::{
    answer::{Refused, json, not_written},
    service::Service,
};
use crate::{
    model::{EnvironmentName, Secret},
    reconcile::{
        Authority, EnvironmentStatus, NotAuthorized, Paused, PausedBy, Round, RoundId,
        UnknownEnvironment, authority::Asked,
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
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) service: Service,
    authority: Option<Arc<Authority>>,
    writers: Arc<Semaphore>,
    readers: Arc<Semaphore>,
}

impl Shared {
    pub(super) fn new(mut service: Service) -> Self {
        // What everybody can guess is no secret.
        let is_secret = |secret: &Secret| !secret.expose().trim().is_empty();
        service.secret = service.secret.filter(is_secret);
        Self {
            authority: service.secret.clone().map(Authority::new).map(Arc::new),
            service,
            writers: Arc::new(Semaphore::new(WRITERS)),
            readers: Arc::new(Semaphore::new(READERS)),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.service.now)()
    }

    pub(super) fn find(&self, id: &RoundId) -> Option<Round> {
        let desk = &self.service.desk;
        desk.read(|status| status.rounds.iter().find(|round| round.id == *id).cloned())
    }

    pub(super) async fn show(
        &self,
        status: StatusCode,
        round: Round,
    ) -> Result<Response<Body>, Refused> {
        let views = Arc::clone(&self.service.views);
        let text = self.write("the round", move || views.round(&round)).await?;
        Ok(json(status, text))
    }

    /// Writes what may be long, where it keeps nobody.
    pub(super) async fn write(
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
    pub(super) async fn authorized<R>(
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
    pub(super) fn set_pause(
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

/// The manifest has no such environment.
pub(super) fn unknown(error: &UnknownEnvironment) -> Refused {
    Refused::new(
        StatusCode::NOT_FOUND,
        error.to_string(),
        "use a name of the manifest in force; `/api/v1/environments` lists them",
    )
}
