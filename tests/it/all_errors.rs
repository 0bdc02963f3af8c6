//! All errors of a manifest are shown at once: a fault silences what depends on it, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use hookwright::{
    diagnostic::{Code, Severity, Source, Sources},
    manifest::{Document, Lookup, Values},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::Workspace;

/// An outside that is not looked at.
struct Withheld;

impl Values for Withheld {
    fn env(&self, _name: &str) -> Result<Lookup, String> {
        Ok(Lookup::Withheld)
    }

    fn file(&self, _beside: &str, _path: &str) -> Result<Lookup, String> {
        Ok(Lookup::Withheld)
    }
}

/// A manifest without a fault. Nothing is planted in `stable` and `twin`.
fn valid() -> Value {
    let environment = |path: &str| {
        json!({
            "provider": "truv",
            "env_type": "sandbox",
            "base_url": "https://api.example.com/v1/",
            "credentials": { "client_id": "${env:ID}", "access_secret": "${env:SECRET}" },
            "vars": { "host": "hooks.example.com", "path": path },
            "allowed_hosts": ["*.example.com"],
            "owns": ["*"],
            "require": { "order-created": 1 },
            "limits": { "rate_share": 0.5, "timeout": "30s" },
            "lock": { "file": "a.lock" },
        })
    };
    let webhook = |key: &str| {
        json!({
            "name": format!("acme-{key}"),
            "url": format!("https://${{var:host}}/${{var:path}}/{key}"),
            "events": ["group:orders", "link-connected"],
            "enabled": true,
            "adopt": false,
            "moved_from": [format!("https://old.example.com/{key}")],
            "environments": ["stable", "shaky"],
        })
    };
    let mut webhooks = BTreeMap::new();
    for key in ["w0", "w1", "w2", "w3"] {
        webhooks.insert(key, webhook(key));
    }
    webhooks.insert(
        "twin",
        json!({ "url": "https://hooks.example.com/twin", "events": ["order-created"] }),
    );
    json!({
        "version": 1,
        "environments": { "stable": environment("a"), "shaky": environment("b") },
        "event_groups": { "orders": ["order-created"], "others": ["link-deleted"] },
        "webhooks": webhooks,
        "removed": ["acme-gone"],
    })
}

/// A fault of a kind: the field it is planted in, what stands there then (nothing: it is taken out), and
/// what must be found; and whether that depends on where a webhook is, or on which provider and API an
/// environment has: where these are at fault themselves, it cannot be told.
type Kind = (&'static str, Option<Value>, Code, bool);

fn of_webhooks() -> Vec<Kind> {
    let some = |value: Value| Some(value);
    vec![
        ("url", some(json!(["x"])), Code::WrongType, false),
        (
            "url",
            some(json!("ftp://h.example.com/")),
            Code::InvalidUrl,
            false,
        ),
        ("url", some(json!("x.example/a")), Code::InvalidUrl, false),
        (
            "url",
            some(json!("https://${HOST}/")),
            Code::InvalidInterpolation,
            false,
        ),
        ("url", None, Code::MissingKey, true),
        (
            "url",
            some(json!("https://${var:nowhere}/")),
            Code::UndefinedVariable,
            true,
        ),
        (
            "url",
            some(json!("https://evil.test/")),
            Code::HostNotAllowed,
            true,
        ),
        (
            "url",
            some(json!("https://hooks.example.com/twin")),
            Code::SharedUrl,
            true,
        ),
        (
            "events",
            some(json!("order-created")),
            Code::WrongType,
            false,
        ),
        (
            "events",
            some(json!(["order-created", {}])),
            Code::WrongType,
            false,
        ),
        ("events", some(json!([{}])), Code::WrongType, false),
        (
            "events",
            some(json!(["group:nowhere"])),
            Code::UnknownGroup,
            false,
        ),
        ("events", some(json!([])), Code::NoEvents, true),
        ("events", None, Code::MissingKey, true),
        ("name", some(json!({})), Code::WrongType, false),
        ("name", some(json!("")), Code::InvalidName, false),
        ("enabled", some(json!("false")), Code::WrongType, false),
        ("adopt", some(json!(3)), Code::WrongType, false),
        ("replace", some(json!("no")), Code::WrongType, false),
        ("api_version", some(json!([3])), Code::WrongType, false),
        (
            "api_version",
            some(json!("2026-10-28")),
            Code::NotSupportedByProvider,
            true,
        ),
        (
            "moved_from",
            some(json!(["ftp://old.example.com/"])),
            Code::InvalidUrl,
            false,
        ),
        (
            "moved_from",
            some(json!("https://old.example.com/")),
            Code::WrongType,
            false,
        ),
        (
            "environments",
            some(json!(["nowhere"])),
            Code::UnknownEnvironment,
            false,
        ),
        ("environments", some(json!(7)), Code::WrongType, false),
        ("bogus", some(json!(1)), Code::UnknownKey, false),
    ]
}

fn of_the_environment() -> Vec<Kind> {
    let some = |value: Value| Some(value);
    vec![
        ("provider", some(json!("nobody")), Code::InvalidValue, false),
        ("provider", None, Code::MissingKey, false),
        ("provider", some(json!([])), Code::WrongType, false),
        (
            "env_type",
            some(json!("nowhere")),
            Code::InvalidValue,
            false,
        ),
        (
            "base_url",
            some(json!("ftp://api.example.com/")),
            Code::InvalidUrl,
            false,
        ),
        ("base_url", some(json!({})), Code::WrongType, false),
        ("credentials", some(json!(3)), Code::WrongType, false),
        ("credentials", None, Code::MissingKey, true),
        (
            "credentials",
            some(json!({ "client_id": "x" })),
            Code::MissingKey,
            true,
        ),
        (
            "credentials",
            some(json!({ "client_id": "x", "access_secret": { "command": "x" } })),
            Code::WrongType,
            false,
        ),
        ("vars", some(json!([])), Code::WrongType, false),
        (
            "vars",
            some(json!({ "host": [], "path": "b" })),
            Code::WrongType,
            false,
        ),
        (
            "allowed_hosts",
            some(json!("*.example.com")),
            Code::WrongType,
            false,
        ),
        ("allowed_hosts", some(json!([[]])), Code::WrongType, false),
        ("owns", some(json!([{}])), Code::WrongType, false),
        (
            "require",
            some(json!({ "order-*": 1 })),
            Code::InvalidValue,
            true,
        ),
        (
            "require",
            some(json!({ "order-created": "x" })),
            Code::WrongType,
            false,
        ),
        (
            "limits",
            some(json!({ "rate_share": 7 })),
            Code::InvalidValue,
            false,
        ),
        (
            "limits",
            some(json!({ "timeout": "soon" })),
            Code::InvalidValue,
            false,
        ),
        (
            "limits",
            some(json!({ "bogus": 1 })),
            Code::UnknownKey,
            false,
        ),
        ("lock", some(json!({})), Code::MissingKey, false),
        ("lock", some(json!({ "file": [] })), Code::WrongType, false),
        ("prune", some(json!("yes")), Code::WrongType, false),
        ("bogus", some(json!(1)), Code::UnknownKey, false),
    ]
}

fn of_the_top() -> Vec<Kind> {
    vec![
        ("bogus", Some(json!({})), Code::UnknownKey, false),
        (
            "removed",
            Some(json!(["acme-gone", []])),
            Code::WrongType,
            false,
        ),
        (
            "removed",
            Some(json!(["${env:X}"])),
            Code::InvalidInterpolation,
            false,
        ),
    ]
}

/// Plants a fault in a mapping.
fn plant(into: &mut Value, (field, value, _, _): &Kind) {
    let map = into.as_object_mut().unwrap();
    match value {
        Some(value) => map.insert((*field).to_owned(), value.clone()),
        None => map.remove(*field),
    };
}

/// The codes of all errors, in order, each once for what is said of a place.
fn errors(sources: &Sources) -> Vec<Code> {
    let document = Document::read(sources);
    let selected: Vec<_> = document.environments().collect();
    let found = document.check(&selected, &Withheld, sources).diagnostics;
    let errors = found.iter().filter(|one| one.severity == Severity::Error);
    let places: BTreeSet<_> = errors
        .map(|one| (one.primary.span, &one.message, one.code))
        .collect();
    let mut codes: Vec<Code> = places.into_iter().map(|(_, _, code)| code).collect();
    codes.sort();
    codes
}

fn check(manifests: &[Value], mut expected: Vec<Code>) {
    let mut sources = Sources::default();
    let mut shown = String::new();
    for (index, manifest) in manifests.iter().enumerate() {
        let text = serde_json::to_string_pretty(manifest).unwrap();
        shown.push_str(&text);
        sources.add(Source::new(format!("{index}.yaml"), text));
    }
    expected.sort();
    assert_eq!(errors(&sources), expected, "{shown}");
}

#[test]
fn each_fault_alone_is_found_alone() {
    check(&[valid()], Vec::new());
    for kind in of_webhooks() {
        let mut manifest = valid();
        plant(&mut manifest["webhooks"]["w1"], &kind);
        check(&[manifest], vec![kind.2]);
    }
    for kind in of_the_environment() {
        let mut manifest = valid();
        plant(&mut manifest["environments"]["shaky"], &kind);
        check(&[manifest], vec![kind.2]);
    }
    for kind in of_the_top() {
        let mut manifest = valid();
        plant(&mut manifest, &kind);
        check(&[manifest], vec![kind.2]);
    }
}

/// The faults of one mapping that are planted together: one in each field.
fn chosen(kinds: &[Kind], picks: &[prop::sample::Index]) -> Vec<Kind> {
    let mut by_field = BTreeMap::new();
    for pick in picks {
        let kind = &kinds[pick.index(kinds.len())];
        by_field.entry(kind.0).or_insert_with(|| kind.clone());
    }
    let all: Vec<Kind> = by_field.into_values().collect();
    let lost = |kind: &Kind| {
        ["environments", "provider"].contains(&kind.0)
            || (kind.0, kind.2) == ("base_url", Code::WrongType)
    };
    let is_lost = all.iter().any(lost);
    let counted = all.into_iter().filter(|kind| !is_lost || !kind.3);
    counted.collect()
}

/// Picks for the faults of each of four webhooks, of the environment, and of the top.
type Picks = (
    Vec<Vec<prop::sample::Index>>,
    Vec<prop::sample::Index>,
    Vec<prop::sample::Index>,
);

fn picks() -> impl Strategy<Value = Picks> {
    let some = |most| prop::collection::vec(any::<prop::sample::Index>(), 0..most);
    (prop::collection::vec(some(5), 4), some(5), some(3))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn of_many_faults_each_is_found_and_nothing_follows_from_them(
        (webhooks, environment, top) in picks(),
        split in any::<bool>(),
    ) {
        let mut manifest = valid();
        let mut expected = Vec::new();
        let mut shared = 0;
        for (index, picks) in webhooks.iter().enumerate() {
            for mut kind in chosen(&of_webhooks(), picks) {
                if kind.2 == Code::HostNotAllowed {
                    // Else two of them would have one URL.
                    kind.1 = Some(json!(format!("https://evil.test/w{index}")));
                }
                // The second of one URL is one finding, and so is the third.
                shared += usize::from(kind.2 == Code::SharedUrl);
                plant(&mut manifest["webhooks"][format!("w{index}")], &kind);
                expected.push(kind.2);
            }
        }
        prop_assume!(shared < 2);
        for kind in chosen(&of_the_environment(), &environment) {
            plant(&mut manifest["environments"]["shaky"], &kind);
            expected.push(kind.2);
        }
        for kind in chosen(&of_the_top(), &top) {
            plant(&mut manifest, &kind);
            expected.push(kind.2);
        }
        if split {
            // Over two files, it is the same.
            let webhooks = manifest.as_object_mut().unwrap().remove("webhooks").unwrap();
            check(&[manifest, json!({ "version": 1, "webhooks": webhooks })], expected);
        } else {
            check(&[manifest], expected);
        }
    }
}

const SIX: &str = r#"version: 1
environments: { prod: { provider: truv, base_url: simulator } }
webhooks:
  a: { url: "x.example/a", events: [order-created], environments: [production] }
  b: { url: "https://${HOST}/b", events: order-created }
  c: { url: "ftp://x.example/c", events: [] }
"#;

#[test]
fn whatever_reads_a_manifest_shows_the_same_errors() {
    let workspace = Workspace::with(SIX);
    let shown = |arguments: &[&str]| {
        let run = workspace.run(arguments).code(65);
        let errors = run.stdout.clone() + &run.stderr;
        let lines = errors.lines().filter(|line| line.starts_with("error["));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = shown(&["validate"]);
    assert_eq!(expected.len(), 6, "{expected:#?}");
    for arguments in [
        &["plan"][..],
        &["apply", "--auto-approve"],
        &["drift"],
        &["doctor"],
        &["history", "list"],
    ] {
        assert_eq!(shown(arguments), expected, "{arguments:?}");
    }
}
