//! Archives of Parquet files: the same verbs and answers as over an SQLite file, in a folder and in a bucket.

mod moved;
#[cfg(unix)]
mod stores;

use std::{
    collections::BTreeSet,
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use jiff::SignedDuration;
use serde_json::Value;

use crate::support::{
    Api, Workspace, for_each_at_once,
    history::{Seeded, at, seed},
    s3::{Conditions, Moment, Store},
    sandbox_manifest,
};

const WEBHOOKS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
  links:
    url: https://hooks.example.com/links
    events: [link-deleted]
";
const ORDERS: &str = "https://hooks.example.com/orders";
const LINKS: &str = "https://hooks.example.com/links";
const DAY: i64 = 24 * 60;

/// Deliveries of some days, of which some failed.
fn some(api: &Api) {
    for (number, minutes) in [29 * DAY, 20 * DAY, 19 * DAY, 3 * DAY, 2 * DAY, 700, 60, 1]
        .into_iter()
        .enumerate()
    {
        let status = [Some(200), Some(502), None][number % 3];
        let order = format!("order-{number}");
        seed(
            api,
            Seeded::new(ORDERS, "order-created", at(minutes), status).of("order_id", &order),
        );
        let link = Seeded::new(LINKS, "link-deleted", at(minutes + 3), Some(204));
        seed(api, link.saying("late").of("link_id", "link-1"));
    }
}

fn workspace(api: &Api) -> Workspace {
    api.workspace(&sandbox_manifest(WEBHOOKS))
        .env("TZ", "America/New_York")
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "c4nary")
        .env("AWS_REGION", "r")
}

fn folder(workspace: &Workspace) -> String {
    format!("file://{}/archive", workspace.path().display())
}

fn run(workspace: &Workspace, archive: &str, arguments: &[&str]) -> Value {
    let arguments = [
        &["history"],
        arguments,
        &["--archive", archive, "--format", "json"],
    ]
    .concat();
    let mut document = workspace.run(&arguments).code(0).json();
    if let Some(named) = document.get_mut("archive") {
        *named = "[ARCHIVE]".into();
    }
    document
}

/// All that is asked of an archive.
const QUESTIONS: &[&[&str]] = &[
    &["list", "--limit", "0"],
    &["list", "--limit", "3"],
    &["list", "--limit", "0", "--failed", "--payload", "--reveal"],
    &["list", "--status", "5xx", "--since", "25d", "--until", "1d"],
    &["list", "--webhook", "orders", "--event", "order-*"],
    &["stats", "--since", "30d"],
    &["stats", "--since", "30d", "--status", "none"],
    &[
        "stats",
        "--since",
        "2d",
        "--until",
        "1d",
        "--webhook",
        "links",
    ],
    &["gaps", "--since", "29d"],
    &["list", "--since", "40d", "--until", "35d"],
];

#[track_caller]
fn valid(document: &Value, schema: &str) {
    let schema = hookwright::report::json::schemas().remove(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(document), "{document:#}");
}

#[test]
fn a_folder_and_a_bucket_answer_as_a_file_does() {
    let api = Api::now();
    some(&api);
    let store = Store::start(Conditions::All);
    let workspace = workspace(&api)
        .env("AWS_ENDPOINT_URL", &store.endpoint())
        .env("HOOKWRIGHT_ARCHIVE_PAYLOADS", "true");
    let archives = [
        "a.db".to_owned(),
        folder(&workspace),
        "s3://team/hooks".to_owned(),
    ];
    let sync = |archive: &str| {
        let mut document = run(&workspace, archive, &["sync"]);
        // Each run has its own end.
        document["environments"][0]["covered"][0].take();
        document
    };
    let [of_file, of_folder, of_bucket] = archives.each_ref().map(|archive| sync(archive));
    assert_eq!(of_file, of_folder);
    assert_eq!(of_file, of_bucket);
    assert_eq!(of_file["environments"][0]["new"], 16);
    // Rounded, the present second may be still to come.
    let now = at(0) - SignedDuration::from_secs(10);
    seed(&api, Seeded::new(ORDERS, "order-created", now, Some(200)));
    for archive in &archives {
        assert_eq!(sync(archive)["environments"][0]["new"], 1, "{archive}");
    }
    let asked = api.requests().len();
    for question in QUESTIONS {
        let [of_file, of_folder, of_bucket] = archives.each_ref().map(|archive| {
            let mut answer = run(&workspace, archive, question);
            without_moments(&mut answer);
            answer
        });
        assert_eq!(of_file, of_folder, "{question:?}");
        assert_eq!(of_file, of_bucket, "{question:?}");
    }
    assert_eq!(api.requests().len(), asked, "the provider was asked");
}

/// Leaves out when a run was: three runs are at three moments.
fn without_moments(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !matches!(name.as_str(), "window" | "missing" | "series"));
            fields.values_mut().for_each(without_moments);
        }
        Value::Array(items) => items.iter_mut().for_each(without_moments),
        _ => {}
    }
}

#[test]
fn a_blast_radius_is_counted_in_a_folder_as_in_a_file() {
    let api = Api::now();
    some(&api);
    let workspace = workspace(&api);
    let moved = WEBHOOKS.replace("example.com/orders", "example.org/orders");
    let moved = moved.replace(
        "    events: [order-created]",
        &format!("    moved_from: [{ORDERS}]\n    events: [order-created]"),
    );
    let folder = folder(&workspace);
    for archive in ["a.db", &folder] {
        run(&workspace, archive, &["sync"]);
    }
    workspace.write(
        "hookwright.yaml",
        sandbox_manifest(&moved).replace("[API]", &api.base_url()),
    );
    let [of_file, of_folder] = ["a.db", &folder].map(|archive| {
        let document = workspace
            .run(&["plan", "--archive", archive, "--format", "json"])
            .code(0)
            .json();
        document["environments"][0]["blast_radius"].clone()
    });
    assert!(of_file.is_object(), "{of_file}");
    assert_eq!(of_file, of_folder);
}

/// DuckDB, Arrow and ClickHouse count what this program lists: all, by status and day, and of one day.
#[test]
fn engines_that_others_wrote_count_the_same() {
    let Some(mut python) = crate::support::tools::engines() else {
        return;
    };
    let api = Api::now();
    some(&api);
    let workspace = workspace(&api).env("HOOKWRIGHT_ARCHIVE_PAYLOADS", "true");
    let folder = folder(&workspace);
    for round in 0..2 {
        seed(
            &api,
            Seeded::new(ORDERS, "order-created", at(round), Some(200)),
        );
        run(&workspace, &folder, &["sync"]);
    }
    let listed = run(&workspace, &folder, &["list", "--limit", "0"]);
    let mut groups = std::collections::BTreeMap::<(String, String), i64>::new();
    let deliveries = listed["environments"][0]["deliveries"].as_array().unwrap();
    for delivery in deliveries {
        let day = delivery["event_created_at"].as_str().unwrap()[..10].to_owned();
        let status = delivery["status_code"].as_u64();
        let status = status.map_or("None".to_owned(), |status| status.to_string());
        *groups.entry((status, day)).or_default() += 1;
    }
    let (_, date) = groups.keys().next().unwrap().clone();
    let of_date: i64 = groups
        .iter()
        .filter(|((_, day), _)| *day == date)
        .map(|(_, count)| count)
        .sum();
    let script =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/archive_engines.py");
    let path = workspace.path().join("archive");
    let output = python.arg(script).arg(&path).arg(&date).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let counted: Value = serde_json::from_slice(&output.stdout).unwrap();
    let engines = counted.as_object().unwrap();
    assert_eq!(engines.len(), 3, "{counted:#}");
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|((status, day), count)| serde_json::json!([status, day, count]))
        .collect();
    for (engine, counted) in engines {
        assert_eq!(counted["rows"], deliveries.len(), "{engine}");
        assert_eq!(counted["of_date"], of_date, "{engine}");
        assert_eq!(counted["groups"], Value::from(groups.clone()), "{engine}");
    }
    for count in ["named", "distinct", "moments"] {
        assert_eq!(engines["duckdb"][count], deliveries.len(), "{count}");
    }
}

/// A run is killed at one of the objects that it writes, and a second run ends what it began. Gives how many objects both wrote.
fn killed_at(moment: Moment, number: usize) -> usize {
    let victim: Arc<Mutex<Option<Child>>> = Arc::default();
    let (killed, was_killed) = mpsc::channel();
    let (seen, shared) = (Arc::new(AtomicUsize::new(0)), victim.clone());
    let counted = seen.clone();
    let store = Store::start_watched(Conditions::All, move |now| {
        if now != moment || seen.fetch_add(1, Ordering::SeqCst) != number {
            return;
        }
        // The run is started while this is locked.
        if let Some(mut child) = shared.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
            killed.send(()).unwrap();
        }
    });
    let api = Api::now();
    for minutes in [DAY + 600, 600, 590, 1] {
        let delivery = Seeded::new(ORDERS, "order-created", at(minutes), Some(200));
        seed(&api, delivery);
    }
    let workspace = workspace(&api).env("AWS_ENDPOINT_URL", &store.endpoint());
    let sync = ["history", "sync", "--archive", "s3://team/hooks"];
    {
        let mut victim = victim.lock().unwrap();
        let mut command = workspace.command(&sync);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        *victim = Some(command.spawn().unwrap());
    }
    was_killed.recv_timeout(Duration::from_secs(60)).unwrap();
    let _ = workspace.run(&sync).code(0);
    let listed = run(&workspace, "s3://team/hooks", &["list"]);
    let deliveries = listed["environments"][0]["deliveries"].as_array().unwrap();
    let ids: BTreeSet<&str> = deliveries
        .iter()
        .map(|delivery| delivery["webhook_id"].as_str().unwrap())
        .collect();
    let counts = (ids.len(), deliveries.len());
    assert_eq!(counts, (4, 4), "{moment:?} write {number}");
    counted.load(Ordering::SeqCst)
}

/// `kill -9` right before and right after each object that is written: the next run loses and doubles nothing.
#[test]
fn killed_at_any_object_the_next_run_loses_and_doubles_nothing() {
    let writes = killed_at(Moment::After, 0);
    assert!(writes > 12, "{writes}");
    // The first ones have every kind of object, then some.
    let numbers = (0..9).chain((9..writes).step_by(17));
    let points = numbers.flat_map(|number| [(Moment::After, number), (Moment::Before, number)]);
    for_each_at_once(points.skip(1), |(moment, number)| {
        killed_at(moment, number);
    });
}

#[test]
fn stores_that_cannot_keep_an_archive_are_refused() {
    let api = Api::now();
    for conditions in [Conditions::None, Conditions::OnlyAbsence] {
        let store = Store::start(conditions);
        let workspace = workspace(&api).env("AWS_ENDPOINT_URL", &store.endpoint());
        let sync = ["history", "sync", "--archive", "s3://team/hooks"];
        let refused = workspace.run(&sync).code(1);
        let says = "the store takes conditional puts, and ignores their condition";
        assert!(refused.stderr.contains(says), "{}", refused.shown());
        assert!(refused.stderr.contains("If-Match"), "{}", refused.shown());
    }
}

#[test]
fn what_is_no_archive_is_named() {
    let api = Api::now();
    let workspace = workspace(&api);
    let here = workspace.path().display().to_string();
    let mut shown = String::new();
    std::fs::create_dir(workspace.path().join("other")).unwrap();
    std::fs::create_dir(workspace.path().join("newer")).unwrap();
    std::fs::create_dir(workspace.path().join("empty")).unwrap();
    workspace.write("other/hookwright-archive.json", "{}");
    let newer = r#"{"kind": "hookwright-archive", "format_version": 2, "salt": "", "opened": 0, "environments": []}"#;
    workspace.write("newer/hookwright-archive.json", newer);
    for name in ["absent", "empty", "other", "newer", "sub/../absent"] {
        let run = workspace
            .run(&["history", "--archive", &format!("file://{here}/{name}")])
            .code(1);
        shown += &format!(
            "$ hookwright history --archive file:///{name}\n{}\n",
            run.stderr.replace(&here, "")
        );
    }
    for archive in [
        "http://h.example/a",
        "s3://id:c4nary@bucket/a",
        "s3:///a",
        "file://host/a",
    ] {
        let run = workspace.run(&["history", "--archive", archive]).code(64);
        shown += &format!("$ hookwright history --archive {archive}\n{}\n", run.stderr);
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn an_archive_is_verified_and_merged_without_its_provider() {
    let api = Api::now();
    some(&api);
    let workspace = workspace(&api).env("HOOKWRIGHT_ARCHIVE_PAYLOADS", "true");
    let folder = folder(&workspace);
    for round in 0..3 {
        seed(
            &api,
            Seeded::new(ORDERS, "order-created", at(29 * DAY - round), Some(200)),
        );
        run(&workspace, &folder, &["sync"]);
    }
    run(&workspace, "a.db", &["sync"]);
    let asked = api.requests().len();
    let listed = || {
        let mut listed = run(&workspace, &folder, &["list", "--limit", "0", "--payload"]);
        without_moments(&mut listed);
        listed
    };
    let before = listed();
    let merged = run(&workspace, &folder, &["compact"]);
    valid(&merged, "history-compact");
    let verified = run(&workspace, &folder, &["verify"]);
    valid(&verified, "history-verify");
    assert_eq!(
        (
            &verified["whole"],
            &verified["environments"][0]["deliveries"]
        ),
        (&true.into(), &17.into())
    );
    let of_file = run(&workspace, "a.db", &["verify"]);
    assert_eq!(of_file["environments"][0]["deliveries"], 19);
    assert_eq!(before, listed());
    assert_eq!(api.requests().len(), asked, "the provider was asked");
    let refused = workspace
        .run(&["history", "compact", "--archive", "a.db"])
        .code(64);
    assert!(
        refused.stderr.contains("in which nothing is to be merged"),
        "{}",
        refused.shown()
    );
    // One byte of one file.
    let files = workspace.files();
    let (path, content) = files
        .iter()
        .find(|(path, _)| {
            path.to_str().unwrap().ends_with(".parquet")
                && !path.to_str().unwrap().contains("payloads")
        })
        .unwrap();
    let mut content = content.clone();
    content[10] ^= 1;
    std::fs::write(workspace.path().join(path), content).unwrap();
    let broken = workspace
        .run(&["history", "verify", "--archive", &folder])
        .code(1);
    assert!(
        broken
            .stdout
            .contains("its bytes are not those that were written"),
        "{}",
        broken.shown()
    );
    assert!(broken.stderr.contains("is not whole"), "{}", broken.shown());
}
