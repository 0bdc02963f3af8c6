//! What is checked is what is sent: ids, URLs, names and redirects, through the real binary.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Response};

use crate::support::{Api, sandbox_manifest};

const RENAMED: &str = "  new: { url: \"https://hooks.example.com/a\", events: [order-created] }\n";

/// An API whose list has one webhook with this id, as JSON, and the paths of the writes that came.
fn api_with_id(id: &str) -> (Api, Arc<Mutex<Vec<String>>>) {
    let writes = Arc::new(Mutex::new(Vec::new()));
    let list = format!(
        r#"{{"next": null, "results": [{{"id": {id}, "name": "old", "env_type": "sandbox", "enabled": true,
        "webhook_url": "https://hooks.example.com/a", "events": ["order-created"]}}]}}"#
    );
    let seen = Arc::clone(&writes);
    let api = Api::meddled(move |request, _| {
        if request.method() != Method::GET {
            let path = request.uri().path().to_owned();
            seen.lock().unwrap().push(path);
        } else if request.uri().path() == "/v1/webhooks/" {
            return Some(Response::new(Bytes::from(list.clone())));
        }
        None
    });
    (api, writes)
}

#[test]
fn large_numbers_as_ids_keep_their_digits() {
    for id in [
        "12345678901234567890123",
        "18446744073709551616",
        "-9223372036854775809",
        "9007199254740993",
        "7",
    ] {
        let (api, writes) = api_with_id(id);
        let _ = api
            .workspace(&sandbox_manifest(RENAMED))
            .run(&["apply", "--auto-approve"]);
        let writes = writes.lock().unwrap();
        assert!(!writes.is_empty(), "{id}");
        for path in &*writes {
            assert_eq!(*path, format!("/v1/webhooks/{id}/"));
        }
    }
}

#[test]
fn ids_that_would_mean_another_resource_or_number_are_refused() {
    for (id, said) in [
        (
            r#""../webhook-requests""#,
            "`../webhook-requests` cannot be a webhook's id",
        ),
        (r#""a?b""#, "`a?b` cannot be a webhook's id"),
        (r#""a#b""#, "`a#b` cannot be a webhook's id"),
        (r#""..%2Fa""#, "`..%2Fa` cannot be a webhook's id"),
        (r#""..\tb""#, "cannot be a webhook's id"),
        (r#"" ""#, "has no id that can be read"),
        (r#""""#, "has no id that can be read"),
        ("1.5", "has no id that can be read"),
        ("1e3", "has no id that can be read"),
        ("12345678901234567890.0", "has no id that can be read"),
    ] {
        let (api, writes) = api_with_id(id);
        let run = api
            .workspace(&sandbox_manifest(RENAMED))
            .run(&["apply", "--auto-approve"])
            .code(1);
        let shown = run.shown().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(said), "{id}: {shown}");
        assert!(writes.lock().unwrap().is_empty(), "{id}");
    }
}
