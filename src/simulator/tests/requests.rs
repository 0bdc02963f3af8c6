//! Single requests: what is done, what is refused, and in which words.

use http::header;
use serde_json::{Value, json};

use super::*;
use crate::{
    model::{Credentials, MaskedText, Secret},
    provider::truv::PROFILE as TRUV,
};

#[test]
fn post_answers_201_with_the_whole_object() {
    let mut api = Api::truv("");
    let created = api.create(&json!({
        "name": "loans", "webhook_url": "http://a.example/x?y=1",
        "events": ["order-created", "order-created", "link-deleted"], "env_type": "sandbox",
    }));
    let id = created["id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(
        created,
        json!({
            "id": id, "name": "loans", "webhook_url": "http://a.example/x?y=1",
            "events": ["order-created", "link-deleted"], "env_type": "sandbox", "enabled": true,
            "created_at": NOW, "updated_at": NOW,
        })
    );
    assert_eq!(api.get(&path_of(&created)), created);
}

#[test]
fn patch_changes_the_fields_it_names_and_answers_the_whole_object() {
    let mut api = Api::truv("");
    let created = api.create(&webhook("a", "https://a.example/"));
    api.now = at("2024-07-11T22:00:00Z");
    let (status, patched) = api.call(
        "PATCH",
        &path_of(&created),
        Some(&json!({"enabled": false, "events": []})),
    );
    assert_eq!(status, 200);
    let mut expected = created.clone();
    expected["enabled"] = json!(false);
    expected["events"] = json!([]);
    expected["updated_at"] = json!("2024-07-11T22:00:00.000000Z");
    assert_eq!(patched, expected);
    assert_eq!(api.get(&path_of(&created)), expected);
}

#[test]
fn a_webhook_may_keep_its_own_url_in_a_patch() {
    let mut api = Api::truv("");
    let created = api.create(&webhook("a", "https://a.example/"));
    let same = json!({"webhook_url": "https://a.example/"});
    assert_eq!(api.call("PATCH", &path_of(&created), Some(&same)).0, 200);
}

#[test]
fn delete_answers_204_without_a_body_and_then_404() {
    let mut api = Api::truv("");
    let path = path_of(&api.create(&webhook("a", "https://a.example/")));
    assert_eq!(api.call("DELETE", &path, None), (204, Value::Null));
    let gone = (404, json!({"detail": "Not Found."}));
    assert_eq!(api.call("DELETE", &path, None), gone);
    assert_eq!(api.call("GET", &path, None), gone);
    assert_eq!(api.call("PATCH", &path, Some(&json!({}))), gone);
}

#[test]
fn ids_are_reproducible_and_never_given_out_twice() {
    let mut api = Api::truv("");
    let first = api.create(&webhook("a", "https://a.example/"));
    api.call("DELETE", &path_of(&first), None);
    let second = api.create(&webhook("a", "https://a.example/"));
    assert_ne!(first["id"], second["id"]);
    let again = Api::truv("").create(&webhook("a", "https://a.example/"));
    assert_eq!(first["id"], again["id"]);
}

#[test]
fn put_and_other_methods_are_not_allowed() {
    let mut api = Api::truv("");
    let response = api.send(&request("PUT", WEBHOOKS, Some(&json!({}))));
    assert_eq!(status(&response), 405);
    assert_eq!(
        body(&response),
        json!({"detail": "Method \"PUT\" not allowed."})
    );
    assert_eq!(response.headers()[header::ALLOW], "GET, POST");
    let path = path_of(&api.create(&webhook("a", "https://a.example/")));
    for (method, path) in [
        ("PUT", path.as_str()),
        ("DELETE", WEBHOOKS),
        ("POST", HISTORY),
    ] {
        assert_eq!(api.call(method, path, None).0, 405, "{method} {path}");
    }
}

#[test]
fn unknown_paths_are_not_found() {
    let mut api = Api::truv("");
    for path in [
        "/",
        "/v1/",
        "/v2/webhooks/",
        "/v1/webhooks//",
        "/v1/webhooks/a/b/",
        "/v1/users",
    ] {
        let (status, body) = api.call("GET", path, None);
        assert_eq!(
            (status, body),
            (404, json!({"detail": "Not Found."})),
            "{path}"
        );
    }
}

#[test]
fn a_missing_slash_is_redirected_whatever_the_method() {
    let mut api = Api::truv("");
    for method in ["GET", "POST"] {
        let response = api.send(&request(method, "/v1/webhooks?page_size=2", None));
        assert_eq!(status(&response), 301);
        assert_eq!(
            response.headers()[header::LOCATION],
            "/v1/webhooks/?page_size=2"
        );
    }
}

#[test]
fn absent_or_unknown_credentials_are_401() {
    let mut api = Api::truv("");
    let mut bare = request("GET", WEBHOOKS, None);
    bare.headers_mut().remove("x-access-secret");
    let response = api.send(&bare);
    assert_eq!(status(&response), 401);
    assert_eq!(
        body(&response),
        json!({"error": {
            "code": "authentication_failed",
            "message": "Authentication credentials were not provided.",
        }})
    );
    let short = "sandbox-0a".to_owned();
    for (client_id, secret) in [
        (CLIENT, short),
        (CLIENT, secret("staging")),
        ("", secret("prod")),
    ] {
        let response = api.send(&request_as(client_id, &secret, "GET", WEBHOOKS, None));
        assert_eq!(status(&response), 401);
        assert_eq!(
            body(&response),
            json!({"error": {"code": "authentication_failed", "message": "No such token"}})
        );
    }
}

#[test]
fn a_secret_of_an_environment_the_provider_lacks_is_401() {
    let mut api = Api::transcrypts("");
    api.secret = secret("sandbox");
    assert_eq!(api.call("GET", WEBHOOKS, None).0, 401);
    api.secret = secret("prod");
    assert_eq!(api.call("GET", WEBHOOKS, None).0, 200);
}

#[test]
fn restricted_credentials_admit_only_their_pairs() {
    let shared = Simulator::builder(&TRUV, clock())
        .accept(
            Credentials::new(Secret::new("dev-1"))
                .with("client_id", MaskedText::plain("simulator")),
        )
        .build();
    let ask = |client_id: &str, secret: &str| {
        let exchange = shared.exchange(&request_as(client_id, secret, "GET", WEBHOOKS, None));
        exchange.status().unwrap()
    };
    assert_eq!(ask("simulator", "dev-1"), 200);
    assert_eq!(ask("simulator", &secret("dev")), 401);
    assert_eq!(ask(CLIENT, "dev-1"), 401);
}

#[test]
fn another_environment_is_403_and_another_client_404() {
    let mut api = Api::truv("");
    let created = api.create(&webhook("a", "https://a.example/"));
    let forbidden = json!({"error": {
        "code": "not_authenticated",
        "message": "You do not have permission to perform this action.",
    }});
    api.secret = secret("prod");
    let sent = Some(webhook("b", "https://b.example/"));
    assert_eq!(
        api.call("POST", WEBHOOKS, sent.as_ref()),
        (403, forbidden.clone())
    );
    assert_eq!(
        api.call("DELETE", &path_of(&created), None),
        (403, forbidden)
    );
    let other = request_as("other", &secret("sandbox"), "GET", &path_of(&created), None);
    assert_eq!(status(&api.send(&other)), 404);
}

#[test]
fn accounts_and_environments_do_not_see_each_other() {
    let mut api = Api::truv("");
    api.create(&webhook("a", "https://a.example/"));
    let other = request_as("other", &secret("sandbox"), "GET", WEBHOOKS, None);
    assert_eq!(body(&api.send(&other))["results"], json!([]));
    api.secret = secret("dev");
    assert_eq!(api.get(WEBHOOKS)["results"], json!([]));
    let mut same_url = webhook("a", "https://a.example/");
    same_url["env_type"] = json!("dev");
    api.create(&same_url);
}

#[test]
fn only_json_is_read_and_answered() {
    let mut api = Api::truv("");
    let mut text = request("POST", WEBHOOKS, Some(&webhook("a", "https://a.example/")));
    let headers = text.headers_mut();
    headers.insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    let response = api.send(&text);
    assert_eq!(status(&response), 415);
    assert_eq!(
        body(&response),
        json!({"detail": "Unsupported media type \"text/plain\" in request."})
    );
    for (accept, expected) in [
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("text/html, application/*;q=0.5", 200),
        ("*/*", 200),
    ] {
        let mut picky = request("GET", WEBHOOKS, None);
        let headers = picky.headers_mut();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        assert_eq!(status(&api.send(&picky)), expected, "{accept}");
    }
}

#[test]
fn bodies_that_are_no_json_object_are_400() {
    let mut api = Api::truv("");
    for sent in ["", "{", "[]", "\"x\"", "\u{0}"] {
        let mut broken = request("POST", WEBHOOKS, Some(&json!({})));
        *broken.body_mut() = sent.into();
        let response = api.send(&broken);
        assert_eq!(status(&response), 400, "{sent}");
        assert_eq!(body(&response)["error"]["code"], "incorrect_parameters");
    }
    let mut large = request("POST", WEBHOOKS, Some(&json!({})));
    *large.body_mut() = vec![b' '; 1024 * 1024 + 1].into();
    assert_eq!(status(&api.send(&large)), 413);
}

#[test]
fn create_names_every_missing_field() {
    let mut api = Api::truv("");
    let required = "This field is required.";
    assert_eq!(
        api.invalid("POST", WEBHOOKS, &json!({})),
        json!([
            {"field": "name", "message": required},
            {"field": "webhook_url", "message": required},
            {"field": "env_type", "message": required},
        ])
    );
}

#[test]
fn transcrypts_takes_the_environment_from_the_secret_and_knows_no_enabled() {
    let mut api = Api::transcrypts("");
    let sent = json!({
        "name": "a", "webhook_url": "https://a.example/", "events": ["instant-verification-failed"],
    });
    let created = api.create(&sent);
    assert_eq!(created["env_type"], "development");
    assert_eq!(created.get("enabled"), None);
    assert_eq!(
        api.invalid("PATCH", &path_of(&created), &json!({"enabled": true})),
        invalid_param("enabled", "Unknown field.")
    );
}

#[test]
fn wrong_fields_are_refused_by_name() {
    let mut api = Api::truv("");
    let url = "Enter a valid URL.";
    let long = "x".repeat(129);
    for (field, value, message) in [
        ("name", json!(""), "This field may not be blank."),
        ("name", json!(1), "Not a valid string."),
        (
            "name",
            json!(long),
            "Ensure this field has no more than 128 characters.",
        ),
        ("webhook_url", json!("a.example"), url),
        ("webhook_url", json!("ftp://a.example/"), url),
        ("webhook_url", json!("https://a.example/ "), url),
        ("webhook_url", json!(null), "Not a valid string."),
        (
            "webhook_url",
            json!(format!("https://a.example/{}", "x".repeat(2048))),
            "Ensure this field has no more than 2048 characters.",
        ),
        (
            "events",
            json!("order-created"),
            "Expected a list of event types.",
        ),
        (
            "events",
            json!(["orders"]),
            "\"orders\" is not a valid choice.",
        ),
        ("events", json!([1]), "\"1\" is not a valid choice."),
        (
            "env_type",
            json!("development"),
            "\"development\" is not a valid choice.",
        ),
        ("env_type", json!(true), "\"true\" is not a valid choice."),
        ("enabled", json!("yes"), "Must be a valid boolean."),
        ("id", json!("x"), "This field is read-only."),
        ("colour", json!("x"), "Unknown field."),
    ] {
        let mut sent = webhook("a", "https://a.example/");
        sent[field] = value;
        assert_eq!(
            api.invalid("POST", WEBHOOKS, &sent),
            invalid_param(field, message),
            "{sent}"
        );
    }
    assert_eq!(api.get(WEBHOOKS)["results"], json!([]));
}

#[test]
fn the_longest_name_and_url_are_taken() {
    let mut api = Api::truv("");
    let url = format!("https://a.example/{}", "x".repeat(2048 - 18));
    api.create(&webhook(&"é".repeat(128), &url));
}

#[test]
fn a_url_is_registered_once_per_environment() {
    let mut api = Api::truv("");
    api.create(&webhook("a", "https://a.example/"));
    let (status, body) = api.call("POST", WEBHOOKS, Some(&webhook("b", "https://a.example/")));
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({"error": {
            "code": "validation_error",
            "message": "Request contains invalid parameters",
            "extra": {"invalid-params": [
                {"field": "env_type", "message": "Webhook url for sandbox already registered"},
            ]},
        }})
    );
    let second = api.create(&webhook("b", "https://b.example/"));
    let taken = json!({"webhook_url": "https://a.example/"});
    assert_eq!(
        api.invalid("PATCH", &path_of(&second), &taken),
        invalid_param("env_type", "Webhook url for sandbox already registered")
    );
}

#[test]
fn the_rate_limit_slides_and_is_each_secrets_own() {
    let mut api = Api::truv("");
    for second in 0..300 {
        api.now = at("2024-07-11T21:00:00Z") + jiff::SignedDuration::from_millis(second * 100);
        api.get(WEBHOOKS);
    }
    let refused = api.send(&request("GET", WEBHOOKS, None));
    assert_eq!(status(&refused), 429);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "31");
    assert_eq!(
        body(&refused),
        json!({"error": {"code": "throttled", "message": "Request was throttled."}})
    );
    api.now = at("2024-07-11T21:00:59.999Z");
    assert_eq!(api.call("GET", HISTORY, None).0, 429);
    api.secret = secret("prod");
    assert_eq!(api.call("GET", WEBHOOKS, None).0, 200);
    api.secret = secret("sandbox");
    api.now = at("2024-07-11T21:01:00Z");
    assert_eq!(api.call("GET", WEBHOOKS, None).0, 200);
    assert_eq!(api.call("GET", WEBHOOKS, None).0, 429);
}

#[test]
fn every_answer_is_dated() {
    let response = Api::truv("").send(&request("GET", WEBHOOKS, None));
    // HTTP dates have whole seconds, and servers leave out what is over.
    assert_eq!(
        response.headers()[header::DATE],
        "Thu, 11 Jul 2024 21:43:08 GMT"
    );
    let undated = Api::truv("dates=absent").send(&request("GET", WEBHOOKS, None));
    assert_eq!(undated.headers().get(header::DATE), None);
}
