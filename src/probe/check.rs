//! A probe: samples of what a webhook subscribes to, and one with a wrong signature.

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{AddressKind, Post, PostError, Poster, delivery_headers};
use crate::{
    delivery::{
        Attempt, Probed, Signed, Verdict,
        signature::{Message, Signer, message_id},
    },
    model::{Destinations, EventType, ProviderProfile},
};

/// Tells a receiver's author which events were made up.
const MARK: HeaderName = HeaderName::from_static("x-hookwright-test");

/// What is to be probed.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'p> {
    /// Whose deliveries these would be.
    pub profile: &'static ProviderProfile,
    /// What they are signed with.
    pub signer: &'p Signer,
    /// Where they are sent.
    pub url: &'p str,
    /// Where they may go at all, also when they are redirected.
    pub destinations: &'p Destinations,
    /// The types of the events.
    pub events: &'p [EventType],
    /// What the events' ids are derived from.
    pub seed: &'p str,
    /// When the events are said to have happened: now, by the clock that signs too.
    pub now: Timestamp,
    /// Whether the receiver need not check signatures before it answers.
    pub tolerant: bool,
}

/// Sends an event of each type, as the provider would, and one with a wrong signature. Stops at the first
/// that gets no answer, as the next would get none either.
pub async fn probe(poster: &Poster, probe: &Probe<'_>) -> Probed {
    let rightly = probe.events.iter().map(|event| (event, Signed::Rightly));
    let wrongly = probe.events.first().map(|event| (event, Signed::Wrongly));
    let mut probed = Probed::default();
    let began = Instant::now();
    for (event, signed) in rightly.chain(wrongly) {
        // Receivers refuse what was signed minutes ago, and each event may take its time.
        let elapsed = SignedDuration::try_from(began.elapsed()).unwrap_or_default();
        let at = probe.now.saturating_add(elapsed).unwrap_or(probe.now);
        let attempt = attempt(poster, probe, event, signed, at).await;
        let answered = attempt.answer.is_some();
        probed.attempts.push(attempt);
        if !answered {
            break;
        }
    }
    probed
}

async fn attempt(
    poster: &Poster,
    probe: &Probe<'_>,
    event: &EventType,
    signed: Signed,
    at: Timestamp,
) -> Attempt {
    let body = Bytes::from((probe.profile.sample)(event, probe.seed, probe.now).to_string());
    let message = Message {
        id: &message_id(&[probe.seed, event.as_str()]),
        at,
        body: &body,
    };
    let signature = match signed {
        Signed::Rightly => probe.signer.sign(&message),
        Signed::Wrongly => Signer::wrong(probe.profile.signature).sign(&message),
    };
    let mut headers = delivery_headers(probe.profile, &signature);
    headers.insert(MARK, HeaderValue::from_static("true"));
    let post = Post {
        url: probe.url,
        destinations: probe.destinations,
        headers,
        body,
    };
    let (answer, verdict) = match poster.post(&post).await {
        Ok(answer) => {
            let verdict = Verdict::of(signed, &answer, probe.tolerant);
            (Some(answer), verdict)
        }
        Err(error) => (None, Verdict::Failed(unanswered(&error))),
    };
    Attempt {
        event: event.clone(),
        signed,
        answer,
        verdict,
    }
}

fn unanswered(error: &PostError) -> String {
    let text = error.with_causes();
    match error {
        PostError::OutOfReach {
            kind: AddressKind::Private | AddressKind::Loopback,
            ..
        } => format!("{text} without `--allow-private`"),
        _ => text,
    }
}
