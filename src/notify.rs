//! Telling a webhook of the user's own what a run came to.
//!
//! The address is a secret: who knows it can write to the channel behind it. It is in no error, no log and
//! no `Debug`. This module must not know plans, manifests, files, environment variables or the terminal.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, header};

use crate::{
    model::{ExactUrl, Secret},
    net::{
        self, Attempt, BaseUrl, Failed, Failure, Fate, InvalidBaseUrl, RetryPolicy, Rules, Sending,
        Transport, TransportError, USER_AGENT, retry_after,
    },
};

/// How often and how long it is tried: a run that has ended is not kept waiting.
const RETRY: RetryPolicy = RetryPolicy {
    max_attempts: 3,
    max_elapsed: Duration::from_secs(20),
    base: Duration::from_millis(200),
    cap: Duration::from_secs(5),
    jitter: crate::net::Jitter::Random,
};

/// Where a notification goes: `https`, or plain `http` on this machine.
#[derive(Clone)]
pub struct Address {
    url: Secret,
    origin: BaseUrl,
}

impl Address {
    /// Takes a URL.
    ///
    /// # Errors
    ///
    /// What is no URL of a webhook; the error does not repeat it.
    pub fn new(url: &Secret) -> Result<Self, InvalidBaseUrl> {
        let parsed = ExactUrl::new(url.expose()).map_err(InvalidBaseUrl::Unreadable)?;
        let parsed = parsed.url();
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(InvalidBaseUrl::Credentials);
        }
        let origin = format!(
            "{}://{}",
            parsed.scheme(),
            &parsed[url::Position::BeforeHost..url::Position::AfterPort]
        );
        Ok(Self {
            origin: BaseUrl::new(&origin, false)?,
            url: Secret::new(parsed.as_str()),
        })
    }

    /// Scheme, host and port: what a transport has to know.
    pub fn origin(&self) -> &BaseUrl {
        &self.origin
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a notification was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// No answer came.
    #[error("no answer came")]
    Unanswered(#[source] TransportError),
    /// It was answered with something else than a success.
    #[error("it was answered with status {0}")]
    Refused(u16),
    /// The address is no URI.
    #[error("its address cannot be requested")]
    Address,
}

/// Sends a JSON document, some times where that is worth it. One may arrive more than once.
///
/// # Errors
///
/// The last attempt's.
pub async fn send(
    address: &Address,
    document: &serde_json::Value,
    transport: &impl Transport,
) -> Result<(), NotifyError> {
    let rules = Rules {
        retry: RETRY,
        ..Rules::default()
    };
    let mut notification = Notification {
        request: request(address, document)?,
        transport,
        // The path is a secret, too.
        sending: Sending::new(rules, Method::POST, "***".to_owned()),
    };
    let sent = net::repeat(&mut notification).await;
    sent.map_err(|Failed { failure, .. }| failure.error)
}

struct Notification<'n, T> {
    request: http::Request<Bytes>,
    transport: &'n T,
    sending: Sending,
}

/// Why an attempt failed, and how long the receiver asks to wait.
struct NotTaken {
    error: NotifyError,
    retry_after: Option<Duration>,
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Failure for NotTaken {
    fn fate(&self) -> Fate {
        Fate::Unknown
    }

    fn is_passing(&self) -> bool {
        match &self.error {
            NotifyError::Unanswered(error) => error.kind.is_passing(),
            NotifyError::Refused(status) => *status == 429 || (500..600).contains(status),
            NotifyError::Address => false,
        }
    }

    fn asked_wait(&self, _: &RetryPolicy) -> Option<Duration> {
        self.retry_after
    }
}

impl<T: Transport> Attempt for Notification<'_, T> {
    type Done = ();
    type Failure = NotTaken;

    fn sending(&mut self) -> &mut Sending {
        &mut self.sending
    }

    fn is_repeatable(&self) -> bool {
        true // One that comes twice is better than none.
    }

    async fn attempt(&mut self) -> Result<(), NotTaken> {
        let request = self.request.clone();
        match self.sending.send(self.transport, request).await.answer {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(NotTaken {
                error: NotifyError::Refused(response.status().as_u16()),
                retry_after: retry_after(response.headers()),
            }),
            Err(error) => Err(NotTaken {
                error: NotifyError::Unanswered(error),
                retry_after: None,
            }),
        }
    }
}

fn request(
    address: &Address,
    document: &serde_json::Value,
) -> Result<http::Request<Bytes>, NotifyError> {
    let mut request = http::Request::new(Bytes::from(document.to_string()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = address
        .url
        .expose()
        .parse()
        .map_err(|_| NotifyError::Address)?;
    let headers = request.headers_mut();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encrypted_or_on_this_machine_and_never_shown() {
        let address = |text: &str| Address::new(&Secret::new(text));
        let slack = address("https://hooks.example.com/services/canary?key=canary").unwrap();
        assert_eq!(slack.origin().as_str(), "https://hooks.example.com/");
        assert_eq!(format!("{slack:?}"), "***");
        assert!(address("http://127.0.0.1:9/x").is_ok());
        for text in [
            "http://canary.example.com/",
            "canary",
            "file:///canary",
            "https://canary@h/",
            "https://h\\@canary.example.com/",
            " https://h.example.com/canary",
            "https:/canary.example.com/",
        ] {
            let error = address(text).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn the_whole_address_is_requested() {
        let url = "https://hooks.example.com/services/T/B?key=1";
        let address = Address::new(&Secret::new(url)).unwrap();
        let request = request(&address, &serde_json::json!({"text": "x"})).unwrap();
        assert_eq!(request.uri().to_string(), url);
    }
}
