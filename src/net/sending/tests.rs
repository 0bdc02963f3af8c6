use std::{collections::VecDeque, sync::Mutex};

use super::*;
use crate::net::Jitter;

/// What an attempt ends in, beside a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken {
    fate: Fate,
    is_passing: bool,
    is_limit: bool,
    asked: Option<Duration>,
}

const UNSENT: Broken = Broken {
    fate: Fate::NotProcessed,
    is_passing: true,
    is_limit: false,
    asked: None,
};
const LOST: Broken = Broken {
    fate: Fate::Unknown,
    ..UNSENT
};
const REFUSED: Broken = Broken {
    is_passing: false,
    ..UNSENT
};
const LIMITED: Broken = Broken {
    is_limit: true,
    asked: Some(Duration::from_secs(42)),
    ..UNSENT
};

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl Failure for Broken {
    fn fate(&self) -> Fate {
        self.fate
    }

    fn is_passing(&self) -> bool {
        self.is_passing
    }

    fn is_limit(&self) -> bool {
        self.is_limit
    }

    fn asked_wait(&self, _: &RetryPolicy) -> Option<Duration> {
        self.asked
    }
}

/// What was asked of a script, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Attempt(Duration),
    LookUp(Duration),
}

/// What a look-up says.
#[derive(Clone, Copy, Debug)]
enum Seen {
    Done,
    Absent,
    Unknown,
}

/// Attempts and look-ups that end as it is written. What is not written any more succeeds.
struct Script {
    sending: Sending,
    began: Instant,
    is_repeatable: bool,
    attempts: VecDeque<Broken>,
    look_ups: VecDeque<Seen>,
    asked: Vec<Asked>,
}

impl Script {
    fn new(rules: Rules, attempts: impl IntoIterator<Item = Broken>) -> Self {
        Self {
            sending: Sending::new(rules, Method::GET, "/".to_owned()),
            began: Instant::now(),
            is_repeatable: true,
            attempts: attempts.into_iter().collect(),
            look_ups: VecDeque::new(),
            asked: Vec::new(),
        }
    }

    /// What does harm when it is repeated.
    fn harmful(self, look_ups: impl IntoIterator<Item = Seen>) -> Self {
        Self {
            is_repeatable: false,
            look_ups: look_ups.into_iter().collect(),
            ..self
        }
    }

    async fn run(&mut self) -> Result<&'static str, (Broken, Option<GaveUp>)> {
        let ran = repeat(self).await;
        ran.map_err(|Failed { failure, gave_up }| (failure, gave_up))
    }
}

impl Attempt for Script {
    type Done = &'static str;
    type Failure = Broken;

    fn sending(&mut self) -> &mut Sending {
        &mut self.sending
    }

    fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    async fn attempt(&mut self) -> Result<&'static str, Broken> {
        self.asked.push(Asked::Attempt(self.began.elapsed()));
        self.attempts.pop_front().map_or(Ok("answered"), Err)
    }

    async fn look_up(&mut self, failure: Broken) -> LookedUp<&'static str, Broken> {
        self.asked.push(Asked::LookUp(self.began.elapsed()));
        match self.look_ups.pop_front() {
            None | Some(Seen::Done) => LookedUp::Done("found"),
            Some(Seen::Absent) => LookedUp::Absent(failure),
            Some(Seen::Unknown) => LookedUp::Unknown(failure),
        }
    }
}

/// Three attempts within 50 seconds, 100 ms and 200 ms apart.
fn rules() -> Rules {
    Rules {
        retry: RetryPolicy {
            max_attempts: 3,
            max_elapsed: Duration::from_secs(50),
            base: Duration::from_millis(100),
            cap: Duration::from_secs(1),
            jitter: Jitter::Off,
        },
        ..Rules::default()
    }
}

fn attempt_at(millis: u64) -> Asked {
    Asked::Attempt(Duration::from_millis(millis))
}

fn look_up_at(millis: u64) -> Asked {
    Asked::LookUp(Duration::from_millis(millis))
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_attempted_as_often_as_the_policy_allows() {
    let mut script = Script::new(rules(), [UNSENT; 9]);
    assert_eq!(script.run().await, Err((UNSENT, Some(GaveUp::Attempts))));
    assert_eq!(
        script.asked,
        [attempt_at(0), attempt_at(100), attempt_at(300)]
    );
    assert_eq!(script.sending.attempts(), 3);

    let mut script = Script::new(rules(), [UNSENT, LOST]);
    assert_eq!(script.run().await, Ok("answered"));
    assert_eq!(script.sending.attempts(), 3);
    assert!(script.sending.unknown_before());
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_is_attempted_once_and_given_up_for_no_other_reason() {
    let processed = Broken {
        fate: Fate::Processed,
        ..UNSENT
    };
    for failure in [REFUSED, processed] {
        let mut script = Script::new(rules(), [failure]);
        assert_eq!(script.run().await, Err((failure, None)));
        assert_eq!(script.asked, [attempt_at(0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_server_asks_for_wins_over_a_shorter_backoff() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let waits = WaitWatch::new({
        let told = Arc::clone(&told);
        move |wait| told.lock().unwrap().push(wait.cause)
    });
    let mut script = Script::new(Rules { waits, ..rules() }, [LIMITED, UNSENT]);
    assert_eq!(script.run().await, Ok("answered"));
    assert_eq!(
        script.asked,
        [attempt_at(0), attempt_at(42_000), attempt_at(42_200)]
    );
    assert_eq!(
        *told.lock().unwrap(),
        [WaitCause::RateLimit, WaitCause::Retry]
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let mut script = Script::new(rules(), [LIMITED; 2]);
    let gave_up = GaveUp::Time {
        wait: Duration::from_secs(42),
        allowed: Duration::from_secs(50),
    };
    assert_eq!(script.run().await, Err((LIMITED, Some(gave_up))));
    assert_eq!(script.asked, [attempt_at(0), attempt_at(42_000)]);
    assert_eq!(script.began.elapsed(), Duration::from_secs(42));
}

#[tokio::test(start_paused = true)]
async fn the_limit_holds_for_all_that_share_it_also_where_this_one_gives_up() {
    let limiter = Arc::new(RateLimiter::share_of(60, 1.0));
    let mut rules = Rules {
        limiter: Some(Arc::clone(&limiter)),
        ..rules()
    };
    rules.retry.max_attempts = 1;
    let mut script = Script::new(rules, [LIMITED]);
    assert_eq!(script.run().await, Err((LIMITED, Some(GaveUp::Attempts))));
    limiter.acquire_telling(|_| ()).await;
    assert_eq!(script.began.elapsed(), Duration::from_secs(42));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_wait_and_lets_none_begin() {
    let stop = Stop::default();
    let rules = Rules {
        stop: stop.clone(),
        ..rules()
    };
    let mut script = Script::new(rules.clone(), [LIMITED]);
    let began = script.began;
    let (ran, ()) = tokio::join!(script.run(), async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        stop.now();
    });
    assert_eq!(ran, Err((LIMITED, Some(GaveUp::Stopped))));
    assert_eq!(began.elapsed(), Duration::from_secs(7));

    let mut script = Script::new(rules, [LIMITED]);
    assert_eq!(script.run().await, Err((LIMITED, Some(GaveUp::Stopped))));
    assert_eq!(script.asked, [attempt_at(0)]);
    assert_eq!(script.began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_does_harm_is_looked_up_before_each_other_attempt() {
    let mut script = Script::new(rules(), [LOST; 9]).harmful([Seen::Absent, Seen::Done]);
    assert_eq!(script.run().await, Ok("found"));
    assert_eq!(
        script.asked,
        [
            attempt_at(0),
            look_up_at(100),
            attempt_at(100),
            look_up_at(300)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_that_does_harm_is_repeated_while_nobody_knows_what_became_of_it() {
    let mut script = Script::new(rules(), [LOST; 9]).harmful([Seen::Unknown]);
    assert_eq!(script.run().await, Err((LOST, None)));
    assert_eq!(script.asked, [attempt_at(0), look_up_at(100)]);
}

#[tokio::test(start_paused = true)]
async fn what_surely_was_not_carried_out_is_repeated_without_a_look() {
    let mut script = Script::new(rules(), [UNSENT]).harmful([]);
    assert_eq!(script.run().await, Ok("answered"));
    assert_eq!(script.asked, [attempt_at(0), attempt_at(100)]);
}

#[tokio::test(start_paused = true)]
async fn what_may_be_there_is_looked_for_also_where_nothing_is_sent_any_more() {
    let stop = Stop::default();
    stop.now();
    let stopped = Rules { stop, ..rules() };
    let mut once = rules();
    once.retry.max_attempts = 1;
    for (rules, gave_up) in [(stopped, GaveUp::Stopped), (once, GaveUp::Attempts)] {
        let mut script = Script::new(rules.clone(), [LOST]).harmful([Seen::Done]);
        assert_eq!(script.run().await, Ok("found"));
        let mut script = Script::new(rules, [LOST]).harmful([Seen::Absent]);
        assert_eq!(script.run().await, Err((LOST, Some(gave_up))));
        assert_eq!(script.asked, [attempt_at(0), look_up_at(0)]);
    }
}
