//! What probing a webhook's URL showed.

use super::{Answered, Tls};
use crate::model::EventType;

/// What probing a webhook's URL showed, one attempt after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    /// The attempts; none follows one that got no answer.
    pub attempts: Vec<Attempt>,
}

impl Probed {
    /// The first thing that failed, with its reason; `None` where nothing did.
    pub fn failure(&self) -> Option<String> {
        self.attempts.iter().find_map(|attempt| {
            let Verdict::Failed(why) = &attempt.verdict else {
                return None;
            };
            Some(format!("{}: {why}", attempt.title()))
        })
    }

    /// How the connections were encrypted.
    pub fn tls(&self) -> Option<&Tls> {
        let answers = self.attempts.iter().filter_map(|one| one.answer.as_ref());
        answers.filter_map(|answer| answer.tls.as_ref()).next()
    }
}

/// One event that was sent, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its type.
    pub event: EventType,
    /// How it was signed.
    pub signed: Signed,
    /// What was answered; `None` where nothing was.
    pub answer: Option<Answered>,
    /// What is to be thought of it.
    pub verdict: Verdict,
}

impl Attempt {
    /// What it is about, in a few words.
    pub fn title(&self) -> &str {
        match self.signed {
            Signed::Rightly => self.event.as_str(),
            Signed::Wrongly => "wrong signature",
        }
    }
}

/// How an event was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// With the access secret.
    Rightly,
    /// With another key: a good receiver refuses it.
    Wrongly,
}

/// What is to be thought of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Passed,
    /// It works, and should be better.
    Warned(String),
    /// Events would be lost, or forged ones taken.
    Failed(String),
}

impl Verdict {
    /// What an answer to an event means. `tolerant` says that a receiver need not check signatures
    /// before it answers.
    pub fn of(signed: Signed, answer: &Answered, tolerant: bool) -> Self {
        match signed {
            Signed::Rightly => taken(answer),
            Signed::Wrongly => refused(answer, tolerant),
        }
    }
}

fn taken(answer: &Answered) -> Verdict {
    if let Some(lost) = answer.redirects.iter().find(|hop| !hop.with_event) {
        return Verdict::Failed(format!(
            "it was redirected with {} to {}, where a request without the event arrives: register that URL",
            lost.status, lost.to
        ));
    }
    if !answer.is_success() {
        return Verdict::Failed(format!("it was answered with {}, not 2xx", answer.status));
    }
    match answer.redirects.last() {
        Some(hop) => Verdict::Warned(format!(
            "it was redirected to {}: register that URL",
            hop.to
        )),
        None => Verdict::Passed,
    }
}

fn refused(answer: &Answered, tolerant: bool) -> Verdict {
    match answer.status {
        200..300 if tolerant => Verdict::Warned("it was taken".to_owned()),
        200..300 => Verdict::Failed("it was taken: anybody could send events there".to_owned()),
        // Whoever answers so has looked at what was sent, and does not want it.
        400 | 401 | 403 | 422 => Verdict::Passed,
        status if tolerant => Verdict::Warned(not_refused(status)),
        status => Verdict::Failed(format!(
            "{}, so whether signatures are checked is not shown",
            not_refused(status)
        )),
    }
}

/// An answer that would be the same for an event that is signed rightly, at another moment.
fn not_refused(status: u16) -> String {
    format!("it was answered with {status}, which is no refusal: answer 401")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::Redirect, *};

    fn answered(status: u16, redirects: &[(u16, bool)]) -> Answered {
        let hop = |(status, with_event): &(u16, bool)| Redirect {
            status: *status,
            to: "https://h.example/new".to_owned(),
            with_event: *with_event,
        };
        Answered {
            status,
            elapsed: Duration::ZERO,
            redirects: redirects.iter().map(hop).collect(),
            tls: None,
        }
    }

    #[test]
    fn only_2xx_without_a_lossy_redirect_takes_an_event() {
        let taken = |answer| Verdict::of(Signed::Rightly, &answer, false);
        for status in [200, 202, 204, 299] {
            assert_eq!(taken(answered(status, &[])), Verdict::Passed);
        }
        for status in [199, 304, 401, 500] {
            assert!(matches!(taken(answered(status, &[])), Verdict::Failed(_)));
        }
        assert!(matches!(
            taken(answered(200, &[(308, true)])),
            Verdict::Warned(_)
        ));
        assert!(matches!(
            taken(answered(200, &[(308, true), (302, false)])),
            Verdict::Failed(_)
        ));
    }

    #[test]
    fn wrong_signature_must_be_refused() {
        let refused = |status| Verdict::of(Signed::Wrongly, &answered(status, &[]), false);
        for status in 100..600 {
            let passes = [400, 401, 403, 422].contains(&status);
            assert_eq!(refused(status) == Verdict::Passed, passes, "{status}");
            assert!(passes || matches!(refused(status), Verdict::Failed(_)));
        }
        let tolerated = Verdict::of(Signed::Wrongly, &answered(200, &[]), true);
        assert!(matches!(tolerated, Verdict::Warned(_)));
    }
}
