use super::*;
use crate::{
    model::ProviderProfile,
    net::{TransportError, TransportErrorKind},
    provider::InvalidParam,
};

fn refusal(code: &str, message: &str) -> Refusal {
    Refusal {
        code: Some(code.to_owned()).filter(|code| !code.is_empty()),
        message: Some(message.to_owned()),
        params: Vec::new(),
    }
}

fn unanswered(kind: TransportErrorKind) -> TransportError {
    TransportError {
        kind,
        status: None,
        message: "no answer came in time".to_owned(),
        source: None,
    }
}

fn attempted(method: Method) -> Attempted {
    Attempted {
        method,
        path: "/v1/webhooks/".to_owned(),
        attempts: 1,
        elapsed: Duration::from_millis(1234),
        request_id: None,
        gave_up: None,
        unknown_before: false,
        profile: ProviderProfile::usual(),
        of_list: true,
    }
}

fn error(kind: ProviderErrorKind) -> ProviderError {
    ProviderError::new(kind, attempted(Method::POST))
}

/// The error and its causes, as the one printer walks them.
fn chain(error: &ProviderError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!("\n  caused by: {cause}"));
        source = cause.source();
    }
    text
}

#[test]
fn every_kind_says_what_was_attempted_and_what_came_back() {
    use ProviderErrorKind as Kind;
    let mut rejected = refusal("validation_error", "Invalid parameters");
    rejected.params.push(InvalidParam {
        field: "webhook_url".to_owned(),
        message: "Enter a valid URL.".to_owned(),
    });
    let kinds = [
        Kind::NotSendable(InvalidRequest::NothingToChange),
        Kind::NotFound(refusal("", "Not Found.")),
        Kind::Conflict(refusal("", "Webhook url for sandbox already registered")),
        Kind::Unauthenticated(refusal("authentication_failed", "No such token")),
        Kind::Forbidden(Refusal::default()),
        Kind::RateLimited { retry_after: None },
        Kind::RateLimited {
            retry_after: Some(Duration::from_secs(42)),
        },
        Kind::Rejected {
            status: StatusCode::BAD_REQUEST,
            refusal: rejected,
        },
        Kind::Unavailable {
            status: StatusCode::BAD_GATEWAY,
            refusal: refusal("", "Bad gateway"),
            retry_after: Some(Duration::from_millis(1500)),
        },
        Kind::Redirected {
            status: StatusCode::FOUND,
            location: Some("https://elsewhere.example/".to_owned()),
        },
        Kind::Redirected {
            status: StatusCode::FOUND,
            location: None,
        },
        Kind::MalformedAnswer {
            status: StatusCode::OK,
            problem: "not a list".to_owned(),
        },
        Kind::NotAsSent {
            id: WebhookId::new("5f"),
            field: "name",
            sent: "`a`".to_owned(),
            got: "`b`".to_owned(),
        },
        Kind::Unreachable(unanswered(TransportErrorKind::Connect)),
        Kind::TimedOut(unanswered(TransportErrorKind::Timeout)),
        Kind::Interrupted(unanswered(TransportErrorKind::Interrupted)),
        Kind::TooLarge(unanswered(TransportErrorKind::TooLarge)),
        Kind::ForeignPage("https://elsewhere.example/".to_owned()),
        Kind::RepeatedPage(3),
        Kind::TooManyPages(10_000),
        Kind::OutcomeUnknown {
            write: Box::new(Kind::TimedOut(unanswered(TransportErrorKind::Timeout))),
            lookup: Box::new(ProviderError::new(
                Kind::Unauthenticated(Refusal::default()),
                attempted(Method::GET),
            )),
        },
    ];
    let texts: Vec<_> = kinds.into_iter().map(|kind| chain(&error(kind))).collect();
    insta::assert_snapshot!(texts.join("\n"), @r"
    POST /v1/webhooks/: not sent
      caused by: the update changes nothing
    POST /v1/webhooks/: not found: Not Found.
    POST /v1/webhooks/: conflict: Webhook url for sandbox already registered
    POST /v1/webhooks/: not authenticated: authentication_failed; No such token
    POST /v1/webhooks/: forbidden: no reason given
    POST /v1/webhooks/: the rate limit is used up
    POST /v1/webhooks/: the rate limit is used up; it asks to wait 42 s
    POST /v1/webhooks/: rejected with 400: validation_error; Invalid parameters; `webhook_url`: Enter a valid URL.
    POST /v1/webhooks/: unavailable, status 502: Bad gateway; it asks to wait 1.5 s; it may have been carried out all the same
    POST /v1/webhooks/: redirected with 302 to https://elsewhere.example/, which is not followed
    POST /v1/webhooks/: redirected with 302 to nowhere, which is not followed
    POST /v1/webhooks/: malformed answer, status 200: not a list; it may have been carried out all the same
    POST /v1/webhooks/: webhook 5f is not as asked for: `name` was to be `a` and came back as `b`
    POST /v1/webhooks/: unreachable
      caused by: no answer came in time
    POST /v1/webhooks/: timed out; it may have been carried out all the same
      caused by: no answer came in time
    POST /v1/webhooks/: interrupted; it may have been carried out all the same
      caused by: no answer came in time
    POST /v1/webhooks/: the answer is too large; it may have been carried out all the same
      caused by: no answer came in time
    POST /v1/webhooks/: the next page https://elsewhere.example/ is not on the API's own scheme, host and port
    POST /v1/webhooks/: the list repeats itself on page 3
    POST /v1/webhooks/: the list does not end after 10000 pages
    POST /v1/webhooks/: timed out; the webhook may exist now, and looking for its URL in the list failed
      caused by: GET /v1/webhooks/: not authenticated: no reason given
    ");
}

#[test]
fn attempts_time_and_request_id_are_told() {
    let mut told = attempted(Method::DELETE);
    told.attempts = 3;
    told.request_id = Some("r-1".to_owned());
    told.gave_up = Some(GaveUp::Time {
        wait: Duration::from_secs(86_400),
        allowed: Duration::from_secs(120),
    });
    told.unknown_before = true;
    let kind = ProviderErrorKind::RateLimited { retry_after: None };
    insta::assert_snapshot!(ProviderError::new(kind, told), @r"
    DELETE /v1/webhooks/: the rate limit is used up; 3 attempts in 1.2 s; waiting 86400 s more would exceed the 120 s allowed; request id r-1; it may have been carried out all the same
    ");
}

#[test]
fn the_fate_considers_every_attempt() {
    let kind = || ProviderErrorKind::Forbidden(Refusal::default());
    assert_eq!(error(kind()).fate(), Fate::NotProcessed);
    let mut earlier = attempted(Method::PATCH);
    earlier.unknown_before = true;
    assert_eq!(ProviderError::new(kind(), earlier).fate(), Fate::Unknown);
    let timed_out = || ProviderErrorKind::TimedOut(unanswered(TransportErrorKind::Timeout));
    assert_eq!(error(timed_out()).fate(), Fate::Unknown);
    let read = ProviderError::new(timed_out(), attempted(Method::GET));
    assert_eq!(read.fate(), Fate::NotProcessed);
    let differs = ProviderErrorKind::NotAsSent {
        id: WebhookId::new("1"),
        field: "name",
        sent: String::new(),
        got: String::new(),
    };
    assert_eq!(error(differs).fate(), Fate::Processed);
}

#[test]
fn what_may_be_repeated_depends_on_the_error_and_the_method() {
    use crate::net::Decision::{LookUp, Repeat, Stop};
    use ProviderErrorKind as Kind;
    let transport = |kind| TransportError {
        kind,
        status: None,
        message: String::new(),
        source: None,
    };
    let table = [
        (
            Kind::Unreachable(transport(TransportErrorKind::Connect)),
            Repeat,
            Repeat,
        ),
        (Kind::RateLimited { retry_after: None }, Repeat, Repeat),
        (
            Kind::TimedOut(transport(TransportErrorKind::Timeout)),
            Repeat,
            LookUp,
        ),
        (
            Kind::Interrupted(transport(TransportErrorKind::Interrupted)),
            Repeat,
            LookUp,
        ),
        (
            Kind::Unavailable {
                status: StatusCode::BAD_GATEWAY,
                refusal: Refusal::default(),
                retry_after: None,
            },
            Repeat,
            LookUp,
        ),
        (
            Kind::TooLarge(transport(TransportErrorKind::TooLarge)),
            Stop,
            LookUp,
        ),
        (
            Kind::MalformedAnswer {
                status: StatusCode::OK,
                problem: String::new(),
            },
            Stop,
            LookUp,
        ),
        (
            Kind::Redirected {
                status: StatusCode::SEE_OTHER,
                location: None,
            },
            Stop,
            LookUp,
        ),
        (
            Kind::Redirected {
                status: StatusCode::FOUND,
                location: None,
            },
            Stop,
            Stop,
        ),
        (Kind::NotFound(Refusal::default()), Stop, Stop),
        (Kind::Conflict(Refusal::default()), Stop, Stop),
        (Kind::Unauthenticated(Refusal::default()), Stop, Stop),
        (Kind::Forbidden(Refusal::default()), Stop, Stop),
        (
            Kind::Rejected {
                status: StatusCode::BAD_REQUEST,
                refusal: Refusal::default(),
            },
            Stop,
            Stop,
        ),
    ];
    for (kind, idempotent, post) in table {
        assert_eq!(kind.decide(true), idempotent, "{kind:?}");
        assert_eq!(kind.decide(false), post, "{kind:?}");
    }
}
