//! Rules for faults: their grammar, their counting, and what each fault answers.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{
    model::EnvType,
    provider::truv::PROFILE as TRUV,
    simulator::{Fault, FaultRule, SharedSimulator, fault::Exchange},
};

fn with_fault(rule: &str) -> SharedSimulator {
    Simulator::builder(&TRUV, clock())
        .fault(rule.parse().unwrap())
        .build()
}

fn post() -> Request<Bytes> {
    request("POST", WEBHOOKS, Some(&webhook("a", "https://a.example/")))
}

fn count(shared: &SharedSimulator) -> usize {
    shared.webhooks(CLIENT, EnvType::Sandbox).len()
}

#[track_caller]
fn answered(exchange: Exchange) -> Response<Bytes> {
    match exchange {
        Exchange::Answer(response) => response,
        other => panic!("no whole answer: {other:?}"),
    }
}

#[test]
fn rules_are_read_and_shown() {
    for (text, fault) in [
        ("*:*=reset", Fault::Reset { processed: false }),
        ("post:2=reset-after", Fault::Reset { processed: true }),
        (
            "get /v1/webhooks/*:1..3=timeout",
            Fault::Timeout { processed: false },
        ),
        (
            "patch:4..=timeout-after",
            Fault::Timeout { processed: true },
        ),
        (
            "*:1=429:7",
            Fault::Throttled {
                seconds: 7,
                words: false,
            },
        ),
        (
            "*:1=429-words",
            Fault::Throttled {
                seconds: 1,
                words: true,
            },
        ),
        ("*:1=500", Fault::ServerError { processed: false }),
        ("delete:1=500-after", Fault::ServerError { processed: true }),
        ("*:1=502", Fault::BadGateway),
        ("*:1=503", Fault::Unavailable { retry_after: None }),
        (
            "*:1..3=503:1",
            Fault::Unavailable {
                retry_after: Some(1),
            },
        ),
        ("*:1=truncated", Fault::Truncated),
        ("*:1=bad-json", Fault::BadJson),
        ("*:1=login-page", Fault::LoginPage),
        (
            "*:1=redirect:https://other.example:1/a?b=c",
            Fault::Redirect {
                location: "https://other.example:1/a?b=c".to_owned(),
            },
        ),
        (
            "*:1=slow",
            Fault::Slow {
                pause: Duration::from_millis(100),
            },
        ),
        (
            "*:1=slow:5",
            Fault::Slow {
                pause: Duration::from_millis(5),
            },
        ),
        ("*:1=empty", Fault::Empty),
    ] {
        let rule: FaultRule = text.parse().unwrap();
        assert_eq!(rule.fault, fault);
        assert_eq!(rule.to_string(), text);
    }
}

#[test]
fn wrong_rules_say_what_would_be_right() {
    let form = "is not of the form METHOD[ PATH]:WHICH=FAULT, such as `post:2=reset-after`";
    let which = "is not a count such as 2, 1..3, 4.. or *; counting starts at 1";
    for (text, message) in [
        ("post:2", format!("`post:2` {form}")),
        ("post=reset", format!("`post=reset` {form}")),
        (
            "put:1=reset",
            "`put` is not one of get, post, patch, delete and *".to_owned(),
        ),
        ("post:0=reset", format!("`0` {which}")),
        ("post:3..1=reset", format!("`3..1` {which}")),
        ("post:x=reset", format!("`x` {which}")),
        (
            "post:1=503:soon",
            "fault `503` does not take `soon`; it is written 503[:SECONDS]".to_owned(),
        ),
        (
            "post:1=reset:1",
            "fault `reset` does not take `1`; it is written reset".to_owned(),
        ),
        (
            "post:1=redirect",
            "fault `redirect` does not take ``; it is written redirect:URL".to_owned(),
        ),
    ] {
        assert_eq!(text.parse::<FaultRule>().unwrap_err().to_string(), message);
    }
    let unknown = "post:1=fire".parse::<FaultRule>().unwrap_err().to_string();
    assert!(unknown.starts_with("there is no fault `fire`; there are reset, reset-after, "));
}

#[test]
fn rules_count_matching_requests_each_for_itself() {
    let shared = Simulator::builder(&TRUV, clock())
        .faults(["get:2=502", "* /v1/webhooks/:2..3=500"].map(|rule| rule.parse().unwrap()))
        .build();
    let get = |path: &str| {
        answered(shared.exchange(&request("GET", path, None)))
            .status()
            .as_u16()
    };
    assert_eq!(get(WEBHOOKS), 200);
    assert_eq!(get(HISTORY), 502);
    assert_eq!(get(WEBHOOKS), 500);
    assert_eq!(get(HISTORY), 200);
    assert_eq!(get(WEBHOOKS), 500);
    assert_eq!(get(WEBHOOKS), 200);
    shared.add_fault("get:1=503".parse().unwrap());
    assert_eq!(get(WEBHOOKS), 503);
    shared.add_fault("get:*=503".parse().unwrap());
    shared.clear_faults();
    assert_eq!(get(WEBHOOKS), 200);
}

#[test]
fn faults_before_processing_leave_the_state_alone() {
    for (fault, code) in [
        ("429:7", 429),
        ("429-words:7", 429),
        ("500", 500),
        ("502", 502),
        ("503:9", 503),
        ("login-page", 200),
        ("redirect:https://other.example/", 302),
    ] {
        let shared = with_fault(&format!("post:1={fault}"));
        assert_eq!(status(&answered(shared.exchange(&post()))), code, "{fault}");
        assert_eq!(count(&shared), 0, "{fault}");
        assert_eq!(status(&answered(shared.exchange(&post()))), 201, "{fault}");
    }
    for fault in ["reset", "timeout"] {
        let shared = with_fault(&format!("post:1={fault}"));
        assert_eq!(shared.exchange(&post()).status(), None);
        assert_eq!(count(&shared), 0, "{fault}");
    }
}

#[test]
fn faults_after_processing_keep_what_was_done() {
    for fault in [
        "reset-after",
        "timeout-after",
        "500-after",
        "truncated",
        "bad-json",
        "slow",
        "empty",
    ] {
        let shared = with_fault(&format!("post:1={fault}"));
        shared.exchange(&post());
        assert_eq!(count(&shared), 1, "{fault}");
    }
}

#[test]
fn throttling_speaks_of_its_seconds() {
    let response = answered(with_fault("*:1=429:7").exchange(&post()));
    assert_eq!(response.headers()["retry-after"], "7");
    let response = answered(with_fault("*:1=429-words:7").exchange(&post()));
    assert_eq!(response.headers().get("retry-after"), None);
    assert_eq!(
        body(&response),
        json!({"detail": "Request was throttled. Expected available in 7 seconds."})
    );
}

#[test]
fn spoilt_answers_keep_their_status() {
    let half = answered(with_fault("*:1=bad-json").exchange(&post()));
    assert_eq!(status(&half), 201);
    assert!(serde_json::from_slice::<Value>(half.body()).is_err());
    let empty = answered(with_fault("*:1=empty").exchange(&post()));
    assert_eq!((status(&empty), empty.body().len()), (201, 0));
    let redirect = answered(with_fault("*:1=redirect:https://b.example/").exchange(&post()));
    assert_eq!(redirect.headers()["location"], "https://b.example/");
    let page = answered(with_fault("*:1=login-page").exchange(&post()));
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
}

#[test]
fn an_answer_without_a_body_cannot_be_cut_off_so_it_is_reset() {
    let shared = with_fault("delete:1=truncated");
    let Exchange::Answer(created) = shared.exchange(&post()) else {
        panic!("no answer");
    };
    let delete = request("DELETE", &path_of(&body(&created)), None);
    assert!(matches!(shared.exchange(&delete), Exchange::Reset));
    assert_eq!(count(&shared), 0);
}

#[test]
fn requests_are_logged_without_credentials() {
    let shared = with_fault("get:1=reset");
    shared.exchange(&post());
    shared.exchange(&request("GET", "/v1/webhooks/?page_size=1", None));
    let log = shared.requests();
    assert_eq!(log[0].index, 0);
    assert_eq!(log[0].method, Method::POST);
    assert_eq!(log[0].env_type, Some(EnvType::Sandbox));
    assert_eq!(log[0].body, Some(webhook("a", "https://a.example/")));
    assert_eq!((log[0].status, log[0].fault.as_ref()), (Some(201), None));
    assert_eq!(log[1].path, "/v1/webhooks/?page_size=1");
    let reset = Fault::Reset { processed: false };
    assert_eq!((log[1].status, log[1].fault.as_ref()), (None, Some(&reset)));
    let shown = format!("{log:?} {shared:?}");
    assert!(
        !shown.contains("0a0a") && !shown.contains(CLIENT),
        "{shown}"
    );
}
