use std::time::Duration;

use super::*;
use crate::provider::truv;

fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::from(body.to_owned())).unwrap()
}

fn with_reading<R>(read: impl FnOnce(&Reading<'_>) -> R) -> R {
    read(&Reading {
        profile: &truv::PROFILE,
        dialect: &truv::DIALECT,
        masker: &Masker::new(["t0ken-canary", "sandbox-canary"].map(str::to_owned)),
    })
}

fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> ProviderErrorKind {
    with_reading(|reading| reading.refused(&response(status, headers, body)))
}

#[test]
fn each_status_has_its_meaning() {
    use ProviderErrorKind as Kind;
    type Check = fn(&Kind) -> bool;
    let registered = r#"{"error":{"code":"validation_error","message":"Invalid","extra":{
        "invalid-params":[{"field":"env_type","message":"Webhook url for sandbox already registered"}]}}}"#;
    let table: &[(u16, &str, Check)] = &[
        (200, "[]", |kind| {
            matches!(kind, Kind::MalformedAnswer { .. })
        }),
        (301, "", |kind| {
            matches!(kind, Kind::Redirected { location: None, .. })
        }),
        (400, "", |kind| matches!(kind, Kind::Rejected { .. })),
        (400, registered, |kind| matches!(kind, Kind::Conflict(_))),
        (401, "", |kind| matches!(kind, Kind::Unauthenticated(_))),
        (403, "", |kind| matches!(kind, Kind::Forbidden(_))),
        (404, "", |kind| matches!(kind, Kind::NotFound(_))),
        (406, "", |kind| matches!(kind, Kind::Rejected { .. })),
        (408, "", |kind| matches!(kind, Kind::Unavailable { .. })),
        (409, "", |kind| matches!(kind, Kind::Conflict(_))),
        (415, "", |kind| matches!(kind, Kind::Rejected { .. })),
        (422, "", |kind| matches!(kind, Kind::Rejected { .. })),
        (429, "", |kind| {
            matches!(kind, Kind::RateLimited { retry_after: None })
        }),
        (500, "", |kind| matches!(kind, Kind::Unavailable { .. })),
        (502, "<html>", |kind| {
            matches!(kind, Kind::Unavailable { .. })
        }),
        (599, "", |kind| matches!(kind, Kind::Unavailable { .. })),
        (700, "", |kind| matches!(kind, Kind::MalformedAnswer { .. })),
    ];
    for (status, body, check) in table {
        let kind = refused(*status, &[], body);
        assert!(check(&kind), "{status}: {kind:?}");
    }
}

#[test]
fn throttling_is_recognised_in_every_disguise_and_says_how_long() {
    let words = "Request was throttled. Expected available in 42 seconds.";
    let detail = format!(r#"{{"detail":"{words}"}}"#);
    let error = format!(r#"{{"error":{{"code":"throttled","message":"{words}"}}}}"#);
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    type Row<'a> = (u16, &'a [(&'a str, &'a str)], &'a str, Option<u64>);
    let table: &[Row<'_>] = &[
        (429, &[], "", None),
        (429, &[], &detail, Some(42)),
        (403, &[], &detail, Some(42)),
        (503, &[], &error, Some(42)),
        (400, &[], r#"{"error":{"code":"throttled"}}"#, None),
        (429, &[("retry-after", "7")], &detail, Some(7)),
        (429, &[("retry-after", "1.2")], "", Some(2)),
        (429, &[("retry-after", "soon")], &detail, Some(42)),
        (429, &[("retry-after", "-1")], "", None),
        (429, &[("retry-after", "1e300")], "", None),
        (429, &[("retry-after", "NaN")], "", None),
        (
            429,
            &[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), date],
            "",
            Some(30),
        ),
        (
            429,
            &[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"), date],
            "",
            Some(0),
        ),
        (
            429,
            &[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")],
            "",
            None,
        ),
    ];
    for (status, headers, body, wait) in table {
        match refused(*status, headers, body) {
            ProviderErrorKind::RateLimited { retry_after } => {
                assert_eq!(
                    retry_after.map(|wait| wait.as_secs()),
                    *wait,
                    "{headers:?} {body}"
                );
            }
            kind => panic!("{status} {body}: {kind:?}"),
        }
    }
    let unavailable = refused(503, &[("retry-after", "9")], "");
    assert_eq!(unavailable.retry_after(), Some(Duration::from_secs(9)));
}

#[test]
fn only_201_with_an_id_is_a_creation() {
    for (status, body, created) in [
        (201, r#"{"id":"5f"}"#, true),
        (200, r#"{"id":"5f"}"#, false),
        (200, r#"{"results":[]}"#, false),
        (201, r#"{"results":[]}"#, false),
        (201, r#"[{"id":"5f"}]"#, false),
        (201, "", false),
        (202, r#"{"id":"5f"}"#, false),
    ] {
        let answer = response(status, &[], body);
        match with_reading(|reading| reading.created(&answer)) {
            Ok(webhook) => assert!(created, "{status} {body}: {webhook:?}"),
            Err(ProviderErrorKind::MalformedAnswer { .. }) => assert!(!created, "{status} {body}"),
            Err(kind) => panic!("{status} {body}: {kind:?}"),
        }
    }
}

#[test]
fn deleting_what_is_gone_is_success() {
    let deleted = |status| with_reading(|reading| reading.deleted(&response(status, &[], "")));
    for status in [200, 202, 204] {
        assert_eq!(deleted(status).unwrap(), Deletion::Deleted);
    }
    assert_eq!(deleted(404).unwrap(), Deletion::AlreadyGone);
    assert!(matches!(deleted(403), Err(ProviderErrorKind::Forbidden(_))));
    assert!(matches!(
        deleted(302),
        Err(ProviderErrorKind::Redirected { .. })
    ));
}

#[test]
fn what_is_not_json_is_told_in_short() {
    let page = response(200, &[], "<html><title>Log in</title></html>");
    let kind = with_reading(|reading| reading.webhook(&page)).unwrap_err();
    assert_eq!(
        kind.to_string(),
        "malformed answer, status 200: not JSON but: Log in"
    );
    let empty = response(200, &[], "");
    let kind = with_reading(|reading| reading.page(&empty)).unwrap_err();
    assert_eq!(
        kind.to_string(),
        "malformed answer, status 200: not JSON but: nothing"
    );
}

#[test]
fn foreign_texts_are_masked() {
    let location = "https://h.example/sandbox-canary/?q=1";
    let kinds = [
        refused(302, &[("location", location)], ""),
        refused(400, &[], r#"{"detail":"t0ken-canary and sandbox-canary"}"#),
        refused(502, &[], "<title>sandbox-canary</title>"),
    ];
    for kind in kinds {
        let shown = format!("{kind} {kind:?}");
        assert!(shown.contains("•••"), "{shown}");
        assert!(
            !shown.contains("canary") && !shown.contains("q=1"),
            "{shown}"
        );
    }
    let answer = response(200, &[("x-request-id", "sandbox-canary")], "");
    let id = with_reading(|reading| reading.request_id(answer.headers()));
    assert_eq!(id.as_deref(), Some("•••"));
}
