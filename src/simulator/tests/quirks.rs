//! Each quirk, by what a client sees of it.

use http::header;
use serde_json::{Value, json};

use super::*;
use crate::simulator::InvalidQuirk;

const URL: &str = "https://a.example/";

fn names(list: &Value) -> Vec<&str> {
    let rows = list.as_array().unwrap();
    rows.iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect()
}

fn with_three(quirks: &str) -> Api {
    let mut api = Api::truv(quirks);
    for name in ["a", "b", "c"] {
        api.create(&webhook(name, &format!("{URL}{name}")));
    }
    api
}

#[test]
fn every_key_takes_its_values_and_reports_them() {
    for quirk in Quirks::KEYS {
        assert!(!quirk.doc.is_empty());
        for value in quirk.allowed {
            let value = if value.starts_with("a number") {
                "7"
            } else {
                value
            };
            let mut quirks = Quirks::default();
            quirks.set(quirk.key, value).unwrap();
            assert_eq!(quirks.get(quirk.key).as_deref(), Some(value));
        }
    }
    assert_eq!(
        Quirks::KEYS[0].doc,
        "Which environments a list shows: the secret's, or all of the account."
    );
}

#[test]
fn wrong_quirks_say_what_would_be_right() {
    let err = "id-shape=oval".parse::<Quirks>().unwrap_err();
    assert_eq!(
        err.to_string(),
        "quirk `id-shape` does not take `oval`; it takes dashed, hex"
    );
    let err = "page-size=0".parse::<Quirks>().unwrap_err();
    assert_eq!(
        err.to_string(),
        "quirk `page-size` does not take `0`; it takes a number from 1"
    );
    let err = "shape=hex".parse::<Quirks>().unwrap_err();
    assert!(
        err.to_string()
            .starts_with("there is no quirk `shape`; there are list-scope, ")
    );
    assert_eq!(
        "id-shape".parse::<Quirks>(),
        Err(InvalidQuirk::NoValue("id-shape".to_owned()))
    );
}

#[test]
fn list_scope_account_shows_all_environments() {
    let mut api = with_three("list-scope=account");
    api.secret = secret("prod");
    let list = api.get(WEBHOOKS);
    assert_eq!(names(&list["results"]), ["a", "b", "c"]);
    assert_eq!(list["results"][0]["env_type"], "sandbox");
}

#[test]
fn list_shapes() {
    let list = with_three("list-shape=page-with-count,page-size=2").get(WEBHOOKS);
    assert_eq!(list["count"], 3);
    assert_eq!(names(&list["results"]), ["a", "b"]);
    let list = with_three("list-shape=array,page-size=2").get(WEBHOOKS);
    assert_eq!(names(&list), ["a", "b", "c"]);
}

#[test]
fn list_orders() {
    let list = with_three("list-order=newest").get(WEBHOOKS);
    assert_eq!(names(&list["results"]), ["c", "b", "a"]);
    let mut shuffled = with_three("list-order=shuffled");
    let list = shuffled.get(WEBHOOKS);
    let mut found = names(&list["results"]);
    assert_eq!(shuffled.get(WEBHOOKS), list);
    found.sort_unstable();
    assert_eq!(found, ["a", "b", "c"]);
}

#[test]
fn list_parameters() {
    let path = "/v1/webhooks/?page_size=1";
    let list = with_three("list-parameters=ignored").get(path);
    assert_eq!(names(&list["results"]).len(), 3);
    let mut strict = with_three("list-parameters=refused");
    assert_eq!(
        strict.invalid("GET", path, &json!(null)),
        invalid_param("page_size", "Unknown parameter.")
    );
}

#[test]
fn max_page_size_cuts_pages_down() {
    let list = with_three("max-page-size=2").get("/v1/webhooks/?page_size=1000");
    assert_eq!(names(&list["results"]), ["a", "b"]);
}

#[test]
fn max_webhooks_refuses_one_more() {
    let mut api = with_three("max-webhooks=3");
    assert_eq!(
        api.invalid("POST", WEBHOOKS, &webhook("d", URL)),
        invalid_param("non_field_errors", "An account may have at most 3 webhooks")
    );
}

#[test]
fn plain_http_and_loopback_urls_can_be_refused() {
    let mut api = Api::truv("plain-http=refused,loopback-urls=refused");
    assert_eq!(
        api.invalid("POST", WEBHOOKS, &webhook("a", "http://a.example/")),
        invalid_param("webhook_url", "Webhook url must use https")
    );
    for url in ["https://localhost/", "https://127.9.9.9/", "https://[::1]/"] {
        assert_eq!(
            api.invalid("POST", WEBHOOKS, &webhook("a", url)),
            invalid_param("webhook_url", "Webhook url must be publicly reachable")
        );
    }
}

#[test]
fn urls_can_be_compared_in_their_normal_form_or_not_at_all() {
    let other = webhook("b", "HTTPS://A.example:443");
    let mut api = Api::truv("");
    api.create(&webhook("a", URL));
    api.create(&other);
    let mut api = Api::truv("url-comparison=normal");
    api.create(&webhook("a", URL));
    assert_eq!(api.call("POST", WEBHOOKS, Some(&other)).0, 400);
    let mut api = Api::truv("duplicate-urls=accepted");
    api.create(&webhook("a", URL));
    api.create(&webhook("a", URL));
}

#[test]
fn env_type_in_a_patch() {
    let sent = json!({"env_type": "prod"});
    let mut api = Api::truv("");
    let created = api.create(&webhook("a", URL));
    assert_eq!(
        api.invalid("PATCH", &path_of(&created), &sent),
        invalid_param("env_type", "This field cannot be changed.")
    );
    for (quirk, expected) in [("ignored", "sandbox"), ("accepted", "prod")] {
        let mut api = Api::truv(&format!("env-type-patch={quirk}"));
        let created = api.create(&webhook("a", URL));
        let (status, patched) = api.call("PATCH", &path_of(&created), Some(&sent));
        assert_eq!(status, 200);
        assert_eq!(patched["env_type"], expected);
    }
}

#[test]
fn absent_events() {
    let sent = json!({"name": "a", "webhook_url": URL, "env_type": "sandbox"});
    assert_eq!(Api::truv("").create(&sent)["events"], json!([]));
    let all = Api::truv("absent-events=all").create(&sent);
    assert_eq!(all["events"], json!(TRUV.event_types));
    assert_eq!(
        Api::truv("absent-events=refused").invalid("POST", WEBHOOKS, &sent),
        invalid_param("events", "This field is required.")
    );
}

#[test]
fn unknown_events_and_fields_can_be_taken() {
    let mut sent = webhook("a", URL);
    sent["events"] = json!(["brand-new"]);
    sent["id"] = json!("mine");
    sent["colour"] = json!("red");
    let mut api = Api::truv("unknown-events=accepted,unknown-fields=ignored");
    let created = api.create(&sent);
    assert_eq!(created["events"], json!(["brand-new"]));
    assert_ne!(created["id"], "mine");
    assert_eq!(created.get("colour"), None);
    api.get("/v1/webhook-requests/?since=1&event_type=brand-new");
}

#[test]
fn shapes_of_fields() {
    let mut sent = webhook("a", URL);
    sent["events"] = json!(["order-created", "link-deleted"]);
    let of = |quirks: &str, field: &str| Api::truv(quirks).create(&sent).get(field).cloned();
    assert_eq!(
        of("events-shape=comma", "events"),
        Some(json!("order-created,link-deleted"))
    );
    assert_eq!(of("enabled=absent", "enabled"), None);
    assert_eq!(
        of("timestamps=whole", "created_at"),
        Some(json!("2024-07-11T21:43:08Z"))
    );
    assert_eq!(
        of("timestamps=offset", "updated_at"),
        Some(json!("2024-07-11T21:43:08.073930+00:00"))
    );
    assert_eq!(
        of("extra-fields=some", "x_region"),
        Some(json!("us-west-2"))
    );
    let hex = of("id-shape=hex", "id").unwrap();
    assert_eq!(hex.as_str().unwrap().len(), 32);
    assert!(!hex.as_str().unwrap().contains('-'));
}

#[test]
fn shapes_of_environments() {
    let sent = json!({"name": "a", "webhook_url": URL, "env_type": "production"});
    for (shape, expected) in [
        ("spelling", json!("production")),
        ("short", json!("prod")),
        ("long", json!("production")),
        ("boolean", json!(true)),
    ] {
        let mut api = Api::of(&TRANSCRYPTS, "prod", &format!("env-type-shape={shape}"));
        assert_eq!(api.create(&sent)["env_type"], expected, "{shape}");
    }
    let sandbox = Api::truv("env-type-shape=boolean").create(&webhook("a", URL));
    assert_eq!(sandbox["env_type"], json!(false));
}

#[test]
fn refusal_codes() {
    let mut api = Api::truv("refusal-code=incorrect_parameters");
    let (_, body) = api.call("POST", WEBHOOKS, Some(&json!({})));
    assert_eq!(body["error"]["code"], "incorrect_parameters");
}

#[test]
fn missing_slash_not_found() {
    let mut api = Api::truv("missing-slash=not-found");
    assert_eq!(api.call("GET", "/v1/webhooks", None).0, 404);
}

#[test]
fn history_order_oldest() {
    let shared = Simulator::builder(&TRUV, clock())
        .quirks("history-order=oldest".parse().unwrap())
        .build();
    for moment in ["2024-07-01T00:00:00Z", "2024-07-02T00:00:00Z"] {
        let record = delivery("order-created", moment, Some(200));
        let env_type = crate::model::EnvType::Sandbox;
        shared.record_delivery(CLIENT, env_type, record).unwrap();
    }
    let crate::simulator::fault::Exchange::Answer(response) =
        shared.exchange(&request("GET", HISTORY, None))
    else {
        panic!("no answer");
    };
    let first = &body(&response)["results"][0]["event_created_at"];
    assert_eq!(first, "2024-07-01T00:00:00.000000Z");
}

#[test]
fn throttle_styles() {
    let words = "Request was throttled. Expected available in 60 seconds.";
    let silent = json!({"error": {"code": "throttled", "message": "Request was throttled."}});
    let date = "Thu, 11 Jul 2024 21:44:09 GMT";
    for (style, code, retry_after, expected) in [
        ("retry-after-seconds", 429, Some("60"), silent.clone()),
        ("retry-after-date", 429, Some(date), silent),
        ("words", 429, None, json!({"detail": words})),
        (
            "error-words",
            429,
            None,
            json!({"error": {"code": "throttled", "message": words}}),
        ),
        ("words-under-400", 400, None, json!({"detail": words})),
        ("words-under-503", 503, None, json!({"detail": words})),
    ] {
        let mut api = Api::truv(&format!("throttle-style={style}"));
        for _ in 0..300 {
            api.get(WEBHOOKS);
        }
        let refused = api.send(&request("GET", WEBHOOKS, None));
        assert_eq!(status(&refused), code, "{style}");
        let found = refused.headers().get(header::RETRY_AFTER);
        assert_eq!(found.map(|it| it.to_str().unwrap()), retry_after, "{style}");
        assert_eq!(body(&refused), expected, "{style}");
    }
}
