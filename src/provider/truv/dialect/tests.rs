use super::*;
use crate::{
    model::{CreateOnly, EndpointUrl, EventType, MaskedText, Secret, WebhookName},
    net::BaseUrl,
    provider::{
        catalogue::dialect_of, request::Requests, transcrypts::PROFILE as TRANSCRYPTS,
        truv::PROFILE as TRUV,
    },
};

fn credentials() -> Credentials {
    Credentials::new(Secret::new("sandbox-canary"))
        .with("client_id", MaskedText::plain("client-canary"))
}

fn requests(profile: &'static ProviderProfile) -> Requests {
    let base = BaseUrl::new(profile.base_url, false).unwrap();
    Requests::new(base, dialect_of(profile).unwrap(), &credentials()).unwrap()
}

fn new_webhook(env_type: EnvType, enabled: Option<bool>) -> NewWebhook {
    NewWebhook {
        name: WebhookName::new(MaskedText::plain("acme-loans")).unwrap(),
        url: EndpointUrl::new(MaskedText::sensitive("https://H.example/t?k=v")).unwrap(),
        events: ["order-created", "link-deleted"].map(EventType::new).into(),
        env_type,
        enabled,
        mark: None,
        rotated: None,
        unstored: false,
        create_only: CreateOnly::new(),
    }
}

/// The whole request, without what is sensitive.
fn letter(request: &http::Request<Bytes>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {value:?}\n"));
    }
    text.push_str(std::str::from_utf8(request.body()).unwrap());
    text
}

#[test]
fn create_is_sent_to_the_letter() {
    let new = new_webhook(EnvType::Development, Some(true));
    insta::assert_snapshot!(letter(&requests(&TRUV).create(&new, None, &HeaderValue::from_static("key")).unwrap()).replace(env!("CARGO_PKG_VERSION"), "[VERSION]"), @r#"
    POST https://prod.truv.com/v1/webhooks/
    accept: "application/json"
    content-type: "application/json"
    x-access-client-id: Sensitive
    x-access-secret: Sensitive
    user-agent: "hookwright/[VERSION]"
    {"name":"acme-loans","webhook_url":"https://H.example/t?k=v","events":["link-deleted","order-created"],"env_type":"dev","enabled":true}
    "#);
    let new = new_webhook(EnvType::Development, None);
    let request = requests(&TRANSCRYPTS)
        .create(&new, None, &HeaderValue::from_static("key"))
        .unwrap();
    insta::assert_snapshot!(std::str::from_utf8(request.body()).unwrap(), @r#"{"name":"acme-loans","webhook_url":"https://H.example/t?k=v","events":["link-deleted","order-created"],"env_type":"development"}"#);
    assert_eq!(request.headers()["x-access-secret"], "sandbox-canary");
    assert_eq!(request.headers()["x-access-client-id"], "client-canary");
}

#[test]
fn an_update_sends_only_what_changes() {
    let id = WebhookId::new("3FA8-5f");
    let mut patch = WebhookPatch {
        enabled: Some(false),
        ..WebhookPatch::default()
    };
    let update = |patch: &WebhookPatch| requests(&TRUV).update(&id, patch).unwrap();
    let request = update(&patch);
    assert_eq!(request.method(), Method::PATCH);
    assert_eq!(request.uri(), "https://prod.truv.com/v1/webhooks/3FA8-5f/");
    assert_eq!(request.body(), r#"{"enabled":false}"#);
    patch.events = Some(["b", "a"].map(EventType::new).into());
    assert_eq!(
        update(&patch).body(),
        r#"{"events":["a","b"],"enabled":false}"#
    );
    let nothing = requests(&TRUV).update(&id, &WebhookPatch::default());
    assert_eq!(nothing.unwrap_err(), InvalidRequest::NothingToChange);
}

#[test]
fn reads_and_deletes_have_no_body() {
    let requests = requests(&TRUV);
    let id = WebhookId::new("5f");
    for (request, line) in [
        (
            requests.follow(&requests.list_url()),
            "GET https://prod.truv.com/v1/webhooks/",
        ),
        (
            requests.retrieve(&id),
            "GET https://prod.truv.com/v1/webhooks/5f/",
        ),
        (
            requests.delete(&id),
            "DELETE https://prod.truv.com/v1/webhooks/5f/",
        ),
    ] {
        let request = request.unwrap();
        assert_eq!(format!("{} {}", request.method(), request.uri()), line);
        assert!(request.body().is_empty());
        assert_eq!(request.headers()["content-type"], "application/json");
    }
}

#[test]
fn deliveries_are_asked_for_with_the_documented_parameters() {
    let query = DeliveryQuery {
        since: Some("2024-07-11T21:43:08+02:00".parse().unwrap()),
        until: None,
        event_type: Some(EventType::new("order-created")),
        status_code: Some(500),
        page_size: Some(50),
    };
    let url = requests(&TRUV).deliveries_url(&query).unwrap();
    assert_eq!(
        url.as_str(),
        "https://prod.truv.com/v1/webhook-requests/?created_at__gte=2024-07-11T19%3A43%3A08Z&event_type=order-created&status_code=500&page_size=50"
    );
    let all = requests(&TRUV)
        .deliveries_url(&DeliveryQuery::default())
        .unwrap();
    assert_eq!(all.as_str(), "https://prod.truv.com/v1/webhook-requests/");
}

#[test]
fn an_id_is_one_segment_of_the_path_as_it_stands_or_refused() {
    let requests = requests(&TRUV);
    let uri = |id: &str| {
        let request = requests.delete(&WebhookId::new(id))?;
        Ok(request.uri().path().to_owned())
    };
    assert_eq!(
        uri("3FA8-5f.1_~@:"),
        Ok("/v1/webhooks/3FA8-5f.1_~@:/".to_owned())
    );
    for id in [
        "",
        " ",
        ".",
        "..",
        "a/../b",
        "..\\a",
        "%2e%2e",
        "a%2Fb",
        "a?b",
        "a#b",
        "a b",
        "a\tb",
        ".\n.",
        "é",
        "a\u{200b}",
    ] {
        assert!(matches!(uri(id), Err(InvalidRequest::Id(_))), "{id:?}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let new = new_webhook(EnvType::Sandbox, None);
    let refused = requests(&TRANSCRYPTS)
        .create(&new, None, &HeaderValue::from_static("key"))
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Transcrypts has no sandbox environment"
    );

    let credentials = Credentials::new(Secret::new("sandbox-canary\n"))
        .with("client_id", MaskedText::plain("client-canary"));
    let base = BaseUrl::new(TRUV.base_url, false).unwrap();
    let refused = Requests::new(base, dialect_of(&TRUV).unwrap(), &credentials).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the access secret has characters that an HTTP header cannot carry, such as a line break"
    );
}

#[test]
fn debug_shows_no_credentials() {
    let requests = requests(&TRUV);
    let shown = format!(
        "{requests:?} {:?}",
        requests.follow(&requests.list_url()).unwrap()
    );
    assert!(!shown.contains("canary"), "{shown}");
}
