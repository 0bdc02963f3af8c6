//! Telling a webhook of the user's own what a run came to.
//!
//! The address is a secret: who knows it can write to the channel behind it. It is in no error, no log and
//! no `Debug`. This module must not know plans, manifests, files, environment variables or the terminal.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use tokio::time::Instant;

use crate::{
    model::{ExactUrl, Secret},
    net::{
        BaseUrl, Course, InvalidBaseUrl, RetryPolicy, Transport, TransportError, USER_AGENT,
        retry_after,
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
    let mut course = Course::new(&RETRY);
    loop {
        course.attempted();
        let started = Instant::now();
        let sent = transport.send(request(address, document)?).await;
        course.spend(started.elapsed());
        let (error, passing, asked) = match sent {
            Ok(response) if response.status().is_success() => return Ok(()),
            Ok(response) => {
                let status = response.status();
                let passing = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
                let error = NotifyError::Refused(status.as_u16());
                (error, passing, retry_after(response.headers()))
            }
            Err(error) => {
                let passing = error.kind.is_passing();
                (NotifyError::Unanswered(error), passing, None)
            }
        };
        match course.wait(asked) {
            Ok(wait) if passing => tokio::time::sleep(wait).await,
            _ => return Err(error),
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
