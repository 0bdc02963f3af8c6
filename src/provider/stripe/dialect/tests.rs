use super::*;
use crate::{
    model::{CreateOnly, EndpointUrl, EventSet, EventType, MaskedText, WebhookKey, WebhookName},
    net::BaseUrl,
    provider::{request::Requests, stripe::PROFILE},
};

fn requests() -> Requests {
    let base = BaseUrl::new(PROFILE.base_url, false).unwrap();
    let credentials = Credentials::new(Secret::new("sk_test_canary"));
    Requests::new(base, &Api, &credentials).unwrap()
}

fn key() -> HeaderValue {
    HeaderValue::from_static("a-key")
}

/// The request as it is sent, without what identifies the program.
fn letter(request: &http::Request<Bytes>) -> String {
    let mut lines = vec![format!("{} {}", request.method(), request.uri())];
    for (name, value) in request.headers() {
        if name != header::USER_AGENT {
            lines.push(format!("{name}: {}", value.to_str().unwrap()));
        }
    }
    lines.push(String::from_utf8(request.body().to_vec()).unwrap());
    lines.join("\n")
}

fn new_webhook(events: EventSet) -> NewWebhook {
    NewWebhook {
        name: WebhookName::from_live(MaskedText::plain("Orders & refunds")),
        url: EndpointUrl::from_live(MaskedText::plain("https://h.example.com/a?b=c&d")),
        events,
        env_type: EnvType::Sandbox,
        enabled: Some(true),
        mark: Some(WebhookKey::new("orders")),
        rotated: None,
        unstored: false,
        create_only: CreateOnly::from([("api_version", MaskedText::plain("2020-08-27"))]),
    }
}

#[test]
fn a_create_is_a_form_with_an_idempotency_key() {
    let events = ["charge.failed", "charge.succeeded"].map(EventType::new);
    let request = requests().create(&new_webhook(EventSet::from(events)), None, &key());
    insta::assert_snapshot!(letter(&request.unwrap()), @"
    POST https://api.stripe.com/v1/webhook_endpoints
    accept: application/json
    authorization: Bearer sk_test_canary
    stripe-version: 2026-10-28.endive
    content-type: application/x-www-form-urlencoded
    idempotency-key: a-key
    url=https%3A%2F%2Fh.example.com%2Fa%3Fb%3Dc%26d&enabled_events%5B0%5D=charge.failed&enabled_events%5B1%5D=charge.succeeded&description=Orders+%26+refunds&api_version=2020-08-27&metadata%5Bhookwright%5D=orders
    ");
    let request = requests()
        .create(&new_webhook(EventSet::all()), None, &key())
        .unwrap();
    assert!(
        letter(&request).contains("enabled_events%5B0%5D=*&"),
        "{}",
        letter(&request)
    );
}

#[test]
fn an_update_sends_what_changes_and_never_the_metadata() {
    let id = WebhookId::new("we_1");
    let patch = WebhookPatch {
        events: Some(EventSet::from([EventType::new("charge.failed")])),
        enabled: Some(false),
        ..WebhookPatch::default()
    };
    let request = requests().update(&id, &patch).unwrap();
    insta::assert_snapshot!(letter(&request), @"
    POST https://api.stripe.com/v1/webhook_endpoints/we_1
    accept: application/json
    authorization: Bearer sk_test_canary
    stripe-version: 2026-10-28.endive
    content-type: application/x-www-form-urlencoded
    enabled_events%5B0%5D=charge.failed&disabled=true
    ");
    let request = requests().delete(&id).unwrap();
    insta::assert_snapshot!(letter(&request), @"
    DELETE https://api.stripe.com/v1/webhook_endpoints/we_1
    accept: application/json
    authorization: Bearer sk_test_canary
    stripe-version: 2026-10-28.endive
    ");
    assert_eq!(
        requests().list_url().as_str(),
        "https://api.stripe.com/v1/webhook_endpoints?limit=100"
    );
    assert_eq!(requests().deliveries_url(&DeliveryQuery::default()), None);
}

#[test]
fn a_create_notes_that_its_secret_is_stored_nowhere_and_one_update_unsets_that_alone() {
    let new = NewWebhook {
        unstored: true,
        ..new_webhook(EventSet::all())
    };
    let create = requests().create(&new, None, &key()).unwrap();
    let letter_of_create = letter(&create);
    let noted = "&metadata%5Bhookwright%5D=orders&metadata%5Bhookwright_secret%5D=unstored";
    assert!(letter_of_create.ends_with(noted), "{letter_of_create}");
    let stored = Api.secret_stored(&WebhookId::new("we_1"), &Value::Null);
    let letter = letter(&requests().call(stored.unwrap()).unwrap());
    let unset = "\nmetadata%5Bhookwright_secret%5D=";
    assert!(letter.ends_with(unset), "{letter}");
    assert_eq!(letter.matches("metadata").count(), 1, "{letter}");
}

#[test]
fn headers_say_whether_a_request_may_be_sent_again() {
    for (value, read) in [
        ("true", Some(true)),
        ("false", Some(false)),
        ("maybe", None),
    ] {
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("stripe-should-retry"),
            HeaderValue::from_static(value),
        )]);
        assert_eq!(Api.may_repeat(&headers), read);
    }
    assert_eq!(Api.may_repeat(&HeaderMap::new()), None);
}
