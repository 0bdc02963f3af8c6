//! `history sync`: into an archive, again and again, and killed on the way.

use crate::support::{
    Api, Workspace,
    history::{Seeded, at, seed},
    sandbox_manifest,
};

const WEBHOOKS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";
const ORDERS: &str = "https://hooks.example.com/orders";
const DAY: i64 = 24 * 60;

/// The moments of all that the archive has of the sandbox, the latest first.
fn archived(workspace: &Workspace) -> Vec<String> {
    let arguments = [
        "history",
        "--archive",
        "a.db",
        "--limit",
        "0",
        "--format",
        "jsonl",
    ];
    let run = workspace.run(&arguments).code(0);
    let lines = run.stdout.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["webhook_id"].as_str().unwrap().to_owned()
    });
    lines.collect()
}

fn sync(workspace: &Workspace) -> serde_json::Value {
    let arguments = ["history", "sync", "--archive", "a.db", "--format", "json"];
    let document = workspace.run(&arguments).code(0).json();
    let schema = Workspace::new()
        .run(&["schema", "history-sync"])
        .code(0)
        .json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&document), "{document:#}");
    document["environments"][0].clone()
}

fn workspace(api: &Api) -> Workspace {
    api.workspace(&sandbox_manifest(WEBHOOKS)).env("TZ", "UTC")
}

#[test]
fn archives_once_what_comes_again_and_reads_it_without_the_provider() {
    let api = Api::now();
    let workspace = workspace(&api);
    for days in [20, 3, 0] {
        seed(
            &api,
            Seeded::new(ORDERS, "order-created", at(days * DAY + 5), Some(200)),
        );
    }
    let first = sync(&workspace);
    assert_eq!((&first["new"], &first["known"]), (&3.into(), &0.into()));
    assert_eq!(first["covered"].as_array().unwrap().len(), 1, "{first}");
    let requests = api.requests().len();
    seed(&api, Seeded::new(ORDERS, "order-created", at(1), Some(502)));
    let second = sync(&workspace);
    assert_eq!(second["new"], 1);
    // Once for what time it is there; the days that are complete are not asked for again.
    assert_eq!(api.requests().len(), requests + 2);
    let third = sync(&workspace);
    assert_eq!(third["new"], 0);
    let before = api.requests().len();
    let ids = archived(&workspace);
    assert_eq!(ids.len(), 4);
    assert!(ids[0].ends_with('3') && ids[3].ends_with('0'), "{ids:?}");
    assert_eq!(api.requests().len(), before, "the provider was asked");
}

#[test]
fn what_was_never_fetched_is_a_gap_and_no_silence() {
    let api = Api::now();
    let workspace = workspace(&api);
    let _ = sync(&workspace);
    let arguments = [
        "history",
        "--archive",
        "a.db",
        "--since",
        "40d",
        "--until",
        "1d",
    ];
    let run = workspace.run(&arguments).code(0);
    let gap = run.stdout.lines().find(|line| line.contains("gap:"));
    let gap = gap.unwrap_or_else(|| panic!("{}", run.shown()));
    assert!(gap.contains("sandbox: nothing is known of "), "{gap}");
    let arguments = [&arguments[..], &["--format", "json"]].concat();
    let document = workspace.run(&arguments).code(0).json();
    let missing = &document["environments"][0]["missing"];
    assert_eq!(missing.as_array().unwrap().len(), 1, "{missing}");
    // What is known is no gap.
    let arguments = [
        "history",
        "--archive",
        "a.db",
        "--since",
        "20d",
        "--until",
        "1d",
    ];
    let run = workspace.run(&arguments).code(0);
    assert!(!run.stdout.contains("gap:"), "{}", run.shown());
}

#[test]
fn what_is_too_old_to_be_kept_is_deleted_and_not_fetched_again() {
    let api = Api::now();
    let workspace = workspace(&api);
    for days in [20, 10, 1] {
        seed(
            &api,
            Seeded::new(ORDERS, "order-created", at(days * DAY), Some(200)),
        );
    }
    let _ = sync(&workspace);
    let workspace = workspace.env("HOOKWRIGHT_ARCHIVE_RETENTION", "15d");
    assert_eq!(sync(&workspace)["forgotten"], 1);
    assert_eq!(archived(&workspace).len(), 2);
    let again = sync(&workspace);
    assert_eq!((&again["forgotten"], &again["new"]), (&0.into(), &0.into()));
}

#[test]
fn payloads_are_kept_only_when_asked_for() {
    let api = Api::now();
    let workspace = workspace(&api);
    seed(
        &api,
        Seeded::new(ORDERS, "order-created", at(5), Some(200)).of("user_id", "user-canary"),
    );
    let found = |workspace: &Workspace| {
        workspace.files().iter().any(|(path, content)| {
            let is_archive = path.to_str().unwrap().contains("a.db");
            is_archive && content.windows(11).any(|it| it == b"user-canary")
        })
    };
    let _ = sync(&workspace);
    assert!(!found(&workspace));
    let workspace = workspace.env("HOOKWRIGHT_ARCHIVE_PAYLOADS", "true");
    let _ = sync(&workspace);
    assert!(found(&workspace));
    let list = [
        "history",
        "--archive",
        "a.db",
        "--payload",
        "--reveal",
        "--format",
        "jsonl",
    ];
    let run = workspace.run(&list).code(0);
    assert!(run.stdout.contains("user-canary"), "{}", run.shown());
}

#[test]
fn failures_say_what_state_things_are_in() {
    let api = Api::now_with(|builder| builder.fault("get:3..=login-page".parse().unwrap()));
    let workspace = workspace(&api);
    seed(
        &api,
        Seeded::new(ORDERS, "order-created", at(30 * DAY - 60), Some(200)),
    );
    let run = workspace
        .run(&["history", "sync", "--archive", "a.db"])
        .code(1);
    assert!(run.stderr.contains("sandbox: archived "), "{}", run.shown());
    let error = run
        .stderr
        .lines()
        .skip_while(|line| !line.starts_with("error:"));
    insta::assert_snapshot!(error.collect::<Vec<_>>().join("\n"));
    // What was fetched is there, and the rest is known to be missing.
    assert_eq!(archived(&workspace).len(), 1);
    let mut shown = String::new();
    workspace.write("text", "this is a letter, and no archive\n".repeat(100));
    std::fs::create_dir(workspace.path().join("folder")).unwrap();
    for file in ["absent.db", "text", "no/folder.db", "folder"] {
        let run = workspace.run(&["history", "--archive", file]).code(1);
        shown.push_str(&format!(
            "$ hookwright history --archive {file}\n{}\n",
            run.stderr
        ));
        if file != "absent.db" {
            let run = workspace
                .run(&["history", "sync", "--archive", file])
                .code(1);
            let verb = "history sync --archive";
            shown.push_str(&format!("$ hookwright {verb} {file}\n{}\n", run.stderr));
        }
    }
    insta::assert_snapshot!(shown);
    let other = workspace.env("TRUV_CLIENT_ID", "ffffffffffffffffffffffffffffffff");
    let run = other.run(&["history", "--archive", "a.db"]).code(3);
    insta::assert_snapshot!(run.stderr);
}

/// `kill -9` at every page: what was kept stays, nothing is kept twice, and the next run goes on.
#[cfg(unix)]
#[test]
fn killed_at_any_page_it_goes_on_where_it_ended() {
    use std::{
        process::{Child, Stdio},
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
        time::Duration,
    };

    /// What time it is there, 30 days, and two more pages for what one of them has.
    const PAGES: usize = 33;
    for kill_at in [1, 2, 16, 29, 31, 32, PAGES] {
        let victim: Arc<Mutex<Option<Child>>> = Arc::default();
        let (killed, was_killed) = mpsc::channel();
        let (arrived, shared) = (AtomicUsize::new(0), Arc::clone(&victim));
        let api = Api::meddled_now(move |_, _| {
            if arrived.fetch_add(1, Ordering::SeqCst) + 1 == kill_at {
                let mut child: Child = shared.lock().unwrap().take().unwrap();
                child.kill().unwrap();
                child.wait().unwrap();
                killed.send(()).unwrap();
            }
            None
        });
        let workspace = workspace(&api).env("HOOKWRIGHT_HISTORY_PAGE_SIZE", "2");
        for minutes in [29 * DAY, 10 * DAY, 600, 590, 580, 570, 560, 1] {
            seed(
                &api,
                Seeded::new(ORDERS, "order-created", at(minutes), Some(200)),
            );
        }
        {
            let mut victim = victim.lock().unwrap();
            let mut command = workspace.command(&["history", "sync", "--archive", "a.db"]);
            let command = command.stdout(Stdio::null()).stderr(Stdio::null());
            *victim = Some(command.spawn().unwrap());
        }
        was_killed.recv_timeout(Duration::from_secs(60)).unwrap();
        let before = api.requests().len();
        let again = sync(&workspace);
        assert_eq!(again["covered"].as_array().unwrap().len(), 1, "{again}");
        assert_eq!(archived(&workspace).len(), 8, "killed at {kill_at}");
        let asked = api.requests().len() - before;
        // The second run asks for the time, too.
        assert!(asked + kill_at <= PAGES + 5, "{asked} after {kill_at}");
    }
}
