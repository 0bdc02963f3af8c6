//! What an archive keeps of payloads is shown only where it is asked for.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::{Request, Response};

use crate::support::{
    Api, SANDBOX_SECRET, Workspace,
    history::{Seeded, at, seed},
    receiver::{Receiver, is_signed},
    s3::{Conditions, Store},
    sandbox_manifest,
};

const CANARY: &str = "c4nary-0f-a-person";

/// What is asked of an archive of either kind. None of it asks to see a payload as it is.
const QUESTIONS: &[&[&str]] = &[
    &["sync", "--payload"],
    &["sync", "--payload", "--format", "json"],
    &["list"],
    &["list", "--format", "json"],
    &["list", "--format", "jsonl"],
    &["list", "--format", "csv"],
    &["list", "--payload"],
    &["list", "--payload", "--format", "json"],
    &["list", "--payload", "--format", "jsonl"],
    &["stats"],
    &["stats", "--format", "json"],
    &["stats", "--format", "html"],
    &["gaps", "--since", "1d"],
    &["gaps", "--since", "1d", "--format", "json"],
    &["verify"],
    &["verify", "--format", "json"],
];

const REPLAY: &[&str] = &[
    "replay",
    "--gaps",
    "--to",
    "orders",
    "--since",
    "1d",
    "--auto-approve",
    "--allow-private",
    "--rate",
    "60000",
    "--audit-log",
    "audit.jsonl",
];

/// Payloads that speak of a person, in a field that is documented and in another.
fn happens(api: &Api, url: &str) {
    for minutes in [40, 30, 20] {
        let failed = Seeded::new(url, "order-created", at(minutes), Some(503));
        let about = failed.of("order_id", &format!("order-{minutes}"));
        seed(
            api,
            about
                .of("user_id", CANARY)
                .of("a_field_of_tomorrow", CANARY)
                // A name may be a person's, too.
                .of(&format!("{CANARY}@example.com"), "pending"),
        );
    }
}

/// Repeats in its answer what it was sent: as an error until it is `well`, and then in taking it.
fn echoing(well: &'static AtomicBool) -> Receiver {
    Receiver::start(move |request: &Request<Bytes>, _| {
        assert!(
            is_signed(request, SANDBOX_SECRET),
            "{:?}",
            request.headers()
        );
        let status = if well.load(Ordering::SeqCst) {
            200
        } else {
            422
        };
        let body = request.body().clone();
        Some(Response::builder().status(status).body(body).unwrap())
    })
}

/// Runs a verb of `history` as talkative as it gets, and gives all that it says.
#[track_caller]
fn said(workspace: &Workspace, archive: &str, arguments: &[&str], code: u8) -> String {
    let place = ["--archive", archive, "--json-into", "beside.json", "-vvv"];
    let run = workspace.run(&[&["history"], arguments, &place].concat());
    let run = run.code(code);
    let path = workspace.path().join("beside.json");
    let beside = std::fs::read_to_string(&path).unwrap();
    // The next run has to write its own.
    std::fs::remove_file(path).unwrap();
    format!("{}{beside}", run.shown())
}

#[track_caller]
fn assert_quiet(workspace: &Workspace, archive: &str, arguments: &[&str], code: u8) {
    let said = said(workspace, archive, arguments, code);
    assert!(
        !said.contains(CANARY),
        "{arguments:?} of {archive}:\n{said}"
    );
}

/// That the archive holds it, so that what does not show it could have.
#[track_caller]
fn assert_reveals(workspace: &Workspace, archive: &str) {
    for format in ["text", "json", "jsonl"] {
        let arguments = ["list", "--payload", "--reveal", "--format", format];
        let said = said(workspace, archive, &arguments, 0);
        assert!(said.contains(CANARY), "{format} of {archive}:\n{said}");
    }
}

#[test]
fn only_who_asks_sees_what_is_kept_of_payloads() {
    static WELL: AtomicBool = AtomicBool::new(false);
    let (api, receiver) = (Api::now(), echoing(&WELL));
    let url = receiver.url("/orders");
    let webhook = format!("  orders: {{ url: \"{url}\", events: [order-created] }}\n");
    let store = Store::start(Conditions::All);
    let workspace = api
        .workspace(&sandbox_manifest(&webhook))
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "key")
        .env("AWS_REGION", "r")
        .env("AWS_ENDPOINT_URL", &store.endpoint());
    happens(&api, &url);
    let folder = |name: &str| format!("file://{}/{name}", workspace.path().display());
    let (kept, moved) = (folder("kept"), folder("moved"));

    let bucket = "s3://team/hooks";
    for archive in ["a.db", &kept, bucket] {
        for question in QUESTIONS {
            assert_quiet(&workspace, archive, question, 0);
        }
    }
    for format in ["text", "json"] {
        let import = ["import-sqlite", "a.db", "--format", format];
        assert_quiet(&workspace, &moved, &import, 0);
        for archive in [&kept, bucket] {
            assert_quiet(&workspace, archive, &["compact", "--format", format], 0);
        }
    }
    let archives = ["a.db", &kept, &moved, bucket];
    for archive in archives {
        assert_reveals(&workspace, archive);
    }

    // A journal for each: what one archive's receiver took, the next one's has yet to.
    let journals = ["of-file", "of-folder", "of-moved", "of-bucket"];
    for (is_well, format, code) in [(false, "text", 1), (false, "json", 1), (true, "json", 0)] {
        WELL.store(is_well, Ordering::SeqCst);
        for (archive, journal) in archives.iter().zip(journals) {
            let more = ["--journal", journal, "--format", format];
            assert_quiet(&workspace, archive, &[REPLAY, &more].concat(), code);
        }
    }
    let received = receiver.received();
    assert_eq!(received.len(), 3 * 3 * archives.len());
    let canary = CANARY.as_bytes();
    let holds = |bytes: &[u8]| bytes.windows(canary.len()).any(|part| part == canary);
    assert!(received.iter().all(|request| holds(request.body())));
    let written = ["audit.jsonl"].iter().chain(&journals);
    for name in written {
        let content = std::fs::read(workspace.path().join(name)).unwrap();
        assert!(!content.is_empty() && !holds(&content), "{name}");
    }
}
