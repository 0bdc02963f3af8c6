use object_store::memory::InMemory;

use super::*;

const PATH: &str = "locks/prod";

fn record(run: &str) -> Record {
    Record {
        format_version: 1,
        state: State::Held,
        run: run.to_owned(),
        environments: vec!["prod".to_owned()],
        actor: Some(run.to_owned()),
        place: None,
        process: 7,
        since: "2026-01-02T03:04:05Z".parse().unwrap(),
        renewals: 0,
        expires_after: Some(60),
    }
}

/// The store's clock, so much later than it is.
fn in_seconds(seconds: i64) -> StoreClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the store stamps with the real clock"
    )]
    let now = Timestamp::now();
    Arc::new(move || now + jiff::SignedDuration::from_secs(seconds))
}

async fn take(
    store: &Arc<InMemory>,
    run: &str,
    seconds: i64,
) -> Result<(Lease, Option<Record>), LeaseError> {
    let now = in_seconds(seconds);
    Lease::take(store.clone(), Path::from(PATH), &now, record(run)).await
}

#[tokio::test]
async fn one_holds_it_until_it_gives_it_back() {
    let store = Arc::new(InMemory::new());
    let (mut ana, left) = take(&store, "ana", 0).await.unwrap();
    assert_eq!(left, None);
    let LeaseError::Held { by, expires_in } = take(&store, "bob", 20).await.unwrap_err() else {
        panic!("two hold it");
    };
    assert_eq!(by.actor.as_deref(), Some("ana"));
    assert!((40..=42).contains(&expires_in.as_secs()), "{expires_in:?}");
    ana.renew().await.unwrap();
    ana.release().await.unwrap();
    let (_, left) = take(&store, "bob", 0).await.unwrap();
    assert_eq!(left, None, "it was given back");
}

#[tokio::test]
async fn one_that_nobody_renewed_is_taken_over_and_its_holder_hears_of_it() {
    let store = Arc::new(InMemory::new());
    let (mut ana, _) = take(&store, "ana", 0).await.unwrap();
    let (bob, left) = take(&store, "bob", 63).await.unwrap();
    assert_eq!(left.unwrap().actor.as_deref(), Some("ana"));
    let error = ana.renew().await.unwrap_err();
    assert!(
        error.to_string().starts_with("it was taken over by bob"),
        "{error}"
    );
    // What is another's is not given back.
    ana.release().await.unwrap_err();
    take(&store, "eve", 0).await.unwrap_err();
    store.delete(&Path::from(PATH)).await.unwrap();
    let error = bob.release().await.unwrap_err();
    assert!(matches!(error, LeaseError::Gone), "{error}");
}

#[tokio::test]
async fn of_many_that_try_at_once_one_takes_it() {
    let store = Arc::new(InMemory::new());
    let names: Vec<String> = (0..8).map(|n| format!("run-{n}")).collect();
    let tried = names.iter().map(|name| take(&store, name, 0));
    let taken = futures_util::future::join_all(tried).await;
    assert_eq!(taken.iter().filter(|one| one.is_ok()).count(), 1);
}

#[tokio::test]
async fn an_object_that_is_something_else_is_left_alone() {
    let store = Arc::new(InMemory::new());
    let path = Path::from(PATH);
    for content in ["", "state: mine\n"] {
        store.put(&path, content.into()).await.unwrap();
        let error = take(&store, "ana", 0).await.unwrap_err();
        assert!(matches!(error, LeaseError::NotALock(_)), "{error}");
        let kept = store.get(&path).await.unwrap().bytes().await.unwrap();
        assert_eq!(kept, content);
    }
}
