//! One request, sent as often as it takes: the only loop that sends, waits and sends again.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use http::Method;
use tokio::time::Instant;

use super::{
    Anew, Fate, GaveUp, Permission, RateLimiter, RetryPolicy, ServerClock, Stop, Transport,
    TransportError, WaitCause, WaitWatch,
    retry::{Course, Decision, decide},
};

/// What all requests to one server keep to.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    /// How often and how long each is attempted.
    pub(crate) retry: RetryPolicy,
    /// Whose permits they need, where the server has a limit that is kept from here.
    pub(crate) limiter: Option<Arc<RateLimiter>>,
    /// Nothing is waited for once this is asked.
    pub(crate) stop: Stop,
    /// Is told of each wait.
    pub(crate) waits: WaitWatch,
    /// Learns the server's time from its answers.
    pub(crate) clock: ServerClock,
    /// What each of them needs, asked for after every wait.
    pub(crate) permission: Option<Permission>,
}

/// Why an attempt failed, as far as it decides about another one.
pub(crate) trait Failure: fmt::Display + Send {
    /// What is known of the request.
    fn fate(&self) -> Fate;

    /// Whether it may pass by itself.
    fn is_passing(&self) -> bool;

    /// Whether the server's rate limit is used up.
    fn is_limit(&self) -> bool {
        false
    }

    /// How long to wait at least before another attempt.
    fn asked_wait(&self, policy: &RetryPolicy) -> Option<Duration>;

    /// What to do about it, where the request does no harm when it is repeated, or does.
    fn decide(&self, is_repeatable: bool) -> Decision {
        decide(self.fate(), self.is_passing(), is_repeatable)
    }
}

/// What became of an attempt that may have been carried out.
pub(crate) enum LookedUp<D, F> {
    /// There is nothing left to do.
    Done(D),
    /// It was not carried out, so the request may be sent again. What the attempt ended in comes back.
    Absent(F),
    /// Nobody knows, so nothing is sent again.
    Unknown(F),
}

/// Something that is attempted until it is done.
pub(crate) trait Attempt {
    /// What comes of it.
    type Done: Send;
    type Failure: Failure;

    /// What it keeps to, and what is known of its attempts so far.
    fn sending(&mut self) -> &mut Sending;

    /// Whether repeating it does no harm.
    fn is_repeatable(&self) -> bool;

    fn attempt(&mut self) -> impl Future<Output = Result<Self::Done, Self::Failure>> + Send;

    /// Finds out what became of an attempt that may have been carried out, where repeating it does harm.
    fn look_up(
        &mut self,
        failure: Self::Failure,
    ) -> impl Future<Output = LookedUp<Self::Done, Self::Failure>> + Send {
        async { LookedUp::Unknown(failure) }
    }
}

#[derive(Debug)]
pub(crate) struct Failed<F> {
    pub(crate) failure: F,
    /// Why it was not attempted again, where that was worth it.
    pub(crate) gave_up: Option<GaveUp>,
}

/// Attempts something until it is done, fails for good, or the policy is at its end.
pub(crate) async fn repeat<A: Attempt + Send>(
    attempt: &mut A,
) -> Result<A::Done, Failed<A::Failure>> {
    let stop = |failure, gave_up| Err(Failed { failure, gave_up });
    loop {
        attempt.sending().course.attempted();
        let mut failure = match attempt.attempt().await {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        let decision = failure.decide(attempt.is_repeatable());
        if decision == Decision::Stop {
            return stop(failure, None);
        }
        let waited = attempt.sending().wait(&failure).await;
        if decision == Decision::LookUp {
            // Also where nothing is sent any more: it may be there.
            failure = match attempt.look_up(failure).await {
                LookedUp::Done(done) => return Ok(done),
                LookedUp::Absent(failure) => failure,
                LookedUp::Unknown(failure) => return stop(failure, None),
            };
        }
        if let Err(gave_up) = waited {
            return stop(failure, Some(gave_up));
        }
    }
}

pub(crate) struct Sent {
    pub(crate) answer: Result<http::Response<Bytes>, TransportError>,
    /// How long that took; `None` where it was not sent.
    pub(crate) took: Option<Duration>,
}

pub(crate) struct Sending {
    rules: Rules,
    method: Method,
    /// The path as it may be shown.
    path: String,
    course: Course,
    unknown_before: bool,
}

impl Sending {
    /// No attempts yet. `path` is shown: nothing sensitive may be in it.
    pub(crate) fn new(rules: Rules, method: Method, path: String) -> Self {
        Self {
            course: Course::new(&rules.retry),
            rules,
            method,
            path,
            unknown_before: false,
        }
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// The request's path, as it may be shown.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.course.attempts()
    }

    /// Whether an earlier attempt may have been carried out.
    pub(crate) fn unknown_before(&self) -> bool {
        self.unknown_before
    }

    /// Notes whether an attempt may have been carried out.
    pub(crate) fn set_unknown(&mut self, unknown: bool) {
        self.unknown_before = unknown;
    }

    /// Sends a request once, when the limit and the permission let it through.
    pub(crate) async fn send(
        &mut self,
        transport: &impl Transport,
        mut request: http::Request<Bytes>,
    ) -> Sent {
        if let Some(withheld) = self.may_send().await {
            return withheld;
        }
        if let Some(permission) = &self.rules.permission {
            // The transport may have to wait as well.
            request.extensions_mut().insert(permission.clone());
        }
        if self.course.attempts() > 1 {
            // Where one connection that was kept open died, the others may have, too.
            request.extensions_mut().insert(Anew);
        }
        let began = Instant::now();
        let answer = transport.send(request).await;
        let took = began.elapsed();
        self.course.spend(took);
        if let Ok(answer) = &answer
            && answer.status().is_success()
        {
            // What refuses or fails may be a machine in between, with a clock of its own.
            self.rules.clock.saw(answer.headers(), began);
        }
        Sent {
            answer,
            took: Some(took),
        }
    }

    /// Waits for the rate limit, and asks for the permission.
    async fn may_send(&self) -> Option<Sent> {
        let Rules {
            limiter,
            stop,
            waits,
            permission,
            ..
        } = &self.rules;
        if let Some(limiter) = limiter {
            let told = |until| waits.tell(WaitCause::RateLimit, until);
            tokio::select! {
                biased;
                // First: what need not wait is sent, as is the look whether a create was carried out.
                () = limiter.acquire_telling(told) => {}
                () = stop.asked() => return Some(withheld()),
            }
        }
        let is_permitted = permission.as_ref().is_none_or(Permission::is_given);
        (!is_permitted).then(withheld)
    }

    /// Waits before another attempt as the backoff and the server want it.
    async fn wait(&mut self, failure: &impl Failure) -> Result<(), GaveUp> {
        self.unknown_before |= failure.fate() == Fate::Unknown;
        let retry = &self.rules.retry;
        let asked = failure.asked_wait(retry);
        let wait = self.course.wait(asked);
        if failure.is_limit()
            && let Some(limiter) = &self.rules.limiter
        {
            // The limit is the secret's: all that share it have to wait, also where this request
            // gives up, but not longer than anybody here would.
            let pause = wait.ok().or(asked).unwrap_or_default();
            limiter.pause_for(pause.min(retry.max_elapsed));
        }
        let wait = wait?;
        if self.rules.stop.is_asked() {
            return Err(GaveUp::Stopped);
        }
        tracing::debug!(
            method = %self.method,
            path = self.path,
            attempt = self.course.attempts(),
            reason = %failure,
            ?wait,
            "waiting before another attempt",
        );
        let cause = match failure.is_limit() {
            true => WaitCause::RateLimit,
            false => WaitCause::Retry,
        };
        if let Some(until) = Instant::now().checked_add(wait) {
            self.rules.waits.tell(cause, until);
        }
        tokio::select! {
            biased;
            () = self.rules.stop.asked() => Err(GaveUp::Stopped),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }
}

fn withheld() -> Sent {
    Sent {
        answer: Err(TransportError::withheld()),
        took: None,
    }
}

#[cfg(test)]
mod tests;
