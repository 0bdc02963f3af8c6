//! Answers: what a provider's response means.
//!
//! Pure: an [`http::Response`] goes in, a result or the kind of error comes out. One function says
//! what each status means. This module must not know sockets or retries.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::{
    Deletion, ProviderErrorKind, Refusal,
    dialect::{Dialect, Page},
    wire,
};
use crate::{
    delivery::Delivery,
    json::Unreadable,
    model::{EventType, LiveWebhook, MASK, Masker, ProviderProfile, Secret, Standing},
    net::{Failure as _, retry_after},
};

type Response = http::Response<Bytes>;

/// What it takes to read an answer.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// What is known of whoever answers.
    pub(crate) profile: &'static ProviderProfile,
    /// How it speaks.
    pub(crate) dialect: &'static dyn Dialect,
    /// What must not be shown, the credentials among it.
    pub(crate) masker: &'a Masker,
}

impl Reading<'_> {
    /// Foreign text with sensitive values masked, and with them whatever looks like a key that signs deliveries: nobody knew it
    /// before it came.
    pub(crate) fn mask(&self, text: &str) -> String {
        let masked = self.masker.mask_foreign(text);
        match self.profile.signing_secret.prefix() {
            Some(prefix) => without_keys(&masked, prefix),
            None => masked.into_owned(),
        }
    }

    /// Foreign text on one line, masked and bounded.
    pub(crate) fn excerpt(&self, text: &str) -> String {
        wire::excerpt(&self.mask(text))
    }

    /// Where an answer points, without what its query may hold, masked and bounded.
    pub(crate) fn address(&self, reference: &str) -> String {
        wire::excerpt(&self.masker.address(reference))
    }

    /// A webhook that was asked for, or changed: status 200 with the whole object.
    pub(crate) fn webhook(&self, response: &Response) -> Result<LiveWebhook, ProviderErrorKind> {
        self.object(response, StatusCode::OK)
    }

    /// A webhook that was asked for, as it came: only for what is sent back.
    pub(crate) fn as_it_came(&self, response: &Response) -> Result<Value, ProviderErrorKind> {
        self.json(response, StatusCode::OK)
    }

    /// That a webhook has another secret, which the answer may show.
    pub(crate) fn rotated(&self, response: &Response) -> Result<Option<Secret>, ProviderErrorKind> {
        let rotated = match response.status() {
            StatusCode::NO_CONTENT => Ok(None),
            StatusCode::OK if response.body().is_empty() => Ok(None),
            // A page that somebody else answers with is no success.
            _ => self
                .json(response, StatusCode::OK)
                .map(|value| self.secret_in(&value)),
        };
        rotated.map_err(|kind| match kind.is_lost_success() {
            // The same answer comes again.
            true => ProviderErrorKind::AnswerLost(Box::new(kind)),
            false => kind,
        })
    }

    /// The key that signs a webhook's deliveries, where the answer shows it.
    pub(crate) fn secret(&self, response: &Response) -> Option<Secret> {
        let value = wire::read_json(response.body()).ok()?;
        self.secret_in(&value)
    }

    /// The key in an answer, where it can be one: what is masked or broken off in lines would be kept, and sign nothing.
    fn secret_in(&self, value: &Value) -> Option<Secret> {
        let is_of_keys = |byte: u8| byte.is_ascii_graphic() && byte != b'*';
        let secret = self.dialect.read_secret(value);
        secret.filter(|secret| secret.expose().bytes().all(is_of_keys))
    }

    /// The key that signs a webhook's deliveries, which was asked for.
    pub(crate) fn key(&self, response: &Response) -> Result<Secret, ProviderErrorKind> {
        let value = self.json(response, StatusCode::OK)?;
        let key = self.secret_in(&value);
        key.ok_or_else(|| malformed(response, "no signing secret that can be read"))
    }

    /// A webhook that was created. Only the one documented status says so: a POST that a proxy redirected may come
    /// back as a list.
    pub(crate) fn created(&self, response: &Response) -> Result<LiveWebhook, ProviderErrorKind> {
        self.object(response, self.dialect.created())
    }

    fn object(
        &self,
        response: &Response,
        expected: StatusCode,
    ) -> Result<LiveWebhook, ProviderErrorKind> {
        let value = self.json(response, expected)?;
        self.webhook_in(value)
            .ok_or_else(|| malformed(response, "not a webhook with an id that can be read"))
    }

    /// A webhook in an answer, sensitive values masked in all of its texts.
    pub(crate) fn webhook_in(&self, value: Value) -> Option<LiveWebhook> {
        let mut webhook = self.dialect.read_webhook(value)?.masked(self.masker);
        let unreadable = webhook.unreadable.iter_mut();
        for got in unreadable.filter_map(|found| found.got.as_mut()) {
            *got = self.excerpt(got);
        }
        Some(webhook)
    }

    /// A delivery in an answer, sensitive values masked in its texts.
    pub(crate) fn delivery_in(&self, value: Value) -> Option<Delivery> {
        Some(self.dialect.read_delivery(value)?.masked(self.masker))
    }

    /// An event type of the account, in an answer.
    pub(crate) fn event_type_in(&self, value: &Value) -> Option<(EventType, Standing)> {
        self.dialect.read_event_type(value)
    }

    /// A record of the request history, as far as it says which event it is an attempt at. Ids are sent back as they came.
    pub(crate) fn attempt_in(&self, value: &Value) -> Option<(String, String)> {
        self.dialect.read_attempt(value)
    }

    /// That the provider will send events again. Only the documented status says so; a body that is none is of older servers.
    pub(crate) fn asked(&self, response: &Response) -> Result<(), ProviderErrorKind> {
        if response.status() == StatusCode::ACCEPTED && response.body().is_empty() {
            return Ok(());
        }
        let asked = self.json(response, StatusCode::ACCEPTED).map(drop);
        asked.map_err(|kind| match kind.is_lost_success() {
            // The same answer comes again.
            true => ProviderErrorKind::AnswerLost(Box::new(kind)),
            false => kind,
        })
    }

    /// The end of a webhook. One that is not there is as good as deleted.
    pub(crate) fn deleted(&self, response: &Response) -> Result<Deletion, ProviderErrorKind> {
        match response.status() {
            // 204 is what is documented; what counts is that it was accepted.
            StatusCode::NO_CONTENT | StatusCode::OK | StatusCode::ACCEPTED => Ok(Deletion::Deleted),
            _ => match self.refused(response) {
                ProviderErrorKind::NotFound(_) => Ok(Deletion::AlreadyGone),
                kind => Err(kind),
            },
        }
    }

    /// A page of a list.
    pub(crate) fn page(&self, response: &Response) -> Result<Page, ProviderErrorKind> {
        let value = self.json(response, StatusCode::OK)?;
        self.dialect
            .read_page(value)
            .ok_or_else(|| malformed(response, "not a list"))
    }

    fn json(&self, response: &Response, expected: StatusCode) -> Result<Value, ProviderErrorKind> {
        if response.status() != expected {
            return Err(self.refused(response));
        }
        wire::read_json(response.body()).map_err(|error| {
            if let Unreadable::TooMany = error {
                return malformed(response, &error.to_string());
            }
            let refusal = self.refusal(response);
            let found = refusal.message.unwrap_or_else(|| "nothing".to_owned());
            malformed(response, &format!("not JSON but: {found}"))
        })
    }

    fn refusal(&self, response: &Response) -> Refusal {
        wire::decode_refusal(
            response.body(),
            |value| self.dialect.read_refusal(value),
            |text| self.mask(text),
        )
    }

    /// What a response that is not the expected one means, and whether the request may be sent again: where the provider says
    /// something of that, it knows better than the status.
    pub(crate) fn refused(&self, response: &Response) -> ProviderErrorKind {
        let kind = self.meaning(response);
        match self.dialect.may_repeat(response.headers()) {
            Some(false) if kind.is_passing() => ProviderErrorKind::NotAgain(Box::new(kind)),
            Some(_) | None => kind,
        }
    }

    /// What a response that is not the expected one means: the one place that knows status codes.
    fn meaning(&self, response: &Response) -> ProviderErrorKind {
        let status = response.status();
        let refusal = self.refusal(response);
        let failed = status.is_client_error() || status.is_server_error();
        let throttled = || self.dialect.is_throttled(&refusal);
        if failed && (status == StatusCode::TOO_MANY_REQUESTS || throttled()) {
            let in_words = || self.dialect.wait_in_words(&refusal);
            let retry_after = retry_after(response.headers()).or_else(in_words);
            return ProviderErrorKind::RateLimited { retry_after };
        }
        match status.as_u16() {
            300..=399 => ProviderErrorKind::Redirected {
                status,
                location: location(response.headers()).map(|text| self.address(text)),
            },
            401 => ProviderErrorKind::Unauthenticated(refusal),
            403 => ProviderErrorKind::Forbidden(refusal),
            404 | 410 => ProviderErrorKind::NotFound(refusal),
            400..=499 if self.dialect.may_repeat(response.headers()) == Some(true) => {
                ProviderErrorKind::Unavailable {
                    status,
                    refusal,
                    retry_after: retry_after(response.headers()),
                }
            }
            409 => ProviderErrorKind::Conflict(refusal),
            408 | 425 | 500..=599 => ProviderErrorKind::Unavailable {
                status,
                refusal,
                retry_after: retry_after(response.headers()),
            },
            400..=499 if self.dialect.is_taken(&refusal) => ProviderErrorKind::Conflict(refusal),
            400..=499 => ProviderErrorKind::Rejected { status, refusal },
            _ => malformed(response, "an unexpected status"),
        }
    }

    /// The id that the provider, or what stands before it, gave the answer.
    pub(crate) fn request_id(&self, headers: &HeaderMap) -> Option<String> {
        const NAMES: [&str; 6] = [
            "x-request-id",
            "request-id",
            "x-correlation-id",
            "x-amzn-requestid",
            "x-amzn-trace-id",
            "cf-ray",
        ];
        let value = NAMES.iter().find_map(|name| headers.get(*name))?;
        Some(self.excerpt(value.to_str().ok()?)).filter(|id| !id.is_empty())
    }
}

/// Where a response points.
pub(crate) fn location(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::LOCATION)?.to_str().ok()
}

/// A text in which nothing that begins as keys do shows more than that.
fn without_keys(text: &str, prefix: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        let (before, key) = rest.split_at(at);
        let is_of_key = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
        let end = key.find(|c| !is_of_key(c)).unwrap_or(key.len());
        shown.push_str(before);
        shown.push_str(MASK);
        rest = &key[end..];
    }
    shown + rest
}

fn malformed(response: &Response, problem: &str) -> ProviderErrorKind {
    ProviderErrorKind::MalformedAnswer {
        status: response.status(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests;
