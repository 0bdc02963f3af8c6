//! No output holds a part of a secret: not on the terminal, not in a file, not at a forge or a webhook, in whatever
//! format, wherever the secret comes from, and however it is spelled.

mod payloads;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use hookwright::forge::Forge;
use http::{Request, Response};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::json;

use crate::support::{Api, Run, Workspace, forge::ForgeApi, proxy::Listening, sandbox_manifest};

/// What is run, and under which names its outputs are looked at: what a command prints, and the files it leaves.
const COMMANDS: &[(&str, &[&str])] = &[
    ("text", &["plan", "--prune"]),
    ("verbose", &["plan", "-vvv"]),
    ("json", &["plan", "--format", "json", "-vvv", "--prune"]),
    ("markdown", &["plan", "--format", "markdown", "--prune"]),
    ("html", &["plan", "--format", "html", "--prune"]),
    ("annotations", &["plan", "--format", "github", "--prune"]),
    ("plan's sarif", &["plan", "--format", "sarif", "--prune"]),
    (
        "plan's code quality",
        &["plan", "--format", "gitlab", "--prune"],
    ),
    ("list", &["list"]),
    ("list csv", &["list", "--format", "csv"]),
    ("drift", &["drift"]),
    ("drift markdown", &["drift", "--format", "markdown"]),
    ("plan file", &["plan", "--prune", "--out", "saved.plan"]),
    ("page", &["show", "saved.plan", "--format", "html"]),
    ("comment", &["comment", "saved.plan", "--forge", "github"]),
    ("import", &["import", "--all", "--dry-run"]),
    ("migrate", &["migrate"]),
    ("findings", &["validate"]),
    ("findings json", &["validate", "--format", "json"]),
    ("sarif", &["validate", "--format", "sarif"]),
    ("code quality", &["validate", "--format", "gitlab"]),
    ("workflow", &["validate", "--format", "github"]),
    (
        "apply",
        &[
            "apply",
            "--auto-approve",
            "--prune",
            "-vvv",
            "--audit-log",
            "audit.jsonl",
            "--json-into",
            "applied.json",
        ],
    ),
    (
        "apply json",
        &["apply", "--auto-approve", "--prune", "--format", "json"],
    ),
    ("beside", &["plan", "--prune", "--json-into", "plan.json"]),
    ("drift beside", &["drift", "--json-into", "drift.json"]),
    (
        "history beside",
        &["history", "--json-into", "history.json"],
    ),
    ("history", &["history", "-vvv"]),
    ("csv", &["history", "--format", "csv"]),
    ("json lines", &["history", "--format", "jsonl", "--payload"]),
    ("archive", &["history", "sync", "--archive", "archive.db"]),
    (
        "statistics",
        &[
            "history",
            "stats",
            "--archive",
            "archive.db",
            "--format",
            "html",
        ],
    ),
    ("doctor", &["doctor", "--format", "json"]),
];

/// What is run with an archive of Parquet files.
const ARCHIVED: &[(&str, &[&str])] = &[
    ("parquet sync", &["history", "sync", "--payload"]),
    ("parquet list", &["history", "list", "--payload"]),
    (
        "parquet import",
        &["history", "import-sqlite", "archive.db"],
    ),
    ("parquet verify", &["history", "verify", "--format", "json"]),
    (
        "parquet replay",
        &[
            "history",
            "replay",
            "--gaps",
            "--to",
            "loans",
            "--since",
            "2d",
            "--auto-approve",
        ],
    ),
];

/// All outputs of all commands, by name.
fn outputs(
    api: &Api,
    manifest: &str,
    set_up: impl Fn(Workspace) -> Workspace,
) -> BTreeMap<String, String> {
    let told = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&told);
    let webhook = Listening::start(Arc::new(move |request: Request<Bytes>| {
        kept.lock()
            .unwrap()
            .push_str(&String::from_utf8_lossy(request.body()));
        Ok(Response::new(Bytes::new()))
    }));
    let forge = ForgeApi::start(Forge::GitHub);
    let workspace = forge.surround(api.workspace(manifest));
    let at = |name: &str| workspace.path().join(name).display().to_string();
    let (summary, values) = (at("summary.md"), at("values.txt"));
    let workspace = set_up(workspace)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("GITHUB_OUTPUT", &values)
        .env(
            "HOOKWRIGHT_NOTIFY_URL",
            &format!("http://{}/", webhook.address),
        );
    let mut outputs = BTreeMap::new();
    for (name, arguments) in COMMANDS {
        let Run { stdout, stderr, .. } = workspace.run(arguments);
        outputs.insert((*name).to_owned(), format!("{stdout}{stderr}"));
    }
    // An archive of Parquet files, and what reads and moves one.
    let folder = format!("file://{}/parquet", workspace.path().display());
    for (name, arguments) in ARCHIVED {
        let Run { stdout, stderr, .. } =
            workspace.run(&[*arguments, &["--archive", &folder]].concat());
        outputs.insert((*name).to_owned(), format!("{stdout}{stderr}"));
    }
    for (path, content) in workspace.files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What the user wrote is no output.
        if !["hookwright.yaml", "event.json"].contains(&name.as_str()) {
            outputs.insert(name, String::from_utf8_lossy(&content).into_owned());
        }
    }
    let comments: Vec<String> = forge
        .comments()
        .into_iter()
        .map(|comment| comment.body)
        .collect();
    outputs.insert("forge".to_owned(), comments.join("\n"));
    outputs.insert("notification".to_owned(), told.lock().unwrap().clone());
    outputs
}

/// Where an answer repeats the secret.
#[derive(Clone, Copy, Debug)]
enum Place {
    Url,
    Name,
    Id,
    Event,
    Time,
    Field,
    FieldName,
    Refusal,
    Page,
    RequestId,
    Location,
    Next,
    Created,
}

const PLACES: [Place; 13] = [
    Place::Url,
    Place::Name,
    Place::Id,
    Place::Event,
    Place::Time,
    Place::Field,
    Place::FieldName,
    Place::Refusal,
    Place::Page,
    Place::RequestId,
    Place::Location,
    Place::Next,
    Place::Created,
];

fn answer(place: Place, text: &str, method: &http::Method, path: &str) -> Response<Bytes> {
    let is_read = *method == http::Method::GET;
    let mut webhook = json!({
        "id": "5f", "name": "other", "webhook_url": "https://h.example.com/other", "events": ["order-created"],
        "env_type": "sandbox", "enabled": true, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    let mut builder = Response::builder();
    let mut status = if is_read { 200 } else { 201 };
    let mut next = serde_json::Value::Null;
    let mut body = None;
    match place {
        Place::Url => webhook["webhook_url"] = format!("https://h.example.com/{text}/x").into(),
        Place::Name => webhook["name"] = format!("a {text}").into(),
        Place::Id => webhook["id"] = text.into(),
        Place::Event => webhook["events"] = json!(["order-created", text]),
        Place::Time => webhook["created_at"] = text.into(),
        Place::Field => webhook["other"] = json!([{ "a": text }]),
        Place::FieldName => webhook[text] = json!({ text: 1 }),
        Place::Refusal => {
            status = 403;
            body = Some(
                json!({"error": {"code": text, "message": format!("bad {text}")}}).to_string(),
            );
        }
        Place::Page => {
            status = 403;
            body = Some(format!("<html><title>no {text}</title>"));
        }
        Place::RequestId => {
            status = 403;
            let plain: String = text.chars().filter(char::is_ascii).collect();
            builder = builder.header("x-request-id", plain);
        }
        Place::Location => {
            status = 302;
            builder = builder.header("location", format!("https://other.example/{text}?t={text}"));
        }
        Place::Next => next = format!("https://other.example/{text}?t={text}").into(),
        Place::Created if !is_read => webhook["name"] = text.into(),
        Place::Created => {}
    }
    let list = json!({"next": next, "previous": null, "results": if matches!(place, Place::Created) { json!([]) } else { json!([webhook]) }});
    let requests = json!({"next": next, "previous": null, "results": [{
        "webhook_id": text, "event_type": text, "event_created_at": jiff::Timestamp::now().to_string(), "status_code": 500,
        "error_message": format!("no {text}"), "webhook_payload": {"order_id": text}, "webhook_url": format!("https://h.example.com/{text}"),
    }]});
    let body = body.unwrap_or_else(|| match (is_read, path) {
        (true, path) if path.contains("webhook-requests") => requests.to_string(),
        (true, _) => list.to_string(),
        (false, _) => webhook.to_string(),
    });
    builder.status(status).body(body.into()).unwrap()
}

/// How somebody else may write a secret.
fn spelled(secret: &str, ways: &[u8]) -> String {
    let mut spelled = String::new();
    for (c, way) in secret.chars().zip(ways.iter().cycle()) {
        let code = u32::from(c);
        match way {
            0 => spelled.push_str(&format!("%{code:02x}")),
            1 => spelled.push_str(&format!("%25{code:02X}")),
            2 => spelled.push_str(&format!("&#{code};")),
            3 => spelled.push_str(&format!("&#x{code:x};")),
            4 => spelled.push_str(&format!("\\u{code:04x}")),
            5 if c.is_ascii_punctuation() => spelled.push_str(&format!("\\{c}")),
            6 => spelled.extend(c.to_uppercase()),
            _ => spelled.push(c),
        }
    }
    spelled
}

/// A text with its spellings undone, by other means than the program has.
fn undone(text: &str) -> String {
    let percent: std::borrow::Cow<'_, [u8]> =
        url::form_urlencoded::parse(text.replace(['&', '='], "\u{1}").as_bytes())
            .next()
            .map_or_else(Default::default, |(name, _)| {
                name.into_owned().into_bytes().into()
            });
    let mut rest = String::from_utf8_lossy(&percent).replace('\u{1}', "&");
    for code in 0x20..0x7f_u8 {
        let c = char::from(code).to_string();
        for form in [
            format!("&#{code};"),
            format!("&#x{code:x};"),
            format!("\\u{code:04x}"),
            format!("\\u{{{code:x}}}"),
        ] {
            rest = rest.replace(&form, &c);
        }
    }
    rest.replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace('\\', "")
}

/// Where a manifest has the secret.
#[derive(Clone, Copy, Debug)]
enum Declared {
    /// As a variable, in a place where an answer may repeat it.
    AccessSecret,
    ClientId,
    InPath,
    InQuery,
    InHost,
    InName,
    WholeUrl,
    FormerUrl,
    /// In clear text, which is an error.
    Literal,
}

const DECLARED: [Declared; 9] = [
    Declared::AccessSecret,
    Declared::ClientId,
    Declared::InPath,
    Declared::InQuery,
    Declared::InHost,
    Declared::InName,
    Declared::WholeUrl,
    Declared::FormerUrl,
    Declared::Literal,
];

/// A manifest with a secret at this place, and with something to find fault with.
fn manifest(declared: Declared, secret: &str) -> String {
    let quoted = secret.replace('\'', "''");
    let webhook = match declared {
        Declared::AccessSecret | Declared::ClientId | Declared::Literal => {
            "url: \"https://h.example.com/loans\""
        }
        Declared::InPath => "url: \"https://h.example.com/${env:HOOK_SECRET}/x\"",
        Declared::InQuery => "url: \"https://h.example.com/?t=${env:HOOK_SECRET}&x=1\"",
        Declared::InHost => "url: \"https://${env:HOOK_SECRET}.example.com/\"",
        Declared::InName => "name: \"a ${env:HOOK_SECRET}\", url: \"https://h.example.com/loans\"",
        Declared::WholeUrl => "url: \"${env:HOOK_SECRET}\"",
        Declared::FormerUrl => {
            "url: \"https://h.example.com/loans\", moved_from: [\"https://h.example.com/${env:HOOK_SECRET}\"]"
        }
    };
    let manifest = sandbox_manifest(&format!(
        "  loans: {{ {webhook}, events: [order-created, order-craeted] }}\n"
    ));
    match declared {
        Declared::Literal => manifest.replace("${env:TRUV_SANDBOX_SECRET}", &format!("'{quoted}'")),
        _ => manifest,
    }
}

/// What these do is looked at in other outputs: at the forge, in the plan file, in the archive. Notifications and
/// a step's outputs have numbers, and names only of what is refused.
const SAY_LESS: &[&str] = &[
    "comment",
    "plan file",
    "archive",
    "notification",
    "values.txt",
];

#[test]
fn every_output_is_looked_at() {
    // What is no secret arrives in each of them.
    let shown = |place: Place, marker: &'static str| {
        let api = Api::meddled(move |request, _| {
            Some(answer(
                place,
                marker,
                request.method(),
                request.uri().path(),
            ))
        });
        let manifest = manifest(Declared::AccessSecret, "")
            .replace("loans", marker)
            .replace("order-craeted", marker);
        outputs(&api, &manifest, |workspace| workspace)
    };
    let (changed, failed) = (
        shown(Place::Name, "marker-4711"),
        shown(Place::Refusal, "marker-4711"),
    );
    // What a database has beside it may be empty, and some commands say only what they did.
    let says_less = |name: &str| {
        let parts = [
            "archive.db-",
            "parquet ",
            "_ledger.json",
            "hookwright-archive.",
        ];
        let is_part = parts.iter().any(|part| name.starts_with(part));
        is_part || name.ends_with(".parquet") || SAY_LESS.contains(&name)
    };
    for name in changed.keys() {
        if says_less(name) {
            assert!(
                name.starts_with("archive.db-")
                    || name.ends_with(".lock")
                    || !changed[name].is_empty(),
                "{name}"
            );
            continue;
        }
        let holds = |outputs: &BTreeMap<String, String>| outputs[name].contains("marker-4711");
        assert!(
            holds(&changed) || failed.contains_key(name) && holds(&failed),
            "{name}: {}",
            changed[name]
        );
    }
    for name in [
        "saved.plan",
        "audit.jsonl",
        "archive.db",
        "summary.md",
        "values.txt",
    ] {
        assert!(changed.contains_key(name), "{name}");
    }
}

/// For a random secret at a random place in a random spelling, no output and no file holds 8 successive
/// characters of it, plain or decoded. `HOOKWRIGHT_SECRET_CASES` says how many are tried.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "who runs the tests says how many cases there are"
)]
fn no_output_holds_a_part_of_a_secret() {
    let number = |name: &str| -> Option<u32> { std::env::var(name).ok()?.parse().ok() };
    let config = Config {
        cases: number("HOOKWRIGHT_SECRET_CASES").unwrap_or(6),
        rng_seed: RngSeed::Fixed(number("HOOKWRIGHT_SECRET_SEED").map_or(12, u64::from)),
        failure_persistence: None,
        max_shrink_iters: 12,
        ..Config::default()
    };
    let inputs = (
        "[a-zA-Z0-9+/=&<>\"'_.~!*-]{16,40}",
        proptest::collection::vec(0..12_u8, 1..40),
        0..PLACES.len(),
        0..DECLARED.len(),
    );
    let result = TestRunner::new(config).run(&inputs, |(random, ways, place, declared)| {
        let (place, declared) = (PLACES[place], DECLARED[declared]);
        let secret = match declared {
            Declared::AccessSecret | Declared::Literal => format!("sandbox-{random}"),
            Declared::WholeUrl => format!("https://h.example.com/{random}"),
            _ => random.clone(),
        };
        let text = spelled(&secret, &ways);
        let api = Api::meddled(move |request, _| {
            Some(answer(place, &text, request.method(), request.uri().path()))
        });
        let outputs = outputs(
            &api,
            &manifest(declared, &secret),
            |workspace| match declared {
                Declared::AccessSecret => workspace.env("TRUV_SANDBOX_SECRET", &secret),
                Declared::ClientId => workspace.env("TRUV_CLIENT_ID", &secret),
                Declared::Literal => workspace,
                _ => workspace.env("HOOK_SECRET", &secret),
            },
        );
        for (name, output) in outputs {
            if let Some(part) = part_of(&random, output) {
                prop_assert!(
                    false,
                    "{name}: {part} of {random}; {place:?} {declared:?} {ways:?}"
                );
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Eight successive characters of a secret in an output, plain or decoded, with what is around them.
fn part_of(secret: &str, output: String) -> Option<String> {
    let characters: Vec<char> = secret.to_lowercase().chars().collect();
    let parts: Vec<String> = characters
        .windows(8)
        .map(|part| part.iter().collect())
        .collect();
    let mut decoded = output;
    for _ in 0..4 {
        let lower = decoded.to_lowercase();
        let mut found = parts
            .iter()
            .filter_map(|part| Some((part, lower.find(part)?)));
        if let Some((part, at)) = found.next() {
            let around: String = lower[..at].chars().rev().take(80).collect();
            let around: String = around.chars().rev().collect();
            let behind: String = lower[at..].chars().take(80).collect();
            return Some(format!("`{part}` in `{around}{behind}`"));
        }
        decoded = undone(&decoded);
    }
    None
}
