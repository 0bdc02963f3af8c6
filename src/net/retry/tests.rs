use super::*;

fn policy(jitter: Jitter) -> RetryPolicy {
    RetryPolicy {
        max_attempts: 20,
        jitter,
        ..RetryPolicy::default()
    }
}

fn waits(policy: &RetryPolicy, count: usize) -> Vec<Duration> {
    policy.delays().take(count).collect()
}

#[test]
fn waits_double_up_to_the_cap() {
    let millis: Vec<_> = waits(&policy(Jitter::Off), 8)
        .iter()
        .map(Duration::as_millis)
        .collect();
    assert_eq!(millis, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
}

#[test]
fn jitter_shortens_waits_by_up_to_half_and_repeats_with_its_seed() {
    let full = waits(&policy(Jitter::Off), 12);
    for seed in 0..50 {
        let spread = waits(&policy(Jitter::Seeded(seed)), 12);
        assert_eq!(spread, waits(&policy(Jitter::Seeded(seed)), 12));
        for (wait, full) in spread.iter().zip(&full) {
            assert!(*wait <= *full && *wait >= *full / 2, "{wait:?} of {full:?}");
        }
    }
}

#[test]
fn the_providers_wait_is_the_least() {
    let mut course = Course::new(&policy(Jitter::Off));
    let wait = course.wait(Some(Duration::from_secs(42)));
    assert_eq!(wait, Ok(Duration::from_secs(42)));
    assert_eq!(
        course.wait(Some(Duration::ZERO)),
        Ok(Duration::from_millis(400))
    );
}

#[test]
fn attempts_and_time_are_bounded() {
    let mut course = Course::new(&RetryPolicy {
        max_attempts: 2,
        ..RetryPolicy::default()
    });
    course.attempted();
    assert!(course.wait(None).is_ok());
    let allowed = Duration::from_secs(120);
    let absurd = Duration::from_secs(86_400);
    let gave_up = GaveUp::Time {
        wait: absurd,
        allowed,
    };
    assert_eq!(course.wait(Some(absurd)), Err(gave_up));
    course.attempted();
    assert_eq!(course.wait(None), Err(GaveUp::Attempts));
}
