use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn limiter(permits: u32) -> RateLimiter {
    RateLimiter::per_minute(NonZeroU32::new(permits).unwrap())
}

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn there_is_no_second_burst_after_idling() {
    let limiter = limiter(3);
    tokio::time::sleep(WINDOW * 10).await;
    let start = Instant::now();
    let mut given = Vec::new();
    for _ in 0..7 {
        limiter.acquire().await;
        given.push(start.elapsed().as_secs());
    }
    assert_eq!(given, [0, 0, 0, 60, 60, 60, 120]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_back_those_who_wait_already() {
    let limiter = Arc::new(limiter(1));
    limiter.acquire().await;
    let start = Instant::now();
    let waiting = tokio::spawn({
        let limiter = Arc::clone(&limiter);
        async move { limiter.acquire().await }
    });
    tokio::task::yield_now().await;
    limiter.pause_for(Duration::from_secs(90));
    limiter.pause_for(Duration::from_secs(5));
    assert_eq!(limiter.next_free(), Some(start + Duration::from_secs(90)));
    waiting.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn giving_up_a_wait_uses_no_permit() {
    let limiter = limiter(1);
    limiter.acquire().await;
    let start = Instant::now();
    for _ in 0..3 {
        let wait = tokio::time::timeout(Duration::from_secs(1), limiter.acquire());
        assert!(wait.await.is_err());
    }
    limiter.acquire().await;
    assert_eq!(start.elapsed().as_secs(), 60);
    assert_eq!(limiter.next_free(), Some(Instant::now() + WINDOW));
}

#[tokio::test(start_paused = true)]
async fn permits_are_given_in_the_order_asked_for() {
    let limiter = Arc::new(limiter(1));
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..5)
        .map(|n| {
            let (limiter, order) = (Arc::clone(&limiter), Arc::clone(&order));
            tokio::spawn(async move {
                limiter.acquire().await;
                order.lock().unwrap().push(n);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
}

#[test]
fn a_share_is_at_least_one_request() {
    let permits = |share| RateLimiter::share_of(300, share).per_minute;
    assert_eq!(permits(1.0), 300);
    assert_eq!(permits(0.5), 150);
    assert_eq!(permits(0.0), 1);
    assert_eq!(permits(7.0), 300);
    assert_eq!(permits(f64::NAN), 1);
}

proptest! {
    /// Whatever the pauses between requests, no 60 seconds see more than the limit.
    #[test]
    fn no_window_holds_more_than_the_limit(
        permits in 1_u32..6,
        gaps in prop::collection::vec(prop_oneof![Just(0_u64), 0_u64..90_000], 1..60),
    ) {
        let given = paused().block_on(async {
            let limiter = limiter(permits);
            let mut given = Vec::new();
            for gap in &gaps {
                tokio::time::sleep(Duration::from_millis(*gap)).await;
                limiter.acquire().await;
                given.push(Instant::now());
            }
            given
        });
        for (n, first) in given.iter().enumerate() {
            let within = given[n..].iter().take_while(|at| **at < *first + WINDOW).count();
            prop_assert!(within <= permits as usize, "{within} in a window");
        }
    }
}
