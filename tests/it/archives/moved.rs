//! `history import-sqlite`: an SQLite archive becomes one of Parquet files.

use super::*;
use crate::support::Run;

/// What is asked of both archives. All of it is of a span that has ended, and so the answers have the same bytes.
fn asked(workspace: &Workspace, archive: &str) -> Vec<String> {
    asked_since(workspace, archive, 35 * DAY)
}

fn asked_since(workspace: &Workspace, archive: &str, minutes: i64) -> Vec<String> {
    let day = |minutes| at(minutes).strftime("%Y-%m-%d").to_string();
    let (since, until) = (day(minutes), day(DAY));
    let span = ["--since", &since, "--until", &until, "--archive", archive];
    let questions: &[&[&str]] = &[
        &["list", "--limit", "0"],
        &["list", "--limit", "0", "--format", "json"],
        &[
            "list",
            "--limit",
            "0",
            "--payload",
            "--reveal",
            "--format",
            "jsonl",
        ],
        &["list", "--webhook", "orders", "--format", "csv"],
        &["stats"],
        &["stats", "--format", "json"],
        &["stats", "--failed"],
        &["gaps"],
    ];
    let answers = questions.iter().map(|question| {
        let Run { stdout, stderr, .. } = workspace.run(&[&["history"], *question, &span].concat());
        // What `gaps` does not know of ends now.
        let said = if question[0] == "gaps" { "" } else { &stderr };
        format!("{question:?}\n{stdout}\n{said}")
    });
    answers.collect()
}

#[track_caller]
fn assert_same(these: &[String], those: &[String]) {
    for (this, that) in these.iter().zip(those) {
        assert!(this == that, "{this}\n{that}");
    }
}

fn moved(workspace: &Workspace, file: &str, archive: &str) -> Value {
    run(workspace, archive, &["import-sqlite", file])
}

/// An archive of `some` deliveries with their payloads, of which a stretch was never fetched.
fn with_a_gap(api: &Api) -> Workspace {
    some(api);
    let workspace = workspace(api).env("HOOKWRIGHT_ARCHIVE_PAYLOADS", "true");
    run(&workspace, "a.db", &["sync"]);
    let gap = rusqlite::Connection::open(workspace.path().join("a.db")).unwrap();
    let (since, until) = (at(12 * DAY).as_microsecond(), at(10 * DAY).as_microsecond());
    // Two spans, where there was one.
    gap.execute_batch(&format!(
        "INSERT INTO spans SELECT environment, {until}, until FROM spans;
        UPDATE spans SET until = {since} WHERE since < {since};"
    ))
    .unwrap();
    workspace
}

#[test]
fn what_was_moved_answers_as_the_file_does() {
    let api = Api::now();
    let store = Store::start(Conditions::All);
    let workspace = with_a_gap(&api).env("AWS_ENDPOINT_URL", &store.endpoint());
    let file = std::fs::read(workspace.path().join("a.db")).unwrap();
    let requests = api.requests().len();
    let of_file = asked(&workspace, "a.db");
    assert!(of_file[0].contains("gap: "), "{}", of_file[0]);
    for archive in [folder(&workspace), "s3://team/hooks".to_owned()] {
        let document = moved(&workspace, "a.db", &archive);
        valid(&document, "history-import-sqlite");
        let environment = &document["environments"][0];
        for (count, number) in [
            ("deliveries", 16),
            ("new", 16),
            ("known", 0),
            ("payloads", 16),
        ] {
            assert_eq!(environment[count], number, "{count}");
        }
        assert_eq!(environment["covered"].as_array().unwrap().len(), 2);
        assert_same(&asked(&workspace, &archive), &of_file);
        let verified = run(&workspace, &archive, &["verify"]);
        assert_eq!(verified["whole"], true, "{verified:#}");
        // Again: nothing is new, nothing is written.
        let again = moved(&workspace, "a.db", &archive);
        assert_eq!(again["environments"][0]["new"], 0);
        assert_eq!(again["environments"][0]["known"], 16);
        assert_same(&asked(&workspace, &archive), &of_file);
    }
    assert_eq!(api.requests().len(), requests, "the provider was asked");
    assert_eq!(std::fs::read(workspace.path().join("a.db")).unwrap(), file);
    // A run that syncs goes on from there.
    let synced = run(&workspace, &folder(&workspace), &["sync"]);
    assert_eq!(synced["environments"][0]["new"], 0, "{synced:#}");
}

#[test]
fn a_move_says_what_was_moved_and_what_is_next() {
    let api = Api::now();
    let workspace = with_a_gap(&api);
    let run = workspace.run(&[
        "history",
        "import-sqlite",
        "a.db",
        "--archive",
        &folder(&workspace),
    ]);
    let run = run.code(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let [counts, first, second, into, next] = lines[..] else {
        panic!("{}", run.shown());
    };
    assert_eq!(
        counts,
        "sandbox  truv  16 deliveries: 16 new, 0 known already; 16 with a payload"
    );
    for span in [first, second] {
        assert!(span.starts_with("  complete  "), "{span}");
    }
    let text = |text: &str| text.replace("file://[FOLDER]/archive", "[ARCHIVE]");
    assert_eq!(text(into), "Moved into [ARCHIVE]");
    assert_eq!(
        text(next),
        "`a.db` is as it was. Run `hookwright history verify --archive [ARCHIVE]`: once that says `Whole.`, `a.db` may be deleted."
    );
    assert_eq!(run.stderr, "sandbox: moving its deliveries\n");
}

/// An archive that fetched the same has another salt, and other digests of the same URLs.
#[test]
fn what_is_there_already_is_not_there_twice() {
    let api = Api::now();
    let workspace = with_a_gap(&api);
    let folder = folder(&workspace);
    run(&workspace, &folder, &["sync"]);
    // Two runs do not begin at the same moment.
    let since_then = |archive: &str| asked_since(&workspace, archive, 28 * DAY);
    let before = since_then(&folder);
    let document = moved(&workspace, "a.db", &folder);
    let environment = &document["environments"][0];
    assert_eq!(
        (&environment["new"], &environment["known"]),
        (&0.into(), &16.into())
    );
    assert_same(&since_then(&folder), &before);
    // One that is only in the file is known by the URL that the manifest declares.
    seed(
        &api,
        Seeded::new(ORDERS, "order-created", at(2 * DAY), Some(500)).of("order_id", "late"),
    );
    run(&workspace, "b.db", &["sync"]);
    let document = moved(&workspace, "b.db", &folder);
    assert_eq!(document["environments"][0]["new"], 1, "{document:#}");
    assert_same(&since_then(&folder), &since_then("b.db"));
}

#[test]
fn what_cannot_be_moved_is_named_and_nothing_is_made() {
    let api = Api::now();
    let workspace = with_a_gap(&api);
    let here = workspace.path().display().to_string();
    let folder = folder(&workspace);
    workspace.write("text", "this is a letter, and no archive\n".repeat(100));
    let mut newer = std::fs::read(workspace.path().join("a.db")).unwrap();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(workspace.path().join("newer.db"), newer).unwrap();
    let mut shown = String::new();
    let mut refused = |workspace: &Workspace, file: &str, archive: &str, code| {
        let import = ["history", "import-sqlite", file, "--archive", archive];
        let run = workspace.run(&import).code(code);
        let archive = archive.replace(&here, "");
        let said = run.stderr.replace(&here, "");
        shown +=
            &format!("$ hookwright history import-sqlite {file} --archive {archive}\n{said}\n");
    };
    for file in ["absent.db", "text", "newer.db", "s3://team/hooks"] {
        refused(&workspace, file, &folder, 1);
    }
    for archive in ["b.db", "s3://id:c4nary@bucket/a", "http://h.example/a"] {
        refused(&workspace, "a.db", archive, 64);
    }
    assert!(!workspace.path().join("archive").exists());
    // Environments of one name: of another kind, and of an account of which nothing is known.
    let development = sandbox_manifest(WEBHOOKS)
        .replace("  sandbox:\n", "  sandbox:\n    env_type: development\n")
        .replace("TRUV_SANDBOX_SECRET", "TRUV_DEV_SECRET");
    assert_ne!(development, sandbox_manifest(WEBHOOKS));
    workspace.write(
        "hookwright.yaml",
        development.replace("[API]", &api.base_url()),
    );
    run(&workspace, &folder, &["sync"]);
    refused(&workspace, "a.db", &folder, 3);
    workspace.write(
        "hookwright.yaml",
        sandbox_manifest(WEBHOOKS).replace("[API]", &api.base_url()),
    );
    let other = workspace.env("TRUV_CLIENT_ID", "ffffffffffffffffffffffffffffffff");
    let unproven = format!("{folder}2");
    run(&other, &unproven, &["sync"]);
    refused(&other, "a.db", &unproven, 3);
    insta::assert_snapshot!(shown);
    let yes = [
        "history",
        "import-sqlite",
        "a.db",
        "--archive",
        &unproven,
        "--same-account",
    ];
    let _ = other.run(&yes).code(0);
}

/// Who moves an old archive may have no account any more that brings it up to date.
#[test]
fn an_archive_of_the_first_format_is_moved() {
    let api = Api::now();
    let workspace = with_a_gap(&api);
    let first = rusqlite::Connection::open(workspace.path().join("a.db")).unwrap();
    first
        .execute_batch(
            "DROP TABLE payloads; PRAGMA user_version = 1; PRAGMA journal_mode = DELETE;",
        )
        .unwrap();
    drop(first);
    let file = std::fs::read(workspace.path().join("a.db")).unwrap();
    let folder = folder(&workspace);
    let document = moved(&workspace, "a.db", &folder);
    let environment = &document["environments"][0];
    for (count, number) in [("deliveries", 16), ("new", 16), ("payloads", 0)] {
        assert_eq!(environment[count], number, "{count}");
    }
    assert_eq!(environment["covered"].as_array().unwrap().len(), 2);
    assert_eq!(std::fs::read(workspace.path().join("a.db")).unwrap(), file);
    // As a run that writes to it brings it up to date.
    let present = rusqlite::Connection::open(workspace.path().join("a.db")).unwrap();
    present
        .execute_batch(
            "CREATE TABLE payloads (environment INTEGER, created INTEGER, digest INTEGER, payload TEXT);
            PRAGMA user_version = 2;",
        )
        .unwrap();
    drop(present);
    assert_same(&asked(&workspace, &folder), &asked(&workspace, "a.db"));
}

/// One environment that is another account's keeps all from being entered: a later run that fetches another of these names is
/// not to be refused for it.
#[test]
fn a_move_that_is_refused_enters_no_environment() {
    let api = Api::now();
    let workspace = with_a_gap(&api);
    let folder = folder(&workspace);
    moved(&workspace, "a.db", &folder);
    let other = rusqlite::Connection::open(workspace.path().join("a.db")).unwrap();
    other
        .execute_batch(
            "UPDATE environments SET account = zeroblob(32);
            INSERT INTO environments SELECT 9, 'another', provider, env_type, account FROM environments;",
        )
        .unwrap();
    let import = ["history", "import-sqlite", "a.db", "--archive", &folder];
    for more in [&[][..], &["--same-account"]] {
        let refused = workspace.run(&[&import, more].concat()).code(3);
        let says = "keeps another account's environment `sandbox`";
        assert!(refused.stderr.contains(says), "{}", refused.shown());
    }
    let head = std::fs::read_to_string(workspace.path().join("archive/hookwright-archive.json"));
    assert!(!head.unwrap().contains("another"));
}

#[test]
fn what_keeps_a_file_from_being_read_is_said_with_its_way_out() {
    let api = Api::now();
    let workspace = with_a_gap(&api);
    let folder = folder(&workspace);
    let damaged = rusqlite::Connection::open(workspace.path().join("a.db")).unwrap();
    damaged
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")
        .unwrap();
    std::fs::copy(workspace.path().join("a.db"), workspace.path().join("b.db")).unwrap();
    damaged
        .execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM texts WHERE id = 1;")
        .unwrap();
    drop(damaged);
    // Where SQLite may not write beside it.
    let ahead = rusqlite::Connection::open(workspace.path().join("b.db")).unwrap();
    ahead
        .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .unwrap();
    drop(ahead);
    std::fs::create_dir(workspace.path().join("b.db-wal")).unwrap();
    let mut shown = String::new();
    for file in ["a.db", "b.db"] {
        let import = ["history", "import-sqlite", file, "--archive", &folder];
        let run = workspace.run(&import).code(1);
        shown += &format!(
            "$ hookwright history import-sqlite {file}\n{}\n",
            run.stderr
        );
    }
    insta::assert_snapshot!(shown);
}

/// `kill -9` right before and right after each object that is written: a second run completes it and doubles nothing.
#[test]
fn a_move_that_is_killed_at_any_object_is_completed_by_the_next() {
    let api = Api::now();
    let workspace = Arc::new(with_a_gap(&api));
    let of_file = asked(&workspace, "a.db");
    let mut number = 0;
    loop {
        let mut was_last = false;
        for moment in [Moment::Before, Moment::After] {
            let victim: Arc<Mutex<Option<Child>>> = Arc::default();
            let (killed, was_killed) = mpsc::channel();
            let (seen, shared) = (AtomicUsize::new(0), victim.clone());
            let store = Store::start_watched(Conditions::All, move |now| {
                if now != moment || seen.fetch_add(1, Ordering::SeqCst) != number {
                    return;
                }
                if let Some(mut child) = shared.lock().unwrap().take() {
                    child.kill().unwrap();
                    killed.send(child.wait().unwrap()).unwrap();
                }
            });
            let endpoint = store.endpoint();
            let import = [
                "history",
                "import-sqlite",
                "a.db",
                "--archive",
                "s3://team/hooks",
            ];
            let mut command = workspace.command(&import);
            let command = command.env("AWS_ENDPOINT_URL", &endpoint);
            let command = command.stdout(Stdio::null()).stderr(Stdio::null());
            *victim.lock().unwrap() = Some(command.spawn().unwrap());
            // What is not killed has written less.
            was_last = loop {
                if was_killed.recv_timeout(Duration::from_millis(20)).is_ok() {
                    break false;
                }
                if let Some(child) = victim.lock().unwrap().as_mut()
                    && let Some(status) = child.try_wait().unwrap()
                {
                    assert!(status.success());
                    break true;
                }
            };
            let again = workspace
                .command(&import)
                .env("AWS_ENDPOINT_URL", &endpoint)
                .output();
            assert!(again.unwrap().status.success());
            let verify = ["history", "verify", "--archive", "s3://team/hooks"];
            let verified = workspace
                .command(&verify)
                .env("AWS_ENDPOINT_URL", &endpoint)
                .output();
            let verified = String::from_utf8(verified.unwrap().stdout).unwrap();
            assert!(
                verified.contains("16 deliveries"),
                "{moment:?} write {number}: {verified}"
            );
            assert!(
                verified.ends_with("Whole.\n"),
                "{moment:?} write {number}: {verified}"
            );
        }
        if was_last {
            break;
        }
        // Each kill takes a while: the first ones have every kind of object, then some.
        number += if number < 10 { 1 } else { 13 };
    }
    assert!(number > 10, "{number}");
    assert_same(&asked(&workspace, "a.db"), &of_file);
}

/// Puts so many deliveries of one day into an archive, each with a payload of so many bytes.
#[cfg(target_os = "linux")]
fn fill(workspace: &Workspace, deliveries: u32, payload: u32) {
    let file = rusqlite::Connection::open(workspace.path().join("a.db")).unwrap();
    let day = at(3 * DAY).as_microsecond();
    file.execute_batch(&format!(
        "PRAGMA synchronous = OFF;
        BEGIN;
        INSERT INTO deliveries
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {deliveries})
            SELECT environment, {day} + n, n, event, url, 200, NULL, hex(randomblob(16)), object_kind, hex(randomblob(16))
            FROM numbers, (SELECT * FROM deliveries LIMIT 1);
        INSERT INTO payloads
            SELECT environment, created, digest, '{{\"of\": \"' || hex(randomblob({payload} / 2)) || '\"}}'
            FROM deliveries WHERE created > {day} AND created <= {day} + {deliveries};
        COMMIT;"
    ))
    .unwrap();
}

/// What a move needs of memory at most, in KiB, beside the program itself, and what merging its files does: looked at whenever
/// something is written.
#[cfg(target_os = "linux")]
fn most_memory(workspace: &Workspace) -> [u64; 2] {
    let (most, mover) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (seen, id) = (most.clone(), mover.clone());
    let store = Store::start_watched(Conditions::All, move |_| {
        let id = id.load(Ordering::SeqCst);
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("RssAnon:"));
        let held = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        seen.fetch_max(held.unwrap_or(0), Ordering::SeqCst);
    });
    let import = ["import-sqlite", "a.db"];
    [&import[..], &["compact"]].map(|verb| {
        let arguments = [&["history"], verb, &["--archive", "s3://team/hooks"]].concat();
        let mut command = workspace.command(&arguments);
        let command = command.env("AWS_ENDPOINT_URL", store.endpoint());
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        most.store(0, Ordering::SeqCst);
        let mut child = quiet.spawn().unwrap();
        mover.store(child.id() as usize, Ordering::SeqCst);
        assert!(child.wait().unwrap().success());
        most.load(Ordering::SeqCst) as u64
    })
}

/// However many deliveries there are, of a day or with large payloads: the goal of a move is 64 MiB for the whole program. A merge
/// has a row group of each file that overlaps besides.
#[cfg(target_os = "linux")]
#[test]
fn a_move_and_a_merge_take_no_more_memory_however_much_there_is() {
    const MOST: [u64; 2] = [48 * 1024, 60 * 1024];

    for (deliveries, payload) in [(40_000, 20), (100_000, 20), (40_000, 4_000)] {
        let api = Api::now();
        let workspace = with_a_gap(&api);
        fill(&workspace, deliveries, payload);
        let most = most_memory(&workspace);
        assert!(
            most.iter()
                .zip(MOST)
                .all(|(found, most)| (1..=most).contains(found)),
            "{deliveries} of {payload}: {most:?} KiB"
        );
    }
}
