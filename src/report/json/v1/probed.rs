//! The document of `test`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Document, Environment, environment};
use crate::{
    delivery::{Answered, Attempt, Redirect, Signed, Tls, Verdict},
    report::ProbedWebhook,
};

/// What probing webhooks showed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Probes {
    /// The webhooks, by environment.
    webhooks: Vec<WebhookBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WebhookBody {
    environment: Environment,
    key: String,
    url: String,
    /// Whether nothing failed.
    passed: bool,
    /// How the connections were encrypted; null for plain HTTP, and where none came about.
    tls: Option<TlsBody>,
    /// What was sent; nothing follows what got no answer.
    attempts: Vec<AttemptBody>,
}

/// How a connection is encrypted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TlsBody {
    /// The protocol, such as `TLS 1.3`.
    version: &'static str,
    /// Until when the certificate holds.
    certificate_not_after: Option<String>,
    /// How many whole days that are.
    certificate_days_left: Option<i64>,
    /// Whether it should have been renewed.
    certificate_ends_soon: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AttemptBody {
    event: String,
    /// `right`, or `wrong`, which a good receiver refuses.
    signature: &'static str,
    /// `passed`, `warned` or `failed`.
    verdict: &'static str,
    /// Why, unless it passed.
    why: Option<String>,
    /// What was answered; null where nothing was.
    status: Option<u16>,
    /// How long that took.
    milliseconds: Option<u64>,
    redirects: Vec<RedirectBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RedirectBody {
    status: u16,
    /// Where to, without query.
    to: String,
    /// Whether the event went there.
    with_event: bool,
}

/// The document of `test`.
pub fn probed(all: &[ProbedWebhook], now: Timestamp) -> Document<Probes> {
    let passed = all.iter().all(|one| one.probed.failure().is_none());
    let webhooks = all.iter().map(|one| WebhookBody {
        environment: environment(&one.environment),
        key: one.key.to_string(),
        url: one.url.to_string(),
        passed: one.probed.failure().is_none(),
        tls: one.probed.tls().map(|it| tls(it, now)),
        attempts: one.probed.attempts.iter().map(attempt).collect(),
    });
    let webhooks = webhooks.collect();
    Document::judged(passed, Probes { webhooks })
}

pub(super) fn tls(tls: &Tls, now: Timestamp) -> TlsBody {
    let certificate = tls.certificate;
    TlsBody {
        version: tls.version,
        certificate_not_after: certificate.map(|it| it.not_after.to_string()),
        certificate_days_left: certificate.map(|it| it.days_left(now)),
        certificate_ends_soon: certificate.is_some_and(|it| it.ends_soon(now)),
    }
}

fn attempt(attempt: &Attempt) -> AttemptBody {
    let Attempt {
        event,
        signed,
        answer,
        verdict,
    } = attempt;
    let (verdict, why) = match verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Warned(why) => ("warned", Some(why.clone())),
        Verdict::Failed(why) => ("failed", Some(why.clone())),
    };
    let milliseconds = |it: &Answered| it.elapsed.as_millis().try_into().unwrap_or(u64::MAX);
    let redirects = answer.iter().flat_map(|it| &it.redirects);
    AttemptBody {
        event: event.to_string(),
        signature: match signed {
            Signed::Rightly => "right",
            Signed::Wrongly => "wrong",
        },
        verdict,
        why,
        status: answer.as_ref().map(|it| it.status),
        milliseconds: answer.as_ref().map(milliseconds),
        redirects: redirects.map(redirect).collect(),
    }
}

fn redirect(redirect: &Redirect) -> RedirectBody {
    let Redirect {
        status,
        to,
        with_event,
    } = redirect;
    RedirectBody {
        status: *status,
        to: to.clone(),
        with_event: *with_event,
    }
}
