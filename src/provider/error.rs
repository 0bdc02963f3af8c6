//! What can go wrong between a wish and its confirmation.

mod way_out;

use std::{borrow::Cow, error::Error, fmt, time::Duration};

use http::{Method, StatusCode};

use super::{InvalidRequest, Refusal, wire::excerpt};
use crate::{
    model::{ProviderProfile, WebhookId},
    net::{Failure, Fate, GaveUp, RetryPolicy, TransportError},
};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderErrorKind {
    /// The request cannot be made; nothing was sent.
    #[error("not sent")]
    NotSendable(#[source] InvalidRequest),
    /// The run was asked to stop while this waited for its turn; nothing was sent.
    #[error("not sent, as the run was stopped")]
    Stopped,
    /// There is no such webhook, or it belongs to another account.
    #[error("not found: {0}")]
    NotFound(Refusal),
    /// The URL is already registered in that environment.
    #[error("conflict: {0}")]
    Conflict(Refusal),
    /// The credentials are not known.
    #[error("not authenticated: {0}")]
    Unauthenticated(Refusal),
    /// The credentials are not allowed to do this; also where they are another environment's.
    #[error("forbidden: {0}")]
    Forbidden(Refusal),
    /// The rate limit is used up.
    #[error("the rate limit is used up{}", wait_asked_for(.retry_after))]
    RateLimited {
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// The request was not accepted.
    #[error("rejected with {}: {refusal}", .status.as_u16())]
    Rejected {
        /// The status.
        status: StatusCode,
        /// The provider's reasons.
        refusal: Refusal,
    },
    /// The provider, or a gateway before it, cannot answer now.
    #[error("unavailable, status {}: {refusal}{}", .status.as_u16(), wait_asked_for(.retry_after))]
    Unavailable {
        /// The status.
        status: StatusCode,
        /// The reasons given.
        refusal: Refusal,
        /// How long to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// What may pass by itself at other times, and the provider says that the request is not to be sent again.
    #[error("{0}; the provider says not to send it again")]
    NotAgain(Box<Self>),
    /// The answer points elsewhere, where credentials must not follow.
    #[error("redirected with {} to {}, which is not followed", .status.as_u16(), .location.as_deref().unwrap_or("nowhere"))]
    Redirected {
        /// The status.
        status: StatusCode,
        /// Where it points, without its query.
        location: Option<String>,
    },
    /// The answer is not what the API answers.
    #[error("malformed answer, status {}: {problem}", .status.as_u16())]
    MalformedAnswer {
        /// The status.
        status: StatusCode,
        /// What is wrong with it.
        problem: String,
    },
    /// The webhook is not as it was asked for.
    #[error("webhook {} is not as asked for: `{field}` was to be {sent} and came back as {got}", excerpt(.id.shown()))]
    NotAsSent {
        /// The webhook.
        id: WebhookId,
        /// The field, in the provider's spelling.
        field: &'static str,
        /// What was sent.
        sent: String,
        /// What came back.
        got: String,
    },
    /// No connection was made.
    #[error("unreachable")]
    Unreachable(#[source] TransportError),
    /// No answer came in time.
    #[error("timed out")]
    TimedOut(#[source] TransportError),
    /// The connection broke before the answer was complete.
    #[error("interrupted")]
    Interrupted(#[source] TransportError),
    /// The answer is larger than the client takes.
    #[error("the answer is too large")]
    TooLarge(#[source] TransportError),
    /// The next page of a list is not the API's own.
    #[error("the next page {0} is not on the API's own scheme, host and port")]
    ForeignPage(String),
    /// The list leads back to a page that was read already.
    #[error("the list repeats itself on page {0}")]
    RepeatedPage(usize),
    /// The list does not end.
    #[error("the list does not end after {0} pages")]
    TooManyPages(usize),
    /// The list has more webhooks or pages than are read, or more bytes than so many webhooks have.
    #[error(
        "the list has more than {webhooks} webhooks, {pages} pages or {webhooks} KiB, and no more is read"
    )]
    ListTooLarge {
        /// The most webhooks, and KiB.
        webhooks: usize,
        /// The most pages.
        pages: usize,
    },
    /// The list contradicts itself: it changed while it was read, or shows only a part.
    #[error("the list contradicts itself: {0}")]
    Contradiction(String),
    /// The answer to a create said that it succeeded and was lost, and the list does not show the webhook.
    #[error(
        "{write}; it was answered with success, but the list did not show the webhook in {looks} looks"
    )]
    NotSeen {
        /// What became of the answer.
        write: Box<Self>,
        /// How often the list was looked at.
        looks: u32,
    },
    /// The answer to a create said that it succeeded and was lost, also when it was sent again.
    #[error("{0}; it was answered with success")]
    AnswerLost(Box<Self>),
    /// A webhook was created, and the key that signs its deliveries is lost: it is shown once.
    #[error("webhook {} was created, and its signing secret is lost: {why}", excerpt(.id.shown()))]
    SecretLost {
        /// The webhook.
        id: WebhookId,
        /// How it was lost.
        why: String,
        /// Whether the provider shows it at any time.
        is_readable: bool,
    },
    /// A webhook was created and its key is stored, and the note at the webhook that it is not could not be taken out.
    #[error("webhook {} was created and its signing secret is stored; the note there that it is not could not be taken out", excerpt(.id.shown()))]
    NoteStays {
        /// The webhook.
        id: WebhookId,
        /// Why not.
        #[source]
        note: Box<ProviderError>,
    },
    /// A webhook has another key, and that reached nobody. The old one is valid for a while.
    #[error("webhook {} has a new signing secret, which reached nobody: {why}", excerpt(.id.shown()))]
    RotatedSecretLost {
        /// The webhook.
        id: WebhookId,
        /// How it was lost.
        why: String,
    },
    /// Whether a webhook has another key is not known.
    #[error("{write}; the webhook may have {}", match .is_chosen {
        true => "the signing secret that `secret_from` gives",
        false => "a new signing secret, which reached nobody",
    })]
    RotationUnknown {
        /// What became of the request that was to give it one.
        write: Box<Self>,
        /// Whether a user chose it, and so has it.
        is_chosen: bool,
    },
    /// A webhook has another key, which is where it is to be, and that could not be noted at the webhook.
    #[error("the signing secret was rotated, and that could not be noted at the webhook")]
    NotNoted {
        /// Why not.
        #[source]
        note: Box<ProviderError>,
    },
    /// A webhook was created other than as sent, and making it as sent failed.
    #[error("{created}; the update that was to correct that failed")]
    NotCorrected {
        /// How it came back.
        created: Box<Self>,
        /// Why the update failed.
        #[source]
        update: Box<ProviderError>,
    },
    /// It is not known whether the webhook was created, and looking for it failed too.
    #[error("{write}; the webhook may exist now, and looking for its URL in the list failed")]
    OutcomeUnknown {
        /// What became of the request that was to create it.
        write: Box<Self>,
        /// Why looking for it failed.
        #[source]
        lookup: Box<ProviderError>,
    },
}

impl ProviderErrorKind {
    /// What this alone says of a write.
    pub(crate) fn fate(&self) -> Fate {
        match self {
            Self::NotAgain(kind) => kind.fate(),
            Self::NotSendable(_)
            | Self::Stopped
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Unauthenticated(_)
            | Self::Forbidden(_)
            | Self::RateLimited { .. }
            | Self::Rejected { .. }
            | Self::Unreachable(_)
            | Self::ForeignPage(_)
            | Self::RepeatedPage(_)
            | Self::TooManyPages(_)
            | Self::ListTooLarge { .. }
            | Self::Contradiction(_) => Fate::NotProcessed,
            Self::Unavailable { status, .. } if will_never_do(*status) => Fate::NotProcessed,
            // "See other" is how a server speaks of something it did; the rest say "ask over there".
            Self::Redirected { status, .. } if *status != StatusCode::SEE_OTHER => {
                Fate::NotProcessed
            }
            Self::NotAsSent { .. }
            | Self::NotCorrected { .. }
            | Self::SecretLost { .. }
            | Self::NoteStays { .. }
            | Self::RotatedSecretLost { .. }
            | Self::NotNoted { .. } => Fate::Processed,
            Self::Redirected { .. }
            | Self::Unavailable { .. }
            | Self::MalformedAnswer { .. }
            | Self::TimedOut(_)
            | Self::Interrupted(_)
            | Self::TooLarge(_)
            | Self::NotSeen { .. }
            | Self::AnswerLost(_)
            | Self::RotationUnknown { .. }
            | Self::OutcomeUnknown { .. } => Fate::Unknown,
        }
    }

    /// Whether it was answered with success, though the answer is lost or cannot be read.
    pub(crate) fn is_lost_success(&self) -> bool {
        match self {
            Self::MalformedAnswer { status, .. } => status.is_success(),
            Self::TimedOut(error) | Self::Interrupted(error) | Self::TooLarge(error) => {
                error.status.is_some_and(|status| status.is_success())
            }
            // "See other" is how a server speaks of something it did.
            Self::Redirected { status, .. } => *status == StatusCode::SEE_OTHER,
            _ => false,
        }
    }

    /// How long the provider asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after, .. } => {
                *retry_after
            }
            Self::NotAgain(kind) => kind.retry_after(),
            _ => None,
        }
    }
}

impl Failure for ProviderErrorKind {
    fn fate(&self) -> Fate {
        self.fate()
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Unavailable { status, .. } => !will_never_do(*status),
            Self::Unreachable(error) => error.kind.is_passing(),
            Self::RateLimited { .. }
            | Self::TimedOut(_)
            | Self::Interrupted(_)
            | Self::AnswerLost(_)
            | Self::Contradiction(_) => true,
            _ => false,
        }
    }

    fn is_limit(&self) -> bool {
        match self {
            Self::NotAgain(kind) => kind.is_limit(),
            kind => matches!(kind, Self::RateLimited { .. }),
        }
    }

    fn asked_wait(&self, policy: &RetryPolicy) -> Option<Duration> {
        // The limit is by the minute: where the provider does not say how long, a blink will not do.
        self.retry_after().or(self.is_limit().then_some(policy.cap))
    }
}

/// What was attempted when something went wrong.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// The request's method.
    pub method: Method,
    /// The request's path, without its query.
    pub path: String,
    /// How often it was sent.
    pub attempts: u32,
    /// How long it all took, waits included.
    pub elapsed: Duration,
    /// The id the provider gave the last answer: what its support asks for.
    pub request_id: Option<String>,
    /// Why it was not attempted again, where that was worth it.
    pub gave_up: Option<GaveUp>,
    /// Whether an earlier attempt may have been carried out.
    pub(crate) unknown_before: bool,
    /// What is known of whoever was asked.
    pub(crate) profile: &'static ProviderProfile,
    /// Whether it was a list, which is there even where nothing is in it.
    pub(crate) of_list: bool,
}

/// A request to the provider that did not do what it was to do.
#[derive(Debug)]
pub struct ProviderError {
    /// What went wrong. Boxed, as results carry the error through every call.
    kind: Box<ProviderErrorKind>,
    attempted: Box<Attempted>,
}

impl ProviderError {
    pub(crate) fn new(kind: ProviderErrorKind, attempted: Attempted) -> Self {
        Self {
            kind: Box::new(kind),
            attempted: Box::new(attempted),
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> &ProviderErrorKind {
        &self.kind
    }

    /// The field that came back other than as it was sent, where that is what went wrong.
    pub fn field(&self) -> Option<&'static str> {
        match &*self.kind {
            ProviderErrorKind::NotAsSent { field, .. } => Some(field),
            _ => None,
        }
    }

    /// The same of a create, after the update that was to correct it failed.
    pub(crate) fn not_corrected(self, update: Self) -> Self {
        let kind = ProviderErrorKind::NotCorrected {
            created: self.kind,
            update: Box::new(update),
        };
        Self {
            kind: Box::new(kind),
            attempted: self.attempted,
        }
    }

    /// The same of a rotation of which nobody knows whether it was carried out.
    pub(crate) fn rotation_unknown(self, is_chosen: bool) -> Self {
        let write = self.kind;
        Self {
            kind: Box::new(ProviderErrorKind::RotationUnknown { write, is_chosen }),
            attempted: self.attempted,
        }
    }

    /// What was attempted.
    pub fn attempted(&self) -> &Attempted {
        &self.attempted
    }

    /// What to do next, where there is something to be done.
    pub fn way_out(&self) -> Option<Cow<'static, str>> {
        let profile = self.attempted.profile;
        match &*self.kind {
            ProviderErrorKind::NotFound(_) if self.attempted.of_list => Some(Cow::Borrowed(
                "check `base_url`: there is no such API at its path",
            )),
            ProviderErrorKind::Unauthenticated(_) => {
                let titles = profile.credentials.iter().map(|fact| fact.title);
                let titles = titles.collect::<Vec<_>>().join(" and the ");
                Some(Cow::Owned(format!(
                    "check the {titles} of this environment"
                )))
            }
            ProviderErrorKind::Forbidden(_) => Some(Cow::Owned(format!(
                "check that the {} is this environment's own",
                profile.secret().title
            ))),
            kind => kind.way_out().map(Cow::Borrowed),
        }
    }

    /// What is known of the write, all attempts considered.
    pub fn fate(&self) -> Fate {
        if self.attempted.method.is_safe() {
            return Fate::NotProcessed;
        }
        match self.kind.fate() {
            Fate::NotProcessed if self.attempted.unknown_before => Fate::Unknown,
            fate => fate,
        }
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Attempted {
            method,
            path,
            attempts,
            elapsed,
            request_id,
            gave_up,
            unknown_before: _, // Part of what `fate` says.
            of_list: _,        // Part of what `way_out` says.
            profile: _,        // The same.
        } = &*self.attempted;
        write!(f, "{method} {path}: {}", self.kind)?;
        if *attempts > 1 {
            write!(f, "; {attempts} attempts in {}", seconds(*elapsed))?;
        }
        match gave_up {
            Some(GaveUp::Time { wait, allowed }) => {
                let (wait, allowed) = (seconds(*wait), seconds(*allowed));
                write!(
                    f,
                    "; waiting {wait} more would exceed the {allowed} allowed"
                )?;
            }
            Some(GaveUp::Stopped) => {
                f.write_str("; not attempted again, as the run was stopped")?;
            }
            Some(GaveUp::Attempts) | None => {}
        }
        if let Some(id) = request_id {
            write!(f, "; request id {id}")?;
        }
        match (self.fate(), &*self.kind) {
            (
                Fate::Unknown,
                ProviderErrorKind::OutcomeUnknown { .. } | ProviderErrorKind::NotSeen { .. },
            ) => Ok(()),
            (Fate::Unknown, _) => f.write_str("; it may have been carried out all the same"),
            (Fate::Processed | Fate::NotProcessed, _) => Ok(()),
        }
    }
}

impl Error for ProviderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

fn wait_asked_for(wait: &Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!("; it asks to wait {}", seconds(wait))
    })
}

/// Whether a status says that it will be the same at any time: not implemented, or not in this version
/// of HTTP.
pub(crate) fn will_never_do(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED
    )
}

/// A duration in seconds, with a fraction only where it is short.
fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(10) && duration.subsec_millis() >= 50 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} s", duration.as_secs())
    }
}

#[cfg(test)]
mod tests;
