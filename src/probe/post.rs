//! One event, sent as the providers send it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header, response};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
    time::{Instant, timeout},
};
use url::Url;

use super::{
    PostError, Reach,
    connect::{Connection, Encryption},
    error::REDIRECTS,
    turns::Turns,
};
use crate::{
    delivery::{Answered, Redirect, Tls, signature},
    model::{Destinations, ExactUrl, Masker, NotAllowed, ProviderProfile},
    net::Sockets,
};

/// How long a receiver has to answer, by both providers' documentation.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How many events are on their way at once, to all receivers and to one: a provider's own deliveries come beside them.
const MOST: usize = 64;
const MOST_TO_ONE: usize = 4;

/// The headers of a delivery, as the provider sends them, with those that sign it. What no header can be is left out.
pub fn delivery_headers(profile: &ProviderProfile, signature: &signature::Headers) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let usual = [
        (header::USER_AGENT.as_str(), profile.user_agent),
        (header::CONTENT_TYPE.as_str(), "application/json"),
        (header::ACCEPT.as_str(), "*/*"),
    ];
    let signing = signature
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    for (name, value) in usual.into_iter().chain(signing) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    headers
}

/// An event to be sent.
#[derive(Clone, Debug)]
pub struct Post<'p> {
    /// Where to.
    pub url: &'p str,
    /// Where it may go at all, also when it is redirected.
    pub destinations: &'p Destinations,
    /// The headers, but for `Host` and the body's length.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Sends events.
#[derive(Clone, Debug)]
pub struct Poster {
    reach: Reach,
    timeout: Duration,
    encryption: Encryption,
    turns: Turns,
    masker: Masker,
}

impl Poster {
    /// A poster that connects to addresses within reach, and waits as long as providers do: 10 seconds.
    pub fn new(reach: Reach) -> Self {
        Self {
            reach,
            timeout: TIMEOUT,
            encryption: Encryption::default(),
            turns: Turns::new(MOST, MOST_TO_ONE),
            masker: Masker::default(),
        }
    }

    /// The same, which spares no receiver: for a simulator, which is a provider.
    #[must_use]
    pub fn for_simulator(self) -> Self {
        let turns = Turns::new(MOST, MOST);
        Self { turns, ..self }
    }

    /// The same, which masks what this masker knows in where receivers send on to.
    #[must_use]
    pub fn with_masker(self, masker: Masker) -> Self {
        Self { masker, ..self }
    }

    /// The same, which shares these connections with others.
    #[must_use]
    pub fn with_sockets(self, sockets: Sockets) -> Self {
        let turns = self.turns.with_sockets(sockets);
        Self { turns, ..self }
    }

    /// Another one, which connects to addresses within another reach and takes its turns among this one's.
    #[must_use]
    pub fn reaching(&self, reach: Reach) -> Self {
        Self {
            reach,
            ..self.clone()
        }
    }

    /// The same, waiting for another time.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends an event and follows redirects, as far as events may go: nothing is sent to any other place.
    ///
    /// # Errors
    ///
    /// A URL or a redirect that leads where events may not go; no answer, or none that could be waited for. Whether the receiver got the event is not known then.
    pub async fn post(&self, post: &Post<'_>) -> Result<Answered, PostError> {
        let mut spent = Duration::ZERO;
        let mut url = ExactUrl::new(post.url).map_err(|_| PostError::Url)?;
        if post.destinations.objection(&url).is_some() {
            return Err(PostError::Url);
        }
        let mut event = Some(post.body.clone());
        let mut redirects = Vec::new();
        loop {
            let turn = self.turns.of(url.url()).await;
            let began = Instant::now();
            let sent = self.send(url.url(), &post.headers, event.clone());
            let (head, tls) = timeout(self.timeout.saturating_sub(spent), sent)
                .await
                .unwrap_or(Err(PostError::Timeout(self.timeout)))?;
            // What comes before a turn is not the receiver's.
            spent += began.elapsed();
            drop(turn);
            let Some(next) = target(&url, &head, post.destinations, &self.masker)? else {
                return Ok(Answered {
                    status: head.status.as_u16(),
                    elapsed: spent,
                    redirects,
                    tls,
                });
            };
            if redirects.len() == REDIRECTS {
                return Err(PostError::TooManyRedirects);
            }
            // Only these have the same request sent again.
            event = event.filter(|_| matches!(head.status.as_u16(), 307 | 308));
            redirects.push(Redirect {
                status: head.status.as_u16(),
                to: self.masker.address(next.url().as_str()),
                with_event: event.is_some(),
            });
            url = next;
        }
    }

    /// Connects to where a URL points and says how the connection is encrypted; nothing is sent.
    ///
    /// # Errors
    ///
    /// No connection.
    pub async fn inspect(&self, url: &str) -> Result<Option<Tls>, PostError> {
        let url = ExactUrl::new(url).map_err(|_| PostError::Url)?;
        let _turn = self.turns.of(url.url()).await;
        let opened = Connection::open(url.url(), self.reach, &self.encryption);
        let connection = timeout(self.timeout, opened)
            .await
            .unwrap_or(Err(PostError::Timeout(self.timeout)))?;
        Ok(connection.tls())
    }

    /// Sends one request on a connection of its own.
    async fn send(
        &self,
        url: &Url,
        headers: &HeaderMap,
        event: Option<Bytes>,
    ) -> Result<(response::Parts, Option<Tls>), PostError> {
        let connection = Connection::open(url, self.reach, &self.encryption).await?;
        let tls = connection.tls();
        let request = request(url, headers, event)?;
        let head = match connection {
            Connection::Plain(stream) => exchange(stream, request).await,
            Connection::Encrypted(stream) => exchange(*stream, request).await,
        };
        Ok((head.map_err(PostError::Interrupted)?, tls))
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<response::Parts, hyper::Error> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Dropping the set ends the connection.
    let mut driven = JoinSet::new();
    driven.spawn(connection);
    let (head, _body) = sender.send_request(request).await?.into_parts();
    Ok(head)
}

/// A request in the form that an origin takes. Without an event it is what remains of one after a redirect.
fn request(
    url: &Url,
    headers: &HeaderMap,
    event: Option<Bytes>,
) -> Result<Request<Full<Bytes>>, PostError> {
    let method = if event.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    let host = url.host_str().ok_or(PostError::Url)?;
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let query = url.query().map(|query| format!("?{query}"));
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{}", url.path(), query.unwrap_or_default()))
        .header(header::HOST, host)
        .body(Full::new(event.clone().unwrap_or_default()))
        .map_err(|_| PostError::Url)?;
    request.headers_mut().extend(headers.clone());
    if event.is_none() {
        request.headers_mut().remove(header::CONTENT_TYPE);
    }
    Ok(request)
}

/// Where an answer sends on to; `None` where it does not.
fn target(
    from: &ExactUrl,
    head: &response::Parts,
    destinations: &Destinations,
    masker: &Masker,
) -> Result<Option<ExactUrl>, PostError> {
    if !matches!(head.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = head.headers.get(header::LOCATION) else {
        return Ok(None);
    };
    let location = location.to_str().map_err(|_| PostError::Location)?;
    if masker.is_cut_by_fragment(location) {
        return Err(PostError::Location);
    }
    let next = ExactUrl::join(from.url(), location).ok_or(PostError::Location)?;
    let is_encrypted = |url: &ExactUrl| url.url().scheme() == "https";
    match destinations.objection(&next) {
        _ if !matches!(next.url().scheme(), "http" | "https") => Err(PostError::Location),
        Some(NotAllowed::Host) => Err(PostError::HostNotAllowed(
            next.url().host_str().unwrap_or_default().to_owned(),
        )),
        Some(NotAllowed::PlainHttp) => Err(PostError::Downgrade),
        None if is_encrypted(from) && !is_encrypted(&next) => Err(PostError::Downgrade),
        None => Ok(Some(next)),
    }
}
