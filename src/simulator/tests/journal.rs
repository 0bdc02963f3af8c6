//! The journal: what survives which end of the process.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use super::*;
use crate::{
    model::EnvType,
    provider::{transcrypts::PROFILE as TRANSCRYPTS, truv::PROFILE as TRUV},
    simulator::{DroppedLine, JournalError, SharedSimulator, StoredWebhook, WebhookSeed},
};

fn open(path: &Path) -> Result<SharedSimulator, JournalError> {
    Simulator::builder(&TRUV, clock()).rate_limit(0).open(path)
}

fn sandbox(shared: &SharedSimulator) -> Vec<StoredWebhook> {
    shared.webhooks(CLIENT, EnvType::Sandbox)
}

#[track_caller]
fn post(shared: &SharedSimulator, name: &str) -> u16 {
    let sent = webhook(name, &format!("https://a.example/{name}"));
    let exchange = shared.exchange(&request("POST", WEBHOOKS, Some(&sent)));
    exchange.status().unwrap()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.jsonl");
    (folder, path)
}

#[expect(clippy::disallowed_methods, reason = "tests look into the file")]
fn content(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests prepare the file")]
fn put(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
}

#[test]
fn the_state_is_there_again_after_reopening() {
    let (_folder, path) = folder();
    let shared = open(&path).unwrap();
    assert_eq!((post(&shared, "a"), post(&shared, "b")), (201, 201));
    let gone = sandbox(&shared)[0].id.clone();
    shared.exchange(&request("DELETE", &format!("{WEBHOOKS}{gone}/"), None));
    let record = delivery("order-created", NOW, None);
    shared
        .record_delivery(CLIENT, EnvType::Sandbox, record)
        .unwrap();
    let (webhooks, deliveries) = (sandbox(&shared), shared.deliveries());
    drop(shared);
    let shared = open(&path).unwrap();
    assert_eq!(sandbox(&shared), webhooks);
    assert_eq!(shared.deliveries(), deliveries);
    assert_eq!(shared.dropped_line(), None);
    assert_eq!(post(&shared, "c"), 201);
    assert_ne!(sandbox(&shared)[1].id, gone);
}

#[test]
fn the_first_line_names_version_and_provider() {
    let (_folder, path) = folder();
    open(&path).unwrap();
    assert_eq!(
        content(&path),
        b"{\"hookwright_simulator\":1,\"provider\":\"truv\"}\n"
    );
}

#[test]
fn a_crash_at_any_byte_of_the_last_line_leaves_the_state_before_or_after() {
    let (_folder, path) = folder();
    let shared = open(&path).unwrap();
    post(&shared, "a");
    let before = (sandbox(&shared), content(&path).len());
    post(&shared, "b");
    let after = sandbox(&shared);
    drop(shared);
    let whole = content(&path);
    for length in before.1..=whole.len() {
        put(&path, &whole[..length]);
        let shared = open(&path).unwrap();
        if length == whole.len() {
            assert_eq!(sandbox(&shared), after);
            continue;
        }
        assert_eq!(sandbox(&shared), before.0);
        let cut = (length > before.1).then_some(DroppedLine {
            line: 3,
            bytes: length - before.1,
        });
        assert_eq!(shared.dropped_line(), cut.as_ref());
        // What was dropped is gone from the file, too, so the next line does not join it.
        assert_eq!(content(&path).len(), before.1);
        assert_eq!(post(&shared, "c"), 201);
        drop(shared);
        assert_eq!(sandbox(&open(&path).unwrap()).len(), 2);
    }
}

#[test]
fn a_corrupt_line_in_the_middle_is_an_error_that_names_it() {
    let (_folder, path) = folder();
    let shared = open(&path).unwrap();
    post(&shared, "a");
    drop(shared);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"put\":{}}\n{\"delete\":\"x\"}\n")
        .unwrap();
    let before = content(&path);
    let err = open(&path).unwrap_err();
    assert_eq!(
        err.to_string(),
        format!(
            "line 3 of `{}` is unreadable: mend or remove it, or use another state file",
            path.display()
        )
    );
    assert_eq!(content(&path), before);
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    let (_folder, path) = folder();
    for text in [
        "not a journal",
        "not a journal\n",
        "{}\n",
        "{\"hookwright_simulator\":1,",
    ] {
        put(&path, text.as_bytes());
        let err = open(&path).unwrap_err();
        assert!(matches!(err, JournalError::NotAJournal { .. }), "{err}");
        assert_eq!(content(&path), text.as_bytes());
    }
    put(&path, b"");
    open(&path).unwrap();
}

#[test]
fn a_journal_of_another_provider_or_a_newer_version_is_an_error() {
    let (_folder, path) = folder();
    open(&path).unwrap();
    let err = Simulator::builder(&TRANSCRYPTS, clock())
        .open(&path)
        .unwrap_err();
    assert_eq!(
        err.to_string(),
        format!(
            "`{}` holds the state of provider `truv`, not of `transcrypts`: use another state file",
            path.display()
        )
    );
    put(
        &path,
        b"{\"hookwright_simulator\":2,\"provider\":\"truv\",\"more\":1}\n",
    );
    let err = open(&path).unwrap_err();
    assert!(
        matches!(err, JournalError::Newer { version: 2, .. }),
        "{err}"
    );
}

#[test]
fn two_simulators_do_not_share_a_journal() {
    let (_folder, path) = folder();
    let first = open(&path).unwrap();
    let err = open(&path).unwrap_err();
    assert_eq!(
        err.to_string(),
        format!(
            "`{0}` is in use by another simulator (it holds `{0}.lock`): end that one, or use another \
             state file",
            path.display()
        )
    );
    drop(first);
    open(&path).unwrap();
}

#[test]
fn a_wasteful_journal_is_rewritten_and_spends_no_id_twice() {
    let (_folder, path) = folder();
    let shared = open(&path).unwrap();
    let mut ids = Vec::new();
    for number in 0..100 {
        let seed = WebhookSeed::new(number.to_string(), "https://a.example/", ["order-created"]);
        let stored = shared.seed(CLIENT, EnvType::Sandbox, seed).unwrap();
        shared.remove(&stored.id).unwrap();
        ids.push(stored.id);
    }
    post(&shared, "kept");
    let kept = sandbox(&shared);
    shared.remove(&ids[0]).unwrap();
    drop(shared);
    let shared = open(&path).unwrap();
    assert_eq!(sandbox(&shared), kept);
    assert_eq!(
        content(&path).iter().filter(|byte| **byte == b'\n').count(),
        3
    );
    post(&shared, "new");
    let new = &sandbox(&shared)[1].id;
    assert!(!ids.contains(new) && *new != kept[0].id);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_journal() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    open(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn a_change_that_cannot_be_kept_is_answered_with_500_and_not_made() {
    let (_folder, path) = folder();
    let mut builder = Simulator::builder(&TRUV, clock());
    let simulator = &mut builder.simulator;
    let (journal, _) = crate::simulator::journal::Journal::open(&path, simulator).unwrap();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let shared = builder.share(Some(journal.writing_to(full)), None);
    assert_eq!((post(&shared, "a"), post(&shared, "a")), (500, 500));
    assert_eq!(sandbox(&shared), []);
    let reads = shared.exchange(&request("GET", WEBHOOKS, None));
    assert_eq!(reads.status(), Some(200));
}
