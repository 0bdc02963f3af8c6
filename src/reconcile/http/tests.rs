mod connected;

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Request, Response, StatusCode},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::{connections::connection, router::router, *};
use crate::{
    manifest::{Pause, ReconcileMode},
    model::{EnvironmentName, Secret},
    net::Stop,
    reconcile::{
        Cause, Desk, EnvironmentRound, EnvironmentStatus, ManifestStatus, Metrics, Paused,
        PausedBy, Reason, Round, RoundId, Status, Work,
        tests::{at, environment, status},
    },
    run::Outcome,
};

const SECRET: &str = "canary-5ecret";
const NOW: i64 = 1_790_000_000;

/// Views that say what they were asked to show.
struct Plain;

impl Views for Plain {
    fn page(&self, status: &Status, _: Timestamp) -> io::Result<String> {
        Ok(format!("page of {}", status.environments.len()))
    }

    fn environments(&self, status: &Status) -> io::Result<String> {
        Ok(format!("environments: {}", status.environments.len()))
    }

    fn environment(
        &self,
        environment: &EnvironmentStatus,
        _: &ManifestStatus,
    ) -> io::Result<String> {
        match environment.name.as_str() {
            "broken" => Err(io::Error::other("no ink")),
            name => Ok(format!("environment {name}")),
        }
    }

    fn round(&self, round: &Round) -> io::Result<String> {
        let names: Vec<&str> = round
            .environments
            .keys()
            .map(EnvironmentName::as_str)
            .collect();
        Ok(format!(
            "round of {}, {} asked",
            names.join(" "),
            round.requests
        ))
    }

    fn pause(
        &self,
        environment: &EnvironmentStatus,
        paused: Option<&Paused>,
    ) -> io::Result<String> {
        let reason = paused.map(|paused| &paused.pause.reason);
        Ok(format!("{}: {reason:?}", environment.name))
    }

    fn failure(&self, outcome: Outcome, error: &str, way_out: &str) -> io::Result<String> {
        Ok(format!("{}: {error} | {way_out}", outcome.as_str()))
    }
}

/// A service with two environments, `prod` and `sandbox`.
fn service() -> Service {
    Service {
        desk: Desk::new(status(vec![environment("prod"), environment("sandbox")])),
        metrics: Metrics::default(),
        views: Arc::new(Plain),
        secret: Some(Secret::new(SECRET)),
        listens_on_loopback: true,
        now: Arc::new(|| at(NOW)),
    }
}

fn get(path: &str) -> Request<Body> {
    let request = Request::get(path).header("host", "localhost:9464");
    request.body(Body::empty()).unwrap()
}

/// A request of somebody who knows the secret.
fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path)
        .header("host", "localhost:9464")
        .header("authorization", format!("Bearer {SECRET}"));
    request.body(body.into()).unwrap()
}

/// The answer of a service to a request.
async fn whole(service: &Service, request: Request<Body>) -> Response<Bytes> {
    let response = router(service.clone()).oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body);
    assert!(
        !text.contains("canary") && !format!("{head:?}").contains("canary"),
        "{text}"
    );
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "cache-control",
    ] {
        assert!(head.headers.contains_key(name), "{name}: {head:?}");
    }
    Response::from_parts(head, body)
}

async fn answer(service: &Service, request: Request<Body>) -> (u16, String) {
    let response = whole(service, request).await;
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    (response.status().as_u16(), text)
}

fn answered(status: u16, text: &str) -> (u16, String) {
    (status, text.to_owned())
}

#[tokio::test]
async fn each_route_shows_what_is_its() {
    let service = service();
    for (path, text) in [
        ("/livez", "ok\n"),
        ("/", "page of 2"),
        ("/api/v1/environments", "environments: 2"),
        ("/api/v1/environments/prod", "environment prod"),
        ("/api/v1/environments/pr%6Fd", "environment prod"),
    ] {
        assert_eq!(answer(&service, get(path)).await, answered(200, text));
    }
    let metrics = whole(&service, get("/metrics")).await;
    assert_eq!(
        metrics.headers()["content-type"],
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    assert!(metrics.body().ends_with(b"# EOF\n"));
    let page = whole(&service, get("/")).await;
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("script"));
}

#[tokio::test]
async fn what_cannot_be_done_says_what_and_why_and_what_to_do() {
    let mut texts = String::new();
    let service = service();
    let broken = environment("broken");
    service
        .desk
        .update(|status| status.environments.push(broken));
    let mut without_host = get("/");
    without_host.headers_mut().remove("host");
    let mut foreign_host = get("/api/v1/environments");
    foreign_host
        .headers_mut()
        .insert("host", "evil.example".parse().unwrap());
    let mut unsigned = post("/api/v1/trigger", "");
    unsigned.headers_mut().remove("authorization");
    let mut wrong = post("/api/v1/trigger", "");
    wrong
        .headers_mut()
        .insert("authorization", "Bearer x".parse().unwrap());
    let mut forge = post("/api/v1/environments/prod/pause", "Hello, World!");
    forge.headers_mut().remove("authorization");
    forge
        .headers_mut()
        .insert("x-gitlab-token", SECRET.parse().unwrap());
    let pause = "/api/v1/environments/prod/pause";
    let until = |seconds: i64| format!(r#"{{"reason": "INC-1", "until": "{}"}}"#, at(seconds));
    for request in [
        get("/nothing"),
        get("/api/v1/trigger"),
        post("/", ""),
        post("/livez", ""),
        get("/api/v1/environments/none"),
        get("/api/v1/environments/%FF"),
        get("/api/v1/environments/broken"),
        get("/api/v1/rounds/1"),
        without_host,
        foreign_host,
        unsigned,
        wrong,
        forge,
        post("/api/v1/trigger", "{"),
        post("/api/v1/trigger", r#"{"environment": "prod"}"#),
        post("/api/v1/trigger", r#"{"environments": []}"#),
        post("/api/v1/trigger", r#"{"environments": ["prod", "none"]}"#),
        post("/api/v1/trigger", vec![b' '; 1024 * 1024 + 1]),
        post(pause, ""),
        post(pause, r#"{"reason": "INC-1"}"#),
        post(pause, r#"{"reason": " ", "until": "2030-01-01T00:00:00Z"}"#),
        post(pause, until(NOW).replace("INC-1", &"x".repeat(201))),
        post(pause, until(NOW)),
        post(pause, until(NOW + 7 * 24 * 3600 + 1)),
        post("/api/v1/environments/none/pause", until(NOW + 60)),
        post("/api/v1/environments/none/resume", ""),
    ] {
        let asked = format!("{} {}", request.method(), request.uri());
        let (status, text) = answer(&service, request).await;
        texts += &format!("{asked}\n  {status} {text}\n");
    }
    insta::assert_snapshot!(texts);
    assert!(service.desk.read(|status| status.rounds.is_empty()));
}

#[tokio::test]
async fn what_a_client_may_do_instead_is_in_the_headers() {
    let service = service();
    let wrong_method = whole(&service, get("/api/v1/trigger")).await;
    assert_eq!(wrong_method.headers()["allow"], "POST");
    let mut unsigned = post("/api/v1/trigger", "");
    unsigned.headers_mut().remove("authorization");
    let unsigned = whole(&service, unsigned).await;
    assert_eq!(
        unsigned.headers()["www-authenticate"],
        "Bearer realm=\"hookwright\""
    );
    let large = post("/api/v1/trigger", vec![b' '; 1024 * 1024 + 1]);
    assert_eq!(
        whole(&service, large).await.headers()["connection"],
        "close"
    );
}

#[tokio::test]
async fn without_a_secret_nobody_writes_and_others_see_probes_and_metrics_alone() {
    let mut service = service();
    service.secret = None;
    let no_secret = answered(
        403,
        "refused: /api/v1/trigger is not open: the service has no secret by which it would know who asks | start it with `--shared-secret-file`",
    );
    assert_eq!(
        answer(&service, post("/api/v1/trigger", "")).await,
        no_secret
    );
    service.listens_on_loopback = false;
    for path in ["/", "/api/v1/environments", "/nothing"] {
        let (status, text) = answer(&service, get(path)).await;
        assert_eq!(status, 403);
        assert_eq!(
            text,
            format!(
                "refused: {path} is not shown: the service listens on an address that others reach, and has no secret | \
                 start it with `--shared-secret-file`, or with `--listen` on a loopback address"
            )
        );
    }
    for path in ["/livez", "/metrics"] {
        let mut request = get(path);
        request
            .headers_mut()
            .insert("host", "10.0.0.7".parse().unwrap());
        assert_eq!(answer(&service, request).await.0, 200);
    }
    assert_eq!(answer(&service, get("/readyz")).await.0, 503);
    service.secret = Some(Secret::new(SECRET));
    let mut request = get("/");
    request
        .headers_mut()
        .insert("host", "status.example.com".parse().unwrap());
    assert_eq!(answer(&service, request).await.0, 200);
}

#[tokio::test]
async fn it_is_ready_when_whatever_it_looks_at_was_looked_at() {
    let service = service();
    let ready = || answer(&service, get("/readyz"));
    service.desk.update(|status| status.manifest.since = None);
    let (status, text) = ready().await;
    assert_eq!(status, 503);
    assert!(
        text.starts_with("failed: not ready: no manifest was read yet | "),
        "{text}"
    );
    service.desk.update(|status| {
        status.manifest.since = Some(at(1));
        for index in 0..12 {
            status.environments.push(environment(&format!("e{index}")));
        }
    });
    let (_, text) = ready().await;
    assert!(
        text.contains("no round has ended yet of `prod`, `sandbox`, `e0`")
            && text.contains("`e7` and 4 more |"),
        "{text}"
    );
    service.desk.update(|status| {
        status.environments.truncate(5);
        let [round, standing, paused, off, failed] = &mut status.environments[..] else {
            panic!("five");
        };
        round.last_attempt = Some(at(2));
        standing
            .conditions
            .update([(Reason::STANDING_BY, String::new())], at(2));
        paused.paused = Some(Paused {
            pause: Pause {
                reason: "INC-1".to_owned(),
                until: None,
            },
            by: PausedBy::Manifest,
        });
        off.mode = ReconcileMode::Off;
        failed.last_attempt = Some(at(2));
    });
    assert_eq!(ready().await, answered(200, "ok\n"));
}

#[tokio::test]
async fn a_storm_of_triggers_is_one_round() {
    let service = service();
    let all = whole(&service, post("/api/v1/trigger", "")).await;
    assert_eq!(all.status(), StatusCode::ACCEPTED);
    let place = all.headers()["location"].to_str().unwrap().to_owned();
    for _ in 0..999 {
        let again = whole(
            &service,
            post("/api/v1/trigger", r#"{"environments": ["prod"]}"#),
        )
        .await;
        assert_eq!(again.headers()["location"].to_str().unwrap(), place);
    }
    assert_eq!(
        answer(&service, get(&place)).await,
        answered(200, "round of prod sandbox, 1000 asked")
    );
    let wanted = service.desk.wanted().await;
    let [Work::Round(id)] = &wanted[..] else {
        panic!("{wanted:?}");
    };
    service.desk.begin(id);
    let next = whole(
        &service,
        post("/api/v1/trigger", r#"{"environments": ["prod"]}"#),
    )
    .await;
    assert_ne!(next.headers()["location"].to_str().unwrap(), place);
    assert_eq!(next.body(), "round of prod, 1 asked");
}

#[tokio::test]
async fn what_a_forge_pushes_means_all_environments() {
    let service = service();
    let body = r#"{"ref": "refs/heads/main", "environments": ["prod"]}"#;
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digest = base16ct::lower::encode_string(&mac.finalize().into_bytes());
    for (name, value) in [
        ("x-hub-signature-256", format!("sha256={digest}")),
        ("x-gitlab-token", SECRET.to_owned()),
    ] {
        let mut request = post("/api/v1/trigger", body);
        request.headers_mut().remove("authorization");
        request.headers_mut().insert(name, value.parse().unwrap());
        let (status, text) = answer(&service, request).await;
        assert_eq!(status, 202);
        assert!(text.starts_with("round of prod sandbox, "), "{text}");
    }
}

#[tokio::test]
async fn a_signed_request_counts_once() {
    let service = service();
    let router = router(service.clone());
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{NOW}.POST./api/v1/trigger.").as_bytes());
    let digest = base16ct::lower::encode_string(&mac.finalize().into_bytes());
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let mut request = post("/api/v1/trigger", "");
        request.headers_mut().remove("authorization");
        let value = format!("t={NOW},v1={digest}");
        request
            .headers_mut()
            .insert("x-hookwright-signature", value.parse().unwrap());
        let response = router.clone().oneshot(request).await.unwrap();
        statuses.push(response.status().as_u16());
    }
    assert_eq!(statuses, [202, 401]);
}

#[tokio::test]
async fn pauses_are_put_onto_the_desk() {
    let service = service();
    let until = at(NOW + 3600);
    let body = format!(r#"{{"reason": "INC-1", "until": "{until}"}}"#);
    let paused = answer(&service, post("/api/v1/environments/prod/pause", body)).await;
    assert_eq!(paused, answered(202, "prod: Some(\"INC-1\")"));
    let resumed = answer(&service, post("/api/v1/environments/prod/resume", "")).await;
    assert_eq!(resumed, answered(202, "prod: None"));
    let prod = EnvironmentName::new("prod");
    let pause = Paused {
        pause: Pause {
            reason: "INC-1".to_owned(),
            until: Some(until),
        },
        by: PausedBy::Request,
    };
    assert_eq!(
        service.desk.wanted().await,
        [Work::Pause(prod.clone(), pause.clone()), Work::Resume(prod)]
    );
    service.desk.update(|status| {
        status.environments[0].paused = Some(Paused {
            by: PausedBy::Manifest,
            ..pause
        });
    });
    let (status, text) = answer(&service, post("/api/v1/environments/prod/resume", "")).await;
    assert_eq!(status, 409);
    assert!(text.contains("the manifest pauses it"), "{text}");
}

#[tokio::test]
async fn a_round_that_was_asked_for_can_be_followed() {
    let service = service();
    let id = service.desk.trigger(&Default::default(), at(NOW)).unwrap();
    service.desk.begin(&id);
    let how = EnvironmentRound {
        cause: Cause::Trigger,
        began_at: at(NOW),
        took: Duration::from_secs(1),
        outcome: Outcome::Nothing,
        message: String::new(),
    };
    service.desk.ended(
        std::slice::from_ref(&id),
        &EnvironmentName::new("prod"),
        &how,
    );
    let RoundId(id) = id;
    let found = answer(&service, get(&format!("/api/v1/rounds/{id}"))).await;
    assert_eq!(found, answered(200, "round of prod sandbox, 1 asked"));
}

#[tokio::test]
async fn a_secret_that_is_blank_is_none() {
    let mut service = service();
    for blank in ["", " \n"] {
        service.secret = Some(Secret::new(blank));
        let mut request = post("/api/v1/trigger", "");
        request
            .headers_mut()
            .insert("authorization", "Bearer ".parse().unwrap());
        let (status, text) = answer(&service, request).await;
        assert_eq!(status, 403);
        assert!(text.contains("--shared-secret-file"), "{text}");
        service.listens_on_loopback = false;
        assert_eq!(answer(&service, get("/")).await.0, 403);
        service.listens_on_loopback = true;
    }
}
