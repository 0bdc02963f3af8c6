#![expect(
    clippy::disallowed_methods,
    reason = "tests look into the file that the archive is"
)]

use std::{ops::ControlFlow, path::Path};

use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use super::{
    schema::{APPLICATION, MIGRATIONS, VERSION},
    *,
};
use crate::{
    delivery::{
        Delivery, DeliveryFilter, ObjectId, Receivers, Span, Stats, StatusFilter,
        archive::{
            ArchiveError, ArchivedEnvironment, EnvironmentId, Kept, KeptDeliveries, Payloads,
        },
        missing,
    },
    model::{EndpointUrl, EnvType, EnvironmentName, EventType, MaskedText, Masker, Pattern},
    provider::{transcrypts::PROFILE as TRANSCRYPTS, truv::PROFILE as TRUV},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn span(since: i64, until: i64) -> Span {
    Span::new(at(since), at(until)).unwrap()
}

fn delivery(second: i64, status: Option<u16>) -> Delivery {
    Delivery {
        webhook_id: Some(format!("{second:032x}")),
        event_type: EventType::new("order-created"),
        event_created_at: Some(at(second)),
        status_code: status,
        error_message: status.is_none().then(|| "time-out".to_owned()),
        webhook_url: EndpointUrl::from_live(MaskedText::plain("https://h.example/a")),
        object: Some(ObjectId::new("order_id", "order-1")),
        payload: Some(Box::new(
            json!({"webhook_id": "request", "user_id": "s3cret-user"}),
        )),
    }
}

fn sandbox() -> ArchivedEnvironment {
    ArchivedEnvironment {
        name: EnvironmentName::new("sandbox"),
        provider: &TRUV,
        env_type: EnvType::Sandbox,
        account: "acc0unt-canary".to_owned(),
    }
}

fn open(folder: &TempDir) -> (SqliteArchive, EnvironmentId) {
    let mut archive = SqliteArchive::open(&folder.path().join("archive")).unwrap();
    let environment = archive.enter(&sandbox()).unwrap();
    (archive, environment)
}

fn read(archive: &SqliteArchive, filter: &DeliveryFilter, urls: &[EndpointUrl]) -> Vec<Delivery> {
    let wanted = KeptDeliveries {
        environment: archive.environment(&sandbox()).unwrap(),
        filter,
        urls,
        payloads: true,
    };
    let mut all = Vec::new();
    let each = archive.each(&wanted, |delivery| {
        all.push(delivery);
        ControlFlow::Continue(())
    });
    each.unwrap();
    all
}

fn everything(archive: &SqliteArchive) -> Vec<Delivery> {
    read(archive, &DeliveryFilter::default(), &[])
}

#[test]
fn what_is_kept_comes_back_the_latest_first() {
    let folder = tempfile::tempdir().unwrap();
    let (mut archive, environment) = open(&folder);
    let mut odd = delivery(0, Some(200));
    odd.webhook_id = Some("odd id".to_owned());
    odd.event_created_at = None;
    odd.object = None;
    odd.payload = None;
    let all = [delivery(1, Some(200)), odd, delivery(2, None)];
    let kept = archive.keep(environment, &all, Payloads::Dropped).unwrap();
    assert_eq!(kept, Kept { new: 3, known: 0 });
    drop(archive);
    let archive = SqliteArchive::open_to_read(&folder.path().join("archive")).unwrap();
    let [first, odd, second] = all;
    let plain = |mut one: Delivery| {
        one.payload = None;
        one
    };
    assert_eq!(
        everything(&archive),
        [plain(second), plain(first), plain(odd)]
    );
}

#[test]
fn a_delivery_is_kept_once_and_a_payload_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (mut archive, environment) = open(&folder);
    let one = delivery(1, Some(200));
    let twice = [one.clone(), one.clone()];
    let kept = archive.keep(environment, &twice, Payloads::Dropped);
    assert_eq!(kept.unwrap(), Kept { new: 1, known: 1 });
    assert_eq!(everything(&archive)[0].payload, None);
    let masker = Masker::new(["s3cret-user".to_owned()]);
    let kept = archive.keep(environment, &[one], Payloads::Kept(&masker));
    assert_eq!(kept.unwrap(), Kept { new: 0, known: 1 });
    let all = everything(&archive);
    assert_eq!(all.len(), 1);
    let payload = all[0].payload.as_ref().unwrap();
    assert_eq!(
        **payload,
        json!({"webhook_id": "request", "user_id": "•••"})
    );
    // What is forgotten is forgotten with its payload.
    assert_eq!(archive.forget(environment, at(2)).unwrap(), 1);
    let payloads = "SELECT count(*) FROM payloads";
    let left: i64 = archive
        .connection
        .query_row(payloads, [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn sensitive_parts_of_urls_are_not_kept_and_found_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (mut archive, environment) = open(&folder);
    let mut url = MaskedText::plain("https://h.example/");
    url.push(&MaskedText::sensitive("t0ken-canary"));
    let url = EndpointUrl::from_live(url);
    let mut one = delivery(1, Some(200));
    one.webhook_url = url.clone();
    archive
        .keep(environment, &[one], Payloads::Dropped)
        .unwrap();
    let filter = DeliveryFilter {
        receivers: Some([url.clone()].into()),
        ..DeliveryFilter::default()
    };
    let known = read(&archive, &filter, std::slice::from_ref(&url));
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].webhook_url, url);
    let unknown = everything(&archive);
    assert_eq!(
        unknown[0].webhook_url.text().expose(),
        "https://h.example/•••"
    );
    drop(archive);
    let file = std::fs::read(folder.path().join("archive")).unwrap();
    for canary in ["t0ken-canary", "s3cret-user", "acc0unt-canary"] {
        let found = file.windows(canary.len()).any(|it| it == canary.as_bytes());
        assert!(!found, "{canary}");
    }
}

#[test]
fn filters_and_counts_agree() {
    let folder = tempfile::tempdir().unwrap();
    let (mut archive, environment) = open(&folder);
    let mut other = delivery(5, Some(204));
    other.event_type = EventType::new("link-deleted");
    other.webhook_url = EndpointUrl::from_live(MaskedText::plain("https://h.example/b"));
    let all = [
        delivery(1, Some(200)),
        delivery(2, Some(502)),
        delivery(3, None),
        other,
    ];
    archive.keep(environment, &all, Payloads::Dropped).unwrap();
    let none = DeliveryFilter::default();
    let filters = [
        none.clone(),
        DeliveryFilter {
            failed: true,
            ..none.clone()
        },
        DeliveryFilter {
            since: Some(at(2)),
            until: Some(at(3)),
            ..none.clone()
        },
        DeliveryFilter {
            statuses: vec![StatusFilter::Exact(502)],
            ..none.clone()
        },
        DeliveryFilter {
            events: vec![Pattern::new("link-*")],
            ..none.clone()
        },
        DeliveryFilter {
            events: vec![Pattern::new("nothing")],
            ..none.clone()
        },
        DeliveryFilter {
            urls: vec![Pattern::new("*/a")],
            ..none
        },
    ];
    for filter in &filters {
        let wanted = all.iter().filter(|one| filter.matches(one)).count();
        assert_eq!(read(&archive, filter, &[]).len(), wanted, "{filter:?}");
        let mut stats = Stats::new(Receivers::default(), span(0, 10));
        let kept = KeptDeliveries {
            environment,
            filter,
            urls: &[],
            payloads: false,
        };
        archive.count(&kept, &mut stats).unwrap();
        let counted: u64 = stats
            .finish()
            .iter()
            .map(|one| one.total().deliveries)
            .sum();
        assert_eq!(counted, wanted as u64, "{filter:?}");
    }
    let mut stats = Stats::new(Receivers::default(), span(0, 10));
    let kept = KeptDeliveries {
        environment,
        filter: &filters[0],
        urls: &[],
        payloads: false,
    };
    archive.count(&kept, &mut stats).unwrap();
    let counted = stats.finish();
    let mut one_by_one = Stats::new(Receivers::default(), span(0, 10));
    all.iter().for_each(|delivery| one_by_one.add(delivery));
    assert_eq!(counted, one_by_one.finish());
}

#[test]
fn spans_that_touch_become_one_and_others_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (mut archive, environment) = open(&folder);
    for (since, until) in [(10, 20), (40, 50), (20, 30), (45, 60)] {
        archive.cover(environment, span(since, until)).unwrap();
    }
    let covered = archive.covered(environment).unwrap();
    assert_eq!(covered, [span(10, 30), span(40, 60)]);
    assert_eq!(missing(&covered, span(0, 60)), [span(0, 10), span(30, 40)]);
    archive.forget(environment, at(15)).unwrap();
    assert_eq!(
        archive.covered(environment).unwrap(),
        [span(15, 30), span(40, 60)]
    );
    archive.forget(environment, at(35)).unwrap();
    assert_eq!(archive.covered(environment).unwrap(), [span(40, 60)]);
}

/// An archive as an earlier version made it, with a delivery in it.
fn earlier(path: &Path, version: usize) {
    let connection = Connection::open(path).unwrap();
    for migration in &MIGRATIONS[..version] {
        connection.execute_batch(migration).unwrap();
    }
    connection
        .pragma_update(None, "application_id", APPLICATION)
        .unwrap();
    connection
        .pragma_update(None, "user_version", version as i64)
        .unwrap();
    connection
        .execute_batch(
            "INSERT INTO environments VALUES (1, 'old', 'Truv', 'sandbox', x'00');
            INSERT INTO texts VALUES (1, 'order-created');
            INSERT INTO urls VALUES (1, x'01', 'https://h.example/');
            INSERT INTO deliveries VALUES (1, 5, 7, 1, 1, 200, NULL, 'r', NULL, NULL);",
        )
        .unwrap();
}

fn tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name || ' ' || ifnull(sql, '') FROM sqlite_schema ORDER BY 1";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn every_earlier_format_becomes_the_present_one_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = SqliteArchive::open(&folder.path().join("fresh")).unwrap();
    for version in 1..MIGRATIONS.len() {
        let path = folder.path().join(format!("from-{version}"));
        earlier(&path, version);
        let older = SqliteArchive::open_to_read(&path).unwrap_err();
        assert!(matches!(older, ArchiveError::Older { .. }), "{older}");
        let archive = SqliteArchive::open(&path).unwrap();
        assert_eq!(tables(&archive.connection), tables(&fresh.connection));
        let kept = "SELECT count(*) FROM deliveries WHERE status = 200";
        let kept: i64 = archive
            .connection
            .query_row(kept, [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 1);
        drop(archive);
        SqliteArchive::open_to_read(&path).unwrap();
    }
}

#[test]
fn a_migration_that_fails_leaves_the_earlier_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive");
    earlier(&path, 1);
    let connection = Connection::open(&path).unwrap();
    // The next migration makes a table of this name.
    connection
        .execute_batch("CREATE TABLE payloads (mine TEXT)")
        .unwrap();
    let before = tables(&connection);
    let failed = SqliteArchive::open(&path).unwrap_err();
    assert!(matches!(failed, ArchiveError::Failed { .. }), "{failed}");
    assert_eq!(tables(&connection), before);
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    assert_eq!(version, Ok(1));
}

#[test]
fn what_is_no_archive_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str| {
        let path = folder.path().join(name);
        let before = std::fs::read(&path).ok();
        let to_write = SqliteArchive::open(&path).unwrap_err().to_string();
        let to_read = SqliteArchive::open_to_read(&path).unwrap_err().to_string();
        assert_eq!(std::fs::read(&path).ok(), before);
        let folder = folder.path().display().to_string();
        [to_write, to_read].map(|text| text.replace(&folder, ""))
    };
    std::fs::write(folder.path().join("text"), "version: 1\n".repeat(500)).unwrap();
    let not_one = "`/text` is not an archive of deliveries";
    assert_eq!(refused("text"), [not_one, not_one]);
    let other = Connection::open(folder.path().join("other")).unwrap();
    other.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(other);
    assert!(
        refused("other")
            .iter()
            .all(|it| it.contains("is not an archive"))
    );
    let newer = SqliteArchive::open(&folder.path().join("newer")).unwrap();
    newer
        .connection
        .pragma_update(None, "user_version", VERSION + 1)
        .unwrap();
    drop(newer);
    let format = format!(
        "`/newer` has format {}, and this version of the program reads up to {VERSION}",
        VERSION + 1
    );
    assert_eq!(refused("newer"), [format.clone(), format]);
    let absent = SqliteArchive::open_to_read(&folder.path().join("absent")).unwrap_err();
    assert!(matches!(absent, ArchiveError::Absent { .. }), "{absent}");
}

#[test]
fn environments_hold_the_providers_id_and_those_of_the_first_archives_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (mut archive, environment) = open(&folder);
    let provider = |archive: &SqliteArchive| -> String {
        let sql = "SELECT provider FROM environments";
        archive
            .connection
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(provider(&archive), "truv");
    archive
        .connection
        .execute("UPDATE environments SET provider = 'Truv'", [])
        .unwrap();
    assert_eq!(archive.environment(&sandbox()).unwrap(), environment);
    assert_eq!(archive.enter(&sandbox()).unwrap(), environment);
    let other = ArchivedEnvironment {
        provider: &TRANSCRYPTS,
        ..sandbox()
    };
    let refused = archive.enter(&other).unwrap_err();
    assert!(
        matches!(refused, ArchiveError::OtherAccount { .. }),
        "{refused}"
    );
}
