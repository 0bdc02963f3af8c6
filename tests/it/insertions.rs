//! Adding to manifests of every layout: what was there stays to the byte, and an independent parser
//! finds what was there and what is new.

use std::collections::BTreeSet;

use hookwright::{
    model::{EnvironmentName, EventType},
    takeover::{Declaration, Fields, NotInserted, Placement, insert},
};
use serde_json::{Value, json};

fn declared(key: &str) -> Declaration {
    let events = ["order-created", "link-connected"].map(EventType::new);
    let over = Fields {
        name: Some("no".to_owned()),
        enabled: Some(false),
        ..Fields::default()
    };
    Declaration {
        key: key.to_owned(),
        fields: Fields {
            name: Some("Name: #1".to_owned()),
            url: Some("https://${var:host}/new".to_owned()),
            events: Some(events.into()),
            ..Fields::default()
        },
        placement: Placement::Overridden(vec![
            (EnvironmentName::new("sandbox"), Fields::default()),
            (EnvironmentName::new("prod"), over),
        ]),
        live: Vec::new(),
    }
}

fn value() -> Value {
    json!({
        "name": "Name: #1",
        "url": "https://${var:host}/new",
        "events": ["link-connected", "order-created"],
        "environments": { "sandbox": {}, "prod": { "name": "no", "enabled": false } },
    })
}

fn parsed(text: &str) -> Value {
    serde_yaml::from_str(text.trim_start_matches('\u{feff}'))
        .unwrap_or_else(|err| panic!("{err}\n{text}"))
}

/// Adds `b` and `m`, and gives the text, in which all else is as it was.
#[track_caller]
fn inserted(before: &str) -> String {
    let after = insert(before, &[declared("b"), declared("m")]).unwrap();
    let mut expected = parsed(before);
    let webhooks = expected
        .as_object_mut()
        .unwrap()
        .entry("webhooks")
        .or_insert(json!({}));
    for key in ["b", "m"] {
        webhooks
            .as_object_mut()
            .unwrap()
            .insert(key.to_owned(), value());
    }
    assert_eq!(parsed(&after), expected, "{after}");
    // The old text is in the new one, in its order.
    let mut rest = after.chars();
    for c in before.replacen(": {}", ":", 1).chars() {
        assert!(rest.any(|other| other == c), "{c:?} is gone:\n{after}");
    }
    after
}

/// Layouts, with the keys `a` and `z`, or without webhooks.
const LAYOUTS: [(&str, &str); 23] = [
    (
        "usual",
        "version: 1\nwebhooks:\n  a:\n    url: u\n    events: [x]\n\n  z:\n    url: u\n    events: [x]\n",
    ),
    (
        "close",
        "version: 1\nwebhooks:\n  a:\n    url: u\n    events: [x]\n  z:\n    url: u\n    events: [x]\n",
    ),
    (
        "four columns",
        "version: 1\nwebhooks:\n    a:\n        url: u\n        events:\n            - x\n    z:\n        url: u\n        events:\n            - x\n",
    ),
    (
        "lists at their keys",
        "version: 1\nwebhooks:\n  a:\n    url: u\n    events:\n    - x\n  z:\n    url: u\n    events:\n    - x\nremoved:\n- y\n",
    ),
    (
        "comments",
        "# top\nversion: 1\nwebhooks: # here\n  # section\n\n  # of a\n  a:\n    url: u # u\n    # in a\n    events: [x]\n      # deep in a\n  # of z\n  z: # z\n    url: u\n    events: [x]\n    # in z\n  # end\n# out\nremoved: [y]\n",
    ),
    (
        "one alone",
        "version: 1\nwebhooks:\n  z:\n    url: u\n    events: [x]\n",
    ),
    (
        "out of order",
        "version: 1\nwebhooks:\n  z:\n    url: u\n    events: [x]\n\n  a:\n    url: u\n    events: [x]\n\nremoved: [y]\n",
    ),
    (
        "no newline at the end",
        "version: 1\nwebhooks:\n  a:\n    url: u\n    events: [x]",
    ),
    (
        "CRLF",
        "version: 1\r\nwebhooks:\r\n  a:\r\n    url: u\r\n    events: [x]\r\n\r\nremoved: [y]\r\n",
    ),
    (
        "braces in lines",
        "version: 1\nwebhooks:\n  a: { url: u, events: [x] } # a\n  z: { url: u, events: [x] }\nremoved: [y]\n",
    ),
    (
        "braces",
        "version: 1\nwebhooks: { a: { url: u, events: [x] }, z: { url: u, events: [x] } } # all\n",
    ),
    (
        "braces over lines",
        "version: 1\nwebhooks: {\n  a: { url: u, events: [x] },\n  z: { url: u, events: [x] }, # last\n}\n",
    ),
    (
        "braces over lines, a comment",
        "version: 1\nwebhooks: {\n  a: { url: u, events: [x] },\n  z: { url: u, events: [x] } # last\n}\n",
    ),
    (
        "JSON",
        "{\"version\": 1, \"webhooks\": {\"a\": {\"url\": \"u\", \"events\": [\"x\"]}}, \"removed\": []}\n",
    ),
    (
        "JSON over lines",
        "{\n  \"version\": 1,\n  \"webhooks\": {\n    \"a\": {\n      \"url\": \"u\",\n      \"events\": [\"x\"]\n    }\n  }\n}\n",
    ),
    (
        "JSON without webhooks",
        "{\"version\": 1, \"webhooks\": {}}\n",
    ),
    (
        "none yet",
        "version: 1\nwebhooks: {} # none yet\n# then\nremoved: [y]\n",
    ),
    ("none at the end", "version: 1\nwebhooks: {}"),
    (
        "no section",
        "version: 1\nenvironments:\n  e: { provider: truv }\n  # in them\n",
    ),
    ("no section, no newline", "version: 1"),
    (
        "no section, removed",
        "version: 1\n\n# Gone.\nremoved: [y]\n",
    ),
    (
        "a document's marks",
        "---\nversion: 1\nwebhooks:\n  a:\n    url: u\n    events: [x]\n...\n",
    ),
    (
        "texts over lines",
        "version: 1\nwebhooks:\n  a:\n    name: |\n      many\n\n      # lines\n    url: \"u\n\n      v\"\n    events: [x,\n      y]\n\n\nremoved: [y]\n",
    ),
];

#[test]
fn every_layout_is_added_to() {
    let mut shown = String::new();
    for (name, before) in LAYOUTS {
        let after = inserted(before);
        shown.push_str(&format!("== {name}\n{}\n", after.replace('\r', "␍")));
        if before.contains('\r') {
            assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn anchors_and_merge_keys_stay() {
    inserted(
        "version: 1\nwebhooks:\n  a: &a\n    url: u\n    events: &e [x]\n  c: *a\n  z:\n    <<: *a\n    url: v\n",
    );
    inserted("\u{feff}version: 1\nwebhooks: &all\n  a:\n    url: u\n    events: [x]\n");
}

#[test]
fn what_is_not_understood_is_not_added_to() {
    for (text, why) in [
        ("version: [", NotInserted::Unreadable),
        ("- version\n", NotInserted::Unreadable),
        ("version: 1\nwebhooks: 3\n", NotInserted::Unknown),
        ("version: 1\nwebhooks:\n", NotInserted::Unknown),
        ("{version: 1}\n", NotInserted::Unknown),
        (
            "version: 1\nremoved: &x {}\nwebhooks: *x\n",
            NotInserted::Unknown,
        ),
        (
            "version: 1\nwebhooks:\n  ? a\n  : url: u\n",
            NotInserted::Unknown,
        ),
    ] {
        assert_eq!(insert(text, &[declared("b")]), Err(why), "{text}");
    }
}

#[test]
fn keys_stay_in_order_whatever_is_added() {
    let mut text =
        "version: 1\nwebhooks:\n  d: { url: u, events: [x] }\n  m: { url: u, events: [x] }\n"
            .to_owned();
    for key in ["z", "a", "f", "e", "o", "c"] {
        text = insert(&text, &[declared(key)]).unwrap();
    }
    let lines = text.lines().skip(2).map(|line| &line[2..3]);
    let keys: Vec<&str> = lines.collect();
    assert_eq!(keys, ["a", "c", "d", "e", "f", "m", "o", "z"]);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
}
