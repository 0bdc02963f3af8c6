//! Archives of both kinds, deliveries for them, and all that they are asked.

use std::{ops::ControlFlow, sync::Arc};

use jiff::Timestamp;
use object_store::{memory::InMemory, path::Path};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    delivery::{
        Counter, Delivery, DeliveryFilter, ObjectId, Receivers, Span, Stats, StatusFilter,
        archive::{Archive, ArchiveError, ArchivedEnvironment, KeptDeliveries, Objects},
    },
    model::{EndpointUrl, EnvType, EnvironmentName, EventType, MaskedText, Pattern},
    provider::truv::PROFILE as TRUV,
};

/// A place for an archive, which can be opened again and again.
pub(in crate::delivery::archive) enum Store {
    Sqlite(TempDir),
    Parquet(Objects),
}

impl Store {
    pub(in crate::delivery::archive) fn both() -> [Self; 2] {
        [Self::Sqlite(tempfile::tempdir().unwrap()), Self::parquet()]
    }

    pub(in crate::delivery::archive) fn parquet() -> Self {
        Self::Parquet(objects(Arc::new(InMemory::new())))
    }

    pub(super) async fn open(&self) -> Archive {
        match self {
            Self::Sqlite(folder) => Archive::open(&folder.path().join("archive")).unwrap(),
            Self::Parquet(objects) => Archive::open_objects(objects, random()).await.unwrap(),
        }
    }

    pub(super) async fn open_to_read(&self) -> Result<Archive, ArchiveError> {
        match self {
            Self::Sqlite(folder) => Archive::open_to_read(&folder.path().join("archive")),
            Self::Parquet(objects) => Archive::open_objects_to_read(objects).await,
        }
    }
}

pub(in crate::delivery::archive) fn objects(store: Arc<dyn object_store::ObjectStore>) -> Objects {
    Objects {
        store,
        root: Path::from("team/archive"),
        url: "s3://bucket/team/archive".to_owned(),
    }
}

pub(in crate::delivery::archive) fn random() -> [u8; 32] {
    let mut random = [0; 32];
    random[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    random
}

pub(in crate::delivery::archive) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(in crate::delivery::archive) fn span(since: &str, until: &str) -> Span {
    Span::new(at(since), at(until)).unwrap()
}

pub(in crate::delivery::archive) fn sandbox() -> ArchivedEnvironment {
    ArchivedEnvironment {
        // A name that must not become a folder of its own.
        name: EnvironmentName::new("eu/sand box"),
        provider: &TRUV,
        env_type: EnvType::Sandbox,
        account: "acc0unt-canary".to_owned(),
    }
}

pub(in crate::delivery::archive) fn delivery(number: u64, created: Option<Timestamp>) -> Delivery {
    let status = match number % 7 {
        0 => None,
        1 => Some(502),
        2 => Some(404),
        _ => Some(200 + u16::try_from(number % 3).unwrap()),
    };
    let events = ["order-created", "link-deleted", "task-status-updated"];
    let mut url = MaskedText::plain("https://h.example/");
    match number % 4 {
        0 => url.push(&MaskedText::sensitive("t0ken-canary")),
        other => url.push(&MaskedText::plain(format!("hook-{other}"))),
    }
    Delivery {
        webhook_id: (!number.is_multiple_of(11)).then(|| format!("{number:032x}")),
        event_type: EventType::new(events[usize::try_from(number % 3).unwrap()]),
        event_created_at: created,
        status_code: status,
        error_message: status.is_none().then(|| "time-out".to_owned()),
        webhook_url: EndpointUrl::from_live(url),
        object: (!number.is_multiple_of(5))
            .then(|| ObjectId::new("order_id", format!("order-{number}"))),
        payload: (!number.is_multiple_of(3)).then(|| {
            Box::new(json!({"webhook_id": format!("request-{number}"), "user_id": "s3cret-user"}))
        }),
    }
}

pub(super) fn filters() -> Vec<DeliveryFilter> {
    let none = DeliveryFilter::default();
    let statuses = |statuses: &[StatusFilter]| DeliveryFilter {
        statuses: statuses.to_vec(),
        ..DeliveryFilter::default()
    };
    vec![
        none.clone(),
        DeliveryFilter {
            failed: true,
            ..none.clone()
        },
        DeliveryFilter {
            since: Some(at("2026-03-01T12:00:00Z")),
            ..none.clone()
        },
        // By the clock of whoever asks, which is not that of the archive.
        DeliveryFilter {
            since: Some(at("2026-03-02T00:00:00+02:00")),
            until: Some(at("2026-03-02T00:00:00+02:00")),
            ..none.clone()
        },
        DeliveryFilter {
            until: Some(at("2026-03-02T00:00:00Z")),
            ..none.clone()
        },
        statuses(&[StatusFilter::Exact(502)]),
        statuses(&[StatusFilter::Class(4)]),
        statuses(&[StatusFilter::NoAnswer, StatusFilter::Class(5)]),
        DeliveryFilter {
            events: vec![Pattern::new("link-*"), Pattern::new("order-created")],
            ..none.clone()
        },
        DeliveryFilter {
            urls: vec![Pattern::new("*hook-1")],
            ..none.clone()
        },
        DeliveryFilter {
            receivers: Some([secret_url()].into()),
            ..none
        },
    ]
}

/// A URL of which an archive keeps a digest only.
pub(super) fn secret_url() -> EndpointUrl {
    delivery(0, None).webhook_url
}

/// All that an archive can be asked.
#[derive(Debug, PartialEq)]
pub(super) struct Answers {
    pub(super) covered: Vec<Span>,
    pub(super) listed: Vec<Vec<Delivery>>,
    pub(super) counted: Vec<Vec<crate::delivery::WebhookStats>>,
    pub(super) against: u64,
}

impl Answers {
    /// Names what differs, and not all that does not.
    pub(super) fn assert_same(&self, other: &Self) {
        assert_eq!(self.covered, other.covered);
        assert_eq!(self.against, other.against);
        for (filter, (ours, theirs)) in self.listed.iter().zip(&other.listed).enumerate() {
            assert_eq!(ours.len(), theirs.len(), "by filter {filter}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_eq!(ours, theirs, "by filter {filter}");
            }
        }
        for (filter, (ours, theirs)) in self.counted.iter().zip(&other.counted).enumerate() {
            assert_eq!(ours.len(), theirs.len(), "by filter {filter}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_eq!(ours, theirs, "by filter {filter}");
            }
        }
    }
}

pub(super) async fn answers(archive: &Archive) -> Answers {
    let environment = archive.environment(&sandbox()).unwrap();
    let urls = [secret_url()];
    let window = span("2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z");
    let (mut listed, mut counted) = (Vec::new(), Vec::new());
    let mut counter = Counter::new();
    for filter in &filters() {
        let wanted = KeptDeliveries {
            environment,
            filter,
            urls: &urls,
            payloads: true,
        };
        let mut all = Vec::new();
        let each = archive.each(&wanted, |delivery| {
            all.push(delivery);
            ControlFlow::Continue(())
        });
        each.await.unwrap();
        let mut stats = Stats::new(Receivers::default(), window);
        archive.count(&wanted, &mut stats).await.unwrap();
        let stats = stats.finish();
        let total: u64 = stats.iter().map(|webhook| webhook.total().deliveries).sum();
        assert_eq!(total, all.len() as u64, "{filter:?}");
        listed.push(all);
        counted.push(stats);
        // A plan is counted against times, and nothing else.
        if counted.len() <= 5 && !filter.failed {
            archive.count_against(&wanted, &mut counter).await.unwrap();
        }
    }
    Answers {
        covered: archive.covered(environment).await.unwrap(),
        listed,
        counted,
        against: counter.deliveries(),
    }
}
